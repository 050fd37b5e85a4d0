import type { Entry, RunStatus } from '../snapshot/entry.ts';
import { citation } from '../snapshot/manifest.ts';

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
  ];
  const summary = counts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`).join(', ');
  const failures = entry.runs.filter((run) => run.status === 'failed');
  const lines = [
    ...failures.map((run) => `failed: ${run.report} for ${run.requested}: ${run.error?.code ?? 'unknown'}`),
    ...entry.missed.map((missed) => `missed: ${missed.report}: ${missed.count} from ${missed.from} to ${missed.to}`),
    ...entry.kept.map((kept) => citation({ report: kept.report, asOf: kept.as_of, version: kept.version })),
  ];
  const shown = lines.length > LINES ? [...lines.slice(0, LINES), `and ${lines.length - LINES} more`] : lines;
  const body = shown.length > 0 ? `\n${shown.join('\n')}\n` : '';
  return `Snapshots: ${summary} (ledger ${entry.sequence})\n${body}`;
}
