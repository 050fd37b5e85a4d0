import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricLine } from '../../src/present/metric-line.ts';

const line = (value: string | null, format?: string, unit?: string, period: string | null = null): string => metricLine({ name: 'x', value, period }, format === undefined ? undefined : { format, unit });

test('a metric is written as readers see it, and as it is kept where that has more digits', () => {
  assert.equal(line('0.6676692691667733', '.1%', undefined, '2001-06-30'), 'x = 66.8% (2001-06-30), exactly 0.6676692691667733');
  assert.equal(line('15626', ',d', 'flights'), 'x = 15,626\u00a0flights');
  assert.equal(line('-1234.50', ',.2f'), 'x = \u22121,234.50');
  assert.equal(line('-1234.506', ',.2f'), 'x = \u22121,234.51, exactly -1234.506');
  assert.equal(line('12345678901234567890.25', ',.1f'), 'x = 12,345,678,901,234,567,890.3, exactly 12345678901234567890.25');
  assert.equal(line(null, ',d', 'EUR'), 'x = no value');
  assert.equal(line('0.5'), 'x = 0.5');
});
