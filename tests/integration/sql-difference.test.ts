import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { SQL_AGGREGATES } from '../../src/analysis/sql/aggregates.ts';
import { sqlDifference, type SqlTexts } from '../../src/analysis/sql/difference.ts';
import { openParser, type Parser } from '../../src/run/parser.ts';

let parser: Parser;
let folder: string;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'daybook-parse-'));
  parser = openParser({ folder });
});

after(async () => {
  parser.close();
  await rm(folder, { recursive: true, force: true });
});

const texts = (sql: string, macros?: string): SqlTexts => [{ file: 'queries/q.sql', sql }, ...(macros === undefined ? [] : [{ file: 'queries/macros/m.sql', sql: macros }])];
const between = (base: SqlTexts, head: SqlTexts) => sqlDifference(base, head, (sql) => parser.tree(sql));

const CASES: [base: string, head: string, classes: string][] = [
  ['select a from t', 'select a from t', 'same'],
  ['select a from t', '-- why\nSELECT  A\nFROM T;', 'format'],
  ['select a from t', 'from t select a', 'format'],
  ['select x.a from t x join u y on x.k = y.k', 'select tt.a from t AS tt inner join u uu on tt.k = uu.k', 'format'],
  ['select t.a from t where t.b > 1', 'select a from t where b > 1', 'format'],
  // To the engine these are two columns, and two tables: it folds the letters of ASCII alone.
  ['select "É" as x from t', 'select "é" as x from t', 'projection'],
  ['select a from "É"', 'select a from "é"', 'join'],
  ['select "\u212A" as x from t', 'select k as x from t', 'projection'],
  ['select a from t order by a', 'select a as a from t order by a asc', 'format'],
  ['select a from t order by a', 'select a from t order by a desc', 'ordering'],
  ['select a from t order by a limit 5', 'select a from t order by b limit 5', 'ordering filter'],
  ['select distinct on (a) a, b from t order by b', 'select distinct on (a) a, b from t order by b desc', 'ordering aggregation'],
  ['select a from t', 'select a, b from t', 'projection'],
  ['select a, b from t', 'select b, a from t', 'projection'],
  ['select a x from t', 'select a y from t', 'projection'],
  ['select sum(a) x from t', 'select sum(a) y from t', 'projection'],
  ['select a::int from t', 'select a::bigint from t', 'projection'],
  ['select 9007199254740992 from t', 'select 9007199254740993 from t', 'projection'],
  ["select 'a' from t", "select 'A' from t", 'projection'],
  ['select x.a from t x join t y on x.k = y.l', 'select y.a from t x join t y on x.k = y.l', 'projection'],
  // Without its qualifier, ORDER BY means the column that the query makes.
  ['select -a as a from t order by t.a', 'select -a as a from t order by a', 'ordering'],
  ['select (select max(z) from u where u.k = t.k) from t', 'select (select max(z) from u where u.k = u.k) from t', 'filter'],
  ['select a from t where b > 1', 'select a from t where b > 2', 'filter'],
  ['select a from t', 'select a from t limit 10', 'filter'],
  ['select a from t qualify row_number() over (order by a) = 1', 'select a from t qualify row_number() over (order by a) = 2', 'filter'],
  ['select a from t using sample reservoir(5 rows) repeatable (1)', 'select a from t using sample reservoir(5 rows) repeatable (2)', 'filter'],
  ['select a, sum(b) from t group by a having sum(b) > 1', 'select a, sum(b) from t group by a having sum(b) > 2', 'filter'],
  ['select sum(a) from t', 'select avg(a) from t', 'aggregation'],
  ['select sum(a) / count(*) from t', 'select sum(b) / count(*) from t', 'aggregation'],
  ['select count(*) from t', 'select count(*) filter (where a > 1) from t', 'aggregation'],
  ['select a from t', 'select distinct a from t', 'aggregation'],
  ['select 1 from t group by a', 'select 1 from t group by a, b', 'aggregation'],
  ['select a from t union all select a from u', 'select a from t union select a from u', 'aggregation'],
  ['select a from t', 'select a from u', 'join'],
  ['select a from t join u using (k)', 'select a from t left join u using (k)', 'join'],
  // A table of WITH takes the place of the one that was read under its name.
  ['select a from t', 'with t as (select * from t where b > 1) select a from t', 'join'],
  ['select a from t', 'with t as (select * from t where b > 1) select -a as a from t', 'projection join'],
  ['with T as (select * from u) select a from t', 'select a from t', 'join'],
  ['select a from (select a from t)', 'with u as (select * from t) select b as a from (select b from t)', 'projection'],
  ['select a from t join u on t.k = u.k', 'select a from t join u on t.k = u.l', 'join'],
  ['select a from t', 'select a from t join u using (k)', 'join'],
  ['from (values (1)) v(x)', 'from (values (2)) v(x)', 'join'],
  ['select a from t', 'select a from t union all select a from u', 'unknown'],
  ['with w as (select a from t where b > 1) select a from w', 'with w as (select a from t where b > 2) select a from w', 'filter'],
  ['select a from (select a from t where b > 1)', 'select a from (select a, c from t where b > 1)', 'projection'],
  ['select a from t where b in (select k from u)', 'select a from t where b in (select k from u where z)', 'filter'],
  ['select a from t where exists (from u)', 'select a from t where exists (from v)', 'join'],
  ['select (select sum(x) from u) from t', 'select (select avg(x) from u) from t', 'aggregation'],
  ['select a, sum(b) from t where c group by a', 'select a, sum(b), sum(d) from u where e group by a', 'projection filter aggregation join'],
  ['select a from t', 'selec a from t', 'unknown'],
];

test('a query’s change has the class of what differs in it', async () => {
  for (const [base, head, classes] of CASES) {
    assert.equal((await between(texts(base), texts(head))).classes.join(' '), classes, `${base} → ${head}`);
  }
});

test('a macro’s change has the class of the place that it is used in', async () => {
  // Without lines (`untold`) is what the query does not even name.
  const cases: [sql: string, base: string, head: string, classes: string, untold?: 'untold'][] = [
    ['select share(a) from t', 'create macro share(x) as x / 2;', '-- Half.\ncreate or replace macro share(x) as (x / 2);', 'format'],
    ['select share(a) from t', 'create macro share(x) as x / 2;', 'create macro share(x) as x / 3;', 'projection'],
    ['select a from t where share(a) > 1', 'create macro share(x) as x / 2;', 'create macro share(x) as x / 3;', 'filter'],
    ['select total(a) from t', 'create macro total(x) as sum(x);', 'create macro total(x) as avg(x);', 'aggregation'],
    ['select a from t where outer_one(a)', 'create macro inner_one(x) as x > 1; create macro outer_one(x) as inner_one(x);', 'create macro inner_one(x) as x > 2; create macro outer_one(x) as inner_one(x);', 'filter'],
    ['from recent(3)', 'create macro recent(n) as table select a from t where b > n;', 'create macro recent(n) as table select a from t where b >= n;', 'filter'],
    ['select share(a) from t', 'create macro share(x, y := 1) as x / y;', 'create macro share(x, y := 2) as x / y;', 'projection'],
    ['select two(a, b) from t', 'create macro two(x) as x, (x, y) as x + y;', 'create macro two(x) as x, (x, y) as x - y;', 'projection'],
    ['select share(a) from t', 'create macro share(x) as x / 2; create macro other(x) as x;', 'create macro share(x) as x / 2; create macro other(x) as x + 1;', 'same', 'untold'],
    ['select share from t', 'create macro share(x) as x / 2;', 'create macro share(x) as x / 3;', 'same', 'untold'],
    // A name before a bracket need not be a call: nothing of the query is another then, and that is not layout.
    ['with share(a) as (select a from t) select a from share', 'create macro share(x) as x / 2;', 'create macro share(x) as x / 3;', 'same'],
    ['with share(a) as (select a from t) select a from share', 'create macro share(x) as x / 2;', '-- Half.\ncreate macro share(x) as (x / 2);', 'format'],
    // What a parameter has by default is told by words alone.
    ['select share(a) from t', 'create macro half(x) as x; create macro share(x, y := half(2)) as x / y;', 'create macro half(x) as x / 2; create macro share(x, y := half(2)) as x / y;', 'unknown'],
    ['select share(a) from t', 'create macro one(x) as x; create macro half(x) as one(x); create macro share(x, y := half(2)) as x / y;', 'create macro one(x) as x + 1; create macro half(x) as one(x); create macro share(x, y := half(2)) as x / y;', 'unknown'],
    ['select share(a) from t', 'create macro "a half"(x) as x; create macro share(x, y := "a half"(2)) as x / y;', 'create macro "a half"(x) as x / 2; create macro share(x, y := "a half"(2)) as x / y;', 'unknown'],
    // Of one that is not read here, nobody knows what it calls.
    ['from recent(3)', 'create macro half(x) as x; create macro recent(n) as table select half(n), (n, m) as table select n;', 'create macro half(x) as x / 2; create macro recent(n) as table select half(n), (n, m) as table select n;', 'unknown'],
    ['select abs(a) from t', 'create macro share(x) as x / 2;', 'create macro share(x) as x / 2; create macro abs(x) as -x;', 'projection'],
    ['select odd(a) from t', 'create macro odd(x) nonsense;', 'create macro odd(x) other nonsense;', 'unknown'],
  ];
  for (const [sql, base, head, classes, untold] of cases) {
    const found = await between(texts(sql, base), texts(sql, head));
    assert.equal(found.classes.join(' '), classes, `${base} → ${head}`);
    assert.equal(found.lines.length > 0, untold === undefined, head);
  }
});

test('macros that double with each level are not followed to their end', async () => {
  const macros = (last: string): string => Array.from({ length: 60 }, (_, level) => `create macro m${level}(x) as ${level === 0 ? last : `m${level - 1}(x) + m${level - 1}(x)`};`).join('\n');
  assert.deepEqual((await between(texts('select m59(a) from t', macros('x')), texts('select m59(a) from t', macros('x + 1')))).classes, ['unknown']);
});

test('the list of aggregate functions is the engine’s', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const found = await connection.runAndReadAll("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'");
  const names = found.getRows().map(([name]) => String(name));
  connection.closeSync();
  const onlyWindows = ['cume_dist', 'dense_rank', 'fill', 'first_value', 'lag', 'last_value', 'lead', 'nth_value', 'ntile', 'percent_rank', 'rank', 'rank_dense', 'row_number'];
  assert.deepEqual([...SQL_AGGREGATES].sort(), names.filter((name) => !onlyWindows.includes(name)).sort());
});
