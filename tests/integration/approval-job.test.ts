import assert from 'node:assert/strict';
import { test } from 'node:test';
import { another, BRANCH, corrected, decided, FILE, FIRST, held, hosted, SECOND, shown, THIRD } from './approval-fixture.ts';
import { BASE, entries, git, temporaryFolder } from './instance.ts';

test('held, asked for once, merged, entered and shown', async (t) => {
  const { root, bare, host, job } = await hosted(t, held());
  const first = await job();
  assert.deepEqual([first.code, first.kept, shown(root)], [0, ['team/good@2026-01-07.v1'], null]);
  assert.match(first.err, /team\/good@2026-01-07\.v1 is held until it is approved: https:\/\/host\.example\/team\/reports\/pull\/1/);
  assert.deepEqual(entries(root).at(-1)!.held!.map(({ report, as_of, version, approvers }) => [report, as_of, version, approvers]), [['team/good', '2026-01-07', 1, 1]]);

  const [pull] = host.pulls;
  assert.deepEqual([pull!.title, pull!.base, pull!.branch], ['Approve team/good@2026-01-07.v1', 'main', BRANCH]);
  assert.match(pull!.body, /Readers see nothing of this report yet\./);
  assert.match(pull!.body, /Orders: new, 210/);
  // One commit on the landed head, which adds one file.
  assert.equal(await git(bare, 'rev-parse', `${BRANCH}~1`), await git(bare, 'rev-parse', 'main'));
  assert.equal(await git(bare, 'diff', '--name-status', 'main', BRANCH), `A\t${FILE}`);
  assert.equal(await git(root, 'for-each-ref', 'refs/daybook'), '');
  assert.equal(await git(root, 'status', '--porcelain'), '');

  const again = await job([], { now: SECOND });
  assert.deepEqual([again.commits, host.pulls.length], [[], 1]);

  const merge = await host.merge(1, 'ann');
  const third = await job([], { now: THIRD });
  assert.deepEqual([third.code, third.commits.length, shown(root)], [0, 1, '2026-01-07.v1']);
  assert.deepEqual(decided(root), [{ report: 'team/good', as_of: '2026-01-07', version: 1, manifest: entries(root)[0]!.kept[0]!.manifest, decision: 'approved', by: ['ann'], at: '2026-01-08T09:30:00Z', commit: merge, pull: 'https://host.example/team/reports/pull/1' }]);

  const requests = host.requests.length;
  assert.deepEqual((await job([], { now: THIRD })).commits, []);
  assert.equal(host.requests.length, requests, 'where nothing is held the host is not asked');
});

test('a correction is held beside what readers see, and compared with it', async (t) => {
  const { root, host, job, change } = await hosted(t, held());
  await job();
  await host.merge(1, 'ann', 'squash');
  await job([], { now: SECOND });
  assert.deepEqual([shown(root), decided(root)[0]!.by], ['2026-01-07.v1', ['ann']], 'a squash is by its merger, not by the author of its commit');

  await change(corrected(119));
  assert.deepEqual((await job(['good'], { now: THIRD })).kept, ['team/good@2026-01-07.v2']);
  assert.equal(shown(root), '2026-01-07.v1');
  const { body } = host.pulls[1]!;
  assert.match(body, /Readers still see `team\/good@2026-01-07\.v1`\./);
  assert.match(body, /2026-01-07 north {2}orders: 118 → 119/);
  assert.match(body, /Orders: 210 → 211, up 1/);
});

test('closed without a merge is rejected, by a person alone', async (t) => {
  const { root, host, job } = await hosted(t, held());
  await job();
  host.close(1, 'stale[bot]');
  const second = await job([], { now: SECOND });
  assert.deepEqual([second.commits, host.open], [[], [BRANCH]], 'a program decides nothing: it is asked for again');
  host.close(2, 'ben');
  await job([], { now: THIRD });
  assert.deepEqual(decided(root).map(({ decision, by, commit, pull }) => [decision, by, commit, pull]), [['rejected', ['ben'], null, 'https://host.example/team/reports/pull/2']]);
  assert.equal(shown(root), null);
  assert.deepEqual((await job([], { now: THIRD })).commits, []);
  assert.deepEqual(host.open, [], 'a rejection stays');
});

test('rows with personal data are not told to a host', async (t) => {
  const store = await temporaryFolder(t);
  const yaml = `${BASE['reports/team/good.yml'] as string}approval: required\ncolumns: { region: { personal: true } }\n`;
  const { root, host, job, change } = await hosted(t, { 'reports/team/good.yml': yaml, 'daybook.yml': `${BASE['daybook.yml'] as string}personal_store: ${store}\n` });
  assert.equal((await job()).err.match(/pull\/1/)?.length, 1);
  await host.merge(1, 'ann');
  await job([], { now: SECOND });
  await change(corrected(119));
  await job(['good'], { now: THIRD });
  assert.equal(shown(root), '2026-01-07.v1');
  for (const { body } of host.pulls) assert.doesNotMatch(body, /north|south|\b11[89]\b/);
  assert.match(host.pulls[1]!.body, /rows: 6 → 6 \(they hold personal data and are not shown here\)\nOrders: 210 → 211, up 1/);
});

for (const order of [[1, 2], [2, 1]]) {
  test(`two pending approvals are merged without conflict, ${order.join(' before ')}`, async (t) => {
    const { root, host, job } = await hosted(t, { ...held(), ...another() });
    await job();
    assert.equal(host.pulls.length, 2);
    for (const number of order) await host.merge(number, 'ann');
    await job([], { now: SECOND });
    assert.deepEqual([shown(root), shown(root, 'team/other')], ['2026-01-07.v1', '2026-01-07.v1']);
  });
}

test('a later version replaces one that is pending: its pull request is closed, and says why', async (t) => {
  const { root, host, job, change } = await hosted(t, held());
  await job();
  await change(corrected(119));
  await job(['good'], { now: SECOND });
  assert.deepEqual(host.open, ['daybook/approve/team/good/2026-01-07.v2']);
  assert.match(host.pulls[0]!.comments[0]!, /^A later version of `team\/good@2026-01-07` has been kept since/);
  await host.merge(2, 'ann');
  await job([], { now: THIRD });
  assert.deepEqual([shown(root), decided(root).length], ['2026-01-07.v2', 1]);
});

test('a host that fails is told, and the snapshots land all the same; the next job asks', async (t) => {
  const { root, host, job } = await hosted(t, held());
  host.faults.push(...Array.from({ length: 8 }, () => ({ status: 401, body: { message: 'Bad credentials' } })));
  const first = await job();
  assert.deepEqual([first.code, first.kept.length, first.commits.length], [1, 1, 1]);
  assert.match(first.err, /The Git host did not list the pull requests: Bad credentials \(401\)\n {2}→ .*\[host-failed\]/);
  assert.equal(await git(root, 'rev-parse', 'main'), await git(root, 'rev-parse', 'origin/main'));
  host.faults.length = 0;
  assert.deepEqual([(await job([], { now: FIRST })).code, host.pulls.length], [0, 1]);
});
