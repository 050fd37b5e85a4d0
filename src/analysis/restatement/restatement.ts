import type { Metric, Report } from '../../report/report.ts';
import type { Period } from '../../report/schema.ts';
import { endOf } from '../../snapshot/as-of.ts';
import type { Row } from '../../snapshot/csv.ts';
import { evaluateBy } from '../../snapshot/evaluate.ts';
import type { Manifest, MetricValue } from '../../snapshot/manifest.ts';
import { resultType, typeText } from '../../snapshot/numeric.ts';
import { isComplete, periodOf } from '../../snapshot/period.ts';
import type { RestatedRecord, RestatedValue } from '../../snapshot/records.ts';
import { metricChange } from '../comparison/metrics.ts';
import { ifComputable } from '../facts/definition-change.ts';

type Time = NonNullable<Report['time']>;

/** A side of a comparison: a snapshot with the periods of its rows. */
export interface DatedRows {
  manifest: Manifest;
  /** Text cells as the snapshot's CSV has them. */
  rows: readonly Row[];
  /** Start of a row's period; null where it has none, or the report no time. */
  periodOf: (row: Row) => string | null;
  /** All of them, ascending. */
  periods: string[];
}

/** @param rows in the snapshot’s order, cells as its columns have them @param time null for a report without time: no row has a period then */
export function datedRows(manifest: Manifest, rows: readonly Row[], time: Report['time']): DatedRows {
  const at = time ? manifest.columns.findIndex(({ name }) => name === time.column) : -1;
  let [cell, period]: (string | null)[] = [null, null]; // rows in a row are mostly of one period
  const of = (row: Row): string | null => {
    if (at < 0) return null;
    if (row[at] !== cell) [cell, period] = [row[at]!, row[at] === null ? null : periodOf(row[at]!, time!.period)];
    return period!;
  };
  const periods = new Set<string>();
  for (const row of rows) {
    const found = of(row);
    if (found !== null) periods.add(found);
  }
  return { manifest, rows, periodOf: of, periods: [...periods].sort() };
}

/** What two snapshots of a report with `time` both speak of. */
interface Spans {
  /** Whether a moving window left the period behind; where more is gone than time has passed, it was taken out instead. */
  hasLeft: (period: string | null) => boolean;
  /** What the earlier one's as-of had completed and lies within both: readers were told that it would not change. */
  published: RestatedRecord['periods'];
}

/** Of two snapshots of one report, the earlier as `base`; periods are those that rows have, not those of the calendar. */
export function spansOf(base: DatedRows, head: DatedRows, { period }: Time): Spans {
  const complete = base.periods.filter((one) => isComplete(one, period, base.manifest.as_of));
  const first = head.periods[0];
  const gone = base.periods.filter((one) => first === undefined || one < first);
  const isMoved = gone.length <= periodsBetween(base.manifest, head.manifest, period);
  const to = complete.at(-1);
  const from = isMoved && (first === undefined || complete[0]! < first) ? first : complete[0];
  return { hasLeft: (one) => isMoved && one !== null && (first === undefined || one < first), published: to !== undefined && from !== undefined && from <= to ? { from, to } : null };
}

const DAY = 86_400_000;
/** At least so many milliseconds long. */
const LENGTHS: { [period in Period]: number } = { hour: DAY / 24, day: DAY, week: 7 * DAY, month: 28 * DAY, quarter: 90 * DAY, year: 365 * DAY };

/** How far a window of fixed length can have moved: where more periods than these are gone, they were taken out. */
function periodsBetween(base: Manifest, head: Manifest, period: Period): number {
  return Math.ceil((endOf(head.as_of) - endOf(base.as_of)) / LENGTHS[period]);
}

/**
 * Metrics that are others now, oldest period first. What was published as the headline counts as published, also after
 * its definition has changed; a metric that one side cannot compute is new, not restated.
 * @param published null for a report without `time`, of which the headlines are compared
 * @param touched periods whose rows differ; null: perhaps all
 * @param of `headlines`: nothing is computed from the rows, since they hold personal data and the metrics may be of it
 */
export function restatedValues(base: DatedRows, head: DatedRows, { metrics, time }: Pick<Report, 'metrics' | 'time'>, published: RestatedRecord['periods'], touched: ReadonlySet<string> | null, of: 'series' | 'headlines' = 'series'): RestatedValue[] {
  const headlines = [base, head].flatMap(({ manifest }) => manifest.metrics.map(({ period }) => period));
  const isWanted = (period: string | null): boolean =>
    time ? period !== null && published !== null && period >= published.from && period <= published.to && (touched === null || touched.has(period) || headlines.includes(period)) : period === null;
  const [before, after] = [base, head].map((side) => numbersOf(side, metrics, of === 'series' ? time : undefined, isWanted)) as [MetricNumbers[], MetricNumbers[]];
  const found = metrics.flatMap(({ name }, index) => {
    const [was, is] = [before[index]!, after[index]!];
    return commonPeriods(was, is).filter(isWanted).flatMap((period): RestatedValue[] => {
      const [from, to] = [valueIn(was, period), valueIn(is, period)];
      return isSame(from, to) ? [] : [{ name, period, before: from?.value ?? null, after: to?.value ?? null }];
    });
  });
  return found.sort((a, b) => Number((a.period ?? '') > (b.period ?? '')) - Number((a.period ?? '') < (b.period ?? '')));
}

/** A metric as one snapshot has it. */
interface MetricNumbers {
  /** By period; null where it cannot be computed from the snapshot's rows, or the report has no time. */
  series: Map<string, MetricValue> | null;
  headline: MetricValue | null;
}

function numbersOf(side: DatedRows, metrics: readonly Metric[], time: Report['time'], isWanted: (period: string | null) => boolean): MetricNumbers[] {
  const rows = time ? side.rows.filter((row) => isWanted(side.periodOf(row))) : [];
  return metrics.map((metric) => ({
    series: time ? seriesOf(metric, { ...side, rows }) : null,
    headline: side.manifest.metrics.find(({ name }) => name === metric.name) ?? null,
  }));
}

function seriesOf({ name, expression }: Metric, { manifest: { columns }, rows, periodOf: of }: DatedRows): Map<string, MetricValue> | null {
  return ifComputable(() => {
    const type = typeText(resultType(expression, columns));
    const groups = evaluateBy([expression], columns, rows, of);
    return new Map([...groups].map(([period, [value]]) => [period, { name, value: value!, type, period }]));
  });
}

/** All periods that either side has rows of; without a series, those of which both published the headline. */
function commonPeriods(before: MetricNumbers, after: MetricNumbers): (string | null)[] {
  if (before.series && after.series) return [...new Set([...before.series.keys(), ...after.series.keys()])];
  const headlines = [before.headline, after.headline].flatMap((headline) => (headline ? [headline.period] : []));
  return [...new Set(headlines)].filter((period) => valueIn(before, period) !== null && valueIn(after, period) !== null);
}

function valueIn({ series, headline }: MetricNumbers, period: string | null): MetricValue | null {
  if (headline?.period === period) return headline;
  return period === null ? null : (series?.get(period) ?? null);
}

/** A period without rows has no value. */
function isSame(before: MetricValue | null, after: MetricValue | null): boolean {
  const type = (before ?? after)!.type;
  return metricChange(before ?? { value: null, type }, after ?? { value: null, type }).kind === 'same';
}
