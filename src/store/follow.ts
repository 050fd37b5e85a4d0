import { rmSync, writeFileSync } from 'node:fs';
import { copyFile, lstat, mkdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DaybookError } from '../error.ts';
import { pipeGit } from './git.ts';
import { takeLock, type Wait } from './lock.ts';
import { prefetch, readObjects, treeChanges, type TreeChange } from './objects.ts';
import { indexPath, snapshotsPath, type Repository } from './repository.ts';
import { indexInfo, outsideSparseCheckout } from './sparse.ts';

/** Another Git command holds the index for moments, an editor's `git status` often. */
const INDEX_PATIENCE = 5000;

export const TEMPORARY_INDEX = 'daybook-index';

/**
 * Brings index and files below snapshots/ from one commit to another, and nothing else: what is
 * staged, edited or untracked elsewhere stays. Doing it again after a kill completes it.
 * @param tip where the branch is now, if it went on after `to`: what changed since is left alone
 */
export async function follow(repository: Repository, from: string, to: string, tip: string, wait: Wait): Promise<void> {
  if (!(await isCheckedOut(repository))) return;
  const folder = snapshotsPath(repository);
  const later = tip === to ? [] : await treeChanges(repository, to, tip, folder);
  const gone = new Set(later.map(({ path }) => path));
  const changes = (await treeChanges(repository, from, to, folder)).filter(({ path }) => !gone.has(path));
  if (changes.length === 0) return;
  await prefetch(repository, from, to, folder);
  const outside = await outsideSparseCheckout(repository, changes);
  const inside = changes.filter(({ path }) => !outside.has(path));

  const index = indexPath(repository);
  const lock = await takeLock(`${index}.lock`, INDEX_PATIENCE, wait);
  const temporary = join(repository.gitDir, `${TEMPORARY_INDEX}.${process.pid}`);
  try {
    const env = { GIT_INDEX_FILE: temporary };
    await copyFile(index, temporary);
    await pipeGit(repository, ['update-index', '-z', '--index-info'], { env, input: indexInfo(changes) });
    if (outside.size > 0) await skipWorkTree(repository, env, outside);
    // First, since an index that lags turns the user's next commit into a deletion.
    await rename(temporary, index);
    await writeFiles(repository, inside);
    await copyFile(index, temporary);
    await refresh(repository, env, inside);
    await rename(temporary, index);
  } finally {
    await rm(temporary, { force: true });
    await lock.release();
  }
}

/** A clone made with --no-checkout has no index: there is nothing that could follow. */
export async function isCheckedOut(repository: Repository): Promise<boolean> {
  return (await lstat(indexPath(repository)).catch(() => null)) !== null;
}

async function skipWorkTree(repository: Repository, env: NodeJS.ProcessEnv, paths: Iterable<string>): Promise<void> {
  const input = [...paths].map((path) => `${path}\0`);
  await pipeGit({ ...repository, cwd: repository.workTree }, ['update-index', '-z', '--skip-worktree', '--stdin'], { env, input });
}

/** The bytes of the commit, whatever line ends and filters the user's settings ask for. @throws `git-failed`, `write-denied` */
export async function writeFiles(repository: Repository, changes: TreeChange[]): Promise<void> {
  const files = changes.map((change) => ({ ...change, file: join(repository.workTree, change.path) }));
  for (const folder of new Set(files.filter(isFile).map(({ file }) => dirname(file)))) await makeFolder(folder);
  const removed = files.filter((change) => !isFile(change));
  for (const { file } of removed) await rm(file, { force: true });

  const written = files.filter(isFile);
  let index = 0;
  for await (const bytes of readObjects(repository, written.map(({ oid }) => oid))) {
    const { file, oid } = written[index++]!;
    if (bytes === null) throw new DaybookError('git-failed', `Git does not have the object ${oid}`);
    replaceFile(file, bytes);
  }
}

/**
 * Removed first, since the file may be a link that leads elsewhere. Thousands of small files, and
 * nothing else to do meanwhile: waiting for each takes several times as long.
 */
function replaceFile(file: string, bytes: Buffer): void {
  rmSync(file, { force: true });
  writeFileSync(file, bytes, { flag: 'wx' });
}

function isFile({ mode }: TreeChange): boolean {
  return Number(mode) !== 0;
}

/** As Git does, never writes through a symbolic link. */
async function makeFolder(folder: string): Promise<void> {
  let present = folder;
  while (!(await lstat(present).catch(() => null))) present = dirname(present);
  if ((await realpath(present)) !== present) {
    throw new DaybookError('write-denied', `${present} leads elsewhere`, {}, 'Replace the symbolic link by a folder.');
  }
  await mkdir(folder, { recursive: true });
}

/** Tells the index the files' times, so that Git need not read them again; without it, Git is only slower. */
async function refresh(repository: Repository, env: NodeJS.ProcessEnv, changes: TreeChange[]): Promise<void> {
  // Folders, since Git compares every entry with every path given.
  const folders = new Set(changes.filter(isFile).map(({ path }) => /^.*?\/v\d+(?=\/)/.exec(path)?.[0] ?? dirname(path)));
  if (folders.size > 200) return;
  const input = [...folders].map((folder) => `:(top,literal)${folder}\0`);
  const args = ['add', '--refresh', '--pathspec-from-file=-', '--pathspec-file-nul'];
  await pipeGit(repository, args, { env, input }).catch(() => undefined);
}
