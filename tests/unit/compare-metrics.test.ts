import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLossy } from '../../src/analysis/comparison/column-pairs.ts';
import { compareChecks, compareMetrics, metricChange } from '../../src/analysis/comparison/metrics.ts';
import type { MetricChange } from '../../src/analysis/comparison/comparison.ts';
import type { CheckResult, MetricValue } from '../../src/snapshot/manifest.ts';

const CASES: [name: string, type: string, before: string | null, after: string | null, MetricChange][] = [
  ['100 to 200 is twice as much, not half more', 'HUGEINT', '100', '200', { kind: 'changed', difference: '100', ratio: 1 }],
  ['200 to 100', 'HUGEINT', '200', '100', { kind: 'changed', difference: '-100', ratio: -0.5 }],
  ['to zero is a change', 'HUGEINT', '5', '0', { kind: 'changed', difference: '-5', ratio: -1 }],
  ['from zero there is no percentage', 'HUGEINT', '0', '5', { kind: 'changed', difference: '5', ratio: null }],
  ['from zero to zero', 'HUGEINT', '0', '0', { kind: 'same' }],
  ['from below zero', 'HUGEINT', '-4', '-2', { kind: 'changed', difference: '2', ratio: 0.5 }],
  ['no value at both times', 'DOUBLE', null, null, { kind: 'same' }],
  ['no value before', 'DOUBLE', null, '0', { kind: 'incomparable', reason: 'no-value-before' }],
  ['no value now', 'DOUBLE', '0', null, { kind: 'incomparable', reason: 'no-value-after' }],
  ['NaN to NaN', 'DOUBLE', 'NaN', 'NaN', { kind: 'same' }],
  ['NaN to a number', 'DOUBLE', 'NaN', '1', { kind: 'incomparable', reason: 'not-finite' }],
  ['exact beyond a double', 'DECIMAL(38,2)', '90071992547409930.01', '90071992547409930.02', { kind: 'changed', difference: '0.01', ratio: 0.01 / Number('90071992547409930.01') }],
  ['the last bit of a double', 'DOUBLE', '0.3', '0.30000000000000004', { kind: 'same' }],
];

test('metrics: before, after, difference, ratio', () => {
  for (const [name, type, before, after, expected] of CASES) assert.deepEqual(metricChange({ value: before, type }, { value: after, type }), expected, name);
  assert.deepEqual(metricChange({ value: '19.99', type: 'DECIMAL(38,2)' }, { value: '19.9900', type: 'DECIMAL(38,4)' }), { kind: 'same' });
  assert.deepEqual(metricChange({ value: '1', type: 'HUGEINT' }, { value: '1.5', type: 'DECIMAL(38,1)' }), { kind: 'changed', difference: '0.5', ratio: 0.5 });
});

test('metrics are matched by name, those of the head first', () => {
  const metric = (name: string, value: string): MetricValue => ({ name, value, type: 'HUGEINT', period: null });
  const found = compareMetrics([metric('gone', '1'), metric('a', '1')], [metric('new', '1'), metric('a', '1')]);
  assert.deepEqual(found.map(({ name, change }) => [name, change.kind]), [['new', 'added'], ['a', 'same'], ['gone', 'removed']]);
});

test('checks: what they found may differ, what they ask and say may not', () => {
  const check = (operator: string, expected: string, actual: string, passed = true, level: CheckResult['level'] = 'error'): CheckResult => ({ name: `n ${operator} ${expected}`, column: 'n', operator, expected, actual, level, passed });
  assert.deepEqual(compareChecks([check('>=', '1', '5')], [check('>=', '1', '7')]), []);
  const base = [check('>=', '1', '5'), check('<=', '9', '9'), check('in', 'a', 'b', false, 'warn'), check('unique', '0', '0')];
  const head = [check('>=', '2', '5'), check('<=', '9', '10', false), check('in', 'a', 'a', true, 'warn'), check('is not null', '0', '0')];
  assert.deepEqual(compareChecks(base, head).map(({ kind, before, after }) => [kind, before?.operator, after?.operator]), [['bound', '>=', '>='], ['fails', '<=', '<='], ['passes', 'in', 'in'], ['added', undefined, 'is not null'], ['removed', 'unique', undefined]]);
});

test('a type that does not hold every value of the one before is lossy', () => {
  const lossy: [string, string][] = [['BIGINT', 'INTEGER'], ['INTEGER', 'UINTEGER'], ['UBIGINT', 'BIGINT'], ['DECIMAL(9,2)', 'DECIMAL(9,1)'], ['DECIMAL(9,2)', 'DECIMAL(9,3)'], ['DOUBLE', 'FLOAT'], ['BIGINT', 'DOUBLE'], ['DECIMAL(18,2)', 'DOUBLE'], ['INTEGER', 'FLOAT'], ['DOUBLE', 'DECIMAL(38,9)'], ['DECIMAL(9,2)', 'INTEGER'], ['TIMESTAMP', 'DATE'], ['TIMESTAMP_NS', 'TIMESTAMP'], ['VARCHAR', 'INTEGER'], ['INTEGER', 'DECIMAL(9,0)'], ['DECIMAL(19,0)', 'BIGINT'], ['DECIMAL(9,0)', 'UBIGINT'], ['INTEGER', 'BOOLEAN'], ['BOOLEAN', 'DECIMAL(2,2)'], ['BOOLEAN', 'DATE'], ["ENUM('a')", "ENUM('b')"]];
  const whole: [string, string][] = [['DECIMAL(18,0)', 'BIGINT'], ['DECIMAL(9,0)', 'INTEGER'], ['DECIMAL(38,0)', 'HUGEINT'], ['DECIMAL(38,0)', 'BIGNUM'], ['INTEGER', 'BIGINT'], ['UINTEGER', 'BIGINT'], ['BIGINT', 'HUGEINT'], ['INTEGER', 'DECIMAL(10,0)'], ['DECIMAL(9,2)', 'DECIMAL(12,3)'], ['DECIMAL(9,2)', 'DOUBLE'], ['INTEGER', 'DOUBLE'], ['FLOAT', 'DOUBLE'], ['DATE', 'TIMESTAMP'], ['TIMESTAMP', 'TIMESTAMP_NS'], ['DOUBLE', 'VARCHAR'], ['INTEGER[]', 'VARCHAR'], ['DATE', 'DATE'], ['BOOLEAN', 'INTEGER'], ['BOOLEAN', 'DOUBLE'], ['BOOLEAN', 'DECIMAL(3,2)']];
  for (const [from, to] of lossy) assert.equal(isLossy(from, to), true, `${from} → ${to}`);
  for (const [from, to] of whole) assert.equal(isLossy(from, to), false, `${from} → ${to}`);
});
