import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const AUTHOR = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };

/** What the step of CI runs for a pull request with these files, on the merge that the host checks out. */
async function stepFor(t: TestContext, files: readonly string[], { event = 'pull_request', merged = true, moves = [] as readonly string[] } = {}): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-step-'));
  t.after(() => rm(folder, { recursive: true }));
  const env = { ...process.env, ...AUTHOR, PATH: `${folder}/bin:${process.env['PATH']}`, GITHUB_EVENT_NAME: event };
  const git = (...words: string[]) => run('git', words, { cwd: path.join(folder, 'work'), env });
  const put = async (file: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  };
  await put('bin/npm', '#!/bin/sh\necho "npm $*"\n');
  await chmod(path.join(folder, 'bin/npm'), 0o755);
  await put('work/.ci/run', 'echo all\n');
  await mkdir(path.join(folder, 'work/.github'));
  await copyFile(path.join(root, '.github/test.sh'), path.join(folder, 'work/.github/test.sh'));
  for (const file of ['reports/a.yml', 'queries/a.sql', 'src/reports/a.ts']) await put(`work/${file}`, 'old\n');
  await git('init', '-qb', 'main');
  await git('add', '-A');
  await git('commit', '-qm', 'base');
  await git('switch', '-qc', 'proposal');
  for (const file of files) await put(`work/${file}`, 'new\n');
  if (moves.length > 0) await git('mv', ...moves);
  await git('add', '-A');
  await git('commit', '-qm', 'proposal', '--allow-empty');
  if (merged) {
    await git('switch', '-q', 'main');
    await git('merge', '-q', '--no-ff', '-m', 'merge', 'proposal');
  }
  const { stdout } = await run('bash', ['.github/test.sh'], { cwd: path.join(folder, 'work'), env });
  return stdout.trim().split('\n');
}

const VALIDATED = ['Only reports and queries differ: they are validated.', 'npm ci', 'npm run --silent validate'];

test('a pull request of reports and queries alone is validated, and any other tested', async (t) => {
  assert.deepEqual(await stepFor(t, ['reports/a.yml', 'queries/sources/b.yml', 'reports/é\nsrc/c.md']), VALIDATED);
  assert.deepEqual(await stepFor(t, ['reports/a.yml'], { moves: ['src/reports/a.ts', 'reports/a.ts'] }), ['all']);
  for (const file of ['src/reports/a.ts', 'package.json', 'reports.ts', 'daybook.yml', '.github/test2.sh', 'tests/queries/a.sql']) assert.deepEqual(await stepFor(t, ['reports/a.yml', file]), ['all'], file);
});

test('what is pushed is tested, and so is what is no merge of the host’s', async (t) => {
  assert.deepEqual(await stepFor(t, ['reports/a.yml'], { event: 'push' }), ['all']);
  assert.deepEqual(await stepFor(t, ['reports/a.yml'], { merged: false }), ['all']);
});
