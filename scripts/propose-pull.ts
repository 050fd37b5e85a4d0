import { asKnownError, describe } from '../src/error.ts';
import { proposalBody, proposalTitle } from '../src/review/proposal-text.ts';
import { remoteAddress } from '../src/store/remote.ts';
import type { Repository } from '../src/store/repository.ts';
import { hostOptions, nameOn } from './host.ts';
import type { Chosen } from './propose-select.ts';
import type { World } from './world.ts';

/** A branch on `origin`, or on a fork, that becomes a pull request. */
export interface PullWanted extends Pick<Chosen, 'reports' | 'sources' | 'others'> {
  branch: string;
  base: string;
  /** The remote that has it. */
  remote: string;
  /** Paths of all files that it changes. */
  files: string[];
  /** What the host said when the branch was pushed: lines with addresses. */
  said: readonly string[];
}

export interface PullFound {
  /** The exit code. */
  code: number;
  /** Null where a person has to open it. */
  url: string | null;
  isNew: boolean;
  /** Lines that say where a person does. */
  pages: readonly string[];
}

/** Opens the pull request, or finds it; without a token, says where it is opened. */
export async function openPull(world: World, repository: Repository, wanted: PullWanted): Promise<PullFound> {
  const server = world.env['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const name = nameOn(server, await remoteAddress(repository, 'push', wanted.remote));
  const found = await withHost(world, repository, wanted, name);
  const page = name === null ? null : `${server.replace(/\/+$/, '')}/${name}/pull/new/${wanted.branch.split('/').map(encodeURIComponent).join('/')}`;
  return { ...found, pages: page === null ? wanted.said : [page] };
}

const CANNOT_TELL = 2;

/** What the host's API can do; its refusal is told, since the branch is there and a person can go on. */
async function withHost(world: World, repository: Repository, { branch, base, reports, sources, others, files }: PullWanted, pushed: string | null): Promise<Omit<PullFound, 'pages'>> {
  const none = { code: 0, url: null, isNew: false };
  const options = await hostOptions(world, repository);
  const shared = nameOn(world.env['GITHUB_SERVER_URL'] ?? 'https://github.com', await remoteAddress(repository));
  // The token is for the repository that the team shares; of a fork it has to know nothing.
  if (options === null || (shared !== null && shared !== options.repository)) return none;
  const fork = pushed === null || pushed === options.repository ? undefined : pushed;
  try {
    const { openGitHub } = await import('../src/review/github.ts');
    const host = openGitHub(options);
    // A pull request from a fork leads to another repository, of which this token may know nothing.
    if (await host.isFork()) return none;
    const before = await host.pullFrom(branch, base, fork);
    if (before?.state === 'open') return { ...none, url: before.url };
    const made = await host.open({ branch, base, ...(fork !== undefined && { fork }), title: proposalTitle(reports, sources, others.length), body: proposalBody(reports, files) });
    return { code: 0, url: made.url, isNew: true };
  } catch (cause) {
    const error = asKnownError(cause);
    if (!error) throw cause;
    world.err(describe(error));
    return { ...none, code: CANNOT_TELL };
  }
}
