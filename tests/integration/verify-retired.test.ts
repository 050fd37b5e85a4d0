import assert from 'node:assert/strict';
import { unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Entry } from '../../src/snapshot/entry.ts';
import type { RetiredRecord } from '../../src/snapshot/records.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { KeepRequest } from '../../src/store/request.ts';
import { ENV, git, request, result, write } from './store-fixture.ts';
import { commitAll, copyOfLedger, judge, keepCheckpoint, MANIFEST, readEntries, rewriteHistory, ROWS, writeChain } from './verify-fixture.ts';

const OTHER = ROWS.replace('/a.csv', '/b.csv');

async function enter(root: string, what: Partial<KeepRequest>): Promise<Entry> {
  return (await keep(await openRepository(root, ENV), request([], { time: new Date('2001-06-05T06:00:00Z'), ...what }))).entry!;
}

/** Four entries, and a fifth that retires all of `team/a` but the newest day. */
async function retired(t: TestContext): Promise<{ root: string; since: string; entry: Entry }> {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  const policies = new Map([['team/a', { approvers: 0, keep: { daily: 1 }, retain: null }]]);
  return { root, since, entry: await enter(root, { policies }) };
}

/** Adds an entry that retires what the given one is made into, with no check, and the files that it names. */
async function forge(root: string, records: (entry: Entry, head: string) => RetiredRecord[], remove: readonly string[] = []): Promise<string> {
  const entries = await readEntries(root);
  const head = await git(root, 'rev-parse', 'HEAD');
  const { held: _, ...last } = entries.at(-1)!;
  await writeChain(root, [...entries, { ...last, runs: [], kept: [], time: '2001-06-06T06:00:00Z', retired: records(entries[1]!, head) }]);
  for (const file of remove) await unlink(join(root, file));
  return commitAll(root);
}

async function recordOf(root: string, { kept }: Entry, commit: string, change: Partial<RetiredRecord> = {}): Promise<RetiredRecord> {
  const { report, as_of, version, manifest } = kept.find((one) => one.report === 'team/a')!;
  const files = await Promise.all([MANIFEST, ROWS].map(async (path) => ({ path, blob: await git(root, 'rev-parse', `HEAD:${path}`) })));
  return { report, as_of, version, manifest, commit, files, ...change };
}

test('what retires by its entry is sound: in a clone, a bare one, a bundle', async (t) => {
  const { root, since, entry } = await retired(t);
  assert.deepEqual(entry.retired!.map(({ as_of: asOf, version }) => `${asOf}.v${version}`), ['2001-06-01.v1', '2001-06-01.v2', '2001-06-02.v1']);
  await git(root, 'clone', '-q', '--bare', '.', '../bare.git');
  await git(root, 'bundle', 'create', '-q', '../whole.bundle', 'HEAD', 'main');
  for (const where of [root, join(dirname(root), 'bare.git'), join(dirname(root), 'whole.bundle')]) {
    const { code, layers } = await judge(where, { since: [since] });
    assert.equal(code, 0, where);
    assert.match(layers.find(({ id }) => id === 'snapshots')!.detail, /^4 snapshots, \d+ bytes, each file by its SHA-256\. 3 more are retired: read from Git’s history, \d+ bytes\.$/);
  }
});

test('a branch that was begun before the retirement is merged after it, either way round', async (t) => {
  const { root, since } = await retired(t);
  await git(root, 'switch', '-q', '-c', 'feature', 'HEAD~');
  await write(root, 'reports/c.yml', 'title: C\n');
  await commitAll(root, 'Feature');
  await git(root, 'switch', '-q', 'main');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Merge', 'feature');
  assert.equal((await judge(root, { since: [since] })).code, 0);
  await git(root, 'reset', '-q', '--hard', 'HEAD~');
  await git(root, 'switch', '-q', 'feature');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Merge', 'main');
  assert.equal((await judge(root, { since: [since] })).code, 0, 'the other is the first parent');
});

test('a retired file that is there', async (t) => {
  const { root } = await retired(t);
  await write(root, ROWS, `${await git(root, 'show', `HEAD~:${ROWS}`)}\n`);
  const commit = await commitAll(root);
  const there = await judge(root, { unanchored: true });
  assert.deepEqual({ ...there.first, message: '' }, { layer: 'snapshots', message: '', file: ROWS, sequence: 5, commit });
  assert.match(there.first!.message, /ledger entry 5 retired it, and it is there/);
  await unlink(join(root, ROWS));
  const back = await commitAll(root);
  const { code, first } = await judge(root, { unanchored: true });
  assert.deepEqual([code, first!.layer, first!.commit], [1, 'history', back], 'taken back, it leaves a trace');
});

test('a file that goes before or after the entry that retires it', async (t) => {
  const root = await copyOfLedger(t);
  const head = await git(root, 'rev-parse', 'HEAD');
  const record = await recordOf(root, (await readEntries(root))[1]!, head);
  await forge(root, () => [record]);
  for (const file of [MANIFEST, ROWS]) await unlink(join(root, file));
  const commit = await commitAll(root, 'Later');
  const later = await judge(root, { unanchored: true });
  assert.deepEqual([later.code, later.first!.layer, later.first!.commit], [1, 'history', commit]);
  await git(root, 'reset', '-q', '--hard', head);
  for (const file of [MANIFEST, ROWS]) await unlink(join(root, file));
  const early = await commitAll(root, 'Before');
  await forge(root, () => [record]);
  const before = await judge(root, { unanchored: true });
  assert.deepEqual([before.code, before.first!.layer, before.first!.commit], [1, 'history', early]);
});

test('another file that goes with the commit of a retirement, without a word', async (t) => {
  const root = await copyOfLedger(t);
  const record = await recordOf(root, (await readEntries(root))[1]!, await git(root, 'rev-parse', 'HEAD'));
  const commit = await forge(root, () => [record], [MANIFEST, ROWS, OTHER]);
  const { code, first, layers } = await judge(root, { unanchored: true });
  assert.deepEqual([code, first!.layer, first!.file, first!.message], [1, 'snapshots', OTHER, 'it is missing']);
  assert.deepEqual(layers.find(({ id }) => id === 'history')!.findings.map(({ file, commit: by }) => [file, by]), [[OTHER, commit]]);
});

test('retirements that do not say what was kept, or where it is', async (t) => {
  const root = await copyOfLedger(t);
  await git(root, 'tag', 'ORIG');
  const own = await git(root, 'rev-parse', 'HEAD');
  const second = (await readEntries(root))[1]!;
  const dangling = await git(root, 'commit-tree', '-m', 'Elsewhere', 'HEAD^{tree}');
  const record = await recordOf(root, second, own);
  const other = await git(root, 'rev-parse', `HEAD:${OTHER}`);
  const named = (blob: string): RetiredRecord['files'] => [record.files[0]!, { path: ROWS, blob }];
  const remove = [MANIFEST, ROWS];
  for (const [what, change, layer, message] of [
    ['another blob', { files: named(other) }, 'snapshots', /retired, and in Git’s history its SHA-256 is/],
    ['a blob that Git does not have', { files: named('1'.repeat(40)) }, 'snapshots', /retired, and in Git’s history it is missing/],
    ['a commit outside of the history', { commit: dangling }, 'snapshots', /which should have it, is not in this history/],
    ['a commit from before it was kept', { commit: await git(root, 'rev-parse', 'HEAD~3') }, 'snapshots', /does not have it as the ledger says/],
    ['another manifest', { manifest: second.kept[1]!.manifest }, 'ledger', /retires another team\/a@2001-06-02.v1 than was kept/],
    ['a version that nobody kept', { version: 2 }, 'ledger', /retires team\/a@2001-06-02.v2, which no entry before it kept/],
    ['the rows alone', { files: record.files.slice(1) }, 'ledger', /retires other files than those of/],
    ['files of the ledger', { files: [...record.files, { path: 'snapshots/ledger/2001/0000001.json', blob: other }] }, 'ledger', /retires other files than those of/],
  ] as [string, Partial<RetiredRecord>, string, RegExp][]) {
    await forge(root, () => [{ ...record, ...change }], remove);
    const { code, first } = await judge(root, { unanchored: true });
    assert.deepEqual([code, first!.layer], [1, layer], what);
    assert.match(first!.message, message, what);
    await git(root, 'reset', '-q', '--hard', 'ORIG');
  }
  await forge(root, () => [record], remove);
  assert.equal((await judge(root, { unanchored: true })).code, 0, 'the record itself is sound');
});

test('retired twice, and what is held', async (t) => {
  const { root } = await retired(t);
  const [record] = (await readEntries(root)).at(-1)!.retired!;
  await forge(root, () => [record!]);
  const twice = await judge(root, { unanchored: true });
  assert.deepEqual([twice.code, twice.first!.sequence], [1, 6]);
  assert.match(twice.first!.message, /is retired already/);
  await git(root, 'reset', '-q', '--hard', 'HEAD~');

  const asOf = '2001-06-05';
  const [kept] = (await enter(root, { attempts: [result('team/c', asOf)], policies: new Map([['team/c', { approvers: 1, keep: null, retain: null }]]) })).kept;
  const paths = ['json', 'csv'].map((ending) => `snapshots/2001/06/05/v1/team/c.${ending}`);
  const files = await Promise.all(paths.map(async (path) => ({ path, blob: await git(root, 'rev-parse', `HEAD:${path}`) })));
  await forge(root, (_, commit) => [{ report: 'team/c', as_of: asOf, version: 1, manifest: kept!.manifest, commit, files }], paths);
  const held = await judge(root, { unanchored: true });
  assert.equal(held.code, 1);
  assert.match(held.first!.message, /retires team\/c@2001-06-05.v1, which is held/);
});

test('a history that was put into one commit has lost what it retired', async (t) => {
  const { root, since } = await retired(t);
  await rewriteHistory(root);
  const { code, first } = await judge(root, { since: [since] });
  assert.deepEqual([code, first!.layer], [1, 'snapshots']);
  assert.match(first!.message, /is not in this history/);
});

test('held and decided: only what follows from the entries before', async (t) => {
  const root = await copyOfLedger(t);
  await git(root, 'tag', 'ORIG');
  const policies = new Map([['team/c', { approvers: 2, keep: null, retain: null }]]);
  const [kept] = (await enter(root, { attempts: [result('team/c', '2001-06-05')], policies })).kept;
  const named = { report: 'team/c', as_of: '2001-06-05', version: 1, manifest: kept!.manifest };
  const decided = { ...named, decision: 'approved' as const, by: ['Jane', 'Joe'], at: '2001-06-05T06:00:00Z', commit: null, pull: 'https://example.org/pull/1' };
  const entries = await readEntries(root);
  const next = { ...entries.at(-1)!, kept: [], runs: [] };
  const { held: _, ...quiet } = next;
  for (const [what, added, message] of [
    ['rejected by one', [{ ...quiet, decided: [{ ...decided, decision: 'rejected' as const, by: ['Jane'] }] }], null],
    ['one person', [{ ...quiet, decided: [{ ...decided, by: ['Jane', 'Jane'] }] }], /approves team\/c@2001-06-05.v1 by 1 of 2 people/],
    ['twice', [{ ...quiet, decided: [decided] }, { ...quiet, decided: [decided] }], /which is not held/],
    ['another manifest', [{ ...quiet, decided: [{ ...decided, manifest: entries[0]!.kept[0]!.manifest }] }], /another team\/c@2001-06-05.v1 than was kept/],
    ['what is not held', [{ ...quiet, decided: [{ ...decided, ...entries[1]!.kept.find(({ report }) => report === 'team/a')!, rows: undefined, data: undefined }] }], /./],
    ['holds what it does not keep', [{ ...quiet, held: [{ ...named, approvers: 1 }] }], /holds team\/c@2001-06-05.v1, which it does not keep/],
    ['an empty list', [{ ...quiet, retired: [] }], /"retired" is missing or wrong/],
    ['changes of what it does not keep', [{ ...quiet, changes: [{ report: 'team/a', as_of: '2001-06-02', version: 1, base: null, rows: { entered: 0, modified: 0, deleted: 0, left: 0 }, restated: null }] }], /says what team\/a@2001-06-02.v1 changes, which it does not keep/],
  ] as [string, Entry[], RegExp | null][]) {
    await writeChain(root, [...entries, ...added.map((entry) => JSON.parse(JSON.stringify(entry)) as Entry)]);
    await rewriteHistory(root);
    const { code, first } = await judge(root, { unanchored: true });
    assert.deepEqual([code, first?.layer ?? null], message ? [1, 'ledger'] : [0, null], what);
    if (message) assert.match(first!.message, message, what);
  }
});
