import assert from 'node:assert/strict';
import { readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { commit, daybook, newInstance, refresh, report, write } from './instance.ts';

const SOURCE = `files: data/fetched.csv
prepare: 'env | sort > data/environment.txt && echo "day,n" > data/fetched.csv && echo "2026-01-07,$SALES_TOKEN" >> data/fetched.csv'
secrets: [SALES_TOKEN]
`;
const FETCHED = { 'queries/sources/fetched.yml': SOURCE, 'reports/team/fetched.yml': (report('fetched', '')['reports/team/fetched.yml'] as string).replace('[orders]', '[fetched]'), 'queries/team/fetched.sql': 'select day, n from fetched\n', 'data/fetched.csv': 'day,n\n2026-01-06,0\n' };
const env = { SALES_TOKEN: '42', OTHER_TOKEN: 'other-secret', GITHUB_TOKEN: 'job-secret' };

test('prepare is run by the job alone, and sees the secrets that it names and no others', async (t) => {
  const root = await newInstance(t, FETCHED);
  for (const words of [['validate'], ['list'], ['run']]) assert.equal((await daybook(root, words, { env })).code, 0);
  await assert.rejects(stat(path.join(root, 'data/environment.txt')), { code: 'ENOENT' });
  assert.equal(await readFile(path.join(root, 'data/fetched.csv'), 'utf8'), 'day,n\n2026-01-06,0\n');

  const job = await refresh(root, [], { env });
  assert.deepEqual(job.kept, ['team/fetched@2026-01-08.v1', 'team/good@2026-01-07.v1']);
  assert.equal((await daybook(root, ['show', 'fetched@2026-01-08', '--rows'])).out, 'day,n\n2026-01-07,42\n');
  const seen = (await readFile(path.join(root, 'data/environment.txt'), 'utf8')).split('\n').map((line) => line.split('=')[0]!).filter(Boolean);
  assert.deepEqual(seen.filter((name) => !['_', 'PWD', 'OLDPWD', 'SHLVL'].includes(name)), ['HOME', 'PATH', 'SALES_TOKEN']);
});

test('a prepare that fails stops its own reports, with its secrets masked', async (t) => {
  const root = await newInstance(t, { ...FETCHED, 'queries/sources/fetched.yml': SOURCE.replace(/prepare: .*/, "prepare: 'echo no entry for $SALES_TOKEN; exit 7'") });
  const job = await refresh(root, [], { env: { ...env, SALES_TOKEN: 'top-secret' } });
  assert.deepEqual([job.code, job.kept, job.failed.map(({ code }) => code)], [1, ['team/good@2026-01-07.v1'], ['prepare-failed']]);
  assert.match(job.failed[0]!.message, /ended with exit code 7:\nno entry for \*\*\*$/);
  const ledger = await readFile(path.join(root, 'snapshots/ledger/2026/0000001.json'), 'utf8');
  assert.doesNotMatch(ledger + job.err, /top-secret/);

  const without = await refresh(root, ['fetched']);
  assert.match(without.failed[0]!.message, /the environment has no SALES_TOKEN/);
});

test('a Parquet file cut in half, one that is whole again, and one that is gone', async (t) => {
  const root = await newInstance(t, { 'queries/sources/points.yml': 'files: data/points.parquet\n', 'reports/team/points.yml': (report('points', '')['reports/team/points.yml'] as string).replace('[orders]', '[points]'), 'queries/team/points.sql': 'select count(*) as n from points\n' });
  const file = path.join(root, 'data/points.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (SELECT range AS n, md5(range::VARCHAR) AS code FROM range(5000)) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  const whole = await readFile(file);
  for (const half of [whole.subarray(0, whole.length >> 1), whole.subarray(whole.length >> 1), whole.subarray(0, 3)]) {
    await write(root, { 'data/points.parquet': half });
    await commit(root, 'Half');
    const job = await refresh(root, ['points', 'good']);
    assert.deepEqual([job.code, job.failed.map(({ code }) => code)], [1, ['source-broken']]);
    assert.match(job.err, /^$/);
    assert.ok(!job.failed[0]!.message.includes(root), job.failed[0]!.message);
  }
  await write(root, { 'data/points.parquet': whole });
  assert.deepEqual((await refresh(root, ['points'])).kept, ['team/points@2026-01-08.v1']);
  await rm(file);
  const gone = await refresh(root, ['points', '--as-of', '2026-01-07']);
  assert.deepEqual(gone.failed.map(({ code }) => code), ['file-missing']);
  assert.equal((await daybook(root, ['show', 'points@2026-01-08', '--rows'])).out, 'n\n5000\n');
});
