import path from 'node:path';
import type { TestContext } from 'node:test';
import { readEntries } from '../../src/snapshot/checkout.ts';
import { applyEntry, emptyState, newestPublished } from '../../src/snapshot/ledger-state.ts';
import type { DecidedRecord } from '../../src/snapshot/records.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { BASE, commit, entries, git, newInstance, refresh, report, write, type Files, type Surroundings } from './instance.ts';

export const [FIRST, SECOND, THIRD] = ['2026-01-08T07:00:00Z', '2026-01-08T10:00:00Z', '2026-01-08T12:00:00Z'] as const;
export const BRANCH = 'daybook/approve/team/good/2026-01-07.v1';
export const FILE = 'reports/team/good.approvals/2026-01-07.v1.json';

const ORDERS = BASE['data/orders.csv'] as string;

/** The base report, held until so many people approve it. */
export function held(approvers = 1): Files {
  return { 'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}approval: { approvers: ${approvers} }\n` };
}

/** A second report like it. */
export function another(): Files {
  return report('other', 'select day, orders from orders where region = \'north\' and day <= $as_of', 'as_of: { column: day }\nkey: [day]\napproval: required\n');
}

interface Hosted {
  /** The clone that the job runs in. */
  root: string;
  bare: string;
  host: FakeHost;
  /** A job in a clone that is as `origin` is, as the CI system's are. */
  job: (words?: string[], surroundings?: Surroundings) => ReturnType<typeof refresh>;
  /** Changes files on `origin`, as a merged pull request does. */
  change: (files: Files) => Promise<void>;
}

/** An instance on a host, before its first job. */
export async function hosted(t: TestContext, files: Files): Promise<Hosted> {
  const root = await newInstance(t, files);
  const bare = path.join(path.dirname(root), 'origin.git');
  await git(root, 'clone', '-q', '--bare', root, bare);
  await git(root, 'remote', 'add', 'origin', bare);
  await git(root, 'fetch', '-q', 'origin');
  const host = await fakeHost(t, bare);
  const current = async (): Promise<void> => {
    await git(root, 'fetch', '-q', '--prune', 'origin');
    await git(root, 'merge', '-q', '--ff-only', 'origin/main');
  };
  return {
    root, bare, host,
    job: async (words = [], { now = FIRST, env = {} } = {}) => {
      await current();
      return refresh(root, [...words, '--push'], { now, env: { ...host.env, ...env } });
    },
    change: async (changed) => {
      await current();
      await write(root, changed);
      await commit(root, 'Change');
      await git(root, 'push', '-q', 'origin', 'main');
    },
  };
}

/** The orders with another number on the last day. */
export function corrected(orders: number): Files {
  return { 'data/orders.csv': ORDERS.replace('118', String(orders)) };
}

/** All decisions of the ledger. */
export function decided(root: string): DecidedRecord[] {
  return entries(root).flatMap((entry) => entry.decided ?? []);
}

/** What readers see of a report, by as-of and version. */
export function shown(root: string, report = 'team/good'): string | null {
  const state = readEntries(root).reduce(applyEntry, emptyState()).reports.get(report);
  const version = state && newestPublished(state);
  return version ? `${version.as_of}.v${version.version}` : null;
}
