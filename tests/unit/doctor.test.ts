import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doctorText } from '../../scripts/doctor/text.ts';
import { forecast, isPacked, judge, LIMITS, sizeText, type Measured } from '../../scripts/doctor/judge.ts';
import type { Definitions } from '../../src/report/load.ts';
import { count } from '../../src/snapshot/count.ts';
import { growthADay, type Folders, type ReportSize, type Size, type Sizes } from '../../src/store/size.ts';

const NOW = new Date('2026-11-22T06:00:00Z');
const GB = 1e9;
const none: Size = { objects: 0, raw: 0, disk: 0, deltas: 0 };

function measured(more: { sizes?: Partial<Sizes>; bytes?: number; loose?: number; packs?: number; folders?: Partial<Folders> | null; garbage?: number } = {}): Measured {
  return {
    clone: { git: '2.39.5', shallow: false, filter: null, sparse: false, loose: { count: more.loose ?? 0, bytes: 0 }, packs: { count: more.packs ?? 1, bytes: more.bytes ?? 1e6 }, garbage: more.garbage ?? 0 },
    sizes: { snapshots: { ...none, objects: 100, raw: 1e7, disk: 1e6 }, ledger: none, files: none, trees: none, reports: [], days: {}, largest: [], ...more.sizes },
    folders: more.folders === null ? null : { snapshotFiles: 2, entries: 1, fullest: [], ...more.folders },
  };
}

function reports(keys: { [id: string]: string[] } = {}): Definitions {
  return { reports: new Map(Object.entries(keys).map(([id, key]) => [id, { key }])) } as unknown as Definitions;
}

const severities = (one: Measured, definitions = reports()): string[] => judge(one, definitions, NOW).map(({ severity }) => severity);

test('a small repository has nothing to say', () => {
  assert.deepEqual(judge(measured(), reports(), NOW), []);
});

test('sizes of the repository, from the alarm to the host’s limit', () => {
  for (const [bytes, severity] of [[1.9, []], [2, ['near']], [5, ['near']], [9.9, ['near']], [10, ['over']]] as const) {
    assert.deepEqual(severities(measured({ bytes: bytes * GB })), severity, `${bytes} GB`);
  }
  assert.match(judge(measured({ bytes: 6 * GB }), reports(), NOW)[0]!.remedy, /new instance/);
  assert.doesNotMatch(judge(measured({ bytes: 3 * GB }), reports(), NOW)[0]!.remedy, /new instance/);
});

test('files: 1 MB is worth a look in snapshots alone, beyond 25 MB a limit is near, 100 MB are refused', () => {
  const of = (path: string, raw: number): string[] => severities(measured({ sizes: { largest: [{ path, raw }] } }));
  const file = 'snapshots/2026/01/01/v1/team/a.csv';
  assert.deepEqual([of(file, 1e6), of(file, 1e6 + 1), of('data/a.csv', 2e6), of(file, 25e6), of('data/a.csv', 25e6 + 1), of(file, 1e8)], [[], ['look'], [], ['look'], ['near'], ['over']]);
});

test('folders: near from nine tenths of 3,000 on, worst first', () => {
  const fullest = [{ folder: 'snapshots/ledger/2026', entries: 3_001 }, { folder: 'snapshots/2026/01/01/v1/team', entries: 2_700 }, { folder: '', entries: 2_699 }];
  const found = judge(measured({ folders: { fullest } }), reports(), NOW);
  assert.deepEqual(found.map(({ severity }) => severity), ['over', 'near']);
  assert.match(found[0]!.what, /^snapshots\/ledger\/2026 has 3,001 entries; .* 3,000\.$/);
  assert.match(found[0]!.remedy, /less often/);
  assert.deepEqual(severities(measured({ folders: null })), []);
});

test('maintenance is advised from where Git itself would do it', () => {
  assert.deepEqual(severities(measured({ packs: 50 })), []);
  assert.deepEqual(severities(measured({ packs: 51 })), ['look']);
  const loose = judge(measured({ loose: 6_701, sizes: { trees: { ...none, objects: 100_000 } } }), reports(), NOW);
  assert.match(loose[0]!.what, /^6,701 loose objects and 1 packs/);
  assert.deepEqual(severities(measured({ garbage: 2e6 })), ['look']);
});

function rows(report: string, raw: number, disk: number, deltas: number, largest = 10_000): ReportSize {
  const sums: Size = { objects: 20, raw, disk, deltas };
  return { report, years: { 2026: sums }, rows: sums, largest };
}

test('rows that Git cannot keep as differences are named with the reason', () => {
  const of = (all: ReportSize[], keys: { [id: string]: string[] }) => judge(measured({ sizes: { reports: all } }), reports(keys), NOW);
  assert.deepEqual(of([rows('team/good', 6e6, 1e6, 19)], { 'team/good': ['id'] }), [], 'six times smaller');
  assert.deepEqual(of([rows('team/small', 2e5, 1e5, 0)], { 'team/small': ['id'] }), [], 'too little to tell');
  const [keyless] = of([rows('team/keyless', 6e6, 2e6, 3)], { 'team/keyless': [] });
  assert.match(keyless!.what, /^team\/keyless: rows take 2 MB for 6 MB; 3 of 20 /);
  assert.match(keyless!.remedy, /no `key`/);
  const twins = of([rows('one/long-name-at-end', 6e6, 2e6, 3), rows('two/long-name-at-end', 5e6, 1e5, 19)], { 'one/long-name-at-end': ['id'] });
  assert.match(twins[0]!.remedy, /two\/long-name-at-end ends alike/);
  assert.match(of([rows('team/huge', 6e7, 2e7, 3, 3e6)], { 'team/huge': ['id'] })[0]!.remedy, /large/);
  assert.match(of([rows('team/export', 6e6, 2e6, 3)], { 'team/export': ['id'] })[0]!.remedy, /time of export/);
  assert.match(of([rows('team/withdrawn', 6e6, 2e6, 3)], {})[0]!.remedy, /Most rows differ/);
});

test('as long as objects are loose, differences are not judged', () => {
  const loose = measured({ loose: 50, sizes: { reports: [rows('team/keyless', 6e6, 2e6, 0)] } });
  assert.equal(isPacked(loose), false);
  assert.deepEqual(judge(loose, reports(), NOW).map(({ what }) => what.slice(0, 20)), ['Most objects are not']);
});

test('growth a day over the last year; the first day brought what was there before', () => {
  assert.equal(growthADay({}), null);
  assert.equal(growthADay({ '2026-01-01': 1e9, '2026-01-14': 5 }), null);
  assert.equal(growthADay({ '2026-01-01': 1e9, '2026-01-10': 100, '2026-01-21': 100 }), 10);
  assert.equal(growthADay({ '2020-01-01': 1e9, '2024-01-01': 1e9, '2025-01-02': 365, '2026-01-01': 365 }), (365 + 365) / 365);
});

test('a forecast names the next limit and the day; what is far away is no warning', () => {
  const days = { '2026-01-01': 0, '2026-01-11': 1e8, '2026-01-21': 1e8 };
  const soon = measured({ sizes: { days }, bytes: GB });
  assert.deepEqual(forecast(soon, NOW), { bytesADay: 1e7, limit: LIMITS.repository.alarm, reached: '2027-03-02' });
  assert.deepEqual(severities(soon), ['near']);
  assert.deepEqual(severities(measured({ sizes: { days: { '2026-01-01': 0, '2026-01-21': 2e6 } }, bytes: GB })), [], 'in decades');
  assert.equal(forecast(measured({ sizes: { days: { '2026-01-01': 0, '2026-01-21': 20 } } }), NOW)!.reached, null);
  assert.equal(forecast(measured({ sizes: { days }, bytes: 3 * GB }), NOW)!.limit, LIMITS.repository.segment);
});

test('words for a narrow terminal', () => {
  assert.deepEqual([0, 999, 1_000, 9_949, 12_345, 1.5e6, 2e9].map(sizeText), ['0 B', '999 B', '1 KB', '9.9 KB', '12 KB', '1.5 MB', '2 GB']);
  assert.deepEqual([0, 999, 1_000, 1_234_567].map(count), ['0', '999', '1,000', '1,234,567']);
  const report = rows('team/a-report-with-a-name', 6e6, 2e6, 3);
  const one = measured({ bytes: 3 * GB, sizes: { reports: [report], largest: [{ path: 'snapshots/2026/01/01/v1/team/a.csv', raw: 10 }] }, folders: { fullest: [{ folder: 'snapshots', entries: 3 }] } });
  const text = doctorText('A title', { ...one, commit: 'a'.repeat(40), whole: true, packed: true, bytes: 3 * GB, forecast: null, limits: LIMITS, findings: judge(one, reports(), NOW), derived: [{ folder: 'dist', files: 1, bytes: 1e6 }] });
  for (const line of text.split('\n')) assert.ok(line.length <= 46, line);
  assert.match(text, /^A title\ncommit aaaaaaaaaaaa\n\nA LIMIT IS NEAR OR PASSED\.\n\nNEAR The repository takes 3 GB of 10 GB\./);
  assert.match(text, /\n {2}2026 +6 MB → +2 MB +3\.0×\n/);
});
