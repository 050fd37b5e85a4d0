import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles } from './follow.ts';
import { pipeGit } from './git.ts';
import { fetchBlobs, type TreeChange } from './objects.ts';
import { snapshotsPath, type Repository } from './repository.ts';
import { isSparse } from './sparse.ts';

/**
 * In a sparse checkout, writes files below snapshots/ that it leaves out into the work tree; where blobs are not here
 * either, they come in one request. They are the commit's, so that `git status` has nothing to say of them.
 * @param wanted asked for each path, relative to the root
 * @returns how many were written; 0 in a whole checkout
 */
export async function bringSnapshots(repository: Repository, commit: string, wanted: (path: string) => boolean): Promise<number> {
  if (!(await isSparse(repository))) return 0;
  const listed = await pipeGit(repository, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', `${snapshotsPath(repository)}/`]);
  const missing: TreeChange[] = listed.toString().split('\0').flatMap((line) => {
    const [, mode, oid, path] = /^(100644) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    if (path === undefined || !wanted(path.slice(repository.prefix.length)) || existsSync(join(repository.workTree, path))) return [];
    return [{ mode: mode!, oid: oid!, path }];
  });
  await fetchBlobs(repository, missing.map(({ oid }) => oid));
  await writeFiles(repository, missing);
  return missing.length;
}
