import { gateVerdict, VERDICTS, type Verdict } from '../../report/verdict.ts';
import { isBroken } from '../gate/comparison.ts';
import type { GateResult, Waiver } from '../gate/gates.ts';
import type { ChangeKind } from './impact.ts';
import type { ReportReview, Review, ReviewProblem } from './review.ts';

/**
 * @param change of the report; null for gates of the change as a whole
 * @param isMoved the report has another id: what hangs on its old one, nobody has looked at
 */
export function verdictOf(gates: readonly GateResult[], change: ChangeKind | null, isMoved = false): Verdict {
  const isLookedAt = change === 'added' || change === 'removed' || isMoved;
  return worst([...gates.map(gateVerdict), isLookedAt ? 'review' : 'pass']);
}

/** The worst of them; `pass` of none. */
function worst(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS[Math.max(0, ...verdicts.map((one) => VERDICTS.indexOf(one)))]!;
}

/**
 * The review with its verdicts, told from its gates and problems alone, and the worst reports first. Where reports are not listed,
 * it is no better than it was.
 */
export function concluded(review: Review): Review {
  const reports = review.reports.map((report) => ({ ...report, verdict: verdictOf(report.gates, report.change, report.was !== undefined) })).sort(worstFirst);
  const ran = reports.flatMap(({ base, head }) => [base, head]).flatMap((side) => (side?.error && side.definition !== null ? [side.error] : []));
  const stops = review.problems.some((problem) => !ran.some((error) => sameProblem(error, problem)));
  const all = [verdictOf(review.gates, null), ...reports.map(({ verdict }) => verdict), ...(stops ? ['block' as const] : []), ...(review.unlisted ? [review.verdict] : [])];
  return { ...review, reports, verdict: worst(all) };
}

/** A run that fails is judged by its gate; a definition that cannot be read, or a source, stops the change. */
function sameProblem(a: ReviewProblem, b: ReviewProblem): boolean {
  return a.report === b.report && a.code === b.code && a.file === b.file && a.line === b.line;
}

const KINDS: readonly ChangeKind[] = ['removed', 'added', 'modified', 'described'];

function worstFirst(a: ReportReview, b: ReportReview): number {
  const failing = (report: ReportReview, level: GateResult['level']): number => report.gates.filter((gate) => gate.status === 'fail' && gate.level === level && gate.waiver === null).length;
  return VERDICTS.indexOf(b.verdict) - VERDICTS.indexOf(a.verdict) || failing(b, 'block') - failing(a, 'block') || failing(b, 'warn') - failing(a, 'warn')
    || KINDS.indexOf(a.change) - KINDS.indexOf(b.change) || (a.report < b.report ? -1 : 1);
}

/** The review as it would be if nobody had waived anything: what a document says of waivers anybody may have written. */
export function withoutWaivers(review: Review): Review {
  const bare = (gates: readonly GateResult[]): GateResult[] => gates.map((gate) => ({ ...gate, waiver: null }));
  return concluded({ ...review, gates: bare(review.gates), reports: review.reports.map((report) => ({ ...report, gates: bare(report.gates) })) });
}

/**
 * The review with what named people have looked at. A waiver holds for one gate, one report and one commit; for no other, for no work
 * tree, and not for a comparison whose counts do not add up. What could not be run can be answered for too, or a change that nothing here
 * can run would never be merged; the verdict is `review` at best.
 * @param today ISO day
 */
export function applyWaivers(review: Review, waivers: readonly Waiver[], today: string): Review {
  const { commit } = review.head;
  const valid = waivers.filter(({ head, until }) => commit !== null && head === commit && (until === null || today <= until));
  const waived = (gates: readonly GateResult[], report: string | null): GateResult[] => gates.map((gate) => {
    const waiver = gate.status !== 'pass' ? valid.find((one) => one.gate === gate.gate && one.report === report) : undefined;
    return waiver ? { ...gate, waiver } : gate;
  });
  const reports = review.reports.map((report) => {
    const gates = waived(report.gates, report.report);
    return { ...report, gates: isBroken(report.comparison, report.base, report.head) ? gates.map((gate) => (gate.gate === 'rows' ? { ...gate, waiver: null } : gate)) : gates };
  });
  return concluded({ ...review, gates: waived(review.gates, null), reports });
}
