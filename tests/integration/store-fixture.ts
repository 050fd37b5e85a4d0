import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'node:test';
import { digestBytes, digestJson } from '../../src/snapshot/canonical.ts';
import type { Inputs, Result } from '../../src/snapshot/manifest.ts';
import type { Attempted, KeepRequest } from '../../src/store/request.ts';
import type { Lasting } from './instance.ts';

const run = promisify(execFile);

/** A fresh machine's environment: no identity, no settings. */
export const ENV: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

export async function temporaryFolder(t: Lasting): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-store-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Runs Git as a user would; the output without its last line end. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const user = ['-c', 'user.name=User', '-c', 'user.email=user@example.org', '-c', 'commit.gpgsign=false'];
  const { stdout } = await run('git', [...user, ...args], { cwd, env: ENV, maxBuffer: 1 << 28 });
  return stdout.replace(/\n$/, '');
}

export async function write(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** A repository with one commit on `main`. */
export async function newRepository(t: Lasting): Promise<string> {
  const root = join(await temporaryFolder(t), 'repository');
  await mkdir(root);
  await git(root, 'init', '-q', '-b', 'main');
  await write(root, 'daybook.yml', 'title: Test\n');
  await write(root, 'reports/a.yml', 'title: A\n');
  await write(root, 'reports/b.yml', 'title: B\n');
  await git(root, 'add', '-A');
  await git(root, 'commit', '-q', '-m', 'Reports');
  return root;
}

/** A bare `origin` and two clones of it. */
export async function origin(t: TestContext): Promise<{ bare: string; one: string; two: string }> {
  const first = await newRepository(t);
  const folder = dirname(first);
  const [bare, one, two] = ['origin.git', 'one', 'two'].map((name) => join(folder, name)) as [string, string, string];
  await git(folder, 'clone', '-q', '--bare', first, bare);
  await git(folder, 'clone', '-q', bare, one);
  await git(folder, 'clone', '-q', bare, two);
  return { bare, one, two };
}

export function inputsOf(report: string, asOf: string, source = 'first'): Inputs {
  return {
    report,
    definition: digestJson('definition'),
    query: digestJson('query'),
    parameters: { as_of: asOf },
    sources: [{ name: 'source', files: [{ path: 'data.csv', bytes: 1, sha256: digestBytes(source) }], reading: digestJson('csv') }],
    engine: { name: 'duckdb', version: '1', settings: {} },
  };
}

/** A run of a report that came back with one column and these values. */
export function result(report: string, asOf: string, values: string[] = ['1'], source = values.join()): Attempted {
  const csv = Buffer.from(`n\n${values.map((value) => `${value}\n`).join('')}`);
  const data: Result = {
    columns: [{ name: 'n', type: 'VARCHAR' }],
    rows: { count: values.length, bytes: csv.length, sha256: digestBytes(csv) },
    metrics: [{ name: 'n', value: values[0] ?? null, type: 'VARCHAR', period: null }],
    checks: [],
  };
  return {
    report, slot: `${asOf.slice(0, 10)}T06:00Z`, requested: asOf, definition: digestJson('definition'),
    kind: 'result', asOf, inputs: inputsOf(report, asOf, source), result: data, csv, milliseconds: 1.4, attempts: 1, warnings: [],
  };
}

export function request(attempts: Attempted[], more: Partial<KeepRequest> = {}): KeepRequest {
  return {
    instance: 'test',
    identity: { name: 'Daybook', email: 'daybook@example.org' },
    time: new Date('2001-07-01T06:00:30.900Z'),
    job: { trigger: 'schedule', actor: 'test', code: 'abc', url: null },
    attempts,
    missed: [],
    ...more,
  };
}
