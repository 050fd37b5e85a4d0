import { DaybookError } from '../../src/error.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { didYouMean } from '../../src/report/near.ts';
import type { LedgerState, ReportState } from '../../src/snapshot/ledger-state.ts';

/** The ids that words on a command line mean, each once: an id, or a unique end of one. */
export function selectIds(words: readonly string[], ids: Iterable<string>): string[] {
  const all = [...ids].sort();
  return [...new Set(words.map((word) => selectId(word, all)))];
}

/** @throws `report-unknown`, `report-ambiguous` */
export function selectId(word: string, ids: string[]): string {
  if (ids.includes(word)) return word;
  const ends = ids.filter((id) => id.endsWith(`/${word}`));
  const found = ends.length > 0 ? ends : ids.filter((id) => id.endsWith(word));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw new DaybookError('report-ambiguous', `"${word}" could be ${found.slice(0, 5).join(', ')}`);
  throw new DaybookError('report-unknown', `there is no report "${word}"${didYouMean(word, [...ids, ...ids.map((id) => id.split('/').at(-1)!)])}`);
}

/**
 * The one report with runs in the ledger that a word means.
 * @throws `snapshot-unknown` where it is defined and has never run; also what `selectId` throws
 */
export function selectRun(root: string, word: string, ledger: LedgerState): { report: string; state: ReportState } {
  const run = [...ledger.reports.keys()];
  if (run.some((id) => id.endsWith(word))) {
    const report = selectId(word, run);
    return { report, state: ledger.reports.get(report)! };
  }
  const { reports, broken } = loadDefinitions(root);
  const report = selectId(word, [...new Set([...run, ...reports.keys(), ...broken.keys()])]);
  const remedy = broken.has(report) ? `\`npx daybook validate ${report}\` says what is wrong with its definition.` : `\`npx daybook run ${report}\` shows its result and keeps nothing; \`npx daybook refresh ${report}\` runs and keeps it, as the job does.`;
  throw new DaybookError('snapshot-unknown', `${report} has never run: no snapshot of it is kept`, {}, remedy);
}
