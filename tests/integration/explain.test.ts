import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { writeFacts } from '../../scripts/site/facts.ts';
import type { Attribution } from '../../src/analysis/attribution/attribution.ts';
import type { ReportFacts } from '../../src/analysis/facts/facts.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { commit, daybook, entries, git, newInstance, quietWorld, refresh, report, write, type Files } from './instance.ts';

const ORDERS = 'region,orders,returned\nnorth,120,3\nsouth,80,2\nwest,40,0\n';
const LATER = 'region,orders,returned\neast,30,1\nnorth,150,5\nsouth,70,2\n';
const OLD_SQL = 'select region, orders, returned from orders';
const NEW_SQL = 'select region, orders - returned as orders, returned from orders';
const METRICS = 'metrics: { orders: { label: Orders, value: sum(orders), format: ",d" }, share: { label: Returned, value: sum(returned) / sum(orders), format: ".1%" } }\n';

function sales(sql: string, metrics = METRICS): Files {
  return report('sales', sql, `key: [region]\ndimensions: { region: { label: Region } }\n${metrics}`);
}

/** A report of orders by region with one snapshot, of 5 January. */
async function instance(t: TestContext, more: Files = {}): Promise<string> {
  const root = await newInstance(t, { 'data/orders.csv': ORDERS, 'queries/sources/orders.yml': 'files: data/orders.csv\n', ...sales(OLD_SQL), ...more });
  await rm(path.join(root, 'reports/team/good.yml'));
  await commit(root);
  await keep(root, '2026-01-05');
  return root;
}

async function keep(root: string, asOf: string, version = 1): Promise<void> {
  assert.deepEqual((await refresh(root, ['--as-of', asOf, 'sales'])).kept, [`team/sales@${asOf}.v${version}`]);
}

async function explained(root: string, words: string[]): Promise<Attribution & { code: number | null }> {
  const said = await daybook(root, ['explain', ...words, '--json']);
  return { ...(JSON.parse(said.out) as Attribution), code: said.code };
}

function split({ method, total, data, definition }: Attribution): unknown[] {
  return [method, total, data, definition];
}

/** What the engine says of a CSV text, asked directly. */
async function direct(t: TestContext, csv: string, sql: string): Promise<string> {
  const engine = await DuckDBInstance.create(':memory:');
  t.after(() => engine.closeSync());
  const values = csv.trim().split('\n').slice(1).map((line) => line.replace(/^(\w+)/, "('$1'") + ')').join();
  const connection = await engine.connect();
  const [row] = (await connection.runAndReadAll(`with orders(region, orders, returned) as (values ${values}) ${sql}`)).getRows();
  return String(row![0]);
}

test('a move is split into data and definition, by the old query on the new inputs', async (t) => {
  const root = await instance(t);
  await write(root, { 'data/orders.csv': LATER, ...sales(NEW_SQL) });
  const blamed = await commit(root, 'Count what stays sold\n\nReturns were counted.');
  await keep(root, '2026-01-06');

  const told = await explained(root, ['orders', 'sales']);
  const by = async (csv: string, sql: string): Promise<number> => Number(await direct(t, csv, `select sum(orders) from (${sql})`));
  const [before, middle, after] = [await by(ORDERS, OLD_SQL), await by(LATER, OLD_SQL), await by(LATER, NEW_SQL)];
  assert.deepEqual([told.code, told.method, Number(told.before.value), Number(told.middle?.value), Number(told.after.value)], [0, 'replayed', before, middle, after]);
  assert.deepEqual(split(told), ['replayed', '2', '10', '-8']);
  assert.deepEqual([told.changed, told.commits.map(({ commit: id, author }) => [id, author])], [['query'], [[blamed, 'Person']]]);
  assert.deepEqual(entries(root).at(-1)?.attributed, [{
    report: 'team/sales', as_of: '2026-01-06', version: 1, base: 'team/sales@2026-01-05.v1',
    metrics: [{ name: 'orders', before: '240', data: '250', after: '242' }, { name: 'share', before: String(5 / 240), data: String(8 / 250), after: String(8 / 242) }],
  }], 'the job has entered the same');
  assert.equal(await git(root, 'status', '--porcelain'), '');

  const said = await daybook(root, ['explain', 'orders', 'sales@2026-01-05', 'sales@2026-01-06', '--limit', '3']);
  assert.equal(said.out.replaceAll(blamed.slice(0, 7), '<id>'), `Orders (team/sales): +2 since 2026-01-05: +10 data (west −40, east +30, north +30, … 1 more), −8 definition (<id>, Person)

  240  team/sales@2026-01-05.v1
  250  the old definition on the new inputs
  242  team/sales@2026-01-06.v1

Data by Region
  −40  west   40 → no value
  +30  east   no value → 30
  +30  north  120 → 150
  … and 1 more

Definition by Region
  −5  north  150 → 145
  −2  south  70 → 68
  −1  east   30 → 29

Changed: the query or a macro
  <id>  2026-01-08  Person: Count what stays sold

How it is known: the old definition was run again on the new inputs
`);
  const share = await explained(root, ['share', 'sales']);
  assert.ok(Math.abs(Number(share.data) + Number(share.definition) - Number(share.total)) < 1e-12);
  assert.deepEqual(share.breakdowns.map(({ of, breakdown }) => [of, breakdown.kind, breakdown.parts.length]), [['data', 'swap', 4], ['definition', 'swap', 3]]);

  await siteSays(root, blamed);
  await definitionAlone(root);
});

/** The report's page says the same, without running anything. */
async function siteSays(root: string, blamed: string): Promise<void> {
  await writeFacts(quietWorld(root), loadDefinitions(root));
  const facts = JSON.parse(await readFile(path.join(root, '.daybook/site/reports/team/sales.json'), 'utf8')) as ReportFacts;
  const [orders, share] = facts.metrics;
  assert.deepEqual(orders!.attribution, {
    since: '2026-01-05', total: '2', split: { data: '10', definition: '-8', commit: blamed, author: 'Person' },
    dimension: 'Region', parts: [{ value: 'west', difference: '-40' }, { value: 'east', difference: '29' }, { value: 'north', difference: '25' }], more: 1, kind: 'sum',
  });
  assert.equal(share!.attribution?.kind, 'swap');
}

/** The same instance goes on: a metric changes, then a query over the same inputs. */
async function definitionAlone(root: string): Promise<void> {
  const only = METRICS.replace('sum(orders),', 'sum(orders) + sum(returned),');
  await write(root, sales(NEW_SQL, only));
  await commit(root, 'Orders with returns again');
  await keep(root, '2026-01-07');
  const kept = await explained(root, ['orders', 'sales']);
  assert.deepEqual(split(kept), ['from-kept-rows', '8', '0', '8'], 'the rows are those that the old definition would have');
  assert.deepEqual(kept.changed, ['definition']);

  await write(root, sales(NEW_SQL.replace('- returned', '- 1'), only));
  await commit(root, 'One less');
  await keep(root, '2026-01-07', 2);
  const again = await explained(root, ['orders', 'sales']);
  assert.deepEqual([...split(again), again.since], ['same-inputs', '5', '0', '5', 'version 1']);

  await write(root, { 'data/orders.csv': LATER.replace('150', '160') });
  await commit(root, 'More orders');
  await keep(root, '2026-01-08');
  const same = await explained(root, ['orders', 'sales']);
  assert.deepEqual([...split(same), same.commits], ['same-definition', '10', '10', '0', []]);
  assert.equal((await daybook(root, ['explain', 'orders', 'sales'])).out.split('\n')[0], 'Orders (team/sales): +10 since 2026-01-07: +10 data (north +10)');
  assert.equal(entries(root).at(-1)?.attributed, undefined);

  assert.deepEqual(split(await explained(root, ['orders', 'sales@2026-01-05', 'sales@2026-01-08'])), ['replayed', '25', '20', '5'], 'over all four changes');
  for (const words of [['profit', 'sales'], ['orders', 'sales@2026-01-05'], ['orders', 'sales@2026-01-05', 'sales@2026-01-09'], ['orders', 'sails'], ['orders']]) {
    assert.equal((await daybook(root, ['explain', ...words])).code, 3, words.join(' '));
  }
}

test('without the inputs, the ledger tells; without either, that it cannot be told', async (t) => {
  const root = await instance(t, { '.gitignore': '.daybook/\ndist/\ndata/\n' });
  await write(root, { 'data/orders.csv': LATER, ...sales(NEW_SQL) });
  await commit(root, 'Count what stays sold');
  await keep(root, '2026-01-06');
  await write(root, { 'data/orders.csv': LATER.replace('150', '160') });
  await keep(root, '2026-01-07');
  assert.equal(entries(root).at(-1)?.attributed, undefined);

  const recorded = await explained(root, ['orders', 'sales@2026-01-05', 'sales@2026-01-06']);
  assert.deepEqual([recorded.code, ...split(recorded)], [0, 'recorded', '2', '10', '-8']);
  assert.deepEqual(recorded.breakdowns.map(({ of }) => of), ['total']);

  await write(root, { 'data/orders.csv': ORDERS });
  const unknown = await explained(root, ['orders', 'sales@2026-01-05', 'sales@2026-01-07']);
  assert.deepEqual([unknown.code, ...split(unknown)], [2, 'unknown', '12', null, null]);
  assert.match(unknown.notes.join(), /data\/orders\.csv \(\d+ bytes, sha256:[0-9a-f]{64}\) is neither in the folder nor in Git’s history/);
  assert.deepEqual(unknown.breakdowns[0]?.breakdown.parts.length, 4, 'which values moved it is known all the same');
});

test('how a source reads its files is part of the old definition', async (t) => {
  const root = await instance(t);
  await write(root, { 'data/orders.csv': LATER, 'queries/sources/orders.yml': 'files: data/orders.csv\ncsv: { null: ["150"] }\n' });
  await commit(root, 'What 150 means');
  await keep(root, '2026-01-06');
  assert.deepEqual(split(await explained(root, ['orders', 'sales'])), ['replayed', '-140', '10', '-150']);
});
