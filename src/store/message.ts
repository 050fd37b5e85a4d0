import type { Entry, RunStatus } from '../snapshot/entry.ts';
import { citationOf } from '../snapshot/manifest.ts';

const LINES = 50;

/** The commit's message: what a person reading `git log` wants to know, at most about 50 lines. */
export function commitMessage(entry: Entry): string {
  const count = (status: RunStatus) => entry.runs.filter((run) => run.status === status).length;
  const counts: [number, string][] = [
    [entry.kept.length, 'kept'],
    [count('unchanged'), 'unchanged'],
    [count('failed'), 'failed'],
    [count('skipped'), 'skipped'],
    [entry.missed.reduce((sum, missed) => sum + missed.count, 0), 'missed'],
    ...fatesOf(entry),
  ];
  const summary = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`).join(', ');
  const failures = entry.runs.filter((run) => run.status === 'failed');
  const lines = [
    ...failures.map((run) => `failed: ${run.report} for ${run.requested}: ${run.error?.code ?? 'unknown'}`),
    ...entry.missed.map((missed) => `missed: ${missed.report}: ${missed.count} from ${missed.from} to ${missed.to}`),
    ...entry.kept.map(citationOf),
    ...(entry.held ?? []).map((one) => `held: ${citationOf(one)}`),
    ...(entry.decided ?? []).map((one) => `${one.decision}: ${citationOf(one)}`),
    ...(entry.retired ?? []).map((one) => `retired: ${citationOf(one)}`),
    ...(entry.erased ?? []).map(({ report, as_of: asOf }) => `erased: ${report}@${asOf}`),
  ];
  const shown = lines.length > LINES ? [...lines.slice(0, LINES), `and ${lines.length - LINES} more`] : lines;
  const body = shown.length > 0 ? `\n${shown.join('\n')}\n` : '';
  return `Snapshots: ${summary} (ledger ${entry.sequence})\n${body}`;
}

/** How many snapshots an entry holds back, decides, retires and erases; and how many of those it keeps restate what was published. */
export function fatesOf({ held = [], decided = [], retired = [], erased = [], changes = [] }: Entry): [number, string][] {
  const decisions = (what: string): number => decided.filter(({ decision }) => decision === what).length;
  const restating = changes.filter(({ restated }) => restated !== null).length;
  return [[held.length, 'held'], [decisions('approved'), 'approved'], [decisions('rejected'), 'rejected'], [retired.length, 'retired'], [erased.length, 'erased'], [restating, 'restating']];
}
