import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { BASE, daybook, entries, git, newInstance, refresh, report, write } from './instance.ts';

const SQL = 'select $as_of as day, day(cast($as_of as date)) as n';
const MORE = 'key: [day]\nmetrics: { n: { label: Days, value: sum(n) } }\n';
const KEEP = 'keep: { daily: 2, monthly: 1 }\n';
const file = (day: string, ending = 'csv'): string => `snapshots/${day.replaceAll('-', '/')}/v1/team/days.${ending}`;

/** Two months, of which `keep` leaves the last two days and the end of the first month. */
async function twoMonths(t: TestContext): Promise<string> {
  const root = await newInstance(t, report('days', SQL, MORE));
  for (const [from, to] of [['2024-01-29', '2024-02-02'], ['2024-02-03', '2024-02-05']]) assert.equal((await refresh(root, ['days', '--from', from!, '--to', to!])).code, 0);
  await write(root, report('days', SQL, `${MORE}${KEEP}`));
  await git(root, 'commit', '-qam', 'Keep less');
  return root;
}

test('old snapshots leave the work tree in the job’s commit, and show, compare and verify go on', async (t) => {
  const root = await twoMonths(t);
  const before = await git(root, 'rev-parse', 'HEAD');
  assert.equal((await refresh(root, ['good'])).code, 0);
  const retired = entries(root).at(-1)!.retired!;
  assert.deepEqual(retired.map(({ as_of: asOf, commit }) => [asOf, commit]), ['2024-01-29', '2024-01-30', '2024-02-01', '2024-02-02', '2024-02-03'].map((day) => [day, before]));
  assert.deepEqual(retired[0]!.files.map((one) => one.path), [file('2024-01-29', 'json'), file('2024-01-29')]);
  for (const day of ['2024-01-29', '2024-02-03']) assert.equal(existsSync(path.join(root, file(day))), false, day);
  for (const day of ['2024-01-31', '2024-02-04', '2024-02-05']) assert.equal(existsSync(path.join(root, file(day))), true, day);
  assert.equal(await git(root, 'status', '--porcelain'), '');
  assert.equal((await refresh(root, ['good'])).commits.length, 0, 'once');

  assert.equal((await daybook(root, ['show', 'days@2024-01-30', '--rows'])).out, 'day,n\n2024-01-30,30\n');
  const compared = await daybook(root, ['compare', 'days@2024-01-30', 'days@2024-02-05']);
  assert.deepEqual([compared.code, compared.err], [1, '']);
  assert.match(compared.out, /30 → 5|30.*5/);
  const verified = await daybook(root, ['verify', '--unanchored']);
  assert.equal(verified.code, 0, verified.text);
  assert.match(verified.out, /5 more are retired: read from Git’s history/);
  const proof = await daybook(root, ['prove', 'days@2024-01-30']);
  assert.equal(proof.code, 0, proof.text);
});

test('retired, missing and out of reach are three different things', async (t) => {
  const root = await twoMonths(t);
  await refresh(root, ['good']);
  await rm(path.join(root, file('2024-02-05')));
  const missing = await daybook(root, ['show', 'days@2024-02-05', '--rows']);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /the file is missing[^]*\[snapshot-broken\]/);

  await git(root, 'config', 'uploadpack.allowFilter', 'true');
  for (const [what, ...words] of [['shallow', '--depth=1'], ['blobless', '--filter=blob:none']]) {
    const clone = path.join(root, '..', what!);
    await git(root, 'clone', '-q', ...words, `file://${root}`, clone);
    // A partial clone would ask its origin, which is not there.
    await git(clone, 'remote', 'set-url', 'origin', 'file:///nonexistent');
    assert.equal((await daybook(clone, ['show', 'days@2024-02-05', '--rows'])).out, 'day,n\n2024-02-05,5\n', what);
    const cut = await daybook(clone, ['show', 'days@2024-02-03', '--rows']);
    assert.equal(cut.code, 2, what);
    assert.match(cut.err, /does not reach back to commit [0-9a-f]{12}[^]*\[snapshot-retired\]/, what);
  }
  // A history that was written anew, and lost what the ledger names.
  const rewritten = path.join(root, '..', 'rewritten');
  await git(root, 'clone', '-q', '--depth=1', `file://${root}`, rewritten);
  await rm(path.join(rewritten, '.git/shallow'));
  await git(rewritten, 'reset', '-q', '--soft', await git(rewritten, 'commit-tree', '-m', 'All', await git(rewritten, 'write-tree')));
  await git(rewritten, 'reflog', 'expire', '--expire=now', '--all');
  await git(rewritten, 'update-ref', '-d', 'refs/remotes/origin/main');
  const lost = await daybook(rewritten, ['show', 'days@2024-02-03']);
  assert.match(lost.err, /Git does not have it any more[^]*\[snapshot-broken\]/);
});

test('a correction of a retired day is kept, and retires with the next job', async (t) => {
  const root = await twoMonths(t);
  await refresh(root, ['good']);
  await write(root, report('days', SQL.replace(' as n', ' + 100 as n'), `${MORE}${KEEP}`));
  await git(root, 'commit', '-qam', 'Correct');
  const again = await refresh(root, ['days', '--as-of', '2024-02-02']);
  assert.deepEqual(again.kept, ['team/days@2024-02-02.v2']);
  assert.equal((await daybook(root, ['show', 'days@2024-02-02', '--rows'])).out, 'day,n\n2024-02-02,102\n');
  assert.equal((await daybook(root, ['show', 'days@2024-02-02.v1', '--rows'])).out, 'day,n\n2024-02-02,2\n');
  await refresh(root, ['days', '--as-of', '2024-02-05']);
  assert.deepEqual(entries(root).at(-1)!.retired!.map(({ as_of: asOf, version }) => [asOf, version]), [['2024-02-02', 2]]);
  assert.equal((await daybook(root, ['verify', '--unanchored'])).code, 0);
});

test('an old file that somebody has taken away retires nothing of its own, and stops no job', async (t) => {
  const root = await twoMonths(t);
  await git(root, 'rm', '-q', 'snapshots/2024/02/02/v1/team/days.csv');
  await git(root, 'commit', '-qm', 'Tidy up');
  const done = await refresh(root, ['good']);
  assert.deepEqual([done.code, done.kept], [0, ['team/good@2026-01-07.v1']]);
  assert.match((await daybook(root, ['refresh', 'good', '--no-build'])).err, /^snapshots\/2024\/02\/02\/v1\/team\/days\.csv should retire and is missing in commit [0-9a-f]{10}: see `npx daybook verify`$/m);
  const retired = entries(root).flatMap((entry) => entry.retired ?? []).map(({ as_of: asOf }) => asOf);
  assert.deepEqual([retired.length > 0, retired.includes('2024-02-02')], [true, false]);
  assert.equal((await daybook(root, ['verify', '--unanchored'])).code, 1);
});

test('a held version that an approved one has replaced retires with it', async (t) => {
  const held = { 'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}approval: required\nkeep: { daily: 1 }\n` };
  const root = await newInstance(t, held);
  const approve = async (word: string): Promise<void> => {
    assert.equal((await daybook(root, ['approve', word])).code, 0);
    await git(root, 'add', 'reports');
    await git(root, 'commit', '-qm', 'Approve');
  };
  await refresh(root, ['good', '--as-of', '2026-01-05']);
  await write(root, { 'data/orders.csv': (BASE['data/orders.csv'] as string).replace('120', '121') });
  await refresh(root, ['good', '--as-of', '2026-01-05']);
  await approve('good@2026-01-05');
  await refresh(root, ['good']);
  await approve('good@2026-01-07');
  await refresh(root, ['good']);
  await refresh(root, ['good']);
  assert.deepEqual(entries(root).flatMap((entry) => entry.retired ?? []).map(({ as_of: asOf, version }) => `${asOf}.v${version}`), ['2026-01-05.v1', '2026-01-05.v2']);
  assert.equal((await daybook(root, ['verify', '--unanchored'])).code, 0);
});
