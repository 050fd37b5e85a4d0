import type { GitHubOptions } from '../../src/review/github-client.ts';
import type { Host } from '../../src/review/host.ts';
import { remoteAddress } from '../../src/store/remote.ts';
import type { Repository } from '../../src/store/repository.ts';
import type { World } from './world.ts';

/**
 * The Git host that `origin` is on, if the job has a token for it; else Git has to do alone. The variables are those that
 * GitHub's own jobs have; GITHUB_API_URL leads to an Enterprise Server.
 */
export async function hostOf(world: World, repository: Repository): Promise<Host | null> {
  const options = await hostOptions(world, repository);
  if (options === null) return null;
  const { openGitHub } = await import('../../src/review/github.ts');
  return openGitHub(options);
}

/** How that host is reached; null without a token, or where `origin` is elsewhere. */
export async function hostOptions({ env }: World, repository: Repository): Promise<GitHubOptions | null> {
  const token = env['GITHUB_TOKEN'];
  if (!token) return null;
  const name = env['GITHUB_REPOSITORY'] ?? nameOn(serverOf(env), await remoteAddress(repository));
  return name === null ? null : { api: apiOf(env), repository: name, token, fetch };
}

/** Where the host's pages are, without a slash at the end. */
export function serverOf(env: NodeJS.ProcessEnv): string {
  return (env['GITHUB_SERVER_URL'] ?? 'https://github.com').replace(/\/+$/, '');
}

/** Where its API is: of a server of one's own it is never that of github.com, which would be shown the token. */
export function apiOf(env: NodeJS.ProcessEnv): string {
  const { hostname, origin } = new URL(serverOf(env));
  return env['GITHUB_API_URL'] ?? (hostname === 'github.com' || hostname.endsWith('.ghe.com') ? `https://api.${hostname}` : `${origin}/api/v3`);
}

/** `owner/name` out of `https://github.com/owner/name.git`, `git@github.com:owner/name`, `ssh://git@github.com/owner/name`. */
export function nameOn(server: string, address: string | null): string | null {
  const [, host, name] = /^(?:https?:\/\/|ssh:\/\/)?(?:[^/@]*@)?([^/:]+)(?::\d+(?=\/))?[/:]([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(address ?? '') ?? [];
  return name !== undefined && host === new URL(server).hostname ? name : null;
}
