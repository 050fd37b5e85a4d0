import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openComparer } from '../../src/run/comparer.ts';
import { temporaryFolder } from './instance.ts';

const MODULE = new URL('../../src/run/comparer.ts', import.meta.url).href;

test('what a comparison has left that was killed goes with the next one; that of one at work stays', async (t) => {
  const cache = await temporaryFolder(t);
  const options = { cache, threads: 1, memoryMb: 256, seconds: 60 };
  const program = `import { openComparer } from '${MODULE}'; await (await openComparer(${JSON.stringify(options)})).load('base', Buffer.from('c0\\n1\\n'), ['BIGINT']); process.stdout.write('open'); setInterval(() => 0, 1000);`;
  const [killed, alive] = [0, 1].map(() => spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })) as [ReturnType<typeof spawn>, ReturnType<typeof spawn>];
  t.after(() => alive.kill('SIGKILL'));
  await Promise.all([killed, alive].map((child) => once(child.stdout!, 'data')));
  const folder = path.join(cache, 'compare');
  const owners = async (): Promise<number[]> => (await readdir(folder)).map(Number).sort((a, b) => a - b);
  const sorted = (...pids: (number | undefined)[]): number[] => (pids as number[]).sort((a, b) => a - b);
  killed.kill('SIGINT');
  await once(killed, 'close');
  assert.deepEqual(await owners(), sorted(killed.pid, alive.pid));
  const engine = await openComparer(options);
  assert.deepEqual(await owners(), sorted(alive.pid, process.pid));
  await engine.close();
  assert.deepEqual(await readdir(path.join(folder, String(process.pid))), []);
});
