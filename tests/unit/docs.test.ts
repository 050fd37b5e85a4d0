import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { z } from 'zod';
import { ERRORS } from '../../src/error.ts';
import { checkYaml } from '../../src/report/check.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { parseMetric } from '../../src/report/metric.ts';
import { instanceSchema, reportSchema, reviewSchema, sourceSchema } from '../../src/report/schema.ts';
import { readYaml } from '../../src/report/yaml.ts';
import { openRunner } from '../../src/run/runner.ts';
import { keysOf } from '../../src/site/reference.ts';

const root = path.resolve(import.meta.dirname, '../..');
const DOCS = 'src/site/pages/docs';

async function read(file: string): Promise<string> {
  return readFile(path.join(root, file), 'utf8');
}

const files = ['README.md', ...(await readdir(path.join(root, DOCS))).filter((name) => name.endsWith('.md')).map((name) => `${DOCS}/${name}`)];
const texts = new Map(await Promise.all(files.map(async (file) => [file, await read(file)] as const)));

interface Block {
  file: string;
  language: string;
  text: string;
  /** The path that a first comment line names. */
  path: string | null;
}

/** Blocks of code, also indented ones in lists. */
function blocksOf(file: string): Block[] {
  return [...texts.get(file)!.matchAll(/^( *)```(\w+)\n([^]*?)^ *```$/gm)].map(([, indent = '', language = '', body = '']) => {
    const text = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return { file, language, text, path: /^(?:#|--) ([\w./-]+\.(?:yml|sql))$/m.exec(text.split('\n')[0]!)?.[1] ?? null };
  });
}

const blocks = files.flatMap(blocksOf);

async function temporary(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-docs-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function write(folder: string, contents: { [file: string]: string }): Promise<void> {
  for (const [file, text] of Object.entries(contents)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
}

test('the README has every command with every option', async () => {
  const source = (await Promise.all((await readdir(path.join(root, 'scripts/cli'))).map((file) => read(`scripts/cli/${file}`)))).join('');
  const commands = source.split("program.command('").slice(1);
  assert.ok(commands.length >= 9);
  for (const command of commands) {
    const name = command.slice(0, command.indexOf("'"));
    const row = texts.get('README.md')!.split('\n').find((line) => new RegExp(`^\\| \`${name}[ \`]`).test(line));
    assert.ok(row, `README.md has no row for the command ${name}`);
    for (const [, option] of command.matchAll(/ption\('(--[a-z-]+)/g)) assert.match(row, new RegExp(`${option}[ \`]`), `README.md: ${name} ${option}`);
  }
});

test('exit codes and the three commands stand in the README', async () => {
  const text = texts.get('README.md')!;
  for (const command of ['npm ci && npm run refresh', 'npm ci && npm test', 'npm start']) assert.match(text, new RegExp(`^${command} `, 'm'));
  const exit = (told: string): string | undefined => /Exit codes\W+ (0 well; 1 [^;]+; 2 cannot tell)[^;]*; 3 wrong use\./.exec(told)?.[1];
  assert.ok(exit(text));
  assert.equal(exit(text), exit(await read('scripts/cli/main.ts')));
});

const SCHEMAS: { [kind: string]: z.ZodType } = { report: reportSchema, source: sourceSchema, instance: instanceSchema };

test('the reference has every key of every schema, and the list of errors every code', async () => {
  const page = await read(`${DOCS}/reference.astro`);
  for (const [kind, schema] of Object.entries(SCHEMAS)) {
    const listed = new Set(keysOf(schema).flatMap(({ path: key }) => key.split('.')).map((name) => name.replace('[]', '')));
    const written = JSON.parse(await read(`src/report/schema/${kind}.json`)) as object;
    for (const name of propertiesOf(written)) assert.ok(listed.has(name), `the reference has no key "${name}" of a ${kind}`);
    assert.match(page, new RegExp(`id: '${kind}'.*keysOf\\(${kind}Schema\\)`));
  }
  assert.match(await read(`${DOCS}/errors.astro`), /Object\.entries\(ERRORS\)\.map/);
});

function propertiesOf(node: unknown): string[] {
  if (node === null || typeof node !== 'object') return [];
  const { properties } = node as { properties?: object };
  const own = properties && typeof properties === 'object' ? Object.keys(properties) : [];
  return [...own, ...Object.values(node).flatMap(propertiesOf)];
}

function schemaOf(file: string): z.ZodType | null {
  if (file === 'daybook.yml') return instanceSchema;
  if (file.startsWith('queries/sources/')) return sourceSchema;
  return file.startsWith('reports/') ? reportSchema : null;
}

test('every YAML example is valid', () => {
  const examples = blocks.filter(({ language }) => language === 'yaml');
  assert.ok(examples.length >= 8);
  for (const { file, text, path: named } of examples) {
    const place = `${file}, ${named ?? text.split('\n')[0]}`;
    if (named === null) {
      // A piece of a file: its keys are known and have values of their kind.
      const pieces = [reportSchema.partial(), sourceSchema.partial(), instanceSchema.partial()];
      assert.ok(pieces.some((schema) => checkYaml(text, place, schema).value !== null), place);
    } else if (schemaOf(named)) {
      const checked = checkYaml(text, place, schemaOf(named)!);
      assert.deepEqual('problems' in checked ? checked.problems.map(String) : [], []);
    } else {
      assert.ok(readYaml(text, place).value, place);
    }
  }
});

test('what "Review a change" calls a default is one', () => {
  const file = `${DOCS}/review.md`;
  const defaults = reviewSchema.parse({});
  const written = blocksOf(file).flatMap(({ text }) => (text.includes('these are the defaults') ? [(readYaml(text, file).value as { review: object }).review] : []));
  assert.deepEqual(written, [Object.fromEntries(Object.entries(defaults).filter(([key]) => key !== 'gates' && key !== 'waivers'))]);
  const rows = [...texts.get(file)!.matchAll(/^\| `(\w+)` \| (off|warn|block) \|/gm)].map(([, gate, level]) => [gate, level]);
  assert.deepEqual(Object.fromEntries(rows), defaults.gates);
});

test('every check and every metric in the tables is valid', () => {
  const text = texts.get(`${DOCS}/contribute.md`)!;
  const checks = [...text.matchAll(/^\| `(\{ (?:rows|column): .*? \})` \|/gm)].map(([, check]) => `checks: [${check}]`);
  assert.ok(checks.length >= 5);
  for (const check of checks) assert.ok(checkYaml(check, check, reportSchema.partial()).value, check);
  const metrics = [...text.matchAll(/^\| `([\w ]*\w+\s*[(*].*?)` \|/gm)].map(([, value]) => value!);
  assert.ok(metrics.length >= 5);
  for (const value of metrics) assert.ok(parseMetric(value), value);
});

test('what "Add a report" says, from the CSV to a result', async (context) => {
  const folder = await temporary(context);
  const examples = blocksOf(`${DOCS}/contribute.md`);
  await write(folder, Object.fromEntries(examples.flatMap(({ path: file, text }) => (file === null ? [] : [[file, text]]))));
  await write(folder, { 'data/orders.csv': examples.find(({ language }) => language === 'csv')!.text, 'reports/sales/orders.md': 'Judge it by **the share**.' });
  const { instance, reports, sources, macros, broken, problems } = loadDefinitions(folder);
  assert.deepEqual([...problems, ...[...broken.values()].flatMap((report) => report.problems)].map(String), []);
  assert.deepEqual([...reports.keys()], ['sales/large-orders', 'sales/orders']);
  assert.equal(macros.length, 1);
  const runner = openRunner({ root: folder, cache: path.join(folder, '.daybook'), instance, sources, macros, parallel: 1 });
  context.after(() => runner.close());
  const outcome = await runner.run(reports.get('sales/orders')!, '2026-01-08', new Date('2026-01-08T05:00:00Z'));
  assert.ok(outcome.kind === 'result', outcome.kind === 'failure' ? String(outcome.error) : '');
  assert.equal(outcome.asOf, '2026-01-07');
  assert.deepEqual(outcome.result.metrics.map(({ name, value, period }) => [name, Number(value), period]), [['orders', 210, '2026-01-07'], ['return_rate', 13 / 210, '2026-01-07']]);
  assert.equal((await runner.run(reports.get('sales/large-orders')!, '2026-01-08', new Date('2026-01-08T05:00:00Z'))).kind, 'result');
});

/** As GitHub and Astro name headings. */
function slug(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').trim().replaceAll(' ', '-');
}

async function anchorsOf(page: string): Promise<Set<string>> {
  if (page === 'errors') return new Set(Object.keys(ERRORS));
  if (page === 'reference') return new Set(Object.entries(SCHEMAS).flatMap(([kind, schema]) => [kind, ...keysOf(schema).map(({ path: key }) => `${kind}.${key}`)]));
  const text = texts.get(`${DOCS}/${page}.md`);
  assert.ok(text, `there is no page ${page}`);
  return new Set([...text.matchAll(/^##+ (.*)$/gm)].map(([, heading]) => slug(heading!)));
}

const LINK = /(!?)\[[^\]]*\]\(([^)\s]+)\)/g;

test('every link within the documentation leads somewhere', async () => {
  for (const [file, text] of texts) {
    const prose = text.replaceAll(/^( *)```[^]*?^ *```$/gm, '');
    for (const [, image, target = ''] of prose.matchAll(LINK)) {
      if (image || /^https?:/.test(target)) continue;
      const [to = '', anchor] = target.split('#');
      if (file === 'README.md') {
        assert.ok(await stat(path.join(root, to)).catch(() => null), `${file}: ${target}`);
        continue;
      }
      const page = /^\.\.\/([a-z]+)\/$/.exec(to)?.[1];
      assert.ok(page, `${file}: ${target} is not written as ../page/`);
      const anchors = await anchorsOf(page);
      assert.ok(anchor === undefined || anchors.has(anchor), `${file}: ${target}`);
    }
  }
});

test('every picture of the README is there', async () => {
  for (const [, image, target = ''] of texts.get('README.md')!.matchAll(LINK)) {
    if (image) assert.ok(await stat(path.join(root, target)).catch(() => null), `there is no ${target}`);
  }
});

test('the import rule on the architecture page is the one that its test holds', async () => {
  const rule = [...(await read('tests/unit/architecture.test.ts')).matchAll(/^ {2}(\w+): \[(.*)\],$/gm)].map(([, part, names = '']) => [part, ...[...names.matchAll(/'([\w-]+)'/g)].map(([, name]) => name!.replace('-types', ''))]);
  const table = [...texts.get(`${DOCS}/architecture.md`)!.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, part, names = '']) => [part, ...[...names.matchAll(/`(\w+)`/g)].map(([, name]) => name)]);
  assert.ok(table.length >= 8);
  assert.deepEqual(table, rule);
});

test('every file and folder that the architecture page names is there', async () => {
  const named = [...texts.get(`${DOCS}/architecture.md`)!.matchAll(/`([\w./-]+(?:\.(?:ts|mjs|yml)|\/))`/g)].map(([, name]) => name!).filter((name) => !/^(utils|dist|snapshots|\.daybook)\/$/.test(name));
  assert.ok(named.length >= 30);
  for (const name of new Set(named)) assert.ok(await Promise.any(['', 'src'].map((folder) => stat(path.join(root, folder, name)))).catch(() => null), `${name} is neither in the root nor below src/`);
});

/** The lines of a page's shell example that holds a text. */
function shell(page: string, holds: string): string {
  return blocksOf(`${DOCS}/${page}.md`).find(({ language, text }) => language === 'sh' && text.includes(holds))!.text;
}

function sh(cwd: string, script: string): string {
  const identity = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@example.org' };
  const env = { PATH: process.env['PATH'], HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', ...identity };
  return execFileSync('bash', ['-euc', script], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

test('the steps of "Upgrade" take Daybook’s files and keep the instance’s own', async (context) => {
  const folder = await temporary(context);
  await write(folder, { 'demo/reports/demo.yml': 'a', 'demo/queries/demo.sql': 'a', 'demo/snapshots/ledger/checkpoint': 'demo 1', 'demo/snapshots/ledger/2026/0000001.json': 'demo', 'demo/daybook.yml': 'demo', 'demo/src/code.ts': 'old' });
  sh(folder, 'cd demo && git init -qb main && git add -A && git commit -qm 1 && git clone -q . ../own');
  await rm(path.join(folder, 'own/reports/demo.yml'));
  await write(folder, { 'own/reports/own.yml': 'b', 'own/queries/own.sql': 'b', 'own/data/own.csv': 'b', 'own/daybook.yml': 'own', 'own/snapshots/ledger/checkpoint': 'own 1', 'own/snapshots/ledger/2026/0000001.json': 'own' });
  sh(folder, 'cd own && git remote rename origin upstream && git add -A && git commit -qm own');
  await write(folder, { 'demo/reports/demo.yml': 'changed', 'demo/reports/new.yml': 'new', 'demo/daybook.yml': 'changed', 'demo/snapshots/ledger/checkpoint': 'demo 2', 'demo/snapshots/ledger/2026/0000002.json': 'demo', 'demo/src/code.ts': 'new' });
  sh(folder, 'cd demo && git add -A && git commit -qm 2');

  sh(path.join(folder, 'own'), shell('upgrade', 'git merge'));
  assert.equal(sh(folder, 'cd own && git diff --name-only HEAD'), 'src/code.ts\n');
  assert.equal(sh(folder, 'cd own && git status --porcelain'), 'M  src/code.ts\n');
  sh(folder, 'cd own && git commit -qm merged && git merge-base --is-ancestor upstream/main HEAD');
});

test('the auditor’s command is silent, and names a change that hides in a merge', async (context) => {
  const folder = await temporary(context);
  const audit = shell('snapshots', 'git --no-replace-objects log');
  await write(folder, { 'snapshots/2001/06/30/v1/a.csv': 'n\n1\n', 'snapshots/ledger/checkpoint': 'one' });
  sh(folder, 'git init -qb main && git add -A && git commit -qm 1');
  await write(folder, { 'snapshots/2001/07/01/v1/a.csv': 'n\n2\n', 'snapshots/ledger/checkpoint': 'two' });
  sh(folder, 'git add -A && git commit -qm 2');
  assert.equal(sh(folder, audit), '');

  sh(folder, 'git switch -qc side HEAD~ && git commit -q --allow-empty -m 3 && git switch -q main && git merge -q --no-commit side');
  await write(folder, { 'snapshots/2001/06/30/v1/a.csv': 'n\n9\n' });
  sh(folder, 'git add -A && git commit -qm merge');
  assert.match(sh(folder, audit), /M\tsnapshots\/2001\/06\/30\/v1\/a\.csv/);
});
