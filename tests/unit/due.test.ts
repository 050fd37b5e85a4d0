import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueSlots, nextDue, slotsInRange } from '../../src/analysis/facts/due.ts';
import { DaybookError } from '../../src/error.ts';
import type { Report } from '../../src/report/report.ts';
import type { Digest } from '../../src/snapshot/canonical.ts';
import type { RunRecord } from '../../src/snapshot/entry.ts';
import type { ReportState } from '../../src/snapshot/ledger-state.ts';

const ASKED: Digest = 'sha256:asked';

function report(schedule: Partial<Report['schedule']> = {}): Report {
  return { id: 'a/b', schedule: { cron: '0 6 * * *', timezone: 'UTC', catch_up: 'last', ...schedule } } as Report;
}

function state(lastSlot: string, run: Partial<RunRecord> = {}): ReportState {
  const record: RunRecord = { report: 'a/b', slot: lastSlot, requested: lastSlot.slice(0, 10), as_of: lastSlot.slice(0, 10), status: 'succeeded', attempts: 1, milliseconds: 1, definition: ASKED, inputs: null, data: null, error: null, warnings: [], ...run };
  const entered = { run: record, sequence: 1, time: lastSlot };
  return { lastSlot, lastRun: entered, newest: entered, newestGood: record.status === 'failed' ? null : entered, known: new Map(), versions: new Map() };
}

const at = (text: string): Date => new Date(text);

test('a new report runs its newest slot, and nothing before it is missed', () => {
  assert.deepEqual(dueSlots(report(), undefined, at('2026-11-21T07:00Z'), null, ASKED), { slots: [{ slot: '2026-11-21T06:00Z', requested: '2026-11-21', why: 'schedule' }], missed: [] });
});

test('nothing is due before the next slot', () => {
  assert.deepEqual(dueSlots(report(), state('2026-11-21T06:00Z'), at('2026-11-22T05:59Z'), null, ASKED), { slots: [], missed: [] });
  assert.equal(nextDue(report(), state('2026-11-21T06:00Z'), null), '2026-11-22T06:00Z');
});

test('a late job runs the last slot, all, or none, and says what was missed', () => {
  const before = state('2026-11-18T06:00Z');
  const now = at('2026-11-21T07:00Z');
  const last = dueSlots(report(), before, now, null, ASKED);
  assert.deepEqual(last.slots.map(({ requested }) => requested), ['2026-11-21']);
  assert.deepEqual(last.missed, [{ report: 'a/b', from: '2026-11-19T06:00Z', to: '2026-11-20T06:00Z', count: 2, reason: 'no job ran; a later slot took over' }]);
  assert.deepEqual(dueSlots(report({ catch_up: 'all' }), before, now, null, ASKED).slots.map(({ requested }) => requested), ['2026-11-19', '2026-11-20', '2026-11-21']);
  assert.deepEqual(dueSlots(report({ catch_up: 'none' }), before, now, null, ASKED).slots.length, 1);
  const late = dueSlots(report({ catch_up: 'none' }), before, at('2026-11-21T09:00Z'), null, ASKED);
  assert.deepEqual([late.slots.length, late.missed[0]?.count], [0, 3]);
});

test('data that has ended is asked for again only if it is new, and promises no more', () => {
  const ended = state('2001-06-30T06:00Z');
  assert.deepEqual(dueSlots(report(), ended, at('2026-11-21T07:00Z'), '2001-06-30', ASKED), { slots: [{ slot: '2026-11-21T06:00Z', requested: '2001-06-30', why: 'if-new' }], missed: [] });
  assert.equal(nextDue(report(), ended, '2001-06-30'), null);
  assert.equal(dueSlots(report(), undefined, at('2026-11-21T07:00Z'), '2001-06-30', ASKED).slots[0]?.requested, '2001-06-30');
});

test('a changed definition runs the last slot again; a failed run is tried again if its inputs are new', () => {
  const now = at('2026-11-21T07:00Z');
  assert.deepEqual(dueSlots(report(), state('2026-11-21T06:00Z', { definition: 'sha256:before' }), now, null, ASKED).slots, [{ slot: '2026-11-21T06:00Z', requested: '2026-11-21', why: 'definition' }]);
  assert.deepEqual(dueSlots(report(), state('2026-11-21T06:00Z', { status: 'failed' }), now, null, ASKED).slots.map(({ why }) => why), ['if-new']);
});

test('the newest slot decides what runs again, whatever was entered since', () => {
  const now = at('2026-11-21T07:00Z');
  const newest = state('2026-11-21T06:00Z', { definition: 'sha256:before' });
  const older = state('2026-11-19T06:00Z').lastRun;
  const again = { slot: '2026-11-21T06:00Z', requested: '2026-11-21' };
  assert.deepEqual(dueSlots(report(), { ...newest, lastRun: older }, now, null, ASKED).slots, [{ ...again, why: 'definition' }]);
  const failed = state('2026-11-21T06:00Z', { status: 'failed' });
  assert.deepEqual(dueSlots(report(), { ...failed, lastRun: older, newestGood: older }, now, null, ASKED).slots, [{ ...again, why: 'if-new' }]);
  const failedBefore = state('2026-11-19T06:00Z', { status: 'failed' }).lastRun;
  assert.deepEqual(dueSlots(report(), { ...state('2026-11-21T06:00Z'), lastRun: failedBefore }, now, null, ASKED).slots, []);
});

test('after a gap of more slots than are counted the newest runs, and the record says that there were more', () => {
  const minutely = { cron: '* * * * *' };
  const before = state('2026-11-01T00:00Z');
  const now = at('2026-11-21T07:00:30Z');
  const { slots, missed } = dueSlots(report(minutely), before, now, null, ASKED);
  assert.deepEqual(slots.map(({ slot }) => slot), ['2026-11-21T07:00Z']);
  assert.deepEqual(missed, [{ report: 'a/b', from: '2026-11-01T00:01Z', to: '2026-11-21T06:59Z', count: 10_000, reason: 'no job ran; a later slot took over; counted to 10000, there were more' }]);
  const all = dueSlots(report({ ...minutely, catch_up: 'all' }), before, now, null, ASKED).slots;
  assert.deepEqual([all.length, all[0]?.slot, all.at(-1)?.slot], [500, '2026-11-01T00:01Z', '2026-11-01T08:20Z']);
});

test('data that ends within a gap is promised to its end', () => {
  const { slots, missed } = dueSlots(report({ timezone: 'Pacific/Auckland' }), state('2026-11-01T17:00Z'), at('2026-11-21T07:00Z'), '2026-11-05', ASKED);
  assert.deepEqual(slots.map(({ requested }) => requested), ['2026-11-05']);
  assert.deepEqual(missed.map(({ count, to }) => [count, to]), [[2, '2026-11-03T17:00Z']]);
});

test('a backfill has one slot an as-of, both ends included', () => {
  assert.deepEqual(slotsInRange(report({ timezone: 'America/New_York' }), '2001-05-01', '2001-05-03').map(({ requested }) => requested), ['2001-05-01', '2001-05-02', '2001-05-03']);
  assert.equal(slotsInRange(report({ cron: '0 * * * *' }), '2010-12-30', '2010-12-31').length, 48);
  assert.throws(() => slotsInRange(report(), '2026-01-01', '2026-12-31', 300), (error) => error instanceof DaybookError && error.code === 'wrong-use');
  assert.deepEqual(slotsInRange(report({ cron: '0 6 * * 1' }), '2001-05-01', '2001-05-31').map(({ requested }) => requested), ['2001-05-07', '2001-05-14', '2001-05-21', '2001-05-28']);
});
