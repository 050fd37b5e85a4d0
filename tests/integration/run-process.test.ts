import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { DuckDBInstance } from '@duckdb/node-api';
import { splitStatements } from '../../src/report/tokens.ts';
import { openPool } from '../../src/run/pool.ts';
import { csvOf, failureOf, openBench, reportOf, resultOf } from './run-fixture.ts';

const hasProc = existsSync('/proc/self/cwd');
const SLOW = 'SELECT count(*) AS n FROM range(30000) a, range(30000) b WHERE (a.range * b.range) % 7 = 8';

/** Processes that work in a folder; a child of a runner works in the empty one of its own cache. */
async function processesIn(folder: string): Promise<number[]> {
  const real = await realpath(folder).catch(() => null);
  const found: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (real !== null && (await readlink(`/proc/${pid}/cwd`).catch(() => null)) === real) found.push(Number(pid));
  }
  return found;
}

async function until<T>(what: () => Promise<T | null>): Promise<T> {
  for (let i = 0; i < 600; i++) {
    const found = await what();
    if (found !== null) return found;
    await wait(25);
  }
  throw new Error('it did not come');
}

async function killOne(folder: string, not: readonly number[] = []): Promise<number> {
  const pid = await until(async () => (await processesIn(folder)).find((one) => !not.includes(one)) ?? null);
  // Long enough for the query to have begun, or to be on its way.
  await wait(150);
  process.kill(pid, 'SIGKILL');
  return pid;
}

test('a child that dies is replaced once; after the second time the run has failed', { skip: !hasProc }, async (t) => {
  const { run, cache } = await openBench(t, { sources: {} });
  const empty = path.join(cache, 'empty');
  const once = run(SLOW.replaceAll('30000', '12000'));
  await killOne(empty);
  const outcome = resultOf(await once);
  assert.deepEqual([outcome.attempts, outcome.csv.toString()], [2, 'n\n0\n']);
  const [idle] = await processesIn(empty);
  const twice = run(`${SLOW} OR a.range < 0`, { limits: { seconds: 60 } });
  await killOne(empty);
  await killOne(empty, [idle!]);
  const failed = await twice;
  assert.deepEqual([failureOf(failed).code, failed.attempts], ['query-crashed', 2]);
});

test('a query’s time begins when its process is ready, and a process that fails before counts as an attempt', async (t) => {
  const { root, cache, run } = await openBench(t);
  csvOf(await run('FROM sales'));
  const pool = openPool(new URL('../../src/run/worker.ts', import.meta.url), root, 1);
  t.after(() => pool.close());
  const told: string[] = [];
  const submit = (sources: object[]): Promise<unknown> => pool.submit({
    key: String(sources.length), open: { kind: 'open', memoryMb: 256, spec: { sources, macros: [], memoryMb: 256 } }, run: { kind: 'run', memoryMb: 256, report: reportOf('SELECT 1 AS n'), requested: '2001-06-30' },
    seconds: () => 20, taken: () => told.push('taken'), asked: () => told.push('asked'),
  });
  await assert.rejects(submit([{ name: 'gone', database: path.join(root, 'gone.duckdb') }]), /cannot be opened/);
  assert.deepEqual(told.splice(0), ['taken']);
  await submit([]);
  assert.deepEqual(told.splice(0), ['taken', 'asked']);
  // Another set of limits takes a process of its own, which cannot open what was imported.
  for (const name of await readdir(path.join(cache, 'sources'))) await writeFile(path.join(cache, 'sources', name), 'not a database');
  const failed = await run('FROM sales', { limits: { memory_mb: 256 } });
  assert.deepEqual([failureOf(failed).code, failed.attempts, failed.milliseconds], ['query-crashed', 1, null]);
});

test('when the time for all runs is up, one that is under way is stopped, and no other is begun', async (t) => {
  const end = performance.now() + 1_500;
  const { run } = await openBench(t, { sources: {}, secondsLeft: () => (end - performance.now()) / 1_000 });
  for (const _ of ['under way', 'not begun']) assert.equal(failureOf(await run(SLOW, { limits: { seconds: 60 } })).code, 'out-of-time');
});

test('a child ends with its parent, even in the middle of a query', { skip: !hasProc }, async (t) => {
  const { root, cache } = await openBench(t, { sources: {} });
  const script = `
    import { reportOf, instanceOf } from ${JSON.stringify(new URL('./run-fixture.ts', import.meta.url).href)};
    import { openRunner } from ${JSON.stringify(new URL('../../src/run/runner.ts', import.meta.url).href)};
    const runner = openRunner({ root: process.argv[1], cache: process.argv[2], instance: instanceOf(), sources: new Map(), macros: [], parallel: 1 });
    await runner.run(reportOf(${JSON.stringify(SLOW.replaceAll('30000', '1000000'))}, { limits: { seconds: 600 } }), '2001-06-30', new Date(0));
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, root, cache], { stdio: 'ignore' });
  await until(async () => ((await processesIn(path.join(cache, 'empty'))).length > 0 ? true : null));
  await wait(500);
  parent.kill('SIGKILL');
  await until(async () => ((await processesIn(path.join(cache, 'empty'))).length === 0 ? true : null));
});

test('closing a runner leaves no process behind', { skip: !hasProc }, async (t) => {
  const { run, runner, cache } = await openBench(t);
  csvOf(await run('FROM sales'));
  await runner.close();
  await until(async () => ((await processesIn(path.join(cache, 'empty'))).length === 0 ? true : null));
});

test('a cache that cannot be written is an outcome, not a crash', async (t) => {
  const { run, cache } = await openBench(t);
  await rm(cache, { recursive: true, force: true });
  await writeFile(cache, 'a file where the folder should be');
  const failure = failureOf(await run('FROM sales'));
  assert.equal(failure.code, 'write-denied');
  assert.doesNotMatch(failure.message, /daybook-run-/);
});

test('statements are told apart as the engine does', async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const pieces = ['SELECT 1', 'SELECT \'a;b\'', 'FROM (SELECT "x;" FROM (SELECT 1 AS "x;"))', ';', ';', ' ', '\n', '-- c;\'\n', '/* ; /* ; */ \' */', ' AS a', ' AS "b;"', "SELECT $$;'$$", 'SELECT $t$;$$;$t$', "SELECT $t1$;'$t1$", 'SELECT\u00A01', 'SELECT 2\u2060', "SELECT E'\\';'", "SELECT 'it''s;'", 'SELECT 1.5e3', 'SELECT é AS é FROM (SELECT 2 AS é)'];
  let parsed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), async (parts) => {
      const sql = parts.join('');
      const count = await connection.extractStatements(sql).then((extracted) => extracted.count, (cause: Error) => (cause.message === 'Error in native callback' ? 0 : null));
      if (count === null) return;
      parsed += 1;
      assert.equal(splitStatements(sql).length, count, sql);
    }),
    { seed: 7, numRuns: 500 },
  );
  assert.ok(parsed > 100);
  connection.closeSync();
  instance.closeSync();
});
