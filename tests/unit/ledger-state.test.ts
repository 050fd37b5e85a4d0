import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DaybookError } from '../../src/error.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { entryDigest, LEDGER_FORMAT, type Entry, type RunRecord } from '../../src/snapshot/entry.ts';
import type { KeptRecord } from '../../src/snapshot/records.ts';
import { applyEntry, decodeState, emptyState, encodeState, latestVersion, type LedgerState } from '../../src/snapshot/ledger-state.ts';

const ASKED = digestJson('definition');

function run(day: number, more: Partial<RunRecord> = {}): RunRecord {
  const asOf = `2001-06-${String(day).padStart(2, '0')}`;
  return {
    report: 'team/a', slot: `${asOf}T06:00Z`, requested: asOf, as_of: asOf, status: 'succeeded', attempts: 1, milliseconds: 5,
    definition: ASKED, inputs: digestJson(day), data: digestJson(['data', day]), error: null, warnings: [], ...more,
  };
}

function failed(day: number, code = 'query-failed'): RunRecord {
  return run(day, { status: 'failed', as_of: null, data: null, error: { code, message: 'no' } });
}

function kept(day: number, version: number): KeptRecord {
  return { report: 'team/a', as_of: run(day).requested, version, manifest: digestJson(['m', day, version]), rows: digestJson(['r', day]), data: digestJson(['data', day, version]) };
}

function next(state: LedgerState, more: Partial<Entry> = {}): Entry {
  return {
    format: LEDGER_FORMAT, sequence: state.sequence + 1, previous: state.head, time: `2001-07-01T00:00:${String(state.sequence).padStart(2, '0')}Z`,
    job: { trigger: 'schedule', actor: 'test', code: 'abc', url: null }, runs: [], kept: [], missed: [], ...more,
  };
}

test('an entry that does not follow is refused, and changes nothing', () => {
  const state = applyEntry(emptyState(), next(emptyState(), { runs: [run(1)] }));
  const before = [...encodeState(state)];
  const broken = (entry: Entry) => assert.throws(() => applyEntry(state, entry), (error) => error instanceof DaybookError && error.code === 'ledger-broken' && error.place.file!.startsWith('snapshots/ledger/2001/'));
  broken(next(state, { sequence: 3 }));
  broken(next(state, { sequence: 1 }));
  broken(next(state, { previous: digestJson('another') }));
  broken(next(state, { previous: null }));
  assert.deepEqual([...encodeState(state)], before);
});

test('head, sequence and time are those of the newest entry', () => {
  const state = emptyState();
  const first = next(state);
  applyEntry(state, first);
  assert.deepEqual([state.sequence, state.head, state.time], [1, entryDigest(first), '2001-07-01T00:00:00Z']);
});

test('the last slot is the largest that was run, skipped or missed', () => {
  const state = emptyState();
  applyEntry(state, next(state, { runs: [run(5)] }));
  applyEntry(state, next(state, { runs: [run(3)], missed: [{ report: 'team/b', from: '2001-06-01T06:00Z', to: '2001-06-04T06:00Z', count: 4, reason: 'late' }] }));
  applyEntry(state, next(state, { runs: [run(9, { report: 'team/c', status: 'skipped', inputs: null, data: null, as_of: null })] }));
  assert.deepEqual([...state.reports].map(([id, { lastSlot }]) => [id, lastSlot]), [
    ['team/a', '2001-06-05T06:00Z'], ['team/b', '2001-06-04T06:00Z'], ['team/c', '2001-06-09T06:00Z'],
  ]);
  assert.equal(state.reports.get('team/a')!.lastRun!.run.slot, '2001-06-03T06:00Z', 'the newest run, not the largest slot');
  assert.equal(state.reports.get('team/c')!.lastRun, null, 'a skipped slot is no run');
});

test('a failure keeps the last good run, and counts entries, not runs', () => {
  const state = emptyState();
  const known = () => state.reports.get('team/a')!.known.get(digestJson(1))!;
  applyEntry(state, next(state, { runs: [failed(1), failed(1)] }));
  assert.equal(known().failures, 1);
  applyEntry(state, next(state, { runs: [failed(1, 'query-timeout')] }));
  assert.deepEqual([known().failures, known().error!.code, known().data], [2, 'query-timeout', null]);
  assert.equal(state.reports.get('team/a')!.newestGood, null);
  applyEntry(state, next(state, { runs: [run(1, { status: 'unchanged' })] }));
  assert.deepEqual([known().failures, known().status, known().sequence], [0, 'unchanged', 3]);
  applyEntry(state, next(state, { runs: [failed(1)] }));
  assert.equal(known().failures, 1);
  const { lastRun, newest, newestGood } = state.reports.get('team/a')!;
  assert.deepEqual([lastRun!.sequence, newest!.sequence, newestGood!.sequence], [4, 4, 3]);
});

test('how a report stands follows from its largest slot, not from what was entered last', () => {
  const state = emptyState();
  const stands = () => {
    const { lastRun, newest, newestGood } = state.reports.get('team/a')!;
    return [lastRun, newest, newestGood].map((entered) => entered && [entered.run.slot.slice(8, 10), entered.run.status, entered.sequence]);
  };
  applyEntry(state, next(state, { runs: [run(7)] }));
  applyEntry(state, next(state, { runs: [failed(2)] }));
  assert.deepEqual(stands(), [['02', 'failed', 2], ['07', 'succeeded', 1], ['07', 'succeeded', 1]]);
  applyEntry(state, next(state, { runs: [failed(8)] }));
  applyEntry(state, next(state, { runs: [run(3)] }));
  assert.deepEqual(stands(), [['03', 'succeeded', 4], ['08', 'failed', 3], ['07', 'succeeded', 1]]);
  applyEntry(state, next(state, { runs: [run(8, { status: 'unchanged' })] }));
  assert.deepEqual(stands(), [['08', 'unchanged', 5], ['08', 'unchanged', 5], ['08', 'unchanged', 5]]);
});

test('a slot after its entry silences nothing', () => {
  const state = emptyState();
  const ahead = { slot: '2051-01-01T06:00Z', requested: '2051-01-01' };
  applyEntry(state, next(state, { runs: [run(5), run(6, ahead)], missed: [{ report: 'team/a', from: '2051-01-02T06:00Z', to: '2051-01-03T06:00Z', count: 2, reason: 'late' }] }));
  const { lastSlot, newest } = state.reports.get('team/a')!;
  assert.deepEqual([lastSlot, newest!.run.slot], ['2001-06-05T06:00Z', '2001-06-05T06:00Z']);
  const minute = emptyState();
  applyEntry(minute, next(minute, { time: '2001-06-05T06:00:30Z', runs: [run(5)] }));
  assert.equal(minute.reports.get('team/a')!.lastSlot, '2001-06-05T06:00Z', 'the slot of the entry’s own minute has come');
});

test('versions stand in their order, by as-of', () => {
  const state = emptyState();
  applyEntry(state, next(state, { kept: [kept(1, 1), kept(2, 1)] }));
  applyEntry(state, next(state, { kept: [kept(1, 2)] }));
  assert.deepEqual(state.reports.get('team/a')!.versions.get('2001-06-01')!.map(({ version, sequence }) => [version, sequence]), [[1, 1], [2, 2]]);
  assert.equal(latestVersion(state, 'team/a', '2001-06-01')!.version, 2);
  assert.equal(latestVersion(state, 'team/a', '2001-06-09'), undefined);
  assert.equal(latestVersion(state, 'team/z', '2001-06-01'), undefined);
});

test('a decoded state goes on as the one that was encoded', () => {
  const day = fc.integer({ min: 1, max: 28 });
  const entries = fc.array(fc.record({ good: fc.array(day), bad: fc.array(day), kept: fc.uniqueArray(day) }), { maxLength: 6 });
  fc.assert(
    fc.property(entries, (list) => {
      let decoded = emptyState();
      const folded = emptyState();
      for (const one of list) {
        const runs = [...one.good.map((each) => run(each)), ...one.bad.map((each) => failed(each))];
        const keeps = one.kept.map((each) => kept(each, (latestVersion(folded, 'team/a', run(each).requested)?.version ?? 0) + 1));
        const entry = next(folded, { runs, kept: keeps });
        applyEntry(folded, entry);
        decoded = applyEntry(decodeState(encodeState(decoded)), entry);
      }
      assert.deepEqual(decoded, folded);
    }),
    { seed: 1, numRuns: 50 },
  );
});
