import { DaybookError } from '../../error.ts';
import { partings } from '../changed-files.ts';
import { isInSnapshots } from '../folded-path.ts';
import { gitEnvironment, pipeGit } from '../git.ts';

/**
 * Files below snapshots/ that a branch changes: from where it left its base to its head.
 * @param root the instance's folder
 * @param range `base..head`
 * @throws `git-failed` where the commits are not here, `git-diverged` where it left at several commits: then a merge can take files
 * away that both have
 */
export async function changedSnapshots(root: string, env: NodeJS.ProcessEnv, range: string): Promise<string[]> {
  const [base = '', to = ''] = range.split(/\.{2,3}/);
  const head = to === '' ? 'HEAD' : to;
  const place = { cwd: root, env: gitEnvironment(env) };
  const parted = await partings(place, base, head);
  if (parted.length > 1) throw new DaybookError('git-diverged', `${range} has ${parted.length} commits where its sides parted, so that nobody sees what merging it does to snapshots/`, {}, `Merge the branch that it is for into it: git merge ${base}`);
  const prefix = (await pipeGit(place, ['rev-parse', '--show-prefix'])).toString().replace(/\n$/, '');
  // From where it left, so that what came with a merge of the base branch is not the branch's own.
  const args = ['diff', '--name-only', '-z', '--no-renames', '--no-ext-diff', '--no-relative', '--end-of-options', `${base}...${head}`, '--'];
  const files = (await pipeGit(place, args)).toString().split('\0').filter(Boolean);
  return files.filter((file) => isInSnapshots(file, prefix)).map((file) => (file.startsWith(prefix) ? file.slice(prefix.length) : `/${file}`));
}
