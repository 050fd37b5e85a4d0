import { changeGates, type Touched } from '../../src/analysis/gate/change.ts';
import { waiversOf, type GateResult } from '../../src/analysis/gate/gates.ts';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { gatesOf, type UnjudgedReport } from '../../src/analysis/gate/report.ts';
import { wordsGates, type Renamed } from '../../src/analysis/gate/texts.ts';
import { definitionDifference } from '../../src/analysis/review/definition-keys.ts';
import type { ReportReview, Review } from '../../src/analysis/review/review.ts';
import { applyWaivers } from '../../src/analysis/review/verdict.ts';
import type { ReviewedChange } from './change.ts';

export interface UnjudgedReview extends Omit<Review, 'gates' | 'verdict' | 'reports'> {
  reports: UnjudgedReport[];
}

/** Reports that were not run to their end, and why: the same words for all. */
export interface CutReports {
  reports: ReadonlySet<string>;
  reason: string;
  /** Of the others, those whose metrics before the newest period were not compared, with the reason of each. */
  unseen: ReadonlyMap<string, string>;
}

/** What is judged beside the reports' own numbers. */
interface Beside {
  touched: Touched;
  cut: CutReports;
  /** Gates of the change as a whole that were evaluated elsewhere. */
  others: readonly GateResult[];
}

/** Holds what was found against the rules: gates, waivers, verdicts. */
export function concludeReview({ reports, ...review }: UnjudgedReview, change: ReviewedChange, { touched, cut, others }: Beside): Review {
  const [before, after] = [change.base.definitions, change.head.definitions];
  const { rules } = change;
  const judged = reports.map((report): ReportReview => {
    const [old, now] = [before.reports.get(report.report), after.reports.get(report.report)];
    if (cut.reports.has(report.report)) return { ...report, gates: [{ gate: 'status', level: 'block', status: 'not-run', subject: null, waiver: null, expected: 'the report runs', actual: cut.reason }], verdict: 'incomplete' };
    const policy = effectivePolicy(rules, old?.review, now?.review);
    const ofBoth = old && now ? { words: wordsGates({ report: old, sources: before.sources }, { report: now, sources: after.sources }, renamedOf(report.comparison), policy), differing: definitionDifference(old, now).result } : {};
    const gates = gatesOf(report, policy, { base: old?.key ?? [], head: now?.key ?? [] }, { ...ofBoth, unseen: cut.unseen.get(report.report) ?? null });
    return { ...report, gates, verdict: 'incomplete' };
  });
  return applyWaivers({ ...review, gates: [...changeGates(touched, rules), ...others], reports: judged, verdict: 'incomplete' }, waiversOf(rules), review.time.slice(0, 10));
}

/** Columns that the report says are renamed, the new name by the old: results on both sides bear it out. */
function renamedOf(comparison: UnjudgedReport['comparison']): Renamed {
  if (comparison === null || comparison.kind === 'incomparable') return new Map();
  return new Map(comparison.schema.renamed.filter(({ declared }) => declared).map(({ from, to }) => [from, to]));
}
