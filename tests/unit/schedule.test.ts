import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDaily, lastSlot, nextSlot, requestedAsOf, scheduleProblem, scheduleWords, slotBefore, slotsBetween, slotText } from '../../src/report/schedule.ts';

const NEW_YORK = { cron: '0 6 * * *', timezone: 'America/New_York' };

test('slots follow the zone through both changes of the clock', () => {
  const slots = slotsBetween(NEW_YORK, new Date('2026-03-07T00:00Z'), new Date('2026-03-09T23:00Z'), 100);
  assert.deepEqual(slots.map(slotText), ['2026-03-07T11:00Z', '2026-03-08T10:00Z', '2026-03-09T10:00Z']);
  assert.equal(slotText(nextSlot({ cron: '30 2 * * *', timezone: 'Europe/Berlin' }, new Date('2026-03-28T12:00Z'))!).slice(0, 10), '2026-03-29');
});

test('a slot that is due this very minute counts', () => {
  assert.equal(slotText(lastSlot(NEW_YORK, new Date('2026-11-21T11:00:00Z'))!), '2026-11-21T11:00Z');
  assert.equal(slotText(lastSlot(NEW_YORK, new Date('2026-11-21T10:59:59Z'))!), '2026-11-20T11:00Z');
});

test('before a slot comes the one before it, and a list of slots ends where it is told to', () => {
  const [slot, most] = [new Date('2026-03-08T10:00Z'), 2];
  assert.equal(slotText(slotBefore(NEW_YORK, slot)!), '2026-03-07T11:00Z');
  assert.deepEqual(slotsBetween(NEW_YORK, slot, new Date('2027-01-01T00:00Z'), most).map(slotText), ['2026-03-09T10:00Z', '2026-03-10T10:00Z']);
});

test('an as-of is the date in the schedule’s zone, or the minute in UTC', () => {
  assert.equal(requestedAsOf({ cron: '0 23 * * *', timezone: 'America/New_York' }, new Date('2026-11-22T04:00Z')), '2026-11-21');
  assert.equal(requestedAsOf({ cron: '0 * * * *', timezone: 'Asia/Kathmandu' }, new Date('2026-11-22T04:15Z')), '2026-11-22T04:15Z');
  assert.ok(isDaily({ cron: '5 6 * * 1', timezone: 'UTC' }));
  assert.ok(!isDaily({ cron: '0 6,18 * * *', timezone: 'UTC' }));
});

test('a schedule that cannot be is told so', () => {
  assert.equal(scheduleProblem(NEW_YORK), null);
  assert.equal(scheduleProblem({ cron: '0 0 31 2 *', timezone: 'UTC' })?.key, 'cron');
  assert.equal(scheduleProblem({ cron: '0 6 * * * *', timezone: 'UTC' })?.message, '"0 6 * * * *" is not a cron expression of five fields: it has 6, and needs minute, hour, day of month, month, day of week');
  assert.equal(scheduleProblem({ cron: '0 0 * * * *', timezone: 'UTC' })?.key, 'cron');
  assert.equal(scheduleProblem({ cron: '61 0 * * *', timezone: 'UTC' })?.key, 'cron');
  assert.equal(scheduleProblem({ cron: '0 0 * * *', timezone: 'Mars/Olympus' })?.key, 'timezone');
});

test('a schedule is told in words', () => {
  assert.equal(scheduleWords({ cron: '0 6 * * 1', timezone: 'UTC' }), 'At 06:00, only on Monday (UTC)');
});
