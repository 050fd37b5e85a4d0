import assert from 'node:assert/strict';
import { test } from 'node:test';
import { named } from '../../scripts/new/options.ts';
import { DaybookError } from '../../src/error.ts';

test('a file and an id stand in any order; a compressed file is a file too', () => {
  assert.deepEqual(named(['sales/late', 'late.sql'], {}), { id: 'sales/late', options: { sql: 'late.sql' } });
  for (const file of ['data/orders.csv', 'data/orders.csv.gz', 'data/ORDERS.NDJSON.GZ', 'data/orders.json.gz']) assert.deepEqual(named([file, 'orders'], {}), { id: 'orders', options: { data: [file] } });
});

test('a file that is neither SQL nor data is told so, with what to save it as', () => {
  const cases: [string, RegExp][] = [
    ['data/plan.xlsx', /^data\/plan\.xlsx: this is neither SQL nor data that Daybook reads\n.*Save it as CSV UTF-8/],
    ['plan.XLS', /Save it as CSV UTF-8/], ['plan.ods', /Save it as CSV UTF-8/],
    ['data/shop.duckdb', /COPY \(SELECT …\) TO 'data\/orders\.parquet'/], ['shop.sqlite', /COPY/], ['shop.db', /COPY/],
    ['notes.docx', /\.sql, \.csv, \.tsv, \.parquet, \.json, \.ndjson or \.jsonl/], ['data/orders.parquet.gz', /\.sql, \.csv/], ['report.yml', /\.sql, \.csv/],
  ];
  for (const [file, said] of cases) {
    assert.throws(() => named(['sales/plan', file], {}), (error: unknown) => {
      assert.ok(error instanceof DaybookError && error.code === 'wrong-use');
      assert.match(`${error.place.file}: ${error.message}\n${error.remedy}`, said);
      return true;
    }, file);
  }
});
