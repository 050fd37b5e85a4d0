import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backtestGates } from '../../src/analysis/gate/backtest.ts';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { OUT_OF_TIME, type Backtest, type BacktestPoint } from '../../src/analysis/review/backtest.ts';
import { reviewSchema } from '../../src/report/schema.ts';

const point = (asOf: string, published: string | null, base: string | null, head: string | null, snapshot: string | null = 'sales/orders@x.v1'): BacktestPoint => ({ asOf, snapshot, metrics: [{ name: 'orders', type: 'HUGEINT', published, base, head }], alerts: { base: [], head: [] }, failed: { base: null, head: null } });
const warned = (asOf: string, base: string[], head: string[]): BacktestPoint => ({ ...point(asOf, '5', '5', '5'), alerts: { base, head } });

test('the gate finds what the past would have had otherwise, and says it', () => {
  const cases: [Backtest | null, string[], object?][] = [
    [null, ['warn not-run it was not run for as-ofs of the past']],
    [{ asked: 3, points: [], unreachable: [{ asOf: '2026-01-01', reason: 'gone' }] }, []],
    [{ asked: 3, points: [], unreachable: [{ asOf: '2026-01-01', reason: OUT_OF_TIME }] }, [`warn not-run ${OUT_OF_TIME}`]],
    // A limit that is tightened below what is usual: the same numbers, with a warning each day. One that was there is not news.
    [{ asked: 3, points: [warned('2026-01-03', [], ['check: orders']), warned('2026-01-02', ['check: orders'], ['check: orders']), warned('2026-01-01', [], ['check: orders', 'target: Orders'])], unreachable: [] }, ['warn fail the same numbers, and a new warning at 2 of 3 past as-ofs: check: orders, target: Orders']],
    [{ asked: 2, points: [warned('2026-01-02', ['check: orders'], ['check: orders']), warned('2026-01-01', ['check: orders'], [])], unreachable: [] }, ['warn pass none at 2 of 2 as-ofs']],
    [null, [], { backtest: 0 }],
    // Published otherwise than both make it; as the change makes it; not published; a metric that is new: none is the change’s doing.
    [{ asked: 4, points: [point('2026-01-04', '9', '5', '5'), point('2026-01-03', '6', '5', '6'), point('2026-01-02', '5', '5', '6', null), point('2026-01-01', null, null, '6')], unreachable: [] }, ['warn pass none at 4 of 4 as-ofs']],
    // The definition before makes another number than was published, or none: what the change makes is a third one.
    [{ asked: 2, points: [point('2026-01-02', '9', '5', '6'), { ...point('2026-01-01', '9', null, '6'), failed: { base: 'check-failed', head: null } }], unreachable: [] }, ['warn fail orders: another number at 2 of 2 past as-ofs: 2026-01-02, 2026-01-01']],
    [{ asked: 4, points: [point('2026-01-02', '5', '5', '6'), point('2026-01-01', '5', '5', null)], unreachable: [] }, ['warn fail orders: another number at 2 of 2 past as-ofs (2 out of reach): 2026-01-02, 2026-01-01']],
    [{ asked: 2, points: [{ ...point('2026-01-02', '5', '5', '6'), metrics: ['a', 'b'].map((name) => ({ name, type: 'HUGEINT', published: '5', base: '5', head: '6' })) }, point('2026-01-01', '5', '5', '5')], unreachable: [] }, ['warn fail 2 metrics with another number at up to 1 of 2 past as-ofs: a, b']],
    [{ asked: 1, points: [{ ...point('2026-01-02', '5', '5', null), failed: { base: null, head: 'query-failed' } }], unreachable: [] }, ['warn fail it would have failed at 1 of 1 past as-of: 2026-01-02']],
  ];
  for (const [backtest, expected, policy = {}] of cases) {
    const gates = backtestGates(backtest, effectivePolicy(reviewSchema.parse(policy)));
    assert.deepEqual(gates.map(({ gate, level, status, subject, actual }) => `${gate}: ${level} ${status} ${subject === null ? '' : `${subject}: `}${actual}`), expected.map((text) => `backtest: ${text}`));
  }
});
