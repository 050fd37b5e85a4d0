import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { runInTwoOrders, type TwoRuns } from '../../scripts/review/order.ts';
import { dataDigest } from '../../src/snapshot/manifest.ts';
import { code } from './instance.ts';
import { openBench, reportOf, resultOf, type Bench } from './run-fixture.ts';

/* Queries that rest on the order of rows in an export, which nobody has promised: of the same rows in the same order, none is seen. */

const FILES = {
  'data/orders.csv': 'day,region,orders\n2026-01-05,north,120\n2026-01-05,south,80\n2026-01-06,north,131\n2026-01-06,south,77\n2026-01-07,north,118\n2026-01-07,south,92\n',
  'data/offices.csv': 'region,office\nnorth,Oslo\nsouth,Rome\n',
  'data/amounts.csv': 'region,amount\nnorth,0.1\nsouth,100\nnorth,0.2\nsouth,0.7\nnorth,0.3\nsouth,-100\n',
};
const SOURCES = { orders: { files: 'data/orders.csv' }, offices: { files: 'data/offices.csv' }, amounts: { files: 'data/amounts.csv', columns: { amount: 'DOUBLE' } } };

const twoRuns = ({ runner }: Bench, sources: string[], sql: string, more: object = {}): Promise<TwoRuns> =>
  runInTwoOrders(sources, (turned) => runner.run(reportOf(sql, { sources, ...more }), '2026-01-08', new Date('2026-01-08T06:00:00Z'), turned));

test('what rests on the order of rows is found, with the sources that it rests on', async (t) => {
  const bench = await openBench(t, { files: FILES, sources: SOURCES, parallel: 2 });
  const queries: [sources: string[], sql: string, rests: string[], error?: string][] = [
    [['orders'], 'select day, first(orders) as orders from orders group by day', ['orders']],
    [['orders'], 'select any_value(region) as region from orders', ['orders']],
    [['orders'], 'select region, row_number() over () as place from orders', ['orders']],
    [['orders'], 'select day, region from orders limit 1', ['orders']],
    [['orders'], 'select region from orders order by day limit 1', ['orders']],
    [['orders'], 'select arg_max(region, day) as region from orders', ['orders']],
    [['orders'], 'select list(region) as regions from orders', ['orders']],
    [['orders'], "select string_agg(region, ', ') as regions from orders", ['orders']],
    [['orders'], 'select day, region, sum(orders) over (order by day rows unbounded preceding) as orders from orders', ['orders']],
    [['orders'], 'select distinct on (day) day, region from orders', ['orders']],
    [['orders'], 'with most as (from orders where orders > 90) select last(region) as region from most', ['orders']],
    [['orders'], "select cast(replace(first(region), 'north', '1') as integer) as one from orders", ['orders'], 'query-failed'],
    [['orders', 'offices'], 'select first(office) as office, (select count(*) from orders) as orders from offices', ['offices']],
    [['orders', 'offices'], 'select first(office) as office, (select first(orders) from orders) as orders from offices', ['orders', 'offices']],
    // Turned alone, neither changes which pair stands first: both are named.
    [['orders', 'offices'], "select (select first(region) from orders) || (select first(region) from offices) in ('northnorth', 'northsouth', 'southnorth') as pair", ['orders', 'offices']],
  ];
  for (const [sources, sql, rests, error = null] of queries) assert.deepEqual((await twoRuns(bench, sources, sql)).order, { sources: rests, error, partly: false }, sql);
});

test('what an order decides nothing of is none: rounded sums of doubles, the order of the result’s rows, what is ordered down to what is unique', async (t) => {
  const bench = await openBench(t, { files: FILES, sources: SOURCES, parallel: 2 });
  const queries: [sources: string[], sql: string, more?: object][] = [
    [['amounts'], 'select region, sum(amount) as amount, avg(amount) as mean from amounts group by region', { key: ['region'] }],
    [['amounts'], 'select sum(amount) as amount, region, stddev(amount) as spread from amounts group by region', { metrics: { amount: { label: 'Amount', value: 'sum(amount)' } } }],
    [['orders'], 'select orders from orders'],
    [['orders'], 'select first(region order by day, region) as region, list(orders order by day, region) as all_orders from orders'],
    [['orders'], 'select arg_max(region, (day, region)) as region from orders'],
    [['orders'], 'select region, row_number() over (order by day, region) as place from orders qualify place <= 3'],
    [['orders', 'offices'], 'select day, office, sum(orders) as orders from orders join offices using (region) group by all'],
    [['orders'], 'select 1 as one'],
    [[], 'select 1 as one'],
  ];
  const rounded: boolean[] = [];
  for (const [sources, sql, more] of queries) {
    const { first, second, order } = await twoRuns(bench, sources, sql, more);
    assert.deepEqual(order, { sources: [], error: null, partly: false }, sql);
    rounded.push(dataDigest(resultOf(first).result) !== dataDigest(resultOf(second).result));
  }
  assert.deepEqual(rounded, [true, true, false, false, false, false, false, false, false]);
});

test('chance is told from order; a query that fails is told as before', async (t) => {
  const bench = await openBench(t, { files: FILES, sources: SOURCES });
  let runs = 0;
  const chance = await runInTwoOrders(['orders'], () => bench.run(`select ${runs++} as n from orders`));
  assert.deepEqual([chance.order, runs, dataDigest(resultOf(chance.first).result) === dataDigest(resultOf(chance.second).result)], [null, 3, false]);
  const failing = await twoRuns(bench, ['orders'], "select cast(region as integer) as n from orders");
  assert.deepEqual([failing.first.kind, failing.second.kind, failing.order], ['failure', 'failure', null]);
  const onlyHere = await twoRuns(bench, ['orders'], "select cast(replace(last(region), 'north', '1') as integer) as one from orders");
  assert.deepEqual([onlyHere.first.kind, onlyHere.second.kind, onlyHere.order], ['failure', 'failure', null]);
});

test('where the opposite order takes more memory than the query may have, parts of the rows change places', async (t) => {
  const bench = await openBench(t, { sources: { flights: { files: 'data/flights.parquet' } }, files: { 'data/.keep': '' } });
  await copyFile(path.join(code, 'node_modules/vega-datasets/data/flights-3m.parquet'), path.join(bench.root, 'data/flights.parquet'));
  const limits = { memory_mb: 100 };
  const sum = 'sum(delay) as delay, sum(distance) as distance, max(origin) as origin, max(destination) as destination';
  assert.deepEqual((await twoRuns(bench, ['flights'], `select count(*) as flights, ${sum} from flights`, { limits })).order, { sources: [], error: null, partly: true });
  assert.deepEqual((await twoRuns(bench, ['flights'], `select first(date) as date, ${sum} from flights`, { limits })).order, { sources: ['flights'], error: null, partly: true });
});
