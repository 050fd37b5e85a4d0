import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { daybook, git, newInstance, write, type Said } from './instance.ts';

const CI = 'name: CI\non: pull_request\njobs: { test: { runs-on: x } }\n';

interface Setting {
  root: string;
  fake: FakeHost;
  provision: (...words: string[]) => Promise<Said>;
  /** Parameters of a rule of the first ruleset. */
  rule: (type: string) => { [name: string]: unknown };
}

async function setting(t: TestContext): Promise<Setting> {
  const root = await newInstance(t, { '.github/workflows/ci.yml': CI });
  const bare = path.join(path.dirname(root), 'origin.git');
  await git(root, 'clone', '-q', '--bare', root, bare);
  const fake = await fakeHost(t, bare);
  return { root, fake, provision: (...words) => daybook(root, ['provision', ...words], { env: fake.env }), rule: (type) => fake.settings.rulesets[0]!.rules.find((one) => one.type === type)!.parameters! };
}

test('what people made stricter stays: more approvals, threads to resolve, checks of other apps', async (t) => {
  const { provision, rule } = await setting(t);
  await provision('--app', '7');
  Object.assign(rule('pull_request'), { required_approving_review_count: 2, required_review_thread_resolution: true });
  rule('required_status_checks')['required_status_checks'] = [{ context: 'test' }, { context: 'scan', integration_id: 99 }];
  const kept = await provision('--app', '7');
  assert.match(kept.out, /^Nothing to change/);
  assert.deepEqual([rule('pull_request')['required_approving_review_count'], rule('pull_request')['required_review_thread_resolution']], [2, true]);
  assert.deepEqual(rule('required_status_checks')['required_status_checks'], [{ context: 'test' }, { context: 'scan', integration_id: 99 }]);

  const told = await provision('--app', '7', '--approvals', '1');
  assert.match(told.out, /^changed  ruleset Daybook: a pull request, with 1 approval of its newest commit; before, with 2 approvals$/m);
  assert.equal(rule('pull_request')['required_approving_review_count'], 1);
  assert.equal(rule('pull_request')['required_review_thread_resolution'], true);
});

test('what is taken off a rule is named in the plan', async (t) => {
  const { fake, provision, rule } = await setting(t);
  await provision('--app', '7');
  rule('required_status_checks')['required_status_checks'] = [{ context: 'test' }, { context: 'gone' }];
  fake.settings.rulesets[0]!.conditions = { ref_name: { include: ['~DEFAULT_BRANCH', 'refs/heads/release/*'], exclude: ['refs/heads/x'] } };
  const { out } = await provision('--dry-run', '--app', '7');
  assert.match(out, /these checks pass: test; no more: gone$/m);
  assert.match(out, /apply it to the default branch alone; no more to refs\/heads\/release\/\*$/m);
});

test('a ruleset that somebody changes, or makes, after it was read is not written over', async (t) => {
  const { fake, provision, rule } = await setting(t);
  const late = 'GET /repos/{owner}/{repo}/pages';
  fake.before(late, () => void fake.settings.rulesets.push({ id: 9, name: 'Daybook', enforcement: 'active', target: 'branch', conditions: { ref_name: { include: ['~ALL'], exclude: [] } }, bypass_actors: [], rules: [{ type: 'deletion' }] }));
  const made = await provision();
  assert.equal(made.code, 2);
  assert.match(made.err, /the ruleset Daybook has changed since it was read: it was left as it is\n {2}→ Run it again/);
  assert.deepEqual(fake.settings.rulesets.map(({ id }) => id), [9]);
  assert.doesNotMatch(made.out, /ruleset/);
  assert.equal((await provision('--app', '7')).code, 0);

  rule('pull_request')['dismiss_stale_reviews_on_push'] = false;
  fake.before(late, () => void fake.settings.rulesets[0]!.rules.push({ type: 'required_signatures' }));
  assert.equal((await provision('--app', '7')).code, 2);
  assert.equal((await provision('--app', '7')).code, 0);
  assert.deepEqual([fake.settings.rulesets[0]!.rules.some(({ type }) => type === 'required_signatures'), rule('pull_request')['dismiss_stale_reviews_on_push']], [true, true]);
});

test('a label that another run adds at the same time is no failure', async (t) => {
  const { fake, provision } = await setting(t);
  fake.before('POST /repos/{owner}/{repo}/labels', () => {
    fake.settings.labels.push({ name: 'new-report', color: '1d76db', description: '' });
    return { status: 422, body: { message: 'Validation Failed', errors: [{ resource: 'Label', code: 'already_exists', field: 'name' }] } };
  });
  const first = await provision();
  assert.deepEqual([first.code, fake.settings.labels.map(({ name }) => name)], [0, ['new-report', 'accepted']], first.err);
});

test('lines of a CODEOWNERS file elsewhere, which the host reads no more, are kept; a report that cannot be read is told', async (t) => {
  const { root, provision } = await setting(t);
  await write(root, { CODEOWNERS: '/docs/ @writers\n', 'docs/CODEOWNERS': '* @nobody\n', 'reports/team/bad.yml': 'title: [\n' });
  const { out, err } = await provision();
  assert.match(out, /^changed  \.github\/CODEOWNERS: from the owners of the reports and the lines of CODEOWNERS, for you to commit$/m);
  assert.match(err, /^CODEOWNERS: GitHub reads it no more where \.github\/CODEOWNERS is, which has its lines now: remove it\.$/m);
  assert.match(err, /^team\/bad: it cannot be read, so CODEOWNERS names nobody for it/m);
  const text = await readFile(path.join(root, '.github/CODEOWNERS'), 'utf8');
  assert.match(text, /^\/docs\/ @writers\n\n# Begin[^]*^\/reports\/team\/good\.\* /m);
  assert.doesNotMatch(text, /nobody/);
  assert.match((await provision()).out, /^Nothing to change/);
});
