import { DaybookError } from '../error.ts';
import { readCheckpoint } from '../snapshot/checkpoint.ts';
import { CHECKPOINT_PATH } from '../snapshot/entry.ts';
import type { LedgerState } from '../snapshot/ledger-state.ts';
import { pipeGit } from './git.ts';
import { readBlob } from './history.ts';
import { promisorFilter } from './log-text.ts';
import { resolveCommit, snapshotsPath, type Repository } from './repository.ts';

const ENTRY = /\/(\d+)\.json$/;

/**
 * Where a commit took entries away that the branch had, the ledger fits together all the same, and the next job would
 * write their sequences a second time. Only the last commit that touched the ledger is looked at, which is that of the
 * last job in a whole one: the cost is that of the commits since. Of clones without trees, and of the first commit of a
 * shallow one, nothing can be told.
 * @param instance another one's ledger may be taken away: a clone became an instance of its own
 * @throws `ledger-broken`
 */
export async function refuseLostEntries(repository: Repository, commit: string, { sequence }: LedgerState, instance: string): Promise<void> {
  if ((await promisorFilter(repository))?.startsWith('tree:')) return;
  const folder = `:(top,literal)${snapshotsPath(repository)}/ledger`;
  const last = (await pipeGit(repository, ['rev-list', '-1', '--first-parent', commit, '--', folder])).toString().trim();
  const before = last === '' ? null : await resolveCommit(repository.git, `${last}^`);
  if (before === null) return;
  const output = await pipeGit(repository, ['diff-tree', '-r', '-z', '--no-renames', '--no-relative', '--name-status', '--diff-filter=DMT', before, last, '--', folder]);
  const [status, path] = pairs(output.toString().split('\0')).find(([, file]) => ENTRY.test(file)) ?? [];
  if (path === undefined) return;
  const checkpoint = await readBlob(repository, before, CHECKPOINT_PATH);
  if (checkpoint && readCheckpoint(checkpoint.toString()).instance !== instance) return;
  const what = `commit ${last.slice(0, 10)} ${status === 'D' ? 'removed' : 'replaced'} ledger entry ${Number(ENTRY.exec(path)![1])}, which the branch had`;
  const hint = `Bring it back: \`git restore --source=${before.slice(0, 10)} --staged --worktree snapshots\`, then \`git commit\`, with --amend if that commit is the last one and nobody else has it.${sequence === 0 ? ' A ledger that is to begin anew belongs to another `instance` in daybook.yml.' : ''}`;
  throw new DaybookError('ledger-broken', what, { file: path.slice(repository.prefix.length) }, hint);
}

function pairs(fields: readonly string[]): [status: string, path: string][] {
  return Array.from({ length: Math.floor(fields.length / 2) }, (_, index) => [fields[2 * index]!, fields[2 * index + 1]!]);
}
