import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnDistribution } from '../../src/analysis/comparison/distribution.ts';
import { changedRowsBody } from '../../src/present/review/rows.ts';
import type { ReportReview } from '../../src/analysis/review/review.ts';
import { toldColumns, toldValues } from '../../src/present/review/page.ts';

test('of a column whose values are all different, ten of them are not called the most frequent', () => {
  const side = (distinct: number) => ({ distinct }) as ColumnDistribution['base'];
  const once = [{ value: 'a', base: 1, head: 1 }, { value: 'b', base: 1, head: 1 }];
  const shown = (base: number | null, head: number | null, top: ColumnDistribution['top']): number => toldValues({ base: base === null ? null : side(base), head: head === null ? null : side(head), top, histogram: null } as ColumnDistribution).length;
  assert.deepEqual([shown(900, 900, once), shown(null, 900, once.map((one) => ({ ...one, base: 0 })))], [0, 0]);
  assert.deepEqual([shown(2, 2, once), shown(900, 900, [{ ...once[0]!, head: 2 }]), shown(900, 900, [{ ...once[0]!, base: 0 }])], [2, 1, 1], 'all of few, one that is there twice, one that came');
});

test('of many different numbers, which have a histogram, those alone are told that many rows have', () => {
  const side = (rows: number, distinct: number) => ({ rows, distinct }) as ColumnDistribution['base'];
  const top = [{ value: '0', base: 60, head: 20 }, { value: '-999', base: 0, head: 50 }, { value: '31', base: 3, head: 2 }, { value: '7', base: 1, head: 1 }];
  const told = (distinct: number, rows = 1_000): (string | null)[] => toldValues({ base: side(rows, distinct), head: side(rows, distinct), top, histogram: { edges: [], base: [], head: [] } } as unknown as ColumnDistribution).map(({ value }) => value);
  assert.deepEqual([told(400), told(20).length, told(400, 5_000)], [['0', '-999'], 4, []]);
});

test('columns that differ come first, what identifies rows after them, and those that only have other rows last, which is said', () => {
  const side = (max: string) => ({ rows: 2, nulls: 0, distinct: 2, min: '1', max, sum: null, mean: null, quantiles: null });
  const column = (name: string, max: string): ColumnDistribution => ({ name, type: 'VARCHAR', base: side('2'), head: side(max), largestDifference: null, top: [{ value: max, base: 1, head: max === '2' ? 1 : 2 }], histogram: null });
  const told = (removed: number, changed: number | null): [string, string, boolean][] => {
    const columns = ['until', 'species', 'strikes'].map((name) => ({ name, changed: name === 'species' ? null : name === 'strikes' ? changed : changed && 0 }));
    const comparison = { kind: 'different', rows: { base: 2, removed }, key: { columns: ['species'] }, columns } as unknown as ReportReview['comparison'];
    return toldColumns({ base: {}, comparison, distributions: [column('until', '2'), column('species', '3'), column('strikes', '4')] } as unknown as ReportReview).map(({ column: { name }, words, differs }) => [name, words, differs]);
  };
  assert.deepEqual(told(0, 2), [['strikes', '2 of 2 differ', true], ['species', '', true], ['until', 'as before in the 2 rows that both have', false]]);
  assert.deepEqual(told(2, 0), [['strikes', '', true], ['species', '', true], ['until', 'distributed as before', false]], 'no row is on both sides');
  assert.deepEqual(told(0, null), [['strikes', '', true], ['species', '', true], ['until', 'distributed as before', false]], 'rows were not matched');
  assert.deepEqual(toldColumns({ base: null, comparison: null, distributions: [column('until', '2')] }).map(({ words, differs }) => [words, differs]), [['', true]]);
});

test('a date in a row that has come or gone stays on one line', () => {
  const body = changedRowsBody({ key: 1, rows: [{ kind: 'added', cells: ['AMERICAN CROW', '2002-06-30', '2002-06-30 to 2002-07-31'] }] } as unknown as Parameters<typeof changedRowsBody>[0]);
  assert.equal(body, '<tr class="added"><td>added</td><th scope="row" dir="auto">AMERICAN CROW</th><td class="date">2002-06-30</td><td dir="auto">2002-06-30 to 2002-07-31</td></tr>');
});
