import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { DaybookError } from '../../src/error.ts';
import { readLedger } from '../../src/store/history.ts';
import { keep } from '../../src/store/keep.ts';
import { openRepository } from '../../src/store/repository.ts';
import type { Attempted } from '../../src/store/request.ts';
import type { ChildJob } from './store-child.ts';
import { ENV, git, inputsOf, origin, request, result, write } from './store-fixture.ts';

const run = promisify(execFile);
const CHILD = path.join(import.meta.dirname, 'store-child.ts');

test('four writers on one bare origin: each lands exactly once, and the sequence has no gap', async (t) => {
  const { bare, one, two } = await origin(t);
  const [three, four] = ['three', 'four'].map((name) => path.join(path.dirname(bare), name)) as [string, string];
  for (const clone of [three, four]) await git(path.dirname(bare), 'clone', '-q', bare, clone);
  const writers = [one, two, three, four].map((root, index) => ({ root, report: `team/${'abcd'[index]}` }));
  await Promise.all(writers.map(async ({ root, report }) => {
    const job: ChildJob = { report, asOf: '2001-06-30', count: 5, values: ['1'], push: true };
    const { stdout } = await run(process.execPath, [CHILD, root, JSON.stringify(job)]);
    assert.ok((JSON.parse(stdout.trim().split('\n').at(-1)!) as { pushed?: boolean }).pushed, stdout);
  }));
  await git(one, 'fetch', '-q');
  const state = await readLedger(await openRepository(one, ENV), await git(bare, 'rev-parse', 'main'));
  assert.deepEqual([state.sequence, state.reports.size], [4, 20]);
  assert.ok([...state.reports.values()].every(({ versions }) => versions.get('2001-06-30')?.length === 1));
  assert.equal(await git(bare, 'rev-list', '--count', 'main'), '5');
  await git(bare, 'fsck', '--strict');
});

/** What stands between Git and its remote, and hangs up after so many bytes when told so. */
const LINE = `#!${process.execPath}
const { spawn } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const folder = __dirname;
const service = process.argv.join(' ').includes('git-receive-pack') ? 'receive-pack' : 'upload-pack';
const git = spawn('git', [service, folder + '/origin.git'], { stdio: ['pipe', 'pipe', 'inherit'] });
git.stdin.on('error', () => {});
process.stdout.on('error', () => {});
const limit = (way) => (service === 'receive-pack' && existsSync(folder + '/' + way) ? Number(readFileSync(folder + '/' + way)) : Infinity);
const pass = (from, to, left, cut) => from.on('data', (chunk) => {
  if (left === Infinity) return void to.write(chunk);
  if (left > 0) to.write(chunk.subarray(0, left));
  left -= chunk.length;
  if (left <= 0) cut();
});
pass(process.stdin, git.stdin, limit('sent'), () => git.stdin.end(() => git.on('close', () => process.exit(1))));
// What the server was told, it does, whether or not anybody hears of it.
pass(git.stdout, process.stdout, limit('heard'), () => process.stdout.write('', () => { git.stdin.end(); git.stdout.resume(); git.on('close', () => process.exit(1)); }));
process.stdin.on('end', () => git.stdin.end());
git.on('close', (code) => (process.exitCode = code ?? 1));
git.on('close', () => process.stdin.destroy());
`;

for (const [way, bytes] of [['sent', 0], ['sent', 150], ['sent', 700], ['heard', 0], ['heard', 200], ['heard', 420]] as const) {
  test(`the network goes when ${bytes} bytes of a push are ${way}: nothing is lost, nothing is there twice`, async (t) => {
    const { bare, one } = await origin(t);
    const folder = path.dirname(bare);
    await write(folder, 'line', LINE);
    await chmod(path.join(folder, 'line'), 0o755);
    await git(one, 'remote', 'set-url', 'origin', `ssh://host${bare}`);
    const env = { ...ENV, GIT_SSH_COMMAND: path.join(folder, 'line'), GIT_SSH_VARIANT: 'simple' };
    const enter = async (report: string) => keep(await openRepository(one, env), request([result(report, '2001-06-30')]), { push: true });

    await enter('team/a');
    await write(folder, way, String(bytes));
    const cut = await enter('team/b').then(({ pushed }) => pushed, (cause: unknown) => cause);
    if (cut !== true) assert.ok(cut instanceof DaybookError && cut.code === 'git-remote', String(cut));
    const tip = await git(bare, 'rev-list', '--count', 'main');
    assert.equal(tip, cut === true ? '3' : '2', 'origin is complete, or as before');
    assert.equal(await git(one, 'status', '--porcelain'), '');
    await git(bare, 'fsck', '--strict', '--no-dangling');

    await run('rm', [path.join(folder, way)]);
    await enter('team/b');
    const state = await readLedger(await openRepository(one, env), 'HEAD');
    assert.deepEqual([...state.reports].map(([id, { versions }]) => [id, versions.get('2001-06-30')!.length]), [['team/a', 1], ['team/b', 1]]);
    assert.equal(await git(bare, 'rev-parse', 'main'), await git(one, 'rev-parse', 'HEAD'));
  });
}

test('an engine that was upgraded runs again; equal data is no new version, other data is one', async (t) => {
  const { one } = await origin(t);
  const by = (version: string, values: string[]): Attempted => {
    const attempt = result('team/a', '2001-06-30', values) as Attempted & { kind: 'result' };
    return { ...attempt, inputs: { ...inputsOf('team/a', '2001-06-30'), engine: { name: 'duckdb', version, settings: {} } } };
  };
  const enter = async (attempt: Attempted) => (await keep(await openRepository(one, ENV), request([attempt]))).entry!;
  assert.equal((await enter(by('1.5.5', ['1']))).kept[0]!.version, 1);
  const same = await enter(by('2.0.0', ['1']));
  assert.deepEqual([same.runs[0]!.status, same.kept], ['unchanged', []]);
  assert.equal((await enter(by('2.0.1', ['1.0000001']))).kept[0]!.version, 2);
});
