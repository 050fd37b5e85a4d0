import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { openGitHub } from '../../src/review/github.ts';
import type { Host } from '../../src/review/host.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { git, origin } from './store-fixture.ts';

async function hosted(t: TestContext): Promise<{ fake: FakeHost; host: Host; bare: string }> {
  const { bare } = await origin(t);
  const fake = await fakeHost(t, bare);
  const { api, repository, token } = fake;
  return { fake, bare, host: openGitHub({ api, repository, token, fetch, second: 1 }) };
}

const refused = (message: RegExp) => (cause: Error & { code?: string }): boolean => cause.code === 'host-failed' && message.test(cause.message);

test('passing failures and limits of rate are waited for', async (t) => {
  const { fake, host } = await hosted(t);
  const far = String(Math.floor(Date.now() / 1000) + 5);
  fake.faults.push(
    { status: 502, body: { message: 'Bad Gateway' } },
    { status: 403, headers: { 'retry-after': '2' }, body: { message: 'You have exceeded a secondary rate limit' } },
    { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': far }, body: { message: 'API rate limit exceeded' } },
    { status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too many requests' } },
  );
  assert.deepEqual(await host.openPulls('main', 'daybook/'), []);
  assert.equal(fake.requests.length, 5);
});

test('what does not pass is an error that says what was asked', async (t) => {
  const { fake, host } = await hosted(t);
  fake.faults.push({ status: 403, headers: { 'retry-after': '9000' }, body: { message: 'You have exceeded a secondary rate limit' } });
  await assert.rejects(host.openPulls('main', ''), refused(/^The Git host did not list the pull requests: .*secondary rate limit.*\(403\)$/));
  assert.equal(fake.requests.length, 1, 'two hours are not waited for');

  fake.faults.push(...Array.from({ length: 4 }, () => ({ status: 500, body: { message: 'Oops' } })));
  await assert.rejects(host.pullOf('a'.repeat(40), 'main'), refused(/Oops \(500\)$/));
  await assert.rejects(host.open({ branch: 'absent', base: 'main', title: 'T', body: '' }), refused(/^The Git host did not open a pull request for absent: .*\(422\)$/));

  fake.faults.push({ status: 403, body: { message: 'GitHub Actions is not permitted to create or approve pull requests.' } });
  await assert.rejects(host.open({ branch: 'main', base: 'main', title: 'T', body: '' }), (cause: Error & { remedy?: string }) => /Settings → Actions/.test(cause.remedy ?? ''));

  const stranger = openGitHub({ api: fake.api, repository: fake.repository, token: 'wrong', fetch, second: 1 });
  await assert.rejects(stranger.openPulls('main', ''), refused(/Bad credentials \(401\)$/));
  const nobody = openGitHub({ api: 'http://127.0.0.1:9', repository: fake.repository, token: fake.token, fetch, second: 1 });
  await assert.rejects(nobody.openPulls('main', ''), refused(/^The Git host did not list the pull requests/));
});

test('an answer that is not JSON of the kind asked for is an error, not a decision', async (t) => {
  const { fake, host, bare } = await hosted(t);
  await git(bare, 'branch', 'daybook/approve/a/2001-06-30.v1', 'main');
  const pull = await host.open({ branch: 'daybook/approve/a/2001-06-30.v1', base: 'main', title: 'T', body: '' });
  fake.faults.push({ status: 200, body: { number: 1, closed_at: null } });
  await assert.rejects(host.endOf({ ...pull, state: 'closed' }), refused(/read pull request 1/));
});

test('all pages of pull requests and reviews are read, and reviews by what they say last', async (t) => {
  const { fake, host, bare } = await hosted(t);
  const branches = Array.from({ length: 5 }, (_, index) => `daybook/approve/a/2001-06-0${index + 1}.v1`);
  for (const branch of [...branches, 'other']) {
    await git(bare, 'branch', branch, 'main');
    await fake.propose(branch, branch);
  }
  fake.pageSize = 2;
  assert.deepEqual((await host.openPulls('main', 'daybook/approve/')).map(({ branch }) => branch).sort(), branches);
  assert.deepEqual(await host.openPulls('elsewhere', 'daybook/approve/'), []);

  const reviews: [string, string][] = [['ann', 'CHANGES_REQUESTED'], ['ben', 'APPROVED'], ['ann', 'APPROVED'], ['ann', 'COMMENTED'], ['cat', 'APPROVED'], ['cat', 'DISMISSED'], ['eve[bot]', 'APPROVED']];
  for (const [who, state] of reviews) await fake.review(1, who, state);
  const [first] = (await host.openPulls('main', branches[0]!));
  assert.deepEqual((await host.approvingReviews(first!)).map(({ by }) => `${by.login} ${by.person}`).sort(), ['ann true', 'ben true', 'eve[bot] false']);
  assert.deepEqual([await host.mayWrite('ann'), await host.mayWrite('mallory')], [true, false]);
});

test('a pull request from another repository with a branch of the same name is not ours', async (t) => {
  const { fake, host, bare } = await hosted(t);
  const branch = 'daybook/approve/a/2001-06-30.v1';
  await git(bare, 'branch', branch, 'main');
  const number = await fake.propose(branch, 'Theirs');
  const theirs = { number, html_url: 'x', state: 'open', merged_at: null, head: { ref: branch, sha: 'x', repo: { full_name: 'eve/reports' } }, base: { ref: 'main', repo: { full_name: 'team/reports' } } };
  fake.faults.push({ status: 200, body: [theirs] }, { status: 200, body: [theirs] });
  assert.deepEqual(await host.openPulls('main', 'daybook/'), []);
  assert.equal(await host.pullFrom(branch, 'main'), null);
  assert.equal((await host.pullFrom(branch, 'main'))?.number, number);
});
