import { gitEnvironment, pipeGit } from '../git.ts';

/**
 * Files below snapshots/ that a branch changes: from where it left its base to its head.
 * @param root the instance's folder
 * @param range `base..head`
 * @throws `git-failed` where the commits are not here
 */
export async function changedSnapshots(root: string, env: NodeJS.ProcessEnv, range: string): Promise<string[]> {
  const [base = '', head = ''] = range.split(/\.{2,3}/);
  const place = { cwd: root, env: gitEnvironment(env) };
  // Some file systems take `Snapshots` for the same folder.
  // Against every merge base, so that what came with a merge of the base branch is not the branch's own.
  const args = ['diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', '--relative', '--end-of-options', `${base}...${head === '' ? 'HEAD' : head}`, '--', ':(icase)snapshots'];
  return (await pipeGit(place, args)).toString().split('\0').filter(Boolean);
}
