import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { daybook, newInstance, report, write } from './instance.ts';

test('validate tells what is wrong with SQL, by line and column, and needs no data', async (t) => {
  const root = await newInstance(t, {
    ...report('typo', 'select day\nform orders'),
    ...report('clock', 'select day, region, orders\nfrom orders\nwhere day < today()'),
    ...report('stranger', 'select * from customers'),
    ...report('parameter', 'select * from orders where orders > $least'),
  });
  await rm(path.join(root, 'data'), { recursive: true });
  const { code, text } = await daybook(root, ['validate']);
  assert.equal(code, 1);
  assert.equal(text, `queries/team/clock.sql:3:13: today() is not allowed
  → Use $as_of in place of the clock. [query-refused]
queries/team/parameter.sql:1:37: $least is not declared
  → Declare the parameter under \`parameters\`, or remove it from the query. [parameter-unknown]
queries/team/stranger.sql:1:15: "customers" is not a declared source
  → The report declares: orders. Name the source under \`sources\`. [source-unknown]
queries/team/typo.sql:2:6: syntax error at or near "orders"
  |
  | form orders
  |      ^
  → Correct the SQL at the caret. [query-syntax]
5 reports, 1 source: 4 problems.
`);
  const [first] = JSON.parse((await daybook(root, ['validate', 'typo', '--json'])).out) as Record<string, unknown>[];
  assert.deepEqual([first!['code'], first!['file'], first!['line'], first!['column']], ['query-syntax', 'queries/team/typo.sql', 2, 6]);
  assert.equal((await daybook(root, ['validate', 'good'])).code, 0);
  assert.match((await daybook(root, ['validate', 'clock'], { env: { GITHUB_ACTIONS: 'true' } })).out, /^::error file=queries\/team\/clock\.sql,line=3,col=13::today\(\) is not allowed$/m);
});

test('a macro that is wrong is told once, and one that reads a source is well where that is declared', async (t) => {
  const root = await newInstance(t, {
    'queries/macros/all.sql': 'create macro lucky(x) as x * random();\ncreate macro newest() as (select max(day) from orders);\n',
    ...report('one', 'select lucky(orders) as lucky from orders'),
    ...report('two', 'select lucky(orders) as lucky from orders'),
    ...report('three', 'select newest() as newest'),
  });
  await write(root, { 'reports/team/four.yml': 'title: Four\nteam: team\nowner: o\ndescription: D.\nschedule: { cron: "0 6 * * *" }\n', 'queries/team/four.sql': 'select\n  newest() as newest\n' });
  const { code, text } = await daybook(root, ['validate']);
  assert.equal(code, 1);
  assert.equal(text, `queries/macros/all.sql:1: macro "lucky": random is not allowed
  → Use hash() of a key in place of chance. [query-refused]
queries/team/four.sql:2:3: macro "newest" reads the source "orders", which the report does not declare
  → Name the source under \`sources\`. [source-unknown]
5 reports, 1 source: 2 problems.
`);
  assert.equal((await daybook(root, ['validate', 'three'])).code, 0);
});

test('of reports by name, the sources that they read are told too, where they are broken', async (t) => {
  const root = await newInstance(t, { 'queries/sources/tickets.yml': 'files: data/tickets.csv\ncolums: { day: DATE }\n', 'queries/sources/other.yml': 'file: data/other.csv\n', ...report('typo', 'form orders') });
  const ofTickets = Object.fromEntries(Object.entries(report('tickets', 'select * from tickets')).map(([file, text]) => [file, String(text).replace('sources: [orders]', 'sources: [tickets]')]));
  await write(root, ofTickets);
  const expected = `queries/sources/tickets.yml:2:1: colums: unknown key "colums"; did you mean "columns"?
  → Known keys here: description, files, format, columns, csv, cluster_by, archive, freshness, prepare, secrets, publisher, license, url. [unknown-key]
reports/team/tickets.yml:5:11: sources.0: the source "tickets" cannot be read
  → Repair queries/sources/tickets.yml. [source-unknown]
`;
  assert.equal((await daybook(root, ['validate', 'team/tickets'])).err, expected);
  assert.equal((await daybook(root, ['run', 'team/tickets'])).err, expected);
  assert.doesNotMatch((await daybook(root, ['validate', 'typo'])).text, /sources/);
});

test('validate leaves nothing behind where there is no instance', async (t) => {
  const root = path.dirname(await newInstance(t));
  for (const words of [[], ['good']]) assert.match((await daybook(root, ['validate', ...words])).text, /no-instance/);
  assert.deepEqual(await readdir(root), ['instance']);
});

test('of many reports, what is wrong with each is told once, wherever it stands among them', async (t) => {
  const wrong = [0, 49, 50, 119];
  const many = Array.from({ length: 120 }, (_, index) => report(`r${String(index).padStart(3, '0')}`, wrong.includes(index) ? `select lucky(${index}) as x, stray(` : 'select day from orders'));
  const root = await newInstance(t, { 'queries/macros/all.sql': 'create macro lucky(x) as x * random();\n', ...Object.assign({}, ...many) as Record<string, string> });
  const { code, err, out } = await daybook(root, ['validate']);
  assert.equal(code, 1);
  assert.deepEqual([...err.matchAll(/^[^ :]+(?=:\d)/gm)].map(([place]) => place), ['queries/macros/all.sql', ...wrong.map((index) => `queries/team/r${String(index).padStart(3, '0')}.sql`)]);
  assert.equal(out.trim(), '121 reports, 1 source: 5 problems.');
  assert.equal((await daybook(root, ['validate', 'r001', 'r002'])).out.trim(), '2 reports, 1 source: all well.');
});
