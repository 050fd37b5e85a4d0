import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectivePolicy } from '../../src/analysis/gate/policy.ts';
import { wordsGates } from '../../src/analysis/gate/texts.ts';
import type { Report } from '../../src/report/report.ts';
import { reviewSchema } from '../../src/report/schema.ts';

type Chart = Report['charts'][number];

const chart = (more: Partial<Chart>): Chart => ({ type: 'line', y: 'orders', limit: 12, ...more });
const report = (charts: Chart[]): Report => ({ title: 'T', description: 'D.', reader: null, decision: null, narrative: null, metrics: [], columns: {}, dimensions: {}, charts }) as unknown as Report;
const told = (before: Chart[], after: Chart[]): string[] => wordsGates(report(before), report(after), new Map(), effectivePolicy(reviewSchema.parse({}))).map(({ status, actual }) => `${status} ${actual}`);

test('of charts that are called alike, or draw the same, each is held', () => {
  const [first, second] = [chart({ title: 'Sales' }), chart({ title: 'Sales', y: 'returns' })];
  assert.deepEqual(told([first, second], [{ ...first, y: 'refunds' }, second]), ['fail chart Sales: line of orders; line of returns → line of refunds; line of returns']);
  assert.deepEqual(told([first, second], [second]), ['fail chart Sales: line of orders; line of returns → line of returns']);
  assert.deepEqual(told([chart({}), chart({ type: 'dot' })], [chart({ type: 'area' }), chart({ type: 'dot' })]), ['fail chart of orders: line of orders; dot of orders → area of orders; dot of orders']);
  assert.deepEqual(told([first, second], [first, second]), ['pass they do']);
});
