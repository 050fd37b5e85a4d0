import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { seriesDifferences, type SideSeries } from '../../src/analysis/comparison/metric-series.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Metric } from '../../src/report/report.ts';
import { encodeCsv } from '../../src/snapshot/csv.ts';
import { openEngine } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

const COLUMNS = [{ name: 'day', type: 'DATE' }, { name: 'n', type: 'BIGINT' }];
const TIME = { column: 'day', period: 'day' } as const;

function side(value: string, rows: (readonly [number, number])[], last: number | null = null): SideSeries {
  const metric: Metric = { name: 'n', label: 'N', value, expression: parseMetric(value), format: ',d' };
  return { report: { metrics: [metric], time: TIME }, columns: COLUMNS, metrics: [{ name: 'n', type: 'HUGEINT', value: '0', period: last === null ? null : dayOf(last) }], csv: encodeCsv(['day', 'n'], rows.map(([day, n]) => [dayOf(day), String(n)])) };
}

const dayOf = (day: number): string => `2026-01-${String(day).padStart(2, '0')}`;

test('periods that differ are counted, and the one that differs most is told', async () => {
  const rows = [[1, 4], [1, 6], [2, 30], [2, 10], [3, 7]] as const;
  assert.deepEqual((await seriesDifferences(side('sum(n)', [...rows]), side('max(n)', [...rows]), engine)).get('n'), { periods: 3, differing: 2, most: { period: dayOf(1), before: '10', after: '6', ratio: -0.4 } });
  assert.equal((await seriesDifferences(side('sum(n)', [...rows]), side('sum( n )', [...rows]), engine)).size, 0);
  // What is gone has no share, and weighs most; periods after the headline's are not complete.
  assert.deepEqual((await seriesDifferences(side('sum(n)', [[1, 1], [2, 5], [3, 9]], 2), side('sum(n)', [[2, 500], [3, 1]], 2), engine)).get('n'), { periods: 2, differing: 2, most: { period: dayOf(1), before: '1', after: null, ratio: null } });
  assert.equal((await seriesDifferences({ ...side('sum(n)', [[1, 1]]), report: { metrics: [], time: undefined } }, side('sum(n)', [[1, 2]]), engine)).size, 0);
});

test('as a naive count by period has it', async () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 3 })), { maxLength: 20 });
  await fc.assert(fc.asyncProperty(rows, rows, async (before, after) => {
    const sums = (own: (readonly [number, number])[]): Map<number, number> => own.reduce((sum, [day, n]) => sum.set(day, (sum.get(day) ?? 0) + n), new Map<number, number>());
    const [old, now] = [sums(before), sums(after)];
    const days = new Set([...old.keys(), ...now.keys()]);
    const apart = [...days].filter((day) => old.get(day) !== now.get(day));
    const found = (await seriesDifferences(side('sum(n)', before), side('sum(n)', after), engine)).get('n');
    assert.deepEqual([found?.differing ?? 0, found?.periods ?? days.size], [apart.length, days.size]);
  }), { numRuns: 60 });
});
