import type { Metric, Report } from '../../report/report.ts';
import type { ChartSpec } from '../../report/schema.ts';
import { evaluateBy } from '../../snapshot/evaluate.ts';
import type { Column } from '../../snapshot/manifest.ts';
import { periodOf } from '../../snapshot/period.ts';
import { ifComputable, type Rows } from './definition-change.ts';
import type { ChartFacts, MetricFacts } from './facts.ts';
import { numberOf } from './metric-facts.ts';

/** What a chart is drawn by. */
export type Charted = Pick<Report, 'metrics' | 'time' | 'dimensions'>;

/** The numbers of a chart of a report, evaluated from its rows: drawing adds nothing to them. Null where they cannot be computed. */
export function chartFacts(report: Charted, chart: ChartSpec, metrics: readonly MetricFacts[], columns: Column[], rows: Rows): ChartFacts | null {
  const metric = report.metrics.find(({ name }) => name === chart.y);
  const facts = metrics.find(({ name }) => name === chart.y);
  if (!metric || !facts) return null;
  const base = { type: chart.type, title: chart.title ?? titleOf(report, chart, facts), y: axisOf(facts) };
  if (chart.x) {
    const drawn = ifComputable(() => byCategory(chart, metric, columns, inPeriod(report, columns, rows, facts.headline?.period ?? null)));
    return drawn && { ...base, x: { label: labelOf(report, chart.x), kind: 'category' as const }, ...drawn };
  }
  const x = { label: facts.step === 'snapshot' ? 'as of' : facts.step, kind: 'time' as const };
  if (chart.by && report.time) {
    const { time } = report;
    const drawn = ifComputable(() => byTimeAndValue(time, chart, { metric, facts }, columns, rows));
    return drawn && { ...base, x, ...drawn };
  }
  return { ...base, x, series: [{ name: null, points: facts.series.map(({ period, value }) => ({ x: period, y: value })) }], omitted: 0 };
}

function titleOf(report: Charted, { x, by }: ChartSpec, { label }: MetricFacts): string {
  return x ?? by ? `${label} by ${labelOf(report, (x ?? by)!).toLowerCase()}` : label;
}

function labelOf(report: Charted, column: string): string {
  return report.dimensions[column]?.label ?? column;
}

function axisOf({ label, format, unit, target }: MetricFacts): ChartFacts['y'] {
  return { label, format, unit, target };
}

const NONE = '(none)';

/** A bar for each of the largest values of a dimension. @param rows of the headline period, or all */
function byCategory(chart: ChartSpec, metric: Metric, columns: Column[], rows: Rows): Pick<ChartFacts, 'series' | 'omitted'> {
  const at = indexOf(columns, chart.x!);
  const groups = [...evaluateBy([metric.expression], columns, rows, (row) => row[at] ?? NONE)].map(([x, [text]]) => ({ x, y: numberOf(text ?? null) }));
  const points = groups.sort(largestFirst).slice(0, chart.limit);
  return { series: [{ name: null, points }], omitted: groups.length - points.length };
}

/** A line for each of the largest values of a dimension. */
function byTimeAndValue(time: NonNullable<Report['time']>, chart: ChartSpec, { metric, facts }: { metric: Metric; facts: MetricFacts }, columns: Column[], rows: Rows): Pick<ChartFacts, 'series' | 'omitted'> {
  const at = indexOf(columns, chart.by!);
  const when = indexOf(columns, time.column);
  const headline = facts.headline?.period ?? '';
  const byName = Map.groupBy(rows.filter((row) => row[when] != null), (row) => row[at] ?? NONE);
  const all = [...byName].map(([name, own]) => {
    const groups = evaluateBy([metric.expression], columns, own, (row) => periodOf(row[when]!, time.period));
    const points = facts.series.map(({ period }) => ({ x: period, y: numberOf(groups.get(period)?.[0] ?? null) }));
    return { name, points, y: points.find(({ x }) => x === headline)?.y ?? null, x: name };
  });
  const series = all.sort(largestFirst).slice(0, chart.limit).map(({ name, points }) => ({ name, points }));
  return { series, omitted: all.length - series.length };
}

/** The rows of a period; all of them where there is none. */
export function inPeriod({ time }: Pick<Report, 'time'>, columns: Column[], rows: Rows, period: string | null): Rows {
  if (!time || period === null) return rows;
  const at = indexOf(columns, time.column);
  return rows.filter((row) => row[at] != null && periodOf(row[at], time.period) === period);
}

function indexOf(columns: Column[], name: string): number {
  return columns.findIndex((column) => column.name === name);
}

function largestFirst(a: { x: string; y: number | null }, b: { x: string; y: number | null }): number {
  return (b.y ?? -Infinity) - (a.y ?? -Infinity) || (a.x < b.x ? -1 : 1);
}
