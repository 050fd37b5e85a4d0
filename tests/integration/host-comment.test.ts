import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Review } from '../../src/analysis/review/review.ts';
import { DaybookError } from '../../src/error.ts';
import { JOB_AUTHOR } from '../../src/review/comment.ts';
import { failedSide, reportOf } from '../unit/review-fixture.ts';
import { bodies, conclusions, failing, proposed, reviewAt } from './host-comment-fixture.ts';
import { git, write } from './store-fixture.ts';

const COMMENTS = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';

// Each has a host of its own, and mostly waits: GitHub asks for seconds between comments.
describe('what a pull request is told', { concurrency: 8 }, () => {
  test('one comment and a check on the pull request of a fork, found by its commit; changed in place, and only where something changed', async (t) => {
    const all = await proposed(t);
    const { tell, fake } = all;
    await tell(reviewAt(all));
    await tell(reviewAt(all));
    assert.equal(bodies(all).length, 1);
    assert.match(bodies(all)[0]!, new RegExp(`^<!-- daybook-review ${all.head} -->\n\\*\\*Pass\\*\\*: 1 affected report`));
    assert.deepEqual(fake.telling.checks.map(({ name, head_sha }) => [name, head_sha]), [['Daybook review', all.head], ['Daybook review', all.head]]);
    assert.equal(fake.requests.filter((one) => /^(PATCH|DELETE)/.test(one)).length, 0);
    await tell(reviewAt(all, { reports: failing('warn') }));
    assert.match(bodies(all).join('\n'), /^<!-- .*\n\*\*Review\*\*/);
    assert.deepEqual([bodies(all).length, ...conclusions(all)], [1, 'success', 'success', 'neutral']);
  });

  test('what others post with the marker is left alone; the comment is found on any page', async (t) => {
    const all = await proposed(t);
    const { fake, number, tell, head } = all;
    const marked = `<!-- daybook-review ${head} -->\n**Pass**`;
    fake.telling.comment(number, 'eve', marked);
    for (const who of ['ann', 'ben', 'cat']) fake.telling.comment(number, who, 'Looks good.');
    fake.telling.comment(number, JOB_AUTHOR, 'Another workflow.');
    fake.pageSize = 2;
    await tell(reviewAt(all));
    await tell(reviewAt(all, { reports: failing('block') }));
    const own = fake.commentsOn(number).filter(({ user }) => user.login === JOB_AUTHOR);
    assert.deepEqual([fake.commentsOn(number)[0]?.body, own.length, own[0]?.body], [marked, 2, 'Another workflow.']);
    assert.match(own[1]!.body, /\*\*Block\*\*/);
  });

  test('two jobs at once: the oldest comment stays, with the text of the newest commit', async (t) => {
    const all = await proposed(t);
    const { fake, number, tell, head } = all;
    fake.before(COMMENTS, () => void fake.telling.comment(number, JOB_AUTHOR, `<!-- daybook-review ${head} -->\nby the other job`));
    await tell(reviewAt(all));
    assert.equal(bodies(all).length, 1);
    assert.match(bodies(all)[0]!, /\*\*Pass\*\*/);

    // The comment is deleted between being read and being changed.
    fake.before('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', () => void fake.telling.comments.pop());
    await tell(reviewAt(all, { reports: failing('block') }));
    assert.deepEqual([bodies(all).length, /\*\*Block\*\*/.test(bodies(all)[0]!)], [1, true]);
  });

  test('a branch that moves on meanwhile: the text says that it is outdated, and never replaces a newer one', async (t) => {
    const all = await proposed(t);
    const { fake, number, push, tell, head } = all;
    let newest = '';
    fake.before(COMMENTS, async () => { newest = await push(); });
    await tell(reviewAt(all));
    assert.match(bodies(all)[0]!, new RegExp(`^<!-- daybook-review ${head} -->\n\\*\\*Outdated\\.\\*\\* This is about commit \`${head}\`; the newest of this pull request is \`${newest}\`\\.`));

    await tell(reviewAt({ ...all, head: newest }), newest);
    assert.match(bodies(all)[0]!, new RegExp(`^<!-- daybook-review ${newest} -->\n\\*\\*Pass\\*\\*`));
    const told = await tell(reviewAt(all, { reports: failing('block') }));
    assert.match(told.done.join(), /^No open pull request has the commit/);
    // The newer job is done while the older one is about to write.
    fake.before('GET /repos/{owner}/{repo}/pulls', () => ({ status: 200, body: [] }));
    fake.before('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', async () => {
      const moved = await push();
      fake.telling.comments[0]!.body = `<!-- daybook-review ${moved} -->\nnewer`;
    });
    assert.match((await tell(reviewAt({ ...all, head: newest }), newest)).done.join(), /^No open pull request/);
    assert.match((await tell(reviewAt({ ...all, head: newest }), newest)).done.join('\n'), /about a newer commit, and stays/);
    assert.deepEqual(bodies(all).map((body) => body.split('\n')[1]), ['newer']);
    assert.equal(number, 1);
  });

  test('verdicts as conclusions, and annotations on lines of YAML and SQL, fifty a request', async (t) => {
    const all = await proposed(t);
    const { fake, tell } = all;
    const problem = (line: number, file: string | null = 'reports/a.yml') => ({ report: null, code: 'wrong-value', message: `line\u202E ${line}`, remedy: 'Correct it.', file, line, column: 3 });
    const side = failedSide('query-syntax');
    await tell(reviewAt(all, { reports: [reportOf({ head: side, gates: [{ gate: 'status', level: 'block', status: 'not-run', expected: 'x', actual: 'y', subject: null, waiver: null }] })] }));
    await tell(reviewAt(all, { problems: [...Array.from({ length: 120 }, (_, index) => problem(index + 1)), problem(1), problem(0), problem(2, '../etc/passwd'), problem(2, null)] }));
    assert.deepEqual(conclusions(all), ['action_required', 'failure']);
    const [first, second] = fake.telling.checks;
    assert.deepEqual(first?.annotations.map(({ path, start_line, message }) => [path, start_line, message]), [['queries/sales/orders.sql', 3, 'it failed\n→ Repair it.']]);
    assert.deepEqual([second?.annotations.length, second?.annotations[0]?.message], [120, 'line\u{fffd} 1\n→ Correct it.']);
    assert.equal(fake.requests.filter((one) => one.startsWith('PATCH /repos/team/reports/check-runs/')).length, 2);
    assert.ok(second!.summary.length <= 65_535);
  });

  test('whatever paths and waivers are made of, the comment is one that the host takes', async (t) => {
    const all = await proposed(t);
    const { fake, number, tell } = all;
    const sql = { classes: [], lines: Array.from({ length: 200 }, () => `+${'y'.repeat(160)}`) };
    const reports = Array.from({ length: 40 }, (_, index) => reportOf({ report: `sales/report-${index}`, sql }));
    const paths = Array.from({ length: 7 }, (_, index) => ({ filename: `.github/${`${'`'.repeat(200)}/`.repeat(15)}${index}`, status: 'added' }));
    fake.before('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', () => ({ status: 200, body: paths }));
    await fake.review(number, 'ben', 'APPROVED', [...Array.from({ length: 3 }, (_, index) => `waive rows ${'a/'.repeat(2_000)}b${index}: seen`), ...Array.from({ length: 3 }, () => `waive ${'`'.repeat(450)}`)].join('\n'));
    await tell(reviewAt(all, { reports }));
    const [body = ''] = bodies(all);
    assert.ok(body.length > 55_000, `${body.length}`);
    for (const part of ['**Not to be relied on.** This change touches `', 'and 2 more files there', '> `waive rows a/a/a/']) assert.ok(body.includes(part) || body.includes(part.replaceAll('`', '``')), part);
  });

  test('waivers: lines of an approving review of this commit, by somebody who may write and is not the author', async (t) => {
    const all = await proposed(t);
    const { fake, number, tell, push } = all;
    const blocked = (at = all.head): Review => reviewAt({ ...all, head: at }, { reports: failing('block') });
    const waive = 'Fine.\r\nwaive rows sales/orders: the source lost a region\r\n';
    await fake.review(number, 'eve', 'APPROVED', waive);
    await fake.review(number, 'mallory', 'APPROVED', waive);
    await fake.review(number, 'helper[bot]', 'APPROVED', waive);
    await fake.review(number, 'ann', 'COMMENTED', waive);
    await fake.review(number, 'cat', 'APPROVED', 'waive everything: please');
    await tell(blocked());
    assert.deepEqual(conclusions(all), ['failure']);
    assert.match(bodies(all)[0]!, /How to let it pass<\/summary>\n\n.*\n\n```text\nwaive rows sales\/orders:\n```/);
    for (const why of ['a change that they opened', 'only people who may write', 'a program waives nothing', '`waive everything: please` by `cat` is no waiver']) assert.ok(bodies(all)[0]!.includes(why), why);

    await fake.review(number, 'ben', 'APPROVED', `${waive}waive metrics: all of them\n`);
    await tell(blocked());
    assert.match(bodies(all)[0]!, /`waive metrics` by `ben` fits nothing that fails: a gate of a report is waived by its id too/);
    assert.deepEqual(conclusions(all), ['failure', 'neutral']);
    assert.match(bodies(all)[0]!, /the source lost a region/);
    assert.doesNotMatch(bodies(all)[0]!, /How to let it pass/);
    // For this commit alone.
    const next = await push();
    await tell(blocked(next), next);
    assert.equal(conclusions(all).at(-1), 'failure');
  });

  test('a change that touches the workflows could have written its own review: a person says that they have looked', async (t) => {
    const all = await proposed(t, '.github/workflows/review.yml');
    const { fake, number, tell } = all;
    await tell(reviewAt(all));
    assert.deepEqual(conclusions(all), ['action_required']);
    assert.match(bodies(all)[0]!, /\*\*Not to be relied on\.\*\* This change touches `\.github\/workflows\/review\.yml`/);
    await fake.review(number, 'ann', 'APPROVED', 'waive code: a newer version of an action');
    await tell(reviewAt(all));
    assert.deepEqual(conclusions(all), ['action_required', 'success']);
  });

  test('what a change touches is that of the commit that was reviewed, wherever its branch is meanwhile', async (t) => {
    const all = await proposed(t, '.github/workflows/review.yml');
    const { fake, one, base, tell } = all;
    await git(one, 'checkout', '-q', '--detach', base);
    await write(one, 'reports/a.yml', 'title: Harmless\n');
    await git(one, 'add', '-A');
    await git(one, 'commit', '-qm', 'Harmless');
    fake.before('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', async () => void (await git(one, 'push', '-q', 'origin', '+HEAD:refs/forks/eve/numbers')));
    await tell(reviewAt(all));
    assert.deepEqual(conclusions(all), ['action_required']);
    assert.match(bodies(all)[0]!, /\*\*Not to be relied on\.\*\* This change touches `\.github`, and the job that made this review runs by what lies there\./);
  });

  test('no document, or one of another commit, is told where a verdict would be', async (t) => {
    const all = await proposed(t);
    const { tell } = all;
    const broken = await tell(new DaybookError('review-broken', 'there is no @review.json'));
    assert.match(bodies(all)[0]!, /^<!-- .*\n\*\*Incomplete: there is no review\.\*\* What the job left cannot be read: `there is no @review\.json`/);
    const other = await tell(reviewAt({ ...all, head: 'd'.repeat(40) }));
    assert.match(bodies(all)[0]!, /is about commit `d{40}`/);
    assert.deepEqual([conclusions(all), broken.judged, other.judged], [['action_required', 'action_required'], false, false]);
  });

  test('limits and failures that pass are waited for, and a failure that stays is an error', async (t) => {
    const all = await proposed(t);
    const { fake, tell } = all;
    const limited = { status: 403, headers: { 'retry-after': '1' }, body: { message: 'You have exceeded a secondary rate limit' } };
    fake.before('POST /repos/{owner}/{repo}/check-runs', () => limited);
    fake.before(COMMENTS, () => ({ status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too many requests' } }));
    fake.before('GET /repos/{owner}/{repo}/pulls', () => ({ status: 502, body: { message: 'Bad Gateway' } }));
    await tell(reviewAt(all));
    assert.deepEqual([bodies(all).length, conclusions(all)], [1, ['success']]);
    fake.before('POST /repos/{owner}/{repo}/check-runs', () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }));
    await assert.rejects(tell(reviewAt(all)), /^DaybookError: The Git host did not enter the check Daybook review of commit .*not accessible.*\(403\)$/);
    const refused = await proposed(t);
    refused.fake.before(COMMENTS, () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }));
    await assert.rejects(refused.tell(reviewAt(refused)), /^DaybookError: .*not accessible.*\(403\)$/);
  });
});
