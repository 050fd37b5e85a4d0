import assert from 'node:assert/strict';
import { rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { BASE, commit, daybook, entries, git, newInstance, refresh, report, write, type Files } from './instance.ts';

const OTHER = report('other', 'select region, sum(orders) as orders from orders where day <= $as_of group by region', 'as_of: scheduled\nkey: [region]\n');
const EDITED: Files = { 'queries/team/good.sql': 'select day, region, orders + 1 as orders from orders where day <= $as_of\n' };

test('a query that nobody committed is refused by name, and the other reports go on', async (t) => {
  const root = await newInstance(t, OTHER);
  await write(root, EDITED);
  const job = await refresh(root);
  assert.deepEqual([job.code, job.kept, job.failed, job.refused], [1, ['team/other@2026-01-08.v1'], [], [{ report: 'team/good', file: 'queries/team/good.sql' }]]);
  assert.match(job.err, /^queries\/team\/good\.sql: .*not as commit [0-9a-f]{10} has it.*team\/good\n {2}→ .*git commit.*daybook propose.*daybook run.*\[definition-uncommitted\]$/m);
  assert.deepEqual(entries(root).flatMap(({ runs }) => runs.map((run) => run.report)), ['team/other']);

  const again = await daybook(root, ['refresh', 'good', '--no-build']);
  assert.equal(again.code, 1);
  assert.match(again.out, /^1 refused\. Nothing to commit\.$/m);
  assert.equal(entries(root).length, 1);

  await commit(root, 'Another query');
  assert.deepEqual((await refresh(root)).kept, ['team/good@2026-01-07.v1']);
});

test('everything that a result rests on counts: staged, never added, ignored, hidden from Git, taken away', async (t) => {
  const macro = 'create macro twice(n) as 2 * n\n';
  const root = await newInstance(t, { ...OTHER, 'queries/macros/twice.sql': macro });
  const refused = async (files: string[]): Promise<void> => {
    const { kept, refused: all, err } = await refresh(root, ['good', 'other']);
    assert.deepEqual([kept, [...new Set(all.map(({ file }) => file))]], [[], files], err);
  };
  await write(root, { ...EDITED, 'reports/team/other.yml': `${OTHER['reports/team/other.yml'] as string}reader: Everybody\n` });
  await git(root, 'add', '-A');
  await refused(['queries/team/good.sql', 'reports/team/other.yml']);
  await git(root, 'reset', '-q', '--hard');

  await write(root, { 'queries/sources/orders.yml': 'files: data/orders.csv\ncolumns: { day: DATE, orders: DOUBLE }\n' });
  await refused(['queries/sources/orders.yml']);
  await git(root, 'checkout', '-q', '.');

  await write(root, { 'daybook.yml': `${BASE['daybook.yml'] as string}limits: { seconds: 5 }\n` });
  await git(root, 'update-index', '--skip-worktree', 'daybook.yml');
  await refused(['daybook.yml']);
  await git(root, 'update-index', '--no-skip-worktree', 'daybook.yml');
  await git(root, 'checkout', '-q', '.');

  await write(root, { 'queries/macros/more.sql': 'create macro more(n) as n + 1\n', '.git/info/exclude': 'more.sql\n' });
  await refused(['queries/macros/more.sql']);
  await rm(path.join(root, 'queries/macros/more.sql'));
  await rm(path.join(root, 'queries/macros/twice.sql'));
  await refused(['queries/macros/twice.sql']);
  await git(root, 'checkout', '-q', '.');

  // A link to another query that is committed is another query all the same.
  await rename(path.join(root, 'queries/team/good.sql'), path.join(root, 'queries/team/old.sql'));
  await commit(root, 'A query by another name');
  await symlink('old.sql', path.join(root, 'queries/team/good.sql'));
  const { refused: linked } = await refresh(root, ['good']);
  assert.deepEqual(linked.map(({ file }) => file), ['queries/team/good.sql']);
  await commit(root, 'A link');
  assert.deepEqual((await refresh(root, ['good'])).kept, ['team/good@2026-01-07.v1']);
});

test('what is committed as it stands is run: line ends, file modes, data and texts are another matter', async (t) => {
  const root = await newInstance(t, OTHER);
  await git(root, 'config', 'core.autocrlf', 'true');
  await rm(path.join(root, 'queries'), { recursive: true });
  await git(root, 'checkout', '-q', '.');
  await write(root, { 'reports/team/good.md': 'A text that nobody committed.\n', 'data/orders.csv': `${BASE['data/orders.csv'] as string}2026-01-08,north,1\n` });
  const job = await refresh(root);
  assert.deepEqual([job.code, job.refused, job.kept.length], [0, [], 2], job.err);
});

test('an edit is no news where nothing is due: a title that nobody committed, a rule that would retire', async (t) => {
  const root = await newInstance(t, OTHER);
  assert.equal((await refresh(root)).kept.length, 2);
  await write(root, { 'daybook.yml': `${BASE['daybook.yml'] as string}# A remark\n`, 'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}keep: { daily: 1 }\n` });
  const idle = await refresh(root);
  assert.deepEqual([idle.code, idle.refused, idle.commits], [0, [], []], idle.err);
  const due = await refresh(root, [], { now: '2026-01-10T07:00:00Z' });
  assert.deepEqual([due.code, due.commits, due.refused.length], [1, [], 2], 'what a report missed is told by the job that runs it');
});
