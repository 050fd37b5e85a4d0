import { aggregatesOf } from '../report/metric.ts';
import type { Metric } from '../report/report.ts';
import type { ColumnComparison, Comparison, Profile, Sample } from './comparison.ts';
import type { UnjudgedReport } from './gate-report.ts';
import type { ReviewProblem, ReviewSide } from './review.ts';
import { publicChecks } from './withheld.ts';

const SAID = 'what it says may name people: run the report where its data is';

/** Whatever a column is called, a query may have put anything into it. */
const WITHHELD = { columns: [], rows: true };

/**
 * What a review of a report may say whose columns say something of people: counts and metrics, and no value of a row, since a change of
 * the query may have given other names to what is personal.
 * @param closed names of metrics that may be the value of one row
 */
export function withoutPeople(review: UnjudgedReport, closed: ReadonlySet<string>): UnjudgedReport {
  const { base, head, comparison, inputs, backtest } = review;
  const { drift } = inputs;
  return {
    ...review, personal: true, changes: null, distributions: [],
    base: base && publicSide(base, closed),
    head: head && publicSide(head, closed),
    comparison: comparison && publicComparison(comparison, closed),
    inputs: { ...inputs, drift: drift && { ...drift, error: drift.error && SAID, comparison: drift.comparison && publicComparison(drift.comparison, closed) } },
    backtest: backtest && { ...backtest, points: backtest.points.map((point) => ({ ...point, metrics: openOnes(point.metrics, closed) })) },
  };
}

/**
 * Metrics that are withheld: those that are no counts, and read a column that is personal, or that was not there before.
 * @param known columns of the result before; null where the report is new
 */
export function closedMetrics(metrics: readonly Metric[], personal: readonly string[], known: readonly string[] | null): Set<string> {
  const isOpen = (name: string): boolean => !has(personal, name) && (known === null || has(known, name));
  const closed = metrics.filter(({ expression }) => aggregatesOf(expression).some(({ fn, column }) => column !== null && fn !== 'count' && fn !== 'count_distinct' && !isOpen(column)));
  return new Set(closed.map(({ name }) => name));
}

function has(names: readonly string[], name: string): boolean {
  return names.some((one) => one.toLowerCase() === name.toLowerCase());
}

function openOnes<T extends { name: string }>(metrics: readonly T[], closed: ReadonlySet<string>): T[] {
  return metrics.filter(({ name }) => !closed.has(name));
}

function publicSide(side: ReviewSide, closed: ReadonlySet<string>): ReviewSide {
  const { error, result } = side;
  return { ...side, error: error && withoutMessage(error), result: result && { ...result, metrics: openOnes(result.metrics, closed), checks: publicChecks(result.checks, WITHHELD) } };
}

/** Examples of rows stand in messages. */
export function withoutMessage(problem: ReviewProblem): ReviewProblem {
  return { ...problem, message: `${problem.code}: ${SAID}` };
}

function publicComparison(comparison: Comparison, closed: ReadonlySet<string>): Comparison {
  if (comparison.kind === 'incomparable') return comparison;
  const { samples, columns, checks, metrics } = comparison;
  return {
    ...comparison,
    columns: columns.map(publicColumn),
    metrics: openOnes(metrics, closed),
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
