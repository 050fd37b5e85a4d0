import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Point } from '../../src/analysis/facts/facts.ts';
import { changeOf, changesOf } from '../../src/analysis/facts/trend.ts';

const days = (values: (number | null | undefined)[]): Point[] =>
  values.flatMap((value, day) => (value === undefined ? [] : [{ period: `2001-05-${String(day + 1).padStart(2, '0')}`, value }]));

test('a change has a direction, a ratio of the earlier value and a meaning', () => {
  const from = { period: '2001-05-01', value: 100 };
  assert.deepEqual(changeOf(from, { period: '2001-05-02', value: 103 }, 'higher'), { kind: 'up', from, difference: 3, ratio: 0.03, meaning: 'better' });
  assert.deepEqual(changeOf(from, { period: '2001-05-02', value: 90 }, 'higher'), { kind: 'down', from, difference: -10, ratio: -0.1, meaning: 'worse' });
  assert.equal((changeOf(from, { period: '2001-05-02', value: 90 }, 'lower') as { meaning: string }).meaning, 'better');
  assert.equal((changeOf(from, { period: '2001-05-02', value: 90 }, null) as { meaning: null }).meaning, null);
});

test('from zero there is no ratio, and from zero to zero no change', () => {
  const zero = { period: '2001-05-01', value: 0 };
  assert.equal((changeOf(zero, { period: '2001-05-02', value: 5 }, null) as { ratio: null }).ratio, null);
  assert.equal(changeOf(zero, { period: '2001-05-02', value: 0 }, null).kind, 'same');
  assert.equal((changeOf({ period: '', value: -10 }, { period: '', value: -5 }, 'higher') as { ratio: number }).ratio, 0.5);
});

test('days: the period before, 7 and 30 days earlier', () => {
  const series = days(Array.from({ length: 31 }, (_, day) => day));
  const { previous, days7, days30 } = changesOf(series, 30, 'day', null);
  assert.equal('from' in previous && previous.from.period, '2001-05-30');
  assert.equal('from' in days7 && days7.from.period, '2001-05-24');
  assert.equal('from' in days30 && days30.from.period, '2001-05-01');
});

test('a missing period is missing: no neighbour stands in for it', () => {
  const absent = changesOf(days([1, 2, undefined, 4]), 2, 'day', null);
  assert.deepEqual(absent.previous, { kind: 'incomparable', reason: 'missing' });
  const empty = changesOf(days([1, 2, null, 4]), 3, 'day', null);
  assert.deepEqual(empty.previous, { kind: 'incomparable', reason: 'missing' });
  assert.deepEqual(empty.days7, { kind: 'incomparable', reason: 'no-earlier' });
  assert.deepEqual(changesOf(days([1, null]), 1, 'day', null).previous, { kind: 'incomparable', reason: 'no-value' });
  assert.deepEqual(changesOf([], -1, 'day', null).days30, { kind: 'incomparable', reason: 'no-value' });
});

test('steps that are longer than the span are too coarse; a month answers for 30 days', () => {
  const months: Point[] = [{ period: '2001-04-01', value: 1 }, { period: '2001-05-01', value: 2 }];
  const changes = changesOf(months, 1, 'month', null);
  assert.deepEqual(changes.days7, { kind: 'incomparable', reason: 'too-coarse' });
  assert.equal(changes.days30.kind, 'up');
  assert.deepEqual(changesOf([{ period: '2000-01-01', value: 1 }, { period: '2001-01-01', value: 2 }], 1, 'year', null).days30, { kind: 'incomparable', reason: 'too-coarse' });
});

test('weeks: one and four of them', () => {
  const weeks = ['2001-05-28', '2001-06-04', '2001-06-11', '2001-06-18', '2001-06-25'].map((period, value) => ({ period, value }));
  const { days7, days30 } = changesOf(weeks, 4, 'week', null);
  assert.equal('from' in days7 && days7.from.period, '2001-06-18');
  assert.equal('from' in days30 && days30.from.period, '2001-05-28');
});

test('snapshots have no grid: the newest one close enough before answers', () => {
  const snapshots: Point[] = [{ period: '2001-04-30', value: 1 }, { period: '2001-05-24', value: 2 }, { period: '2001-05-31', value: 3 }];
  const { previous, days7, days30 } = changesOf(snapshots, 2, 'snapshot', null);
  assert.equal('from' in previous && previous.from.value, 2);
  assert.equal('from' in days7 && days7.from.value, 2);
  assert.equal('from' in days30 && days30.from.value, 1);
});
