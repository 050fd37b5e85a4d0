import { DaybookError } from '../error.ts';
import { legalHoldOf } from '../report/legal-hold.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import { isSalted } from '../snapshot/canonical.ts';
import type { LedgerState, Version } from '../snapshot/ledger-state.ts';
import { readBlobs } from './history.ts';
import type { Repository } from './repository.ts';

/** Where a commit has the definition of a report. */
export function definitionPaths(report: string): [string, string] {
  return [`reports/${report}.yml`, `reports/${report}.yaml`];
}

/**
 * Refuses what the ledger would be broken by for good, judged on the commit that the entry will stand on.
 * @param time of the entry
 * @throws `erasure-refused` before the day until which rows are retained, and under a legal hold
 */
export async function refuseErasures(repository: Repository, commit: string, state: LedgerState, erased: readonly { report: string; as_of: AsOf }[], time: string): Promise<void> {
  for (const { report, as_of: asOf } of erased) {
    const name = `${report}@${asOf}`;
    const until = erasable(state, report, asOf).flatMap(({ retain_until: day }) => day ?? []).sort().at(-1);
    if (until !== undefined && time.slice(0, 10) < until) throw new DaybookError('erasure-refused', `The rows of ${name} are to be retained: they may be erased from ${until} on`);
    const paths = definitionPaths(report);
    for (const [index, bytes] of (await readBlobs(repository, commit, paths)).entries()) {
      const hold = bytes === null ? false : legalHoldOf(bytes.toString());
      if (hold === false) continue;
      const what = hold ? `${report} is under a legal hold` : `${paths[index]} cannot be read, so that it is not known whether ${report} is under a legal hold`;
      throw new DaybookError('erasure-refused', `${what}, in commit ${commit.slice(0, 12)}`, { file: paths[index], key: 'legal_hold' });
    }
  }
}

/** The versions of an as-of whose rows are outside of Git, and not erased yet. */
export function erasable({ reports }: LedgerState, report: string, asOf: AsOf): Version[] {
  return (reports.get(report)?.versions.get(asOf) ?? []).filter(({ rows, erased }) => isSalted(rows) && !erased);
}
