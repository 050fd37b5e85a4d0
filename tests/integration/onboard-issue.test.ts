import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from './fake-host-answer.ts';
import { git } from './instance.ts';
import { GOOD, ISSUE, propose, read, setting, type Filled } from './onboard-fixture.ts';

const ASKED = 'GET /repos/{owner}/{repo}/issues/{issue_number}';

test('an issue that was closed, deleted or moved to another repository meanwhile is not answered; opened again, it is', async (t) => {
  const here = await setting(t);
  const { root, bare, host } = here;
  const gone = (answer: Answer) => (): void => host.before(ASKED, () => answer);
  const elsewhere = { number: 3, user: { login: 'ann', type: 'User' }, state: 'open', repository_url: 'https://api.github.com/repos/team/other' };
  const cases: [what: string, how: () => void][] = [
    ['closed', () => host.closedIssues.add(ISSUE)],
    ['deleted', gone({ status: 410, body: { message: 'This issue was deleted' } })],
    ['moved out of sight', gone({ status: 404, body: { message: 'Not Found' } })],
    // The host leads to where it is now, and the client follows.
    ['moved', gone({ status: 200, body: elsewhere })],
  ];
  for (const filled of [GOOD, { ...GOOD, team: 'teams' }] as Filled[]) {
    await read(root, filled);
    for (const [what, how] of cases) {
      how();
      const { code, text } = await propose(here);
      assert.deepEqual([code, text], [0, '#12: the issue is closed by now, or not in this repository any more: nothing was done\n'], what);
      assert.deepEqual([host.pulls.length, host.commentsOn(ISSUE).length, await git(bare, 'for-each-ref', 'refs/heads/onboard')], [0, 0, ''], what);
      host.closedIssues.clear();
    }
  }
  await read(root, GOOD);
  assert.match((await propose(here)).text, /proposes team\/orders-all-of-them/);
});

test('of two forms for one report each has its own pull request, and the later says that only one can be merged', async (t) => {
  const here = await setting(t);
  const { root, bare, host } = here;
  host.issues.set(13, 'ben');
  await read(root, GOOD);
  await propose(here);
  const first = await git(bare, 'rev-parse', 'onboard/issue-12');
  await read(root, { ...GOOD, id: 'team/other' }, undefined, 13);
  await propose(here, '--issue', '13');
  assert.doesNotMatch(host.commentsOn(13)[0]!.body, /Only one/);

  await read(root, { ...GOOD, sql: 'select day, region, orders as n from orders where day <= $as_of' }, '2026-01-08T08:00:00Z', 13);
  await propose(here, '--issue', '13');
  assert.match(host.commentsOn(13)[0]!.body, /^\*\*#1 proposes files of the same names too\.\*\* Only one of them can be merged: [^\n]+$/m);
  assert.deepEqual([host.pulls.length, await git(bare, 'rev-parse', 'onboard/issue-12')], [2, first]);

  await host.merge(1, 'cat');
  await git(root, 'pull', '-q', 'origin', 'main');
  assert.match((await propose(here, '--issue', '13')).text, /what exists already is told/);
  assert.match(host.commentsOn(13)[0]!.body, /reports\/team\/orders-all-of-them\.yml exists/);
});
