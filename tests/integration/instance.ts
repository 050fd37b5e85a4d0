import { execFile, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { after, type TestContext } from 'node:test';
import { main } from '../../scripts/cli/main.ts';
import type { World } from '../../scripts/world/world.ts';
import { readEntries } from '../../src/snapshot/checkout.ts';
import type { Entry } from '../../src/snapshot/entry.ts';

const run = promisify(execFile);

/** Daybook's own code; the instances of the tests lie elsewhere. */
export const code = path.resolve(import.meta.dirname, '../..');

/** A fresh machine: no identity, no settings, and a person named only here. */
export const ENV: NodeJS.ProcessEnv = {
  PATH: [path.join(code, 'node_modules/.bin'), process.env['PATH']].join(path.delimiter),
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  DAYBOOK_ACTOR: 'tester',
  // Nor does this machine's own sign-in at a host count.
  GITHUB_TOKEN: '',
};

/** An hour after the slot of every report below. */
export const NOW = '2026-01-08T07:00:00Z';

/** What has an end: a test, or all of a file. */
export type Lasting = Pick<TestContext, 'after'>;

/** For what the tests of a file share: it ends when all of them have. */
export function wholeFile(): Lasting {
  const endings: (() => unknown)[] = [];
  after(async () => {
    for (const end of endings) await end();
  });
  return { after: (end) => void endings.push(end as () => unknown) };
}

export type Files = { [file: string]: string | Uint8Array };

/** Three days of orders, and a report of them that always works. */
export const BASE: Files = {
  'daybook.yml': 'title: Test\ninstance: test\nteams: { team: { title: Team } }\ngit: { name: Daybook, email: daybook@example.org }\nsource_roots: [data]\n',
  '.gitignore': '.daybook/\ndist/\n',
  'data/orders.csv': 'day,region,orders\n2026-01-05,north,120\n2026-01-05,south,80\n2026-01-06,north,131\n2026-01-06,south,77\n2026-01-07,north,118\n2026-01-07,south,92\n',
  'queries/sources/orders.yml': 'files: data/orders.csv\ncolumns: { day: DATE, orders: BIGINT }\n',
  ...report('good', 'select day, region, orders from orders where day <= $as_of', 'as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: sum(orders) } }\n'),
};

/** A report of the team and its query. `more`: YAML that follows. */
export function report(name: string, sql: string, more = ''): Files {
  return {
    [`reports/team/${name}.yml`]: `title: Report ${name}\nteam: team\nowner: tester@example.org\ndescription: What it shows.\nsources: [orders]\nschedule: { cron: "0 6 * * *" }\n${more}`,
    [`queries/team/${name}.sql`]: `${sql}\n`,
  };
}

export async function temporaryFolder(t: Lasting, above = tmpdir()): Promise<string> {
  await mkdir(above, { recursive: true });
  const folder = await realpath(await mkdtemp(path.join(above, 'daybook-cli-')));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export async function write(root: string, files: Files): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), content);
  }
}

/** Runs Git as a person would; the output without its last line end. */
export async function git(root: string, ...words: string[]): Promise<string> {
  const person = ['-c', 'user.name=Person', '-c', 'user.email=person@example.org', '-c', 'commit.gpgsign=false'];
  const { stdout } = await run('git', [...person, ...words], { cwd: root, env: { ...ENV, GIT_AUTHOR_DATE: NOW, GIT_COMMITTER_DATE: NOW }, maxBuffer: 1 << 28 });
  return stdout.replace(/\n$/, '');
}

export async function commit(root: string, message = 'Reports'): Promise<string> {
  await git(root, 'add', '-A');
  await git(root, 'commit', '-q', '--allow-empty', '-m', message);
  return git(root, 'rev-parse', 'HEAD');
}

/** Where an instance must lie whose site is built: Astro's builds of other folders share one of theirs, and collide. */
export const BUILT = path.join(code, '.daybook/tests');

/** An instance with the base files and these, all in one commit on `main`. */
export async function newInstance(t: Lasting, files: Files = {}, above?: string): Promise<string> {
  const root = path.join(await temporaryFolder(t, above), 'instance');
  await write(root, { ...BASE, ...files });
  await git(root, 'init', '-q', '-b', 'main');
  await commit(root);
  return root;
}

export interface Said {
  code: number | null;
  out: string;
  err: string;
  /** Both, in the order of saying; machine paths and commit ids replaced. */
  text: string;
}

export interface Surroundings {
  now?: string;
  env?: NodeJS.ProcessEnv;
}

/** Surroundings in which nobody listens. */
export function quietWorld(root: string, { now = NOW, env = {} }: Surroundings = {}): World {
  return { root, env: { ...ENV, ...env }, now: () => new Date(now), elapsed: () => 0, cores: 1, terminal: false, out: () => undefined, err: () => undefined, stage: (_name, step) => step() };
}

/** One command in this process: what it says and its exit code. A bug is thrown. */
export async function daybook(root: string, words: string[], { now = NOW, env = {} }: Surroundings = {}): Promise<Said> {
  const said: { err: boolean; text: string }[] = [];
  const sayer = (err: boolean) => (text: string) => void said.push({ err, text });
  const world: World = { ...quietWorld(root, { now, env }), out: (line) => sayer(false)(`${line}\n`), err: (line) => sayer(true)(`${line}\n`) };
  const exit = await main(words, () => world, { writeOut: sayer(false), writeErr: sayer(true) });
  const of = (err: boolean): string => said.filter((one) => one.err === err).map(({ text }) => text).join('');
  return { code: exit, out: of(false), err: of(true), text: normal(said.map(({ text }) => text).join(''), root) };
}

interface Spawned extends Surroundings, Pick<SpawnOptions, 'uid' | 'gid'> {
  script?: string;
  started?: (kill: () => void) => void;
}

/** One command in a process of its own. */
export async function spawnDaybook(root: string, words: string[], { now = NOW, env = {}, script = path.join(code, 'scripts/daybook.mjs'), started, ...spawning }: Spawned = {}): Promise<Said> {
  const child = spawn(process.execPath, [script, ...words], { cwd: root, env: { ...ENV, DAYBOOK_NOW: now, ...env }, stdio: ['ignore', 'pipe', 'pipe'], ...spawning });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
  started?.(() => child.kill('SIGKILL'));
  const exit = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { code: exit, out: out.join(''), err: err.join(''), text: normal([...err, ...out].join(''), root) };
}

function normal(text: string, root: string): string {
  return text.replaceAll(root, '<root>').replaceAll(code, '<code>').replace(/\b(Commit |, )[0-9a-f]{10}\b/g, '$1<commit>');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** What `refresh --json` prints. */
export interface Outcome {
  kept: string[];
  failed: { report: string; code: string; message: string }[];
  refused: { report: string; file: string }[];
  broken: string[];
  ran: number;
  commits: string[];
}

/** `refresh --no-build --json`, with its exit code beside. */
export async function refresh(root: string, words: string[] = [], surroundings: Surroundings = {}): Promise<Outcome & { code: number | null; err: string }> {
  const said = await daybook(root, ['refresh', '--no-build', '--json', ...words], surroundings);
  return { ...(JSON.parse(said.out) as Outcome), code: said.code, err: said.err };
}

export function entries(root: string): Entry[] {
  return readEntries(root);
}

/** Files below a folder with their contents, by path. */
export async function tree(folder: string): Promise<Map<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = found.filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
  return new Map(await Promise.all(files.map(async (file) => [file, (await readFile(path.join(folder, file))).toString('latin1')] as const)));
}
