import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { DaybookError } from '../../src/error.ts';
import { runPrepare } from '../../src/run/prepare.ts';
import { sourceOf } from './run-fixture.ts';

const PATH = process.env['PATH'];

async function folder(t: TestContext): Promise<string> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'daybook-prepare-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function failure(promise: Promise<void>): Promise<DaybookError> {
  const error = await promise.then(() => null, (cause: unknown) => cause);
  assert.ok(error instanceof DaybookError);
  assert.equal(error.code, 'prepare-failed');
  return error;
}

test('prepare runs in the root and sees PATH, HOME and its secrets alone', async (t) => {
  const root = await folder(t);
  await runPrepare(sourceOf('s', { files: 'a.csv', prepare: 'env > seen.txt', secrets: ['TOKEN'] }), { root, env: { PATH, HOME: '/home/x', TOKEN: 'abc', OTHER_SECRET: 'zzz' } });
  const names = (await readFile(path.join(root, 'seen.txt'), 'utf8')).split('\n').map((line) => line.split('=')[0]!);
  // The shell adds some of its own.
  assert.deepEqual(names.filter((name) => name !== '' && !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort(), ['HOME', 'PATH', 'TOKEN']);
});

test('a failed prepare shows the end of its output, with every secret masked', async (t) => {
  const root = await folder(t);
  const secret = 'line-one-secret\nline-two-secret';
  const source = sourceOf('s', { files: 'a.csv', prepare: 'i=0; while [ $i -lt 400 ]; do echo "try $TOKEN and $KEY"; i=$((i+1)); done; echo last >&2; exit 3', secrets: ['TOKEN', 'KEY'] });
  const error = await failure(runPrepare(source, { root, env: { PATH, TOKEN: 'hunter2', KEY: secret } }));
  assert.match(error.message, /ended with exit code 3:\n/);
  assert.match(error.message, /last$/);
  assert.match(error.message, /try \*\*\* and \*\*\*/);
  assert.doesNotMatch(error.message, /unter2|line-(one|two)/);
  assert.ok(error.message.length < 5_000);
  assert.deepEqual(error.place, { file: 'queries/sources/s.yml', key: 'prepare' });
});

test('a prepare that does not end is stopped with all that it started; one without its secret does not start', async (t) => {
  const root = await folder(t);
  const endless = sourceOf('s', { files: 'a.csv', prepare: 'sleep 1000 & sleep 1000' });
  assert.match((await failure(runPrepare(endless, { root, env: { PATH }, seconds: 0.5 }))).message, /stopped after 0\.5 s/);
  const secret = sourceOf('s', { files: 'a.csv', prepare: 'touch ran', secrets: ['TOKEN'] });
  assert.match((await failure(runPrepare(secret, { root, env: { PATH } }))).message, /has no TOKEN/);
  await assert.rejects(readFile(path.join(root, 'ran')));
});
