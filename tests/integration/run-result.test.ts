import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { ENGINE } from '../../src/run/engine.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import { csvOf, failureOf, openBench, reportOf, resultOf, SALES } from './run-fixture.ts';

const BY_DAY = 'SELECT day, city, sum(amount) AS amount FROM sales WHERE day <= $as_of GROUP BY ALL';
const MEASURED = { as_of: { column: 'day' }, key: ['day', 'city'], time: { column: 'day', period: 'day' }, metrics: { total: { label: 'Total', value: 'sum(amount)' }, rows: { label: 'Rows', value: 'count()' } } };

test('a run gives the whole outcome: as-of, columns, rows in key order, metrics of the last complete period, checks, inputs', async (t) => {
  const { run } = await openBench(t);
  const outcome = resultOf(await run(BY_DAY, { ...MEASURED, checks: [{ rows: { min: 1, max: 9 } }, { column: 'city', not_null: true, in: ['Oslo', 'Rome'] }] }, '2001-07-05'));
  assert.equal(outcome.csv.toString(), SALES.replace('4\n', '4.0\n').replaceAll(/(\d)\.0/g, '$1'));
  assert.equal(outcome.asOf, '2001-06-30');
  assert.deepEqual(outcome.result.columns, [{ name: 'day', type: 'DATE' }, { name: 'city', type: 'VARCHAR' }, { name: 'amount', type: 'DOUBLE' }]);
  assert.deepEqual(outcome.result.rows, { count: 4, bytes: outcome.csv.length, sha256: digestBytes(outcome.csv) });
  assert.deepEqual(outcome.result.metrics, [{ name: 'total', type: 'DOUBLE', value: '12', period: '2001-06-30' }, { name: 'rows', type: 'HUGEINT', value: '2', period: '2001-06-30' }]);
  assert.deepEqual(outcome.result.checks.map(({ name, expected, actual, passed }) => ({ name, expected, actual, passed })), [
    { name: 'rows >= 1', expected: '1', actual: '4', passed: true }, { name: 'rows <= 9', expected: '9', actual: '4', passed: true },
    { name: 'city is not null', expected: '0 NULLs', actual: '0 NULLs', passed: true }, { name: 'city in Oslo, Rome', expected: 'Oslo, Rome', actual: 'nothing else', passed: true },
  ]);
  assert.deepEqual(outcome.inputs.parameters, { as_of: '2001-07-05' });
  assert.deepEqual([outcome.attempts, outcome.warnings], [1, []]);
});

test('as-of and periods follow the request', async (t) => {
  const { run } = await openBench(t);
  const of = async (asOf: string, extra: object = {}, sql = BY_DAY) => {
    const { asOf: found, result } = resultOf(await run(sql, { ...MEASURED, ...extra }, asOf));
    return [found, result.metrics[0]!.period, result.metrics[0]!.value];
  };
  assert.deepEqual(await of('2001-06-29'), ['2001-06-29', '2001-06-29', '2.5']);
  assert.deepEqual(await of('2001-06-29', {}, 'FROM sales WHERE $as_of IS NOT NULL'), ['2001-06-29', '2001-06-29', '2.5'], 'rows after the as-of are not its headline');
  assert.deepEqual(await of('2001-07-05', { as_of: 'scheduled' }), ['2001-07-05', '2001-06-30', '12']);
  assert.deepEqual(await of('2001-06-30', { time: { column: 'day', period: 'month' } }), ['2001-06-30', '2001-06-01', '16']);
  assert.deepEqual(await of('2001-06-29', { time: { column: 'day', period: 'month' } }), ['2001-06-29', null, null], 'no month is complete');
  assert.deepEqual(await of('2001-06-30', { time: undefined }), ['2001-06-30', null, '16']);
  const hourly = "SELECT TIMESTAMP '2001-06-30 12:30:00' + INTERVAL (i) HOUR AS day, 'x' AS city, i AS amount FROM range(5) t(i) WHERE $as_of::TIMESTAMP IS NOT NULL";
  assert.deepEqual(await of('2001-06-30T14:30Z', { time: { column: 'day', period: 'hour' } }, hourly), ['2001-06-30T14:30Z', '2001-06-30T13:00:00Z', '1']);
  assert.equal(failureOf(await run(BY_DAY, MEASURED, '2001-06-01')).code, 'result-empty');
  assert.equal(failureOf(await run('FROM sales', MEASURED, '2001-06-01')).code, 'as-of-missing');
});

test('$as_of is a DATE or a TIMESTAMP, and parameters have the types that they are written in', async (t) => {
  const { run } = await openBench(t);
  const types = 'SELECT typeof($as_of) AS a, typeof($n) AS n, typeof($x) AS x, typeof($s) AS s, typeof($b) AS b, $S || $n AS both';
  const parameters = { n: 30, x: 0.5, s: "it's", b: true };
  assert.equal(csvOf(await run(types, { parameters })), "a,n,x,s,b,both\nDATE,BIGINT,DOUBLE,VARCHAR,BOOLEAN,it's30\n");
  assert.match(csvOf(await run(types, { parameters }, '2001-06-30T14:00Z')), /^TIMESTAMP,/m);
  const unknown = failureOf(await run('SELECT $treshold AS x', { parameters: { threshold: 1 } }));
  assert.equal(unknown.code, 'parameter-unknown');
  assert.match(unknown.message, /did you mean "threshold"/);
});

const WRONG: [sql: string, report: Record<string, unknown>, code: string, message: RegExp, key: string | undefined][] = [
  ['FROM sales', { key: ['dya'] }, 'result-column', /no column "dya"; did you mean "day"/, 'key'],
  ['FROM sales', { sort: ['-amuont'] }, 'result-column', /"amuont"/, 'sort'],
  ['FROM sales', { dimensions: { town: {} } }, 'result-column', /"town"/, 'dimensions.town'],
  ['FROM sales', { time: { column: 'city', period: 'day' } }, 'result-column', /is VARCHAR, not a date/, 'time.column'],
  ['FROM sales', { as_of: { column: 'city' } }, 'result-column', /is VARCHAR, not a date/, 'as_of.column'],
  ['FROM sales', { metrics: { m: { label: 'M', value: 'sum(amuont)' } } }, 'result-column', /"amuont"; did you mean "amount"/, 'metrics.m.value'],
  ['FROM sales', { metrics: { m: { label: 'M', value: 'sum(city)' } } }, 'metric-failed', /column of numbers/, 'metrics.m.value'],
  ["SELECT 170141183460469231731687303715884105727::HUGEINT AS n FROM range(3)", { metrics: { ok: { label: 'M', value: 'count()' }, m: { label: 'M', value: 'sum(n)' } } }, 'metric-failed', /range|overflow/i, 'metrics.m.value'],
  ['FROM sales', { key: ['day'] }, 'key-duplicate', /1 row repeats.*day = 2001-06-30/, 'key'],
  ['SELECT i FROM range(4) t(i), range(3)', { key: ['i'] }, 'key-duplicate', /^every key is there exactly 3 times: 8 rows repeat/, 'key'],
  ['SELECT unnest([1, 2, 2, 2]) AS i', { key: ['i'] }, 'key-duplicate', /^2 rows repeat/, 'key'],
  ["SELECT nullif(city, 'Oslo') AS city, amount FROM sales", { key: ['city'] }, 'key-null', /2 rows have a NULL.*city = NULL/, 'key'],
  ['SELECT 1 AS a, 2 AS a', {}, 'result-column', /two columns are named "a"/, undefined],
  ['FROM sales WHERE false', {}, 'result-empty', /no rows/, undefined],
  ['FROM sales', { limits: { rows: 3 } }, 'result-too-large', /more than 3 rows/, undefined],
  ['FROM sales', { limits: { bytes: 30 } }, 'result-too-large', /bytes/, undefined],
  ["SELECT repeat('x', 1000) AS x FROM range(100000)", { limits: { bytes: 1000 } }, 'result-too-large', /more than 1000 bytes/, undefined],
  ['FROM sales', { checks: [{ column: 'amount', max: 5 }] }, 'check-failed', /"amount <= 5" failed: expected 5, found 8/, 'checks'],
  ['FROM sales', { checks: [{ column: 'day', min: '2001-06-29' }, { rows: { max: 1 } }] }, 'check-failed', /found 2001-06-28; 1 more failed/, 'checks'],
  ['FROM sales', { checks: [{ column: 'city', unique: true }] }, 'check-failed', /expected 0 repeated, found 2 repeated/, 'checks'],
  ['FROM sales', { checks: [{ column: 'city', in: ['Oslo'] }] }, 'check-failed', /found 2 others, such as Rome/, 'checks'],
  ['FROM sales', { checks: [{ column: 'day', min: 'tomorrow' }] }, 'wrong-value', /tomorrow/, 'checks.0.min'],
  ['FROM sales', { checks: [{ column: 'dya', not_null: true }] }, 'result-column', /"dya"/, 'checks.0.column'],
];

test('what does not fit the report is an error with its key', async (t) => {
  const { run } = await openBench(t, { parallel: 2 });
  await Promise.all(WRONG.map(async ([sql, report, code, message, key]) => {
    const failure = failureOf(await run(sql, report));
    assert.equal(failure.code, code, `${sql} ${JSON.stringify(report)}: ${failure.message}`);
    assert.match(failure.message, message);
    assert.equal(failure.key, key, failure.message);
  }));
});

test('a failed check that is a warning is kept, as is a result without rows where that is allowed', async (t) => {
  const { run } = await openBench(t);
  const warned = resultOf(await run('FROM sales', { checks: [{ column: 'amount', max: 5, level: 'warn' }] }));
  assert.deepEqual(warned.result.checks, [{ name: 'amount <= 5', column: 'amount', operator: '<=', expected: '5', actual: '8', level: 'warn', passed: false }]);
  const empty = resultOf(await run('FROM sales WHERE false', { ...MEASURED, checks: [{ rows: { min: 0 } }, { column: 'amount', min: 1, not_null: true, in: [3] }] }));
  assert.deepEqual([empty.csv.toString(), empty.asOf, empty.result.metrics[0]!.value], ['day,city,amount\n', '2001-06-30', null]);
  assert.ok(empty.result.checks.every(({ passed }) => passed));
});

test('division by zero has no value; NaN and infinities are kept as they are', async (t) => {
  const { run } = await openBench(t);
  const metrics = { none: { label: 'N', value: 'sum(a) / sum(z)' }, nan: { label: 'N', value: 'max(n)' }, inf: { label: 'I', value: 'sum(i)' } };
  const { result, csv } = resultOf(await run("SELECT 1 AS a, 0 AS z, 'NaN'::DOUBLE AS n, '-Infinity'::DOUBLE AS i", { metrics }));
  assert.equal(csv.toString(), 'a,z,n,i\n1,0,NaN,-Infinity\n');
  assert.deepEqual(result.metrics.map(({ value }) => value), [null, 'NaN', '-Infinity']);
});

test('names in any script and with any sign are names', async (t) => {
  const { run } = await openBench(t, { files: { 'd/ä\'"b.csv': '"a ""b"" \'c\'",../x,שלום\n1,2,<script>\n' }, sources: { 'odd-name': { files: 'd/ä\'"b.csv' } } });
  const { result, csv } = resultOf(await run('FROM "odd-name"', { key: ['שלום'], metrics: { m: { label: 'M', value: 'sum("../x")' } } }));
  assert.equal(csv.toString(), '"a ""b"" \'c\'",../x,שלום\n1,2,<script>\n');
  assert.equal(result.metrics[0]!.value, '2');
});

test('comments, a semicolon at the end and strings with semicolons do no harm', async (t) => {
  const { run } = await openBench(t);
  const sql = "-- a; b\n/* c; /* d; */ */ SELECT 'e; -- f' AS x, $$g;'$$ AS y, \"z;\" FROM (SELECT 1 AS \"z;\") ; -- h; i";
  assert.equal(csvOf(await run(sql)), "x,y,z;\ne; -- f,g;',1\n");
  assert.equal(failureOf(await run('')).code, 'query-syntax');
  assert.equal(failureOf(await run('-- only words')).code, 'query-syntax');
  assert.equal(failureOf(await run("SELECT 'open")).code, 'query-syntax');
});

const DETERMINISM = `
import { reportOf, sourceOf, instanceOf, csvOf } from ${JSON.stringify(new URL('./run-fixture.ts', import.meta.url).href)};
import { openRunner } from ${JSON.stringify(new URL('../../src/run/runner.ts', import.meta.url).href)};
import { writeManifest } from ${JSON.stringify(new URL('../../src/snapshot/manifest.ts', import.meta.url).href)};
const root = process.argv[1];
const runner = openRunner({ root, cache: root + '/' + process.argv[2], instance: instanceOf(), sources: new Map([['s', sourceOf('s', { files: 'd/a.csv', cluster_by: ['k'] })]]), macros: [], parallel: 2 });
const sql = "SELECT k, sum(v) AS v, min(t)::TIMESTAMPTZ AS t, strftime(min(t), '%A %B') AS w, upper('i' || k) AS u, list(v)[:3] AS l, $as_of::TIMESTAMP AS a FROM s GROUP BY k";
const outcome = await runner.run(reportOf(sql, { sources: ['s'], key: ['k'], metrics: { m: { label: 'M', value: 'mean(v)' } } }), '2001-06-30', new Date('2001-07-01'));
await runner.close();
process.stdout.write(csvOf(outcome) + JSON.stringify([outcome.result, outcome.inputs]));
`;

test('the same inputs give the same bytes, in any zone and locale', async (t) => {
  const rows = Array.from({ length: 50_000 }, (_, i) => `${i % 7},${(i * 0.1).toFixed(1)},2001-03-25 02:${String(i % 60).padStart(2, '0')}:00`);
  const { root } = await openBench(t, { files: { 'd/a.csv': `k,v,t\n${rows.join('\n')}\n` }, sources: {} });
  const run = promisify(execFile);
  const worlds = [{ TZ: 'UTC', LANG: 'C' }, { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }];
  const outputs = await Promise.all(worlds.map(async (env, index) => (await run(process.execPath, ['--input-type=module', '-e', DETERMINISM, root, `cache${index}`], { env: { PATH: process.env['PATH'], ...env } })).stdout));
  assert.match(outputs[0]!, /^0,.*,2001-03-25T02:00:00Z,Sunday March,I0,"\[0,0\.7,1\.4\]",2001-06-30T00:00:00Z$/m);
  assert.equal(outputs[1], outputs[0]);
});

test('runs go at once, each with its own result', async (t) => {
  const { run, cache } = await openBench(t, { files: { 'd/a.csv': 'a\n1\n', 'd/b.csv': 'b\n2\n' }, sources: { one: { files: 'd/a.csv' }, two: { files: 'd/b.csv' } }, parallel: 2 });
  const outcomes = await Promise.all(Array.from({ length: 40 }, (_, i) => run(i % 10 === 3 ? 'SELECT wrong' : `SELECT *, ${i} AS i FROM ${i % 2 ? 'one' : 'two'}`, { sources: [i % 2 ? 'one' : 'two'] })));
  for (const [i, outcome] of outcomes.entries()) {
    if (i % 10 === 3) assert.equal(failureOf(outcome).code, 'query-failed');
    else assert.equal(csvOf(outcome), i % 2 ? `a,i\n1,${i}\n` : `b,i\n2,${i}\n`);
  }
  assert.deepEqual(await readdir(`${cache}/empty`), []);
});

test('the definition’s digest covers what changes the data, and not the words', () => {
  const base = definitionDigest(reportOf('SELECT 1\r\n', { sources: ['s'] }), []);
  assert.equal(definitionDigest(reportOf('SELECT 1\n', { sources: ['s'], title: 'Other', owner: 'x', columns: { a: { label: 'A' } } }), []), base);
  for (const other of [reportOf('SELECT 2\n', { sources: ['s'] }), reportOf('SELECT 1\n', { sources: ['s'], parameters: { n: 1 } }), reportOf('SELECT 1\n', { sources: [] }), reportOf('SELECT 1\n', { sources: ['s'], checks: [{ rows: { min: 1 } }] })]) {
    assert.notEqual(definitionDigest(other, []), base);
  }
  assert.notEqual(definitionDigest(reportOf('SELECT 1\n', { sources: ['s'] }), [{ file: 'm.sql', sql: 'CREATE MACRO a() AS 1' }]), base);
});

test('the engine that inputs name is the one that runs', async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  assert.equal((await connection.runAndReadAll('SELECT version()')).getRows()[0]![0], `v${ENGINE.version}`);
  connection.closeSync();
  instance.closeSync();
});
