import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { DaybookError } from '../error.ts';
import type { Account, Host, Pull } from './host.ts';

export interface GitHubOptions {
  /** `https://api.github.com`, or that of a GitHub Enterprise Server. */
  api: string;
  /** `owner/name` */
  repository: string;
  token: string;
  fetch: typeof fetch;
  /** Milliseconds that a second of waiting lasts; shorter in tests alone. */
  second?: number;
}

/** Seconds; the job has other things to do than to wait for a host that is busy longer. */
const LONGEST_WAIT = 120;
const TRIES = 3;
const SILENCE = 30_000;

const Client = Octokit.plugin(retry, throttling, paginateRest);

interface PullData {
  number: number;
  html_url: string;
  state: string;
  merged_at: string | null;
  head: { ref: string; sha: string; repo: { full_name: string } | null };
  base: { ref: string; repo: { full_name: string } };
}

/** A repository on GitHub, or on a host that speaks its REST API. Passing failures and limits of rate are waited for, within bounds. */
export function openGitHub({ api, repository, token, fetch: send, second = 1000 }: GitHubOptions): Host {
  const [owner = '', repo = ''] = repository.split('/');
  const place = { owner, repo };
  const wait = (seconds: number, _options: object, _client: unknown, tried: number): boolean => seconds <= LONGEST_WAIT && tried < TRIES;
  const client = new Client({
    baseUrl: api.replace(/\/+$/, ''),
    auth: token,
    userAgent: 'daybook',
    request: { fetch: (url: string, init: RequestInit) => send(url, { ...init, signal: AbortSignal.timeout(SILENCE) }) },
    retry: { retries: TRIES, retryAfterBaseValue: second },
    throttle: { id: api, retryAfterBaseValue: second, onRateLimit: wait, onSecondaryRateLimit: wait },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const asked = <T>(what: string, step: () => Promise<T>): Promise<T> => step().catch((cause: Error) => {
    throw hostError(what, cause);
  });
  /** From a branch of this repository: another's, of the same name, is anybody's. */
  const isOwn = ({ head, base }: PullData): boolean => head.repo?.full_name === base.repo.full_name;

  return {
    openPulls: (base, prefix) => asked('list the pull requests', async () => {
      const all = await client.paginate('GET /repos/{owner}/{repo}/pulls', { ...place, state: 'open', base, per_page: 100 });
      return all.filter((one) => isOwn(one) && one.head.ref.startsWith(prefix)).map(pullOf);
    }),
    pullFrom: (branch, base) => asked(`look for the pull request of ${branch}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/pulls', { ...place, state: 'all', head: `${owner}:${branch}`, base, sort: 'created', direction: 'desc', per_page: 100 });
      const newest = data.find((one) => isOwn(one) && one.head.ref === branch && one.base.ref === base);
      return newest ? pullOf(newest) : null;
    }),
    pullOf: (commit, base) => asked(`look for the pull request of commit ${commit}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', { ...place, commit_sha: commit, per_page: 100 });
      const merged = data.find((one) => one.merged_at !== null && one.base.ref === base);
      return merged ? pullOf(merged) : null;
    }),
    endOf: ({ number, state }) => asked(`read pull request ${number}`, async () => {
      if (state === 'merged') {
        const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...place, pull_number: number });
        return { by: accountOf(data.merged_by), at: timeOf(data.merged_at), commit: data.merge_commit_sha };
      }
      // Only as an issue does a pull request say who closed it.
      const { data } = await client.request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...place, issue_number: number });
      return { by: accountOf(data.closed_by ?? null), at: timeOf(data.closed_at), commit: null };
    }),
    approvingReviews: ({ number }) => asked(`read the reviews of pull request ${number}`, async () => {
      const reviews = await client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', { ...place, pull_number: number, per_page: 100 });
      const latest = new Map(reviews.filter(({ user, state }) => user && state !== 'COMMENTED' && state !== 'PENDING').map((review) => [review.user!.login, review]));
      return [...latest.values()].filter(({ state }) => state === 'APPROVED').map(({ user, commit_id: commit }) => ({ by: accountOf(user)!, commit }));
    }),
    mayWrite: (login) => asked(`read the rights of ${login}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', { ...place, username: login });
      return data.permission === 'admin' || data.permission === 'write';
    }),
    open: ({ branch, base, title, body }) => asked(`open a pull request for ${branch}`, async () => {
      const { data } = await client.request('POST /repos/{owner}/{repo}/pulls', { ...place, head: branch, base, title, body });
      return pullOf(data);
    }),
    close: ({ number }, comment) => asked(`close pull request ${number}`, async () => {
      await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...place, issue_number: number, body: comment });
      await client.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...place, pull_number: number, state: 'closed' });
    }),
  };
}

function pullOf({ number, html_url: url, state, merged_at: merged, head, base }: PullData): Pull {
  return { number, url, branch: head.ref, base: base.ref, state: merged !== null ? 'merged' : state === 'open' ? 'open' : 'closed', head: head.sha };
}

function accountOf(user: { login: string; type: string } | null): Account | null {
  return user && { login: user.login, person: user.type === 'User' };
}

/** @throws Error where the host gives none */
function timeOf(text: string | null): string {
  return `${new Date(text ?? '').toISOString().slice(0, 19)}Z`;
}

const NOT_PERMITTED = /not permitted to create or approve pull requests/;

function hostError(what: string, cause: Error & { status?: number }): DaybookError {
  // Octokit adds the address of its documentation.
  const why = `${cause.message.split(' - https://')[0]}${cause.status === undefined ? '' : ` (${cause.status})`}`;
  const hint = NOT_PERMITTED.test(why) ? 'Allow it: Settings → Actions → General → Workflow permissions → Allow GitHub Actions to create and approve pull requests.' : undefined;
  return new DaybookError('host-failed', `The Git host did not ${what}: ${why}`, {}, hint);
}
