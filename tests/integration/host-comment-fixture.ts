import type { TestContext } from 'node:test';
import type { Review } from '../../src/analysis/review/review.ts';
import type { DaybookError } from '../../src/error.ts';
import { JOB_AUTHOR } from '../../src/review/comment.ts';
import { openGitHub } from '../../src/review/github.ts';
import type { Host } from '../../src/review/host.ts';
import { tellReview, type TellResult } from '../../src/review/tell.ts';
import { reportOf, reviewOf } from '../unit/review-fixture.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { git, origin, write } from './store-fixture.ts';

export interface Proposed {
  fake: FakeHost;
  host: Host;
  bare: string;
  /** A clone, at the head. */
  one: string;
  number: number;
  base: string;
  head: string;
  /** Another commit on the branch. */
  push: (file?: string) => Promise<string>;
  tell: (document: Review | DaybookError | null, head?: string, run?: number) => Promise<TellResult>;
}

/** A pull request from a fork, with one commit. */
export async function proposed(t: TestContext, file = 'reports/a.yml'): Promise<Proposed> {
  const { bare, one } = await origin(t);
  const fake = await fakeHost(t, bare);
  const { api, repository, token } = fake;
  const host = openGitHub({ api, repository, token, fetch, second: 1 });
  let count = 0;
  const push = async (path = file): Promise<string> => {
    await write(one, path, `title: ${++count}\n`);
    await git(one, 'add', '-A');
    await git(one, 'commit', '-qm', `Change ${count}`);
    await git(one, 'push', '-q', 'origin', '+HEAD:refs/forks/eve/numbers');
    return git(one, 'rev-parse', 'HEAD');
  };
  const base = await git(one, 'rev-parse', 'HEAD');
  const head = await push();
  const number = await fake.propose('numbers', 'New numbers', { by: 'eve', from: 'eve/reports' });
  const tell: Proposed['tell'] = (document, at = head, run) => tellReview(host, document, { head: at, author: JOB_AUTHOR, links: {}, run: run ?? null, previewOf: null, folder: '', today: '2026-01-08' });
  return { fake, host, bare, one, number, base, head, push, tell };
}

/** By the rules of the commit that it parted from. */
export function reviewAt({ base, head }: Pick<Proposed, 'base' | 'head'>, more: Partial<Review> = {}): Review {
  return reviewOf([reportOf()], { base: { commit: base, label: 'main' }, tip: base, head: { commit: head, label: 'numbers' }, ...more });
}

/** A report whose gate fails. */
export function failing(level: 'warn' | 'block'): Review['reports'] {
  return [reportOf({ verdict: level === 'block' ? 'block' : 'review', gates: [{ gate: 'rows', level, status: 'fail', expected: 'as many rows', actual: 'fewer', subject: null, waiver: null }] })];
}

export const bodies = ({ fake, number }: Proposed): string[] => fake.commentsOn(number).map(({ body }) => body);
export const conclusions = ({ fake }: Proposed): string[] => fake.telling.checks.map(({ conclusion }) => conclusion);
