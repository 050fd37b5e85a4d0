import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { withDateFormats } from '../../src/review/onboard/date-format.ts';
import { momentOf } from '../../src/review/onboard/moment.ts';
import { profileOf, type Ask } from '../../src/review/onboard/profile.ts';

test('what people write for days, weeks, months and quarters is a moment of time; what could be something else is none', async (t) => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  t.after(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const ask: Ask = async (sql) => {
    const reader = await connection.runAndReadAll(sql);
    const columns = reader.columnNames().map((name, index) => ({ name, type: String(reader.columnType(index)) }));
    return { columns, rows: reader.getRows().map((row) => row.map((cell) => (cell === null ? null : String(cell)))) };
  };
  const cases: [name: string, values: string, moments: string | null][] = [
    ['quarter', `'2019Q3', '2020Q1'`, '2019-09-30,2020-03-31'], ['quarter', `'Q4 2019', 'q2-2020'`, '2019-12-31,2020-06-30'], ['quarter', `'2019Q3', '2020Q5'`, null],
    ['year', `'2009-10', '2010-11', '2011-12'`, null], ['month', `'2009-10', '2009-11', '2011-12'`, '2009-10-01,2009-11-01,2011-12-01'], ['year', `'2011/12', '2012/13'`, null], ['year', `'FY2019', 'FY2020'`, null], ['month', `'Jan', 'Feb'`, null],
    ['week', `'2024-W01', '2024-W02'`, '2024-01-07,2024-01-14'], ['week', `'2020W53'`, '2021-01-03'],
    ['month', '202401, 202412', '2024-01-01,2024-12-01'], ['month', '202401, 202413', null], ['visits', '202401, 202412', null],
    ['date', '20240131, 20240229', '2024-01-31,2024-02-29'], ['date', '20240131, 20240230', null],
    ['ts', '1704067200, 1704153600', '2024-01-01 00:00:00,2024-01-02 00:00:00'], ['created_at', '1704067200500', '2024-01-01 00:00:00.5'], ['bytes', '1704067200', null],
    ['month', `'Jan-22', 'Dec-22'`, '2022-01-01,2022-12-01'], ['month', `'May 2022'`, '2022-05-01'], ['day', `'Jan 3, 2024', 'Feb 13, 2024'`, '2024-01-03,2024-02-13'],
    ['day', `'1/13/24', '2/3/24'`, '2024-01-13,2024-02-03'], ['day', `'1/2/24', '2/3/24'`, null], ['at', `'1/13/2024 9:05 PM'`, '2024-01-13 21:05:00'],
    ['paid_at', `'2024-01-13 21:05:00 -0500', '2024-01-14 02:05:00 +0100'`, '2024-01-14 02:05:00,2024-01-14 01:05:00'], ['created', `'31/Jan/24 9:15 AM'`, '2024-01-31 09:15:00'], ['time', `'10/Oct/2000:13:55:36 -0700'`, '2000-10-10 20:55:36'],
  ];
  for (const [name, values, moments] of cases) {
    const base = `SELECT unnest([${values}]) AS ${name}`;
    const moment = momentOf(await withDateFormats(ask, base, await profileOf(ask, base)), 'base_rows');
    const found = moment && (await ask(`WITH base_rows AS (${base}) SELECT string_agg(CAST(${moment.sql} AS VARCHAR), ',') AS found FROM base_rows`)).rows[0]![0];
    assert.equal(found, moments, `${name}: ${values}`);
  }
});
