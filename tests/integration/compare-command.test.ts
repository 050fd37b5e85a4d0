import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Comparison } from '../../src/analysis/comparison/comparison.ts';
import { BASE, commit, daybook, git, newInstance, refresh, report, write } from './instance.ts';

test('compare tells two snapshots apart, with an exit code for each answer', async (t) => {
  const other = report('other', 'select region, orders as n from orders where day <= $as_of', 'as_of: scheduled\nkey: []\n');
  const root = await newInstance(t, other);
  for (const asOf of ['2026-01-05', '2026-01-06']) assert.equal((await refresh(root, ['--as-of', asOf, 'good', 'other'])).code, 0);
  // A correction of what was published: north, 6 January.
  await write(root, { 'data/orders.csv': (BASE['data/orders.csv'] as string).replace('north,131', 'north,135') });
  await commit(root, 'Corrected');
  assert.deepEqual((await refresh(root, ['--as-of', '2026-01-06', 'good'])).kept, ['team/good@2026-01-06.v2']);

  const versions = await daybook(root, ['compare', 'good@2026-01-06.v1', 'good@2026-01-06']);
  assert.equal(versions.code, 1);
  assert.equal(versions.out, `Different: team/good@2026-01-06.v1 → team/good@2026-01-06.v2: 1 changed of 4, 1 of 1 metric changed.

Rows
  4 → 4: 0 added, 0 removed, 1 changed, 3 the same
  matched by day, region

Columns
  orders: 1 changed of 4; largest 131 → 135, sum 408 → 412, mean 102 → 103

Metrics
  Orders: 208 → 212, up 4 (1.9%)

Rows changed (1)
  2026-01-06 north  orders: 131 → 135
`);
  assert.equal((await daybook(root, ['compare', 'good'])).out, versions.out, 'a report alone: its last two snapshots');

  const json = await daybook(root, ['compare', 'good@2026-01-05', 'good@2026-01-06.v1', '--json', '--limit', '1']);
  const comparison = JSON.parse(json.out) as Comparison & { kind: 'different' };
  assert.deepEqual([json.code, comparison.kind, comparison.base.label, comparison.head.asOf, comparison.rows], [1, 'different', 'team/good@2026-01-05.v1', '2026-01-06', { base: 2, head: 4, added: 2, removed: 0, modified: 0, unchanged: 2 }]);
  assert.deepEqual([comparison.samples.added.total, comparison.samples.added.rows.length], [2, 1]);

  assert.deepEqual([(await daybook(root, ['compare', 'good@2026-01-05', 'good@2026-01-05'])).code, (await daybook(root, ['compare', 'good@2026-01-05', 'other@2026-01-05'])).code], [0, 2]);
  for (const words of [['good@2026-01-05'], ['good@2026-01-05', 'good'], ['good@2026-01-09', 'good@2026-01-05'], ['god'], ['good@2026-01-05', 'good@2026-01-06', 'x'], ['good', '--limit', '0'], []]) {
    assert.equal((await daybook(root, ['compare', ...words])).code, 3, words.join(' '));
  }
  await write(root, { 'snapshots/2026/01/05/v1/team/good.csv': 'day,region,orders\n' });
  const broken = await daybook(root, ['compare', 'good@2026-01-05', 'good@2026-01-06']);
  assert.deepEqual([broken.code, /\[snapshot-broken\]/.test(broken.err)], [2, true]);
  assert.deepEqual(await readdir(path.join(root, '.daybook/compare', String(process.pid))), [], 'nothing is left behind');
});

test('what the report says of a column’s name before is compared across the rename', async (t) => {
  const said = 'as_of: scheduled\nkey: [day, region]\n';
  const root = await newInstance(t, report('sums', 'select day, region, orders as n from orders where day <= $as_of', said));
  assert.equal((await refresh(root, ['--as-of', '2026-01-05', 'sums'])).code, 0);
  await write(root, report('sums', 'select day, region, orders + 1 as total from orders where day <= $as_of', `${said}columns: { total: { was: n } }\n`));
  await commit(root, 'Renamed');
  assert.equal((await refresh(root, ['--as-of', '2026-01-06', 'sums'])).code, 0);
  const { out } = await daybook(root, ['compare', 'sums']);
  assert.match(out, /\n {2}renamed: n → total\n {2}total: 2 changed of 2;/);
});

test('a report that is gone or broken is compared by the key that it had', async (t) => {
  const root = await newInstance(t);
  for (const asOf of ['2026-01-05', '2026-01-06']) assert.equal((await refresh(root, ['--as-of', asOf, 'good'])).code, 0);
  const { out } = await daybook(root, ['compare', 'good']);
  assert.match(out, /\n {2}matched by day, region\n/);
  const definition = BASE['reports/team/good.yml'] as string;
  await write(root, { 'reports/team/good.yml': `${definition}not_a_key: 1\n` });
  assert.equal((await daybook(root, ['compare', 'good'])).out, out);
  await rm(path.join(root, 'reports/team/good.yml'));
  await commit(root, 'Gone');
  assert.equal((await daybook(root, ['compare', 'good'])).out, out);
  // A clone without the history of it cannot tell.
  const shallow = path.join(path.dirname(root), 'shallow');
  await git(root, 'clone', '-q', '--depth=1', `file://${root}`, shallow);
  const said = await daybook(shallow, ['compare', 'good']);
  assert.deepEqual([said.code, said.out, /\[inputs-unreachable\]/.test(said.err)], [2, '', true], said.text);
});

test('what a terminal would act on is escaped in JSON, and means the same', async (t) => {
  const name = 'a\u009b31m\u202eb\u007f\u2066';
  const data = `day,region,orders\n2026-01-05,north,1\n2026-01-06,${name},1\n`;
  const root = await newInstance(t, { 'data/orders.csv': data });
  for (const asOf of ['2026-01-05', '2026-01-06']) assert.equal((await refresh(root, ['--as-of', asOf, 'good'])).code, 0);
  const { out } = await daybook(root, ['compare', 'good', '--json']);
  assert.doesNotMatch(out, /(?!\n)\p{Cc}|\p{Bidi_Control}/u);
  assert.equal((JSON.parse(out) as Comparison & { kind: 'different' }).samples.added.rows[0]!.cells[1], name);
});
