import assert from 'node:assert/strict';
import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import * as yaml from 'js-yaml';
import { z } from 'zod';
import type { ReportReview, Review } from '../../src/analysis/review/review.ts';
import { ERRORS, type ErrorCode } from '../../src/error.ts';
import { VERDICTS } from '../../src/report/verdict.ts';
import { readReview } from '../../src/review/review-schema.ts';
import { BASE, code, commit, daybook, git, report, spawnDaybook, temporaryFolder, tree, write, type Files, type Said } from './instance.ts';
import { actingIn, actingInLog } from './review-harmless.ts';
import { BY_DAY } from './review-mechanisms.ts';
import { propose } from './review-proposal.ts';

/*
 * tests/hostile: a folder is a pull request. Its files are what it adds or replaces in the instance below; attack.yml has what files
 * cannot say, and what must happen. Each is reviewed as a job does it: out of Git objects, in a clone that has the base checked out.
 */

const folder = path.join(code, 'tests/hostile');

const attackSchema = z.strictObject({
  /** A sentence, for the table of the documentation. */
  tries: z.string(),
  /** Files with odd names, or which the tools of this repository would take for its own. */
  files: z.record(z.string(), z.string()).default({}),
  /** Large ones: a piece so many times, in which `{i}`, `{next}` and `{letters}` count; so many files, which `{n}` counts. */
  made: z.record(z.string(), z.strictObject({ before: z.string().default(''), repeat: z.string(), times: z.int().default(1), middle: z.string().default(''), close: z.string().default(''), after: z.string().default(''), files: z.int().default(1) })).default({}),
  links: z.record(z.string(), z.string()).default({}),
  submodules: z.array(z.string()).default([]),
  modes: z.record(z.string(), z.string()).default({}),
  delete: z.array(z.string()).default([]),
  /** Paths that Git makes for nobody. */
  literal: z.record(z.string(), z.string()).default({}),
  /** The review has a process of its own, which must end within so many seconds. */
  seconds: z.number().optional(),
  /** The commit that it is made upon. */
  upon: z.enum(['main', 'main~1']).default('main'),
  expect: z.strictObject({
    verdict: z.enum(VERDICTS),
    /** Gates that fail, with their level; of a report: `team/hostile columns`. */
    gates: z.record(z.string(), z.enum(['warn', 'block'])).default({}),
    /** Errors that the review names, by file. */
    codes: z.record(z.string(), z.enum(Object.keys(ERRORS) as [ErrorCode])).default({}),
    /** Text of summary.md. */
    says: z.array(z.string()).default([]),
    /** Text that must be nowhere. */
    hides: z.array(z.string()).default([]),
    /** False where the attack leaves nothing of the honest change to judge. */
    honest: z.boolean().default(true),
  }),
});

type Attack = z.output<typeof attackSchema> & { name: string };

/** Stands in the environment, in Git's configuration, in an ignored file and outside of the repository. */
const SECRET = 'canary-f41c2b7d90';
const PEOPLE = ['Nordmann', '61234', '72345'];
const HONEST = 'select region, sum(net(orders)) as orders from orders where day <= $as_of group by region';
const ORDERS = 'metrics: { orders: { label: Orders, value: sum(orders) } }\n';

function reportOf(name: string, source: string, sql: string, more: string): Files {
  return Object.fromEntries(Object.entries(report(name, sql, more)).map(([file, text]) => [file, String(text).replace('sources: [orders]', `sources: [${source}]`)]));
}

const UNLIMITED = 'title: Test\ninstance: test\nteams: { team: { title: Team } }\npersonal_store: .daybook/people\nreview: { backtest: 0 }\n';

/** Small limits, so that what has no end is stopped soon. */
const INSTANCE: Files = {
  ...BASE,
  'daybook.yml': `${UNLIMITED}limits: { seconds: 3, memory_mb: 256, rows: 10000, bytes: 2000000, parallel: 1 }\n`,
  '.gitignore': '.daybook/\ndist/\n.env\n',
  'package.json': '{ "private": true }\n',
  'snapshots/ledger/checkpoint': 'test\n0\n',
  'queries/macros/net.sql': 'create macro net(x) as x - 1;\n',
  'data/people.csv': 'name,salary\nOla Nordmann,61234\nKari Nordmann,72345\n',
  'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { salary: BIGINT }\n',
  ...report('honest', HONEST, `key: [region]\n${ORDERS}`),
  ...report('held', "select day, orders from orders where day <= $as_of and region = 'north'", `key: [day]\napproval: required\nlegal_hold: true\nretain: 90 days\n${ORDERS}checks: [{ column: orders, min: 100 }]\n`),
  ...reportOf('staff', 'people', 'select name, salary, length(name) as letters from people', 'key: [name]\ncolumns: { name: { personal: true }, salary: { personal: true } }\nmetrics: { people: { label: People, value: count(name) } }\n'),
};

/** What every pull request has beside its attack. */
const CHANGE: Files = { 'queries/team/honest.sql': `${HONEST.replace('sum(net(orders))', 'sum(net(orders)) + 1')}\n` };

async function filesBelow(root: string): Promise<Files> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && entry.name !== 'attack.yml').map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(path.join(root, file), 'utf8')] as const)));
}

export async function readAttack(name: string): Promise<Attack> {
  const written = yaml.load(await readFile(path.join(folder, name, 'attack.yml'), 'utf8'));
  const parsed = attackSchema.safeParse(written);
  if (!parsed.success) throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
  return { ...parsed.data, name };
}

/** Of the kinds whose names begin so. All of them are told at night; else one for each mechanism that stands against them. */
export async function attackNames(kind: RegExp): Promise<string[]> {
  const isTold = (name: string): boolean => process.env['DAYBOOK_HOSTILE'] === 'all' || BY_DAY.has(name);
  return (await allAttackNames()).filter((name) => kind.test(name) && isTold(name));
}

/** All of them. */
export async function allAttackNames(): Promise<string[]> {
  return (await readdir(folder)).sort();
}

/** A row of the table in the documentation: what an attack tries, and how its review ends. */
export function attackRow({ name, tries, expect }: Attack): string {
  const { verdict, codes, gates } = expect;
  const levels = Object.keys(gates).map((gate) => `gate ${gate.split(' ').at(-1)!}`);
  const found = [...new Set([...Object.values(codes).map((code) => `\`${code}\``), ...levels])].join(', ');
  return `| ${name} | ${tries} | ${verdict}${found === '' ? '' : `: ${found}`} |`;
}

/** All files of the proposal; a query without a report gets the usual one. */
async function filesOf({ name, files, made }: Attack, places: { [word: string]: string }): Promise<Files> {
  const large = Object.entries(made).flatMap(([file, { before, repeat, times, middle, close, after, files: count }]) => Array.from({ length: count }, (_, at) => {
    const words: { [word: string]: (i: number) => string } = { i: String, next: (i) => String(i + 1), letters: (i) => String(i).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!) };
    const piece = (i: number): string => repeat.replaceAll(/\{(i|next|letters)\}/g, (_, word: string) => words[word]!(i));
    const text = before + Array.from({ length: times }, (_, i) => piece(i)).join('') + middle + close.repeat(times) + after;
    return [file, text].map((one) => one.replaceAll('{n}', String(at))) as [string, string];
  }));
  const own = { ...CHANGE, ...(await filesBelow(path.join(folder, name))), ...files, ...Object.fromEntries(large) };
  const usual = 'reports/team/hostile.yml';
  const all = own['queries/team/hostile.sql'] !== undefined && own[usual] === undefined ? { ...own, [usual]: report('hostile', '')[usual]! } : own;
  return Object.fromEntries(Object.entries(all).map(([file, text]) => [file, String(text).replaceAll(/\{(web|outside|root)\}/g, (_, word: string) => places[word]!)]));
}

interface Ground {
  root: string;
  above: string;
  /** Requests that the web server has had. */
  requests: string[];
  places: { [word: string]: string };
  env: NodeJS.ProcessEnv;
}

/** A host's bare repository, and a job's clone of it. Around it lies what a pull request must not reach. */
async function openGround(t: TestContext): Promise<Ground> {
  const above = await temporaryFolder(t);
  const [root, host, home, outside] = ['instance', 'host.git', 'home', 'outside'].map((name) => path.join(above, name)) as [string, string, string, string];
  await mkdir(home);
  await mkdir(outside);
  await write(above, { 'outside/secret.csv': `a,b\n${SECRET},1\n`, 'home/.npmrc': SECRET, 'seed/.keep': '' });
  const seed = path.join(above, 'seed');
  await git(seed, 'init', '-q', '-b', 'main');
  await write(seed, { ...INSTANCE, 'daybook.yml': UNLIMITED });
  await commit(seed, 'Before there were limits');
  await write(seed, INSTANCE);
  await commit(seed);
  await git(above, 'clone', '-q', '--bare', seed, host);
  await git(above, 'clone', '-q', host, root);
  await git(root, 'config', 'http.extraheader', `AUTHORIZATION: basic ${SECRET}`);
  await writeFile(path.join(root, '.env'), `a,b\n${SECRET},1\n`);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    response.end('a,b\n1,2\n');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  process.env['DAYBOOK_CANARY'] = SECRET;
  const web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { root, above, requests, places: { web, outside: path.join(outside, 'secret.csv'), root }, env: { HOME: home, DAYBOOK_CANARY: SECRET, GITHUB_TOKEN: SECRET } };
}

/** Everything below a folder but Git's and Daybook's own, with contents. */
async function standing(above: string): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  const walk = async (below: string): Promise<void> => {
    for (const name of (await readdir(path.join(above, below))).sort()) {
      const file = path.join(below, name);
      if (/^(out|host\.git|instance\/\.git|instance\/\.daybook)$/.test(file)) continue;
      const found = await lstat(path.join(above, file));
      if (found.isDirectory()) await walk(file);
      all.set(file, found.isDirectory() ? '' : found.isSymbolicLink() ? `→ ${await readlink(path.join(above, file))}` : (await readFile(path.join(above, file))).toString('latin1'));
    }
  };
  await walk('');
  return all;
}

async function refs(root: string): Promise<string> {
  return `${await git(root, 'for-each-ref')}\n${await git(root, 'rev-parse', 'HEAD')}\n${await git(root, 'status', '--porcelain')}\n${await readFile(path.join(root, '.git/config'), 'utf8')}`;
}

/** The output, by path; only files that a review writes, none of them a link. */
async function outputOf(out: string): Promise<Map<string, string>> {
  const found = await readdir(out, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => !entry.isDirectory());
  assert.deepEqual(files.filter((entry) => !entry.isFile()).map(({ name }) => name), []);
  const names = files.map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)));
  for (const name of names) assert.match(name, /^(review\.json|summary\.md|changes\/[a-z0-9/-]+\.csv)$/);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(path.join(out, name), 'utf8')] as const)));
}

/** Reviews the pull requests of these names, each as a test of its own. */
export async function reviewAttacks(t: TestContext, names: readonly string[]): Promise<void> {
  const ground = await openGround(t);
  const { root, above } = ground;
  const attacks = await Promise.all(names.map(readAttack));
  for (const attack of attacks) {
    const files = await filesOf(attack, ground.places);
    await propose(path.join(above, 'host.git'), attack.name, { ...attack, files });
  }
  await git(root, 'fetch', '-q', 'origin', '+refs/heads/pull/*:refs/pull/*');
  const heads = new Map((await git(root, 'for-each-ref', '--format=%(refname:lstrip=2) %(objectname)', 'refs/pull')).split('\n').map((line) => line.split(' ') as [string, string]));
  const before = [await standing(above), await refs(root)];
  for (const attack of attacks) {
    await t.test(attack.name, async () => {
      const requested = ground.requests.length;
      try {
        await reviewAttack(ground, attack, heads.get(attack.name)!);
      } finally {
        assert.deepEqual([await standing(above), await refs(root)], before, 'nothing is written beside the output');
        assert.equal(ground.requests.length, requested, 'nobody asked the network');
      }
    });
  }
}

async function reviewAttack({ root, above, env }: Ground, attack: Attack, head: string): Promise<void> {
  const { name, seconds, expect } = attack;
  const out = path.join(above, 'out', name);
  const words = ['review', `origin/main..${head}`, '--out', out];
  const said = await (seconds === undefined ? daybook(root, words, { env }) : endingWithin(seconds, root, words, env));

  for (const own of ['review', 'empty']) assert.deepEqual([...(await tree(path.join(root, '.daybook', own))).keys()], [], `nothing is left over in ${own}`);
  assert.ok(await lstat(out).catch(() => null), `there is no review: ${said.err}`);
  const output = await outputOf(out);
  const all = [...output].map(([file, text]) => ({ file, text })).concat([{ file: 'stdout', text: said.out }, { file: 'stderr', text: said.err }]);
  // What the attack has written itself may be quoted.
  const written = JSON.stringify([attack, await filesBelow(path.join(folder, name))]);
  const quoted = ['outside', 'root'].filter((word) => written.includes(`{${word}}`));
  for (const hidden of [SECRET, Buffer.from(SECRET).toString('base64').slice(0, 20), 'root:x:0', ...(quoted.length > 0 ? [] : [above]), ...PEOPLE, ...expect.hides]) {
    for (const { file, text } of all) assert.ok(!text.includes(hidden), `${file} has ${hidden}: ${text.slice(Math.max(0, text.indexOf(hidden) - 300), text.indexOf(hidden) + 100)}`);
  }
  for (const { file, text } of all) assert.doesNotMatch(text, /^\s+at .*:\d+:\d+\)?$|node:internal|\[object Object|This is a bug/m, file);
  assert.deepEqual(actingInLog(said.out), []);
  assert.deepEqual(actingInLog(said.err), []);
  const summary = output.get('summary.md')!;
  assert.deepEqual(actingIn(summary), []);
  assert.ok(summary.length <= 60_000, `${summary.length} characters`);

  const review = readReview(output.get('review.json')!);
  assert.deepEqual(judgedOf(review, expect), { verdict: expect.verdict, gates: expect.gates, codes: expect.codes }, said.out);
  assert.equal(said.code, { pass: 0, review: 0, block: 1, incomplete: 2 }[review.verdict]);
  assert.ok(summary.startsWith(`**${review.verdict[0]!.toUpperCase()}${review.verdict.slice(1)}**: `), summary.slice(0, 200));
  for (const text of expect.says) assert.ok(summary.includes(text), `the summary lacks ${text}:\n${summary}`);
  if (expect.honest) checkHonest(review.reports.find((one) => one.report === 'team/honest'), expect.gates);
}

/** What the review says, as far as the expectation names it. */
function judgedOf(review: Review, expect: Attack['expect']): Pick<Attack['expect'], 'verdict' | 'gates' | 'codes'> {
  const failing = [...review.gates.map((gate) => ['', gate] as const), ...review.reports.flatMap(({ report: id, gates }) => gates.map((gate) => [`${id} `, gate] as const))].filter(([, { status }]) => status === 'fail');
  const gates = Object.fromEntries(failing.map(([above, { gate, level }]) => [`${above}${gate}`, level as 'warn' | 'block']));
  const codes = Object.fromEntries(review.problems.map((problem) => [problem.file ?? '', problem.code as ErrorCode]));
  const told = (kept: object, found: object): object => Object.fromEntries(Object.entries(found).filter(([key]) => key in kept));
  const unnamed = Object.keys(gates).filter((gate) => !(gate in expect.gates) && !gate.includes(' '));
  assert.deepEqual(unnamed, [], 'gates of the change as a whole that fail, and are not expected to');
  return { verdict: review.verdict, gates: told(expect.gates, gates) as typeof expect.gates, codes: told(expect.codes, codes) as typeof expect.codes };
}

/** What stands beside an attack is judged as if it stood alone. @param named gates that the attack itself makes fail */
function checkHonest(honest: ReportReview | undefined, named: Attack['expect']['gates']): void {
  assert.ok(honest, 'the honest change is not in the review');
  assert.deepEqual(honest.gates.filter(({ gate, status }) => status !== 'pass' && !(`team/honest ${gate}` in named)).map(({ gate, level, status }) => [gate, level, status]), [['query', 'warn', 'fail'], ['values', 'warn', 'fail']]);
  assert.ok(honest.comparison?.kind === 'different');
  const { rows, metrics } = honest.comparison;
  assert.deepEqual([rows.base, rows.head, rows.added, rows.removed, rows.modified, rows.unchanged], [2, 2, 0, 0, 2, 0]);
  assert.deepEqual(metrics.map(({ name, before, after }) => [name, before?.value, after?.value]), [['orders', '612', '614']]);
}

async function endingWithin(seconds: number, root: string, words: string[], env: NodeJS.ProcessEnv): Promise<Said> {
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const said = await spawnDaybook(root, words, { env, started: (kill) => void (timer = setTimeout(() => ((late = true), kill()), seconds * 1_000)) });
  clearTimeout(timer);
  assert.ok(!late, `it did not end within ${seconds} s`);
  return said;
}

