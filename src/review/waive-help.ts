import { isBroken } from '../analysis/gate/comparison.ts';
import type { GateResult } from '../analysis/gate/gates.ts';
import type { ReportReview, Review } from '../analysis/review/review.ts';
import { gateVerdict } from '../report/verdict.ts';
import { plural } from '../snapshot/count.ts';
import { codeBlock } from './markdown.ts';

/** A comment has room for a few beside the review. */
const LINES = 8;
const LONGEST = 150;

/**
 * How whoever has looked lets pass what keeps the change from being merged, in Markdown: the lines to approve with. They end where the
 * reason begins, and without one they are no waiver. Null where there is nothing to waive.
 */
export function waiveHelp({ gates, reports }: Review): string | null {
  const lines = [...gates.filter(holdsBack).map(({ gate }) => `waive ${gate}:`), ...reports.flatMap((report) => waivable(report).map(({ gate }) => `waive ${gate} ${report.report}:`))];
  const all = [...new Set(lines)].filter((line) => line.length <= LONGEST);
  if (all.length === 0) return null;
  const more = all.length - LINES;
  return [
    '<details>\n<summary>Is it what you mean? How to let it pass</summary>',
    'Whoever may write to the repository and has no part in the change can approve it with such lines, a reason behind each, and run the workflow *Comment* again. They hold for this commit alone.',
    codeBlock(all.slice(0, LINES)),
    ...(more > 0 ? [`So can ${plural(more, 'more gate')}, by the names above.`] : []),
    '</details>',
  ].join('\n\n');
}

function holdsBack(gate: GateResult): boolean {
  const verdict = gateVerdict(gate);
  return verdict === 'block' || verdict === 'incomplete';
}

/** A report that does not run is to be corrected, and counts that do not add up nobody can answer for. */
function waivable({ gates, comparison, base, head }: ReportReview): GateResult[] {
  const isFailing = gates.some(({ gate, status }) => gate === 'status' && status === 'fail');
  return isFailing || isBroken(comparison, base, head) ? [] : gates.filter(holdsBack);
}
