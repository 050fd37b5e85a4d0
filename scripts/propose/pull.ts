import { asKnownError, describe, visible } from '../../src/error.ts';
import { proposalBody, proposalTitle } from '../../src/review/proposal-text.ts';
import { remoteAddress } from '../../src/store/remote.ts';
import type { Repository } from '../../src/store/repository.ts';
import { apiOf, hostOptions, nameOn, serverOf } from '../world/host.ts';
import type { World } from '../world/world.ts';
import type { ChosenFiles } from './select.ts';
import { signIn, type SignIn } from './sign-in.ts';

/** A branch on `origin`, or on a fork, that becomes a pull request. */
interface PullWanted extends Pick<ChosenFiles, 'reports' | 'sources' | 'others'> {
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
  /** Whose sign-in opened it; null: a token that was given. */
  by: SignIn['by'] | null;
  /** Lines that say where a person does. */
  pages: readonly string[];
}

/** Opens the pull request, or finds it; without a token or a sign-in, says where it is opened. */
export async function openPull(world: World, repository: Repository, wanted: PullWanted): Promise<PullFound> {
  const server = serverOf(world.env);
  const name = nameOn(server, await remoteAddress(repository, 'push', wanted.remote));
  const found = await withHost(world, repository, wanted, name);
  const page = name === null ? null : `${server}/${name}/pull/new/${wanted.branch.split('/').map(encodeURIComponent).join('/')}`;
  return { ...found, pages: page === null ? wanted.said : [page] };
}

const CANNOT_TELL = 2;

/** Milliseconds for an API that nobody has asked for: from some networks Git reaches the host, and nothing else does. */
const UNASKED = 20_000;

/** What the host's API can do; its refusal is told, since the branch is there and a person can go on. */
async function withHost(world: World, repository: Repository, { branch, base, reports, sources, others, files }: PullWanted, pushed: string | null): Promise<Omit<PullFound, 'pages'>> {
  const none = { code: 0, url: null, isNew: false, by: null };
  const shared = nameOn(serverOf(world.env), await remoteAddress(repository));
  const own = world.env['GITHUB_TOKEN'] === undefined && shared !== null ? await signIn(repository, `${serverOf(world.env)}/${shared}`) : null;
  const options = own === null ? await hostOptions(world, repository) : { api: apiOf(world.env), repository: shared!, token: own.token, fetch: within(AbortSignal.timeout(UNASKED)) };
  // The token is for the repository that the team shares; of a fork it has to know nothing.
  if (options === null || (shared !== null && shared !== options.repository)) return none;
  const fork = pushed === null || pushed === options.repository ? undefined : pushed;
  try {
    const { openGitHub } = await import('../../src/review/github.ts');
    const host = openGitHub(options);
    // A pull request from a fork leads to another repository, of which this token may know nothing.
    if (await host.isFork()) return none;
    const before = await host.pullFrom(branch, base, fork);
    if (before?.state === 'open') return { ...none, url: before.url };
    const made = await host.open({ branch, base, ...(fork !== undefined && { fork }), title: proposalTitle(reports, sources, others.length), body: proposalBody(reports, files) });
    return { code: 0, url: made.url, isNew: true, by: own?.by ?? null };
  } catch (cause) {
    const error = asKnownError(cause);
    if (!error) throw cause;
    world.err(own === null ? describe(error) : visible(`With the sign-in of ${own.by}: ${error.message}`));
    // Whoever gave no token has lost nothing by a sign-in that is for Git alone.
    return { ...none, code: own === null ? CANNOT_TELL : 0 };
  }
}

function within(end: AbortSignal): typeof fetch {
  return (input, init) => fetch(input, { ...init, signal: AbortSignal.any([end, ...(init?.signal ? [init.signal] : [])]) });
}
