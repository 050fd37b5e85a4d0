import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import { newestPublished } from '../../src/snapshot/ledger-state.ts';
import { pathsOf } from '../../src/snapshot/manifest.ts';
import { bringSnapshots } from '../../src/store/bring.ts';
import { readLedger } from '../../src/store/history.ts';
import { openRepository, resolveCommit } from '../../src/store/repository.ts';
import { isSparse } from '../../src/store/sparse.ts';
import type { World } from '../world/world.ts';

/**
 * What pages rest on, where the checkout leaves it out: the ledger, all manifests, and the rows of the newest snapshot of
 * each report that readers see. The rows of older ones stay away.
 */
export async function bringWhatPagesNeed({ root, env, err }: World): Promise<void> {
  const repository = await openRepository(root, env).catch((cause: unknown) => {
    // To look around, neither a repository nor a commit is needed.
    if (cause instanceof DaybookError && (cause.code === 'git-repository' || cause.code === 'git-no-commit')) return null;
    throw cause;
  });
  if (!repository || !(await isSparse(repository))) return;
  const head = (await resolveCommit(repository.git, 'HEAD'))!;
  const ledger = await readLedger(repository, head, path.join(root, '.daybook/cache/ledger.json'));
  const newest = [...ledger.reports.values()].flatMap((report) => newestPublished(report) ?? []);
  const rows = new Set(newest.map(({ report, as_of: asOf, version }) => pathsOf({ report, asOf, version }).rows));
  const count = await bringSnapshots(repository, head, (file) => !file.endsWith('.csv') || rows.has(file));
  if (count > 0) err(`${count} files of snapshots/ were brought into the checkout for the site.`);
}
