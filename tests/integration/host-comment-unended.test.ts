import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JOB_AUTHOR } from '../../src/review/comment.ts';
import type { FakeRun } from './fake-host-telling.ts';
import { bodies, conclusions, proposed, reviewAt } from './host-comment-fixture.ts';

const OWN = 30_433_642_000;

const runAt = (head: string, more: Partial<FakeRun> = {}): FakeRun => ({ id: OWN, event: 'pull_request', head_sha: head, head_branch: 'numbers', display_title: 'New numbers', status: 'completed', conclusion: 'cancelled', run_started_at: '2026-01-08T09:00:00Z', ...more });
const LATER = { id: OWN + 1, run_started_at: '2026-01-08T09:10:00Z', status: 'in_progress', conclusion: null };

describe('a review that did not end', { concurrency: 4 }, () => {
  test('the pull request is told, with what to do: its one comment, and the check', async (t) => {
    const all = await proposed(t);
    const { fake, tell, head } = all;
    await tell(reviewAt(all));
    fake.telling.runs.push(runAt(head), runAt('e'.repeat(40), LATER), runAt(head, { ...LATER, id: OWN - 1, run_started_at: '2026-01-08T08:00:00Z', status: 'completed', conclusion: 'success' }));
    const told = await tell(null, head, OWN);
    assert.deepEqual([told.judged, conclusions(all), bodies(all).length], [false, ['success', 'action_required'], 1]);
    assert.match(bodies(all)[0]!, new RegExp(`^<!-- daybook-review ${head} -->\n\\*\\*Incomplete: the review did not end\\.\\*\\* .*time limit.*Re-run all jobs.*daybook review.*timeout-minutes`));
    assert.equal(fake.telling.checks[1]!.title, 'The review did not end');
    // The same from a job of a workflow that does not say which run it was.
    await tell(null);
    assert.deepEqual([conclusions(all).at(-1), bodies(all).length], ['action_required', 1]);
  });

  test('nothing is said of one that a newer push has taken the place of', async (t) => {
    const all = await proposed(t);
    const { fake, tell, head, push } = all;
    fake.telling.runs.push(runAt(head));
    await push();
    assert.deepEqual([(await tell(null, head, OWN)).judged, conclusions(all), bodies(all)], [true, [], []]);
  });

  const titled = { event: 'workflow_dispatch', head_branch: 'main', head_sha: 'f'.repeat(40) };
  const REPLACED: [what: string, run: (head: string) => FakeRun[], said: boolean][] = [
    ['a later run of the same commit is under way', (head) => [runAt(head), runAt(head, LATER)], false],
    ['a later run of the same commit has ended', (head) => [runAt(head), runAt(head, { ...LATER, status: 'completed', conclusion: 'failure' })], false],
    ['a later run was started by hand', (head) => [runAt(head), runAt(head, { ...LATER, ...titled, display_title: head })], false],
    ['it is being run again', (head) => [runAt(head, { status: 'queued', conclusion: null })], false],
    ['a later run waits for an approval', (head) => [runAt(head), runAt(head, { ...LATER, status: 'completed', conclusion: 'action_required' })], true],
    ['a later run was started by hand for another commit', (head) => [runAt(head), runAt(head, { ...LATER, ...titled, display_title: 'e'.repeat(40) })], true],
    ['a run that says so is of another branch', (head) => [runAt(head), runAt(head, { ...LATER, ...titled, head_branch: 'numbers', display_title: head })], true],
    ['it was started by hand itself', (head) => [runAt(head, { ...titled, display_title: head })], true],
  ];
  for (const [what, runs, said] of REPLACED) {
    test(`${what}: ${said ? 'told' : 'silent'}`, async (t) => {
      const all = await proposed(t);
      const { fake, tell, head, number } = all;
      fake.telling.comment(number, JOB_AUTHOR, `<!-- daybook-review ${head} -->\n**Pass**`);
      fake.telling.runs.push(...runs(head));
      const told = await tell(null, head, OWN);
      assert.deepEqual([told.judged, conclusions(all), bodies(all)[0]!.includes('did not end')], said ? [false, ['action_required'], true] : [true, [], false]);
      assert.equal(told.done[0]!.startsWith('A newer run'), !said);
    });
  }
});
