import assert from 'node:assert/strict';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { readYaml } from '../../src/report/yaml.ts';
import { BASE, code, daybook, newInstance, temporaryFolder, tree, write } from './instance.ts';

const FIXTURES = path.join(code, 'tests/import');
const OWNER = ['--owner', 'me@example.org'];

interface Told {
  counts: { [state: string]: number };
  written: boolean;
  reports: { id: string; state: string; rows: number | null; files: string[]; findings: { kind: string; file: string; line: number; what: string; remedy: string }[] }[];
  findings: { kind: string; file: string; line: number; what: string }[];
}

interface Spec {
  title: string;
  description: string;
  time?: { column: string };
  metrics: { [name: string]: { label: string; value: string; format: string } };
  charts: object[];
  columns: { [name: string]: { label: string; format?: string } };
  dimensions?: { [name: string]: { label: string } };
  parameters?: object;
}

async function specOf(root: string, id: string): Promise<Spec> {
  return readYaml(await readFile(path.join(root, `reports/${id}.yml`), 'utf8'), id).value as Spec;
}

/** An instance beside a copy of the project, with the project's file of data where it was told to be copied to. */
async function evidence(t: TestContext, copied = true): Promise<{ root: string; project: string }> {
  const root = await newInstance(t, copied ? { 'data/shop/orders.csv': await readFile(path.join(FIXTURES, 'evidence/sources/shop/orders.csv')) } : {});
  const project = path.join(root, '../project');
  await cp(path.join(FIXTURES, 'evidence'), project, { recursive: true });
  return { root, project };
}

async function imported(root: string, words: string[]): Promise<Told & { code: number | null }> {
  const said = await daybook(root, ['import', ...words, ...OWNER, '--json']);
  return { ...(JSON.parse(said.out) as Told), code: said.code };
}

test('the pages of an Evidence project become reports that run; the rest is listed with file and line', async (t) => {
  const { root } = await evidence(t);
  const told = await imported(root, ['../project']);
  assert.equal(told.code, 1);
  assert.deepEqual(told.counts, { imported: 2, decide: 2, present: 0, missing: 4, failed: 0 });
  assert.deepEqual(told.reports.map(({ id, state, rows }) => [id, state, rows]), [
    ['team/region', 'missing', null], ['team/overview', 'decide', 3], ['team/overview-by-region', 'imported', 2], ['team/sales/overview', 'decide', 2],
    ['team/sales/overview-orders', 'imported', 6], ['team/sales/overview-customers', 'missing', null], ['team/sales/overview-two', 'missing', null], ['team/sales/overview-round', 'missing', null],
  ]);
  const of = (id: string): string[] => told.reports.find((one) => one.id === id)!.findings.map(({ kind, file, line, what }) => `${kind} ${file}:${line}: ${what}`);
  assert.ok(of('team/region').includes('block pages/[region].md:2: the page is made once for each region, by ${params.region}'));
  assert.ok(of('team/overview').includes('decide pages/index.md:19: readers chose region; the report now has all of them'), of('team/overview').join('\n'));
  assert.ok(of('team/sales/overview').some((one) => one.startsWith('decide pages/sales/index.md:41: <USMap> has no counterpart')));
  assert.deepEqual(of('team/sales/overview-customers'), ['block pages/sales/index.md:24: crm.customers comes out of a database (postgres), and databases are not read']);
  assert.deepEqual(told.findings.map(({ kind, file }) => [kind, file]), [['note', 'pages/about.md'], ['block', 'pages/broken.md']]);
  assert.doesNotMatch(JSON.stringify(told), /do-not-print-me|this is code/);

  const run = await daybook(root, ['run']);
  assert.equal(run.code, 0, run.text);
  assert.match((await daybook(root, ['validate'])).text, /: all well\.\n$/);
  const overview = await specOf(root, 'team/overview');
  assert.deepEqual([overview.title, overview.description, overview.time?.column], ['Shop overview', 'Orders and revenue of the shop.', 'day']);
  assert.deepEqual(Object.entries(overview.metrics).map(([name, { label, value, format }]) => [name, label, value, format]), [['revenue', 'Revenue', 'sum(revenue_usd0)', '$,.0f'], ['orders', 'Orders', 'sum(orders)', ',d']]);
  assert.deepEqual(overview.charts, [{ type: 'line', y: 'orders' }, { type: 'line', y: 'revenue' }]);
  assert.deepEqual((await specOf(root, 'team/overview-by-region')).charts, [{ type: 'bar', y: 'share', x: 'region', title: 'Share by region' }]);
  assert.deepEqual((await specOf(root, 'team/sales/overview')).charts, [{ type: 'area', y: 'revenue', by: 'region' }]);
  const rows = await specOf(root, 'team/sales/overview-orders');
  assert.deepEqual([rows.dimensions?.['region']?.label, rows.columns['revenue']], ['Sales region', { label: 'Revenue', format: ',.1f', unit: 'USD' }]);
  assert.equal(await readFile(path.join(root, 'reports/team/overview.md'), 'utf8'), 'Revenue is what customers paid, **net of tax**. See the sales page or [our handbook](https://example.org/handbook).\n\n## How it went\n\nOrders count on the day that they were placed.\n');
  const yaml = await readFile(path.join(root, 'reports/team/overview.yml'), 'utf8');
  assert.match(yaml, /^# To decide; take each line out when it is done:\n# - pages\/index\.md:8: the page holds a script, which is not run\./m);
  assert.match(await readFile(path.join(root, 'queries/sources/shop-orders.yml'), 'utf8').catch(() => 'none'), /files: data\/shop\/orders\.csv/);
});

test('a file of data that lies elsewhere is to be copied; nothing is written on trial or twice', async (t) => {
  const bare = await evidence(t, false);
  const none = await imported(bare.root, ['../project']);
  assert.equal(none.counts['missing'], 8);
  assert.ok(none.reports.some(({ findings }) => findings.some(({ what, remedy }) => /shop\.orders is sources\/shop\/orders\.csv, which lies outside/.test(what) && /Copy it to data\/shop\/orders\.csv/.test(remedy))));
  const { root } = await evidence(t);
  const before = await tree(root);
  const trial = await imported(root, ['../project', '--dry-run']);
  assert.deepEqual([trial.written, trial.counts['imported']], [false, 2]);
  const definitions = async (): Promise<string[]> => [...(await tree(root)).keys()].filter((file) => /^(reports|queries)\//.test(file));
  assert.deepEqual(await definitions(), [...before.keys()].filter((file) => /^(reports|queries)\//.test(file)));
  await imported(root, ['../project']);
  const files = await tree(path.join(root, 'reports'));
  const again = await imported(root, ['../project']);
  assert.deepEqual([again.code, again.counts], [1, { imported: 0, decide: 0, present: 4, missing: 4, failed: 0 }]);
  assert.deepEqual(await tree(path.join(root, 'reports')), files);
});

test('each SELECT of a folder becomes a report; one that does not run stops no other', async (t) => {
  const root = await newInstance(t);
  await cp(path.join(FIXTURES, 'sql'), path.join(root, '../sql'), { recursive: true });
  const told = await imported(root, ['../sql']);
  assert.equal(told.code, 1);
  assert.deepEqual(told.reports.map(({ id, state }) => [id, state]), [
    ['team/finance/absent', 'missing'], ['team/finance/model', 'missing'], ['team/finance/reads', 'failed'], ['team/finance/two-1', 'imported'], ['team/finance/two-2', 'imported'],
    ['team/finance/writes', 'failed'], ['team/finance/wrong', 'failed'], ['team/orders-by-day', 'imported'],
  ]);
  const wrong = told.reports.find(({ id }) => id === 'team/finance/wrong')!.findings[0]!;
  assert.deepEqual([wrong.file, wrong.line, /"nothing" not found/.test(wrong.what)], ['finance/wrong.sql', 2, true]);
  assert.equal(await readFile(path.join(root, 'queries/team/orders-by-day.sql'), 'utf8'), '-- Orders of each day.\nselect day, sum(orders) as orders\nfrom orders o\nwhere day <= $as_of\ngroup by day\n');
  assert.deepEqual(await Promise.all(['team/finance/two-1', 'team/orders-by-day'].map(async (id) => (await specOf(root, id)).description)), ['Orders by region, from orders.', 'Orders of each day.'], 'the comment, else what the result holds');
  assert.equal((await daybook(root, ['run'])).code, 0);
  const well = await imported(root, ['../sql/finance', '--team', 'team', '--dry-run']);
  assert.equal(well.reports.find(({ id }) => id === 'team/two-1')!.state, 'imported');
});

test('a folder is imported again: what is there is said to be there, what is new is brought, what changed since is told', async (t) => {
  const root = await newInstance(t, { 'old/a.sql': 'select day, orders from orders', 'old/b.sql': 'select day, orders from crm.late_orders' });
  const words = ['import', 'old', ...OWNER];
  const first = await daybook(root, words);
  assert.equal(first.code, 1);
  assert.match(first.out, /b: NOT IMPORTED .*\n.*there is no source for the table crm\.late_orders, and no data file that is no source yet has its columns\n {4}→ Export it to data\/crm\/late_orders\.parquet or \.csv, /);
  assert.match(first.out, /\n {2}npx daybook import old --owner me@example\.org   again, when what is said above is done/);
  await write(root, { 'data/crm/late_orders.csv': BASE['data/orders.csv']! });
  const second = await daybook(root, words);
  assert.equal(second.code, 0, second.text);
  assert.match(second.out, /^team\/b: imported, 6 rows at 2026-01-07\nThere already, and left as it is: team\/a\n1 of 2 reports imported; 0 with something to decide, 1 there already, 0 lack something, 0 failed\. 3 files written\.\nNext:\n/);
  assert.match(second.out, /\n {2}npx daybook propose team\/b {3}commit it on a branch of its own/);
  assert.match(await readFile(path.join(root, 'queries/sources/late-orders.yml'), 'utf8'), /^files: data\/crm\/late_orders\.csv$|^files: "data\/crm\/late_orders\.csv"$/m);
  await write(root, { 'old/a.sql': 'select day, region, orders from orders' });
  const third = await daybook(root, words);
  assert.equal(third.code, 0, third.text);
  assert.equal(third.out, `There already, and left as they are: team/a, team/b
  team/a: queries/team/a.sql is not what a.sql:1 gives today; to take that over, remove the report’s files and import again
0 of 2 reports imported; 0 with something to decide, 2 there already, 0 lack something, 0 failed. 0 files written.
Next:
  npx daybook start   look at them
`);
  await write(root, { 'queries/team/c.sql': 'select 1', 'old/c.sql': 'select day, orders from orders' });
  assert.match((await daybook(root, words)).out, /^team\/c: FAILED .*\n.*this file exists, and is not written over\n/m);
});

test('a table of a query is a file of its name only below a folder of data', async (t) => {
  const root = await newInstance(t, { 'old/a.sql': 'select * from ".."."secret"', 'old/b.sql': 'select * from "../.."."secret"', 'old/c.sql': `select * from "${'x'.repeat(300)}"`, 'secret.csv': 'a\n1\n' });
  const told = await imported(root, ['old']);
  assert.deepEqual(told.counts, { imported: 0, decide: 0, present: 0, missing: 3, failed: 0 });
});

test('data is found where it was told to be copied, whatever the source roots, and its form with it', async (t) => {
  const german = 'day;amount\n05.01.2026;1.200,50\n06.01.2026;7,25\n';
  const root = await newInstance(t, { 'daybook.yml': String(BASE['daybook.yml']).replace('source_roots: [data]', 'source_roots: [node_modules/demo, .]'), 'old/a.sql': 'select day, amount from crm.orders' });
  const asked = await imported(root, ['old']);
  assert.match(asked.reports[0]!.findings.map(({ what, remedy, kind }) => `${kind} ${what} ${remedy}`).join('\n'), /crm\.orders/);
  await write(root, { 'data/crm/orders.csv': german });
  const told = await imported(root, ['old']);
  assert.deepEqual([told.code, told.reports[0]!.state], [0, 'imported'], JSON.stringify(told.reports));
  assert.match(await readFile(path.join(root, 'queries/sources/crm-orders.yml'), 'utf8'), /^csv: \{ delimiter: ";", dates: "%d\.%m\.%Y", decimal: ",", thousands: "\." \}/m);

  const { project } = await evidence(t, false);
  assert.match(JSON.stringify(await imported(root, [project])), /Copy it to data\/shop\/orders\.csv, then import again/);
  await write(root, { 'data/shop/orders.csv': await readFile(path.join(FIXTURES, 'evidence/sources/shop/orders.csv')) });
  const again = await imported(root, [project]);
  assert.doesNotMatch(JSON.stringify(again), /Copy it to/);
  assert.ok(again.counts['imported']! + again.counts['decide']! > 0);
});

test('all well ends with 0; wrong use with 3, and says what to give', async (t) => {
  const root = await newInstance(t, { 'old/a.sql': 'select day, orders from orders', 'empty/readme.txt': '' });
  const said = await daybook(root, ['import', 'old', ...OWNER]);
  assert.equal(said.code, 0, said.text);
  assert.match(said.out, /^team\/a: imported, 6 rows at 2026-01-07\n1 of 1 reports imported; 0 with something to decide, 0 lack something, 0 failed\. 2 files written\.\nNext:/);
  const cases: [string[], RegExp][] = [
    [['absent', ...OWNER], /absent: there is no such folder/],
    [['empty', ...OWNER], /empty: the folder has no \.sql file/],
    [['old', ...OWNER, '--from', 'evidence'], /the folder has no pages\//],
    [['old', ...OWNER, '--from', 'evidnce'], /did you mean "evidence"/],
    [['old', ...OWNER, '--team', 'tem'], /there is no team "tem"; did you mean "team"/],
    [[], /missing required argument/],
  ];
  for (const [words, expected] of cases) {
    const wrong = await daybook(root, ['import', ...words]);
    assert.match(wrong.text, expected);
    assert.equal(wrong.code, 3, wrong.text);
  }
});

test('a folder that others made reads nothing outside of itself, and its texts are no code', async (t) => {
  const root = await newInstance(t);
  const outside = await temporaryFolder(t);
  await write(outside, { 'secret.sql': "select 'secret-of-the-machine' as secret", 'secret.csv': 'a\nsecret-of-the-machine\n' });
  const hostile = path.join(root, '../hostile');
  await write(hostile, {
    'pages/a.md': '---\ntitle: "x\\n# y: [\\u202e"\nqueries:\n  - __proto__: ../../../etc/passwd\n  - up: ../../secret.sql\n---\n```sql __proto__\nselect 1 as __proto__, 2 as constructor, day, region as "a: {b}" from orders\n```\n<LineChart data={__proto__} x=day y={["constructor", "__proto__"]} series="a: {b}" title="<img src=x>"/>\n<DataTable data={__proto__}><Column id="constructor" title="polluted"/><Column id="__proto__" title="polluted"/></DataTable>\n{@partial "../../secret.sql"}\n<Value data={process.exit()}/>\n',
    'pages/b.md': '```sql q\nselect * from read_text(\'/etc/passwd\')\n```\n<DataTable data={q}/>\n',
    'pages/c.md': '```sql q\nselect day) t; drop table orders; select * from (select 1\n```\n```sql r\nselect * from ${q}\n```\n<DataTable data={r}/>\n',
    'pages/\u202eevil\n::error::.md': '```sql q\nselect day, orders from orders\n```\n<DataTable data={q}/>\n',
    'pages/big.md': 'x'.repeat(600_000),
    'pages/bytes.md': new Uint8Array([0xff, 0xfe, 0x41]),
  });
  await mkdir(path.join(hostile, 'sources/shop'), { recursive: true });
  await symlink(path.join(outside, 'secret.sql'), path.join(hostile, 'pages/link.md'));
  await symlink(outside, path.join(hostile, 'queries'));
  await symlink(path.join(outside, 'secret.csv'), path.join(hostile, 'sources/shop/orders.csv'));
  const said = await daybook(root, ['import', '../hostile', ...OWNER]);
  assert.equal(said.code, 1, said.text);
  assert.doesNotMatch(said.text, /secret-of-the-machine|root:x:/);
  assert.doesNotMatch(said.out, /(?!\n)\p{Cc}|\p{Bidi_Control}|^::/um);
  assert.equal(({} as { label?: string }).label, undefined);
  for (const expected of [/pages\/link\.md:1: a link, and links are not followed/, /queries:1: a link/, /pages\/big\.md:1: larger than/, /pages\/bytes\.md:1: no text in UTF-8/, /team\/b: FAILED/, /team\/c: NOT IMPORTED/]) assert.match(said.out, expected);
  const written = [...(await tree(path.join(root, 'reports'))).values(), ...(await tree(path.join(root, 'queries'))).values()].join('\n');
  assert.doesNotMatch(written, /secret-of-the-machine|\p{Bidi_Control}/u);
  assert.match((await daybook(root, ['validate'])).text, /: all well\.\n$/);
});
