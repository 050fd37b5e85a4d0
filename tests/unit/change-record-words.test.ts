import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeRecordWords, restatedRowWords, restatedValueWords, type ChangeNames } from '../../src/present/change-record.ts';
import type { ChangeRecord, RestatedRecord } from '../../src/snapshot/records.ts';

const names: ChangeNames = { metrics: new Map([['on_time', { label: 'On time', format: '.1%' }], ['delay', { label: 'Delay', format: '.1f', unit: 'min' }]]), key: ['date', 'origin'] };
const on_time = { name: 'on_time', period: '2001-06-03', before: '0.812', after: '0.809' };
const restated: RestatedRecord = { periods: { from: '2001-06-03', to: '2001-06-03' }, rows: { added: 0, removed: 1, modified: 2 }, metrics: 1, first_rows: [], first_metrics: [on_time] };
const record = (rows: Partial<ChangeRecord['rows']>, more: Partial<ChangeRecord> = {}): ChangeRecord =>
  ({ report: 'a', as_of: '2001-06-04', version: 1, base: 'a@2001-06-03.v1', rows: { entered: 0, modified: 0, deleted: 0, left: 0, ...rows }, restated: null, ...more });

test('a record of changes is one line', () => {
  const cases: [ChangeRecord, string][] = [
    [record({ entered: 1_240 }, { base: null }), '1,240 rows entered: the first snapshot'],
    [record({}), 'no row changed'],
    [record({ entered: 1 }), '1 row entered'],
    [record({ entered: 12, left: 11 }), '12 rows entered, 11 left the window'],
    [record({ entered: 12, modified: 2, deleted: 1 }, { restated }), '12 rows entered, 2 modified, 1 deleted; restated: 3 rows of 2001-06-03, On time of 2001-06-03: 81.2% → 80.9%'],
    [record({ modified: 1 }, { restated: { ...restated, periods: { from: '2001-05-05', to: '2001-06-03' }, rows: { added: 0, removed: 0, modified: 1 }, metrics: 3 } }), '1 row modified; restated: 1 row of 2001-05-05 to 2001-06-03, On time of 2001-06-03: 81.2% → 80.9% and 2 numbers more'],
    [record({}, { restated: { ...restated, rows: { added: 0, removed: 0, modified: 0 } } }), 'no row changed; restated: On time of 2001-06-03: 81.2% → 80.9%'],
    [record({ modified: 1 }, { restated: { ...restated, periods: null, metrics: 0, first_metrics: [] } }), '1 row modified; restated: 3 rows'],
  ];
  for (const [one, words] of cases) assert.equal(changeRecordWords(one, names), words);
  assert.equal(changeRecordWords(cases[4]![0], { period: () => '3 June' }), '12 rows entered, 2 modified, 1 deleted; restated: 3 rows of 3 June, on_time of 3 June: 0.812 → 0.809', 'without a definition, names and texts stand');
});

test('a restated row is told by its key, in the report’s order', () => {
  const modified = { kind: 'modified' as const, key: { date: '2001-06-03', origin: 'SEA' }, cells: [{ column: 'flights', before: '512', after: '518' }, { column: 'note', before: null, after: '' }] };
  assert.equal(restatedRowWords(modified), '2001-06-03 SEA flights: 512 → 518, note: no value → empty text');
  assert.equal(restatedRowWords(modified, { key: ['origin', 'date'] }), 'SEA 2001-06-03 flights: 512 → 518, note: no value → empty text');
  const row = { date: '2001-06-03', flights: '512', origin: 'SEA' };
  assert.equal(restatedRowWords({ kind: 'removed', row }, names), '2001-06-03 SEA removed: flights: 512');
  assert.equal(restatedRowWords({ kind: 'added', row }), 'added: date: 2001-06-03, flights: 512, origin: SEA');
});

test('a restated number is told apart from what it was, however it is rounded', () => {
  assert.equal(restatedValueWords(on_time, names), 'On time of 2001-06-03: 81.2% → 80.9%');
  assert.equal(restatedValueWords({ ...on_time, after: '0.81201' }, names), 'On time of 2001-06-03: 0.812 → 0.81201');
  assert.equal(restatedValueWords({ name: 'delay', period: null, before: '7.24', after: null }, names), 'Delay: 7.2\u00a0min → no value');
  assert.equal(restatedValueWords({ name: 'gone', period: null, before: null, after: '1' }, names), 'gone: no value → 1');
});
