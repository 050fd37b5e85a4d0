import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricEdits } from '../../src/analysis/review/metric-edits.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Metric } from '../../src/report/report.ts';

const metric = (value: string, more: Partial<Metric> = {}): Metric => ({ name: 'rate', label: 'Rate', value, format: '.1%', expression: parseMetric(value), ...more });

test('what a metric was and is, where its meaning or its look differs', () => {
  assert.deepEqual(metricEdits(metric('sum(a)/sum(b)'), metric('sum(a) / sum(b)')), []);
  assert.deepEqual(metricEdits(metric('sum(a)', { target: 1, unit: 'kg' }), metric('mean(a)', { format: ',d', target: 0.5 })), [
    { property: 'value', before: 'sum(a)', after: 'mean(a)' },
    { property: 'format', before: '.1%', after: ',d' },
    { property: 'unit', before: 'kg', after: null },
    { property: 'target', before: '1', after: '0.5' },
  ]);
  assert.deepEqual([metricEdits(undefined, metric('sum(a)')), metricEdits(metric('sum(a)'), undefined)], [[], []]);
});
