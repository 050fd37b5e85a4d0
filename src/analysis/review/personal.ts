import { aggregatesOf } from '../../report/metric.ts';
import type { Report } from '../../report/report.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { MetricValue } from '../../snapshot/manifest.ts';
import type { ColumnComparison, Comparison, Profile, Sample } from '../comparison/comparison.ts';
import { publicChecks } from '../facts/withheld.ts';
import type { UnjudgedReport } from '../gate/report.ts';
import type { Cause } from './impact.ts';
import type { ReviewProblem, ReviewSide } from './review.ts';

const SAID = 'what it says may name people: run the report where its data is';

/** Whatever a column is called, a query may have put anything into it. */
const WITHHELD = { columns: [], rows: true };

/** What may be said of a report whose columns say something of people. */
export interface Openness {
  /** Names of metrics that are withheld. */
  closed: ReadonlySet<string>;
  /** Both sides ask the same, so that a column holds what it held, and is marked if it has to be. */
  isSameQuery: boolean;
}

/**
 * What a review of a report may say whose columns say something of people: counts, and the metrics that are open; no value of a row, since a
 * change of the query may have given other names to what is personal.
 */
export function withoutPeople(review: UnjudgedReport, openness: Openness): UnjudgedReport {
  const { base, head, inputs, backtest } = review;
  const { drift } = inputs;
  const told = { ...openness, closed: new Set([...openness.closed, ...movedPeriods(review, openness)]) };
  const comparison = review.comparison && publicComparison(review.comparison, told);
  return {
    ...review, personal: true, changes: null, distributions: [],
    base: base && publicSide(base, base, told),
    head: head && publicSide(head, base, told),
    comparison: comparison && { ...comparison, head: { ...comparison.head, asOf: publicAsOf(comparison.head.asOf, [comparison.base.asOf, head?.requested ?? null], told) } },
    // A period is a value of a row.
    metrics: review.metrics.map(({ series, ...metric }) => (series && openness.isSameQuery && !told.closed.has(metric.name) ? { ...metric, series } : metric)),
    inputs: { ...inputs, drift: drift && { ...drift, error: drift.error && SAID, comparison: drift.comparison && publicComparison(drift.comparison, told) } },
    backtest: backtest && { ...backtest, points: backtest.points.map((point) => ({ ...point, metrics: openOnes(point.metrics, told) })) },
  };
}

/** Causes by which a column of the same name may hold something else. */
const ASKS: ReadonlySet<Cause['kind']> = new Set(['query', 'macro', 'parameters', 'source', 'settings', 'unreadable']);

/**
 * Metrics that are withheld are those that are no counts, and read a column that is personal; once the query has changed, whatever they
 * read: its columns are called what the change says.
 */
export function opennessOf(before: Report | undefined, after: Report | undefined, personal: readonly string[], causes: readonly Cause[]): Openness {
  const isSameQuery = before !== undefined && after !== undefined && before.sources.join() === after.sources.join() && !causes.some(({ kind }) => ASKS.has(kind));
  const closed = (after?.metrics ?? []).filter(({ expression }) => aggregatesOf(expression).some(({ fn, column }) => fn !== 'count' && fn !== 'count_distinct' && (!isSameQuery || has(personal, column!))));
  return { closed: new Set(closed.map(({ name }) => name)), isSameQuery };
}

function has(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}

/** A period is a value of a row, and so is an as-of that a column names. */
function movedPeriods({ comparison }: UnjudgedReport, { isSameQuery }: Openness): string[] {
  if (isSameQuery || comparison === null || comparison.kind === 'incomparable') return [];
  return comparison.metrics.filter(({ before, after }) => before && after && before.period !== after.period).map(({ name }) => name);
}

function publicAsOf(asOf: AsOf | null, known: readonly (AsOf | null)[], { isSameQuery }: Openness): AsOf | null {
  return isSameQuery || known.includes(asOf) ? asOf : null;
}

function openOnes<T extends { name: string }>(metrics: readonly T[], { closed }: Openness): T[] {
  return metrics.filter(({ name }) => !closed.has(name));
}

function withoutPeriod<T extends MetricValue | null>(metric: T, { isSameQuery }: Openness): T {
  return isSameQuery ? metric : metric && { ...metric, period: null };
}

function publicSide(side: ReviewSide, base: ReviewSide | null, openness: Openness): ReviewSide {
  const { error, result } = side;
  const metrics = openOnes(result?.metrics ?? [], openness).map((metric) => withoutPeriod(metric, openness));
  return { ...side, asOf: publicAsOf(side.asOf, [base?.asOf ?? null, side.requested], openness), error: error && withoutMessage(error), result: result && { ...result, metrics, checks: publicChecks(result.checks, WITHHELD) } };
}

/** Examples of rows stand in messages. */
function withoutMessage(problem: ReviewProblem): ReviewProblem {
  return { ...problem, message: `${problem.code}: ${SAID}` };
}

function publicComparison(comparison: Comparison, openness: Openness): Comparison {
  if (comparison.kind === 'incomparable') return comparison;
  const { samples, columns, checks, metrics, patterns = [], ...others } = comparison;
  // The others name values of rows, or tell how large they were.
  const counted = patterns.filter(({ kind }) => kind === 'repeated' || kind === 'copies');
  return {
    ...others, ...(counted.length > 0 && { patterns: counted }),
    columns: columns.map(publicColumn),
    metrics: openOnes(metrics, openness).map((metric) => ({ ...metric, before: withoutPeriod(metric.before, openness), after: withoutPeriod(metric.after, openness) })),
    checks: checks.map(({ kind, before, after }) => ({ kind, before: before && publicChecks([before], WITHHELD)[0]!, after: after && publicChecks([after], WITHHELD)[0]! })),
    samples: { limit: 0, added: emptied(samples.added), removed: emptied(samples.removed), modified: emptied(samples.modified) },
  };
}

function emptied<T>(sample: Sample<T>): Sample<T> {
  return { ...sample, rows: [] };
}

function publicColumn(column: ColumnComparison): ColumnComparison {
  return { ...column, base: publicProfile(column.base), head: publicProfile(column.head) };
}

function publicProfile(profile: Profile | null): Profile | null {
  return profile && { ...profile, min: null, max: null, sum: null, mean: null };
}
