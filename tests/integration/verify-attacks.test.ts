import assert from 'node:assert/strict';
import { rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CHECKPOINT_PATH } from '../../src/snapshot/entry.ts';
import { git, write } from './store-fixture.ts';
import { commitAll, copyOfLedger, DAYBOOK, edit, forge, job, judge, keepCheckpoint, ledger, ledgerFile, MANIFEST, newKey, readEntries, rewriteHistory, ROWS, signed, writeChain } from './verify-fixture.ts';

/*
 * The ten attacks that an auditor would try, as the ledger is: a chain under a checkpoint. What needs
 * erasure or approval (10a, 10c, 10d) has no feature to attack yet.
 */

test('0: what Daybook wrote is sound, and unanchored unless something from elsewhere vouches for it', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root, 'HEAD~2');
  const anchored = await judge(root, { since: [since] });
  assert.deepEqual([anchored.code, anchored.verdict, anchored.first], [0, 'sound', null]);
  assert.deepEqual(Object.entries(anchored.status).filter(([, status]) => status !== 'sound'), [['signature', 'not-checked'], ['changes', 'not-checked'], ['rebuild', 'not-checked']]);
  const alone = await judge(root);
  assert.deepEqual([alone.code, alone.status['anchor']], [2, 'cannot-tell']);
  assert.match(alone.layers.find(({ id }) => id === 'anchor')!.detail, /Nothing outside this repository vouches for its head/);
  const accepted = await judge(root, { unanchored: true });
  assert.deepEqual([accepted.code, accepted.status['anchor']], [0, 'not-checked']);
});

test('1: one cell in an old file, in a commit like any other', async (t) => {
  const root = await copyOfLedger(t);
  await edit(root, ROWS, (text) => text.replace('2\n', '7\n'));
  const commit = await commitAll(root);
  const { code, first, status } = await judge(root);
  assert.equal(code, 1);
  assert.deepEqual({ ...first, message: '' }, { layer: 'snapshots', message: '', file: ROWS, sequence: 2, commit });
  assert.equal(status['history'], 'tampered');
});

test('2: the same, with manifest, chain and checkpoint made to fit, and the history rewritten', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await forge(root);
  await rewriteHistory(root);
  const alone = await judge(root);
  assert.deepEqual([alone.code, alone.status['anchor']], [2, 'cannot-tell'], 'never proven');
  const known = await judge(root, { since: [since] });
  assert.equal(known.code, 1);
  assert.match(known.first!.message, /it knew another entry 4 than this ledger has/);
  assert.equal(known.first!.layer, 'anchor');
});

test('2: the same on top of the history: the commit that replaced the chain is named', async (t) => {
  const root = await copyOfLedger(t);
  await forge(root);
  const commit = await commitAll(root);
  const { code, first } = await judge(root, { unanchored: true });
  assert.deepEqual([code, first!.layer, first!.commit], [1, 'history', commit]);
});

test('2: a signed ledger rebuilt with a key of the forger’s own is not proven by that key', async (t) => {
  const own = newKey();
  const root = await ledger(t, signed({ key: own.text, since: 1 }), own.signer);
  assert.equal((await judge(root, { key: [own.text] })).code, 0);
  const forger = newKey();
  await write(root, 'daybook.yml', signed({ key: forger.text, since: 1 }));
  await forge(root, forger.signer);
  await rewriteHistory(root);
  const alone = await judge(root);
  assert.deepEqual([alone.code, alone.status['signature'], alone.status['anchor']], [2, 'sound', 'cannot-tell'], 'the repository’s own word for its own key');
  const { code, first } = await judge(root, { key: [own.text] });
  assert.deepEqual([code, first!.layer], [1, 'anchor']);
});

test('3: an edit that hides in a merge, and one that a later merge takes back', async (t) => {
  const root = await copyOfLedger(t);
  const hide = async (change: (text: string) => string): Promise<string> => {
    await git(root, 'switch', '-q', '-c', 'side', 'HEAD~');
    await git(root, 'commit', '-q', '--allow-empty', '-m', 'Side');
    await git(root, 'switch', '-q', 'main');
    await git(root, 'merge', '-q', '--no-commit', '--no-ff', 'side');
    await edit(root, ROWS, change);
    const commit = await commitAll(root, 'Merge');
    await git(root, 'branch', '-q', '-D', 'side');
    return commit;
  };
  const merge = await hide((text) => text.replace('2\n', '7\n'));
  assert.equal(await git(root, 'log', '--format=%h', '--diff-filter=MDRT', '--', 'snapshots', `:(exclude)${CHECKPOINT_PATH}`), '', 'plain git log shows nothing');
  const found = await judge(root);
  assert.deepEqual([found.code, found.layers.find(({ id }) => id === 'history')!.findings[0]!.commit], [1, merge]);

  await hide((text) => text.replace('7\n', '2\n'));
  const { code, first, status } = await judge(root);
  assert.deepEqual([code, status['snapshots'], first!.layer, first!.commit, first!.file], [1, 'sound', 'history', merge, ROWS]);
});

test('4: replace refs are ignored; grafts, shallow and partial clones are refused', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await write(root, 'fake', 'n\n7\n');
  await git(root, 'replace', await git(root, 'rev-parse', `HEAD:${ROWS}`), await git(root, 'hash-object', '-w', 'fake'));
  const replaced = await judge(root, { since: [since] });
  assert.equal(replaced.code, 0);
  assert.match(replaced.layers[0]!.detail, /replace refs \(1\): they were ignored/);

  for (const [what, ...words] of [['shallow', '--depth=1'], ['partial', '--filter=blob:none']]) {
    const clone = join(root, '..', what!);
    await git(root, '-c', 'uploadpack.allowFilter=true', 'clone', '-q', ...words, `file://${root}`, clone);
    const { code, first, status } = await judge(clone, { since: [since] });
    assert.deepEqual([code, first!.layer, status['ledger']], [2, 'repository', 'not-checked'], what);
    assert.match(first!.message, new RegExp(what!));
  }
  await write(root, '.git/info/grafts', `${await git(root, 'rev-parse', 'HEAD')}\n`);
  assert.equal((await judge(root, { since: [since] })).code, 2);
});

test('5: the newest entries are gone, or one in the middle', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  const entries = await readEntries(root);
  await git(root, 'reset', '-q', '--hard', 'HEAD~2');
  const cut = await judge(root, { since: [since] });
  assert.equal(cut.code, 1);
  assert.match(cut.first!.message, /it knew 4 entries, and this ledger ends at 2/);
  await git(root, 'reset', '-q', '--hard', 'HEAD@{1}');

  await unlink(join(root, ledgerFile(3)));
  const commit = await commitAll(root);
  const gap = await judge(root);
  assert.deepEqual([gap.code, gap.first!.layer, gap.first!.sequence], [1, 'ledger', 4]);
  assert.match(gap.first!.message, /entry 3 is missing/);
  assert.equal(gap.layers.find(({ id }) => id === 'history')!.findings[0]!.commit, commit);
  await git(root, 'reset', '-q', '--hard', 'HEAD~');

  await writeChain(root, entries.filter(({ sequence }) => sequence !== 3));
  for (const day of ['03']) await rm(join(root, `snapshots/2001/06/${day}`), { recursive: true });
  await rewriteHistory(root);
  assert.equal((await judge(root)).code, 2, 'a sound ledger that is not this one');
  assert.equal((await judge(root, { since: [since] })).code, 1);
});

test('6: a back-dated snapshot, an old one kept again, a time that goes back', async (t) => {
  const root = await copyOfLedger(t);
  const entries = await readEntries(root);
  const forged = async (change: () => Promise<void>, layer: string, message: RegExp): Promise<void> => {
    await change();
    await rewriteHistory(root);
    const { code, first } = await judge(root, { unanchored: true });
    assert.deepEqual([code, first?.layer], [1, layer], String(message));
    assert.match(first!.message, message);
    await git(root, 'reset', '-q', '--hard', 'ORIG');
    await git(root, 'clean', '-qfd');
  };
  await git(root, 'tag', 'ORIG');
  await forged(async () => write(root, 'snapshots/2001/05/31/v1/team/a.csv', 'n\n1\n'), 'snapshots', /the ledger does not know this file/);
  await forged(async () => writeChain(root, [...entries, entries[1]!]), 'ledger', /its time .* is before that of the entry before it/);
  await forged(async () => writeChain(root, [...entries, { ...entries[1]!, time: entries[3]!.time }]), 'ledger', /keeps team\/a@2001-06-02.v1, where version 2 is the next/);
  await forged(async () => writeChain(root, entries.map((entry, index) => (index === 2 ? { ...entry, time: '2001-05-01T00:00:00Z' } : entry))), 'ledger', /its time .* is before/);
  await forged(async () => {
    await writeChain(root, entries);
    await write(root, 'snapshots/ledger/2002/0000004.json', await git(root, 'show', `HEAD:${ledgerFile(4)}`).then((text) => `${text}\n`));
  }, 'ledger', /./);
});

test('7: rows with a manifest that was made to fit, but not the ledger', async (t) => {
  const root = await copyOfLedger(t);
  await forge(root);
  await git(root, 'checkout', '-q', 'HEAD', '--', 'snapshots/ledger');
  await commitAll(root);
  const { code, first, layers } = await judge(root);
  assert.deepEqual([code, first!.layer, first!.sequence], [1, 'snapshots', 2]);
  assert.deepEqual(new Set(layers.find(({ id }) => id === 'snapshots')!.findings.map(({ file }) => file)), new Set([ROWS, MANIFEST]));
});

test('8: bytes that readers take for something else', async (t) => {
  const root = await copyOfLedger(t);
  await git(root, 'tag', 'ORIG');
  const tricks: [string, string, (text: string) => string | Buffer, RegExp][] = [
    ['a key twice', MANIFEST, (text) => text.replace('  "version": 1', '  "version": 1,\n  "version": 1'), /a key twice/],
    ['a number beyond 2^53', MANIFEST, (text) => text.replace('"count":3', '"count":9007199254740993'), /beyond what every reader/],
    ['spaces', MANIFEST, (text) => text.replace('"version": 1', '"version":  1'), /bytes are not the ones/],
    ['half a surrogate pair', MANIFEST, (text) => text.replace('"value":"2"', '"value":"\\ud800"'), /bytes are not the ones/],
    ['CRLF', ledgerFile(2), (text) => text.replaceAll('\n', '\r\n'), /other line ends/],
    ['a byte order mark', ledgerFile(2), (text) => `\uFEFF${text}`, /byte order mark/],
    ['not UTF-8', ledgerFile(2), (text) => Buffer.from(text.replace('test', 'te\u00FFt'), 'latin1'), /not UTF-8/],
    ['a format of the future', ledgerFile(2), (text) => text.replace('daybook/ledger/1', 'daybook/ledger/9'), /not of the format/],
    ['CRLF in rows', ROWS, (text) => text.replaceAll('\n', '\r\n'), /./],
    ['a checkpoint with a space', CHECKPOINT_PATH, (text) => text.replace('\n4\n', '\n4 \n'), /not written as a checkpoint/],
    ['a checkpoint with other base64 of the same bytes', CHECKPOINT_PATH, otherBase64, /not written as a checkpoint/],
  ];
  for (const [what, file, change, message] of tricks) {
    const text = await git(root, 'show', `ORIG:${file}`).then((shown) => `${shown}\n`);
    const changed = change(text);
    assert.notEqual(changed, text, what);
    await writeFile(join(root, file), changed);
    await rewriteHistory(root);
    const { code, first } = await judge(root, { unanchored: true });
    assert.equal(code, 1, what);
    assert.match(first!.message, message, what);
    assert.equal(first!.file, file, what);
    await git(root, 'reset', '-q', '--hard', 'ORIG');
  }
});

/** The last character before the padding carries two bits that are not used. */
function otherBase64(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return text.replace(/.=\n$/, (end) => `${alphabet[alphabet.indexOf(end[0]!) ^ 1]}=\n`);
}

test('8: paths that file systems take for one, links, programs, modules', async (t) => {
  const root = await copyOfLedger(t);
  await git(root, 'tag', 'ORIG');
  const blob = await git(root, 'rev-parse', `HEAD:${ROWS}`);
  const tricks: [string, string, RegExp][] = [
    ['100644', ROWS.replace('team/a', 'Team/a'), /take it for|belongs/],
    ['100644', ROWS.replace('team/a', 'team/a\u0301'), /belongs/],
    ['100644', ROWS.replace('snapshots', 'Snapshots'), /goes by the name of another/],
    ['100755', ROWS, /marked as a program/],
    ['120000', ROWS, /symbolic link/],
    ['160000', ROWS, /submodule/],
    ['100644', 'snapshots/.gitattributes', /belongs/],
    ['100644', 'snapshots/ledger/2001/1.json', /belongs/],
  ];
  for (const [mode, path, message] of tricks) {
    const oid = mode === '160000' ? await git(root, 'rev-parse', 'HEAD') : blob;
    await git(root, '-c', 'core.ignoreCase=false', 'update-index', '--add', '--cacheinfo', `${mode},${oid},${path}`);
    await git(root, 'reset', '-q', '--soft', await git(root, 'commit-tree', '-m', 'All', await git(root, 'write-tree')));
    const { code, first } = await judge(root, { unanchored: true });
    assert.deepEqual([code, first!.layer], [1, 'tree'], path);
    assert.match(first!.message, message, path);
    await git(root, 'reset', '-q', '--hard', 'ORIG');
  }
  await rm(join(root, 'snapshots'), { recursive: true });
  await symlink('/etc', join(root, 'snapshots'));
  await rewriteHistory(root);
  assert.equal((await judge(root, { unanchored: true })).code, 1, 'snapshots itself is a link');
});

test('8: attributes and settings that change the work tree change nothing', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await write(root, '.gitattributes', 'snapshots/** text eol=crlf working-tree-encoding=UTF-16LE-BOM\n');
  await git(root, 'add', '.gitattributes');
  await git(root, 'commit', '-qm', 'Attributes');
  await writeFile(join(root, ROWS), 'garbage\r\n');
  assert.equal((await judge(root, { since: [since] })).code, 0);
});

test('9: a checkpoint of another key, of a key that was replaced, or of none', async (t) => {
  const [one, two, stranger] = [newKey(), newKey(), newKey('stranger')];
  const root = await ledger(t, signed({ key: one.text, since: 1 }), one.signer);
  const entries = await readEntries(root);
  assert.equal((await judge(root, { key: [one.text] })).status['signature'], 'sound');
  await write(root, 'daybook.yml', signed({ key: one.text, since: 1 }, { key: two.text, since: 5 }));
  await git(root, 'commit', '-qam', 'Rotate');
  await assert.rejects(job(root, 5, undefined, one.signer), /ledger entry 5 must be signed by/);
  await job(root, 5, undefined, two.signer);
  assert.equal((await judge(root, { key: [two.text] })).code, 0);
  const old = await judge(root, { key: [one.text] });
  assert.deepEqual([old.code, old.first!.layer], [1, 'anchor'], 'who only knows the old key cannot be told');
  const all = await readEntries(root);
  assert.deepEqual(all.slice(0, 4), entries);
  for (const [what, signer] of [['old', one.signer], ['stranger', stranger.signer], ['none', null]] as const) {
    await writeChain(root, all, signer);
    await commitAll(root);
    const { code, first } = await judge(root, { unanchored: true });
    assert.deepEqual([code, first!.layer], [1, 'signature'], what);
    assert.match(first!.message, /must be signed by test\+/);
    await git(root, 'reset', '-q', '--hard', 'HEAD~');
  }
  await write(root, 'daybook.yml', DAYBOOK);
  const commit = await commitAll(root, 'No keys');
  const { code, first, status } = await judge(root, { unanchored: true });
  assert.deepEqual([code, status['signature'], first!.layer, first!.commit, first!.file], [1, 'not-checked', 'history', commit, 'daybook.yml'], 'a signed ledger does not become unsigned');
});

test('10: rows are gone, and nothing in the ledger says why', async (t) => {
  const root = await copyOfLedger(t);
  await unlink(join(root, ROWS));
  const commit = await commitAll(root);
  const { code, first } = await judge(root);
  assert.deepEqual([code, first!.layer, first!.message, first!.commit], [1, 'snapshots', 'it is missing', commit]);
});
