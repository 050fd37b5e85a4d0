import { areaY, axisX, axisY, dot, gridY, lineY, rectY, ruleY, text, type Markish } from '@observablehq/plot';
import type { ChartFacts } from '../../analysis/facts/facts.ts';
import { axisLabels } from '../date.ts';
import { axisFormat, formatNumber, withUnit } from '../number.ts';
import { colourOf, COLOURS, shorten, type Drawing, type Frame } from './frame.ts';
import { niceScale } from './scale.ts';
import { thin, type PlotPoint } from './thin.ts';

/** A chart whose series may say how they are drawn: `hue`, the colour's place; `stroke`, where colour is not what tells them apart. */
export interface DrawnChart extends Omit<ChartFacts, 'series'> {
  series: (ChartFacts['series'][number] & { hue?: number; stroke?: 'dashed' | 'dotted' })[];
}

interface Line {
  name: string | null;
  colour: string;
  dashes: string | null;
  points: PlotPoint[];
}

interface Label {
  x: number;
  y: number;
  text: string;
  colour: string;
}

const DASHES = { dashed: '7 4', dotted: '2 4' } as const;

/** Approximate width of a character of a 12-pixel label, in pixels. */
const CHARACTER = 6.6;
const LINE_HEIGHT = 15;

const CHANNELS = { x: 'x', y: 'y' };

/** A metric over time: lines, bars or dots, each line named at its end, the target named on its line. */
export function timeChart(chart: DrawnChart, frame: Frame): Drawing {
  const lines = linesOf(chart, frame);
  const bars = chart.type === 'bar' && lines.length === 1;
  const fromZero = bars || (chart.type === 'area' && lines.length === 1);
  const { domain, ticks } = niceScale(valuesOf(chart, fromZero));
  const largest = Math.max(...domain.map(Math.abs));
  const top = 12;
  const bottom = 34;
  const perPixel = (domain[1] - domain[0]) / (frame.height - top - bottom);
  const labels = spread([...endLabels(chart, lines, frame), ...targetLabel(chart, lines, frame)], perPixel, domain);
  const right = 14 + CHARACTER * Math.max(0, ...labels.map((label) => [...label.text].length));
  const format = axisFormat(chart.y.format, largest);
  const options: Drawing['options'] = {
    marginTop: top, marginBottom: bottom, marginRight: right,
    marginLeft: 10 + CHARACTER * Math.max(...ticks.map((tick) => format(tick).length)),
    x: { type: 'utc', label: null, domain: xDomain(lines, bars) },
    y: { domain, label: null },
  };
  const marks: Markish[] = [
    gridY(ticks, { stroke: 'var(--grid)', strokeOpacity: 1 }),
    axisY(ticks, { tickSize: 0, tickFormat: format, label: null }),
    axisX({ ...ticksOf(lines, frame), tickSize: 4, label: null, stroke: 'var(--axis)', fill: 'currentColor' }),
    ...(domain[0] < 0 && domain[1] > 0 ? [ruleY([0], { stroke: 'var(--axis)' })] : []),
    ...(chart.y.target === null ? [] : [ruleY([chart.y.target], { stroke: 'var(--target)', strokeDasharray: '5 4', strokeWidth: 1.5 })]),
    ...lines.toReversed().flatMap((line) => marksOf(chart, line, lines.length)),
    ...(labels.length > 0 ? [
      dot(lastPoints(lines), { x: 'x', y: 'y', r: 3.5, fill: (point: Label) => point.colour, stroke: 'var(--surface)', strokeWidth: 1.5 }),
      text(labels, { x: 'x', y: 'y', text: 'text', fill: (label: Label) => label.colour, textAnchor: 'start', dx: 8, className: 'end-label' }),
    ] : []),
  ];
  return { options, marks };
}

function linesOf(chart: DrawnChart, frame: Frame): Line[] {
  return chart.series.map(({ name, points, hue, stroke }, index) => ({
    name,
    colour: colourOf(hue ?? index),
    dashes: stroke ? DASHES[stroke] : null,
    points: thin(points.map(({ x, y }) => ({ x: Date.parse(x), y: Number.isFinite(y) ? y : null })), frame.width / 2),
  }));
}

function marksOf({ type }: DrawnChart, line: Line, count: number): Markish[] {
  const { points, colour, dashes } = line;
  switch (type) {
    case 'line': return lineMarks(line, count);
    // Several areas on one another would claim that their values add up, and bars would hide each other: they are drawn as lines.
    case 'area': return [...(count === 1 ? [areaY(points, { ...CHANNELS, fill: colour, fillOpacity: 0.14 })] : []), ...lineMarks(line, count)];
    case 'bar': return count === 1 ? [rectY(barsOf(points), { x1: 'x1', x2: 'x2', y: 'y', fill: colour, inset: 0.5 })] : lineMarks(line, count);
    case 'dot': return [dot(points, { ...CHANNELS, r: 2.5, ...(dashes ? { fill: 'var(--surface)', stroke: colour } : { fill: colour, fillOpacity: 0.75 }) })];
  }
}

/** A line, and a dot for each value between two gaps, of which no line can be seen. */
function lineMarks({ points, colour, dashes }: Line, count: number): Markish[] {
  const alone = points.filter(({ y }, index) => y !== null && (points[index - 1]?.y ?? null) === null && (points[index + 1]?.y ?? null) === null);
  return [
    lineY(points, { ...CHANNELS, stroke: colour, strokeWidth: count > COLOURS ? 1.5 : 2, ...(dashes ? { strokeDasharray: dashes } : {}) }),
    ...(alone.length > 0 ? [dot(alone, { ...CHANNELS, r: 2, fill: colour })] : []),
  ];
}

/** A bar is as wide as the shortest step and stands on its period's start, where the axis names it. */
function barsOf(points: PlotPoint[]): { x1: number; x2: number; y: number }[] {
  const half = stepOf(points) / 2;
  return points.flatMap(({ x, y }) => (y === null ? [] : [{ x1: x - half, x2: x + half, y }]));
}

function stepOf(points: PlotPoint[]): number {
  const steps = points.slice(1).map(({ x }, index) => x - points[index]!.x).filter((step) => step > 0);
  return steps.length > 0 ? Math.min(...steps) : 86_400_000;
}

function xDomain(lines: Line[], bars: boolean): [number, number] {
  const places = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const first = places.reduce((a, b) => Math.min(a, b));
  const last = places.reduce((a, b) => Math.max(a, b));
  if (bars) {
    const half = stepOf(lines[0]!.points) / 2;
    return [first - half, last + half];
  }
  return first === last ? [first - 86_400_000, last + 86_400_000] : [first, last];
}

function valuesOf(chart: DrawnChart, fromZero: boolean): number[] {
  const values = chart.series.flatMap(({ points }) => points.map(({ y }) => y)).filter((y): y is number => Number.isFinite(y));
  return [...values, ...(chart.y.target === null ? [] : [chart.y.target]), ...(fromZero ? [0] : [])];
}

/** The target is named at the right, where it is spread with the other labels and no line hides it. */
function targetLabel(chart: DrawnChart, lines: Line[], frame: Frame): Label[] {
  const { target } = chart.y;
  if (target === null) return [];
  const value = withUnit(formatNumber(target, chart.y.format), chart.y.unit);
  return [{ x: xDomain(lines, chart.type === 'bar')[1], y: target, text: frame.narrow ? 'target' : `target ${value}`, colour: 'var(--target)' }];
}

function lastPoints(lines: Line[]): { x: number; y: number; colour: string }[] {
  return lines.slice(0, COLOURS).flatMap(({ points, colour }) => {
    const last = points.findLast(({ y }) => y !== null);
    return last ? [{ x: last.x, y: last.y!, colour }] : [];
  });
}

/** One line: its latest value. Several: their names, in their colours. */
function endLabels(chart: DrawnChart, lines: Line[], frame: Frame): Label[] {
  if (chart.type === 'bar' && lines.length === 1) return [];
  return lines.slice(0, COLOURS).flatMap(({ name, points, colour }) => {
    const last = points.findLast(({ y }) => y !== null);
    if (!last) return [];
    const value = withUnit(formatNumber(last.y, chart.y.format), chart.y.unit);
    const short = [...value].length > 9 ? axisFormat(chart.y.format, Math.abs(last.y!))(last.y!) : value;
    return [{ x: last.x, y: last.y!, colour, text: name === null ? short : shorten(name, frame.narrow ? 9 : 18) }];
  });
}

/** Moves labels apart until none covers another; they keep their order and stay within the frame. */
function spread(labels: Label[], perPixel: number, [low, high]: [number, number]): Label[] {
  const gap = LINE_HEIGHT * perPixel;
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  const placed: Label[] = [];
  for (const label of sorted) placed.push({ ...label, y: Math.max(label.y, (placed.at(-1)?.y ?? -Infinity) + gap, low) });
  for (let index = placed.length - 1, ceiling = high; index >= 0; index -= 1, ceiling = placed[index + 1]!.y - gap) {
    placed[index]!.y = Math.min(placed[index]!.y, ceiling);
  }
  return placed;
}

/** A tick for each point where they are few, else what Plot chooses. */
function ticksOf(lines: Line[], frame: Frame): { ticks: number | Date[]; tickFormat: ReturnType<typeof tickLabels> } {
  const most = frame.narrow ? 5 : 8;
  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  return { ticks: places.length <= most ? places.map((x) => new Date(x)) : most - 1, tickFormat: tickLabels(most) };
}

/** Plot asks for one label at a time and hands over all ticks: they are worded together, `most` of them at most. */
function tickLabels(most: number): (tick: Date, index: number, ticks?: readonly Date[]) => string {
  let labels: string[] = [];
  let stride = 1;
  return (_, index, ticks = []) => {
    if (index === 0) {
      stride = Math.ceil(ticks.length / most);
      labels = axisLabels(ticks.filter((_tick, at) => at % stride === 0));
    }
    return index % stride === 0 ? (labels[index / stride] ?? '') : '';
  };
}
