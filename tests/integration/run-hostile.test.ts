import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/error.ts';
import { csvOf, failureOf, openBench } from './run-fixture.ts';

/** A contributor's SQL reads its declared sources and nothing else (design.md, promise 6). */
const REFUSED: [sql: string, code: ErrorCode, says: RegExp][] = [
  ['SELECT 1; SELECT 2', 'query-refused', /2 statements/],
  ['SELECT 1; DROP VIEW sales', 'query-refused', /not a SELECT/],
  ["COPY sales TO 'stolen.csv'", 'query-refused', /not a SELECT/],
  ["ATTACH 'x.duckdb'", 'query-refused', /not a SELECT/],
  ['INSERT INTO sales VALUES (1)', 'query-refused', /not a SELECT/],
  ['CREATE TABLE x AS SELECT 1', 'query-refused', /not a SELECT/],
  ['WITH x AS (INSERT INTO sales VALUES (1) RETURNING *) FROM x', 'query-syntax', /CTE needs a SELECT/],
  ['INSTALL httpfs', 'query-refused', /not a SELECT/],
  ['LOAD httpfs', 'query-refused', /not a SELECT/],
  ['SET threads = 8', 'query-refused', /not a SELECT/],
  ['PRAGMA database_list', 'query-refused', /not allowed|not a SELECT/],
  ['CALL pragma_version()', 'query-refused', /not a SELECT/],
  ['EXPLAIN ANALYZE SELECT 1', 'query-refused', /not a SELECT/],
  ['SHOW TABLES', 'query-refused', /SHOW/],
  ['DESCRIBE sales', 'query-refused', /DESCRIBE/],
  ['SUMMARIZE sales', 'query-refused', /SUMMARIZE/],
  ['PIVOT sales ON city USING sum(amount)', 'query-refused', /PIVOT/],
  ["SELECT * FROM '/etc/passwd'", 'source-unknown', /"\/etc\/passwd" is not a declared source/],
  ["SELECT * FROM read_text('/etc/passwd')", 'query-refused', /read_text\(\) in FROM is not allowed/],
  ["SELECT * FROM read_csv('/etc/passwd')", 'query-refused', /read_csv/],
  ["SELECT * FROM glob('/*')", 'query-refused', /glob/],
  ["SELECT (SELECT max(content) FROM read_text('/etc/passwd'))", 'query-refused', /read_text/],
  ["SELECT * FROM enable_logging(storage = 'file', storage_path = 'logs')", 'query-refused', /enable_logging/],
  ["SELECT * FROM query('SELECT 1')", 'query-refused', /query/],
  ["SELECT * FROM query_table('sales')", 'query-refused', /query_table/],
  ['SELECT * FROM duckdb_settings()', 'query-refused', /duckdb_settings/],
  ['SELECT * FROM duckdb_settings', 'source-unknown', /duckdb_settings/],
  ['SELECT * FROM information_schema.tables', 'source-unknown', /information_schema\.tables/],
  ['SELECT * FROM source0.data', 'source-unknown', /source0\.data/],
  ['SELECT * FROM memory.main.sales', 'source-unknown', /memory\.main\.sales/],
  ['WITH s AS (FROM duckdb_settings), duckdb_settings AS (SELECT 1) FROM s', 'source-unknown', /duckdb_settings/],
  ['FROM (WITH duckdb_settings AS (SELECT 1) FROM duckdb_settings), duckdb_settings', 'source-unknown', /duckdb_settings/],
  ['WITH RECURSIVE kept_result AS (FROM kept_result UNION ALL FROM kept_result WHERE false) FROM kept_result', 'source-unknown', /kept_result/],
  ['WITH RECURSIVE duckdb_databases AS (WITH d AS (FROM duckdb_databases) FROM d UNION ALL FROM duckdb_databases WHERE false) FROM duckdb_databases', 'source-unknown', /duckdb_databases/],
  ['WITH "duc\u212Adb_databases" AS (SELECT 1) SELECT path FROM duckdb_databases', 'source-unknown', /duckdb_databases/],
  ["SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", 'query-refused', /json_execute_serialized_sql/],
  ["SELECT getenv('HOME')", 'query-refused', /getenv/],
  ["SELECT current_setting('threads')", 'query-refused', /current_setting/],
  ["SELECT getvariable('x')", 'query-refused', /getvariable/],
  ["SELECT write_log('x')", 'query-refused', /write_log/],
  ['SELECT nextval(\'s\')', 'query-refused', /nextval/],
  ['SELECT pg_sleep(100)', 'query-refused', /pg_sleep/],
  ['SELECT now()', 'query-refused', /now\(\) is not allowed/],
  ['SELECT main.now()', 'query-refused', /now\(\) is not allowed/],
  ['SELECT current_date', 'query-refused', /current_date is not allowed/],
  ['SELECT CURRENT_TIMESTAMP', 'query-refused', /current_timestamp/],
  ['SELECT age(day) FROM sales', 'query-refused', /counts to today/],
  ['SELECT day.age() FROM sales', 'query-refused', /counts to today/],
  ['SELECT sales.day."AGE"() FROM sales', 'query-refused', /counts to today/],
  ['SELECT list_transform([day], lambda d: d.age()) FROM sales', 'query-refused', /counts to today/],
  ['SELECT random()', 'query-refused', /random/],
  ['SELECT [uuid() FOR x IN [1, 2]]', 'query-refused', /uuid/],
  ['FROM sales ORDER BY random() LIMIT 1', 'query-refused', /random/],
  ['FROM sales USING SAMPLE 2 ROWS', 'query-refused', /chance/],
  ['FROM sales TABLESAMPLE 50%', 'query-refused', /chance/],
  ['SELECT user', 'query-refused', /user is not allowed/],
  ['SELECT * REPLACE (random() AS amount) FROM sales', 'query-refused', /random\(\) is not allowed/],
  ['SELECT * REPLACE (current_date AS day) FROM sales', 'query-refused', /current_date is not allowed/],
  ['SELECT * REPLACE ((SELECT max(path) FROM duckdb_databases()) AS city) FROM sales', 'query-refused', /duckdb_databases/],
  ["SELECT * REPLACE ((SELECT max(content) FROM read_text('/etc/passwd')) AS city) FROM sales", 'query-refused', /read_text/],
  ['SELECT * REPLACE ((SELECT max(day) FROM source0.data) AS day) FROM sales', 'source-unknown', /source0\.data/],
  ['SELECT COLUMNS(* REPLACE (random() AS amount)) FROM sales', 'query-refused', /random/],
  ['SELECT sum(amount) FILTER (random() > 0.5) OVER (PARTITION BY uuid()) FROM sales', 'query-refused', /random|uuid/],
  ['SELECT {a: random(), b: [now()], c: MAP {1: uuid()}} FROM sales', 'query-refused', /not allowed/],
  ['SELECT list_transform([1], x -> random()) FROM sales', 'query-refused', /random/],
  ['FROM sales LIMIT (SELECT count(*) FROM duckdb_settings())', 'query-refused', /duckdb_settings/],
  ['FROM sales QUALIFY row_number() OVER (ORDER BY random()) = 1', 'query-refused', /random/],
  ['SELECT amount FROM sales GROUP BY ALL HAVING sum(random()) > 0', 'query-refused', /random/],
  ['FROM (VALUES (random())) v(x)', 'query-refused', /random/],
  ['SELECT sum(amount ORDER BY random()) FROM sales', 'query-refused', /random/],
  ['FROM sales PIVOT (sum(random()) FOR city IN (\'Oslo\'))', 'query-refused', /random/],
  ['FROM sales JOIN sales AS b ON random() > 0.5', 'query-refused', /random/],
  ['FROM sales ASOF JOIN sales AS b ON sales.day >= b.day AND b.amount > random()', 'query-refused', /random/],
  ['SELECT DISTINCT ON (random()) city FROM sales', 'query-refused', /random/],
  ['FROM sales, LATERAL (SELECT random())', 'query-refused', /random/],
  ['SELECT 1e400', 'query-refused', /too large/],
  ['SELECT $1', 'parameter-unknown', /names/],
  ['SELECT $other', 'parameter-unknown', /\$other is not declared/],
];

test('a query that is more than one SELECT over its sources is refused', async (t) => {
  const { run } = await openBench(t);
  for (const [sql, code, says] of REFUSED) {
    const failure = failureOf(await run(sql));
    assert.equal(failure.code, code, `${sql}: ${failure.message}`);
    assert.match(failure.message, says, sql);
    assert.equal(failure.file, 'queries/team/r.sql', sql);
    assert.doesNotMatch(failure.message, /^\s+at |file:\/\//m, sql);
  }
});

test('the message of a refusal says where and what to write instead', async (t) => {
  const { run } = await openBench(t);
  assert.deepEqual(failureOf(await run('SELECT day\nFROM sales\nWHERE day <  today()')), {
    code: 'query-refused', message: 'today() is not allowed', file: 'queries/team/r.sql', line: 3, column: 14, key: undefined, hint: 'Use $as_of in place of the clock.',
  });
  const unknown = failureOf(await run("SELECT 'é', *\nFROM sale"));
  assert.deepEqual([unknown.code, unknown.line, unknown.column], ['source-unknown', 2, 6]);
  assert.match(unknown.message, /did you mean "sales"/);
  assert.match(unknown.hint, /sales/);
});

test('a syntax error has the line, the column and the caret of the engine', async (t) => {
  const { run } = await openBench(t);
  const outcome = await run('SELECT day\nFROM sales\nWHERE day = = $as_of');
  assert.ok(outcome.kind === 'failure');
  const { code, message, place } = outcome.error;
  assert.equal(code, 'query-syntax');
  assert.deepEqual(place, { file: 'queries/team/r.sql', line: 3, column: 13 });
  assert.match(message, /^syntax error at or near "="\n\nWHERE day = = \$as_of\n {12}\^$/);
});

test('errors while binding and running have their place too', async (t) => {
  const { run } = await openBench(t);
  const binding = failureOf(await run('SELECT day,\n  amont\nFROM sales'));
  assert.deepEqual([binding.code, binding.line, binding.column], ['query-failed', 2, 3]);
  const running = failureOf(await run('SELECT\n   CAST(city AS INTEGER) AS x FROM sales'));
  assert.deepEqual([running.code, running.line], ['query-failed', 2]);
  assert.equal(failureOf(await run("SELECT error('no ' || city) FROM sales")).message, 'no Oslo');
});

test('the result before takes no memory from the next, which may be its own', async (t) => {
  const { run } = await openBench(t, { sources: {} });
  // An empty field of a row, and four kilobytes for the engine.
  const sql = 'SELECT i, NULL::INTEGER[1000] AS a FROM range(10000) t(i)';
  for (const _ of ['one', 'another']) assert.match(csvOf(await run(sql, { limits: { memory_mb: 64 } })), /^i,a\n0,\n/);
});

test('a query that never ends is stopped, and the next one runs', async (t) => {
  const { run } = await openBench(t);
  const limits = { seconds: 1 };
  const endless = await run('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS i FROM n', { limits });
  assert.equal(failureOf(endless).code, 'query-timeout');
  const crossed = await run('SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE a.range * b.range = -1', { limits });
  assert.equal(failureOf(crossed).code, 'query-timeout');
  assert.equal(csvOf(await run('SELECT 1 AS n')), 'n\n1\n');
});

test('a query that takes too much memory is stopped, inside and outside of the engine’s count', async (t) => {
  const { run } = await openBench(t);
  const limits = { memory_mb: 100, seconds: 15 };
  assert.equal(failureOf(await run('SELECT len(list(i)) AS n FROM range(100000000) t(i)', { limits })).code, 'query-memory');
  // The engine does not count this one, and does not listen to an interruption meanwhile.
  assert.match(failureOf(await run("SELECT length(repeat('x', 2000000000) || repeat('y', 2000000000)) AS n", { limits })).code, /^query-(memory|timeout)$/);
  assert.equal(csvOf(await run('SELECT 1 AS n')), 'n\n1\n');
});

const MACROS = [
  'CREATE MACRO share(part, whole) AS part / nullif(whole, 0);\n-- two\nCREATE OR REPLACE MACRO twice(x) AS x + x;',
  'CREATE MACRO top(n) AS TABLE SELECT city, sum(amount) AS amount FROM sales GROUP BY city ORDER BY 2 DESC, 1 LIMIT n;',
  'CREATE MACRO late() AS (SELECT now());',
  'CREATE MACRO hidden() AS TABLE SELECT * FROM read_text(\'/etc/passwd\');',
  'CREATE MACRO defaulted(x, y := now()) AS x;',
  'CREATE MACRO quoted(x, y := "today"()) AS x;',
  'CREATE MACRO upper(x) AS x;',
  'CREATE MACRO chained() AS late();',
  'CREATE MACRO early(x) AS later(x);', 'CREATE MACRO later(x) AS x * 10;',
  'CREATE MACRO good() AS 1; COPY sales TO \'stolen.csv\';',
  'CREATE MACRO elsewhere() AS TABLE FROM other;',
  'CREATE MACRO dynamic(t) AS TABLE FROM query_table(t);',
  'CREATE MACRO memory.main.placed() AS (SELECT string_agg(table_name) FROM information_schema.tables);',
  // Its lower case is another one to the engine than to JavaScript.
  'CREATE MACRO "İ"() AS (SELECT string_agg(table_name) FROM information_schema.tables);',
  'CREATE MACRO spaced(x, y := today\u00A0()) AS x;',
  "CREATE MACRO tagged(x, y := $t1$ ' $t1$ || today() || $t1$ ' $t1$) AS x || y;",
  // After such a comment a wide space is a letter: the second macro is no `twin`.
  "CREATE MACRO twin(x) AS x; CREATE /* ' */ MACRO twin\u2060(x) AS (SELECT string_agg(table_name) FROM information_schema.tables);",
  'CREATE MACRO "wide\u00A0"(x) AS x;',
  'CREATE MACRO "%%"(a, b) AS a - b; CREATE MACRO pg_collation_for(x) AS x; CREATE MACRO int4(x) AS x;',
  'CREATE MACRO treated(x) AS treat(x AS int);',
];

test('macros are gated like queries, and a wrong one stops only the queries that use it', async (t) => {
  const { run } = await openBench(t, { macros: MACROS });
  assert.equal(csvOf(await run('SELECT share(1, 4) AS s, twice(2) AS t, early(1) AS e')), 's,t,e\n0.25,4,10\n');
  assert.equal(csvOf(await run('FROM top(1)')), 'city,amount\nRome,10.5\n');
  const refused: [string, RegExp, string][] = [
    ['SELECT late() AS x', /now/, 'm2'], ['FROM hidden()', /read_text|file/i, 'm3'], ['SELECT defaulted(1) AS x', /now/, 'm4'], ['SELECT quoted(1) AS x', /today/, 'm5'],
    ["SELECT upper('a') AS x", /has a function of this name/, 'm6'], ['SELECT chained() AS x', /now/, 'm7'], ['SELECT good() AS x', /no CREATE MACRO/, 'm10'], ['FROM elsewhere()', /other/, 'm11'], ["FROM dynamic('sales')", /query_table/, 'm12'],
    ['SELECT placed() AS x', /information_schema/, 'm13'], ['SELECT spaced(1) AS x', /today/, 'm15'], ['SELECT tagged(1) AS x', /today/, 'm16'],
  ];
  for (const [sql, says, file] of refused) {
    const failure = failureOf(await run(sql));
    assert.match(failure.message, says, sql);
    assert.equal(failure.file, `queries/macros/${file}.sql`, sql);
  }
  failureOf(await run('SELECT "İ"() AS x'));
  failureOf(await run("SELECT /* ' */ twin\u2060(1) AS x"));
  // A review follows a query to the macros whose names stand before a bracket: a call of any other form would go unseen.
  for (const call of ["/* ' */ wide\u00A0(1)", '5 %% 1', 'COLLATION FOR (5)', 'treat(5 AS int)', 'treated(5)', '"%%", 5 %% 1', 'pg_collation_for, COLLATION FOR (5)', 'int4, treat(5 AS int)', 'treat(5 AS "int4")']) assert.match(failureOf(await run(`SELECT ${call} AS x`)).message, /is called without its name/, call);
  assert.equal(csvOf(await run('SELECT int4(5) AS x')), 'x\n5\n');
});

test('behind the gate, the sandbox itself gives no file away', async (t) => {
  const { root, run, cache } = await openBench(t);
  csvOf(await run('SELECT 1 AS n'));
  const [database] = (await readdir(path.join(cache, 'sources'))).filter((name) => name.endsWith('.duckdb'));
  const file = path.join(cache, 'sources', database!);
  const { openSandbox } = await import('../../src/run/sandbox.ts');
  const sandbox = await openSandbox({ sources: [{ name: 'sales', database: file }], macros: [], memoryMb: 200 });
  t.after(() => sandbox.close());
  await writeFile(path.join(root, 'secret.txt'), 'secret');
  const attempts = [
    `FROM read_blob('${file}')`, `FROM read_text('${root}/secret.txt')`, `FROM '${root}/data/sales.csv'`, `COPY sales TO '${root}/stolen.csv'`, `ATTACH '${root}/new.duckdb'`,
    'SET threads = 4', "SET enable_external_access = true", "SET disabled_filesystems = ''", 'INSTALL httpfs', `EXPORT DATABASE '${root}/out'`, 'INSERT INTO source0.data FROM source0.data', `FROM enable_logging(storage = 'file', storage_path = '${root}/logs')`,
  ];
  for (const sql of attempts.slice(0, -1)) await assert.rejects(sandbox.connection.run(sql), /Error/, sql);
  await sandbox.connection.run(attempts.at(-1)!).catch(() => undefined);
  assert.deepEqual((await readdir(root)).sort(), ['.daybook', 'data', 'secret.txt']);
});
