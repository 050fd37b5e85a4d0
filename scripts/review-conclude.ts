import { changeGates } from '../src/analysis/gate-change.ts';
import { effectivePolicy } from '../src/analysis/gate-policy.ts';
import { gatesOf, type UnjudgedReport } from '../src/analysis/gate-report.ts';
import { waiversOf, type GateResult } from '../src/analysis/gates.ts';
import { applyWaivers } from '../src/analysis/review-verdict.ts';
import type { ReportReview, Review } from '../src/analysis/review.ts';
import type { Repository } from '../src/store/repository.ts';
import type { Change } from './review-change.ts';
import { touchedBy } from './review-touched.ts';

export type UnjudgedReview = Omit<Review, 'gates' | 'verdict' | 'reports'>;

/**
 * Holds what was found against the rules: gates, waivers, verdicts.
 * @param others gates of the change as a whole that were evaluated elsewhere
 */
export async function concludeReview(repository: Repository, review: UnjudgedReview, reports: readonly UnjudgedReport[], change: Change, others: readonly GateResult[]): Promise<Review> {
  const [before, after] = [change.base.definitions, change.head.definitions];
  const { rules } = change;
  const judged = reports.map((report): ReportReview => {
    const [old, now] = [before.reports.get(report.report), after.reports.get(report.report)];
    const gates = gatesOf(report, effectivePolicy(rules, old?.review, now?.review), { base: old?.key ?? [], head: now?.key ?? [] });
    return { ...report, gates, verdict: 'incomplete' };
  });
  return applyWaivers({ ...review, gates: [...changeGates(await touchedBy(repository, change), rules), ...others], reports: judged, verdict: 'incomplete' }, waiversOf(rules), review.time.slice(0, 10));
}
