import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Audit, AuditedSnapshot, DefinitionChange } from '../../src/analysis/audit/document.ts';
import { pageAudit, type AuditIndex, type AuditMonth } from '../../src/analysis/audit/facts.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const PERSON = { name: 'Ada <b>Lovelace</b>', email: 'ada@example.org', time: '2001-06-29T10:00:00Z' };
const DIGEST = `sha256:${'a'.repeat(64)}` as const;

function change(index: number, more: Partial<DefinitionChange> = {}): DefinitionChange {
  return {
    commit: COMMIT, author: PERSON, committer: PERSON, signature: null, subject: 'Count flights by departure', body: 'Arrivals were counted twice.\n\n<script>window.hacked=1</script>',
    how: 'commit', landed: null, time: `2001-06-${String(index + 10)}T10:00:00Z`, clock: null, after_entry: index, pull: null,
    files: [{ path: 'reports/aviation/flights-0.yml', from: null, status: 'changed', kind: 'report', report: 'aviation/flights-0', changes: [{ key: 'schedule.cron', before: '0 6 * * *', after: '0 7 * * *' }, { key: 'metrics.on_time.value', before: 'sum(on_time) / sum(flights)', after: 'sum(on_time) / sum(departures)' }], more: 0, lines: { added: 2, removed: 2 }, only_layout: false }],
    ...more,
  };
}

function snapshot(report: string, day: number, more: Partial<AuditedSnapshot> = {}): AuditedSnapshot {
  return {
    report, as_of: `2001-06-${day}`, version: 1, base: `${report}@2001-06-${day - 1}.v1`, rows: { entered: 12, modified: 3, deleted: 0, left: 12 }, restated: null, computed: false, unknown: null, approvers: 0, standing: 'published',
    entry: 140, time: '2001-06-30T06:12:00Z', commit: COMMIT, ...more,
  };
}

function auditOfMonth(month: string, full: boolean): Audit {
  const report = 'aviation/flights-0';
  const restated = { periods: { from: '2001-06-03', to: '2001-06-29' }, rows: { added: 1, removed: 0, modified: 12 }, metrics: 1, first_rows: [{ kind: 'modified' as const, key: { date: '2001-06-03', origin: 'SEA' }, cells: [{ column: 'flights', before: '512', after: '518' }] }, { kind: 'added' as const, row: { date: '2001-06-04', origin: '<img src=x onerror=window.hacked=1>', flights: '7' } }], first_metrics: [{ name: 'flights', period: '2001-06-03', before: '11204', after: '11210' }] };
  const [sums, none] = [{ entered: 24, modified: 6, deleted: 0, left: 24 }, { snapshots: 0, added: 0, removed: 0, modified: 0, metrics: 0 }];
  const at = { entry: 140, time: '2001-06-30T06:12:00Z', commit: COMMIT };
  return {
    format: 'daybook/audit/1', instance: 'demo', report: null, from: `${month}-01`, to: `${month}-30`, ledger: { sequence: 140, head: DIGEST, first: 139, last: 140, entries: 2 }, history: { commit: COMMIT, notes: [] },
    totals: { definitions: full ? 4 : 1, runs: { succeeded: 5, unchanged: 12, failed: 1, skipped: 0 }, missed: 3, kept: 2, rows: sums, restated: { ...none, snapshots: 1, added: 1, modified: 12, metrics: 1 }, unknown: 0, held: 1, approved: 1, rejected: 0, retired: 35, erased: 1 },
    definitions: full ? [
      change(1),
      change(2, { signature: { kind: 'ssh', key: 'SHA256:uNiVztksCsDhcc0u9e8BrqEcSIzLBCIz0iYAl2mTzWE' }, landed: { commit: COMMIT, time: '2001-06-12T10:00:00Z', subject: 'Merge pull request #12 from ada/flights' }, pull: 12, subject: 'Weather of two cities, and \u202Eesrever', files: [{ path: 'queries/sources/weather.yml', from: null, status: 'added', kind: 'source', report: null, changes: [{ key: 'description', before: null, after: 'Daily weather of Seattle and New York' }], more: 0, lines: { added: 12, removed: 0 }, only_layout: false }] }),
      change(3, { files: [{ path: `queries/${report}.sql`, from: null, status: 'changed', kind: 'query', report, changes: [], more: 0, lines: { added: 4, removed: 4 }, only_layout: true }] }),
    ] : [],
    intrusions: full ? [{ ...change(4, { subject: 'Fix a number by hand' }), paths: [{ path: 'snapshots/2001/06/02/v1/aviation/flights-0.csv', status: 'changed' }], files: 1 }] : [],
    snapshots: [snapshot(report, 29), snapshot(report, 30, { restated }), ...(full ? [snapshot('climate/flights-1', 30, { approvers: 2, standing: 'held' })] : [])],
    reports: [{ report, kept: 2, rows: sums, restated: { ...none, snapshots: 1, added: 1, modified: 12, metrics: 1 }, unknown: 0 }, { report: 'climate/flights-1', kept: 1, rows: sums, restated: none, unknown: 0 }, { report: 'economy/flights-2', kept: 1, rows: sums, restated: none, unknown: 0 }],
    failures: [{ report, as_of: '2001-06-30', code: 'query-syntax', message: 'queries/flights.sql:3:8: syntax error at or near "FORM"', ...at }],
    missed: [{ report, from: '2001-06-27T06:00Z', to: '2001-06-29T06:00Z', count: 3, reason: 'the job did not run', ...at }],
    decided: [{ report: 'climate/flights-1', as_of: '2001-06-29', version: 1, manifest: DIGEST, decision: 'approved', by: ['grace', '=cmd()'], at: '2001-06-29T12:00:00Z', pull: 'https://example.org/pull/14', ...at }],
    retired: [], erased: [{ report, as_of: '2001-05-01', versions: [1], reason: 'request', ticket: 'DSR-118', approver: 'dpo', ...at }],
    engines: [{ before: 'duckdb 1.4.1 {}', after: 'duckdb 1.4.2 {}', ...at }], keys: [{ commit: COMMIT, time: '2001-06-11T10:00:00Z', author: PERSON, key: 'demo+1a2b3c4d', change: 'added', since: 140 }],
  };
}

/** Facts of the audit pages: two months, one with everything that can happen. */
export async function writeAuditFixture(folder: string): Promise<void> {
  await mkdir(join(folder, 'audit'), { recursive: true });
  const write = async (file: string, value: AuditIndex | AuditMonth): Promise<void> => writeFile(join(folder, 'audit', file), JSON.stringify(value));
  const months = ['2001-06', '2001-05'].map((month, index) => ({ month, audit: auditOfMonth(month, index === 0) }));
  for (const { month, audit } of months) await write(`${month}.json`, { month, ...pageAudit(audit, new Set()), names: { 'aviation/flights-0': { key: ['date', 'origin'], metrics: { flights: { label: 'Flights', format: ',d' } } } } });
  await write('index.json', { months: months.map(({ month, audit }) => ({ month, key: DIGEST, digest: DIGEST, totals: audit.totals, intrusions: audit.intrusions.length })), notes: ['This is a shallow clone: commits before its first one are not told. Run git fetch --unshallow to bring them.'] });
}
