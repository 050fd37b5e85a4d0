import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, daybook, newInstance, report, type Files } from './instance.ts';
import { gatesOf, only, reviewOf } from './reviewed.ts';

const ORDERS = 'as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: sum(orders) } }\n';
const SQL = 'select day, region, orders from orders where day <= $as_of';
const TIMES = (factor: number): string => SQL.replace('orders from', `orders * ${factor} as orders from`);
const CSV = BASE['data/orders.csv']!.toString();
const without = (files: string[]): { [file: string]: null } => Object.fromEntries(files.map((file) => [file, null]));
const SOURCE = BASE['queries/sources/orders.yml']!.toString();

test('a macro affects whoever calls it, however the call is written', async (t) => {
  const call = (sql: string): string => SQL.replace('orders from', `${sql} as orders from`);
  const root = await newInstance(t, {
    'queries/macros/net.sql': 'create macro net(x) as x - 1;\n',
    ...report('plain', call('net(orders)'), ORDERS), ...report('wide', call('net\u00A0(orders)'), ORDERS), ...report('joined', call('net\u2060(orders)'), ORDERS),
    ...report('tagged', call("coalesce($t1$ ' $t1$ || net(orders) || $t1$ ' $t1$, '').regexp_extract('\\d+')::bigint"), ORDERS),
  });
  const { review } = await reviewOf(t, root, { 'queries/macros/net.sql': 'create macro net(x) as x * 10;\n' });
  assert.deepEqual(review.reports.map(({ report: id, verdict }) => [id, verdict]).sort(([a], [b]) => (a! < b! ? -1 : 1)), ['joined', 'plain', 'tagged', 'wide'].map((name) => [`team/${name}`, 'review']));
});

test('what cannot be read on either side is incomplete where the change touches it, and none of the change elsewhere', async (t) => {
  const root = await newInstance(t, { 'queries/sources/orders.yml': `${SOURCE}max_age: 2 days\n`, 'data/more.csv': CSV, 'queries/sources/more.yml': 'files: data/more.csv\n' });
  const { review, said, summary } = await reviewOf(t, root, report('good', TIMES(1_000), ORDERS));
  assert.deepEqual([review.verdict, said.code, only(review).verdict, review.problems], ['incomplete', 2, 'incomplete', []]);
  assert.deepEqual(gatesOf(only(review).gates, 'status'), ['block not-run it cannot be read, before and after the change: source-unknown: the source "orders" cannot be read']);
  assert.match(summary, /^\*\*Incomplete\*\*: 1 affected report\. `team\/good`, status was not run: `it cannot be read, before and after the change/);
  const other = await reviewOf(t, root, { 'queries/sources/more.yml': 'files: data/more.csv\nlicense: MIT\n' });
  assert.deepEqual([other.review.verdict, other.review.reports.length], ['pass', 0]);
});

test('a source that two files define is none: nobody could tell which is read', async (t) => {
  const root = await newInstance(t);
  const { review } = await reviewOf(t, root, { 'queries/sources/orders.yaml': 'files: data/other.csv\n' });
  assert.deepEqual([review.verdict, only(review).report], ['block', 'team/good']);
  assert.deepEqual(review.problems.map(({ code, file }) => [code, file]), [['id-duplicate', 'queries/sources/orders.yml'], ['source-unknown', 'reports/team/good.yml']]);
});

test('a report that is led to other data is never passed, whatever its numbers are', async (t) => {
  const second = { 'queries/sources/second.yml': SOURCE.replace('orders.csv', 'second.csv') };
  const asked = (name: string, source: string): Files => Object.fromEntries(Object.entries(report(name, SQL.replace('from orders', `from ${source}`), ORDERS)).map(([file, text]) => [file, String(text).replace('[orders]', `[${source}]`)]));
  const root = await newInstance(t, { ...report('wide', SQL, ORDERS), 'data/kept.csv': CSV });
  // One number is another, too small a part of the whole for any threshold.
  const forged = CSV.replace('2026-01-07,south,92', '2026-01-07,south,93');
  const { review, said } = await reviewOf(t, root, { ...asked('good', 'second'), ...second, 'data/second.csv': forged });
  assert.deepEqual([review.verdict, said.code, only(review).report], ['review', 0, 'team/good']);
  assert.deepEqual(gatesOf(review.gates, 'data'), ['warn fail 1 file: data/second.csv (new to team/good)']);
  assert.deepEqual(gatesOf(only(review).gates, 'inputs'), ['warn fail before read data/orders.csv, after data/second.csv: the numbers are of different data']);
  assert.match(said.text, /inputs: 2 files, \d+ bytes, not the same on both sides/);
  // A file that was there, and that no report read.
  const kept = await reviewOf(t, root, { 'queries/sources/orders.yml': SOURCE.replace('orders.csv', 'kept.csv') });
  assert.deepEqual([kept.review.verdict, gatesOf(kept.review.gates, 'data')], ['review', ['warn pass it does']]);
  assert.deepEqual(kept.review.reports.map(({ gates }) => gatesOf(gates, 'inputs')), [1, 2].map(() => ['warn fail before read data/orders.csv, after data/kept.csv: the numbers are of different data']));
  const wider = await reviewOf(t, root, { 'queries/sources/orders.yml': SOURCE.replace('orders.csv', 'o*.csv'), 'data/other.csv': 'day,region,orders\n2026-01-01,east,1\n' });
  assert.deepEqual([wider.review.verdict, gatesOf(wider.review.gates, 'data')], ['review', ['warn fail 1 file: data/other.csv (new to team/good, team/wide)']]);
  assert.deepEqual(gatesOf(wider.review.reports[0]!.gates, 'inputs'), ['warn fail after also read data/other.csv: the numbers are of more data']);
  // A new report has no numbers that its data could move.
  const added = await reviewOf(t, root, { ...asked('new', 'second'), ...second, 'data/second.csv': forged });
  assert.deepEqual([added.review.verdict, gatesOf(added.review.gates, 'data')], ['review', ['warn pass it does; new for new reports: data/second.csv (for team/new)']]);
  // It has no before, so that there is nothing which its data could have moved.
  assert.deepEqual([only(added.review).inputs.drift, added.summary.includes('by the data')], [null, false]);
});

test('a report that is renamed is compared with what it was, and held against it', async (t) => {
  const held = 'approval: required\nlegal_hold: true\nretain: 6 years\n';
  const root = await newInstance(t, { ...report('strict', SQL, `${ORDERS}review: { gates: { metrics: block } }\n`), ...report('held', SQL, ORDERS + held) });
  const files = (name: string): string[] => [`reports/team/${name}.yml`, `queries/team/${name}.sql`];
  const { review, said, summary } = await reviewOf(t, root, { ...report('lax', TIMES(3), ORDERS), ...without(files('strict')) });
  const one = only(review);
  assert.deepEqual([review.verdict, said.code, one.report, one.change, one.was, review.unaffected], ['block', 1, 'team/lax', 'modified', 'team/strict', 2]);
  assert.deepEqual(gatesOf(one.gates, 'metrics'), ['block fail 210 → 630, up 200%']);
  assert.deepEqual(gatesOf(review.gates, 'policy'), ['warn fail 1 rule: reports/team/strict.yml (now reports/team/lax.yml): review']);
  assert.match(summary, /\| Block \| `Orders: 210 → 630` \| renamed: definition, query, words \|/);
  assert.match(summary, /definition: `reports\/team\/lax\.yml`: `was team\/strict`/);
  // The number is the same, and the promises are not.
  const free = await reviewOf(t, root, { ...report('free', SQL, ORDERS), ...without(files('held')) });
  assert.deepEqual([free.review.verdict, only(free.review).was], ['review', 'team/held']);
  assert.deepEqual(gatesOf(free.review.gates, 'policy'), ['warn fail 3 rules: reports/team/held.yml (now reports/team/free.yml): approval, reports/team/held.yml (now reports/team/free.yml): legal_hold, reports/team/held.yml (now reports/team/free.yml): retain']);
  const moved = report('kept', SQL, ORDERS + held);
  const kept = await reviewOf(t, root, { ...moved, 'reports/team/kept.yml': (moved['reports/team/kept.yml'] as string).replace('Report kept', 'Report held'), ...without(files('held')) });
  assert.deepEqual([kept.review.verdict, gatesOf(kept.review.gates, 'policy')], ['review', ['warn pass it does']]);
  assert.match(kept.said.text, /the report has another id; it was team\/held/);
  const gone = await reviewOf(t, root, without(files('held')));
  assert.deepEqual([gone.review.verdict, only(gone.review).change], ['review', 'removed']);
  assert.deepEqual(gatesOf(gone.review.gates, 'policy'), ['warn fail 3 rules: reports/team/held.yml (removed): approval, reports/team/held.yml (removed): legal_hold, reports/team/held.yml (removed): retain']);
});

test('what was published under the old id is what a renamed report is tested back on', async (t) => {
  const root = await newInstance(t);
  assert.equal((await daybook(root, ['refresh'])).code, 0);
  const { review } = await reviewOf(t, root, { ...report('better', TIMES(2), ORDERS), ...without(['reports/team/good.yml', 'queries/team/good.sql']) });
  const { backtest } = only(review);
  assert.deepEqual([backtest!.asked, backtest!.points.map(({ snapshot, metrics }) => [snapshot, metrics.map(({ published, base, head }) => [published, base, head])])], [1, [['team/good@2026-01-07.v1', [['210', '210', '420']]]]]);
  assert.deepEqual(only(review).gates.filter(({ gate }) => gate === 'backtest').map(({ status }) => status), ['fail']);
});
