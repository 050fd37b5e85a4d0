import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { packageRoot } from '../../scripts/world/files.ts';
import { BUILT, code, ENV, freePort, git, newInstance, NOW } from './instance.ts';

test('start runs what is due, commits nothing, and serves pages, downloads and link previews', async (t) => {
  const root = await newInstance(t, {}, BUILT);
  const head = await git(root, 'rev-parse', 'HEAD');
  // What a build left that was killed: no process has this number.
  const left = path.join(packageRoot, '.daybook/build/999999999');
  await mkdir(left, { recursive: true });

  const child = spawn(process.execPath, [path.join(code, 'scripts/daybook.mjs'), 'start', '--port', String(await freePort())], { cwd: root, env: { ...ENV, DAYBOOK_NOW: NOW }, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  while (!/The site is at/.test(said)) {
    assert.equal(child.exitCode, null, said);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const address = /http:\S+/.exec(said)![0];
  assert.match(said, /team\/good@2026-01-07: 6 rows, local: nothing is committed/);
  const get = async (page: string): Promise<Buffer> => {
    const response = await fetch(address + page);
    assert.equal(response.status, 200, page);
    return Buffer.from(await response.arrayBuffer());
  };

  assert.match((await get('')).toString(), /Report good/);
  assert.match((await get('reports/team/good/')).toString(), /210/);
  assert.equal((await get('reports/team/good/good.csv')).toString().split('\n')[1], '2026-01-05,north,120');
  const { rows, snapshot } = JSON.parse((await get('reports/team/good/good.json')).toString()) as { rows: unknown[]; snapshot: string };
  assert.deepEqual([rows[0], rows.length, snapshot], [['2026-01-05', 'north', 120], 6, 'team/good@2026-01-07.v0']);
  const { format, width, height } = await sharp(await get('reports/team/good/preview.png')).metadata();
  assert.deepEqual([format, width, height], ['png', 800, 420]);
  assert.equal((await fetch(`${address}reports/none/`)).status, 404);

  child.kill('SIGTERM');
  const [exit] = (await once(child, 'exit')) as [number | null];
  assert.equal(exit, 0);
  assert.deepEqual([await git(root, 'rev-parse', 'HEAD'), await git(root, 'status', '--porcelain')], [head, '']);
  assert.ok(!(await readdir(path.dirname(left))).includes(path.basename(left)), 'what a killed build left is cleared');
});
