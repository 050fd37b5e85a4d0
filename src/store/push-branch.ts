import { gitError, startGit } from './git.ts';
import { PLAIN_PUSH } from './remote.ts';
import type { Repository } from './repository.ts';

/**
 * Pushes a branch to a remote under its own name, and follows it there. Nothing is written over: a branch that has moved is an error.
 * @returns what the host said: lines with an address of the web
 * @throws `git-remote`
 */
export async function pushBranch(repository: Repository, branch: string, remote: string): Promise<string[]> {
  const { child, failure, said } = startGit(repository, ['push', ...PLAIN_PUSH, '--set-upstream', remote, `refs/heads/${branch}:refs/heads/${branch}`]);
  child.stdin.end();
  const told: Buffer[] = [];
  for await (const chunk of child.stdout) told.push(chunk as Buffer);
  const error = await failure;
  if (error === null) return (await said).toString().split('\n').flatMap((line) => /^remote: +(.*https:\/\/.*)$/.exec(line)?.[1]?.trim() ?? []);

  const refused = Buffer.concat(told).toString().split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1).replaceAll('\t', ' ').trim());
  const why = [...refused, error.message].join('\n');
  throw gitError(why, 'git-remote', `The commit is on ${branch} here. ${remedy(branch, remote, why)}`);
}

function remedy(branch: string, remote: string, why: string): string {
  if (/\((fetch first|non-fast-forward)\)/.test(why)) return `Somebody has pushed to that branch: \`git pull --rebase ${remote} ${branch}\`, then run this again.`;
  if (/denied|forbidden|\b403\b/i.test(why)) return 'Where you may not push, make a fork and name it: `git remote add fork <address of the fork>` and `git config remote.pushDefault fork`; then run this again.';
  return 'Put right what is said, then run this again: it pushes what is there.';
}
