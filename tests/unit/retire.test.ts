import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KeepSpec } from '../../src/report/schema.ts';
import { digestBytes } from '../../src/snapshot/canonical.ts';
import type { ReportState, Version } from '../../src/snapshot/ledger-state.ts';
import { retirable } from '../../src/store/retire.ts';

/** Versions by as-of, each in words: `2001-06-30`, `2001-06-30 held`; the same as-of again is its next version. */
function stateOf(words: string[]): ReportState {
  const versions = new Map<string, Version[]>();
  for (const word of words) {
    const [asOf = '', ...marks] = word.split(' ');
    const all = versions.get(asOf) ?? [];
    const digest = digestBytes(`${word} ${all.length}`);
    const standing = marks.includes('held') ? 'held' : marks.includes('rejected') ? 'rejected' : 'published';
    const retired = marks.includes('retired') ? { report: 'a', as_of: asOf, version: all.length + 1, manifest: digest, commit: 'c', files: [] } : null;
    versions.set(asOf, [...all, { report: 'a', as_of: asOf, version: all.length + 1, manifest: digest, rows: digest, data: digest, sequence: 1, time: '2001-07-01T00:00:00Z', standing, approvers: 0, published: standing === 'published' ? { sequence: 1, time: '2001-07-01T00:00:00Z' } : null, retired, erased: null }]);
  }
  return { lastSlot: null, lastRun: null, newest: null, newestGood: null, known: new Map(), versions };
}

function names(versions: Version[]): string[] {
  return versions.map(({ as_of: asOf, version }) => (version === 1 ? asOf : `${asOf}.v${version}`));
}

const YEARS: string[] = ['1998-12-31', '1999-11-30', '1999-12-30', '2000-01-31', '2000-02-01', '2000-02-28', '2000-03-14', '2000-03-15', '2000-03-16'];

for (const [what, words, keep, expected] of [
  ['the newest days', YEARS.slice(-3), { daily: 2 }, ['2000-03-14']],
  ['days that have snapshots, however far apart', ['1990-01-01', '1995-01-01', '2000-01-01'], { daily: 2 }, ['1990-01-01']],
  ['every as-of of a day', ['2000-01-01T06:00Z', '2000-01-02T06:00Z', '2000-01-02T18:00Z'], { daily: 1 }, ['2000-01-01T06:00Z']],
  ['fewer days than are kept', YEARS, { daily: 90 }, []],
  ['all days', YEARS, { daily: 'all', monthly: 1 }, []],
  ['the last as-of of the months before the oldest day’s', YEARS, { daily: 1, monthly: 2 }, ['1998-12-31', '1999-11-30', '1999-12-30', '2000-02-01', '2000-03-14', '2000-03-15']],
  ['all months', YEARS, { daily: 1, monthly: 'all' }, ['2000-02-01', '2000-03-14', '2000-03-15']],
  ['the last as-of of the years before the oldest month’s', YEARS, { daily: 1, monthly: 2, yearly: 1 }, ['1998-12-31', '1999-11-30', '2000-02-01', '2000-03-14', '2000-03-15']],
  ['years without months', YEARS, { daily: 1, yearly: 'all' }, ['1999-11-30', '2000-01-31', '2000-02-01', '2000-02-28', '2000-03-14', '2000-03-15']],
  ['the last as-of of a day of several, of a month', ['2000-01-31T06:00Z', '2000-01-31T18:00Z', '2000-02-01T06:00Z'], { daily: 1, monthly: 1 }, ['2000-01-31T06:00Z']],
  ['all versions of a kept as-of, none of another', ['2000-01-30', '2000-01-30', '2000-01-31', '2000-01-31', '2000-02-01'], { daily: 1, monthly: 1 }, ['2000-01-30', '2000-01-30.v2']],
  ['what is retired already is not named again', ['2000-01-29 retired', '2000-01-30', '2000-02-01'], { daily: 1 }, ['2000-01-30']],
  ['a correction of what is retired follows it', ['2000-01-30 retired', '2000-01-30', '2000-02-01'], { daily: 1 }, ['2000-01-30.v2']],
  ['an as-of whose latest version is held stays whole', ['2000-01-29', '2000-01-30', '2000-01-30 held', '2000-02-01'], { daily: 1 }, ['2000-01-29']],
  ['a held version that another has replaced waits for nobody', ['2000-01-30 held', '2000-01-30', '2000-01-31 held', '2000-01-31 rejected', '2000-02-01'], { daily: 1 }, ['2000-01-30', '2000-01-30.v2', '2000-01-31', '2000-01-31.v2']],
  ['what was never published does not count as a day', ['2000-01-29', '2000-01-30', '2000-02-01 held'], { daily: 1 }, ['2000-01-29']],
  ['a rejected one goes with its time, and takes no month’s place', ['2000-01-30', '2000-01-31 rejected', '2000-02-01', '2000-02-02 rejected'], { daily: 1, monthly: 1 }, ['2000-01-31']],
  ['nothing was published', ['2000-01-30 rejected', '2000-01-31 held'], { daily: 1 }, []],
  ['nothing was kept', [], { daily: 1 }, []],
] as [string, string[], KeepSpec, string[]][]) {
  test(`keep: ${what}`, () => assert.deepEqual(names(retirable(stateOf(words), keep)), expected));
}

const count = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant('all' as const));
const keeps = fc.record({ daily: count, monthly: fc.option(count, { nil: undefined }), yearly: fc.option(count, { nil: undefined }) }).map(({ daily, monthly, yearly }): KeepSpec => ({ daily, ...(monthly === undefined ? {} : { monthly }), ...(yearly === undefined ? {} : { yearly }) }));
const day = fc.integer({ min: 0, max: 1500 }).map((days) => new Date(Date.UTC(1999, 0, 1 + days)).toISOString().slice(0, 10));
const asOf = fc.tuple(day, fc.constantFrom('', 'T06:00Z', 'T18:00Z')).map(([date, time]) => `${date}${time}`);
const words = fc.array(fc.tuple(asOf, fc.constantFrom('', '', '', '', ' held', ' rejected')).map(([one, mark]) => `${one}${mark}`), { maxLength: 60 });
const runs = { numRuns: 300, seed: 20010630 };

function retire(versions: Version[]): void {
  for (const one of versions) one.retired = { report: one.report, as_of: one.as_of, version: one.version, manifest: one.manifest, commit: 'c', files: [] };
}

test('what was retired once is all that there is to retire', () => {
  fc.assert(fc.property(words, keeps, (all, keep) => {
    const state = stateOf(all);
    retire(retirable(state, keep));
    assert.deepEqual(retirable(state, keep), []);
  }), runs);
});

test('the newest as-of stays, that was published and at all, and what waits for approval', () => {
  fc.assert(fc.property(words, keeps, (all, keep) => {
    const state = stateOf(all);
    const gone = retirable(state, keep);
    const newest = [...state.versions.keys()].sort().at(-1);
    const shown = [...state.versions].filter(([, versions]) => versions.some(({ standing }) => standing === 'published')).map(([one]) => one).sort().at(-1);
    assert.ok(gone.every((one) => one.as_of !== newest && one.as_of !== shown && state.versions.get(one.as_of)!.at(-1)!.standing !== 'held'));
  }), runs);
});

test('who keeps more, by any of the three, retires nothing else', () => {
  const more = (value: number | 'all' | undefined, by: number): number | 'all' => (value === 'all' ? 'all' : (value ?? 0) + by);
  fc.assert(fc.property(words, keeps, fc.constantFrom('daily', 'monthly', 'yearly'), fc.integer({ min: 1, max: 40 }), (all, keep, part, by) => {
    const less = new Set(names(retirable(stateOf(all), keep)));
    const wider = names(retirable(stateOf(all), { ...keep, [part]: more(keep[part], by) }));
    assert.deepEqual(wider.filter((one) => !less.has(one)), []);
  }), runs);
});

test('a day more takes away no month’s or year’s last as-of that was kept', () => {
  fc.assert(fc.property(fc.array(day, { minLength: 2, maxLength: 60 }), keeps, (days, keep) => {
    const sorted = [...new Set(days)].sort();
    const monthEnds = sorted.filter((one, index) => sorted[index + 1]?.slice(0, 7) !== one.slice(0, 7));
    const state = stateOf(sorted.slice(0, -1));
    retire(retirable(state, { ...keep, monthly: 'all' }));
    const lost = names([...state.versions.values()].flat().filter(({ retired }) => retired)).filter((one) => monthEnds.includes(one));
    assert.deepEqual(lost, []);
  }), runs);
});
