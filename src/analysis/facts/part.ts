import type { Metric, Report } from '../../report/report.ts';
import type { ChartSpec } from '../../report/schema.ts';
import { evaluateMetrics } from '../../snapshot/evaluate.ts';
import type { Column, Manifest, MetricValue } from '../../snapshot/manifest.ts';
import { periodOf } from '../../snapshot/period.ts';
import { kindOf } from '../../snapshot/types.ts';
import { chartFacts, inPeriod, type Charted } from './chart-facts.ts';
import { fittingPart, ifComputable, type Rows } from './definition-change.ts';
import type { ChartFacts, MetricFacts } from './facts.ts';
import { metricFacts, numberOf } from './metric-facts.ts';
import type { Choice, Dimension, PartFacts } from './part-facts.ts';
import { comparator } from './table-facts.ts';
import { changesOf } from './trend.ts';
import { publicPart, type Withheld } from './withheld.ts';

/** A page’s script reads all of them, on a phone too. */
const MOST_ROWS = 100_000;
/** More are no list to choose from. */
const MOST_VALUES = 500;

/** @param charts those that the page draws. @returns null where there is nothing to choose by, or nothing to evaluate */
export function partFacts(report: PartFacts['definition'], charts: ChartSpec[], { manifest, rows }: { manifest: Manifest; rows: Rows | null }, withheld: Withheld | null): PartFacts | null {
  if (rows === null || rows.length > MOST_ROWS) return null;
  const open = publicPart(manifest.columns, rows, withheld);
  const isOpen = (metric: Metric): boolean => ifComputable(() => evaluateMetrics([metric.expression], open.columns, [])) !== null;
  const definition = { metrics: report.metrics.filter(isOpen), time: report.time, dimensions: report.dimensions, sort: report.sort };
  const hasTime = !report.time || open.columns.some(({ name }) => name === report.time!.column);
  const dimensions = Object.keys(report.dimensions).filter((column) => column !== report.time?.column).flatMap((column) => dimensionOf(column, report, open));
  if (definition.metrics.length === 0 || dimensions.length === 0 || !hasTime) return null;
  return { definition, charts, columns: open.columns, asOf: manifest.as_of, rows: rows.length, metrics: manifest.metrics.filter(({ name }) => definition.metrics.some((metric) => metric.name === name)), dimensions };
}

function dimensionOf(column: string, { dimensions }: Charted, { columns, rows }: { columns: Column[]; rows: Rows }): Dimension[] {
  const at = columns.findIndex(({ name }) => name === column);
  if (at < 0) return [];
  const found = new Set(rows.map((row) => row[at]!));
  if (found.size < 2 || found.size > MOST_VALUES) return [];
  const compare = comparator(kindOf(columns[at]!.type));
  const values = [...found].sort((a, b) => (a === null || b === null ? Number(a === null) - Number(b === null) : compare(a, b)));
  return [{ column, label: dimensions[column]?.label ?? column, values }];
}

/** Whether the rows are those that the page’s numbers were read from: they come to the same. A site that was built anew has others. */
export function isOfPage({ definition, columns, rows: count, metrics }: PartFacts, names: readonly string[], rows: Rows): boolean {
  if (rows.length !== count || names.length !== columns.length || columns.some(({ name }, index) => name !== names[index])) return false;
  return fittingPart({ ...definition, charts: [] }, { columns, metrics }, rows).metrics.length === definition.metrics.length;
}

/** Tells whether a row has the values that were chosen. */
export function isChosen(columns: readonly Column[], choice: Choice): (row: Rows[number]) => boolean {
  const places = [...choice].map(([column, value]) => ({ at: columns.findIndex(({ name }) => name === column), value }));
  return (row) => places.every(({ at, value }) => row[at] === value);
}

/** Metrics of a part, at the periods that are published; and the page’s charts of it, null where one says nothing of a part. Targets are of all rows, and left out. */
export function factsOfPart({ definition, charts, columns, asOf, metrics }: PartFacts, rows: Rows, choice: Choice): { metrics: MetricFacts[]; charts: (ChartFacts | null)[] } {
  const part = rows.filter(isChosen(columns, choice));
  const own = { ...definition, metrics: definition.metrics.map(untargeted) };
  const values = metrics.map((published): MetricValue => {
    const { expression } = own.metrics.find(({ name }) => name === published.name)!;
    const isOfNone = own.time !== undefined && published.period === null;
    return { ...published, value: isOfNone ? null : evaluateMetrics([expression], columns, inPeriod(own, columns, part, published.period))[0]! };
  });
  const periods = periodsOf(own.time, columns, rows);
  const facts = metricFacts(own, { as_of: asOf, columns, metrics: values }, part, []).map((metric) => {
    const { expression } = own.metrics.find(({ name }) => name === metric.name)!;
    const series = filled(metric, periods, numberOf(evaluateMetrics([expression], columns, [])[0]!));
    return { ...metric, series, changes: changesOf(series, series.length - 1, metric.step, metric.better) };
  });
  return { metrics: facts, charts: charts.map((chart) => (isOfPart(chart, own.time, choice) ? chartFacts(own, chart, facts, columns, part) : null)) };
}

function untargeted(metric: Metric): Metric {
  const { target: _, ...rest } = metric;
  return rest;
}

/** Other snapshots’ rows are not at hand; and one bar, of the value that was chosen, is the number above. */
function isOfPart({ x }: ChartSpec, time: Report['time'], choice: Choice): boolean {
  return x === undefined ? time !== undefined : !choice.has(x);
}

function periodsOf(time: Report['time'], columns: readonly Column[], rows: Rows): string[] {
  if (!time) return [];
  const at = columns.findIndex(({ name }) => name === time.column);
  return [...new Set(rows.flatMap((row) => (row[at] == null ? [] : (periodOf(row[at], time.period) ?? []))))].sort();
}

/** Periods that a part has no row of, the newest one too, have what there is of no rows: a count is 0, all else a gap. */
function filled({ series, step, headline }: MetricFacts, periods: readonly string[], none: number | null): MetricFacts['series'] {
  if (step === 'snapshot') return series;
  const known = new Map(series.map((point) => [point.period, point]));
  const last = headline?.period ?? null;
  return periods.filter((period) => last === null || period <= last).map((period) => known.get(period) ?? { period, value: none });
}
