import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { readRows } from '../../src/run/read-rows.ts';
import { encodeCsv, READ_CSV_OPTIONS } from '../../src/snapshot/csv.ts';
import { kindOf } from '../../src/snapshot/types.ts';
import { csvOf, openBench } from './run-fixture.ts';

test('every type that DuckDB has goes out as text and comes back as the same value', async (t) => {
  const { root } = await openBench(t);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  t.after(() => (connection.closeSync(), instance.closeSync()));
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run('CREATE TABLE kept AS SELECT row_number() OVER () AS nr, * FROM test_all_types()');
  const columns = (await connection.runAndReadAll('DESCRIBE kept')).getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  const rows = await readRows(connection, 'kept', columns, Infinity);
  const file = path.join(root, 'types.csv');
  await writeFile(file, encodeCsv(columns.map(({ name }) => name), rows));
  // The reader of JSON does not know of unions.
  for (const { name, type } of columns.filter((column) => !column.type.startsWith('UNION'))) {
    const text = `c."${name}"`;
    const back = kindOf(type) === 'nested' ? `CAST(CAST(${text} AS JSON) AS ${type})` : `CAST(${text} AS ${type})`;
    const different = await connection.runAndReadAll(`SELECT ${text}, k."${name}"::VARCHAR FROM read_csv('${file}', ${READ_CSV_OPTIONS}) c JOIN kept k ON k.nr = c.nr::INT WHERE ${back} IS DISTINCT FROM k."${name}"`);
    assert.deepEqual(different.getRows(), [], `${name} ${type}`);
  }
  assert.equal(rows.length, 3);
});

test('values are written as the design says', async (t) => {
  const { run } = await openBench(t);
  const cases: [sql: string, text: string][] = [
    ["TIMESTAMP '2001-06-30 06:00:00'", '2001-06-30T06:00:00Z'], ["TIMESTAMP '2001-06-30 06:00:00.5'", '2001-06-30T06:00:00.500000Z'], ["TIMESTAMP_NS '1969-12-31 23:59:59.000000001'", '1969-12-31T23:59:59.000000001Z'],
    ["TIMESTAMP_MS '2001-06-30 06:00:00.001'", '2001-06-30T06:00:00.001000Z'], ["TIMESTAMPTZ '2001-06-30 06:00:00+02'", '2001-06-30T04:00:00Z'], ["TIMESTAMP 'infinity'", 'infinity'], ["DATE '-infinity'", '-infinity'],
    ['0.1::DOUBLE + 0.2::DOUBLE', '0.30000000000000004'], ['1e22::DOUBLE', '1e+22'], ['-0.0::DOUBLE', '0'], ['0.1::FLOAT', '0.1'], ['16777217::FLOAT', '16777216'], ['3.4028235e38::FLOAT', '3.4028235e+38'], ["'NaN'::FLOAT", 'NaN'],
    ['1.50::DECIMAL(5,2)', '1.50'], ['-0.05::DECIMAL(5,2)', '-0.05'], ['170141183460469231731687303715884105727::HUGEINT', '170141183460469231731687303715884105727'], ['true', 'true'],
    ["'\\xAB\\x00'::BLOB", '\\xAB\\x00'], ["INTERVAL '1' MONTH + INTERVAL '90' MINUTE", '1 month 01:30:00'], ["TIME '06:30:00.25'", '06:30:00.25'],
    ["{'a': 1.5::DECIMAL(3,1), 'b': [DATE '2001-06-30', NULL], 'c': 2::HUGEINT, 'd': 'NaN'::DOUBLE}", '"{""a"":""1.5"",""b"":[""2001-06-30"",null],""c"":""2"",""d"":""NaN""}"'],
    ["MAP {2: 'x', 1: 'y\"'}", '"{""2"":""x"",""1"":""y\\""""}"'], ["union_value(k := 1)", '"{""k"":1}"'], ["'[1, 2]'::JSON", '"[1, 2]"'], ['42::VARIANT', '42'],
    ["chr(65279) || 'x'", '"\uFEFFx"'], ["''", '""'], ['NULL::INT', ''],
  ];
  const sql = `SELECT ${cases.map(([value], index) => `${value} AS c${index}`).join(', ')}`;
  const header = cases.map((_, index) => `c${index}`).join(',');
  assert.equal(csvOf(await run(sql)), `${header}\n${cases.map(([, text]) => text).join(',')}\n`);
});
