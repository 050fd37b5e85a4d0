import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { saltAttempt } from '../../scripts/instance/personal.ts';
import { digestBytes, saltedDigest } from '../../src/snapshot/canonical.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import type { ErasedRecord } from '../../src/snapshot/records.ts';
import { keep, type KeepOptions } from '../../src/store/keep.ts';
import { storeAt, type PersonalStore } from '../../src/store/personal.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { KeepRequest, Policy } from '../../src/store/request.ts';
import { ENV, git, newRepository, request, result, write } from './store-fixture.ts';
import { commitAll, DAYBOOK, judge, keepCheckpoint, readEntries, rewriteHistory, writeChain, type Verdict } from './verify-fixture.ts';

/* Attack 10 of the auditor's ten, on rows that may be erased, and attacks on what is retired. */

const RECORD: Omit<ErasedRecord, 'versions'> = { report: 'team/a', as_of: '2001-06-30', reason: 'request', ticket: 'T-1', approver: 'dpo' };

interface Trial {
  root: string;
  store: PersonalStore;
  enter: (what: Partial<KeepRequest>, options?: KeepOptions) => Promise<Entry | null>;
  /** With the rows of the store, and a checkpoint that is not asked for. */
  judge: () => Promise<Verdict>;
}

/** A ledger of two entries: rows of a person in two versions, and a report like any other. */
async function trial(t: TestContext, policy: Partial<Policy> = {}): Promise<Trial> {
  const root = await newRepository(t);
  await write(root, 'daybook.yml', DAYBOOK);
  await write(root, 'reports/team/a.yml', `title: A\n${policy.keep ? `keep: ${JSON.stringify(policy.keep)}\n` : ''}`);
  await commitAll(root, 'Instance');
  const store = storeAt(join(dirname(root), 'store'));
  await mkdir(store.folder);
  const policies = new Map([['team/a', { approvers: 0, keep: null, retain: null, ...policy }]]);
  const enter = async (what: Partial<KeepRequest>, options: KeepOptions = {}) => (await keep(await openRepository(root, ENV), request([], { policies, ...what }), { personal: store, ...options })).entry;
  const personal = async (values: string[]) => saltAttempt(result('team/a', '2001-06-30', values), store);
  await enter({ attempts: [await personal(['Ada', 'Grace']), result('team/b', '2001-06-30')] });
  await enter({ attempts: [await personal(['Grace'])] });
  return { root, store, enter, judge: () => judge(root, { unanchored: true, personalStore: store.folder }) };
}

async function erase({ enter, store }: Trial, time = '2001-07-02T00:00:00Z'): Promise<void> {
  await enter({ erased: [RECORD], time: new Date(time) });
  await store.destroy('team/a', '2001-06-30');
}

/** Enters the erasure as a forger would who has Daybook's code, and leaves out its checks. */
async function forgeErasure({ root, store }: Trial, change: Partial<ErasedRecord> = {}, time = '2001-07-02T00:00:00Z'): Promise<string> {
  const entries = await readEntries(root);
  const last: Entry = { ...entries.at(-1)!, runs: [], kept: [], time, erased: [{ ...RECORD, versions: [1, 2], ...change }] };
  await writeChain(root, [...entries, last]);
  await store.destroy('team/a', '2001-06-30');
  return commitAll(root);
}

function found({ code, first }: Verdict): unknown[] {
  return [code, first?.layer ?? null];
}

test('10a: rows that were erased by a valid entry are told as ERASED, and all is sound', async (t) => {
  const one = await trial(t);
  const since = await keepCheckpoint(one.root);
  assert.deepEqual(found(await one.judge()), [0, null]);
  await erase(one);
  const verdict = await judge(one.root, { since: [since], personalStore: one.store.folder });
  assert.deepEqual(found(verdict), [0, null]);
  assert.deepEqual([verdict.status['personal'], verdict.status['erasures']], ['sound', 'sound']);
  const { erased } = verdict as Verdict & { erased: unknown[] };
  assert.deepEqual(erased, [{ ...RECORD, versions: [1, 2], sequence: 3, time: '2001-07-02T00:00:00Z', file: 'snapshots/ledger/2001/0000003.json' }]);
  const without = await judge(one.root, { since: [since] });
  assert.deepEqual([without.code, without.status['personal'], without.status['erasures']], [0, 'not-checked', 'sound'], 'who has no store is told so');
});

test('a report with personal data retires its manifests, and its rows can be erased then', async (t) => {
  const one = await trial(t, { keep: { daily: 1 } });
  const entry = await one.enter({ attempts: [await saltAttempt(result('team/a', '2001-07-01', ['Mary']), one.store)] });
  assert.equal(entry!.retired, undefined, 'what was the newest until now');
  const retired = (await one.enter({}))!.retired!;
  assert.deepEqual(retired.map(({ version, files }) => [version, files.length]), [[1, 1], [2, 1]]);
  assert.deepEqual(found(await one.judge()), [0, null]);
  await erase(one);
  assert.deepEqual(found(await one.judge()), [0, null]);
});

test('10b: rows that are gone without an entry, from Git or from the store', async (t) => {
  const one = await trial(t);
  const gone = 'snapshots/2001/06/30/v1/team/b.csv';
  await unlink(join(one.root, gone));
  const commit = await commitAll(one.root);
  const { code, first, layers } = await one.judge();
  assert.deepEqual([code, first!.layer, first!.file, first!.message], [1, 'snapshots', gone, 'it is missing']);
  assert.equal(layers.find(({ id }) => id === 'history')!.findings[0]!.commit, commit);
  await git(one.root, 'reset', '-q', '--hard', 'HEAD~');

  const folder = join(one.store.folder, '2001/06/30/team');
  const [rows, , salt] = (await readdir(folder)).sort((a, b) => a.length - b.length).reverse();
  await rm(join(folder, rows!));
  const missing = await one.judge();
  assert.deepEqual(found(missing), [1, 'personal']);
  assert.match(missing.first!.message, /the rows of team\/a@2001-06-30.v[12] are missing in the store, and no entry erased them/);
  await rm(join(folder, salt!));
  assert.match((await one.judge()).layers.find(({ id }) => id === 'personal')!.findings.map(({ message }) => message).join(), /the salt of team\/a@2001-06-30.v[12] is missing/);
});

test('10b: rows in the store that are not the ones of the ledger', async (t) => {
  const one = await trial(t);
  const { rows } = (await readEntries(one.root))[0]!.kept.find(({ report }) => report === 'team/a')!;
  const file = join('2001/06/30/team', `a.${rows.slice('hmac-sha256:'.length)}.csv`);
  await write(one.store.folder, file, 'n\nAda\nMary\n');
  const { code, first } = await one.judge();
  assert.equal(code, 1);
  assert.match(first!.message, /rows in the store are not those that the ledger names/);
});

test('10c: erased before the day until which the rows are retained', async (t) => {
  const one = await trial(t, { retain: '6 years' });
  await assert.rejects(erase(one, '2007-06-30T23:59:59Z'), { code: 'erasure-refused' });
  assert.deepEqual(found(await one.judge()), [0, null]);
  await forgeErasure(one);
  const { code, first } = await one.judge();
  assert.deepEqual([code, first!.layer, first!.sequence], [1, 'ledger', 3]);
  assert.match(first!.message, /it erases team\/a@2001-06-30.v1, which is to be retained until 2007-07-01/);
});

test('10c: erased on the first day on which it may be', async (t) => {
  const one = await trial(t, { retain: '6 years' });
  await erase(one, '2007-07-01T00:00:00Z');
  assert.deepEqual(found(await one.judge()), [0, null]);
});

test('10c: erased under a legal hold, which the commit before it has', async (t) => {
  const one = await trial(t);
  await write(one.root, 'reports/team/a.yml', 'title: A\nlegal_hold: true\n');
  await commitAll(one.root, 'Hold');
  await assert.rejects(erase(one), { code: 'erasure-refused' });
  const commit = await forgeErasure(one);
  const { code, first } = await one.judge();
  assert.deepEqual([code, first!.layer, first!.commit], [1, 'erasures', commit]);
  assert.match(first!.message, /team\/a was under a legal hold in commit/);

  // The hold ends in the very commit that erases: too late.
  await git(one.root, 'reset', '-q', '--soft', 'HEAD~');
  await write(one.root, 'reports/team/a.yml', 'title: A\n');
  await commitAll(one.root);
  assert.deepEqual(found(await one.judge()), [1, 'erasures']);
});

test('10c: a definition that nobody can read is no way round a legal hold; a hold that ended is none', async (t) => {
  const one = await trial(t);
  await write(one.root, 'reports/team/a.yml', 'title: [A\n');
  await commitAll(one.root, 'Break');
  await assert.rejects(erase(one), { code: 'erasure-refused' });
  await write(one.root, 'reports/team/a.yml', 'title: A\nlegal_hold: true\n');
  await commitAll(one.root, 'Hold');
  await write(one.root, 'reports/team/a.yml', 'title: A\nlegal_hold: false\n');
  await commitAll(one.root, 'End');
  await erase(one);
  assert.deepEqual(found(await one.judge()), [0, null]);
});

for (const [what, change, message] of [
  ['10d: erased without an approver', { approver: '' }, /without an approver/],
  ['erased without a ticket', { ticket: '' }, /without a ticket/],
  ['erased with the name of a person in the ticket', { ticket: 'Ada Byron' }, /without a ticket/],
  ['erased for no known reason', { reason: 'because' as ErasedRecord['reason'] }, /for a reason that is none of the known ones/],
  ['erased in part', { versions: [1] }, /erases team\/a@2001-06-30, v1, and not the versions that have rows outside of Git: v1, v2/],
  ['erased what was never kept', { as_of: '2001-06-29', versions: [1] }, /outside of Git: none/],
  ['erased rows that are in Git', { report: 'team/b', versions: [1] }, /outside of Git: none/],
  ['an erasure with free text', { note: 'Ada asked for it' } as Partial<ErasedRecord>, /"erased.0" is missing or wrong/],
] as [string, Partial<ErasedRecord>, RegExp][]) {
  test(what, async (t) => {
    const one = await trial(t);
    await forgeErasure(one, change);
    const { code, first } = await one.judge();
    assert.deepEqual([code, first!.layer, first!.sequence], [1, 'ledger', 3]);
    assert.match(first!.message, message);
  });
}

test('erased twice', async (t) => {
  const one = await trial(t);
  await erase(one);
  await forgeErasure(one);
  const { code, first } = await one.judge();
  assert.deepEqual([code, first!.layer, first!.sequence], [1, 'ledger', 4]);
});

test('rows of a person that came into Git, for however short a time', async (t) => {
  const one = await trial(t);
  const file = 'snapshots/2001/06/30/v1/team/a.csv';
  await write(one.root, file, 'n\nAda\nGrace\n');
  await commitAll(one.root);
  const there = await one.judge();
  assert.deepEqual([there.code, there.first!.file], [1, file]);
  assert.match(there.first!.message, /rows with personal data are in Git/);
  await unlink(join(one.root, file));
  await commitAll(one.root);
  assert.deepEqual(found(await one.judge()), [1, 'history']);
});

test('an erasure whose history was put into one commit cannot be told from a false one', async (t) => {
  const one = await trial(t);
  await erase(one);
  await rewriteHistory(one.root);
  const { code, status } = await one.judge();
  assert.deepEqual([code, status['erasures']], [2, 'cannot-tell']);
});

test('an unsalted digest in the place of a salted one, and the reverse', async (t) => {
  const one = await trial(t);
  const csv = Buffer.from('n\nAda\nGrace\n');
  const salt = (await one.store.knownSalt('team/a', '2001-06-30'))!;
  const entries = await readEntries(one.root);
  assert.equal(entries[0]!.kept[0]!.rows, saltedDigest(salt, csv));
  await writeChain(one.root, entries.map((entry, index) => (index === 0 ? { ...entry, kept: entry.kept.map((kept) => (kept.report === 'team/a' ? { ...kept, rows: digestBytes(csv) } : kept)) } : entry)));
  await rewriteHistory(one.root);
  const { code, first, layers } = await one.judge();
  assert.deepEqual([code, first!.layer], [1, 'snapshots']);
  assert.match(layers.find(({ id }) => id === 'snapshots')!.findings.map(({ message }) => message).join(), /its rows are not those that the ledger names/);
  assert.match(await readFile(join(one.root, 'snapshots/2001/06/30/v1/team/a.json'), 'utf8'), /hmac-sha256:/);
});
