import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { addCode, addPackages } from './clone.ts';
import { commit, daybook, ENV, git, newInstance, write } from './instance.ts';

const run = promisify(execFile);

test('the step that judges: keeps the checkpoint of a sound visit, and no other', { timeout: 120_000 }, async (t) => {
  const root = await newInstance(t);
  await addCode(root);
  await commit(root);
  await addPackages(root);
  await daybook(root, ['refresh', '--no-build']);
  const kept = path.join(root, '.daybook/checkpoint.txt');
  const summary = path.join(root, '.git/github-summary');
  const step = async (more: NodeJS.ProcessEnv = {}): Promise<number> => {
    await rm(summary, { force: true });
    const env = { ...ENV, GITHUB_STEP_SUMMARY: summary, npm_config_cache: path.join(root, '.git/npm'), npm_config_update_notifier: 'false', ...more };
    return run('bash', ['.github/verify.sh'], { cwd: root, env }).then(() => 0, (cause: { code: number }) => cause.code);
  };

  assert.equal(await step({ DEEP: 'true' }), 0, 'the first visit knows nothing from elsewhere');
  assert.match(await readFile(summary, 'utf8'), /^```text\n[^]*SOUND[^]*Keep this checkpoint[^]*```\n$/);
  const first = await readFile(kept, 'utf8');
  assert.equal(first, await readFile(path.join(root, 'snapshots/ledger/checkpoint'), 'utf8'));

  await write(root, { 'data/orders.csv': `${await readFile(path.join(root, 'data/orders.csv'), 'utf8')}2026-01-10,north,140\n` });
  await commit(root, 'Second day');
  await daybook(root, ['refresh', '--no-build'], { now: '2026-01-11T07:00:00Z' });
  assert.equal(await step(), 0, 'the later visit is held against it');
  const second = await readFile(kept, 'utf8');
  assert.notEqual(second, first);

  await git(root, 'reset', '-q', '--hard', 'HEAD~2');
  assert.equal(await step(), 1, 'entries that were known are gone');
  assert.match(await readFile(summary, 'utf8'), /TAMPERED/);
  assert.equal(await readFile(kept, 'utf8'), second, 'what was known stays known');
});
