import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DaybookError, asDaybookError, sentence } from '../error.ts';
import { moveBranch, type Move } from './commit.ts';
import type { Identity } from './fast-import.ts';
import { follow } from './follow.ts';
import { gitError, pipeGit } from './git.ts';
import { defaultWait, type Wait } from './lock.ts';
import { treeChanges } from './objects.ts';
import { noteProcess } from './owner.ts';
import { processPath, snapshotsPath, type Repository } from './repository.ts';

/** A branch's way to a commit that is made, written down before the first step. */
export interface Advance extends Move {
  identity: Identity;
  /** `origin` has the commit: it is brought here even where a kill came first. */
  pushed: boolean;
  /** Other people's changes come along: `git merge --ff-only` brings them, or refuses. */
  merge: boolean;
}

export const PENDING = 'daybook-pending.json';

/** `moved`: the branch is there. `note`: what is left to do, in a sentence. */
interface Advanced {
  moved: boolean;
  note: string | null;
}

/**
 * Moves the branch; then index and files follow, signals or not: left behind, they would turn the
 * user's next `git commit -a` into a removal. A failure after the move is a note, since the commit
 * has landed: the next command tries again.
 */
export async function advance(repository: Repository, way: Advance, wait: Wait = defaultWait): Promise<Advanced> {
  return unbroken(repository, (apart) => (way.merge ? mergeForward(apart, way) : moveForward(apart, way, wait)));
}

/** Runs a step that no signal cuts short, where whoever opened the repository can hold signals back. */
export async function unbroken<T>(repository: Repository, step: (apart: Repository) => Promise<T>): Promise<T> {
  return repository.uninterrupted === null ? step(repository) : repository.uninterrupted(() => step({ ...repository, apart: true }));
}

async function moveForward(repository: Repository, way: Advance, wait: Wait): Promise<Advanced> {
  await writePending(repository, way);
  let moved = false;
  try {
    moved = await moveBranch(repository, way, way.identity);
  } finally {
    if (!moved) await forgetPending(repository);
  }
  return { moved, note: moved ? await followOrNote(repository, way, way.to, wait) : null };
}

/** Completes index and files for a branch that has moved, and forgets the note about it. */
export async function followOrNote(repository: Repository, way: Move, tip: string, wait: Wait): Promise<string | null> {
  try {
    await follow(repository, way.from, way.to, tip, wait).catch((cause: unknown) => {
      // A terminal's signal can meet a Git that is about to leave the group.
      const isEnded = repository.apart === true && cause instanceof DaybookError && cause.code === 'git-failed';
      return isEnded ? follow(repository, way.from, way.to, tip, wait) : Promise.reject(cause);
    });
  } catch (cause) {
    if (!(cause instanceof DaybookError) && !(cause as NodeJS.ErrnoException).code) throw cause;
    const { message, remedy } = asDaybookError(cause, 'git-failed');
    return `The snapshots are in Git, but not yet in the work tree: ${sentence(message)} ${remedy}`;
  }
  await forgetPending(repository);
  return null;
}

async function mergeForward(repository: Repository, way: Advance): Promise<Advanced> {
  await writePending(repository, way);
  try {
    const started = (pid: number) => noteProcess(processPath(repository), pid);
    await pipeGit(repository, ['merge', '--ff-only', '--no-autostash', '--no-verify-signatures', '--quiet', way.to], { started });
    return { moved: true, note: null };
  } catch (cause) {
    const why = gitError(cause).message;
    return { moved: false, note: `origin has the snapshots; the local branch stays behind until you run \`git pull\`: ${why}` };
  } finally {
    await forgetPending(repository);
  }
}

/** Whether anything outside snapshots/ differs: what others have pushed meanwhile. */
export async function changesElsewhere(repository: Repository, from: string, to: string): Promise<boolean> {
  const folder = `${snapshotsPath(repository)}/`;
  return (await treeChanges(repository, from, to)).some(({ path }) => !path.startsWith(folder));
}

/** The advance that a kill has left half done; null where there is none, or no JSON. @throws what the file system does */
export async function readPending(repository: Repository): Promise<Advance | null> {
  try {
    return JSON.parse(await readFile(join(repository.gitDir, PENDING), 'utf8')) as Advance;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || cause instanceof SyntaxError) return null;
    throw cause;
  }
}

async function writePending(repository: Repository, pending: Advance): Promise<void> {
  const file = join(repository.gitDir, PENDING);
  await writeFile(`${file}.new`, JSON.stringify(pending));
  await rename(`${file}.new`, file);
}

/** To be called where the advance is done, or given up: what is written down is done again by the next command. */
export async function forgetPending(repository: Repository): Promise<void> {
  await rm(join(repository.gitDir, PENDING), { force: true });
}
