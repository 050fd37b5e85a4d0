import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { another, BRANCH, corrected, decided, FILE, held, hosted, SECOND, shown, THIRD } from './approval-fixture.ts';
import { BASE, commit, daybook, entries, git, newInstance, refresh, report, write } from './instance.ts';

/** No token: Git has to do alone. */
const ALONE = { env: { GITHUB_TOKEN: '' } };

test('without a host, the branch is pushed once, and the job says how to approve it', async (t) => {
  const { root, bare, host, job } = await hosted(t, held());
  const first = await job([], ALONE);
  assert.match(first.err, new RegExp(`team/good@2026-01-07\\.v1 is held until it is approved:\\n {2}git fetch origin && git merge --no-ff origin/${BRANCH} && git push origin HEAD:main\\n`));
  const tip = await git(bare, 'rev-parse', BRANCH);
  await job([], { ...ALONE, now: SECOND });
  assert.equal(await git(bare, 'rev-parse', BRANCH), tip);

  await git(root, 'fetch', '-q', 'origin');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Approve', `origin/${BRANCH}`);
  await git(root, 'push', '-q', 'origin', 'HEAD:main');
  await job([], { ...ALONE, now: THIRD });
  const [record] = decided(root);
  assert.deepEqual([record!.decision, record!.by, record!.at, record!.pull], ['approved', ['Person <person@example.org>'], '2026-01-08T07:00:00Z', null]);
  assert.equal(record!.commit, await git(root, 'rev-parse', 'main~1'));
  assert.deepEqual(host.requests, []);
});

test('a branch with nothing left to decide leaves origin, unless somebody has added to it', async (t) => {
  const { root, bare, job, change } = await hosted(t, { ...held(), ...another() });
  const branches = async (): Promise<string[]> => (await git(bare, 'for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads/daybook')).split('\n').filter(Boolean);
  await job([], ALONE);
  const OTHER = 'daybook/approve/team/other/2026-01-07.v1';
  assert.deepEqual(await branches(), [BRANCH, OTHER]);
  // One is decided as it was proposed; to the other's branch somebody adds a commit before it is replaced.
  await git(root, 'fetch', '-q', 'origin');
  await git(root, 'switch', '-q', '-c', 'mine', `origin/${OTHER}`);
  await git(root, 'commit', '-q', '--allow-empty', '-m', 'A word on it');
  await git(root, 'push', '-q', 'origin', `HEAD:${OTHER}`);
  await git(root, 'switch', '-q', 'main');
  await git(root, 'merge', '-q', '--no-ff', '-m', 'Approve', `origin/${BRANCH}`);
  await git(root, 'push', '-q', 'origin', 'HEAD:main');
  const second = await job([], { ...ALONE, now: SECOND });
  assert.deepEqual([decided(root).length, second.code, await branches()], [1, 0, [OTHER]]);

  await change(corrected(119));
  await job(['good', 'other'], { ...ALONE, now: THIRD });
  const [GOOD2, OTHER2] = [BRANCH, OTHER].map((name) => name.replace('.v1', '.v2'));
  assert.deepEqual(await branches(), [GOOD2, OTHER, OTHER2], 'what somebody has added to stays');
  await change(corrected(120));
  await job(['good', 'other'], { ...ALONE, now: '2026-01-08T13:00:00Z' });
  assert.deepEqual(await branches(), [BRANCH.replace('.v1', '.v3'), OTHER, OTHER.replace('.v1', '.v3')], 'what was replaced goes too');
  assert.equal(await git(root, 'for-each-ref', 'refs/daybook'), '');
});

test('what the job itself brought is nobody’s approval', async (t) => {
  const { root, job } = await hosted(t, held());
  await job([], ALONE);
  await git(root, 'fetch', '-q', 'origin');
  await git(root, 'merge', '-q', '--ff-only', `origin/${BRANCH}`);
  await git(root, 'push', '-q', 'origin', 'main');
  const second = await job([], { ...ALONE, now: SECOND });
  assert.match(second.err, /stays held: approved by no person, 1 more person has to\. The author of commit [0-9a-f]{10} counts, unless it is Daybook/);
  assert.deepEqual(decided(root), []);

  await git(root, 'revert', '--no-edit', 'HEAD');
  assert.equal((await daybook(root, ['approve', 'good@2026-01-07'])).code, 0);
  await commit(root, 'Approve');
  await git(root, 'push', '-q', 'origin', 'main');
  await job([], { ...ALONE, now: THIRD });
  assert.deepEqual(decided(root)[0]!.by, ['Person <person@example.org>']);
});

test('two approvers by Git alone: the author and whom the message names, each once', async (t) => {
  const { root, job } = await hosted(t, held(2));
  await job([], ALONE);
  const said = await daybook(root, ['approve', 'good@2026-01-07.v1']);
  assert.match(said.out, /It needs 2 people: the message names the others/);
  const trailers = ['Approved-by: Same <PERSON@example.org>', 'Approved-by: Daybook <daybook@example.org>', 'Reviewed-by: nobody'];
  await commit(root, `Approve\n\n${trailers.join('\n')}`);
  await git(root, 'push', '-q', 'origin', 'main');
  assert.match((await job([], { ...ALONE, now: SECOND })).err, /approved by .*<person@example\.org>, 1 more person has to/i);

  await git(root, 'revert', '--no-edit', 'HEAD');
  await daybook(root, ['approve', 'good@2026-01-07.v1']);
  await commit(root, 'Approve\n\nReviewed-by: Other <other@example.org>');
  await git(root, 'push', '-q', 'origin', 'main');
  await job([], { ...ALONE, now: THIRD });
  assert.deepEqual(decided(root)[0]!.by, ['Person <person@example.org>', 'Other <other@example.org>']);
});

test('rejected by a file; with a host, its pull request is closed', async (t) => {
  const { root, host, job } = await hosted(t, held());
  await job();
  const said = await daybook(root, ['approve', 'good@2026-01-07', '--reject']);
  assert.match(said.out, /^reports\/team\/good\.approvals\/2026-01-07\.v1\.json rejects team\/good@2026-01-07\.v1 once it is on the branch\./);
  await commit(root, 'Reject');
  await git(root, 'push', '-q', 'origin', 'main');
  await job([], { now: SECOND });
  assert.deepEqual(decided(root).map(({ decision, by, pull }) => [decision, by, pull]), [['rejected', ['Person <person@example.org>'], null]]);
  assert.deepEqual([host.open, host.pulls[0]!.comments], [[], ['`team/good@2026-01-07.v1` is rejected in the ledger: there is nothing left to decide here.']]);
});

test('a shallow clone fetches what says who; a commit that is cut off is nobody’s', async (t) => {
  const { root, bare, job } = await hosted(t, held());
  await job([], ALONE);
  await daybook(root, ['approve', 'good@2026-01-07']);
  await commit(root, 'Approve');
  await git(root, '-c', 'user.name=Later', '-c', 'user.email=later@example.org', 'commit', '-q', '--allow-empty', '-m', 'Something else');
  await git(root, 'push', '-q', 'origin', 'main');
  const shallow = path.join(path.dirname(root), 'shallow');
  await git(root, 'clone', '-q', '--depth=1', `file://${bare}`, shallow);
  await git(shallow, 'remote', 'set-url', 'origin', '/nonexistent');
  const cut = await refresh(shallow, [], { now: SECOND });
  assert.deepEqual([cut.code, cut.commits], [1, []]);
  assert.match(cut.err, /2026-01-07\.v1\.json: the clone does not say who brought it\n.*\[history-incomplete\]/);

  await git(shallow, 'remote', 'set-url', 'origin', `file://${bare}`);
  const whole = await refresh(shallow, ['--push'], { now: THIRD });
  assert.deepEqual([whole.code, decided(shallow).map(({ by }) => by)], [0, [['Person <person@example.org>']]]);
});

test('the command: what is held, what it writes, what it refuses', async (t) => {
  const root = await newInstance(t, held());
  assert.deepEqual((await daybook(root, ['approve'])).text, 'Nothing is held.\n');
  const first = await refresh(root);
  assert.match(first.err, /^1 held until approved: `npx daybook approve` lists them\.$/m);
  assert.equal((await daybook(root, ['approve'])).text, 'team/good@2026-01-07.v1  held since 2026-01-08T07:00:00Z, needs 1 person\n');
  // Readers see none yet.
  const [listed] = JSON.parse((await daybook(root, ['list', '--json'])).out) as { id: string; asOf: string | null }[];
  assert.deepEqual([listed!.id, listed!.asOf], ['team/good', null]);

  const { manifest, rows, data } = entries(root)[0]!.kept[0]!;
  assert.equal((await daybook(root, ['approve', 'good@2026-01-07'])).code, 0);
  const text = await readFile(path.join(root, FILE), 'utf8');
  assert.deepEqual(JSON.parse(text), { format: 'daybook/approval/1', report: 'team/good', as_of: '2026-01-07', version: 1, manifest, rows, data, decision: 'approved' });
  assert.match((await daybook(root, ['approve', 'good@2026-01-07.v1'])).text, /is there already: it approves/);
  assert.equal((await daybook(root, ['validate'])).code, 0, 'the folder of approvals is no report');

  for (const [word, code] of [['good', 'snapshot-unknown'], ['good@2026-01-06', 'snapshot-unknown'], ['good@2026-01-07.v2', 'snapshot-unknown'], ['bad@2026-01-07', 'report-unknown']] as const) {
    const said = await daybook(root, ['approve', word]);
    assert.equal(said.code, 3, word);
    assert.match(said.text, new RegExp(`\\[${code}\\]`), word);
  }
  // Not committed: nothing has been decided.
  assert.deepEqual((await refresh(root, [], { now: SECOND })).commits, []);
  await commit(root, 'Approve');
  assert.equal((await refresh(root, [], { now: SECOND })).commits.length, 1);
  const done = await daybook(root, ['approve', 'good@2026-01-07']);
  assert.deepEqual([done.code, done.text.split('\n')[0]], [3, 'team/good@2026-01-07.v1 is published: there is nothing to decide']);
});

test('a version that another has replaced is not decided', async (t) => {
  const { root, job, change } = await hosted(t, held());
  await job([], ALONE);
  await change(corrected(119));
  await job(['good'], { ...ALONE, now: SECOND });
  const said = await daybook(root, ['approve', 'good@2026-01-07.v1']);
  assert.deepEqual([said.code, said.text.split('\n')[0]], [3, 'team/good@2026-01-07.v1 has been replaced by version 2']);
  assert.match((await daybook(root, ['approve', 'good@2026-01-07'])).out, /2026-01-07\.v2\.json approves/);
});

test('approvals are asked for as the branch says it by now, whatever an older clone says; an edit that nobody committed is not run', async (t) => {
  const { root, bare, job, change } = await hosted(t, {});
  await job([], ALONE);
  const [older, edited] = ['older', 'edited'].map((name) => path.join(path.dirname(root), name)) as [string, string];
  await git(root, 'clone', '-q', bare, older);
  await change({ ...held(2), ...corrected(119) });
  await git(root, 'clone', '-q', bare, edited);
  await write(edited, { 'reports/team/good.yml': BASE['reports/team/good.yml']! });
  const standing = (folder: string): unknown => [entries(folder).at(-1)!.held!.map(({ as_of: asOf, version, approvers }) => [asOf, version, approvers]), shown(folder)];
  assert.deepEqual((await refresh(edited, ['good', '--push'], { ...ALONE, now: SECOND })).refused, [{ report: 'team/good', file: 'reports/team/good.yml' }]);
  await git(edited, 'checkout', '-q', '.');
  await refresh(edited, ['good', '--push'], { ...ALONE, now: SECOND });
  assert.deepEqual(standing(edited), [[['2026-01-07', 2, 2]], '2026-01-07.v1']);
  await refresh(older, ['good', '--as-of', '2026-01-06', '--push'], { ...ALONE, now: THIRD });
  assert.deepEqual(standing(older), [[['2026-01-06', 1, 2]], '2026-01-07.v1']);
});

test('a program is nobody, whatever it calls itself', async (t) => {
  const root = await newInstance(t, held());
  await refresh(root);
  await daybook(root, ['approve', 'good@2026-01-07']);
  const bot = 'github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>';
  await git(root, 'add', '-A');
  await git(root, 'commit', '-q', '--author', bot, '-m', `Approve\n\nReviewed-by: ${bot}`);
  const done = await refresh(root, [], { now: SECOND });
  assert.match(done.err, /stays held: approved by no person, 1 more person has to/);
  assert.deepEqual(decided(root), []);
});

test('once nothing is held, nothing is said of it', async (t) => {
  const root = await newInstance(t, held());
  await refresh(root);
  await daybook(root, ['approve', 'good@2026-01-07']);
  await commit(root, 'Approve');
  assert.deepEqual([(await refresh(root, [], { now: SECOND })).err, decided(root).length], ['', 1]);
});

test('what a check found in a result that has to be approved is told to nobody but by a run of one’s own', async (t) => {
  const sql = 'select day, region, orders from orders where day <= $as_of';
  const root = await newInstance(t, { ...report('strict', sql, 'approval: required\nchecks: [{ column: orders, max: 100 }]\n'), ...report('open', sql, 'checks: [{ column: orders, max: 100 }]\n') });
  const { err } = await refresh(root);
  const [open, strict] = ['open', 'strict'].map((name) => entries(root)[0]!.runs.find(({ report: id }) => id === `team/${name}`)!.error!);
  assert.deepEqual([open!.code, strict!.code], ['check-failed', 'check-failed']);
  assert.match(open!.message, /found 131/);
  assert.match(strict!.message, /nobody has approved it; `npx daybook run team\/strict` tells it/);
  assert.doesNotMatch(strict!.message, /131/);
  assert.match((await daybook(root, ['run', 'strict'])).text, /found 131/);
  assert.doesNotMatch(err.split('\n').filter((line) => line.startsWith('team/strict')).join(), /131/);
});
