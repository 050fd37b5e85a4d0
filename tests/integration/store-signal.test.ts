import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { ChildJob } from './store-child.ts';
import { git, newRepository } from './store-fixture.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

test('a signal after the branch has moved waits for index and files: the next `git commit -a` takes nothing away', { timeout: 120_000 }, async (t) => {
  const root = await newRepository(t);
  const ref = join(root, '.git/refs/heads/main');
  const ends: (string | null)[] = [];
  for (let round = 0; round < 6; round += 1) {
    const before = readFileSync(ref, 'utf8');
    const job: ChildJob = { report: `team/r${round}`, asOf: '2001-06-30', count: 40, values: ['1'], push: false, held: true };
    // A group of its own, as of a terminal: Ctrl+C reaches Git's processes too.
    const child = spawn(process.execPath, [join(import.meta.dirname, 'store-child.ts'), root, JSON.stringify(job)], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const exit = once(child, 'exit');
    while (readFileSync(ref, 'utf8') === before) await setTimeout(1);
    await setTimeout(5 * round);
    process.kill(-child.pid!, SIGNALS[round % 3]);
    ends.push((await exit)[1]);
    assert.equal(await git(root, 'status', '--porcelain'), '', `round ${round}`);
  }
  assert.ok(ends.some((signal, round) => signal === SIGNALS[round % 3]), 'it still ends by the signal');
});

test('a second signal ends at once; npm sends the first one twice', { timeout: 60_000 }, async () => {
  const program = `import { holdSignals } from '${new URL('../../scripts/world/signals.ts', import.meta.url).href}';
    await holdSignals((line) => process.stdout.write(line))(async () => { process.stdout.write('ready'); await new Promise((resolve) => setTimeout(resolve, 50_000)); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  assert.match(String((await once(child.stdout, 'data'))[0]), /again/);
  child.kill('SIGINT');
  await setTimeout(1500);
  assert.equal(child.exitCode ?? child.signalCode, null);
  child.kill('SIGINT');
  assert.deepEqual(await exit, [null, 'SIGINT']);
});
