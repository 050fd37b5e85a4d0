import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DaybookError } from '../error.ts';
import { clean, commitHead, END, fileText, quotedPath, type Identity } from './fast-import.ts';
import { feed, pipeGit, startGit } from './git.ts';
import { existing } from './objects.ts';
import { noteProcess } from './owner.ts';
import type { CommitPlan } from './plan.ts';
import { processPath, resolveCommit, type Repository } from './repository.ts';

/** Holds a commit between its making and the branch's move. Git's garbage collection would not know it else. */
export const PRIVATE_REF = 'refs/daybook/keep';

/**
 * Makes the commit beside index and work tree, under a private ref: see `dropPrivateRef`.
 * @returns its id
 * @throws `snapshot-exists` where a new file's path is taken at `parent`
 */
export async function writeCommit(repository: Repository, parent: string, plan: CommitPlan, identity: Identity, message: string): Promise<string> {
  const paths = plan.files.map(({ path }) => `${parent}:${repository.prefix}${path}`);
  const [taken] = await existing(repository, paths);
  if (taken !== undefined) {
    const file = taken.slice(parent.length + 1 + repository.prefix.length);
    throw new DaybookError('snapshot-exists', 'The file is there already, and the ledger does not know it', { file });
  }
  const input = commitStream(repository.prefix, parent, plan, identity, message);
  let process = 0;
  const started = async (pid: number) => noteProcess(processPath(repository), (process = pid));
  try {
    const output = await pipeGit(repository, ['fast-import', '--quiet', '--done', '--force'], { input, started });
    return output.toString().trim();
  } catch (cause) {
    await rm(join(repository.gitDir, `fast_import_crash_${process}`), { force: true });
    throw cause;
  }
}

function* commitStream(prefix: string, parent: string, plan: CommitPlan, identity: Identity, message: string): Generator<string | Uint8Array> {
  yield commitHead({ ref: PRIVATE_REF, identity, time: new Date(plan.entry.time), message, from: parent });
  for (const path of plan.removed) yield `D ${quotedPath(prefix + path)}\n`;
  for (const { path, bytes } of [...plan.files, plan.checkpoint]) yield* fileText(prefix + path, bytes);
  yield END;
}

export interface Move {
  /** Full name. */
  branch: string;
  from: string;
  to: string;
}

/**
 * Moves the branch if it still is where it was.
 * @returns false where the branch has moved meanwhile
 */
export async function moveBranch(repository: Repository, move: Move, identity: Identity): Promise<boolean> {
  // The reflog's line is by this identity; a fresh machine has none of its own.
  const env = { GIT_COMMITTER_NAME: clean(identity.name), GIT_COMMITTER_EMAIL: clean(identity.email) };
  const { child, failure } = startGit(repository, ['update-ref', '-m', 'daybook: snapshots', '--stdin'], env);
  // Noted before it is told anything: repair must not look at a branch that is about to move.
  if (child.pid !== undefined) await noteProcess(processPath(repository), child.pid);
  await feed(child.stdin, [`start\nupdate ${move.branch} ${move.to} ${move.from}\nprepare\ncommit\n`]);
  child.stdout.resume();
  const error = await failure;
  if (!error) return true;
  const now = await resolveCommit(repository.git, move.branch);
  // Git was ended after its work was done.
  if (now === move.to) return true;
  if (now !== move.from) return false;
  throw error;
}

/** To be called where the branch has the commit, or nobody needs it; well also where there is no such ref. */
export async function dropPrivateRef(repository: Repository): Promise<void> {
  await pipeGit(repository, ['update-ref', '-d', PRIVATE_REF]);
}
