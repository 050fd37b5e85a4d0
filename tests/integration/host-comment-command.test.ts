import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { writeReview } from '../../src/review/review-schema.ts';
import { reportOf, reviewOf } from '../unit/review-fixture.ts';
import { fakeHost } from './fake-host.ts';
import { BASE, commit, daybook, git, newInstance, write } from './instance.ts';

test('daybook comment: the folder of a stranger’s job, from its document to the host', async (t) => {
  const root = await newInstance(t, {});
  const bare = path.join(path.dirname(root), 'origin.git');
  await git(root, 'clone', '-q', '--bare', root, bare);
  const base = await git(root, 'rev-parse', 'HEAD');
  await write(root, { 'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}# more\n` });
  const head = await commit(root);
  await git(root, 'push', '-q', bare, 'HEAD:refs/heads/numbers');
  const fake = await fakeHost(t, bare);
  await fake.propose('numbers', 'Numbers', { by: 'eve' });
  const folder = path.join(path.dirname(root), 'left');
  const file = path.join(folder, 'review.json');
  const document = writeReview(reviewOf([reportOf()], { base: { commit: base, label: 'main' }, tip: base, head: { commit: head, label: 'numbers' } }));
  const comment = (...words: string[]): ReturnType<typeof daybook> => daybook(root, ['comment', '--review', folder, '--head', head, ...words], { env: fake.env });
  const conclusion = (): string | undefined => fake.telling.checks.at(-1)?.conclusion;

  await mkdir(folder);
  await writeFile(file, document);
  const posted = await comment('--run', 'https://host.example/run/1', '--preview', '');
  assert.deepEqual([posted.code, posted.err, conclusion(), fake.telling.checks[0]?.details_url], [0, '', 'success', 'https://host.example/run/1']);
  assert.match(fake.commentsOn(1)[0]!.body, /https:\/\/host\.example\/run\/1/);

  await rm(file);
  await writeFile(path.join(folder, 'other.json'), document);
  await symlink('other.json', file);
  const linked = await comment();
  assert.deepEqual([linked.code, conclusion(), fake.commentsOn(1).length], [2, 'action_required', 1]);
  assert.match(fake.commentsOn(1)[0]!.body, /`review\.json is a link`/);
  fake.before('POST /repos/{owner}/{repo}/check-runs', () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }));
  const refused = await comment();
  assert.equal(refused.code, 2);
  assert.match(refused.err, /did not enter the check .*\[host-failed\]/s);

  await rm(file);
  const none = await comment('--run-id', '30433642000');
  assert.deepEqual([none.code, fake.requests.filter((one) => one.endsWith('/actions/runs/30433642000')).length], [2, 1]);
  fake.telling.runs.push({ id: 30_433_642_000, event: 'pull_request', head_sha: head, head_branch: 'numbers', display_title: 'Numbers', status: 'completed', conclusion: 'cancelled', run_started_at: '2026-01-08T09:00:00Z' });
  const unended = await comment('--run-id', '30433642000');
  assert.deepEqual([unended.code, conclusion(), /the review did not end/.test(fake.commentsOn(1)[0]!.body)], [2, 'action_required', true]);
  assert.equal((await comment('--run-id', '1e9')).code, 3);
  await writeFile(file, document);

  fake.close(1, 'ann');
  const attacks: [string, RegExp, () => Promise<unknown>][] = [
    ['a folder', /no regular file/, () => mkdir(file)],
    ['nothing', /there is no review\.json/, async () => undefined],
    ['too large', /has 1\d{6} bytes/, () => writeFile(file, document.padEnd(1_000_001))],
    ['no JSON', /not JSON/, () => writeFile(file, '{')],
    ['a key that a review has not', /[Uu]nrecognized key/, () => writeFile(file, document.replace('"format"', '"html":"<script>","format"'))],
    ['commands in a key', /[Uu]nrecognized key/, () => writeFile(file, document.replace('"format"', '"a\\n::add-mask::a\\n":1,"##[add-mask]b":1,"format"'))],
  ];
  for (const [name, says, make] of attacks) {
    await rm(file, { recursive: true, force: true });
    await make();
    const { err } = await comment();
    assert.match(err, says, name);
    // The log of this job is the host’s too: no line of it is a command of a stranger.
    assert.doesNotMatch(err, /^\s*::|##\[/m, name);
  }

  await rm(file, { recursive: true, force: true });
  await writeFile(file, document);
  const closed = await comment();
  assert.deepEqual([closed.code, closed.err], [0, '']);
  assert.match(closed.out, /^No open pull request has the commit .*Nothing was posted\.\n$/);
  assert.equal((await daybook(root, ['comment', '--review', folder, '--head', 'main'], { env: fake.env })).code, 3);
  assert.match((await daybook(root, ['comment', '--review', folder, '--head', head])).err, /no Git host to comment on/);
});
