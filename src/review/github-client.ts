import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { DaybookError } from '../error.ts';

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

/** A client, and the repository that every request names. */
export interface Connection {
  client: InstanceType<typeof Client>;
  place: { owner: string; repo: string };
}

/** Passing failures and limits of rate are waited for, within bounds. */
export function connect({ api, repository, token, fetch: send, second = 1000 }: GitHubOptions): Connection {
  const [owner = '', repo = ''] = repository.split('/');
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
  return { client, place: { owner, repo } };
}

/**
 * Runs a step, whose failure becomes an error that says what was asked.
 * @param right what the token must be allowed; hosts answer 403 or 404 where it is not
 */
export function asked<T>(what: string, step: () => Promise<T>, right?: string): Promise<T> {
  return step().catch((cause: Error) => {
    throw hostError(what, cause, right);
  });
}

/** What a step gives, or something else where the host has no such thing, or no more. */
export function unlessMissing<T, U>(step: Promise<T>, otherwise: U): Promise<T | U> {
  return step.catch((cause: Error & { status?: number }) => {
    if (cause.status === 404 || cause.status === 410) return otherwise;
    throw cause;
  });
}

/** What hosts say by the codes of a right that is lacking, and that no right helps against. */
const REMEDIES: readonly [says: RegExp, remedy: string][] = [
  [/not permitted to create or approve pull requests/, 'Allow it: Settings → Actions → General → Workflow permissions → Allow GitHub Actions to create and approve pull requests.'],
  [/^Upgrade to GitHub|(?:current|billing) plan/, 'Make the repository public, or take a plan that has it; what needs it is left out until then.'],
  [/^Repository was archived/, 'Unarchive it first: Settings → General.'],
];

function hostError(what: string, cause: Error & { status?: number }, right: string | undefined): DaybookError {
  // Octokit adds the address of its documentation.
  const why = `${cause.message.split(' - https://')[0]}${cause.status === undefined ? '' : ` (${cause.status})`}`;
  const denied = right !== undefined && (cause.status === 403 || cause.status === 404);
  const hint = REMEDIES.find(([says]) => says.test(why))?.[1] ?? (denied ? `Give the token in GITHUB_TOKEN the right “${right}”, or do it by hand.` : undefined);
  return new DaybookError('host-failed', `The Git host did not ${what}: ${why}`, {}, hint);
}
