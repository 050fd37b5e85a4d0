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
