import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, newInstance, report, type Files } from './instance.ts';
import { gatesOf, only, reviewOf } from './reviewed.ts';

const ORDERS = 'as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: sum(orders) } }\n';
const SQL = 'select day, region, orders from orders where day <= $as_of';
const TOTAL = 'as_of: { column: day }\nmetrics: { orders: { label: Orders, value: sum(orders) } }\n';
const MORE = BASE['data/orders.csv']!.toString().replace('2026-01-07,south,92', '2026-01-07,south,95');

test('a total without a key is one row that has changed, and not one gone and one new', async (t) => {
  const root = await newInstance(t, report('total', 'select max(day) as day, sum(orders) as orders, 1.5 as factor from orders where day <= $as_of', TOTAL));
  const { review, all } = await reviewOf(t, root, report('total', 'select max(day) as day, sum(orders) + 1 as orders, 1.5 as factor from orders where day <= $as_of', TOTAL));
  const { comparison, gates } = only(review);
  assert.ok(comparison?.kind === 'different');
  assert.deepEqual([comparison.key.mode, comparison.key.columns, comparison.rows.modified, comparison.cells], ['keyed', [], 1, { compared: 3, changed: 1, withinTolerance: 0 }]);
  assert.deepEqual(comparison.samples.modified.rows, [{ key: [], changes: [{ column: 'orders', before: '618', after: '619' }] }]);
  assert.deepEqual(gatesOf(gates, 'key'), ['block pass no key, and none is needed: each side has one row']);
  assert.match(all, /of the 1 in both, 1 changed and 0 are the same\n +the one row before is matched with the one row after/);
  assert.match(all, /\| `orders` \| `618` \| `619` \|/);
});

test('a metric that is defined otherwise says what it was and is', async (t) => {
  const root = await newInstance(t);
  const { review, all } = await reviewOf(t, root, { 'reports/team/good.yml': BASE['reports/team/good.yml']!.toString().replace('value: sum(orders)', 'value: max(orders), target: 3') });
  assert.deepEqual(only(review).metrics[0]!.edits, [{ property: 'value', before: 'sum(orders)', after: 'max(orders)' }, { property: 'target', before: null, after: '3' }]);
  assert.match(all, /`Orders`: value `sum\(orders\)` → `max\(orders\)`/);
});

test('data that Git LFS keeps was not run, and the file is named', async (t) => {
  const root = await newInstance(t);
  const { review, all } = await reviewOf(t, root, { 'data/orders.csv': 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n' });
  const one = only(review);
  assert.deepEqual([review.verdict, one.base!.status, one.head!.status, one.head!.error!.code], ['incomplete', 'unreadable', 'unreadable', 'source-pointer']);
  assert.deepEqual(gatesOf(one.gates, 'status'), ['block not-run what it reads is not here: "data/orders.csv" is a pointer of Git LFS, and not the data that it stands for']);
  assert.match(all, /data\/orders\.csv/);
});

test('data whose path is written otherwise than Git writes it is data all the same', async (t) => {
  const root = await newInstance(t, { 'queries/sources/orders.yml': 'files: ./data//orders.csv\ncolumns: { day: DATE, orders: BIGINT }\n' });
  const { review } = await reviewOf(t, root, { 'data/orders.csv': MORE, ...report('good', SQL.replace('orders from', 'orders + 0 as orders from'), ORDERS) });
  const one = only(review);
  assert.deepEqual(one.causes.map(({ kind, file }) => [kind, file]), [['query', 'queries/team/good.sql'], ['data', 'data/orders.csv']]);
  assert.deepEqual(gatesOf(review.gates, 'data'), ['warn fail 1 file: data/orders.csv']);
  // Both sides on the head's file.
  assert.deepEqual([one.base, one.head].map((side) => side!.result!.metrics[0]!.value), ['213', '213']);
  assert.ok(one.inputs.drift?.comparison?.kind === 'different');
});

test('a schedule that asks for times in place of days is to be looked at: each side is asked for the same moment in its own way', async (t) => {
  const scheduled = (files: Files, schedule: string): Files => Object.fromEntries(Object.entries(files).map(([file, text]) => [file, String(text).replace(/^schedule: .*$/m, `schedule: ${schedule}`)]));
  const often = report('often', 'select $as_of::timestamp as at, sum(orders) as orders from orders where day <= $as_of');
  const root = await newInstance(t, scheduled(often, '{ cron: "0 * * * *" }'));
  const { review, all } = await reviewOf(t, root, scheduled({ 'reports/team/good.yml': BASE['reports/team/good.yml']! }, '{ cron: "0 * * * *" }'));
  const one = only(review);
  assert.deepEqual([review.verdict, one.inputs.identical, one.comparison?.kind], ['review', false, 'equal']);
  assert.deepEqual(gatesOf(one.gates, 'inputs'), ['warn fail as-of 2026-01-08 before, 2026-01-08T06:00Z after: the schedule asks for days before, and for times after']);
  assert.match(all, /the schedule asks for days before/);
  // What that does to the numbers shows.
  const daily = await reviewOf(t, root, scheduled({ 'reports/team/often.yml': often['reports/team/often.yml']! }, '{ cron: "0 6 * * *", timezone: Asia/Tokyo }'));
  assert.deepEqual([daily.review.verdict, only(daily.review).comparison?.kind], ['review', 'different']);
  assert.deepEqual(gatesOf(only(daily.review).gates, 'inputs'), ['warn fail as-of 2026-01-08T07:00Z before, 2026-01-08 after: the schedule asks for times before, and for days after']);
});

test('a report that cannot be read shows what has changed in its query, and not a query that is gone', async (t) => {
  const root = await newInstance(t, report('other', 'select region from orders'));
  const source = BASE['queries/sources/orders.yml']!.toString();
  const { review } = await reviewOf(t, root, { 'reports/team/good.yml': 'title: [', 'queries/team/good.sql': `${SQL} and orders > 1\n`, 'queries/sources/orders.yml': `${source}wrong: 1\n` });
  const sql = new Map(review.reports.map(({ report: id, head, sql }) => [id, [head!.status, sql]]));
  assert.deepEqual(sql.get('team/other'), ['failed', { classes: ['same'], lines: [] }]);
  assert.deepEqual(sql.get('team/good'), ['failed', { classes: ['filter'], lines: ['--- queries/team/good.sql', '+++ queries/team/good.sql', '@@ -1,1 +1,1 @@', `-${SQL}`, `+${SQL} and orders > 1`] }]);
  const unread = await reviewOf(t, root, { 'reports/team/good.yml': 'title: [', 'queries/team/good.sql': null });
  assert.equal(only(unread.review).sql, null);
});

test('affected reports that were not asked for are not called unaffected', async (t) => {
  const root = await newInstance(t, { ...report('other', SQL, ORDERS), ...report('quiet', SQL, ORDERS) });
  const twice = SQL.replace('orders from', 'orders + 0 as orders from');
  const { review } = await reviewOf(t, root, { ...report('good', twice, ORDERS), ...report('other', twice, ORDERS) }, ['good']);
  assert.deepEqual([only(review).report, review.unaffected], ['team/good', 1]);
  assert.deepEqual(gatesOf(review.gates, 'status'), ['block not-run 1 affected report was not asked for']);
  assert.equal(review.verdict, 'incomplete');
});

test('a metric of another period is no small change of it', async (t) => {
  const root = await newInstance(t);
  const { review } = await reviewOf(t, root, report('good', `${SQL} and day < '2026-01-07'`, ORDERS));
  assert.deepEqual(gatesOf(only(review).gates, 'metrics'), ['warn fail 210 → 208, of another period: 2026-01-07 → 2026-01-06']);
});

test('what a source’s command runs is code, whatever its name ends in; what is there to be read is not', async (t) => {
  const root = await newInstance(t, { 'tools/fetch': '#!/usr/bin/perl\n' });
  const { review } = await reviewOf(t, root, { 'tools/fetch': '#!/usr/bin/perl\nexit\n', 'tools/more.pl': '1', 'queries/team/run.rb': '1', 'docs/notes.md': 'Notes', 'docs/picture.png': 'x', LICENSE: 'MIT' });
  assert.deepEqual(gatesOf(review.gates, 'code'), ['warn fail 3 files: queries/team/run.rb, tools/fetch, tools/more.pl']);
});

test('nothing that a change names otherwise, or breaks, shows values of people', async (t) => {
  const people = 'id,name,salary\n1,Ada Nordmann,91234\n2,Bob Byte,42345\n';
  const staff = 'title: Staff\nteam: team\nowner: tester@example.org\ndescription: Who.\nsources: [people]\nschedule: { cron: "0 6 * * *" }\nkey: [id]\ncolumns: { name: { personal: true }, salary: { personal: true } }\nchecks: [{ column: id, max: 1, level: warn }]\nmetrics: { people: { label: People, value: count(id) } }\n';
  const root = await newInstance(t, {
    'daybook.yml': `${BASE['daybook.yml']!.toString()}personal_store: .daybook/people\n`,
    'data/people.csv': people, 'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { id: BIGINT, salary: BIGINT }\n',
    'reports/team/staff.yml': staff,
    'queries/team/staff.sql': 'select id, name, salary, 1 as team from people\n',
  });
  const withoutValues = ({ all }: { all: string }): void => assert.doesNotMatch(all, /Nordmann|91234|42345/);
  // A column by another name, and by the name of one that had nothing personal in it.
  const renamed = await reviewOf(t, root, { 'queries/team/staff.sql': 'select id, name, salary, name as nick, salary as team from people\n' });
  withoutValues(renamed);
  assert.ok(only(renamed.review).personal);
  // A metric of a column that was not there is not shown, and is not called unchanged.
  const other = await reviewOf(t, root, {
    'reports/team/staff.yml': staff.replace('count(id)', 'sum(wage)'), 'queries/team/staff.sql': 'select id, name, salary, 1 as team, salary as wage from people where id = 1\n',
  });
  withoutValues(other);
  assert.deepEqual(gatesOf(only(other.review).gates, 'metrics'), ['warn fail it may be the value of one person, so it is not shown: run the report where its data is']);
  // The engine's message quotes the line.
  const broken = await reviewOf(t, root, { 'data/people.csv': people.replace('42345', 'Nordmann') });
  withoutValues(broken);
  assert.equal(typeof only(broken.review).inputs.drift!.error, 'string');
});
