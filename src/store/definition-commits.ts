import type { TreePlace } from './definitions-at.ts';
import { pipeGit } from './git.ts';
import { readLogCommits, type LogMeta } from './log-commit.ts';

const MOST = 20;

/**
 * The commits after `from` and up to `to` that changed one of these files, newest first, at most 20. Empty where Git does not know
 * the commits.
 * @param paths from the instance's root; a folder stands for all below it
 */
export async function commitsThatChanged(place: TreePlace, from: string, to: string, paths: readonly string[]): Promise<LogMeta[]> {
  if (![from, to].every((commit) => /^[0-9a-f]{40,64}$/.test(commit))) return [];
  const args = ['rev-list', `-n${MOST}`, `${from}..${to}`, '--', ...paths.map((path) => `:(top,literal)${place.prefix}${path}`)];
  const output = await pipeGit(place, args).catch(() => null);
  const commits = (output?.toString() ?? '').split('\n').filter(Boolean);
  return commits.length === 0 ? [] : [...(await readLogCommits(place, commits)).values()];
}
