import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loosenedKeep, loosenedSchedule, loosenedSource, loosenedSources } from '../../src/analysis/gate/loosened.ts';
import type { Report, Source } from '../../src/report/report.ts';
import { rhythmOf } from '../../src/report/rhythm.ts';

type Schedule = Report['schedule'];
const schedule = (cron: string, catchUp: Schedule['catch_up'] = 'last'): Schedule => ({ cron, timezone: 'Europe/Berlin', catch_up: catchUp });
const source = (within: string | null, more: { level?: 'warn' | 'error'; column?: string; archive?: string } = {}): Pick<Source, 'freshness' | 'archive'> => {
  const { level = 'error', column = 'day', archive } = more;
  return { ...(within !== null && { freshness: { column, within, level } }), ...(archive !== undefined && { archive }) };
};

test('a report that comes more seldom is named; one at another hour or on another weekday is not', () => {
  const cases: [string, string, string | null][] = [
    ['0 6 * * *', '0 0 29 2 *', 'on 365 → 0.25 days a year'],
    ['0 6 * * *', '0 6 * * 1-5', 'on 365 → 261 days a year'],
    ['0 6 * * *', '30 2 * * *', null],
    ['0 6 * * 1', '0 7 * * 5', null],
    ['0 6 * * 1', '0 6 * * *', null],
    ['0 6 1 * *', '0 6 28 * *', null],
    ['0 6 1 * *', '0 6 31 * *', 'on 12 → 7 days a year'],
    ['0 * * * *', '30 * * * *', null],
    ['0 * * * *', '0 6 * * *', '8,766 → 365 times a year'],
    ['0 6 * * *', '*/5 * * * 1', 'on 365 → 52.2 days a year'],
    ['0 6,18 * * 1', '0 6 * * *', null],
    ['@daily', '0 6 * * *', null],
    ['@daily', '@weekly', 'on 365 → 52.2 days a year'],
  ];
  for (const [before, after, seldom] of cases) assert.deepEqual(loosenedSchedule(schedule(before), schedule(after)), seldom === null ? [] : [`schedule.cron: ${before} → ${after} (${seldom})`], `${before} → ${after}`);
  assert.deepEqual(rhythmOf('*/5 * * * 1-5'), { days: 7305 / 28, times: 288 });
});

test('slots that are left out are named, and not those that are caught up on', () => {
  assert.deepEqual(loosenedSchedule(schedule('0 6 * * *', 'all'), schedule('0 6 * * *', 'last')), ['schedule.catch_up: all → last']);
  assert.deepEqual(loosenedSchedule(schedule('0 6 * * *', 'none'), schedule('0 6 * * *', 'all')), []);
});

test('snapshots that would leave the site sooner are named, and not those that stay longer', () => {
  assert.deepEqual(loosenedKeep(undefined, { daily: 30, monthly: 12 }), ['keep: all → daily 30, monthly 12']);
  assert.deepEqual(loosenedKeep({ daily: 30, monthly: 12 }, { daily: 40 }), ['keep: daily 30, monthly 12 → daily 40']);
  assert.deepEqual(loosenedKeep({ daily: 30 }, { daily: 30, yearly: 'all' }), []);
  assert.deepEqual(loosenedKeep(undefined, { daily: 'all' }), []);
});

test('data that may be older than before is named with what it was', () => {
  const said = (before: Parameters<typeof source>, after: Parameters<typeof source>): string[] => loosenedSource(source(...before), source(...after));
  assert.deepEqual(said(['2 days'], ['48 hours']), []);
  assert.deepEqual(said(['2 days', { level: 'warn' }], ['1 day']), []);
  assert.deepEqual(said([null], ['1 day']), []);
  assert.deepEqual(said(['2 days'], ['9999 days', { level: 'warn' }]), ['freshness: 2 days, error → 9999 days, warn']);
  assert.deepEqual(said(['2 days'], ['2 days', { level: 'warn' }]), ['freshness: 2 days, error → 2 days, warn']);
  assert.deepEqual(said(['2 days'], [null]), ['freshness: 2 days, error → none']);
  assert.deepEqual(said(['2 days'], ['2 days', { column: 'loaded' }]), ['freshness: 2 days, error → 2 days, error, by loaded']);
  assert.deepEqual(said(['2 days'], ['2 days', { archive: '2026-01-07' }]), ['archive: none → 2026-01-07']);
  assert.deepEqual(said(['2 days', { archive: '2026-01-07' }], ['2 days']), []);
});

test('a report that reads another source in place of a fresh one is named, unless that one is as fresh', () => {
  const named = (name: string, ...what: Parameters<typeof source>) => ({ name, ...source(...what) });
  assert.deepEqual(loosenedSources([named('orders', '2 days')], [named('copy', null)]), ['sources: orders (freshness: 2 days, error) → copy (freshness: none)']);
  assert.deepEqual(loosenedSources([named('orders', '2 days')], [named('copy', '1 day', { column: 'loaded' })]), []);
  assert.deepEqual(loosenedSources([named('orders', '2 days'), named('shops', null)], [named('shops', null)]), ['sources: orders (freshness: 2 days, error) → none']);
  assert.deepEqual(loosenedSources([named('orders', '2 days')], [named('orders', '2 days'), named('shops', null)]), []);
});
