import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeGit } from './git.ts';
import type { TreeChange } from './objects.ts';
import type { Repository } from './repository.ts';

/**
 * Which of the paths a sparse checkout leaves out. Git has no command that only answers this before
 * 2.41, so it is asked to check the paths, and no others, out into an empty folder.
 */
export async function outsideSparseCheckout(repository: Repository, changes: TreeChange[]): Promise<Set<string>> {
  if (!(await isSparse(repository))) return new Set();

  const folder = await mkdtemp(join(repository.gitDir, 'daybook-sparse-'));
  try {
    const workTree = join(folder, 'tree');
    await mkdir(workTree);
    const place = {
      ...repository,
      cwd: workTree,
      env: { ...repository.env, GIT_DIR: repository.gitDir, GIT_WORK_TREE: workTree, GIT_INDEX_FILE: join(folder, 'index') },
    };
    await pipeGit(place, ['update-index', '-z', '--index-info'], { input: indexInfo(changes) });
    const tree = (await pipeGit(place, ['write-tree', '--missing-ok'])).toString().trim();
    await rm(place.env.GIT_INDEX_FILE);
    await pipeGit(place, ['read-tree', '-m', '-u', tree]);
    const listed = (await pipeGit(place, ['ls-files', '-t', '-z'])).toString().split('\0');
    return new Set(listed.filter((line) => line.startsWith('S ')).map((line) => line.slice(2)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the work tree leaves out files that the commit has. */
export async function isSparse(repository: Repository): Promise<boolean> {
  const setting = await pipeGit(repository, ['config', '--type=bool', 'core.sparseCheckout']).catch(() => '');
  return setting.toString().trim() === 'true';
}

/** The input of `git update-index -z --index-info`; mode 0 removes the entry. */
export function* indexInfo(changes: TreeChange[]): Generator<string> {
  for (const { mode, oid, path } of changes) yield `${Number(mode) === 0 ? '0' : mode} ${oid}\t${path}\0`;
}
