import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { DaybookError } from '../../src/error.ts';
import { openParser, type ParserOptions } from '../../src/run/parser.ts';
import { reportOf, sourceOf } from './run-fixture.ts';

const SOURCES = new Map(['sales', 'cities'].map((name) => [name, sourceOf(name, { files: `data/${name}.csv` })]));

async function open(t: TestContext, options: Partial<ParserOptions> = {}) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'daybook-parse-'));
  const parser = openParser({ folder, ...options });
  t.after(async () => {
    parser.close();
    await rm(folder, { recursive: true, force: true });
  });
  return parser;
}

const around = (...macros: string[]) => ({ macros: macros.map((sql, index) => ({ file: `queries/macros/m${index}.sql`, sql })), sources: SOURCES });

function told(error: DaybookError | null): string {
  return error === null ? 'well' : [error.code, error.place.file, error.place.line, error.place.column].filter((part) => part !== undefined).join(':');
}

test('what can be wrong with a query without data is told with its place', async (t) => {
  const parser = await open(t);
  const cases: [sql: string, told: string][] = [
    ['select day, sum(amount) from sales group by day', 'well'],
    ['select nothing_like_it, made_up(x) from sales', 'well'],
    ['select *\nfrom sales\nwher city', 'query-syntax:queries/team/r.sql:3:6'],
    ['select 1,\n  now()', 'query-refused:queries/team/r.sql:2:3'],
    ["select 'ö', random()", 'query-refused:queries/team/r.sql:1:13'],
    ['select *\nfrom cities', 'source-unknown:queries/team/r.sql:2:6'],
    ['select *\nfrom sales where day <= $as_of and amount > $leest', 'parameter-unknown:queries/team/r.sql:2:45'],
    ['select * from sales where amount > $least', 'well'],
    ['', 'query-syntax:queries/team/r.sql'],
    ['select 1; select 2', 'query-refused:queries/team/r.sql'],
    ["copy sales to 'x'", 'query-refused:queries/team/r.sql:1'],
    ['select 1e400', 'query-refused:queries/team/r.sql'],
  ];
  const reports = cases.map(([sql]) => reportOf(sql, { sources: ['sales'], parameters: { least: 1 } }));
  const { reports: found, macros } = await parser.admit(reports, around());
  assert.deepEqual(found.map((error, index) => [cases[index]![0], told(error)]), cases);
  assert.deepEqual(macros, []);
});

test('a macro that is wrong stops its queries; one that waits for a source stops nothing', async (t) => {
  const parser = await open(t);
  const macros = around(
    'create macro good(x) as x + 1;\ncreate macro bad(x) as random() + x;\ncreate macro broken(x) as (x +;',
    'create macro top_city() as (select max(city) from sales);\ncreate macro above(x) as x > top_city();\ncreate macro recent(n) as table select * from sales limit n;\ncreate macro stray(x) as x + no_such_column;\ncreate macro lost() as (select max(a) from nowhere);',
  );
  const ask = async (sql: string, sources = ['sales']): Promise<string> => {
    const { reports: [found] } = await parser.admit([reportOf(sql, { sources })], macros);
    return `${told(found!)}${found ? ` ${found.message.split('\n')[0]}` : ''}`;
  };
  assert.equal(await ask('select good(amount) from sales'), 'well');
  assert.match(await ask('select bad(amount) from sales'), /^query-refused:queries\/macros\/m0\.sql:2 macro "bad": random is not allowed/);
  assert.match(await ask('select broken(amount) from sales'), /^query-syntax:queries\/macros\/m0\.sql:3 /);
  assert.match(await ask('select stray(amount) from sales'), /macro "stray": Referenced column "no_such_column"/);
  assert.match(await ask('select lost() from sales'), /macro "lost": Table with name nowhere does not exist/);
  for (const sql of ['select top_city()', 'select above(city) from sales', 'from recent(3)']) assert.equal(await ask(sql), 'well', sql);
  assert.equal(await ask('select 1,\n  above(city) from cities', ['cities']), 'source-unknown:queries/team/r.sql:2:3 macro "above" reads the source "sales", which the report does not declare');
  const { macros: broken } = await parser.admit([], macros);
  assert.deepEqual(new Set(broken.map(({ message }) => /"(\w+)"/.exec(message)![1])), new Set(['bad', 'broken', 'lost', 'stray']));
});

test('the text that an engine cannot bear is told, and its neighbours are well', async (t) => {
  const parser = await open(t, { memoryMb: 64, seconds: 120 });
  const heavy = `select ${Array.from({ length: 15_000 }, (_, index) => `sum(a${index}) over (partition by b${index})`).join(', ')} from sales`;
  const { reports } = await parser.admit(['select 1', heavy, 'select 2', 'select 3'].map((sql) => reportOf(sql, { sources: ['sales'] })), around());
  assert.deepEqual(reports.map((error) => error?.code ?? 'well'), ['well', 'query-memory', 'well', 'well']);
  assert.equal(await parser.tree(heavy), null);
  assert.notEqual(await parser.tree('select 1'), null);
});

test('one that takes too long is stopped', async (t) => {
  const parser = await open(t, { seconds: 5 });
  // The arguments of a function in FROM are computed where it is bound, and so when the macro is created.
  const slow = "create macro slow() as table from range(levenshtein(repeat('ab', 200000), repeat('ba', 200000)));";
  const refused = (sql: string): Promise<unknown> => parser.admit([reportOf(sql)], around(slow)).then(() => null, (error: unknown) => error);
  const error = (await refused('select 1')) as DaybookError;
  assert.deepEqual([error.code, error.place], ['query-timeout', { file: 'queries/macros' }]);
  assert.equal(await refused('select 2'), error, 'it is not tried again for whoever asks next');
  const { reports } = await parser.admit([reportOf('select 1')], around());
  assert.deepEqual(reports, [null]);
});

test('constants that a double cannot tell apart are two in a tree', async (t) => {
  const parser = await open(t);
  const [one, other] = [await parser.tree('select 9007199254740993'), await parser.tree('select 9007199254740992')];
  assert.notDeepEqual(one, other);
  for (const sql of ['selec', 'drop table x', 'select 1e400']) assert.equal(await parser.tree(sql), null, sql);
});
