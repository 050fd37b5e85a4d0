import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { CHECKPOINT_PATH } from '../../src/snapshot/entry.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import { ENV, git, request, result, write } from './store-fixture.ts';
import { commitAll, copyOfLedger, DAYBOOK, edit, forge, job, judge, keepCheckpoint, ledger, ledgerFile, newKey, readEntries, rewriteHistory, ROWS, signed, writeChain } from './verify-fixture.ts';

/* Attacks of our own beside the auditor's ten, and what looks like one and is none. */

test('a branch whose first parent is another past, with the true one as a second', async (t) => {
  const root = await copyOfLedger(t);
  const truth = await git(root, 'rev-parse', 'HEAD');
  await forge(root);
  await rewriteHistory(root);
  assert.equal((await judge(root, { unanchored: true })).code, 0, 'alone it cannot be told from a true one');
  const merge = await git(root, 'commit-tree', '-m', 'Merge', '-p', 'HEAD', '-p', truth, await git(root, 'rev-parse', 'HEAD^{tree}'));
  await git(root, 'reset', '-q', '--hard', merge);
  const { code, first } = await judge(root, { unanchored: true });
  assert.deepEqual([code, first!.layer, first!.commit], [1, 'history', merge]);
  assert.match(first!.message, /this merge changed what its other side had/);
});

test('a checkpoint that was set back for a while', async (t) => {
  const root = await copyOfLedger(t);
  const text = await readFile(join(root, CHECKPOINT_PATH), 'utf8');
  await write(root, CHECKPOINT_PATH, `${await git(root, 'show', `HEAD~2:${CHECKPOINT_PATH}`)}\n`);
  const commit = await commitAll(root);
  await write(root, CHECKPOINT_PATH, text);
  await commitAll(root);
  const { code, first } = await judge(root, { unanchored: true });
  assert.deepEqual([code, first!.layer, first!.commit], [1, 'history', commit]);
  assert.match(first!.message, /went from entry 4 back to 2/);
});

test('an old snapshot changed under cover of another instance’s ledger that comes and goes', async (t) => {
  const root = await copyOfLedger(t);
  const text = await readFile(join(root, CHECKPOINT_PATH), 'utf8');
  await write(root, CHECKPOINT_PATH, text.replace('test\n', 'other\n'));
  const commit = await commitAll(root);
  await forge(root);
  await commitAll(root);
  const { code, first } = await judge(root, { unanchored: true });
  assert.deepEqual([code, first!.layer, first!.commit], [1, 'history', commit]);
});

test('the ledger of another instance, a name that was changed', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await write(root, 'daybook.yml', DAYBOOK.replace('instance: test', 'instance: other'));
  await commitAll(root);
  const { code, first } = await judge(root, { since: [since] });
  assert.deepEqual([code, first!.layer], [1, 'checkpoint']);
  assert.match(first!.message, /it is of "test", and daybook.yml says "other"/);
});

test('settings of a repository that was handed over run nothing and hide nothing', async (t) => {
  const root = await copyOfLedger(t);
  const proof = join(dirname(root), 'ran');
  const program = join(dirname(root), 'program');
  await writeFile(program, `#!/bin/sh\ntouch ${proof}\nexit 0\n`);
  await chmod(program, 0o755);
  await edit(root, ROWS, (text) => text.replace('2\n', '7\n'));
  await commitAll(root);
  for (const [key, value] of [
    ['log.showSignature', 'true'], ['gpg.program', program], ['core.fsmonitor', program], ['diff.external', program], ['core.pager', program], ['core.hooksPath', dirname(root)],
    ['log.diffMerges', 'off'], ['diff.renames', 'copies'], ['diff.ignoreSubmodules', 'all'], ['diff.noPrefix', 'true'], ['core.useReplaceRefs', 'true'], ['diff.orderFile', '/nonexistent'],
  ]) await git(root, 'config', key!, value!);
  const { code, first, status } = await judge(root, {}, { GIT_DIR: '/nonexistent', GIT_OBJECT_DIRECTORY: '/nonexistent', GIT_REPLACE_REF_BASE: 'refs/heads', GIT_EXTERNAL_DIFF: program, GIT_CONFIG_GLOBAL: join(root, '.git/config') });
  assert.deepEqual([code, first!.file, status['history']], [1, ROWS, 'tampered']);
  assert.equal(await stat(proof).catch(() => null), null);
});

test('an object whose content is not what its name says, and one that is missing', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await git(root, 'repack', '-q', '-a', '-d');
  for (const name of await readdir(join(root, '.git/objects/pack'))) await chmod(join(root, '.git/objects/pack', name), 0o644);
  const pack = (await readdir(join(root, '.git/objects/pack'))).find((name) => name.endsWith('.pack'))!;
  await git(root, 'bundle', 'create', '-q', '../whole.bundle', 'HEAD', 'main');
  // Loose objects in the place of the pack, so that one can be taken out.
  const bytes = await readFile(join(root, '.git/objects/pack', pack));
  await rm(join(root, '.git/objects/pack'), { recursive: true });
  await mkdir(join(root, '.git/objects/pack'));
  execFileSync('git', ['unpack-objects', '-q'], { cwd: root, input: bytes });
  assert.equal((await judge(root, { since: [since] })).code, 0);

  const file = async (name: string): Promise<string> => {
    const oid = await git(root, 'rev-parse', name);
    return join(root, '.git/objects', oid.slice(0, 2), oid.slice(2));
  };
  const rows = await file(`HEAD:${ROWS}`);
  const other = await file('HEAD:snapshots/2001/06/03/v1/team/a.csv');
  await chmod(rows, 0o644);
  await writeFile(rows, await readFile(other));
  const swapped = await judge(root, { since: [since] });
  assert.equal(swapped.code, 1);
  assert.equal(swapped.status['objects'], 'tampered');
  await unlink(rows);
  const missing = await judge(root, { since: [since] });
  assert.equal(missing.code, 2);
  assert.equal(missing.status['objects'], 'cannot-tell');

  const bundled = await judge(join(dirname(root), 'whole.bundle'), { since: [since] });
  assert.equal(bundled.code, 0);
});

test('a bundle that stands on commits which are not in it', async (t) => {
  const root = await copyOfLedger(t);
  await git(root, 'bundle', 'create', '-q', '../part.bundle', 'HEAD~2..main');
  const { code, first } = await judge(join(dirname(root), 'part.bundle'));
  assert.deepEqual([code, first!.layer], [2, 'repository']);
  await git(root, 'branch', 'other');
  await git(root, 'bundle', 'create', '-q', '../two.bundle', 'main', 'other');
  assert.equal((await judge(join(dirname(root), 'two.bundle'))).code, 2, 'which of two branches is meant is not said');
  assert.equal((await judge(join(dirname(root), 'absent'))).code, 2);
});

test('a snapshot that no run made, and a run whose result was not kept', async (t) => {
  const root = await copyOfLedger(t);
  const entries = await readEntries(root);
  await git(root, 'tag', 'ORIG');
  for (const [runs, message] of [
    [entries[1]!.runs.slice(1), /which none of its runs made/],
    [[...entries[1]!.runs, { ...entries[1]!.runs[0]!, as_of: '2001-06-09' }], /succeeded, and nothing of it was kept/],
  ] as const) {
    await writeChain(root, entries.map((entry, index) => (index === 1 ? { ...entry, runs: [...runs] } : entry)));
    await rewriteHistory(root);
    const { code, first } = await judge(root, { unanchored: true });
    assert.deepEqual([code, first!.layer, first!.sequence], [1, 'ledger', 2]);
    assert.match(first!.message, message);
    await git(root, 'reset', '-q', '--hard', 'ORIG');
  }
});

test('a signature by the right key over another text', async (t) => {
  const own = newKey();
  const root = await ledger(t, signed({ key: own.text, since: 1 }), own.signer);
  const older = `${await git(root, 'show', `HEAD~1:${CHECKPOINT_PATH}`)}\n`;
  await edit(root, CHECKPOINT_PATH, (text) => `${text.split('\n\n')[0]}\n\n${older.split('\n\n')[1]}`);
  await rewriteHistory(root);
  const { code, first } = await judge(root, { key: [own.text] });
  assert.equal(code, 1);
  assert.match(first!.message, /signature in the name of test\+[0-9a-f]{8} is false/);
});

test('all snapshots gone, with the ledger', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await rm(join(root, 'snapshots'), { recursive: true });
  await rewriteHistory(root);
  assert.equal((await judge(root)).code, 2);
  const { code, first } = await judge(root, { since: [since] });
  assert.deepEqual([code, first!.layer], [1, 'anchor']);
});

test('a change that was never on the branch: a side branch took it back before its merge', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await git(root, 'switch', '-q', '-c', 'side');
  await edit(root, ROWS, (text) => text.replace('2\n', '7\n'));
  await commitAll(root);
  await git(root, 'revert', '--no-edit', 'HEAD');
  await git(root, 'switch', '-q', 'main');
  await job(root, 4);
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Merge', 'side');
  assert.equal((await judge(root, { since: [since] })).code, 0);
});

test('a clone that became an instance of its own, and takes updates of the first, is sound', async (t) => {
  const root = await copyOfLedger(t);
  const upstream = await git(root, 'rev-parse', 'HEAD');
  await rm(join(root, 'snapshots'), { recursive: true });
  await write(root, 'daybook.yml', DAYBOOK.replace('instance: test', 'instance: own'));
  await commitAll(root, 'Init');
  const own = async (day: number) => keep(await openRepository(root, ENV), request([result('team/c', `2001-06-0${day}`, [`${day}`])], { instance: 'own', time: new Date(`2001-06-0${day}T06:00:00Z`) }));
  await own(1);
  // The demo goes on, and its code is merged without its snapshots.
  const later = await git(root, 'commit-tree', '-m', 'Upstream', '-p', upstream, `${upstream}^{tree}`);
  await git(root, 'reset', '-q', '--hard', await git(root, 'commit-tree', '-m', 'Update', '-p', 'HEAD', '-p', later, 'HEAD^{tree}'));
  await own(2);
  const { code, layers } = await judge(root, { unanchored: true });
  assert.equal(code, 0);
  assert.match(layers.find(({ id }) => id === 'history')!.detail, /Before that, this was a clone of "test"/);
});

test('an instance in a folder, a bare clone, a linked work tree', async (t) => {
  const root = await copyOfLedger(t);
  const since = await keepCheckpoint(root);
  await git(root, 'clone', '-q', '--bare', '.', '../bare.git');
  await git(root, 'worktree', 'add', '-q', '../linked', '-b', 'linked');
  for (const where of ['bare.git', 'linked']) assert.equal((await judge(join(dirname(root), where), { since: [since] })).code, 0, where);

  const inner = join(root, 'daily "reports"');
  await write(inner, 'daybook.yml', DAYBOOK);
  await commitAll(root, 'Inner');
  await job(inner, 1);
  await job(inner, 2);
  assert.equal((await judge(inner, { unanchored: true })).code, 0);
  await edit(inner, ledgerFile(1), (text) => text.replace('abc', 'abd'));
  await commitAll(root);
  assert.equal((await judge(inner, { unanchored: true })).code, 1);
  assert.equal((await judge(root, { since: [since] })).code, 0, 'the outer one is another ledger');
  await git(root, 'clone', '-q', '--bare', '.', '../two.git');
  assert.match((await judge(join(dirname(root), 'two.git'))).first!.message, /holds 2 ledgers/);
});
