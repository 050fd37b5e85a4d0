import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seriesDifferences, type SideSeries } from '../../src/analysis/metric-series.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Metric } from '../../src/report/report.ts';

const COLUMNS = [{ name: 'day', type: 'DATE' }, { name: 'n', type: 'BIGINT' }];
const TIME = { column: 'day', period: 'day' } as const;

function side(value: string, rows: (readonly [number, number])[], last: number | null = null): SideSeries {
  const metric: Metric = { name: 'n', label: 'N', value, expression: parseMetric(value), format: ',d' };
  return { report: { metrics: [metric], time: TIME }, columns: COLUMNS, metrics: [{ name: 'n', type: 'HUGEINT', value: '0', period: last === null ? null : dayOf(last) }], rows: rows.map(([day, n]) => [dayOf(day), String(n)]) };
}

const dayOf = (day: number): string => `2026-01-${String(day).padStart(2, '0')}`;

test('periods that differ are counted, and the one that differs most is told', () => {
  const rows = [[1, 4], [1, 6], [2, 30], [2, 10], [3, 7]] as const;
  assert.deepEqual(seriesDifferences(side('sum(n)', [...rows]), side('max(n)', [...rows])).get('n'), { periods: 3, differing: 2, most: { period: dayOf(1), before: '10', after: '6', ratio: -0.4 } });
  assert.equal(seriesDifferences(side('sum(n)', [...rows]), side('sum( n )', [...rows])).size, 0);
  // What is gone has no share, and weighs most; periods after the headline's are not complete.
  assert.deepEqual(seriesDifferences(side('sum(n)', [[1, 1], [2, 5], [3, 9]], 2), side('sum(n)', [[2, 500], [3, 1]], 2)).get('n'), { periods: 2, differing: 2, most: { period: dayOf(1), before: '1', after: null, ratio: null } });
  assert.equal(seriesDifferences({ ...side('sum(n)', [[1, 1]]), report: { metrics: [], time: undefined } }, side('sum(n)', [[1, 2]])).size, 0);
});

test('as a naive count by period has it', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 3 })), { maxLength: 20 });
  fc.assert(fc.property(rows, rows, (before, after) => {
    const sums = (own: (readonly [number, number])[]): Map<number, number> => own.reduce((sum, [day, n]) => sum.set(day, (sum.get(day) ?? 0) + n), new Map<number, number>());
    const [old, now] = [sums(before), sums(after)];
    const days = new Set([...old.keys(), ...now.keys()]);
    const apart = [...days].filter((day) => old.get(day) !== now.get(day));
    const found = seriesDifferences(side('sum(n)', before), side('sum(n)', after)).get('n');
    assert.deepEqual([found?.differing ?? 0, found?.periods ?? days.size], [apart.length, days.size]);
  }));
});
