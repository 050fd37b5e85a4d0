import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { refresh as refreshJob } from '../../scripts/refresh.ts';
import { readLedger } from '../../src/store/history.ts';
import { openRepository } from '../../src/store/repository.ts';
import { readSnapshot } from '../../src/snapshot/checkout.ts';
import { ENV, entries, git, newInstance, quietWorld, refresh, report, spawnDaybook } from './instance.ts';

test('a backfill that is killed goes on where it stopped, and a second one has nothing to do', async (t) => {
  const root = await newInstance(t, report('days', 'select $as_of as day, day(cast($as_of as date)) as n', 'key: [day]\nmetrics: { n: { label: Days, value: sum(n) } }\n'));
  const range = ['days', '--from', '2024-01-01', '--to', '2025-03-31'];
  const head = await git(root, 'rev-parse', 'HEAD');
  let kill = (): void => undefined;
  const killed = spawnDaybook(root, ['refresh', '--no-build', ...range], { started: (by) => (kill = by) });
  const ended = killed.then(() => true);
  while ((await git(root, 'rev-parse', 'HEAD')) === head && !(await Promise.race([ended, setTimeout(50, false)])));
  kill();
  assert.equal((await killed).code, null);

  // The commit alone counts: the kill may have come before the files followed.
  const first = (await git(root, 'ls-tree', '-r', '--name-only', 'HEAD', 'snapshots')).split('\n').filter((file) => file.endsWith('.csv')).length;
  assert.ok(first > 0 && first < 456, `${first} were kept before the kill`);
  const rest = await refresh(root, range);
  assert.equal(rest.code, 0);
  assert.equal(rest.kept.length, 456 - first);
  const all = entries(root).flatMap(({ kept }) => kept);
  assert.equal(new Set(all.map(({ as_of }) => as_of)).size, 456);
  assert.ok(all.every(({ version }) => version === 1));

  const repository = await openRepository(root, ENV);
  assert.equal((await readLedger(repository, repository.head)).sequence, 2);
  for (const { as_of: asOf, version, manifest } of all.filter((_, index) => index % 50 === 0)) {
    const { csv } = readSnapshot(root, { report: 'team/days', asOf, version }, manifest);
    assert.equal(csv.toString(), `day,n\n${asOf},${Number(asOf.slice(8))}\n`);
  }
  assert.equal(await git(root, 'status', '--porcelain'), '');
  assert.equal(await git(root, 'fsck', '--strict', '--no-dangling'), '');

  const done = await git(root, 'rev-parse', 'HEAD');
  assert.deepEqual((await refresh(root, range)).commits, []);
  assert.equal(await git(root, 'rev-parse', 'HEAD'), done);
});

test('a slow backfill lands about once a minute', async (t) => {
  const root = await newInstance(t, report('days', 'select $as_of as day', 'key: [day]\n'));
  // Each look at the clock comes ten seconds after the one before.
  let milliseconds = 0;
  const world = { ...quietWorld(root), elapsed: () => (milliseconds += 10_000) };
  const options = { from: '2025-01-01', to: '2025-02-09', push: false, build: false, json: true };
  assert.equal(await refreshJob(world, ['days'], options), 0);
  const landed = entries(root).map(({ kept }) => kept.length);
  assert.equal(landed.reduce((sum, count) => sum + count, 0), 40);
  assert.ok(landed.length > 5 && landed.every((count) => count > 0), landed.join());
  assert.deepEqual(entries(root).flatMap(({ kept }) => kept.map(({ as_of }) => as_of)), entries(root).flatMap(({ kept }) => kept.map(({ as_of }) => as_of)).sort());
});
