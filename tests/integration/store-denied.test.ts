import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { DaybookError } from '../../src/error.ts';
import { keep } from '../../src/store/keep.ts';
import { repair } from '../../src/store/repair.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { ChildJob } from './store-child.ts';
import { ENV, git, newRepository, origin, request, result } from './store-fixture.ts';

const run = promisify(execFile);
const CHILD = join(import.meta.dirname, 'store-child.ts');
const NOBODY = 65534;
const JOB: ChildJob = { report: 'team/a', asOf: '2001-06-30', count: 3, values: ['1'], push: false };

function lastLine(output: string): { code?: string; commit?: string; message?: string } {
  return JSON.parse(output.trim().split('\n').at(-1)!) as { code?: string; commit?: string };
}

test('a read-only folder', async (t) => {
  const root = await newRepository(t);
  const isRoot = process.getuid?.() === 0;
  await chmod(dirname(root), 0o755);
  await run('chmod', ['-R', 'a-w,a+rX', root]);
  if (isRoot) await run('chown', ['-R', String(NOBODY), root]);
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  try {
    const { stdout } = await run(process.execPath, [CHILD, root, JSON.stringify(JOB)], { ...user, env: ENV });
    assert.equal(lastLine(stdout).code, 'write-denied', stdout);
  } finally {
    await run('chmod', ['-R', 'u+w', root]);
  }
});

test('a full disk keeps nothing by halves; with space, the next job lands', async (t) => {
  const root = await newRepository(t);
  const small = join(root, '../small');
  await mkdir(small);
  const job = (report: string) => `"${process.execPath}" "${CHILD}" "${small}/repository" '${JSON.stringify({ ...JOB, report, count: 200 })}' | tail -n 1`;
  const free = [0, 40, 100, 300, 500];
  // A file system of its own, in a mount namespace that ends with the script.
  const script = [
    `mount -t tmpfs -o size=3m none "${small}" || exit 1`, 'echo mounted', `cp -a "${root}" "${small}/repository"`, `cd "${small}/repository"`,
    `dd if=/dev/zero of="${small}/ballast" bs=4k 2>/dev/null`,
    ...free.flatMap((kilobytes) => [`truncate -s -${kilobytes}k "${small}/ballast"`, job(`team/free-${kilobytes}`), 'git rev-list --count HEAD']),
    `rm "${small}/ballast"`, `mount -o remount,size=30m "${small}"`, job('team/last'), 'git rev-list --count HEAD',
    'git fsck --strict --no-progress && git status --porcelain',
  ].join('\n');
  const { stdout, stderr } = await run('unshare', ['-r', '-m', 'sh', '-c', script], { env: ENV }).catch((cause: { stdout: string; stderr: string }) => cause);
  if (!stdout?.includes('mounted')) return t.skip(`no file system can be mounted here: ${stderr}`);
  const lines = stdout.trim().split('\n').slice(1);
  let commits = 1;
  for (const kilobytes of [...free, Infinity]) {
    const { code, commit, message } = lastLine(lines.shift()!);
    if (kilobytes === 0) assert.equal(code, 'disk-full');
    assert.ok(commit || code === 'disk-full', `${kilobytes} KB free: ${code}: ${message}`);
    commits += commit ? 1 : 0;
    assert.equal(lines.shift(), String(commits), `${kilobytes} KB free`);
  }
  assert.deepEqual(lines, [], stderr);
  t.diagnostic(`${commits - 1} of ${free.length + 1} jobs landed`);
});

test('a lock is waited for, taken over from the dead, and left to the living', async (t) => {
  const root = await newRepository(t);
  const repository = await openRepository(root, ENV);
  const lock = join(root, '.git/daybook.lock');
  const holder = (pid: number, host = hostname()) => writeFile(lock, JSON.stringify({ daybook: { pid, host, started: null } }));
  const sleeper = spawn('sleep', ['60']);
  t.after(() => sleeper.kill());

  let waits = 0;
  await holder(sleeper.pid!);
  assert.deepEqual(await repair(repository), [], 'whoever only reads does not wait');
  const freed = await keep(repository, request([result('team/a', '2001-06-30')]), {
    wait: async () => (waits += 1) === 3 && rm(lock),
  });
  assert.ok(freed.commit);
  assert.equal(waits, 3);

  const patient = { wait: async () => undefined };
  for (const [pid, host] of [[sleeper.pid!, hostname()], [1, 'another machine']] as const) {
    await holder(pid, host);
    await assert.rejects(keep(repository, request([result('team/b', '2001-06-30')]), patient), (error) => error instanceof DaybookError && error.code === 'locked' && error.message.includes(host));
    assert.match(await readFile(lock, 'utf8'), new RegExp(host));
  }

  const dead = spawn('true');
  await new Promise((resolve) => dead.on('exit', resolve));
  await holder(dead.pid!);
  assert.ok((await keep(repository, request([result('team/b', '2001-06-30')]), patient)).commit);
  await assert.rejects(readFile(lock));
});

test('a process id that is used again does not hold the lock', { skip: process.platform !== 'linux' && 'only Linux tells when a process started' }, async (t) => {
  const root = await newRepository(t);
  const repository = await openRepository(root, ENV);
  await writeFile(join(root, '.git/daybook.lock'), JSON.stringify({ daybook: { pid: process.pid, host: hostname(), started: '1' } }));
  assert.deepEqual(await repair(repository), []);
  await assert.rejects(readFile(join(root, '.git/daybook.lock')));
  assert.equal(await git(root, 'status', '--porcelain'), '');
});

test("origin's own lock is waited for, and named where a killed push left it behind", async (t) => {
  const { bare, one } = await origin(t);
  const repository = await openRepository(one, ENV);
  const lock = join(bare, 'refs/heads/main.lock');
  await writeFile(lock, '');

  const left = keep(repository, request([result('team/a', '2001-06-30')]), { push: true, wait: async () => undefined });
  await assert.rejects(left, (error) => error instanceof DaybookError && error.code === 'git-remote' && error.message.includes('main.lock') && error.remedy.includes('lock file'));

  let waits = 0;
  const released = await keep(repository, request([result('team/a', '2001-06-30')]), { push: true, wait: async () => (waits += 1) === 2 && rm(lock) });
  assert.equal(await git(bare, 'rev-parse', 'main'), released.commit);
  assert.equal(waits, 2);
});
