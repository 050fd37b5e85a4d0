import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { DaybookError } from '../../src/error.ts';
import { readLedger } from '../../src/store/history.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { ChildJob } from './store-child.ts';
import { ENV, git, newRepository, origin, request, result, write } from './store-fixture.ts';

interface Landed {
  commit: string | null;
  pushed: boolean;
  notes: string[];
  sequence?: number;
}

async function job(root: string, report: string, push: boolean): Promise<Landed> {
  const what: ChildJob = { report, asOf: '2001-06-30', count: 20, values: ['1'], push };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'store-child.ts'), root, JSON.stringify(what)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const last = output.trim().split('\n').at(-1)!;
  assert.ok(last.startsWith('{'), errors);
  return JSON.parse(last) as Landed;
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += String(chunk);
  return all;
}

async function keepIn(root: string, report: string, push: boolean) {
  return keep(await openRepository(root, ENV), request([result(report, '2001-06-30')]), { push });
}

test('two processes at once both land, in some order', async (t) => {
  const root = await newRepository(t);
  const landed = await Promise.all(['team/a', 'team/b', 'team/c'].map((report) => job(root, report, false)));
  assert.deepEqual(new Set(landed.map(({ sequence }) => sequence)), new Set([1, 2, 3]));
  assert.equal(await git(root, 'status', '--porcelain'), '');
  const state = await readLedger(await openRepository(root, ENV), 'HEAD');
  assert.deepEqual([state.sequence, state.reports.size], [3, 60]);
});

test('a commit of the user between reading and landing is not lost', async (t) => {
  const root = await newRepository(t);
  const repository = await openRepository(root, ENV);
  // The identity is read when the branch is about to move.
  const what = request([result('team/a', '2001-06-30')]);
  const committed: Promise<string>[] = [];
  const identity = {
    email: 'daybook@example.org',
    get name() {
      if (committed.length === 0) committed.push(git(root, 'commit', '-q', '--allow-empty', '-m', 'User'));
      return 'Daybook';
    },
  };
  const landing = await keep(repository, { ...what, identity });
  await Promise.all(committed);
  const subjects = (await git(root, 'log', '--format=%s')).split('\n');
  assert.deepEqual(subjects.sort(), ['Reports', 'Snapshots: 1 kept (ledger 1)', 'User']);
  assert.equal(await git(root, 'merge-base', '--is-ancestor', landing.commit!, 'HEAD'), '');
  assert.equal(await git(root, 'status', '--porcelain'), '');
});

test('two clones that push at once both land on origin', async (t) => {
  const { bare, one, two } = await origin(t);
  const landed = await Promise.all([job(one, 'team/a', true), job(two, 'team/b', true)]);
  assert.deepEqual(new Set(landed.map(({ sequence }) => sequence)), new Set([1, 2]));
  assert.ok(landed.every(({ pushed }) => pushed));
  assert.equal(await git(bare, 'rev-list', '--count', 'main'), '3');
  for (const root of [one, two]) {
    assert.equal(await git(root, 'status', '--porcelain'), '');
    await keepIn(root, 'team/c', true);
    assert.equal(await git(root, 'rev-parse', 'HEAD'), await git(bare, 'rev-parse', 'main'));
  }
  await git(bare, 'fsck', '--strict');
});

test('a job enters on what others pushed, and brings their changes along', async (t) => {
  const { bare, one, two } = await origin(t);
  await write(two, 'reports/c.yml', 'title: C\n');
  await git(two, 'add', '-A');
  await git(two, 'commit', '-qm', 'C');
  await git(two, 'push', '-q');
  await write(one, 'reports/a.yml', 'title: edited\n');
  const landing = await keepIn(one, 'team/a', true);
  assert.deepEqual([landing.pushed, landing.notes], [true, []]);
  assert.equal(await git(one, 'rev-parse', 'HEAD'), await git(bare, 'rev-parse', 'main'));
  assert.equal(await git(one, 'status', '--porcelain'), ' M reports/a.yml');
  assert.equal(await readFile(join(one, 'reports/c.yml'), 'utf8'), 'title: C\n');
  assert.equal(await git(one, 'for-each-ref', 'refs/daybook'), '');
});

test('where the user’s edits are in the way, origin has the snapshots and the branch stays behind', async (t) => {
  const { bare, one, two } = await origin(t);
  await write(two, 'reports/a.yml', 'title: theirs\n');
  await git(two, 'commit', '-qam', 'theirs');
  await git(two, 'push', '-q');
  await write(one, 'reports/a.yml', 'title: mine\n');
  const before = await git(one, 'rev-parse', 'HEAD');
  const landing = await keepIn(one, 'team/a', true);
  assert.equal(landing.pushed, true);
  assert.match(landing.notes.join(), /stays behind/);
  assert.equal(landing.commit, await git(bare, 'rev-parse', 'main'));
  assert.equal(await git(one, 'rev-parse', 'HEAD'), before);
  assert.equal(await git(one, 'status', '--porcelain'), ' M reports/a.yml');
  assert.equal(await readFile(join(one, 'reports/a.yml'), 'utf8'), 'title: mine\n');
  assert.equal(await git(one, 'for-each-ref', 'refs/daybook'), '');
});

test('a shallow clone, as CI systems make it, enters on what others pushed', async (t) => {
  const { bare, two } = await origin(t);
  await keepIn(two, 'team/a', true);
  const shallow = join(two, '../shallow');
  await git(two, 'clone', '-q', '--depth=1', `file://${bare}`, shallow);
  await keepIn(two, 'team/b', true);
  await keepIn(two, 'team/c', true);
  const landing = await keepIn(shallow, 'team/d', true);
  assert.deepEqual([landing.pushed, landing.entry!.sequence, landing.notes], [true, 4, []]);
  assert.equal(await git(shallow, 'status', '--porcelain'), '');
  assert.equal(await git(bare, 'rev-list', '--count', 'main'), '5');
});

/** What is refused, with its remedy; nothing has moved then. */
async function diverged(root: string, bare: string, step: () => Promise<unknown>): Promise<string> {
  const where = async () => [await git(root, 'rev-parse', 'HEAD'), await git(bare, 'for-each-ref')];
  const before = await where();
  let remedy = '';
  await assert.rejects(step, (error) => {
    remedy = error instanceof DaybookError && error.code === 'git-diverged' ? error.remedy : String(error);
    return remedy !== '';
  });
  assert.deepEqual(await where(), before);
  return remedy;
}

test('snapshots kept before land with the new ones; commits that diverged do not', async (t) => {
  const { bare, one, two } = await origin(t);
  await keepIn(one, 'team/a', false);
  const pushed = await keepIn(one, 'team/b', true);
  assert.equal(await git(bare, 'rev-parse', 'main'), pushed.commit);
  await git(two, 'commit', '-q', '--allow-empty', '-m', 'apart');
  assert.match(await diverged(two, bare, () => keepIn(two, 'team/c', true)), /^Push or rebase your local commits/);
});

test('snapshots that diverged: the advice works', async (t) => {
  const { bare, one, two } = await origin(t);
  await keepIn(one, 'team/a', false);
  await keepIn(two, 'team/b', true);
  const remedy = await diverged(one, bare, () => keepIn(one, 'team/c', true));
  const commands = /`(git .*?) && (git .*?)`/.exec(remedy)!;
  await write(one, 'reports/a.yml', 'title: edited\n');
  for (const command of commands.slice(1)) await git(one, ...command.split(' ').slice(1));
  const landed = await keepIn(one, 'team/a', true);
  assert.deepEqual([landed.pushed, landed.entry!.sequence], [true, 2]);
  assert.equal(await git(one, 'status', '--porcelain'), ' M reports/a.yml');
});

test('a person’s own commits are not published', async (t) => {
  const { bare, one } = await origin(t);
  const nothing = async () => keep(await openRepository(one, ENV), request([]), { push: true });
  await write(one, 'reports/a.yml', 'title: draft\n');
  await git(one, 'commit', '-qam', 'draft');
  for (const step of [() => keepIn(one, 'team/a', true), nothing]) assert.match(await diverged(one, bare, step), /^Push them first/);
  await keepIn(one, 'team/a', false);
  assert.match(await diverged(one, bare, nothing), /^Push them first/);
  await git(one, 'switch', '-q', '-c', 'topic');
  assert.match(await diverged(one, bare, nothing), /^Push them first/);
  await git(one, 'switch', '-q', 'main');
  await git(one, 'push', '-q', 'origin', 'main');
  assert.equal((await keepIn(one, 'team/b', true)).pushed, true);
});

test('commits that were kept without a push land when there is nothing new', async (t) => {
  const { bare, one } = await origin(t);
  const { commit } = await keepIn(one, 'team/a', false);
  const repository = await openRepository(one, ENV);
  assert.equal((await keep(repository, request([]), { push: true })).pushed, true);
  assert.equal(await git(bare, 'rev-parse', 'main'), commit);
  assert.equal((await keep(repository, request([]), { push: true })).pushed, false);
});

test('a branch that origin lacks is made there', async (t) => {
  const { bare, one } = await origin(t);
  await git(one, 'switch', '-q', '-c', 'daily');
  const { commit } = await keepIn(one, 'team/a', true);
  assert.equal(await git(bare, 'rev-parse', 'daily'), commit);
});

test('origin out of reach, missing or refusing: nothing is committed', async (t) => {
  const { bare, one } = await origin(t);
  const before = await git(one, 'rev-parse', 'HEAD');
  const refuses = async () => {
    await assert.rejects(keepIn(one, 'team/a', true), (error) => error instanceof DaybookError && error.code === 'git-remote');
    assert.equal(await git(one, 'rev-parse', 'HEAD'), before);
    assert.equal(await git(one, 'for-each-ref', 'refs/daybook'), '');
    assert.equal(await git(one, 'status', '--porcelain'), '');
  };
  await writeFile(join(bare, 'hooks/pre-receive'), '#!/bin/sh\necho not today >&2\nexit 1\n', { mode: 0o755 });
  await refuses();
  await git(one, 'remote', 'set-url', 'origin', join(bare, 'absent'));
  await refuses();
  await git(one, 'remote', 'remove', 'origin');
  await refuses();
});

test('a clone without blobs reads its ledger in few requests', async (t) => {
  const { bare, one } = await origin(t);
  for (let day = 1; day <= 12; day += 1) await keepIn(one, `team/r${day}`, day === 12);
  await git(bare, 'config', 'uploadpack.allowFilter', 'true');
  await git(bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const partial = join(one, '../partial');
  await git(bare, 'clone', '-q', '--filter=blob:none', '--no-checkout', `file://${bare}`, partial);
  await writeFile(join(bare, '../trace'), '');
  const env = { ...ENV, GIT_TRACE: join(bare, '../trace') };
  const state = await readLedger(await openRepository(partial, env), 'HEAD');
  assert.equal(state.sequence, 12);
  const fetches = (await readFile(join(bare, '../trace'), 'utf8')).split('\n').filter((line) => /built-in: git fetch /.test(line));
  assert.ok(fetches.length <= 3, `${fetches.length} requests`);
});
