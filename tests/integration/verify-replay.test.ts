import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openDefinitions } from '../../scripts/verify/kept.ts';
import { changeRecord, type ChangeDefinition } from '../../src/analysis/restatement/change-record.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import type { Report } from '../../src/report/report.ts';
import { inputsOf as runInputs } from '../../src/run/inputs.ts';
import { digestBytes, digestJson } from '../../src/snapshot/canonical.ts';
import { encodeCsv } from '../../src/snapshot/csv.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import type { Manifest, Result } from '../../src/snapshot/manifest.ts';
import type { RestatedRecord } from '../../src/snapshot/records.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { Attempted, Policy } from '../../src/store/request.ts';
import { openEvidence, type Evidence } from '../../src/store/verify/clone.ts';
import { ENV, git, inputsOf, newRepository, request, write } from './store-fixture.ts';
import { commitAll, DAYBOOK, judge, readEntries, rewriteHistory, writeChain, type Verdict } from './verify-fixture.ts';

const REPORT = `title: Flights
team: test
owner: test@example.org
description: Departures by day and origin.
sources: [flights]
schedule: { cron: "0 6 * * *" }
as_of: { column: date }
key: [date, origin]
time: { column: date, period: day }
metrics:
  flights: { label: Flights, value: sum(flights), format: ",d" }
`;

/** A repository whose definitions can be read: `team/a` and its query. */
async function instance(t: TestContext): Promise<string> {
  const root = await newRepository(t);
  await write(root, 'daybook.yml', DAYBOOK.replace('teams: {}', 'teams: { test: { title: Test } }'));
  await write(root, 'reports/team/a.yml', REPORT);
  await write(root, 'queries/team/a.sql', 'SELECT 1');
  await write(root, 'queries/sources/flights.yml', 'files: data.csv\nformat: csv\n');
  await git(root, 'add', '-A');
  await git(root, 'commit', '-qm', 'Definitions');
  return root;
}

type Cells = (string | null)[][];
const day = (date: number, sea: number, jfk: number): Cells => [[`2001-06-0${date}`, 'JFK', String(jfk)], [`2001-06-0${date}`, 'SEA', String(sea)]];

function definitionOf(root: string): Report {
  const { reports, broken } = loadDefinitions(root);
  const report = reports.get('team/a');
  if (!report) throw new Error(JSON.stringify(broken.get('team/a')?.problems));
  return report;
}

/** What a job enters of a day, by the definition as it lies there. */
async function job(root: string, asOf: string, rows: Cells, policies: ReadonlyMap<string, Policy> = new Map()): Promise<Entry> {
  const report = definitionOf(root);
  const csv = encodeCsv(['date', 'origin', 'flights'], rows);
  const columns = ['date DATE', 'origin VARCHAR', 'flights BIGINT'].map((text) => ({ name: text.split(' ')[0]!, type: text.split(' ')[1]! }));
  const flights = String(rows.filter(([date]) => date === asOf).reduce((sum, row) => sum + Number(row[2]), 0));
  const result: Result = { columns, rows: { count: rows.length, bytes: csv.length, sha256: digestBytes(csv) }, metrics: [{ name: 'flights', value: flights, type: 'HUGEINT', period: asOf }], checks: [] };
  const inputs = { ...inputsOf('team/a', asOf, csv.toString()), definition: runInputs(report, [], asOf, []).definition };
  const attempt: Attempted = { report: 'team/a', slot: `${asOf}T06:00Z`, requested: asOf, definition: digestJson('definition'), kind: 'result', asOf, inputs, result, csv, milliseconds: 1, attempts: 1, warnings: [] };
  const { entry } = await keep(await openRepository(root, ENV), request([attempt], {
    time: new Date(`${asOf}T06:00:00Z`), job: { trigger: 'schedule', actor: 'test', code: await git(root, 'rev-parse', 'HEAD'), url: null },
    policies, changeOf: (base, head) => changeRecord(base, head, report),
  }));
  return entry!;
}

/** Four entries, of which the third corrects what the first two had published. */
async function ledger(t: TestContext): Promise<string> {
  const root = await instance(t);
  await job(root, '2001-06-01', day(1, 512, 300));
  await job(root, '2001-06-02', [...day(1, 512, 300), ...day(2, 520, 310)]);
  await job(root, '2001-06-03', [...day(1, 518, 300), ...day(2, 520, 310), ...day(3, 530, 320)]);
  await job(root, '2001-06-04', [...day(2, 520, 310), ...day(3, 530, 320), ...day(4, 540, 330)]);
  return root;
}

const layerOf = ({ layers }: Verdict): Verdict['layers'][number] => layers.find(({ id }) => id === 'changes')!;
const messages = (verdict: Verdict): string[] => layerOf(verdict).findings.map(({ message }) => message);

function restatedIn({ changes }: Entry): RestatedRecord {
  return changes![0]!.restated!;
}

test('records that say what the rows say are sound; without --replay they are told as not checked', async (t) => {
  const root = await ledger(t);
  const [, , third, fourth] = await readEntries(root);
  assert.deepEqual(restatedIn(third!).first_rows, [{ kind: 'modified', key: { date: '2001-06-01', origin: 'SEA' }, cells: [{ column: 'flights', before: '512', after: '518' }] }]);
  assert.deepEqual(fourth!.changes![0]!.rows, { entered: 2, modified: 0, deleted: 0, left: 2 });
  const replayed = await judge(root, { unanchored: true, replay: true });
  assert.deepEqual([replayed.code, replayed.status['changes'], layerOf(replayed).detail], [0, 'sound', '4 of 4 records computed again from the rows.']);
  const plain = await judge(root, { unanchored: true });
  assert.deepEqual([plain.code, plain.status['changes'], layerOf(plain).detail], [0, 'not-checked', 'Ask for it with --replay.']);
});

test('7: changes with a wrong "before", in a chain that was made to fit: --replay names entry, snapshot, key and both values', async (t) => {
  const root = await ledger(t);
  await git(root, 'tag', 'ORIG');
  const entries = await readEntries(root);
  const forged = async (change: (entries: Entry[]) => Entry[] | void): Promise<Verdict> => {
    const copy = structuredClone(entries);
    await writeChain(root, change(copy) ?? copy);
    // History with its code commits; the ledger's commits are one.
    await git(root, 'reset', '-q', '--soft', await git(root, 'rev-list', '-1', 'HEAD', '--', 'reports'));
    await commitAll(root, 'All');
    const verdict = await judge(root, { unanchored: true, replay: true });
    assert.deepEqual(verdict.layers.filter(({ id, status }) => id !== 'changes' && status !== 'sound' && status !== 'not-checked'), [], 'nothing else tells');
    await git(root, 'reset', '-q', '--hard', 'ORIG');
    return verdict;
  };

  const before = await forged(([, , third]) => { (restatedIn(third!).first_rows[0] as { cells: { before: string }[] }).cells[0]!.before = '517'; });
  assert.deepEqual([before.code, before.first!.layer, before.first!.sequence, before.first!.file], [1, 'changes', 3, 'snapshots/ledger/2001/0000003.json']);
  assert.equal(before.first!.message, 'team/a@2001-06-03.v1: it says "2001-06-01 SEA flights: 517 → 518", and the rows say "2001-06-01 SEA flights: 512 → 518"');

  const cases: [string, (entries: Entry[]) => void, string[]][] = [
    ['another key', ([, , third]) => { Object.assign((restatedIn(third!).first_rows[0] as { key: object }).key, { origin: 'JFK' }); }, ['it says "2001-06-01 JFK flights: 512 → 518", and the rows say "nothing"', 'it says "nothing", and the rows say "2001-06-01 SEA flights: 512 → 518"']],
    ['another number', ([, , third]) => { restatedIn(third!).first_metrics[0]!.before = '813'; }, ['it says "flights of 2001-06-01: 813 → 818", and the rows say "flights of 2001-06-01: 812 → 818"']],
    ['a count', ([, , third]) => { third!.changes![0]!.rows.modified = 0; }, ['it says "0 rows modified", and the rows say "1 rows modified"']],
    ['no restatement', ([, , third]) => { third!.changes![0]!.restated = null; }, ['it says "restated nothing", and the rows say "restated of 2001-06-01 to 2001-06-02: 0 rows added, 0 removed, 1 modified, 1 metrics"']],
    ['another base', ([, , third]) => { third!.changes![0]!.base = 'team/a@2001-06-01.v1'; }, ['it says "compared with team/a@2001-06-01.v1", and the rows say "compared with team/a@2001-06-02.v1"']],
    ['of another shape', ([, , third]) => { Object.assign(third!.changes![0]!, { restated: { first_rows: [7, null, { kind: 'modified' }], first_metrics: 'x' } }); }, ['it says "7", and the rows say "nothing"']],
    ['something more', ([, , third]) => { Object.assign(third!.changes![0]!, { note: 'x' }); }, ['it is written otherwise than the rows say it']],
  ];
  for (const [what, change, expected] of cases) {
    const verdict = await forged(change);
    assert.deepEqual([verdict.code, verdict.status['changes']], [1, 'tampered'], what);
    for (const message of expected) assert.ok(messages(verdict).some((one) => one === `team/a@2001-06-03.v1: ${message}`), `${what}: ${messages(verdict).join('\n')}`);
  }

  const silent = await forged((all) => { delete all[2]!.changes; });
  assert.deepEqual([silent.code, silent.status['changes'], messages(silent)], [0, 'warning', ['it does not say what team/a@2001-06-03.v1 changed']]);
  const before_records = await forged((all) => { for (const entry of all) delete entry.changes; });
  assert.deepEqual([before_records.status['changes'], layerOf(before_records).detail], ['not-checked', 'No entry says what a snapshot changed.']);
});

test('a definition that has changed since is read at the commit that ran; one that is not there is said', async (t) => {
  const root = await ledger(t);
  const entries = await readEntries(root);
  await write(root, 'reports/team/a.yml', REPORT.replace('key: [date, origin]', 'key: [origin, date]').replace('sum(flights)', 'count()'));
  await commitAll(root, 'Other');
  const since = await judge(root, { unanchored: true, replay: true });
  assert.deepEqual([since.code, layerOf(since).detail], [0, '4 of 4 records computed again from the rows.']);

  await writeChain(root, entries.map((entry) => ({ ...entry, job: { ...entry.job, code: 'f'.repeat(40) } })));
  await rewriteHistory(root);
  const lost = await judge(root, { unanchored: true, replay: true });
  assert.deepEqual([lost.code, lost.status['changes'], layerOf(lost).detail], [0, 'warning', '0 of 4 records computed again from the rows.']);
  assert.match(messages(lost)[0]!, /what team\/a@2001-06-01.v1 changed cannot be computed again: the definition that its run had is not in the history/);

  await write(root, 'reports/team/a.yml', REPORT);
  await rewriteHistory(root);
  const same = await judge(root, { unanchored: true, replay: true });
  assert.deepEqual([same.status['changes'], layerOf(same).detail], ['sound', '4 of 4 records computed again from the rows.'], 'the definition of today is the one of then');
});

test('versions, held snapshots and retired ones are compared with what readers were told', async (t) => {
  const root = await instance(t);
  const held = new Map([['team/a', { approvers: 1, keep: null, retain: null }]]);
  await job(root, '2001-06-01', day(1, 512, 300));
  await job(root, '2001-06-02', [...day(1, 9, 9), ...day(2, 520, 310)], held);
  const third = await job(root, '2001-06-03', [...day(1, 512, 300), ...day(2, 520, 310), ...day(3, 530, 320)]);
  const again = await job(root, '2001-06-03', [...day(1, 512, 300), ...day(2, 521, 310), ...day(3, 530, 320)]);
  await write(root, 'reports/team/a.yml', `${REPORT}keep: { daily: 1 }\n`);
  await commitAll(root);
  const last = await job(root, '2001-06-04', [...day(1, 512, 300), ...day(2, 521, 310), ...day(3, 530, 320), ...day(4, 1, 1)], new Map([['team/a', { approvers: 0, keep: { daily: 1 }, retain: null }]]));
  assert.deepEqual([third, again, last].map(({ changes }) => changes![0]!.base), ['team/a@2001-06-01.v1', 'team/a@2001-06-03.v1', 'team/a@2001-06-03.v2']);
  assert.ok((last.retired ?? []).length > 0, 'the last job retires');
  const verdict = await judge(root, { unanchored: true, replay: true });
  assert.deepEqual([verdict.code, layerOf(verdict).detail, messages(verdict)], [0, '5 of 5 records computed again from the rows.', []]);
});

test('a definition is taken only where it is the one that the manifest names', async (t) => {
  const root = await ledger(t);
  const evidence: Evidence = await openEvidence(root, '/', ENV, join(root, '..'));
  t.after(() => evidence.close());
  const manifest = JSON.parse(await readFile(join(root, 'snapshots/2001/06/04/v1/team/a.json'), 'utf8')) as Manifest;
  const definition = await openDefinitions(evidence, [{ code: evidence.commit, report: 'team/a' }, { code: 'not a commit', report: 'team/a' }]);
  const expected: Partial<ChangeDefinition> = { key: ['date', 'origin'], time: { column: 'date', period: 'day' }, personal: [] };
  for (const code of [evidence.commit, 'not a commit']) {
    const { key, time, personal, metrics } = definition(code, manifest)!;
    assert.deepEqual([{ key, time, personal }, metrics.map(({ name }) => name)], [expected, ['flights']], code);
    assert.equal(definition(code, { ...manifest, inputs: { ...manifest.inputs, definition: digestJson('another') } }), null, code);
  }
});
