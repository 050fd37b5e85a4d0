import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { PERIODS } from '../../src/report/schema.ts';
import { periodOf, sqlPeriod } from '../../src/snapshot/period.ts';

const connection = await (await DuckDBInstance.create(':memory:')).connect();
await connection.run(`SET TimeZone = 'UTC'`);

async function inSql(cells: string[], type: string): Promise<unknown[][]> {
  const values = cells.map((cell) => `(CAST('${cell}' AS ${type}))`).join(', ');
  const starts = PERIODS.map((period) => sqlPeriod('c', period)).join(', ');
  return (await connection.runAndReadAll(`SELECT ${starts} FROM (VALUES ${values}) AS t(c)`)).getRows();
}

test('SQL gives the periods that script gives', async () => {
  const instant = fc.integer({ min: Date.parse('0001-01-01'), max: Date.parse('9999-12-31T23:59:59Z') }).map((time) => new Date(time).toISOString());
  const cells = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2000-02-29T12:00:00Z', ...fc.sample(instant, { seed: 7, numRuns: 400 })];
  for (const [type, length] of [['TIMESTAMP', 24], ['TIMESTAMP WITH TIME ZONE', 24], ['TIMESTAMP_S', 19], ['TIMESTAMP_MS', 24], ['DATE', 10]] as const) {
    const kept = cells.map((cell) => cell.slice(0, length));
    const expected = kept.map((cell) => PERIODS.map((period) => periodOf(cell, period)));
    assert.deepEqual(await inSql(kept, type), expected, type);
  }
});

test('what is no date in the years 1 to 9999 has no period', async () => {
  const none = PERIODS.map(() => null);
  for (const [cell, type] of [['infinity', 'DATE'], ['-infinity', 'TIMESTAMP'], ['0044-03-15 (BC)', 'DATE'], ['10000-01-01', 'TIMESTAMP'], ['5000000-01-01', 'DATE']] as const) {
    assert.deepEqual(await inSql([cell], type), [none], cell);
    assert.equal(periodOf(cell, 'day'), null);
  }
});
