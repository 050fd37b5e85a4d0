import { DuckDBInstance } from '@duckdb/node-api';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { readFunctions } from '../../src/run/functions.ts';
import { createMacros, type Macros } from '../../src/run/macros.ts';

/** Macros of one file, and how often the engine was asked for all its functions meanwhile, which takes it 10 ms. */
async function created(t: TestContext, sql: string): Promise<Macros & { asked: number; names: unknown[] }> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  t.after(() => { connection.closeSync(); instance.closeSync(); });
  const functions = await readFunctions(connection);
  let asked = 0;
  const counting = new Proxy(connection, {
    get: (target, name): unknown => {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== 'function') return own;
      return (...given: unknown[]): unknown => {
        if (String(given[0]).includes('duckdb_functions()')) asked += 1;
        return Reflect.apply(own, target, given);
      };
    },
  });
  const macros = await createMacros(counting, [{ file: 'queries/macros/all.sql', sql }], functions, []);
  const names = (await connection.runAndReadAll('SELECT DISTINCT function_name FROM duckdb_functions() WHERE NOT internal ORDER BY ALL')).getRows().map(([name]) => name);
  return { ...macros, asked, names };
}

const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `create macro m${String(index).padStart(3, '0')}(x) as x + ${index};`);

test('macros are looked at together, so that a hundred cost no more than one', async (t) => {
  const { asked, names, brokenMacros } = await created(t, many(100).join('\n'));
  assert.deepEqual([asked, names.length, brokenMacros.size], [1, 100, 0]);
});

test('one that is wrong is found by halves, and the others are there', async (t) => {
  const sql = many(100).with(37, 'create macro wrong(x) as now();').with(70, 'create macro early(x) as m099(x);');
  const { asked, names, brokenMacros } = await created(t, sql.join('\n'));
  assert.deepEqual([names.length, [...brokenMacros.keys()]], [99, ['wrong']]);
  assert.ok(names.includes('early') && !names.includes('wrong'));
  assert.ok(asked <= 24, `${asked} times`);
});

test('macros for FROM are known to those beside them, and of two of a name the second is refused', async (t) => {
  const { tableMacros, brokenMacros, names } = await created(t, 'create macro rows_of(n) as table select range as i from range(n);\ncreate macro twice_of(n) as table from rows_of(n * 2);\ncreate macro one() as 1;\ncreate macro one() as 2;');
  assert.deepEqual([[...tableMacros], [...brokenMacros.keys()], names], [['rows_of', 'twice_of'], ['one'], ['one', 'rows_of', 'twice_of']]);
});
