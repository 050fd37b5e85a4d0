import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { another, BRANCH, decided, FILE, FIRST, held, hosted, SECOND, shown, THIRD } from './approval-fixture.ts';
import { commit, daybook, git, refresh, write } from './instance.ts';

test('two approvers: the merge alone does not do; reviews count from those who may write', async (t) => {
  const { root, host, job } = await hosted(t, held(2));
  await job();
  assert.match(host.pulls[0]!.body, /\*\*2 people\*\* have to approve it/);
  await host.review(1, 'mallory');
  await host.review(1, 'eve[bot]');
  await host.merge(1, 'ann');
  await host.review(1, 'ann');
  const second = await job([], { now: SECOND });
  assert.deepEqual([second.commits, decided(root)], [[], []]);
  assert.match(second.err, /team\/good@2026-01-07\.v1 stays held: approved by ann, 1 more person has to\. Approve it by a review of https:\/\/host\.example\/team\/reports\/pull\/1, or revert/);
  assert.equal(host.pulls.length, 1, 'what is merged is not asked for again');
  await host.review(1, 'ben');
  await job([], { now: THIRD });
  assert.deepEqual([decided(root)[0]!.by, shown(root)], [['ann', 'ben'], '2026-01-07.v1']);
});

test('a review of the approval’s own pull request counts for what its file said then, whatever was pushed since', async (t) => {
  const { root, bare, host, job } = await hosted(t, held(2));
  await job();
  await git(root, 'fetch', '-q', 'origin');
  await git(root, 'switch', '-qc', 'turn', `origin/${BRANCH}`);
  const approved = await readFile(path.join(root, FILE), 'utf8');
  const push = async (decision: string): Promise<void> => {
    await write(root, { [FILE]: approved.replace('"approved"', `"${decision}"`) });
    await git(root, 'commit', '-q', '--allow-empty', '-am', decision);
    await git(root, 'push', '-q', 'origin', `HEAD:${BRANCH}`);
  };
  await push('rejected');
  await host.review(1, 'ben');
  await push('approved');
  await host.review(1, 'cat', 'COMMENTED');
  await git(root, 'switch', '-q', 'main');
  await host.merge(1, 'ann');
  const second = await job([], { now: SECOND });
  assert.match(second.err, /stays held: approved by ann, 1 more person has to/, 'ben has approved that it be rejected');
  assert.deepEqual(decided(root), []);
  host.pulls[0]!.reviews.push({ user: { login: 'cat', type: 'User' }, state: 'APPROVED', commit_id: await git(bare, 'rev-parse', `${host.pulls[0]!.head}~2`), body: '' });
  await job([], { now: THIRD });
  assert.deepEqual(decided(root).map(({ by }) => by), [['ann', 'cat']]);
});

test('a merge that was taken back counts no more; the file may come again', async (t) => {
  const { root, host, job } = await hosted(t, held(2));
  await job();
  await host.merge(1, 'ann');
  await git(root, 'pull', '-q', 'origin', 'main');
  await git(root, 'revert', '--no-edit', '-m', '1', 'HEAD');
  await git(root, 'push', '-q', 'origin', 'main');
  const second = await job([], { now: SECOND });
  assert.match(second.err, /^team\/good@2026-01-07\.v1 is held: https:.*\/pull\/1 is merged, and main does not have its file\.$/m);
  await host.review(1, 'ben');
  await daybook(root, ['approve', 'good@2026-01-07']);
  await commit(root, 'Approve\n\nApproved-by: Other <other@example.org>');
  await git(root, 'push', '-q', 'origin', 'main');
  await job([], { now: THIRD });
  assert.deepEqual(decided(root).map(({ by, pull }) => [by, pull]), [[['Person <person@example.org>', 'Other <other@example.org>'], null]]);
  assert.equal(host.pulls.length, 1);
});

test('an approval of other digests is refused, names its file, and stops nothing else', async (t) => {
  const { root, bare, host, job, change } = await hosted(t, { ...held(), ...another() });
  await job();
  const proposed = await git(bare, 'show', `${BRANCH}:${FILE}`);
  const forged = `${proposed.replace(/"data": "sha256:.{64}"/, `"data": "sha256:${'0'.repeat(64)}"`)}\n`;
  assert.notEqual(forged, `${proposed}\n`);
  await change({ [FILE]: forged });
  await host.merge(2, 'ann');
  const second = await job([], { now: SECOND });
  assert.equal(second.code, 1);
  assert.match(second.err, /^reports\/team\/good\.approvals\/2026-01-07\.v1\.json: data is not that of team\/good@2026-01-07\.v1: .*\n.*\[approval-broken\]$/m);
  assert.deepEqual([shown(root), shown(root, 'team/other')], [null, '2026-01-07.v1']);
});

test('a file that another pull request brought is by who merged that one, and by reviews of its last commit', async (t) => {
  const { root, bare, host, job } = await hosted(t, held(2));
  await job();
  await git(root, 'fetch', '-q', 'origin');
  await git(root, 'switch', '-qc', 'typo', 'main');
  await git(root, 'commit', '-q', '--allow-empty', '-m', 'Correct a typo\n\nApproved-by: Cat <cat@example.org>');
  await git(root, 'push', '-q', 'origin', 'typo');
  const number = await host.propose('typo', 'Correct a typo');
  await host.review(number, 'ben');
  await git(root, 'checkout', `origin/${BRANCH}`, '--', FILE);
  await git(root, 'commit', '-q', '-m', 'More\n\nApproved-by: Cat <cat@example.org>');
  await git(root, 'push', '-q', 'origin', 'typo');
  await git(root, 'switch', '-q', 'main');
  await host.merge(number, 'ann', 'squash');
  const second = await job([], { now: SECOND });
  assert.match(second.err, /stays held: approved by ann, 1 more person/, 'ben did not see the file, and a trailer is what anybody writes');
  await host.review(number, 'ben');
  await job([], { now: THIRD });
  assert.deepEqual(decided(root).map(({ by, pull }) => [by, pull]), [[['ann', 'ben'], `https://host.example/team/reports/pull/${number}`]]);
  assert.equal(await git(bare, 'rev-parse', 'main~1'), decided(root)[0]!.commit);
});

test('an approval that was there before its snapshot is none, whoever merged it: nobody had seen the numbers', async (t) => {
  const { root, host, job } = await hosted(t, held());
  // Whoever proposes the report can work out what its first result will be.
  const aside = path.join(path.dirname(root), 'aside');
  await git(root, 'clone', '-q', root, aside);
  await refresh(aside, [], { now: FIRST });
  await daybook(aside, ['approve', 'good@2026-01-07']);
  await git(root, 'switch', '-qc', 'typo');
  await write(root, { [FILE]: await readFile(path.join(aside, FILE), 'utf8') });
  await commit(root, 'Correct a typo');
  await git(root, 'push', '-q', 'origin', 'typo');
  await git(root, 'switch', '-q', 'main');
  await host.merge(await host.propose('typo', 'Correct a typo'), 'ann');

  await job();
  const second = await job([], { now: SECOND });
  assert.match(second.err, /2026-01-07\.v1\.json: commit [0-9a-f]{10} brought it before team\/good@2026-01-07\.v1 was kept: nobody had seen what it decides\n.*git rm .*\[approval-broken\]/);
  assert.deepEqual([second.code, decided(root), shown(root), host.open], [1, [], null, []]);

  await git(root, 'rm', '-q', FILE);
  await commit(root, 'Ask first');
  await git(root, 'push', '-q', 'origin', 'main');
  await job([], { now: SECOND });
  assert.deepEqual(host.open, [BRANCH]);
  await host.merge(2, 'ann');
  await job([], { now: THIRD });
  assert.deepEqual([decided(root).map(({ by }) => by), shown(root)], [[['ann']], '2026-01-07.v1']);
});
