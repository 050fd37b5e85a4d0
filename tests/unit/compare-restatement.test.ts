import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restatementOf, type KeptRows, type Restatement } from '../../src/analysis/restatement.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Report } from '../../src/report/report.ts';
import type { Period } from '../../src/report/schema.ts';
import type { MetricValue } from '../../src/snapshot/manifest.ts';

type Cell = string | null;
type Definition = Pick<Report, 'key' | 'time' | 'metrics'>;

const metric = (name: string, value: string): Report['metrics'][number] => ({ name, label: name, value, format: ',d', expression: parseMetric(value) });
const daily: Definition = { key: ['day', 'region'], time: { column: 'day', period: 'day' }, metrics: [metric('orders', 'sum(orders)'), metric('share', 'sum(late) / sum(orders)')] };
const COLUMNS = ['day DATE', 'region VARCHAR', 'orders BIGINT', 'late BIGINT'];

/** A snapshot of which a restatement reads columns, rows, as-of and headline numbers. */
function kept(asOf: string, rows: Cell[][], more: { columns?: string[]; version?: number; metrics?: MetricValue[] } = {}): KeptRows {
  const columns = (more.columns ?? COLUMNS).map((text) => ({ name: text.split(' ')[0]!, type: text.slice(text.indexOf(' ') + 1) }));
  return { rows, manifest: { report: 'team/orders', as_of: asOf, version: more.version ?? 1, columns, metrics: more.metrics ?? [] } as unknown as KeptRows['manifest'] };
}

const day = (date: string, north: number, south: number): Cell[][] => [[date, 'north', String(north), '1'], [date, 'south', String(south), '2']];
const week = [...day('2026-01-05', 120, 80), ...day('2026-01-06', 131, 77), ...day('2026-01-07', 118, 92)];
const monday = kept('2026-01-07', week);
const told = (restatement: Restatement | null): unknown => restatement && { periods: restatement.periods, rows: [restatement.rows.added, restatement.rows.removed, restatement.rows.modified, restatement.rows.unchanged], metrics: restatement.metrics.map(({ name, period, before, after }) => [name, period, before?.value ?? null, after?.value ?? null]), left: restatement.left };

test('a day more is no restatement, and neither is a day that left the window', () => {
  assert.equal(restatementOf(monday, kept('2026-01-08', [...week, ...day('2026-01-08', 1, 2)]), daily, 5), null);
  assert.equal(restatementOf(monday, kept('2026-01-08', [...week.slice(2), ...day('2026-01-08', 1, 2)]), daily, 5), null);
  assert.equal(restatementOf(monday, kept('2026-01-07', [...day('2026-01-04', 9, 9), ...week], { version: 2 }), daily, 5), null);
  assert.equal(restatementOf(monday, monday, daily, 5), null);
});

test('a corrected row is told by key with before and after, and every metric of its period', () => {
  const rows = week.map((row) => (row[0] === '2026-01-06' && row[1] === 'south' ? ['2026-01-06', 'south', '79', '2'] : row));
  const found = restatementOf(monday, kept('2026-01-08', [...rows.slice(2), ...day('2026-01-08', 1, 2)]), daily, 5)!;
  assert.deepEqual(told(found), { periods: { from: '2026-01-06', to: '2026-01-07' }, rows: [0, 0, 1, 3], metrics: [['orders', '2026-01-06', '208', '210'], ['share', '2026-01-06', String(3 / 208), String(3 / 210)]], left: 2 });
  assert.deepEqual(found.samples.modified, { total: 1, columns: ['day', 'region'], rows: [{ key: ['2026-01-06', 'south'], changes: [{ column: 'orders', before: '77', after: '79' }] }] });
  assert.deepEqual(found.metrics[0]!.change, { kind: 'changed', difference: '2', ratio: 2 / 208 });
  assert.deepEqual([found.report, found.base, found.head], ['team/orders', 'team/orders@2026-01-07.v1', 'team/orders@2026-01-08.v1']);
});

test('late rows and lost rows of a published period count; a period without rows has no value', () => {
  const late = restatementOf(monday, kept('2026-01-08', [...week, ['2026-01-06', 'west', '5', '0']]), daily, 5);
  assert.deepEqual(told(late), { periods: { from: '2026-01-05', to: '2026-01-07' }, rows: [1, 0, 0, 6], metrics: [['orders', '2026-01-06', '208', '213'], ['share', '2026-01-06', String(3 / 208), String(3 / 213)]], left: 0 });
  const lost = restatementOf(monday, kept('2026-01-08', week.filter(([date]) => date !== '2026-01-06')), daily, 5)!;
  assert.deepEqual([lost.rows.removed, lost.metrics.map(({ name, after, change }) => [name, after, change.kind])], [2, [['orders', null, 'incomparable'], ['share', null, 'incomparable']]]);
});

test('more periods gone than time has passed are not a window that moved', () => {
  const found = restatementOf(monday, kept('2026-01-08', [...week.slice(4), ...day('2026-01-08', 1, 2)]), daily, 5)!;
  assert.deepEqual([found.periods, found.rows.removed, found.rows.unchanged, found.left], [{ from: '2026-01-05', to: '2026-01-07' }, 4, 2, 0]);
  assert.equal(restatementOf(monday, kept('2026-01-07', week.slice(2), { version: 2 }), daily, 5)!.rows.removed, 2);
  assert.equal(restatementOf(monday, kept('2026-01-09', [...week.slice(4), ...day('2026-01-09', 1, 2)]), daily, 5), null);
});

test('a period that was not complete when it was published may change', () => {
  const weekly: Definition = { ...daily, time: { column: 'day', period: 'week' } };
  const base = kept('2026-01-10', [['2026-01-04', 'north', '5', '0'], ['2026-01-09', 'north', '7', '0']]);
  assert.equal(restatementOf(base, kept('2026-01-11', [['2026-01-04', 'north', '5', '0'], ['2026-01-09', 'north', '8', '0'], ['2026-01-11', 'north', '3', '0']]), weekly, 5), null);
  const restated = restatementOf(base, kept('2026-01-11', [['2026-01-04', 'north', '6', '0'], ['2026-01-09', 'north', '8', '0']]), weekly, 5);
  assert.deepEqual(told(restated), { periods: { from: '2025-12-29', to: '2025-12-29' }, rows: [0, 0, 1, 0], metrics: [['orders', '2025-12-29', '5', '6']], left: 0 });
});

test('hours, months, quarters and years are periods too', () => {
  const cases: [Period, string, string, string][] = [
    ['hour', '2026-01-07T06:00Z', '2026-01-07T05:30:00Z', '2026-01-07T05:00:00Z'],
    ['month', '2026-02-01', '2026-01-15', '2026-01-01'], ['quarter', '2026-04-02', '2026-01-15', '2026-01-01'], ['year', '2027-01-01', '2026-01-15', '2026-01-01'],
  ];
  for (const [period, asOf, cell, start] of cases) {
    const columns = [`day ${period === 'hour' ? 'TIMESTAMP' : 'DATE'}`, ...COLUMNS.slice(1)];
    const side = (orders: string): KeptRows => kept(asOf, [[cell, 'north', orders, '0'], [null, 'none', orders, '0']], { columns });
    const found = restatementOf(side('1'), side('2'), { ...daily, time: { column: 'day', period } }, 5)!;
    assert.deepEqual([found.periods, found.rows.modified, found.metrics[0]!.period], [{ from: start, to: start }, 1, start], period);
  }
});

test('a headline counts as it was published, also where the definition has changed since', () => {
  const headline = (value: string): MetricValue[] => [{ name: 'orders', value, type: 'HUGEINT', period: '2026-01-07' }];
  const before = kept('2026-01-07', week, { metrics: headline('999') });
  const found = restatementOf(before, kept('2026-01-08', week), daily, 5);
  assert.deepEqual(told(found), { periods: { from: '2026-01-05', to: '2026-01-07' }, rows: [0, 0, 0, 6], metrics: [['orders', '2026-01-07', '999', '210']], left: 0 });
});

test('a column and its metric that are new restate nothing', () => {
  const wider = kept('2026-01-08', week.map((row) => [...row, '4']), { columns: [...COLUMNS, 'returns BIGINT'] });
  assert.equal(restatementOf(monday, wider, { ...daily, metrics: [...daily.metrics, metric('returns', 'sum(returns)')] }, 5), null);
});

test('without time, another version of the same as-of restates, and another as-of does not', () => {
  const definition: Definition = { key: ['region'], metrics: [metric('orders', 'sum(orders)')] };
  const value = (text: string): MetricValue[] => [{ name: 'orders', value: text, type: 'HUGEINT', period: null }];
  const side = (asOf: string, version: number, orders: string): KeptRows => kept(asOf, [[null, 'north', orders, '0']], { version, metrics: value(orders) });
  assert.equal(restatementOf(side('2026-01-07', 1, '1'), side('2026-01-08', 1, '2'), definition, 5), null);
  assert.deepEqual(told(restatementOf(side('2026-01-07', 1, '1'), side('2026-01-07', 2, '2'), definition, 5)), { periods: null, rows: [0, 0, 1, 0], metrics: [['orders', null, '1', '2']], left: 0 });
});

test('without a key, a corrected row is one removed and one added; doubles are compared within the tolerance', () => {
  const columns = ['day DATE', 'x DOUBLE'];
  const definition: Definition = { ...daily, key: [], metrics: [metric('x', 'sum(x)')] };
  const before = kept('2026-01-07', [['2026-01-06', '0.30000000000000004'], ['2026-01-06', '1']], { columns });
  assert.equal(restatementOf(before, kept('2026-01-08', [['2026-01-06', '0.3'], ['2026-01-06', '1']], { columns }), definition, 5), null);
  const found = restatementOf(before, kept('2026-01-08', [['2026-01-06', '0.3'], ['2026-01-06', '2']], { columns }), definition, 5)!;
  assert.deepEqual([found.rows.added, found.rows.removed, found.rows.unchanged], [1, 1, 1]);
});

test('samples are limited, and say how many there are', () => {
  const { samples, rows } = restatementOf(monday, kept('2026-01-08', week.map(([date = null, region = null]) => [date, region, '1', '1'])), daily, 2)!;
  assert.deepEqual([rows.modified, samples.modified.total, samples.modified.rows.length], [6, 6, 2]);
});
