import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backtestPoint, type Replayed } from '../../src/analysis/review/backtest.ts';
import { backtestGates } from '../../src/analysis/gate/backtest.ts';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { backtestSection } from '../../src/present/review/backtest.ts';
import { reviewSchema } from '../../src/report/schema.ts';
import { metric, reportOf } from './review-fixture.ts';

test('the rounding of doubles is no other number at an as-of of the past, nor is another type', () => {
  const ran = (value: string, type: string): Replayed => ({ kind: 'result', metrics: [{ ...metric('orders', value), type }], checks: [] });
  const pointOf = (published: string, base: Replayed, head: Replayed) => backtestPoint('2026-01-05', { snapshot: 'sales/orders@2026-01-05.v1', metrics: [{ ...metric('orders', published), type: 'DOUBLE' }] }, base, head, { base: [], head: [] });
  const rounded = pointOf('0.3', ran('0.30000000000000004', 'DOUBLE'), ran('0.3000000000000001', 'DOUBLE'));
  assert.deepEqual(rounded.metrics, [{ name: 'orders', type: 'DOUBLE', published: '0.3', base: '0.3', head: '0.3' }]);
  const retyped = pointOf('100', ran('100', 'HUGEINT'), ran('100.00', 'DECIMAL(38,2)'));
  assert.deepEqual(retyped.metrics, [{ name: 'orders', type: 'DECIMAL(38,2)', published: '100', base: '100', head: '100' }]);
  assert.deepEqual(pointOf('0.3', ran('0.3', 'DOUBLE'), ran('0.31', 'DOUBLE')).metrics[0]!.head, '0.31');
  const backtest = { asked: 2, points: [rounded, retyped], unreachable: [] };
  assert.deepEqual(backtestGates(backtest, effectivePolicy(reviewSchema.parse({}))).map(({ status, actual }) => `${status} ${actual}`), ['pass none at 2 of 2 as-ofs']);
  assert.match(JSON.stringify(backtestSection(reportOf({ backtest }))), /every number is the same/);
});

test('a number that the definition before did not make is held against the published one', () => {
  const ran = (value: string, type = 'DECIMAL(38,2)'): Replayed => ({ kind: 'result', metrics: [{ ...metric('orders', value), type }], checks: [] });
  const pointOf = (asOf: string, base: Replayed, head: Replayed) => backtestPoint(asOf, { snapshot: `sales/orders@${asOf}.v1`, metrics: [{ ...metric('orders', '100'), type: 'HUGEINT' }] }, base, head, { base: [], head: [] });
  const failed: Replayed = { kind: 'failed', code: 'check-failed' };
  const restored = [pointOf('2026-01-05', failed, ran('100.00')), pointOf('2026-01-06', ran('90.00'), ran('100.00'))];
  assert.deepEqual(restored.map(({ metrics }) => metrics[0]!.head), ['100', '100']);
  const backtest = { asked: 3, points: [...restored, pointOf('2026-01-07', failed, ran('120.00'))], unreachable: [] };
  assert.deepEqual(backtestGates(backtest, effectivePolicy(reviewSchema.parse({}))).map(({ status, actual }) => `${status} ${actual}`), ['fail another number at 1 of 3 past as-ofs: 2026-01-07']);
  const table = backtestSection(reportOf({ backtest })).blocks.find(({ kind }) => kind === 'table');
  assert.deepEqual(JSON.parse(JSON.stringify(table)).rows.map((row: unknown) => JSON.stringify(row).replaceAll(/[^\w,.-]|data/g, '')), ['2026-01-07,orders,100,failed,120.00', '2026-01-06,orders,100,90.00,100']);
});
