import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditOf, type AuditInput, type HistoryCommit } from '../../src/analysis/audit/audit.ts';
import { pageAudit } from '../../src/analysis/audit/facts.ts';
import { auditCsv } from '../../src/present/audit/csv.ts';
import { auditHtml } from '../../src/present/audit/html.ts';
import { auditGroups } from '../../src/present/audit/page.ts';
import { auditText } from '../../src/present/audit/text.ts';
import { auditWords, totalsWords } from '../../src/present/audit/words.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { decodeCsv } from '../../src/snapshot/csv.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import type { ChangeRecord } from '../../src/snapshot/records.ts';

const DIGEST = digestJson('x');
const HOSTILE = '=cmd() <script>alert(1)</script> \u202E\u001b[2J';

function entry(sequence: number, time: string, more: Partial<Entry> = {}): Entry {
  return { format: 'daybook/ledger/1', sequence, previous: null, time, job: { trigger: 'schedule', actor: 'ci', code: 'c0de', url: null }, runs: [], kept: [], missed: [], ...more };
}

const kept = (report: string, asOf: string, version = 1): Entry['kept'][number] => ({ report, as_of: asOf, version, manifest: DIGEST, rows: DIGEST, data: DIGEST });
const RESTATED: ChangeRecord = {
  report: 'team/flights', as_of: '2001-06-04', version: 1, base: 'team/flights@2001-06-03.v1', rows: { entered: 10, modified: 2, deleted: 0, left: 1 },
  restated: {
    periods: { from: '2001-06-03', to: '2001-06-03' }, rows: { added: 0, removed: 1, modified: 60 }, metrics: 1,
    first_rows: [{ kind: 'modified', key: { date: '2001-06-03', origin: 'SEA' }, cells: [{ column: 'flights', before: '512', after: '518' }, { column: 'note', before: null, after: HOSTILE }] }, { kind: 'removed', row: { date: '2001-06-03', flights: '-3', origin: 'LAX' } }],
    first_metrics: [{ name: 'flights', period: '2001-06-03', before: '1024', after: '1030' }],
  },
};

const PERSON = { name: HOSTILE, email: '-evil@example.org', time: '2001-06-02T00:00:00Z' };
const COMMIT: HistoryCommit = {
  commit: 'ab'.repeat(20), author: PERSON, committer: PERSON, signature: null, subject: `${HOSTILE} (#12)`, body: `+1\n${HOSTILE}`, how: 'commit', landed: null, time: '2001-06-02T00:00:00Z', after: 1,
  files: [{ path: 'reports/team/flights.yml', from: null, status: 'changed', before: 'a', after: 'b' }, { path: 'reports/team/other.yml', from: null, status: 'removed', before: 'a', after: null }, { path: 'daybook.yml', from: null, status: 'changed', before: 'k1', after: 'k2' }], snapshots: [], snapshotCount: 0,
};
const KEY = `test+1a2b3c4d+${'A'.repeat(44)}`;

function input(more: Partial<AuditInput> = {}): AuditInput {
  return {
    instance: 'test', from: '2001-06-01', to: '2001-06-30', report: null,
    entries: [
      entry(1, '2001-06-03T06:00:00Z', { kept: [kept('team/flights', '2001-06-03')], changes: [{ ...RESTATED, as_of: '2001-06-03', base: null, restated: null, rows: { entered: 2837, modified: 121, deleted: 0, left: 0 } }] }),
      entry(2, '2001-06-04T06:00:00Z', {
        kept: [kept('team/flights', '2001-06-04'), kept('team/held', '2001-06-04'), kept('team/old', '2001-06-04')], changes: [RESTATED, { ...RESTATED, report: 'team/held' }],
        held: [{ report: 'team/held', as_of: '2001-06-04', version: 1, manifest: DIGEST, approvers: 2 }],
        runs: [{ report: 'team/flights', slot: '2001-06-04T06:00Z', requested: '2001-06-04', as_of: null, status: 'failed', attempts: 1, milliseconds: 1, definition: DIGEST, inputs: null, data: null, error: { code: 'query-failed', message: HOSTILE }, warnings: [] }],
      }),
    ],
    ledger: { sequence: 2, head: DIGEST }, commits: [COMMIT], history: { commit: 'cd'.repeat(20), notes: [] }, commitOf: new Map([[1, 'ef'.repeat(20)]]), computed: new Map(), decisions: new Map(), engines: new Map([[0, 'duckdb 1'], [2, 'duckdb 2']]),
    texts: new Map([['a', 'title: A'], ['b', 'title: "=1+1"'], ['k1', 'title: T'], ['k2', `title: T\nledger: { keys: [{ key: "${KEY}", since: 3 }] }`]]), normalSql: (sql) => sql, reportOfQuery: new Map(), ...more,
  };
}

const NAMES = new Map([['team/flights', { key: ['date', 'origin'], metrics: new Map([['flights', { label: 'Flights', format: ',d' }]]) }]]);

test('the totals are the sentence', () => {
  const restated = { snapshots: 4, added: 0, removed: 0, modified: 12, metrics: 3 };
  const rows = { entered: 2847, modified: 123, deleted: 0, left: 5 };
  assert.equal(totalsWords({ rows, restated, unknown: 0 }), '2,847 rows entered, 123 modified, 0 deleted; 12 modified rows and 3 metrics of periods already published (restated)');
  assert.equal(totalsWords({ rows: { ...rows, entered: 1 }, restated: { ...restated, modified: 0, metrics: 0 }, unknown: 2 }), '1 row entered, 123 modified, 0 deleted; nothing that had been published was restated; what 2 snapshots changed is not known');
  assert.equal(totalsWords({ rows, restated: { ...restated, added: 1, metrics: 1 }, unknown: 0 }), '2,847 rows entered, 123 modified, 0 deleted; 12 modified and 1 added rows, and 1 metric of periods already published (restated)');
});

test('what is held restates nothing that readers see, until it is approved', () => {
  const held = auditOf(input());
  assert.deepEqual(held.totals.restated, { snapshots: 1, added: 0, removed: 1, modified: 60, metrics: 1 });
  assert.equal(held.totals.held, 1);
  assert.equal(pageAudit(held, new Set()).audit.snapshots.find(({ report }) => report === 'team/held')!.restated, null);
  const approved = auditOf(input({ decisions: new Map([['team/held@2001-06-04.v1', 'approved']]) }));
  assert.equal(approved.totals.restated.snapshots, 2);
  assert.notEqual(pageAudit(approved, new Set()).audit.snapshots.find(({ report }) => report === 'team/held')!.restated, null);
});

test('one report: what is its own', () => {
  const audit = auditOf(input({ report: { id: 'team/flights', isItsFile: () => false } }));
  assert.deepEqual(audit.reports.map(({ report }) => report), ['team/flights']);
  assert.deepEqual(audit.definitions.map(({ files }) => files.map(({ path }) => path)), [['reports/team/flights.yml']]);
  assert.deepEqual(audit.engines, []);
});

test('in words: rows by the report’s key, metrics by their names, what is not listed counted', () => {
  const words = auditWords(auditOf(input()), NAMES);
  const [item] = words.sections.find(({ id }) => id === 'restated')!.items;
  assert.equal(item!.what, 'against team/flights@2001-06-03.v1: 60 rows modified, 1 row removed, 1 metric');
  assert.deepEqual([item!.lines[0], item!.lines[2], item!.lines[3]], ['Flights of 2001-06-03: 1,024 → 1,030', '2001-06-03 LAX removed: flights: -3', '… and 59 more rows']);
  assert.match(item!.lines[1]!, /^2001-06-03 SEA flights: 512 → 518, note: no value → =cmd/);
  assert.deepEqual(words.sections.find(({ id }) => id === 'keys')!.items.map(({ what }) => what), ['test+1a2b3c4d may sign from entry 3 on']);
  assert.deepEqual(words.sections.find(({ id }) => id === 'engines')!.items.map(({ what, entry: at }) => [what, at]), [['duckdb 1 → duckdb 2', 2]]);
  assert.deepEqual(words.sections.find(({ id }) => id === 'unknown')!.items.map(({ what }) => what), ['What 1 snapshot changed: the ledger does not record what it changed']);
});

test('what was retired names the commit that has it still, also where a shallow clone does not know the job’s own', () => {
  const files = [{ path: 'snapshots/2001/05/01/v1/team/old.csv', blob: 'a' }];
  const retired = [1, 2].map((version) => ({ report: 'team/old', as_of: '2001-05-01', version, manifest: DIGEST, commit: 'ba'.repeat(20), files }));
  for (const own of [null, 'ef'.repeat(20)]) {
    const audit = auditOf(input({ entries: [entry(2, '2001-06-04T06:00:00Z', { retired })], commitOf: new Map(own === null ? [] : [[2, own]]) }));
    const [item] = auditWords(audit, NAMES).sections.find(({ id }) => id === 'retired')!.items;
    assert.deepEqual([item!.lines, item!.commit], [[`team/old@2001-05-01.v1 to team/old@2001-05-01.v2; Git’s history has them at commit ${'ba'.repeat(20)}`], own]);
    assert.match(auditCsv(audit, NAMES), new RegExp(`Git’s history has it at commit ${'ba'.repeat(20)},,,${own ?? ''},2`));
  }
});

test('lines of text cannot be made by a message', () => {
  const text = auditText(auditWords(auditOf(input()), NAMES), 100);
  const plain = auditText(auditWords(auditOf(input({ commits: [{ ...COMMIT, subject: 'a (#12)', body: 'b\nc' }] })), NAMES), 100);
  assert.equal(text.split('\n').length, plain.split('\n').length);
});

test('a spreadsheet runs nothing: cells that begin as a formula are texts, numbers stay numbers', () => {
  const csv = auditCsv(auditOf(input()), NAMES);
  const { names, rows } = decodeCsv(Buffer.from(csv));
  assert.deepEqual(names, ['time', 'kind', 'report', 'snapshot', 'who', 'what', 'before', 'after', 'commit', 'entry']);
  const cells = rows.flat().filter((cell) => cell !== null);
  assert.deepEqual(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell) && !/^-?\d+$/.test(cell)), []);
  assert.doesNotMatch(csv, /[\u0000-\u0009\u000b-\u001f\u202e]/u);
  const events = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  assert.deepEqual(events.map(({ time }) => time), events.map(({ time }) => time!).toSorted());
  const modified = events.filter(({ kind, snapshot }) => kind === 'restated-row-modified' && snapshot === 'team/flights@2001-06-04.v1');
  assert.deepEqual(modified.map(({ what, before, after }) => [what, before, after]), [['2001-06-03 SEA flights', '512', '518'], ['2001-06-03 SEA note', 'no value', `'=cmd() <script>alert(1)</script> \uFFFD\u241B[2J`]]);
  assert.deepEqual(events.filter(({ kind }) => kind === 'definition-changed').map(({ report, before, after }) => [report, before, after])[0], ['team/flights', 'A', "'=1+1"]);
});

test('the page alone and the pages of the site hold texts, and no address of a person', () => {
  const audit = auditOf(input());
  const html = auditHtml(auditWords(audit, NAMES), audit.instance);
  assert.doesNotMatch(html, /<script|\u202e|\u001b/u);
  assert.match(html, /&lt;script&gt;/);
  assert.doesNotMatch(JSON.stringify(pageAudit(audit, new Set())), /evil@/);
});

test('a commit stands with each report that it touched, with what it did there, and with what they share', () => {
  const groups = auditGroups(auditOf(input()), NAMES);
  const told = groups.map(({ report, items }) => [report, items.filter(({ kind }) => kind === 'Definition').flatMap(({ lines }) => lines.filter((line) => /\.yml/.test(line)))]);
  assert.deepEqual(told, [
    [null, ['settings changed: daybook.yml']], ['team/flights', ['report changed: reports/team/flights.yml']], ['team/held', []], ['team/old', []], ['team/other', ["report removed: reports/team/other.yml: 'A' (1 line)"]],
  ]);
});

test('nothing at all', () => {
  const audit = auditOf(input({ entries: [], commits: [], history: { commit: null, notes: ['Git could not be asked.'] }, engines: new Map() }));
  const text = auditText(auditWords(audit, NAMES), 10);
  assert.match(text, /0 rows entered.*nothing that had been published was restated\.\nNo ledger entry/);
  assert.equal(auditCsv(audit, NAMES).split('\n').length, 2);
});
