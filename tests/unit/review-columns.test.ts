import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnDistribution } from '../../src/analysis/comparison/distribution.ts';
import { toldValues } from '../../src/present/review/page.ts';

test('of a column whose values are all different, ten of them are not called the most frequent', () => {
  const side = (distinct: number) => ({ distinct }) as ColumnDistribution['base'];
  const once = [{ value: 'a', base: 1, head: 1 }, { value: 'b', base: 1, head: 1 }];
  const shown = (base: number | null, head: number | null, top: ColumnDistribution['top']): number => toldValues({ base: base === null ? null : side(base), head: head === null ? null : side(head), top } as ColumnDistribution).length;
  assert.deepEqual([shown(900, 900, once), shown(null, 900, once.map((one) => ({ ...one, base: 0 })))], [0, 0]);
  assert.deepEqual([shown(2, 2, once), shown(900, 900, [{ ...once[0]!, head: 2 }]), shown(900, 900, [{ ...once[0]!, base: 0 }])], [2, 1, 1], 'all of few, one that is there twice, one that came');
});
