import type { ColumnComparison, Comparison, Profile, Sample } from './comparison.ts';
import type { UnjudgedReport } from './gate-report.ts';
import type { ReviewProblem, ReviewSide } from './review.ts';
import { publicChecks } from './withheld.ts';

const SAID = 'what it says may name people: run the report where its data is';

/** What a review of a report may say whose columns say something of people: counts and metrics, and no value of a row. */
export function withoutPeople(review: UnjudgedReport, personal: readonly string[]): UnjudgedReport {
  return {
    ...review, personal: true, changes: null,
    base: review.base && publicSide(review.base, personal),
    head: review.head && publicSide(review.head, personal),
    comparison: review.comparison && publicComparison(review.comparison, personal),
    inputs: { ...review.inputs, drift: review.inputs.drift && { ...review.inputs.drift, comparison: review.inputs.drift.comparison && publicComparison(review.inputs.drift.comparison, personal) } },
    distributions: review.distributions.filter(({ name }) => !personal.includes(name)),
  };
}

function publicSide(side: ReviewSide, personal: readonly string[]): ReviewSide {
  const withheld = { columns: [...personal], rows: false };
  return { ...side, error: side.error && withoutMessage(side.error), result: side.result && { ...side.result, checks: publicChecks(side.result.checks, withheld) } };
}

/** Examples of rows stand in messages. */
export function withoutMessage(problem: ReviewProblem): ReviewProblem {
  return { ...problem, message: `${problem.code}: ${SAID}` };
}

function publicComparison(comparison: Comparison, personal: readonly string[]): Comparison {
  if (comparison.kind === 'incomparable') return comparison;
  const { samples, columns, checks } = comparison;
  const withheld = { columns: [...personal], rows: false };
  return {
    ...comparison,
    columns: columns.map((column) => (personal.includes(column.name) ? publicColumn(column) : column)),
    checks: checks.map(({ kind, before, after }) => ({ kind, before: before && publicChecks([before], withheld)[0]!, after: after && publicChecks([after], withheld)[0]! })),
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
