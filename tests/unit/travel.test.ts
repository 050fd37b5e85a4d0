import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boardAt, cardMonths, packMonth, unpackMonth, type BoardMonth, type CardMonth } from '../../src/analysis/travel/board.ts';
import { toldOf } from '../../src/analysis/travel/facts.ts';
import { dayBefore, laterDay, spanAt, spansOf, stepAt, stepsOf, unpack, yearFiles, type Mode, type TravelStep, type TravelVersion, type YearFile } from '../../src/analysis/travel/travel.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { LEDGER_FORMAT, type Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState, newestPublished, publishedVersions, type LedgerState, type Version } from '../../src/snapshot/ledger-state.ts';
import type { SnapshotFacts } from '../../src/analysis/facts/facts.ts';

const REPORT = 'team/a';
const FIRST = Date.parse('2000-12-20');

/** The days that the properties look at: two weeks around a new year, and one long before and after. */
const DAYS = ['1999-01-01', ...Array.from({ length: 30 }, (_, index) => new Date(FIRST + index * 86_400_000).toISOString().slice(0, 10)), '2009-01-01'];

const asOf = fc.tuple(fc.integer({ min: 0, max: 25 }), fc.constantFrom('', '', 'T06:00Z', 'T23:59Z')).map(([day, time]) => DAYS[day + 1]! + time);
/** An entry: hours since the one before, what it keeps, which of them are held, what is decided of those held before. */
const step = fc.record({ hours: fc.integer({ min: 0, max: 90 }), kept: fc.uniqueArray(asOf, { maxLength: 4 }), held: fc.boolean(), decide: fc.constantFrom('approved', 'rejected', null), newest: fc.boolean() });
const steps = fc.array(step, { minLength: 1, maxLength: 8 });

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

function ledgerOf(list: Steps): LedgerState {
  const state = emptyState();
  let time = FIRST;
  for (const { hours, kept, held, decide, newest } of list) {
    time += hours * 3_600_000;
    const versions = state.reports.get(REPORT)?.versions ?? new Map();
    const waiting = [...versions.values()].flat().filter(({ standing }) => standing === 'held');
    const decided = decide === null ? [] : (newest ? waiting.slice(-1) : waiting.slice(0, 1));
    const records = kept.map((at) => {
      const version = (versions.get(at)?.length ?? 0) + 1;
      return { report: REPORT, as_of: at, version, manifest: digestJson([at, version]), rows: digestJson(1), data: digestJson([at, version]) };
    });
    const entry: Entry = {
      format: LEDGER_FORMAT, sequence: state.sequence + 1, previous: state.head, time: `${new Date(time).toISOString().slice(0, 19)}Z`,
      job: { trigger: 'schedule', actor: 'test', code: String(hours % 3).repeat(40), url: null }, runs: [], kept: records, missed: [],
      ...(held ? { held: records.map((record) => ({ report: REPORT, as_of: record.as_of, version: record.version, manifest: record.manifest, approvers: 1 })) } : {}),
      decided: decided.map((one) => ({ report: REPORT, as_of: one.as_of, version: one.version, manifest: one.manifest, decision: decide!, by: ['x'], at: '2001-01-01T00:00:00Z', commit: null, pull: null })),
    };
    applyEntry(state, entry);
  }
  return state;
}

/** As the site's facts say it. */
function toldFrom(state: LedgerState): TravelVersion[] {
  const history = [...publishedVersions(state.reports.get(REPORT)!)].reverse().map((version): SnapshotFacts => ({
    citation: `${REPORT}@${version.as_of}.v${version.version}`, asOf: version.as_of, version: version.version, data: version.data, manifest: version.manifest, sequence: version.sequence, time: version.time,
    rows: version.version === 3 ? null : 7, metrics: version.version === 3 ? [] : [{ name: 'n', value: 1, text: `${version.as_of} ${version.version}`, period: version.as_of.slice(0, 10) }, ...(version.version === 2 ? [{ name: 'more', value: null, text: null, period: null }] : [])],
    files: { manifest: `${version.as_of}/v${version.version}.json`, rows: version.version === 1 ? `${version.as_of}/v${version.version}.csv` : null },
    approved: version.approvers > 0 ? version.published : null, change: null,
    retired: version.sequence === 2 ? { commit: 'd'.repeat(40) } : null, erased: version.sequence === 3 ? { time: version.time, sequence: 9, reason: 'request', ticket: 'x' } : null, code: 'c'.repeat(40), inputs: version.version % 2, beside: false,
  }));
  return toldOf({ history, inputs: [[], [{ name: 's', files: [{ path: 'a', bytes: 1, sha256: 'sha256:0' }], more: 2 }]] });
}

/** What a page does: pick the file, read it, look up the day. */
function lookUp(told: TravelVersion[], mode: Mode, day: string): TravelStep<TravelVersion> | undefined {
  const span = spanAt(spansOf(told), mode, day);
  const file = span && yearFiles(REPORT, told).get(span.year)!;
  return file && stepAt(stepsOf(unpack(JSON.parse(JSON.stringify(file)) as YearFile), mode), day);
}

const MODES: Mode[] = ['as-of', 'published'];
const name = (one: { asOf: string; version: number } | undefined): string => (one ? `${one.asOf}.v${one.version}` : 'nothing');
const isShown = (version: { as_of: string; version: number } | undefined): string => (version ? `${version.as_of}.v${version.version}` : 'nothing');

test('on any day, a report’s files show what the ledger says was newest', () => {
  let seen = 0;
  fc.assert(fc.property(steps, (list) => {
    const state = ledgerOf(list);
    const report = state.reports.get(REPORT);
    if (!report) return;
    const told = toldFrom(state);
    for (const mode of MODES) {
      for (const day of DAYS) {
        const expected: Version | undefined = mode === 'as-of' ? newestPublished(report, `${day}T23:59Z`) : newestPublished(report, undefined, `${day}T23:59:59Z`);
        assert.equal(name(lookUp(told, mode, day)?.shown), isShown(expected), `${mode} ${day}`);
        if (expected) seen++;
      }
    }
  }), { seed: 31, numRuns: 150 });
  assert.ok(seen > 1000);
});

test('earlier and later lead to the next day that shows something else', () => {
  fc.assert(fc.property(steps, (list) => {
    const state = ledgerOf(list);
    if (!state.reports.has(REPORT)) return;
    const told = toldFrom(state);
    const [spans, files] = [spansOf(told), yearFiles(REPORT, told)];
    for (const mode of MODES) {
      for (const [index, day] of DAYS.entries()) {
        const here = lookUp(told, mode, day);
        const span = spanAt(spans, mode, day);
        const beyond = spans.filter(({ year }) => !span || year > span.year).map((one) => one[mode]);
        const later = laterDay(span ? stepsOf(unpack(files.get(span.year)!), mode) : [], beyond, day);
        const other = DAYS.slice(index + 1).find((next) => name(lookUp(told, mode, next)?.shown) !== name(here?.shown));
        if (other !== '2009-01-01') assert.equal(later, other ?? null, `${mode}, later than ${day}`);
        if (!here) continue;
        const earlier = lookUp(told, mode, dayBefore(here.day));
        const before = DAYS.slice(0, index).findLast((one) => name(lookUp(told, mode, one)?.shown) !== name(here.shown));
        assert.equal(name(earlier?.shown), before === undefined ? 'nothing' : name(lookUp(told, mode, before)?.shown), `${mode}, earlier than ${day}`);
      }
    }
  }), { seed: 32, numRuns: 30 });
});

test('a year’s file loses nothing, and begins with the newest of an earlier year', () => {
  fc.assert(fc.property(steps, (list) => {
    const state = ledgerOf(list);
    if (!state.reports.has(REPORT)) return;
    const told = toldFrom(state);
    const files = [...yearFiles(REPORT, told)];
    assert.deepEqual(files.flatMap(([year, file]) => unpack(file).filter((one) => one.asOf.startsWith(year))), told);
    for (const [year, file] of files.slice(1)) assert.deepEqual(unpack(file)[0], told.findLast((one) => one.asOf < year));
    for (const { asOf: of, version, superseded } of told) {
      const next = told.filter((one) => one.asOf === of && one.version > version).map(({ published }) => published).sort()[0] ?? null;
      assert.equal(superseded, next);
    }
  }), { seed: 33, numRuns: 150 });
});

test('on any day, the board’s month shows what the ledger says, with the texts of the manifest', () => {
  fc.assert(fc.property(steps, (list) => {
    const state = ledgerOf(list);
    const report = state.reports.get(REPORT);
    if (!report) return;
    const told = toldFrom(state);
    for (const mode of MODES) {
      const months = cardMonths(told, mode, ['n', 'absent']);
      let before: CardMonth['steps'] = [];
      const files: [first: string, file: BoardMonth][] = [...months].sort(([a], [b]) => (a < b ? -1 : 1)).map(([month, own]) => {
        const made = packMonth(mode, month, new Map([[REPORT, { metrics: ['n', 'absent'], steps: [...before, ...own] }]]));
        before = own.slice(-1);
        return [own[0]!.day, JSON.parse(JSON.stringify(made)) as BoardMonth];
      });
      for (const day of DAYS) {
        const file = files.findLast(([first]) => first <= day);
        const card = file && boardAt(unpackMonth(file[1]), day).get(REPORT);
        const expected: Version | undefined = mode === 'as-of' ? newestPublished(report, `${day}T23:59Z`) : newestPublished(report, undefined, `${day}T23:59:59Z`);
        assert.equal(name(card), isShown(expected), `${mode} ${day}`);
        if (card) assert.deepEqual(card.texts, card.version === 3 ? [] : [`${card.asOf} ${card.version}`, null]);
      }
    }
  }), { seed: 34, numRuns: 150 });
});
