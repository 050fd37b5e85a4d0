import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PERIODS, type Period } from '../../src/report/schema.ts';
import { isComplete, periodEnd, periodOf, shift } from '../../src/snapshot/period.ts';

const STARTS: [cell: string, period: Period, start: string | null][] = [
  ['2001-06-30', 'day', '2001-06-30'],
  ['2001-06-30T23:59:59.999999Z', 'day', '2001-06-30'],
  ['2001-06-30T14:59:59Z', 'hour', '2001-06-30T14:00:00Z'],
  ['2001-06-30', 'hour', '2001-06-30T00:00:00Z'],
  ['2001-06-30', 'week', '2001-06-25'],
  ['2001-06-25', 'week', '2001-06-25'],
  ['2001-06-24T23:00:00Z', 'week', '2001-06-18'],
  ['2001-01-01', 'week', '2001-01-01'],
  ['2000-01-01', 'week', '1999-12-27'],
  ['2001-06-30', 'month', '2001-06-01'],
  ['2001-06-30', 'quarter', '2001-04-01'],
  ['2001-12-31', 'quarter', '2001-10-01'],
  ['2001-06-30', 'year', '2001-01-01'],
  ['0001-01-01', 'week', '0001-01-01'],
  ['infinity', 'day', null],
  ['-infinity', 'month', null],
  ['0044-03-15 (BC)', 'year', null],
  ['0000-01-01', 'year', null],
  ['10000-01-01', 'year', null],
  ['Infinity', 'hour', null],
  ['', 'day', null],
];

test('a period is named by its start', () => {
  for (const [cell, period, start] of STARTS) assert.equal(periodOf(cell, period), start, `${cell} ${period}`);
});

const ENDS: [start: string, period: Period, end: string][] = [
  ['2001-06-30T23:00:00Z', 'hour', '2001-07-01T00:00:00Z'],
  ['2001-06-30', 'day', '2001-07-01'],
  ['2001-06-25', 'week', '2001-07-02'],
  ['2000-02-01', 'month', '2000-03-01'],
  ['2001-10-01', 'quarter', '2002-01-01'],
  ['2001-01-01', 'year', '2002-01-01'],
  ['0050-12-01', 'month', '0051-01-01'],
];

test('a period ends where the next one starts', () => {
  for (const [start, period, end] of ENDS) {
    assert.equal(periodEnd(start, period), Date.parse(end), start);
    assert.equal(shift(start, period, 1), end, start);
  }
  assert.equal(periodEnd('9999-01-01', 'year'), Date.UTC(10_000, 0, 1));
});

test('a period is complete where the as-of covers its end', () => {
  assert.equal(isComplete('2001-06-30', 'day', '2001-06-30'), true);
  assert.equal(isComplete('2001-07-01', 'day', '2001-06-30'), false);
  assert.equal(isComplete('2001-06-25', 'week', '2001-06-30'), false);
  assert.equal(isComplete('2001-06-25', 'week', '2001-07-01'), true);
  assert.equal(isComplete('2001-06-01', 'month', '2001-06-29'), false);
  assert.equal(isComplete('2001-06-01', 'month', '2001-06-30'), true);
  assert.equal(isComplete('2001-06-30T13:00:00Z', 'hour', '2001-06-30T14:00Z'), true);
  assert.equal(isComplete('2001-06-30T14:00:00Z', 'hour', '2001-06-30T14:00Z'), false);
  assert.equal(isComplete('2001-06-30', 'day', '2001-06-30T23:00Z'), false);
});

test('shifting goes over month ends, leap days and back', () => {
  assert.equal(shift('2001-03-01', 'month', -1), '2001-02-01');
  assert.equal(shift('2001-01-01', 'quarter', -1), '2000-10-01');
  assert.equal(shift('2000-03-01', 'day', -1), '2000-02-29');
  assert.equal(shift('2001-01-01', 'week', -1), '2000-12-25');
  assert.equal(shift('2001-01-01T00:00:00Z', 'hour', -1), '2000-12-31T23:00:00Z');
});

test('every instant lies in its period, and its period is one step of shift', () => {
  const instant = fc.integer({ min: Date.parse('0002-01-01'), max: Date.parse('9998-12-31') }).map((time) => new Date(time).toISOString());
  fc.assert(fc.property(instant, fc.constantFrom(...PERIODS), fc.integer({ min: -30, max: 30 }), (cell, period, count) => {
    const start = periodOf(cell, period)!;
    assert.ok(Date.parse(start) <= Date.parse(cell) && Date.parse(cell) < periodEnd(start, period));
    assert.equal(periodOf(start, period), start);
    assert.equal(Date.parse(shift(start, period, 1)), periodEnd(start, period));
    if (Math.abs(Number(cell.slice(0, 4)) - 5000) < 4900) assert.equal(shift(shift(start, period, count), period, -count), start);
  }), { seed: 6, numRuns: 500 });
});
