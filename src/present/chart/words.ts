import type { ChartFacts } from '../../analysis/facts/facts.ts';
import { formatPeriod, type SeriesStep } from '../date.ts';
import { formatNumber, withUnit } from '../number.ts';
import { COLOURS } from './frame.ts';
import type { DrawnChart } from './time.ts';

const SENTENCES: { [kind in DrawnChart['x']['kind']]: (chart: DrawnChart) => string[] } = { time: overTime, category: byCategory };

/** A chart in words: what a reader takes from it who does not see it. */
export function chartSentences(chart: DrawnChart): string {
  const sentences = SENTENCES[chart.x.kind](chart);
  const { target } = chart.y;
  if (target !== null) sentences.push(`Target ${value(chart, target)}.`);
  const more = chart.series.slice(COLOURS);
  // Before and after of one value have one colour.
  const grey = more.every(({ hue }, index) => (hue ?? COLOURS + index) >= COLOURS) ? ' in grey' : '';
  if (more.length > 0) sentences.push(`${more.length} more${grey}, named in the table.`);
  if (chart.omitted > 0) sentences.push(`${chart.omitted} more not drawn.`);
  return sentences.join(' ');
}

/** Steps of time that `x.label` names; `as of` stands for snapshots. */
const STEPS: readonly string[] = ['hour', 'day', 'week', 'month', 'quarter', 'year'] satisfies SeriesStep[];

/** A place on the x axis in words: a period, an as-of or a category. */
function formatX({ x }: Pick<ChartFacts, 'x'>, place: string): string {
  return x.kind === 'category' ? place : formatPeriod(place, stepOf(x.label));
}

/** `on 30 June 2001`, `in June 2001`, `at 14:00 UTC, 30 June 2001` */
function when(chart: ChartFacts, place: string): string {
  const step = stepOf(chart.x.label);
  if (step === 'week') return `in the ${formatX(chart, place)}`;
  if (step === 'month' || step === 'quarter' || step === 'year') return `in ${formatX(chart, place)}`;
  return `${place.length > 10 ? 'at' : 'on'} ${formatX(chart, place)}`;
}

function stepOf(label: string): SeriesStep {
  return STEPS.includes(label) ? (label as SeriesStep) : 'snapshot';
}

/** Rows of a chart's table that a page carries, the last ones; more are in the download. */
export const TABLE_ROWS = 500;

/** A chart's points as a table: a row for each x, a column for each series. */
export function chartTable(chart: ChartFacts): { head: string[]; rows: string[][] } {
  const columns = chart.series.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  const places = [...new Set(chart.series.flatMap(({ points }) => points.map(({ x }) => x)))];
  if (chart.x.kind === 'time') places.sort();
  return {
    head: [capital(chart.x.label), ...chart.series.map(({ name }) => name ?? withUnitLabel(chart))],
    rows: places.map((x) => [formatX(chart, x), ...columns.map((column) => formatNumber(column.get(x) ?? null, chart.y.format))]),
  };
}

function overTime(chart: ChartFacts): string[] {
  const many = chart.series.length > 1;
  return chart.series.slice(0, COLOURS).flatMap(({ name, points }) => {
    const known = points.filter((point): point is { x: string; y: number } => Number.isFinite(point.y));
    const latest = known.at(-1);
    const subject = name === null ? '' : `${name}: `;
    if (!latest) return [`${subject}no values.`];
    const said = `${subject}${many ? '' : 'Latest '}${value(chart, latest.y)} ${when(chart, latest.x)}`;
    if (many) return [`${said}.`];
    const low = known.reduce((a, b) => (b.y < a.y ? b : a));
    const high = known.reduce((a, b) => (b.y > a.y ? b : a));
    const gaps = points.length - known.length;
    const extremes = low.y === high.y ? '' : `; highest ${value(chart, high.y)} ${when(chart, high.x)}, lowest ${value(chart, low.y)} ${when(chart, low.x)}`;
    return [
      `${said}${extremes}.`,
      ...(gaps > 0 ? [`${gaps} of ${points.length} periods have no value.`] : []),
    ];
  });
}

function byCategory(chart: ChartFacts): string[] {
  return chart.series.slice(0, COLOURS).map(({ name, points }) => {
    const known = points.filter((point): point is { x: string; y: number } => Number.isFinite(point.y)).sort((a, b) => b.y - a.y);
    const subject = name === null ? '' : `${name}: `;
    const top = known[0];
    const bottom = known.at(-1);
    if (!top || !bottom) return `${subject}no values.`;
    if (known.length === 1) return `${subject}${top.x} ${value(chart, top.y)}.`;
    return `${subject}From ${top.x} with ${value(chart, top.y)} to ${bottom.x} with ${value(chart, bottom.y)}.`;
  });
}

function value(chart: ChartFacts, number: number): string {
  return withUnit(formatNumber(number, chart.y.format), chart.y.unit);
}

function withUnitLabel(chart: ChartFacts): string {
  return chart.y.unit ? `${chart.y.label} (${chart.y.unit})` : chart.y.label;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
