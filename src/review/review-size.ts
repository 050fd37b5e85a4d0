import type { Comparison, ConclusiveComparison } from '../analysis/comparison/comparison.ts';
import type { ReportReview, Review } from '../analysis/review/review.ts';
import { truncate } from '../error.ts';
import { REVIEW_BYTES, writeReview } from './review-schema.ts';

/** What a document can do without, the least missed first. */
const DROPS: readonly { what: string; drop: (report: ReportReview) => ReportReview }[] = [
  { what: 'rows shown as examples', drop: (report) => withComparisons(report, withoutSamples) },
  { what: 'distributions of columns', drop: (report) => ({ ...report, distributions: [] }) },
  { what: 'lines of SQL', drop: (report) => ({ ...report, sql: report.sql && { ...report.sql, lines: [] } }) },
  { what: 'points of the backtest', drop: (report) => ({ ...report, backtest: report.backtest && { ...report.backtest, points: [], unreachable: [] } }) },
  { what: 'files that were read, and what the change of data does by itself', drop: (report) => ({ ...report, inputs: { ...report.inputs, files: [], drift: report.inputs.drift && { ...report.inputs.drift, files: report.inputs.drift.files.slice(0, 1), comparison: null } } }) },
  { what: 'columns without change, and gates that pass', drop: (report) => ({ ...withComparisons(report, withoutSame), gates: report.gates.filter(({ status }) => status !== 'pass') }) },
];

/**
 * The review, so small that its document has at most so many bytes. What it can do without is dropped from the least worrying report on,
 * kind by kind, and then whole reports; `omitted` says so. Verdicts stay as they are.
 */
export function fitReview(review: Review, bytes: number = REVIEW_BYTES): Review {
  if (sizeOf(writeReview(review)) <= bytes) return review;
  const cut: Review = { ...review, problems: review.problems.slice(0, PROBLEMS).map((problem) => ({ ...problem, message: truncate(problem.message, LONGEST), remedy: truncate(problem.remedy, LONGEST) })) };
  const omitted = [...review.omitted.slice(0, SENTENCES), ...(review.problems.length > PROBLEMS ? [`Problems are left out: ${review.problems.length - PROBLEMS} of ${review.problems.length}.`] : [])];
  // Room for the sentences and the count that are yet to be added.
  const most = bytes - sizeOf(writeReview({ ...cut, omitted, reports: [] })) - OVERHEAD;
  const reports = [...review.reports];
  const sizes = reports.map((report) => sizeOf(JSON.stringify(report)) + 1);
  let size = sizes.reduce((sum, one) => sum + one, 0);
  for (const { what, drop } of DROPS) {
    let dropped = 0;
    for (let at = reports.length - 1; at >= 0 && size > most; at--) {
      const smaller = drop(reports[at]!);
      const length = sizeOf(JSON.stringify(smaller)) + 1;
      if (length >= sizes[at]!) continue;
      size += length - sizes[at]!;
      reports[at] = smaller;
      sizes[at] = length;
      dropped += 1;
    }
    if (dropped > 0) omitted.push(`So that it fits, the document is without ${what}, of ${reportsOf(dropped)}.`);
  }
  let unlisted = 0;
  while (size > most && reports.length > 0) {
    reports.pop();
    size -= sizes.pop()!;
    unlisted += 1;
  }
  if (unlisted > 0) omitted.push(`So that it fits, ${reportsOf(unlisted)} of those affected are not in the document.`);
  const all = (review.unlisted ?? 0) + unlisted;
  return { ...cut, reports, omitted, ...(all > 0 && { unlisted: all }) };
}

const PROBLEMS = 100;
const LONGEST = 1_000;
const SENTENCES = 20;
const OVERHEAD = 2_000;

function reportsOf(count: number): string {
  return `${count} ${count === 1 ? 'report' : 'reports'}`;
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}

function withComparisons(report: ReportReview, change: (comparison: ConclusiveComparison) => ConclusiveComparison): ReportReview {
  const apply = (comparison: Comparison | null): Comparison | null => (comparison === null || comparison.kind === 'incomparable' ? comparison : change(comparison));
  const { drift } = report.inputs;
  return { ...report, comparison: apply(report.comparison), inputs: { ...report.inputs, drift: drift && { ...drift, comparison: apply(drift.comparison) } } };
}

function withoutSamples(comparison: ConclusiveComparison): ConclusiveComparison {
  const { added, removed, modified } = comparison.samples;
  const emptied = <T>(sample: { total: number; columns: string[]; rows: T[] }): { total: number; columns: string[]; rows: T[] } => ({ ...sample, rows: [] });
  return { ...comparison, samples: { limit: 0, added: emptied(added), removed: emptied(removed), modified: emptied(modified) } };
}

function withoutSame(comparison: ConclusiveComparison): ConclusiveComparison {
  return { ...comparison, columns: comparison.columns.filter(({ changed }) => (changed ?? 0) > 0) };
}
