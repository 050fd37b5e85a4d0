import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { test, type TestContext } from 'node:test';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import { digestBytes, saltedDigest } from '../../src/snapshot/canonical.ts';
import type { KeptSnapshot } from '../../src/snapshot/checkout.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import { newestPublished, type ReportState } from '../../src/snapshot/ledger-state.ts';
import { citation } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord, DecidedRecord } from '../../src/snapshot/records.ts';
import { readBlob, readLedger } from '../../src/store/history.ts';
import { keep, type KeepOptions } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { Attempted, KeepRequest, PersonalRows, Policy } from '../../src/store/request.ts';
import { ENV, git, newRepository, request, result } from './store-fixture.ts';

interface Trial {
  root: string;
  enter: (what: Partial<KeepRequest>, options?: KeepOptions) => Promise<Entry | null>;
  state: () => Promise<ReportState>;
}

async function trial(t: TestContext): Promise<Trial> {
  const root = await newRepository(t);
  return {
    root,
    enter: async (what, options = {}) => (await keep(await openRepository(root, ENV), request(what.attempts ?? [], what), options)).entry,
    state: async () => {
      const repository = await openRepository(root, ENV);
      return (await readLedger(repository, repository.head)).reports.get('team/a')!;
    },
  };
}

const policy = (more: Partial<Policy>): ReadonlyMap<string, Policy> => new Map([['team/a', { approvers: 0, keep: null, retain: null, ...more }]]);

/** What the entry is told of each new snapshot: which two were compared. */
function recorder(): { seen: string[]; changeOf: NonNullable<KeepRequest['changeOf']> } {
  const seen: string[] = [];
  const name = ({ manifest, csv }: KeptSnapshot): string => `${citation({ report: manifest.report, asOf: manifest.as_of, version: manifest.version })}=${csv.toString().split('\n')[1]}`;
  const changeOf = (base: KeptSnapshot | null, head: KeptSnapshot): ChangeRecord => {
    seen.push(`${base && name(base)} → ${name(head)}`);
    const { report, as_of, version } = head.manifest;
    return { report, as_of, version, base: base && name(base).split('=')[0]!, rows: { entered: 1, modified: 0, deleted: 0, left: 0 }, restated: null };
  };
  return { seen, changeOf };
}

test('a snapshot is compared with what readers had been told before it', async (t) => {
  const { enter } = await trial(t);
  const { seen, changeOf } = recorder();
  await enter({ attempts: [result('team/a', '2001-06-28', ['7']), result('team/a', '2001-06-30', ['8'])], changeOf });
  await enter({ attempts: [result('team/a', '2001-06-29', ['9'])], changeOf });
  const entry = await enter({ attempts: [result('team/a', '2001-06-30', ['10'])], changeOf });
  assert.deepEqual(seen, [
    'null → team/a@2001-06-28.v1=7', 'team/a@2001-06-28.v1=7 → team/a@2001-06-30.v1=8',
    'team/a@2001-06-28.v1=7 → team/a@2001-06-29.v1=9', 'team/a@2001-06-30.v1=8 → team/a@2001-06-30.v2=10',
  ]);
  assert.equal(entry!.changes![0]!.base, 'team/a@2001-06-30.v1');
  assert.equal((await enter({ attempts: [result('team/b', '2001-06-30')] }))!.changes, undefined, 'without an analysis the entry says nothing');
});

test('a held snapshot is no base, and is shown when it is approved', async (t) => {
  const { enter, state } = await trial(t);
  const { seen, changeOf } = recorder();
  const policies = policy({ approvers: 1 });
  await enter({ attempts: [result('team/a', '2001-06-28', ['7'])] });
  const held = await enter({ attempts: [result('team/a', '2001-06-29', ['8'])], policies, changeOf });
  const again = await enter({ attempts: [result('team/a', '2001-06-30', ['9'])], policies, changeOf });
  assert.deepEqual(seen, ['team/a@2001-06-28.v1=7 → team/a@2001-06-29.v1=8', 'team/a@2001-06-28.v1=7 → team/a@2001-06-30.v1=9']);
  const { manifest } = held!.kept[0]!;
  assert.deepEqual(held!.held, [{ report: 'team/a', as_of: '2001-06-29', version: 1, manifest, approvers: 1 }]);
  assert.equal(newestPublished(await state())!.as_of, '2001-06-28');

  const decided: DecidedRecord = { report: 'team/a', as_of: '2001-06-29', version: 1, manifest, decision: 'approved', by: ['Jane'], at: '2001-07-01T06:00:00Z', commit: null, pull: null };
  const rejected: DecidedRecord = { ...decided, as_of: '2001-06-30', manifest: again!.kept[0]!.manifest, decision: 'rejected' };
  const forged = { ...rejected, manifest: digestBytes('another'), decision: 'approved' as const };
  assert.deepEqual((await enter({ decided: [decided, forged, rejected, rejected] }))!.decided, [decided, rejected]);
  assert.equal(await enter({ decided: [decided, { ...rejected, decision: 'approved' }] }), null, 'what is decided stays decided');
  assert.equal(newestPublished(await state())!.as_of, '2001-06-29');
  assert.equal((await state()).versions.get('2001-06-30')![0]!.standing, 'rejected');
});

test('what this very entry approves is what readers had been told', async (t) => {
  const { enter } = await trial(t);
  const { seen, changeOf } = recorder();
  const held = await enter({ attempts: [result('team/a', '2001-06-29', ['8'])], policies: policy({ approvers: 1 }) });
  const decided: DecidedRecord = { report: 'team/a', as_of: '2001-06-29', version: 1, manifest: held!.kept[0]!.manifest, decision: 'approved', by: ['Jane'], at: '2001-07-01T06:00:00Z', commit: null, pull: null };
  await enter({ attempts: [result('team/a', '2001-06-30', ['9'])], decided: [decided], changeOf });
  assert.deepEqual(seen, ['team/a@2001-06-29.v1=8 → team/a@2001-06-30.v1=9']);
});

test('what retires leaves the tree in the same commit; Git keeps it', async (t) => {
  const { root, enter, state } = await trial(t);
  for (const asOf of ['2001-05-01', '2001-05-31', '2001-06-01', '2001-06-02']) await enter({ attempts: [result('team/a', asOf, [asOf])] });
  const before = await git(root, 'rev-parse', 'HEAD');
  const entry = await enter({ policies: policy({ keep: { daily: 1, monthly: 1 } }) });
  assert.deepEqual(entry!.retired!.map(({ as_of, commit }) => [as_of, commit]), [['2001-05-01', before], ['2001-06-01', before]]);
  const [{ path: manifest, blob }] = entry!.retired![0]!.files as [{ path: string; blob: string }];
  assert.equal(manifest, 'snapshots/2001/05/01/v1/team/a.json');
  assert.equal(existsSync(path.join(root, manifest)), false);
  assert.equal(await git(root, 'rev-parse', `${before}:${manifest}`), blob);
  assert.equal(await git(root, 'status', '--porcelain'), '');
  assert.equal(await git(root, 'ls-files', manifest), '');
  assert.equal((await state()).versions.get('2001-05-01')![0]!.retired!.commit, before);
  assert.equal(await enter({ policies: policy({ keep: { daily: 1, monthly: 1 } }) }), null, 'once');
});

test('what may retire, and how long rows are retained, is as the branch says it too: the stricter of the two', async (t) => {
  const { root, enter } = await trial(t);
  const define = async (text: string): Promise<void> => {
    await mkdir(path.join(root, 'reports/team'), { recursive: true });
    await writeFile(path.join(root, 'reports/team/a.yml'), text);
    await git(root, 'add', '-A');
    await git(root, 'commit', '-q', '-m', 'Definition');
  };
  for (const asOf of ['2001-04-30', '2001-05-01', '2001-05-31', '2001-06-01', '2001-06-02']) await enter({ attempts: [result('team/a', asOf, [asOf])] });
  const retiring = async (): Promise<string[] | undefined> => (await enter({ policies: policy({ keep: { daily: 1, monthly: 1 } }) }))?.retired?.map(({ as_of: asOf }) => asOf);
  for (const text of ['title: no rule\n', 'keep: { daily: all }\n', 'keep: [not, a, rule]\n', 'keep: {\n']) {
    await define(text);
    assert.equal(await retiring(), undefined, text);
  }
  await define('keep: { daily: 2 }\n');
  assert.deepEqual(await retiring(), ['2001-04-30', '2001-05-01']);

  const written: PersonalRows[] = [];
  const personal = { read: async () => null, write: async (some: readonly PersonalRows[]) => void written.push(...some) };
  const retained = async (asOf: string, retain: string | null): Promise<string | undefined> => {
    const attempt = result('team/a', asOf, ['Jane', retain ?? '']) as Attempted & { kind: 'result' };
    const salt = 'ab'.repeat(32);
    const salted = { ...attempt, salt, result: { ...attempt.result, rows: { ...attempt.result.rows, sha256: saltedDigest(salt, attempt.csv) } } };
    return (await enter({ attempts: [salted], policies: policy({ retain }) }, { personal }))!.kept[0]!.retain_until;
  };
  await define('retain: 2 months\n');
  assert.deepEqual([await retained('2001-07-01', null), await retained('2001-07-02', '60 days'), await retained('2001-07-03', '6 years')], ['2001-09-01', '2001-09-01', '2007-07-01']);
});

test('rows with personal data go to their own place, before the entry that names them', async (t) => {
  const { root, enter } = await trial(t);
  const salt = 'ab'.repeat(32);
  const attempt = result('team/a', '2001-06-30', ['Jane']) as Attempted & { kind: 'result' };
  const rows = saltedDigest(salt, attempt.csv);
  const salted = { ...attempt, salt, result: { ...attempt.result, rows: { ...attempt.result.rows, sha256: rows } } };
  await assert.rejects(enter({ attempts: [salted] }), { code: 'personal-store' });
  const written: PersonalRows[] = [];
  const personal = { read: async () => null, write: async (some: readonly PersonalRows[]) => void written.push(...some) };
  const entry = await enter({ attempts: [salted], policies: policy({ retain: '6 years' }) }, { personal });
  assert.deepEqual(written.map(({ name, csv }) => [citation(name), csv.toString()]), [['team/a@2001-06-30.v1', 'n\nJane\n']]);
  assert.deepEqual([entry!.kept[0]!.rows, entry!.kept[0]!.retain_until], [rows, '2007-07-01']);
  const repository = await openRepository(root, ENV);
  assert.equal(await readBlob(repository, repository.head, 'snapshots/2001/06/30/v1/team/a.csv'), null);

  const erasure = { report: 'team/a', as_of: '2001-06-30', reason: 'request', ticket: 'T-1', approver: 'dpo' } as const;
  await assert.rejects(enter({ erased: [erasure] }), { code: 'erasure-refused' });
  const erased = await enter({ erased: [erasure, { ...erasure, as_of: '2001-06-29' }], time: new Date('2007-07-01T00:00:00Z') });
  assert.deepEqual(erased!.erased, [{ ...erasure, versions: [1] }]);
  assert.equal(await enter({ erased: [erasure] }), null, 'once');
});

test('rows that were made before an erasure of their as-of do not land after it: their salt is about to go', async (t) => {
  const { enter } = await trial(t);
  const salt = 'ab'.repeat(32);
  const salted = (value: string): Attempted => {
    const attempt = result('team/a', '2001-06-30', [value]) as Attempted & { kind: 'result' };
    return { ...attempt, salt, result: { ...attempt.result, rows: { ...attempt.result.rows, sha256: saltedDigest(salt, attempt.csv) } } };
  };
  const written: string[] = [];
  const personal = { read: async () => null, write: async (some: readonly PersonalRows[]) => void written.push(...some.map(({ csv }) => csv.toString())) };
  await enter({ attempts: [salted('Jane')] }, { personal });
  const landed: number[] = [];
  await enter({ erased: [{ report: 'team/a', as_of: '2001-06-30', reason: 'request', ticket: 'T-1', approver: 'dpo' }] }, { landed: async () => void landed.push(written.length) });
  assert.deepEqual(landed, [1], 'told once, when it has landed');
  const late = await enter({ attempts: [salted('Joan'), result('team/b', '2001-06-30')], since: 1 }, { personal });
  assert.match(late!.runs[0]!.error!.message, /was erased while its rows were made/);
  assert.deepEqual([late!.kept.map(({ report }) => report), written], [['team/b'], ['n\nJane\n']]);
  assert.equal((await enter({ attempts: [salted('Joan')], since: 3 }, { personal }))!.kept[0]!.version, 2);
});

test('rows that cannot be written fail their report, and the others land', async (t) => {
  const { enter } = await trial(t);
  const attempt = result('team/a', '2001-06-30', ['Jane']) as Attempted & { kind: 'result' };
  const salted: Attempted = { ...attempt, salt: 'ab'.repeat(32), result: { ...attempt.result, rows: { ...attempt.result.rows, sha256: saltedDigest('ab'.repeat(32), attempt.csv) } } };
  const full = { read: async () => null, write: async () => Promise.reject(new DaybookError('disk-full', 'no space left')) };
  const entry = await enter({ attempts: [salted, result('team/b', '2001-06-30')] }, { personal: full });
  assert.deepEqual(entry!.runs.map(({ report, status, inputs, error }) => [report, status, inputs === null, error?.code]), [['team/a', 'failed', true, 'disk-full'], ['team/b', 'succeeded', false, undefined]]);
  assert.deepEqual(entry!.kept.map(({ report }) => report), ['team/b']);
});
