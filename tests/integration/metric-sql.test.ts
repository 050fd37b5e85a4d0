import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { DaybookError } from '../../src/error.ts';
import { AGGREGATES, OPERATORS, aggregatesOf, parseMetric, type Expression } from '../../src/report/metric.ts';
import { evaluateBy, evaluateMetrics } from '../../src/snapshot/evaluate.ts';
import type { Column } from '../../src/snapshot/manifest.ts';
import { metricSql, quoteIdentifier } from '../../src/snapshot/metric-sql.ts';
import { resultType, typeText } from '../../src/snapshot/numeric.ts';
import { kindOf } from '../../src/snapshot/types.ts';

const connection = await (await DuckDBInstance.create(':memory:')).connect();

type Cell = string | null;
interface Table {
  columns: Column[];
  rows: Cell[][];
}

/** Text of a value as the rows' CSV has it; the double is read as it is and not by way of DuckDB's own text. */
async function inSql(db: DuckDBConnection, expression: Expression, columns: Column[], relation: string): Promise<{ type: string; value: Cell }> {
  const sql = metricSql(expression, columns);
  const reader = await db.runAndReadAll(`SELECT v, CAST(v AS VARCHAR), typeof(v) FROM (SELECT ${sql} AS v FROM ${relation})`);
  const [value, text, type] = reader.getRows()[0]!;
  return { type: String(type), value: value === null ? null : typeof value === 'number' ? String(value) : String(text) };
}

async function withTable<T>(table: Table, step: (name: string) => Promise<T>): Promise<T> {
  const definitions = table.columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ');
  await connection.run(`CREATE OR REPLACE TEMP TABLE t (${definitions})`);
  const literal = (cell: Cell): string => (cell === null ? 'NULL' : `'${cell.replaceAll("'", "''")}'`);
  const values = table.rows.map((row) => `(${row.map((cell, i) => `CAST(${literal(cell)} AS ${table.columns[i]!.type})`).join(', ')})`);
  if (values.length > 0) await connection.run(`INSERT INTO t VALUES ${values.join(', ')}`);
  return step('t');
}

function decimal(width: number, scale: number): fc.Arbitrary<string> {
  const limit = 10n ** BigInt(width) - 1n;
  return fc.bigInt({ min: -limit, max: limit }).map((digits) => {
    const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
    const sign = digits < 0n ? '-' : '';
    return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
  });
}

function integer(bits: number): fc.Arbitrary<string> {
  const limit = 2n ** BigInt(bits - 1);
  return fc.oneof(fc.bigInt({ min: -99n, max: 99n }), fc.bigInt({ min: -limit, max: limit - 1n })).map(String);
}

function shortestFloat(value: number): string {
  for (let digits = 1; digits < 10; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

const anyDouble = fc.oneof(
  fc.double().map(String),
  fc.double({ min: -1000, max: 1000, noNaN: true }).map(String),
  fc.constantFrom('0', 'NaN', 'Infinity', '-Infinity', '5e-324', '1e+100', '-1e+100', '0.1', '1e-300', '9007199254740993'),
);
const finiteDouble = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map(String);

const CELLS: Record<string, fc.Arbitrary<string>> = {
  TINYINT: fc.integer({ min: -128, max: 127 }).map(String),
  INTEGER: fc.integer().map(String),
  BIGINT: integer(64),
  UBIGINT: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  HUGEINT: integer(100),
  UHUGEINT: fc.bigInt({ min: 0n, max: 2n ** 90n }).map(String),
  BIGNUM: integer(90),
  'DECIMAL(4,2)': decimal(4, 2),
  'DECIMAL(2,2)': decimal(2, 2),
  'DECIMAL(18,3)': decimal(18, 3),
  'DECIMAL(30,10)': decimal(25, 10),
  DOUBLE: fc.oneof(anyDouble, finiteDouble),
  FLOAT: fc.oneof(fc.float({ noNaN: true }).map((value) => (Number.isFinite(value) ? shortestFloat(value) : String(value))), fc.constant('NaN')),
};
const TYPES = Object.keys(CELLS);

const tables: fc.Arbitrary<Table> = fc
  .array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 })
  .chain((types) => {
    const columns = types.map((type, i) => ({ name: ['a', 'B "b"', 'ç,c'][i]!, type }));
    const row = fc.tuple(...types.map((type) => fc.option(CELLS[type]!, { freq: 6 })));
    return fc.record({ columns: fc.constant(columns), rows: fc.array(row, { maxLength: 12 }) });
  });

function expressions(columns: Column[]): fc.Arbitrary<Expression> {
  const aggregate = fc.oneof(
    { weight: 1, arbitrary: fc.constant<Expression>({ kind: 'aggregate', fn: 'count', column: null }) },
    { weight: 9, arbitrary: fc.record({ kind: fc.constant('aggregate' as const), fn: fc.constantFrom(...AGGREGATES), column: fc.constantFrom(...columns.map(({ name }) => name)) }) },
  );
  const number = fc.constantFrom('0', '0.0', '0.50', '100', '.5', '1e3', '12345678901234567890', '0.12345678901234567890', '99999999999999999999999999999999999999').map((text): Expression => ({ kind: 'number', text }));
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      { weight: 3, arbitrary: aggregate },
      { weight: 1, arbitrary: number },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('negate' as const), operand: tie('tree') }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('binary' as const), operator: fc.constantFrom(...OPERATORS), left: tie('tree'), right: tie('tree') }) },
    ),
  }));
  return tree.filter((expression) => aggregatesOf(expression).length > 0);
}

async function settle<T>(step: () => T | Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await step() };
  } catch (error) {
    return { error };
  }
}

test('SQL and script agree to the last digit and bit, on any table and expression', async () => {
  let [values, overflows, nulls] = [0, 0, 0];
  const cases = tables.chain((table) => fc.tuple(fc.constant(table), fc.array(expressions(table.columns), { minLength: 1, maxLength: 4 })));
  await fc.assert(fc.asyncProperty(cases, ([table, list]) => withTable(table, async (name) => {
    for (const expression of list) {
      const sql = await settle(() => inSql(connection, expression, table.columns, name));
      const script = await settle(() => evaluateMetrics([expression], table.columns, table.rows)[0]!);
      if ('error' in sql) {
        assert.match(String(sql.error), /Out of Range|Conversion Error/);
        // Script may find NULL on one side first, where SQL fails on the other.
        const refused = 'error' in script ? script.error instanceof DaybookError && script.error.code === 'metric-failed' : script.value === null;
        assert.ok(refused, metricSql(expression, table.columns));
        overflows += 1;
        continue;
      }
      assert.equal(sql.value.type, typeText(resultType(expression, table.columns)));
      if ('error' in script) throw script.error;
      assert.equal(script.value, sql.value.value, metricSql(expression, table.columns));
      values += 1;
      if (script.value === null) nulls += 1;
    }
  })), { seed: 20010630, numRuns: 300 });
  assert.ok(values > 500 && overflows >= 5 && nulls > 20, `too little was compared: ${values} values, ${overflows} overflows, ${nulls} NULLs`);
});

test('groups in one pass are what GROUP BY gives, whatever the order of the rows', async () => {
  const metrics = ['sum(x)', 'mean(x)', 'sum(n) / sum(x)', 'max(d) - min(d)', 'count_distinct(n) + count()'].map(parseMetric);
  const columns: Column[] = [{ name: 'g', type: 'VARCHAR' }, { name: 'x', type: 'DOUBLE' }, { name: 'n', type: 'BIGINT' }, { name: 'd', type: 'DECIMAL(9,2)' }];
  const row = fc.tuple(fc.constantFrom('p', 'q', 'r'), fc.option(finiteDouble), fc.option(CELLS['INTEGER']!), fc.option(decimal(9, 2)));
  await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => withTable({ columns, rows }, async (name) => {
    const sql = metrics.map((metric) => metricSql(metric, columns)).join(', ');
    const reader = await connection.runAndReadAll(`SELECT g, ${sql} FROM ${name} GROUP BY g ORDER BY g`);
    const expected = reader.getRows().map((cells) => cells.map((cell) => (cell === null ? null : String(cell))));
    for (const order of [rows, rows.toReversed()]) {
      const groups = evaluateBy(metrics, columns, order, ([group]) => group ?? null);
      assert.deepEqual([...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, values]) => [key, ...values]), expected);
    }
  })), { seed: 2, numRuns: 60 });
});

test('count_distinct agrees on kinds whose equal values can differ in text', async () => {
  const reader = await connection.runAndReadAll(`SELECT ${[
    ['INTERVAL', `'1 month'`, `'30 days'`, `'1 month'`],
    ['TIME WITH TIME ZONE', `'12:00:00+00'`, `'13:00:00+01'`, `'12:00:00+00'`],
    ['VARCHAR', `'a'`, `'A'`, `'a'`],
    ['BOOLEAN', 'true', 'false', 'true'],
    ['INTEGER[]', '[1]', '[1, 2]', '[1]'],
  ].map(([type, ...values]) => {
    const sql = metricSql(parseMetric('count_distinct(v)'), [{ name: 'v', type: type! }]);
    return `(SELECT ${sql} FROM (VALUES ${values.map((value) => `(CAST(${value} AS ${type}))`).join(', ')}) AS t(v))`;
  }).join(', ')}`);
  assert.deepEqual(reader.getRows()[0], [2n, 2n, 2n, 2n, 2n]);
});

test('every type that DuckDB knows has a kind', async () => {
  const reader = await connection.runAndReadAll('SELECT DISTINCT logical_type FROM duckdb_types()');
  const generic: Record<string, string> = { LIST: 'INTEGER[]', ARRAY: 'INTEGER[3]', NULL: '"NULL"', STRUCT: 'STRUCT("a b" INTEGER)', MAP: 'MAP(VARCHAR, INTEGER)', UNION: 'UNION(a INTEGER)', ENUM: "ENUM('a', 'b')", DECIMAL: 'DECIMAL(18,3)' };
  const names = reader.getRows().map(([name]) => String(name));
  assert.ok(names.length > 30);
  assert.deepEqual(names.filter((name) => kindOf(generic[name] ?? name) === 'other'), []);
});

test('sums of more rows than the engine takes at once agree to the last bit', async () => {
  const columns: Column[] = [{ name: 'same', type: 'DOUBLE' }, { name: 'mixed', type: 'DOUBLE' }];
  const rows = Array.from({ length: 9000 }, (_, i) => ['0.1', String(Math.sin(i) * 10 ** ((i % 31) - 15))]);
  await withTable({ columns, rows }, async (name) => {
    for (const text of ['sum(same)', 'mean(same)', 'sum(mixed)', 'mean(mixed)']) {
      const { value } = await inSql(connection, parseMetric(text), columns, name);
      assert.equal(evaluateMetrics([parseMetric(text)], columns, rows)[0], value, text);
    }
  });
});

test('the longest expressions that are parsed are within the limits of the engine', async () => {
  const columns: Column[] = [{ name: 'a', type: 'DECIMAL(4,2)' }];
  await withTable({ columns, rows: [['1.50']] }, async (name) => {
    for (const text of ['('.repeat(246) + 'sum(a)' + ')'.repeat(246), '-'.repeat(494) + 'sum(a)', '1+'.repeat(247) + 'sum(a)', '.1+'.repeat(164) + 'sum(a)', 'sum(a)' + '/1'.repeat(247), '1/('.repeat(123) + 'sum(a)' + ')'.repeat(123)]) {
      const expression = parseMetric(text);
      const { value } = await inSql(connection, expression, columns, name);
      assert.equal(evaluateMetrics([expression], columns, [['1.50']])[0], value, text);
    }
  });
});
