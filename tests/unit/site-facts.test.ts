import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besidePage, COMPARED, comparedName, shareOfSite } from '../../src/analysis/comparison/files.ts';
import type { MetricFacts, SnapshotFacts } from '../../src/analysis/facts/facts.ts';
import { restatedMetrics } from '../../src/analysis/restatement/restated-metrics.ts';
import { publicChecks, publicDefinition, publicPart, withheldOf } from '../../src/analysis/facts/withheld.ts';
import { markOf, standingWords } from '../../src/present/standing.ts';
import type { Report } from '../../src/report/report.ts';
import type { CheckResult } from '../../src/snapshot/manifest.ts';
import type { RestatedValue } from '../../src/snapshot/records.ts';

const [OPEN, KEYED] = ['sha256:00', 'hmac-sha256:00'] as const;
const report = (more: Partial<Report>): Report => ({ personal: [], charts: [], sort: [], ...more }) as unknown as Report;

test('columns that say something of a person are left out, with what would tell of them', () => {
  const columns = ['day', 'name', 'visits'].map((name) => ({ name, type: 'VARCHAR' }));
  const rows = [['2026-01-05', 'Ada', '9'], ['2026-01-05', 'Bea', '1'], ['2026-01-04', 'Cleo', null]];
  const definition = report({ personal: ['name'], sort: ['-name', 'day'], charts: [{ x: 'name' }, { by: 'name' }, { y: 'visits' }] as unknown as Report['charts'] });
  const withheld = withheldOf(definition, KEYED);
  assert.deepEqual(withheld, { columns: ['name'], rows: false });
  assert.deepEqual(withheldOf(definition, OPEN), withheld, 'kept before it was declared');
  // In an order of their own: that of the key would be the order of the names.
  assert.deepEqual(publicPart(columns, rows, withheld), { columns: [columns[0], columns[2]], rows: [['2026-01-04', null], ['2026-01-05', '1'], ['2026-01-05', '9']] });
  const shown = publicDefinition(definition, withheld);
  assert.deepEqual([shown.sort, shown.charts], [['day'], [{ y: 'visits' }]]);
  const check = (column: string | null): CheckResult => ({ name: 'c', column, operator: 'min', expected: 'A', actual: 'Ada', level: 'error', passed: true });
  assert.deepEqual(publicChecks([check('name'), check('visits'), check(null)], withheld).map(({ actual }) => actual), ['what is not shown here', 'Ada', 'Ada']);
});

test('rows of which nobody says any more what is personal are not shown at all', () => {
  const withheld = withheldOf(null, KEYED);
  assert.deepEqual(withheld, { columns: [], rows: true });
  assert.deepEqual(withheldOf(report({}), KEYED), withheld);
  assert.deepEqual(publicPart([{ name: 'name', type: 'VARCHAR' }], [['Ada']], withheld), { columns: [], rows: [] });
  assert.deepEqual(publicDefinition(report({ sort: ['name'], charts: [{ x: 'name' }] as unknown as Report['charts'] }), withheld).charts, []);
  assert.equal(withheldOf(report({}), OPEN), null);
});

test('beside a compare page lie the newest snapshots that fit, and never one alone', () => {
  const sizes = (...bytes: number[]): { rowBytes: number; bytes: number }[] => bytes.map((rowBytes) => ({ rowBytes, bytes: rowBytes + 100 }));
  assert.equal(besidePage(sizes(...Array.from({ length: 50 }, () => 10)), 1e6).length, COMPARED.snapshots);
  assert.deepEqual(besidePage(sizes(10, COMPARED.rowBytes + 1, 20), 1e6).map(({ rowBytes }) => rowBytes), [10, 20], 'a large one is passed over');
  assert.deepEqual(besidePage(sizes(400, 400, 400), 1_100).map(({ rowBytes }) => rowBytes), [400, 400]);
  for (const candidates of [sizes(), sizes(10), sizes(900, 900)]) assert.deepEqual(besidePage(candidates, 1_100), []);
});

test('all reports’ files together stay below the cap, and one report more seldom changes the share of each', () => {
  for (const reports of [0, 1, 14, 16, 17, 1_000, 1_024, 10_000, 65_537]) assert.ok(reports * shareOfSite(reports) <= COMPARED.siteBytes, String(reports));
  assert.equal(new Set(Array.from({ length: 2_000 }, (_, reports) => shareOfSite(reports))).size, 8);
  assert.deepEqual([comparedName('2001-06-30', 2), comparedName('2018-02-07T01:00Z', 1)], ['2001-06-30.v2', '2018-02-07-t0100.v1']);
});

test('a number is marked where the newest snapshot says its period, or an earlier one, otherwise', () => {
  const metric = (name: string, period: string | null): MetricFacts => ({ name, headline: { period, value: 1, text: '1' } }) as MetricFacts;
  const value = (name: string, period: string | null, before: string | null): RestatedValue => ({ name, period, before, after: '1' });
  const restated = { periods: null, rows: { added: 0, removed: 0, modified: 1 }, metrics: 3, first_rows: [], first_metrics: [value('a', '2026-01-05', '3'), value('a', '2026-01-06', '4'), value('b', '2026-01-05', '5'), value('c', null, null)] };
  const snapshot = { asOf: '2026-01-06', version: 2, change: { restated } } as unknown as SnapshotFacts;
  const marks = restatedMetrics({ snapshot, metrics: [metric('a', '2026-01-06'), metric('b', '2026-01-06'), metric('c', null), metric('d', '2026-01-06')] });
  assert.deepEqual([...marks].map(([name, { headline }]) => [name, headline]), [['a', { before: '4' }], ['b', null], ['c', { before: null }]]);
  assert.equal(restatedMetrics({ snapshot: null, metrics: [metric('a', null)] }).size, 0);
});

test('what became of a snapshot is said, with the command that shows it', () => {
  const base = { citation: 'team/a@2026-01-05.v1', retired: null, erased: null };
  assert.equal(markOf(base), null);
  assert.deepEqual(markOf({ ...base, retired: { commit: '0123456789abcdef' } }), { words: 'retired: in Git’s history at 0123456789ab', command: 'npx daybook show team/a@2026-01-05.v1' });
  const erased = { time: '2026-02-01T06:00:00Z', sequence: 9, reason: 'request', ticket: 'DSR-118' };
  assert.equal(markOf({ ...base, retired: { commit: '0123456789abcdef' }, erased })!.words, 'rows erased on 1 February 2026, reason: request, ticket: DSR-118');
  assert.deepEqual([standingWords({ standing: 'held', approvers: 1 }), standingWords({ standing: 'held', approvers: 2 }), standingWords({ standing: 'rejected', approvers: 1 })], ['waits for approval', 'waits for the approval of two people', 'rejected: readers never saw it']);
});
