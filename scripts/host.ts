import type { GitHubOptions } from '../src/review/github-client.ts';
import type { Host } from '../src/review/host.ts';
import { remoteAddress } from '../src/store/remote.ts';
import type { Repository } from '../src/store/repository.ts';
import type { World } from './world.ts';

/**
 * The Git host that `origin` is on, if the job has a token for it; else Git has to do alone. The variables are those that
 * GitHub's own jobs have; GITHUB_API_URL leads to an Enterprise Server.
 */
export async function hostOf(world: World, repository: Repository): Promise<Host | null> {
  const options = await hostOptions(world, repository);
  if (options === null) return null;
  const { openGitHub } = await import('../src/review/github.ts');
  return openGitHub(options);
}

/** How that host is reached; null without a token, or where `origin` is elsewhere. */
export async function hostOptions({ env }: World, repository: Repository): Promise<GitHubOptions | null> {
  const token = env['GITHUB_TOKEN'];
  if (!token) return null;
  const name = env['GITHUB_REPOSITORY'] ?? nameOn(env['GITHUB_SERVER_URL'] ?? 'https://github.com', await remoteAddress(repository));
  return name === null ? null : { api: env['GITHUB_API_URL'] ?? 'https://api.github.com', repository: name, token, fetch };
}

/** `owner/name` out of `https://github.com/owner/name.git`, `git@github.com:owner/name`, `ssh://git@github.com/owner/name`. */
export function nameOn(server: string, address: string | null): string | null {
  const [, host, name] = /^(?:https?:\/\/|ssh:\/\/)?(?:[^/@]*@)?([^/:]+)(?::\d+(?=\/))?[/:]([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(address ?? '') ?? [];
  return name !== undefined && host === new URL(server).hostname ? name : null;
}
