import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareKept, type KeptResult } from '../../src/analysis/comparison/kept.ts';
import { comparisonTables, type ComparisonTables, type ReviewedMetrics } from '../../src/present/comparison/tables.ts';
import { dataDigest, type Manifest, type MetricValue } from '../../src/snapshot/manifest.ts';
import { resultOf, type Table } from './compare-fixture.ts';

const names = new Map([['flights', { label: 'Flights', format: ',.2f' }], ['share', { label: 'Share', format: '.1%' }]]);
const metric = (name: string, value: string | null): MetricValue => ({ name, value, type: 'DECIMAL(18,2)', period: null });

function tables(base: Table, head: Table, limit: number | null = null, reviewed?: ReviewedMetrics): ComparisonTables {
  const kept = (table: Table, version: number): KeptResult => {
    const { result, csv, report, asOf } = resultOf(table, 'x');
    return { manifest: { report, as_of: asOf, version, data: dataDigest(result), ...result } as unknown as Manifest, csv };
  };
  return comparisonTables(compareKept(kept(base, 1), kept(head, 2), head.key ?? [], limit), names, reviewed);
}

const texts = ({ tables: all }: ComparisonTables, title: string): string[][] | undefined => all.find((table) => table.title === title)?.rows.map((row) => row.map(({ text }) => text));
const columns = ['day DATE', 'who VARCHAR', 'n BIGINT'];
const before: Table = { columns, key: ['day', 'who'], rows: [['2001-06-03', 'SEA', '512'], ['2001-06-03', '<b>', '1'], ['2001-06-04', '', null], ['2001-06-05', 'x', '5']], metrics: [metric('flights', '1234567890.12'), metric('share', '0.5'), metric('gone', '1'), metric('none', null)] };
const after: Table = { columns, key: ['day', 'who'], rows: [['2001-06-03', 'SEA', '518'], ['2001-06-03', '<b>', null], ['2001-06-05', 'x', '5'], ['2001-06-06', 'y', '6']], metrics: [metric('flights', '1234567899.5'), metric('share', '0.52'), metric('new', '2'), metric('none', '3')] };

test('metrics, the sum of the rows, and each changed cell with its key', () => {
  const found = tables(before, after);
  assert.deepEqual(texts(found, 'Metrics'), [
    ['Share', '50.0%', '52.0%', 'up 2.0 points'], ['Flights', '1,234,567,890.12', '1,234,567,899.50', 'up 9.38 (less than 0.1%)'],
    ['new', 'no value', '2', 'new'], ['none', 'no value', '3', 'incomparable'], ['gone', '1', 'no value', 'removed'],
  ]);
  assert.deepEqual(found.notes, [
    { title: 'Rows', lines: ['4 before − 1 removed + 1 added = 4 after; of the 3 in both, 2 changed and 1 is the same', 'matched by day, who'] },
    { title: 'Columns', lines: ['n: 2 changed of 3'] },
  ]);
  assert.deepEqual(found.tables.find(({ title }) => title === 'Rows changed')!.head, ['day', 'who', 'Column', 'Before', 'After']);
  assert.deepEqual(texts(found, 'Rows changed'), [['2001-06-03', '<b>', 'n', '1', 'no value'], ['2001-06-03', 'SEA', 'n', '512', '518']]);
  assert.deepEqual([texts(found, 'Rows added'), texts(found, 'Rows removed')], [[['2001-06-06', 'y', '6']], [['2001-06-04', 'empty text', 'no value']]]);
  assert.equal(found.tables.find(({ title }) => title === 'Rows removed')!.rows[0]![1]!.missing, true);
});

test('in a review a metric whose headline is the same is not called so without what its periods do', () => {
  const [, share] = before.metrics!;
  const same: ReviewedMetrics = { metrics: [{ name: 'share', before: share!, after: share!, change: { kind: 'same' } }], more: (name) => (name === 'share' ? '3 of 9 periods differ' : '') };
  assert.deepEqual(texts(tables(before, after, null, same), 'Metrics'), [['Share', '50.0%', '50.0%', 'the same; 3 of 9 periods differ']]);
});

test('what is not listed is counted; long texts are cut to where they differ; rows of a multiset say how often', () => {
  assert.deepEqual(tables(before, after, 1).tables.map(({ title, more }) => [title, more]), [['Metrics', null], ['Rows changed', 'The first 1 of 2 rows.'], ['Rows added', null], ['Rows removed', null]]);
  const long = (end: string): Table => ({ columns: ['k BIGINT', 't VARCHAR'], key: ['k'], rows: [['1', `${'x'.repeat(2_000)}${end}`]] });
  const [[, , from, to]] = texts(tables(long('a'), long('b')), 'Rows changed') as [string[]];
  assert.deepEqual([from!.length, from!.slice(-2), to!.slice(-2), from!.startsWith('…x')], [102, 'xa', 'xb', true]);
  const many = tables({ columns: ['t VARCHAR'], rows: [['a']] }, { columns: ['t VARCHAR'], rows: [['a'], ['b'], ['b']] });
  assert.deepEqual([many.notes[0]!.lines[0], texts(many, 'Rows added')], ['1 before − 0 removed + 2 added = 3 after; 1 is the same', [['b', '2']]]);
});

test('equal and incomparable are said, and have no tables of rows', () => {
  const same = tables(before, before);
  assert.deepEqual([same.kind, same.verdict.startsWith('Equal: '), same.tables.map(({ title }) => title)], ['equal', true, ['Metrics']]);
  assert.deepEqual(tables(before, { columns: ['other DATE'], rows: [] }), { kind: 'incomparable', verdict: 'Incomparable: team/report@2026-01-07.v1 and team/report@2026-01-07.v2 have no column in common.', notes: [], tables: [] });
});
