import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DaybookError } from '../error.ts';
import { advance, followOrNote, forgetPending, PENDING, readPending, unbroken, type Advance } from './advance.ts';
import { dropPrivateRef, PRIVATE_REF } from './commit.ts';
import { TEMPORARY_INDEX } from './follow.ts';
import { pipeGit } from './git.ts';
import { defaultWait, holderOf, takeLock, type Wait } from './lock.ts';
import { isAlive, notedProcess } from './owner.ts';
import { indexPath, processPath, readHead, type Repository } from './repository.ts';

/** Milliseconds that another Daybook may take before a command gives up. */
const PATIENCE = 60_000;
/** Git holds its own locks for moments; one that stays this long was left by a kill. */
const GIT_LOCK_PATIENCE = 1000;
/** What a Git process that outlives its job may take to write its refs, in milliseconds. */
const GIT_PATIENCE = 10_000;
const STEP = 50;

/** The lock of everything that commits: linked work trees share it, as they share the refs. */
function lockPath(repository: Repository): string {
  return join(repository.commonDir, 'daybook.lock');
}

/** Runs a step under the repository's lock, after repairing what a kill left. */
export async function locked<T>(repository: Repository, wait: Wait, step: (notes: string[]) => Promise<T>): Promise<T> {
  const lock = await takeLock(lockPath(repository), PATIENCE, wait);
  try {
    return await step(await repairLocked(repository, lock.abandoned, wait));
  } finally {
    await rm(processPath(repository), { force: true });
    await lock.release();
  }
}

/**
 * Finishes what a kill interrupted: index and files follow a branch that has moved; a commit that
 * never became the branch is forgotten. Costs two directory listings where nothing was left.
 * @returns what is still to do, in sentences
 * @throws `locked`, `write-denied`, `disk-full`
 */
export async function repair(repository: Repository, wait: Wait = defaultWait): Promise<string[]> {
  const holder = await holderOf(lockPath(repository));
  if (!holder && (await leftovers(repository)).length === 0) return [];
  // Whoever is at work repairs first, and cleans up after itself.
  if (holder && (await isAlive(holder))) return [];
  return locked(repository, wait, async (notes) => notes);
}

async function repairLocked(repository: Repository, abandoned: boolean, wait: Wait): Promise<string[]> {
  const left = await leftovers(repository);
  const pending = await readPending(repository);
  if (left.length === 0 && !abandoned) return [];
  const orphan = () => notedProcess(processPath(repository));
  if (!(await until(async () => (await orphan()) === null, GIT_PATIENCE, wait))) {
    throw new DaybookError('locked', `A Git process of an earlier job is still at work (${(await orphan())?.pid})`);
  }
  await clearGitLocks(repository, pending, wait);
  const note = pending && (await finish(repository, pending, wait));
  await dropPrivateRef(repository);
  for (const file of left) {
    if (!file.endsWith(PENDING)) await rm(file, { recursive: true, force: true });
  }
  return note ? [note] : [];
}

async function finish(repository: Repository, pending: Advance, wait: Wait): Promise<string | null> {
  const { branch, commit } = await readHead(repository);
  if (branch === pending.branch && commit !== null) {
    if (commit === pending.from && pending.pushed) return (await advance(repository, pending, wait)).note;
    const landed = commit === pending.to || (await contains(repository, commit, pending.to));
    if (landed && !pending.merge) return unbroken(repository, (apart) => followOrNote(apart, pending, commit, wait));
  }
  await forgetPending(repository);
  return null;
}

async function contains(repository: Repository, commit: string, ancestor: string): Promise<boolean> {
  return pipeGit(repository, ['merge-base', '--is-ancestor', ancestor, commit]).then(() => true, () => false);
}

/** Locks of Git processes that died with the job. */
async function clearGitLocks(repository: Repository, pending: Advance | null, wait: Wait): Promise<void> {
  const ours = await holderOf(`${indexPath(repository)}.lock`);
  // Deleting a ref takes the second one, also when the marker of the move is gone already.
  const files = [join(repository.commonDir, `${PRIVATE_REF}.lock`), join(repository.commonDir, 'packed-refs.lock')];
  if (ours && !(await isAlive(ours))) files.push(`${indexPath(repository)}.lock`);
  if (pending) {
    files.push(join(repository.commonDir, `${pending.branch}.lock`), join(repository.gitDir, 'HEAD.lock'));
    if (pending.merge) files.push(`${indexPath(repository)}.lock`);
  }
  for (const file of files) {
    const isGone = async () => !(await stat(file).catch(() => null));
    if (!(await until(isGone, GIT_LOCK_PATIENCE, wait))) await rm(file, { force: true });
  }
}

async function until(condition: () => Promise<boolean>, patience: number, wait: Wait): Promise<boolean> {
  for (let waited = 0; waited < patience; waited += STEP) {
    if (await condition()) return true;
    await wait(STEP);
  }
  return condition();
}

/** Files in Git's folders that are Daybook's and that no running process uses, except the lock. */
async function leftovers(repository: Repository): Promise<string[]> {
  const found: string[] = [];
  for (const folder of new Set([repository.gitDir, repository.commonDir])) {
    for (const name of await readdir(folder)) {
      const file = join(folder, name);
      if (await isLeftover(repository, file, name)) found.push(file);
    }
  }
  return found;
}

async function isLeftover(repository: Repository, file: string, name: string): Promise<boolean> {
  if (name === basename(processPath(repository))) return true;
  if (name.startsWith(PENDING) || name.startsWith(`${TEMPORARY_INDEX}.`) || name.startsWith('daybook-sparse-')) return true;
  // One who waits for a lock has such a file too.
  if (/^(daybook|index)\.lock\.\d+\.\d+(\.old)?$/.test(name)) {
    const holder = await holderOf(file);
    return holder === null || !(await isAlive(holder));
  }
  // Git writes one when it dies; people who use fast-import may have their own.
  return name.startsWith('fast_import_crash_') && (await beginsWith(file, PRIVATE_REF));
}

async function beginsWith(file: string, text: string): Promise<boolean> {
  const handle = await open(file).catch(() => null);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
    return buffer.toString('utf8', 0, bytesRead).includes(text);
  } finally {
    await handle.close();
  }
}
