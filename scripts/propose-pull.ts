import { asKnownError, describe, visible } from '../src/error.ts';
import { proposalBody, proposalTitle } from '../src/review/proposal-text.ts';
import { remoteAddress } from '../src/store/remote.ts';
import type { Repository } from '../src/store/repository.ts';
import { hostOptions, nameOn } from './host.ts';
import type { Chosen } from './propose-select.ts';
import type { World } from './world.ts';

/** A branch on `origin` that becomes a pull request. */
export interface PullWanted extends Pick<Chosen, 'reports' | 'sources' | 'others'> {
  branch: string;
  base: string;
  /** Paths of all files that it changes. */
  files: string[];
  /** What the host said when the branch was pushed: lines with addresses. */
  said: readonly string[];
}

/** Opens the pull request, or finds it; without a token, says where it is opened. Returns the exit code. */
export async function openPull(world: World, repository: Repository, wanted: PullWanted): Promise<number> {
  const { code, url, isNew } = await withHost(world, repository, wanted);
  if (url !== null) {
    world.out(visible(isNew ? `opened ${url}` : `${url} is open, and has it`));
    return code;
  }
  const server = world.env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const name = nameOn(server, await remoteAddress(repository, 'push'));
  const page = name === null ? null : `${server.replace(/\/+$/, '')}/${name}/pull/new/${wanted.branch.split('/').map(encodeURIComponent).join('/')}`;
  world.out(page === null && wanted.said.length === 0 ? 'Open the pull request on the Git host, if it is not open yet.' : 'Open the pull request, if it is not open yet:');
  for (const line of page === null ? wanted.said : [page]) world.out(`  ${visible(line)}`);
  return code;
}

const CANNOT_TELL = 2;

/** What the host's API can do; its refusal is told, since the branch is there and a person can go on. */
async function withHost(world: World, repository: Repository, { branch, base, reports, sources, others, files }: PullWanted): Promise<{ code: number; url: string | null; isNew: boolean }> {
  const none = { code: 0, url: null, isNew: false };
  const options = await hostOptions(world, repository);
  const pushed = nameOn(world.env['GITHUB_SERVER_URL'] ?? 'https://github.com', await remoteAddress(repository, 'push'));
  if (options === null || (pushed !== null && pushed !== options.repository)) return none;
  try {
    const { openGitHub } = await import('../src/review/github.ts');
    const host = openGitHub(options);
    // A pull request from a fork leads to another repository, of which this token may know nothing.
    if (await host.isFork()) return none;
    const before = await host.pullFrom(branch, base);
    if (before?.state === 'open') return { ...none, url: before.url };
    const made = await host.open({ branch, base, title: proposalTitle(reports, sources, others.length), body: proposalBody(reports, files) });
    return { code: 0, url: made.url, isNew: true };
  } catch (cause) {
    const error = asKnownError(cause);
    if (!error) throw cause;
    world.err(describe(error));
    return { ...none, code: CANNOT_TELL };
  }
}
