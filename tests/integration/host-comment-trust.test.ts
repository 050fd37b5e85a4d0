import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { Review } from '../../src/analysis/review/review.ts';
import { fitOf } from '../../src/review/fit.ts';
import { bodies, conclusions, failing, proposed, reviewAt, type Proposed } from './host-comment-fixture.ts';
import { git, write } from './store-fixture.ts';

const INSTANCE = 'title: T\ninstance: t\nteams: {}\ngit: { name: D, email: d@example.org }\n';
const REVIEWED = `${INSTANCE}review: { gates: { metrics: block } }\n`;

/** Commits files on a branch of the repository itself, from a commit. */
async function branch({ one }: Pick<Proposed, 'one'>, name: string, from: string, files: { [file: string]: string }): Promise<string> {
  await git(one, 'checkout', '-q', '--detach', from);
  for (const [file, text] of Object.entries(files)) await write(one, file, text);
  await git(one, 'add', '-A');
  await git(one, 'commit', '-qm', `Go on with ${name}`);
  await git(one, 'push', '-q', 'origin', `HEAD:refs/heads/${name}`);
  return git(one, 'rev-parse', 'HEAD');
}

const named = ({ fake }: Proposed): string[][] => fake.telling.checks.map(({ name, conclusion }) => [name, conclusion]);
const commentOn = ({ fake }: Proposed, number: number): string => fake.commentsOn(number).map(({ body }) => body.split('\n').slice(1).join('\n')).join('\n---\n');

describe('by whom a pull request is judged', { concurrency: 8 }, () => {
  test('a review by the rules of another branch does not speak for this one, though both parted at the same commit', async (t) => {
    const all = await proposed(t);
    const { fake, tell, base } = all;
    const lax = await branch(all, 'lax', base, { 'daybook.yml': INSTANCE, '.github/review.sh': 'echo forged\n' });
    await tell(reviewAt(all, { reports: failing('block') }));
    const other = await fake.propose('numbers', 'To lax', { by: 'eve', from: 'eve/reports', base: 'lax' });
    const { done, judged } = await tell(reviewAt(all, { tip: lax }));
    assert.deepEqual([named(all), judged], [[['Daybook review', 'failure'], ['Daybook review (lax)', 'success']], true]);
    assert.match(commentOn(all, 1), /^\*\*Block\*\*/);
    assert.match(commentOn(all, other), /^\*\*Pass\*\*/);
    assert.match(done.join('\n'), /Daybook review of [0-9a-f]{10} stays as it is\.\n.*\/pull\/1: the comment is about this commit, and stays\./);

    // What became of the other pull request changes nothing.
    fake.close(other, 'eve');
    assert.equal((await tell(reviewAt(all, { tip: lax }))).judged, false);
    assert.deepEqual([named(all).length, commentOn(all, 1).startsWith('**Block**')], [2, true]);
  });

  test('where the review of another branch comes first, a pull request is told that there is none of its own yet', async (t) => {
    const all = await proposed(t);
    const { fake, tell, base } = all;
    const lax = await branch(all, 'lax', base, { 'daybook.yml': INSTANCE });
    await fake.propose('numbers', 'To lax', { by: 'eve', from: 'eve/reports', base: 'lax' });
    await tell(reviewAt(all, { tip: lax }));
    assert.deepEqual(named(all), [['Daybook review (lax)', 'success'], ['Daybook review', 'action_required']]);
    assert.ok(commentOn(all, 1).startsWith(`**Incomplete: there is no review of this pull request yet.** There is a review of this commit for another branch. It was made by the rules and the code of commit \`${lax}\`, which is not on \`main\`.`));
    await tell(reviewAt(all));
    assert.deepEqual(named(all).slice(2), [['Daybook review', 'success']]);
    assert.match(commentOn(all, 1), /^\*\*Pass\*\*/);
    assert.match(commentOn(all, 2), /^\*\*Pass\*\*/);
  });

  test('a branch that has gone on, with snapshots and reports, keeps its reviews; with other rules or other code it asks for a new one', async (t) => {
    const all = await proposed(t);
    const { tell, base } = all;
    const first = await branch(all, 'main', base, { 'daybook.yml': INSTANCE, 'reports/b.yml': 'title: B\n', 'snapshots/x.csv': 'n\n1\n' });
    const second = await branch(all, 'main', first, { 'daybook.yml': `${INSTANCE}# words\n`, 'data/a.csv': 'n\n2\n' });
    await tell(reviewAt(all, { tip: first }));
    const rules = await branch(all, 'main', second, { 'daybook.yml': REVIEWED });
    await tell(reviewAt(all, { tip: second }));
    assert.ok(commentOn(all, 1).startsWith(`**Incomplete: the branch has gone on since the review.** The rules in \`daybook.yml\` have changed since on \`main\`, from commit \`${second}\` to commit \`${rules}\`. Run the workflow Review again`));
    await tell(reviewAt(all, { tip: rules }));
    const code = await branch(all, 'main', rules, { 'package.json': '{}\n' });
    await tell(reviewAt(all, { tip: rules }));
    assert.match(commentOn(all, 1), /Daybook’s code has changed since on `main`/);
    await tell(reviewAt(all, { tip: code, base: { commit: 'c'.repeat(40), label: 'main' } }));
    assert.match(commentOn(all, 1), new RegExp(`It compares with commit \`c{40}\`, and the change parted from \`main\` at commit \`${base}\``));
    assert.deepEqual(conclusions(all), ['success', 'action_required', 'success', 'action_required', 'action_required']);
  });

  test('an older commit of the branch, with the rules that it had then, judges nothing', async (t) => {
    const all = await proposed(t);
    const { fake, tell, base } = all;
    await git(all.bare, 'branch', 'release', base);
    await branch(all, 'main', base, { 'daybook.yml': REVIEWED });
    await fake.propose('numbers', 'To release', { by: 'eve', from: 'eve/reports', base: 'release' });
    await tell(reviewAt(all));
    assert.deepEqual(named(all), [['Daybook review (release)', 'success'], ['Daybook review', 'action_required']]);
  });
});

test('an instance below the top of its repository has its rules and its code there, and workflows at the top', async (t) => {
  const all = await proposed(t);
  const { host, base, head } = all;
  const first = await branch(all, 'main', base, { 'daily/reports/daybook.yml': INSTANCE, 'daybook.yml': 'not: this\n', 'package.json': '{}\n' });
  const second = await branch(all, 'main', first, { 'daybook.yml': REVIEWED, 'package.json': '{ "private": true }\n' });
  const kind = async (tip: string): Promise<string> => (await fitOf(host, { base: 'main', head }, reviewAt(all, { tip }), 'daily/reports/')).kind;
  assert.equal(await kind(first), 'own');
  const third = await branch(all, 'main', second, { 'daily/reports/package.json': '{}\n' });
  assert.deepEqual([await kind(second), await kind(third)], ['outdated', 'own']);
  await branch(all, 'main', third, { '.github/review.sh': 'echo\n' });
  assert.deepEqual([await kind(third), await kind(head)], ['outdated', 'foreign']);
});

describe('who waives', { concurrency: 8 }, () => {
  const waiver = { gate: 'rows', report: 'sales/orders', by: 'Ada Lovelace', reason: 'the source lost a region', until: null } as const;
  const blocked = (all: Proposed, more: Partial<Review> = {}, told?: object): Review => {
    const reports = failing('block').map((report) => ({ ...report, gates: report.gates.map((gate) => ({ ...gate, waiver: told === undefined ? null : { ...waiver, head: all.head, ...told } })) }));
    return reviewAt(all, { reports, ...more });
  };

  test('a waiver that the document brings is none, in whatever shape; that of daybook.yml on the branch is read there', async (t) => {
    const all = await proposed(t);
    const { tell, base, head } = all;
    await tell(blocked(all, {}, {}));
    await tell(blocked(all, {}, { gate: 'metrics', report: 'other/x', head: 'b'.repeat(40), until: '2001-01-01' }));
    assert.deepEqual([conclusions(all), /Ada/.test(bodies(all).join())], [['failure', 'failure'], false]);

    const entry = (by: string): string => `    - { gate: rows, report: sales/orders, head: "${head}", by: ${by}, reason: seen }\n`;
    const first = await branch(all, 'main', base, { 'daybook.yml': INSTANCE });
    const written = await branch(all, 'main', first, { 'daybook.yml': `${INSTANCE}review:\n  waivers:\n${entry('Grace')}` });
    // The rules are those of before: waivers are no rule.
    for (const tip of [first, written]) await tell(blocked(all, { tip }, {}));
    assert.match(bodies(all).join(), /Grace/);
    assert.doesNotMatch(bodies(all).join(), /Ada/);
    await branch(all, 'main', written, { 'daybook.yml': 'nothing: readable\n' });
    await tell(blocked(all, { tip: written }, {}));
    assert.deepEqual(conclusions(all).slice(2), ['neutral', 'neutral', 'action_required']);
  });

  test('whoever asked for a report by the form, or has written or pushed a commit of a change, waives nothing of it', async (t) => {
    const all = await proposed(t);
    const { fake, tell, one, base } = all;
    await git(one, 'checkout', '-q', '--detach', base);
    await write(one, 'reports/c.yml', 'title: C\n');
    await git(one, 'add', '-A');
    await git(one, '-c', 'user.email=ben@users.example', 'commit', '-qm', 'Ask\n\nCo-authored-by: Eli <7+Eli@users.noreply.github.com>');
    await git(one, 'push', '-q', 'origin', 'HEAD:refs/heads/onboard/issue-70');
    const head = await git(one, 'rev-parse', 'HEAD');
    const number = await fake.propose('onboard/issue-70', 'Asked by a form');
    fake.issues.set(70, 'cat');
    fake.writers.add('dan').add('eli');
    fake.pushes.push({ by: 'dan', branch: 'onboard/issue-70', after: head }, { by: 'ann', branch: 'onboard/issue-70', after: base });
    const conclusion = async (): Promise<string | undefined> => {
      await tell(blocked({ ...all, head }, { head: { commit: head, label: 'n' } }), head);
      return conclusions(all).at(-1);
    };
    for (const own of ['cat', 'ben', 'dan', 'eli']) await fake.review(number, own, 'APPROVED', 'waive rows sales/orders: mine');
    assert.equal(await conclusion(), 'failure');
    for (const own of ['cat', 'ben', 'dan', 'eli']) assert.ok(commentOn(all, number).includes(`approval by \`${own}\` do not count: nobody waives gates of a change that they opened, asked for, wrote or pushed`), own);
    await fake.review(number, 'ann', 'APPROVED', 'waive rows sales/orders: seen');
    assert.equal(await conclusion(), 'neutral');
  });

  test('whose commits they are is asked of the commit that was reviewed, wherever its branch is meanwhile', async (t) => {
    const all = await proposed(t);
    const { fake, tell, base } = all;
    const others = await branch(all, 'own', base, { 'reports/c.yml': 'title: Of another\n' });
    const number = await fake.propose('own', 'Opened by another', { by: 'eve' });
    await git(all.one, '-c', 'user.email=ben@users.example', 'commit', '-q', '--allow-empty', '-m', 'By Ben');
    await git(all.one, 'push', '-q', 'origin', 'HEAD:refs/heads/own');
    const head = await git(all.one, 'rev-parse', 'HEAD');
    await fake.review(number, 'ben', 'APPROVED', 'waive rows sales/orders: mine');
    fake.before('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', async () => void (await git(all.one, 'push', '-q', 'origin', `+${others}:refs/heads/own`)));
    await tell(blocked({ ...all, head }, { head: { commit: head, label: 'n' } }), head);
    assert.deepEqual(conclusions(all), ['failure']);
  });

  test('where the host does not list all commits, nobody waives: it may be theirs', async (t) => {
    const all = await proposed(t);
    const { fake, tell, one, base } = all;
    const commits = Array.from({ length: 251 }, (_, index) => `commit refs/heads/long\ncommitter B <${index < 250 ? 'cat' : 'ben'}@users.example> ${1_700_000_000 + index} +0000\ndata 1\nx\n${index === 0 ? `from ${base}\n` : ''}M 100644 inline reports/c.yml\ndata <<END\ntitle: ${index}\nEND\n\n`);
    execFileSync('git', ['fast-import', '--quiet'], { cwd: one, input: commits.join('') });
    await git(one, 'push', '-q', 'origin', 'refs/heads/long');
    const head = await git(one, 'rev-parse', 'refs/heads/long');
    const number = await fake.propose('long', 'Many commits');
    await fake.review(number, 'ben', 'APPROVED', 'waive rows sales/orders: mine');
    await tell(blocked({ ...all, head }, { head: { commit: head, label: 'n' } }), head);
    assert.equal(conclusions(all).at(-1), 'failure');
    assert.match(commentOn(all, number), /approval by `ben` do not count: the host does not list all commits of this change/);
  });
});
