import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { DaybookError } from '../../src/error.ts';
import { readLedger } from '../../src/store/history.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import { ENV, git, newRepository, request, result, write } from './store-fixture.ts';

async function enter(root: string, day: number, instance = 'test'): Promise<number> {
  const { entry } = await keep(await openRepository(root, ENV), request([result('team/a', `2001-06-0${day}`)], { instance }));
  return entry!.sequence;
}

async function withDays(t: TestContext, days: number): Promise<string> {
  const root = await newRepository(t);
  for (let day = 1; day <= days; day += 1) await enter(root, day);
  return root;
}

/** What a person does whose index stayed behind: the job's files leave with the next commit. */
async function loseLast(root: string, before = 'HEAD~'): Promise<string> {
  await git(root, 'restore', `--source=${before}`, '--staged', '--worktree', 'snapshots');
  await write(root, 'reports/a.yml', `title: ${before}\n`);
  await git(root, 'commit', '-q', '--allow-empty', '-am', 'text');
  return git(root, 'rev-parse', '--short=10', 'HEAD');
}

async function refused(entering: Promise<unknown>, commit: string): Promise<string> {
  let remedy = '';
  await assert.rejects(entering, (error) => error instanceof DaybookError && error.code === 'ledger-broken' && error.message.includes(commit) && Boolean((remedy = error.remedy)));
  return remedy;
}

async function restore(root: string, remedy: string, ...amend: string[]): Promise<void> {
  const [, words] = /`git (restore [^`]+)`/.exec(remedy)!;
  await git(root, ...words!.split(' '));
  await git(root, 'commit', '-qm', 'Bring it back', ...amend);
}

test('no entry is written a second time: the commit that lost one is named, and the remedy is one', async (t) => {
  const root = await withDays(t, 3);
  const before = await git(root, 'rev-parse', 'HEAD~');
  for (const amend of [['--amend'], []]) {
    const commit = await loseLast(root, before);
    await git(root, 'commit', '-q', '--allow-empty', '-m', 'Later');
    assert.equal((await readLedger(await openRepository(root, ENV), 'HEAD')).sequence, 2);
    const remedy = await refused(enter(root, 4), commit);
    if (amend.length > 0) await git(root, 'reset', '-q', '--soft', 'HEAD~');
    await restore(root, remedy, ...amend);
    if (amend.length > 0) assert.equal(await git(root, 'log', '--format=%h', '--diff-filter=D', '--', 'snapshots'), '');
  }
  assert.equal(await enter(root, 4), 4);
});

test('an entry that a merge put another in place of is lost too; a reset to before it is not', async (t) => {
  const root = await withDays(t, 1);
  await git(root, 'switch', '-qc', 'other');
  await enter(root, 3);
  await git(root, 'switch', '-q', 'main');
  assert.equal(await enter(root, 2), 2);
  const mine = await git(root, 'rev-parse', 'HEAD');
  await git(root, 'merge', '-q', '-s', 'ours', '--no-commit', 'other');
  await git(root, 'rm', '-qr', 'snapshots');
  await git(root, 'checkout', '-q', 'other', '--', 'snapshots');
  await git(root, 'commit', '-qm', 'Theirs');
  await refused(enter(root, 4), await git(root, 'rev-parse', '--short=10', 'HEAD'));
  await git(root, 'reset', '-q', '--hard', `${mine}~`);
  assert.equal(await enter(root, 4), 2);
});

test('an instance that begins anew has another name; a clone that does not reach back goes on', async (t) => {
  const root = await withDays(t, 2);
  const folder = join(root, '..');
  await loseLast(root);
  await git(folder, 'clone', '-q', '--depth=1', `file://${root}`, 'shallow');
  assert.equal(await enter(join(folder, 'shallow'), 4), 2);
  await git(root, 'reset', '-q', '--hard', 'HEAD~');
  await rm(join(root, 'snapshots'), { recursive: true });
  await git(root, 'commit', '-qam', 'Begin anew');
  assert.match(await refused(enter(root, 4), await git(root, 'rev-parse', '--short=10', 'HEAD')), /another `instance`/);
  assert.equal(await enter(root, 4, 'own'), 1);
});
