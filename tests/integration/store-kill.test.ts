import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLedger } from '../../src/store/history.ts';
import { keep } from '../../src/store/keep.ts';
import { repair } from '../../src/store/repair.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { ChildJob } from './store-child.ts';
import { ENV, git, newRepository, origin, request, result, write } from './store-fixture.ts';

const KILLS = Number(process.env['DAYBOOK_KILLS'] ?? 30);
const COUNT = 25;

/** Mulberry32: the same points in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A job in its own process group, started and about to keep. */
async function startJob(root: string, name: string, push: boolean): Promise<{ child: ChildProcess; output: () => string }> {
  const what: ChildJob = { report: `team/${name}`, asOf: '2001-06-30', count: COUNT, values: [name], push };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'store-child.ts'), root, JSON.stringify(what)], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  await once(child.stdout, 'data');
  return { child, output: () => output };
}

/** Milliseconds from "about to keep" to the end. */
async function duration(root: string, push: boolean): Promise<number> {
  const { child } = await startJob(root, 'warm', push);
  const start = performance.now();
  await once(child, 'exit');
  return performance.now() - start;
}

async function killedJob(root: string, name: string, push: boolean, milliseconds: number, group: boolean): Promise<boolean> {
  const { child, output } = await startJob(root, name, push);
  const exit = once(child, 'exit');
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  try {
    process.kill(group ? -child.pid! : child.pid!, 'SIGKILL');
  } catch {
    // It had ended.
  }
  await exit;
  return output().includes('commit');
}

async function userState(root: string): Promise<string> {
  const files = await Promise.all(['reports/a.yml', 'reports/b.yml', 'notes.txt'].map((file) => readFile(join(root, file), 'utf8')));
  return [await git(root, 'status', '--porcelain', '-uall'), await git(root, 'diff', '--cached'), ...files].join('\n--\n');
}

async function editAsUser(root: string): Promise<string> {
  await write(root, 'reports/a.yml', 'title: staged\n');
  await git(root, 'add', 'reports/a.yml');
  await write(root, 'reports/a.yml', 'title: edited after that\n');
  await write(root, 'reports/b.yml', 'title: edited\n');
  await write(root, 'notes.txt', 'mine\n');
  return userState(root);
}

async function assertTidy(root: string): Promise<void> {
  const names = await readdir(join(root, '.git'), { recursive: true });
  const left = names.filter((name) => /daybook|\.lock$|fast_import_crash/.test(name) && !name.startsWith('logs'));
  assert.deepEqual(left.filter((name) => name !== 'refs/daybook'), []);
}

/** The commits since are one complete job, or none. */
async function landed(root: string, before: string, after: string): Promise<boolean> {
  if (before === after) return false;
  assert.equal(await git(root, 'rev-parse', `${after}~1`), before);
  const added = (await git(root, 'diff', '--name-status', before, after)).split('\n');
  assert.equal(added.length, 2 * COUNT + 2);
  return true;
}

test(`killed at ${KILLS} points, the branch is as before or complete`, { timeout: 600_000 }, async (t) => {
  const root = await newRepository(t);
  const random = seeded(1);
  const mine = await editAsUser(root);
  let typical = await duration(root, false);
  let before = await git(root, 'rev-parse', 'HEAD');
  let complete = 0;
  let between = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const said = await killedJob(root, `k${kill}`, false, random() * typical, kill % 2 === 1);
    const repository = await openRepository(root, ENV);
    between += (await readdir(join(root, '.git'))).includes('daybook-pending.json') ? 1 : 0;
    assert.deepEqual(await repair(repository), [], `kill ${kill}`);
    const after = await git(root, 'rev-parse', 'HEAD');
    const did = await landed(root, before, after);
    assert.ok(did || !said, 'what the job said is so');
    assert.equal(await userState(root), mine, `kill ${kill}`);
    await assertTidy(root);
    complete += did ? 1 : 0;
    // The machine's load changes: half of the kills are to come late enough to find a landed job.
    typical *= did ? 0.94 : 1.06;
    before = after;
  }
  t.diagnostic(`${complete} of ${KILLS} complete, ${between} while index and files followed; a job takes ${Math.round(typical)} ms`);
  const repository = await openRepository(root, ENV);
  await keep(repository, request([result('team/last', '2001-06-30')]));
  assert.equal((await readLedger(repository, 'HEAD')).sequence, complete + 2);
  assert.equal(await userState(root), mine);
  await git(root, 'fsck', '--strict');
});

test('killed while pushing, origin and the branch are each as before or complete', { timeout: 600_000 }, async (t) => {
  const { bare, one } = await origin(t);
  const random = seeded(2);
  const mine = await editAsUser(one);
  const typical = await duration(one, true);
  let before = await git(bare, 'rev-parse', 'main');
  const kills = Math.ceil(KILLS / 3);
  for (let kill = 0; kill < kills; kill += 1) {
    await killedJob(one, `k${kill}`, true, random() * typical, kill % 2 === 1);
    const repository = await openRepository(one, ENV);
    assert.deepEqual(await repair(repository), []);
    await assertTidy(one);
    // Where the remote's half was killed too, its administrator does as Git says.
    if (kill % 2 === 1) await rm(join(bare, 'refs/heads/main.lock'), { force: true });
    // An orphaned push may land a little later; the next job enters on whatever is there.
    const landing = await keep(repository, request([result(`team/after-${kill}`, '2001-06-30')]), { push: true });
    const after = await git(bare, 'rev-parse', 'main');
    assert.equal(after, landing.commit);
    await landed(bare, before, await git(bare, 'rev-parse', 'main~1'));
    assert.equal(await git(one, 'rev-parse', 'HEAD'), after);
    assert.equal(await userState(one), mine, `kill ${kill}`);
    before = after;
  }
  await git(one, 'fsck', '--strict');
  await git(bare, 'fsck', '--strict');
});
