import { DaybookError } from '../error.ts';
import type { Metric, Report } from '../report/report.ts';
import type { Period } from '../report/schema.ts';
import { endOf } from '../snapshot/as-of.ts';
import type { Row } from '../snapshot/csv.ts';
import { evaluateBy } from '../snapshot/evaluate.ts';
import { citation, type Manifest, type MetricValue } from '../snapshot/manifest.ts';
import { resultType, typeText } from '../snapshot/numeric.ts';
import { isComplete, periodOf } from '../snapshot/period.ts';
import { pairColumns } from './column-pairs.ts';
import { metricChange } from './compare-metrics.ts';
import type { MetricChange, RowCounts, Samples } from './comparison.ts';
import { matchRows, samplesOf } from './row-match.ts';

export interface KeptRows {
  manifest: Manifest;
  /** Text cells as the snapshot's CSV has them. */
  rows: readonly Row[];
}

/** What a later snapshot says otherwise of periods that an earlier one has published. */
export interface Restatement {
  report: string;
  /** Citations of the earlier snapshot and of the later one. */
  base: string;
  head: string;
  /** The first and the last period that were compared; null for a report without `time`, of which all rows are. */
  periods: { from: string; to: string } | null;
  /** Of these periods alone. */
  rows: RowCounts;
  samples: Samples;
  /** Numbers that are others now, by period, oldest first. */
  metrics: RestatedMetric[];
  /** Rows of periods before the later snapshot begins, no more of them than time has passed: they left the report's window, and are not restated. */
  left: number;
}

export interface RestatedMetric {
  name: string;
  period: string | null;
  before: MetricValue | null;
  after: MetricValue | null;
  change: Exclude<MetricChange, { kind: 'same' }>;
}

type Definition = Pick<Report, 'key' | 'time' | 'metrics'>;

/**
 * What a new snapshot changes in rows and metrics that were published: periods that the earlier snapshot's as-of had
 * completed and that lie within both; without `time`, all of it where the as-of is the same. New periods are none, and
 * neither are those that a window left behind. Null where nothing is restated.
 * @param limit most rows of each sample; null for all
 * @throws `snapshot-broken` where a cell is not of its column's type
 */
export function restatementOf(earlier: KeptRows, later: KeptRows, report: Definition, limit: number | null): Restatement | null {
  const scope = scopeOf(earlier, later, report);
  if (scope === null) return null;
  const [base, head] = [earlier.manifest.columns, later.manifest.columns];
  const pairs = pairColumns(base, head, {});
  const match = matchRows(scope.base, scope.head, pairs, report.key);
  const metrics = restatedMetrics({ ...earlier, rows: scope.base }, { ...later, rows: scope.head }, report, scope.periods);
  const [added, removed, modified] = [match.added.length, match.removed.length, match.modified.length];
  if (added + removed + modified + metrics.length === 0) return null;
  return {
    report: later.manifest.report, base: citationOf(earlier.manifest), head: citationOf(later.manifest), periods: scope.periods,
    rows: { base: scope.base.length, head: scope.head.length, added, removed, modified, unchanged: match.unchanged },
    samples: samplesOf(match, base, head, pairs, report.key, limit), metrics, left: scope.left,
  };
}

function citationOf({ report, as_of: asOf, version }: Manifest): string {
  return citation({ report, asOf, version });
}

interface Scope {
  periods: Restatement['periods'];
  base: readonly Row[];
  head: readonly Row[];
  left: number;
}

/** The rows that both snapshots speak of; null where there are none. */
function scopeOf(earlier: KeptRows, later: KeptRows, { time }: Definition): Scope | null {
  if (!time) return earlier.manifest.as_of === later.manifest.as_of ? { periods: null, base: earlier.rows, head: later.rows, left: 0 } : null;
  const [before, after] = [earlier, later].map((side) => periodsOf(side, time));
  if (!before || !after) return null;
  const complete = [...new Set(before.values())].filter((period) => isComplete(period, time.period, earlier.manifest.as_of)).sort();
  const starts = [...new Set(after.values())].sort();
  const to = complete.at(-1);
  if (to === undefined || starts[0] === undefined) return null;
  const gone = new Set([...before.values()].filter((period) => period < starts[0]!));
  const from = complete[0]! > starts[0] || gone.size > periodsBetween(earlier, later, time.period) ? complete[0]! : starts[0];
  const within = (periods: Map<Row, string>): Row[] => [...periods].flatMap(([row, period]) => (period >= from && period <= to ? [row] : []));
  return { periods: { from, to }, base: within(before), head: within(after), left: [...before.values()].filter((period) => period < from).length };
}

const DAY = 86_400_000;
/** At least so many milliseconds long. */
const LENGTHS: { [period in Period]: number } = { hour: DAY / 24, day: DAY, week: 7 * DAY, month: 28 * DAY, quarter: 90 * DAY, year: 365 * DAY };

/** How far a window of fixed length can have moved: where more periods than these are gone, they were taken out. */
function periodsBetween(earlier: KeptRows, later: KeptRows, period: Period): number {
  return Math.ceil((endOf(later.manifest.as_of) - endOf(earlier.manifest.as_of)) / LENGTHS[period]);
}

/** Rows with their periods, without those that have none; null where the time column is not there. */
function periodsOf({ manifest, rows }: KeptRows, time: NonNullable<Report['time']>): Map<Row, string> | null {
  const at = manifest.columns.findIndex(({ name }) => name === time.column);
  if (at < 0) return null;
  return new Map(rows.flatMap((row) => {
    const period = row[at] == null ? null : periodOf(row[at], time.period);
    return period === null ? [] : [[row, period] as const];
  }));
}

/** Every metric in every period of the scope. What was published as the headline counts as published, also after its definition has changed. */
function restatedMetrics(earlier: KeptRows, later: KeptRows, { metrics, time }: Definition, scope: Restatement['periods']): RestatedMetric[] {
  const found = metrics.flatMap((metric) => {
    const before = metricOf(metric, earlier, time);
    const after = metricOf(metric, later, time);
    return commonPeriods(before, after).filter((period) => period === null || (scope !== null && period >= scope.from && period <= scope.to)).flatMap((period): RestatedMetric[] => {
      const [was, is] = [valueIn(before, period), valueIn(after, period)];
      const change = changeOf(was, is);
      return change.kind === 'same' ? [] : [{ name: metric.name, period, before: was, after: is, change }];
    });
  });
  return found.sort((a, b) => Number((a.period ?? '') > (b.period ?? '')) - Number((a.period ?? '') < (b.period ?? '')));
}

interface MetricOfSide {
  /** By period; null where the snapshot's columns do not have it, or the report no time. */
  series: Map<string, MetricValue> | null;
  headline: MetricValue | null;
}

function metricOf(metric: Metric, side: KeptRows, time: Definition['time']): MetricOfSide {
  return { series: time ? seriesOf(metric, side, time) : null, headline: side.manifest.metrics.find(({ name }) => name === metric.name) ?? null };
}

/** All periods that either side has rows of. A metric that one of them cannot compute is new, not restated, but for a headline that both published. */
function commonPeriods(before: MetricOfSide, after: MetricOfSide): (string | null)[] {
  if (before.series && after.series) return [...new Set([...before.series.keys(), ...after.series.keys()])];
  const headlines = [before.headline, after.headline].flatMap((headline) => (headline ? [headline.period] : []));
  return [...new Set(headlines)].filter((period) => valueIn(before, period) !== null && valueIn(after, period) !== null);
}

function valueIn({ series, headline }: MetricOfSide, period: string | null): MetricValue | null {
  if (headline?.period === period) return headline;
  return period === null ? null : (series?.get(period) ?? null);
}

/** A period without rows has no value. */
function changeOf(before: MetricValue | null, after: MetricValue | null): MetricChange {
  const type = (before ?? after)!.type;
  return metricChange(before ?? { value: null, type }, after ?? { value: null, type });
}

/** The metric of each period; null where the columns do not have it. */
function seriesOf({ name, expression }: Metric, { manifest: { columns }, rows }: KeptRows, time: NonNullable<Report['time']>): Map<string, MetricValue> | null {
  let type: string;
  try {
    type = typeText(resultType(expression, columns));
  } catch (cause) {
    if (cause instanceof DaybookError) return null;
    throw cause;
  }
  const at = columns.findIndex((column) => column.name === time.column);
  const groups = evaluateBy([expression], columns, rows, (row) => periodOf(row[at]!, time.period));
  return new Map([...groups].map(([period, [value]]) => [period, { name, value: value!, type, period }]));
}
