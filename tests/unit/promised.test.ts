import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersOf, rememberedSlots, unexplainedSlots } from '../../src/analysis/facts/promised.ts';
import type { Report } from '../../src/report/report.ts';
import type { Entry, RunRecord } from '../../src/snapshot/entry.ts';

const report = { id: 'team/a', schedule: { cron: '0 6 * * *', timezone: 'UTC', catch_up: 'last' } } as unknown as Report;

function entry(day: number, missed: [number, number] | null = null, slot = day): Entry {
  const at = (one: number) => `2001-06-${String(one).padStart(2, '0')}T06:00Z`;
  const runs = [{ report: 'team/a', slot: at(slot) } as RunRecord];
  return { time: `2001-06-${String(day).padStart(2, '0')}T06:05:00Z`, runs, missed: missed ? [{ report: 'team/a', from: at(missed[0]), to: at(missed[1]), count: 1, reason: '' }] : [] } as unknown as Entry;
}

const bounds = { since: null, now: new Date('2001-06-10T07:00:00Z'), ends: null };

test('what was run or entered as missed is explained', () => {
  assert.deepEqual(unexplainedSlots(report, answersOf([entry(5), entry(6), entry(9, [7, 8])]).get(report.id), bounds), { gaps: [], late: [] });
  assert.deepEqual(unexplainedSlots(report, answersOf([]).get(report.id), bounds), { gaps: [], late: [] });
});

test('a gap between runs, and what came after the last', () => {
  assert.deepEqual(unexplainedSlots(report, answersOf([entry(5), entry(8)]).get(report.id), bounds), { gaps: ['2001-06-06T06:00Z', '2001-06-07T06:00Z'], late: ['2001-06-09T06:00Z'] });
  assert.deepEqual(unexplainedSlots(report, answersOf([entry(5), entry(8)]).get(report.id), { ...bounds, now: new Date('2001-06-10T09:00:00Z') }).late, ['2001-06-09T06:00Z', '2001-06-10T06:00Z'], 'two hours of grace');
});

test('what the past had promised counts from the first run, and from the newest definition', () => {
  const backfilled = [entry(5, null, 1), entry(6), entry(9)];
  assert.deepEqual(unexplainedSlots(report, answersOf(backfilled).get(report.id), bounds).gaps, ['2001-06-07T06:00Z', '2001-06-08T06:00Z']);
  assert.deepEqual(unexplainedSlots(report, answersOf(backfilled).get(report.id), { ...bounds, since: '2001-06-07T12:00:00+00:00' }).gaps, ['2001-06-08T06:00Z']);
});

test('data that has ended promises nothing more', () => {
  assert.deepEqual(unexplainedSlots(report, answersOf([entry(5)]).get(report.id), { ...bounds, ends: '2001-06-07' }).late, ['2001-06-06T06:00Z', '2001-06-07T06:00Z']);
});

test('what is shared by reports of one schedule is the same as what each finds alone', () => {
  const shared = rememberedSlots();
  const answers = answersOf([entry(5), entry(8)]).get(report.id);
  const alone = unexplainedSlots(report, answers, bounds);
  const other = { ...report, schedule: { ...report.schedule, timezone: 'Asia/Tokyo' } };
  assert.deepEqual([unexplainedSlots(report, answers, bounds, shared), unexplainedSlots(report, answers, bounds, shared)], [alone, alone]);
  assert.deepEqual(unexplainedSlots(other, answers, bounds, shared), unexplainedSlots(other, answers, bounds));
  assert.notDeepEqual(unexplainedSlots(other, answers, bounds, shared), alone);
});
