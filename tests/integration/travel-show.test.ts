import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { BASE, commit, daybook, git, newInstance, refresh, write } from './instance.ts';

const HELD: string = `${BASE['reports/team/good.yml'] as string}approval: required\n`;
const CORRECTED = (BASE['data/orders.csv'] as string).replace('2026-01-06,north,131', '2026-01-06,north,1131');

async function cited(root: string, ...words: string[]): Promise<string> {
  return (await daybook(root, ['show', ...words])).out.split('\n')[0]!;
}

test('show finds what a reader saw on a day, and leads to what made it', async (t) => {
  const root = await newInstance(t);
  await refresh(root, [], { now: '2026-01-06T07:00:00Z' });
  await refresh(root, [], { now: '2026-01-07T07:00:00Z' });
  await write(root, { 'data/orders.csv': CORRECTED, 'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}query: elsewhere.sql\n`, 'queries/team/elsewhere.sql': BASE['queries/team/good.sql']! });
  const code = await commit(root, 'Corrected');
  await refresh(root, ['good', '--as-of', '2026-01-06'], { now: '2026-01-09T23:59:59Z' });

  assert.equal(await cited(root, 'good@2026-01-06'), 'team/good@2026-01-06.v2');
  assert.equal(await cited(root, 'good@2026-01-06.v1'), 'team/good@2026-01-06.v1');
  for (const [day, newest, sixth] of [['2026-01-06', '2026-01-06.v1', '2026-01-06.v1'], ['2026-01-08', '2026-01-07.v1', '2026-01-06.v1'], ['2026-01-09', '2026-01-07.v1', '2026-01-06.v2']] as const) {
    assert.equal(await cited(root, 'good', '--as-published', day), `team/good@${newest}`, day);
    assert.equal(await cited(root, 'good@2026-01-06', '--as-published', day), `team/good@${sixth}`, day);
  }
  // After the newest entry: told if no job can have run, with a note if one can, and not at all of days to come.
  for (const [now, day, note] of [['2026-01-08T07:00:00Z', '2026-01-09', ''], ['2026-01-12T07:00:00Z', '2026-01-12', 'note: the ledger here ends with entry 3 of 2026-01-09T23:59:59Z, before 2026-01-12: ']] as const) {
    const said = await daybook(root, ['show', 'good', '--as-published', day], { now });
    assert.deepEqual([said.code, said.out.split('\n')[0], said.err.slice(0, note.length || undefined)], [0, 'team/good@2026-01-07.v1', note]);
  }
  const ahead = await daybook(root, ['show', 'good', '--as-published', '2026-01-13'], { now: '2026-01-12T07:00:00Z' });
  assert.deepEqual([ahead.code, ahead.text.split('\n')[0]], [3, '2026-01-13 has not come: it is 2026-01-12, and the ledger’s newest entry is of 2026-01-09T23:59:59Z']);
  assert.equal((await daybook(root, ['show', 'good@2026-01-06', '--as-published', '2026-01-08', '--rows'])).out, (BASE['data/orders.csv'] as string).split('\n').slice(0, 5).join('\n') + '\n');
  assert.equal((await daybook(root, ['show', 'good'])).text, [
    'team/good@2026-01-06.v1  published, superseded by v2 on 2026-01-09; kept 2026-01-06T07:00:00Z in ledger entry 1',
    'team/good@2026-01-06.v2  published; kept 2026-01-09T23:59:59Z in ledger entry 3',
    'team/good@2026-01-07.v1  published; kept 2026-01-07T07:00:00Z in ledger entry 2', '',
  ].join('\n'));

  const shown = (await daybook(root, ['show', 'good@2026-01-06'])).text;
  const brought = await git(root, 'rev-parse', 'HEAD');
  assert.match(shown, new RegExp(`\\n  entry     3, 2026-01-09T23:59:59Z  snapshots/ledger/2026/0000003\\.json\\n  code      ${code} .*\\n  commit    ${brought} .*\\n  query     git show ${code.slice(0, 10)}:queries/team/elsewhere\\.sql\\n`));
  assert.equal(`${await git(root, 'show', `${code.slice(0, 10)}:queries/team/elsewhere.sql`)}\n`, BASE['queries/team/good.sql']);
  assert.match((await daybook(root, ['show', 'good@2026-01-06.v1'])).text, /\n {2}query {5}git show [0-9a-f]{10}:queries\/team\/good\.sql\n/);

  for (const [words, message] of [
    [['good', '--as-published', '2026-01-05'], /on 2026-01-05 readers had seen nothing of team\/good yet\n/],
    [['good@2026-01-07', '--as-published', '2026-01-06'], /on 2026-01-06 readers had seen nothing of team\/good@2026-01-07 yet\n/],
    [['good@2026-01-06.v1', '--as-published', '2026-01-06'], /--as-published finds the version/],
    [['good', '--as-published', '2026-02-30'], /write a day/],
  ] as const) {
    const said = await daybook(root, ['show', ...words]);
    assert.match(said.text, message);
    assert.equal(said.code, 3, said.text);
  }

  await rm(path.join(root, '.git'), { recursive: true });
  const alone = (await daybook(root, ['show', 'good@2026-01-06'])).text;
  assert.doesNotMatch(alone, /\n {2}commit /);
  assert.match(alone, /\n {2}query {5}git show [0-9a-f]{10}:queries\/team\/good\.sql {2}\(if this clone has that commit\)\n/);
});

test('what readers do not see is found by its version alone, and is said to be held', async (t) => {
  const root = await newInstance(t);
  await refresh(root, [], { now: '2026-01-06T07:00:00Z' });
  await write(root, { 'data/orders.csv': CORRECTED, 'reports/team/good.yml': HELD });
  await commit(root, 'Approval');
  await refresh(root, ['good', '--as-of', '2026-01-06'], { now: '2026-01-07T06:00:00Z' });
  await refresh(root, ['good', '--as-of', '2026-01-07'], { now: '2026-01-07T07:00:00Z' });

  assert.equal(await cited(root, 'good@2026-01-06'), 'team/good@2026-01-06.v1');
  assert.equal(await cited(root, 'good', '--as-published', '2026-01-08'), 'team/good@2026-01-06.v1');
  assert.match((await daybook(root, ['show', 'good@2026-01-07'])).text, /^no version of team\/good@2026-01-07 is published; v1 is held\n.*`npx daybook show team\/good@2026-01-07\.v1`/);
  assert.match((await daybook(root, ['show', 'good@2026-01-06.v2'])).text, /^team\/good@2026-01-06\.v2\n {2}standing {2}held: readers do not see it before somebody has approved it\n/);
  assert.match((await daybook(root, ['show', 'good'])).text, /v2 {2}held: .*; kept 2026-01-07T06:00:00Z in ledger entry 2\n/);
});
