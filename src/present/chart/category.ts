import { axisX, barX, dot, gridX, ruleX, text, type Markish } from '@observablehq/plot';
import type { ChartFacts } from '../../analysis/facts/facts.ts';
import { axisFormat, formatNumber, withUnit } from '../number.ts';
import { colourOf, shorten, type Drawing, type Frame } from './frame.ts';
import { niceScale } from './scale.ts';
import type { DrawnChart } from './time.ts';

interface Bar {
  row: string;
  name: string;
  value: number | null;
  colour: string;
  label: string;
}

/** Approximate width of a character of a 13-pixel label, in pixels. */
const CHARACTER = 7.2;
/** Categories have no order that a line could run along: its values are dots. */
const MARKS: { [type in ChartFacts['type']]: 'bar' | 'dot' } = { line: 'dot', area: 'bar', bar: 'bar', dot: 'dot' };
/** Around a value, so that the target's line stays clear of it; half of it lies outside, and ends before the bar does. */
const HALO = 9;
const ROW = { wide: 26, narrow: 28 };

/**
 * A metric by the values of a dimension: a row each, its name at the left, its value at the bar's
 * end. Bars start at zero. Names are rows' labels only: two that shorten alike stay two rows.
 */
export function categoryChart(chart: DrawnChart, frame: Frame): Drawing {
  const bars = barsOf(chart, frame);
  const rows = [...new Set(bars.map(({ row }) => row))];
  const names = new Map(bars.map(({ row, name }) => [row, name]));
  const values = bars.flatMap(({ value }) => (value === null ? [] : [value]));
  const { domain, ticks } = niceScale([0, ...values, ...(chart.y.target === null ? [] : [chart.y.target])], frame.narrow ? 2 : 4);
  const left = 8 + CHARACTER * Math.max(...[...names.values()].map((name) => [...name].length));
  const right = 12 + CHARACTER * Math.max(...bars.map(({ label }) => [...label].length));
  const top = chart.y.target === null ? 6 : 22;
  const bottom = 24;
  const height = top + bottom + rows.length * (frame.narrow ? ROW.narrow : ROW.wide);
  const known = bars.filter(({ value }) => value !== null);
  const place = { y: 'row', x: 'value' };
  const marks: Markish[] = [
    gridX(ticks, { stroke: 'var(--grid)', strokeOpacity: 1 }),
    axisX(ticks, { tickSize: 0, tickFormat: axisFormat(chart.y.format, Math.max(...domain.map(Math.abs))), label: null }),
    text(rows, { y: (row: string) => row, text: (row: string) => names.get(row) ?? '', frameAnchor: 'left', textAnchor: 'start', dx: -left, className: 'row-label' }),
    MARKS[chart.type] === 'bar' ? barX(known, { ...place, fill: 'colour', insetTop: 4, insetBottom: 4, rx2: 2 }) : dot(known, { ...place, r: 5, fill: 'colour' }),
    ruleX([0], { stroke: 'var(--axis)' }),
    ...targetMarks(chart),
    text(bars, { y: 'row', x: (bar: Bar) => Math.max(0, bar.value ?? 0), text: 'label', textAnchor: 'start', dx: MARKS[chart.type] === 'bar' ? 6 : 10, stroke: 'var(--surface)', strokeWidth: HALO, className: 'value-label' }),
  ];
  return {
    options: {
      height, marginTop: top, marginBottom: bottom, marginLeft: left, marginRight: right,
      x: { domain, label: null }, y: { domain: rows, label: null, axis: null, type: 'band', padding: 0 }, color: { type: 'identity' },
    },
    marks,
  };
}

function barsOf(chart: DrawnChart, frame: Frame): Bar[] {
  const length = frame.narrow ? 16 : 28;
  const side = Math.max(...chart.series.map(({ name }) => name?.length ?? 0));
  const places = [...new Set(chart.series.flatMap(({ points }) => points.map(({ x }) => x)))];
  return places.flatMap((x) => chart.series.flatMap(({ name, points, hue }, index): Bar[] => {
    const point = points.find((candidate) => candidate.x === x);
    if (!point) return [];
    const value = Number.isFinite(point.y) ? point.y : null;
    const label = withUnit(formatNumber(point.y, chart.y.format), chart.y.unit);
    return [{
      row: `${x}\u0000${name ?? ''}`,
      // Which side a bar is of is never cut: colour alone would say it.
      name: name === null ? shorten(x || '(empty)', length) : `${shorten(x || '(empty)', length - side)} · ${name}`,
      value, colour: colourOf(hue ?? index),
      label: [...label].length > 12 && value !== null ? axisFormat(chart.y.format, Math.abs(value))(value) : label,
    }];
  }));
}

function targetMarks(chart: ChartFacts): Markish[] {
  const { target } = chart.y;
  if (target === null) return [];
  return [
    ruleX([target], { stroke: 'var(--target)', strokeDasharray: '5 4', strokeWidth: 1.5 }),
    text([target], {
      x: (value: number) => value, frameAnchor: 'top', dy: -16, fill: 'var(--target)', className: 'target-label',
      text: (value: number) => `target ${withUnit(formatNumber(value, chart.y.format), chart.y.unit)}`,
    }),
  ];
}
