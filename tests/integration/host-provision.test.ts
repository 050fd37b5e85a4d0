import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { daybook, git, newInstance, report, type Files, type Said } from './instance.ts';

const WORKFLOWS: Files = {
  '.github/workflows/ci.yml': 'name: CI\non: { pull_request: , push: { branches: [main] } }\njobs: { snapshots: { runs-on: x }, test: { name: Tests, runs-on: x }, each: { strategy: { matrix: { n: [1, 2] } } } }\n',
  '.github/workflows/review.yml': 'name: Review\non: pull_request\njobs: { review: { runs-on: x } }\n',
  '.github/workflows/comment.yml': 'name: Comment\non: { workflow_run: { workflows: [Review] } }\njobs: { comment: { runs-on: x } }\n',
  '.github/workflows/refresh.yml': 'name: Refresh\non: { schedule: [{ cron: "7 * * * *" }] }\njobs: { refresh: { steps: [{ uses: actions/create-github-app-token@x }] } }\n',
};

interface Set {
  root: string;
  fake: FakeHost;
  provision: (...words: string[]) => Promise<Said>;
}

async function instance(t: TestContext, files: Files = WORKFLOWS): Promise<Set> {
  const root = await newInstance(t, { ...report('two', 'select 1 as n from orders', ''), ...files });
  const bare = path.join(path.dirname(root), 'origin.git');
  await git(root, 'clone', '-q', '--bare', root, bare);
  const fake = await fakeHost(t, bare);
  return { root, fake, provision: (...words) => daybook(root, ['provision', ...words], { env: fake.env }) };
}

const writes = ({ requests }: FakeHost): string[] => requests.filter((one) => !one.startsWith('GET '));
const rule = (fake: FakeHost, type: string): { [name: string]: unknown } | undefined => fake.settings.rulesets[0]!.rules.find((one) => one.type === type)?.parameters;

// Each has a host of its own, and mostly waits: GitHub asks for a second between writes.
describe('provision', { concurrency: 8 }, () => {
  test('a new repository: a plan that writes nothing, then all of it, then nothing to do', async (t) => {
    const { root, fake, provision } = await instance(t);
    const words = ['--app', '7', '--admins', '@ann,@team/data'];
    const plan = await provision('--dry-run', ...words);
    assert.deepEqual([plan.code, writes(fake)], [1, []]);
    assert.equal(plan.out, [
      'ruleset Daybook: add it, for main', 'ruleset Daybook: no deletion', 'ruleset Daybook: no force-push', 'ruleset Daybook: a pull request, with 1 approval of its newest commit',
      'ruleset Daybook: these checks pass: Daybook review, Tests, snapshots', 'ruleset Daybook: only the app 7 passes by', 'label new-report: add it', 'label accepted: add it', 'Pages: on, published by a workflow',
      'environment github-pages: add it', 'environment github-pages: for main', 'environment daybook-writer: add it', 'environment daybook-writer: for main',
      '.github/CODEOWNERS: from the owners of the reports, for you to commit',
    ].map((line) => `would change  ${line}\n`).join(''));

    const done = await provision(...words);
    assert.deepEqual([done.code, done.err, done.out], [0, '', plan.out.replaceAll('would change', 'changed')]);
    const [ruleset] = fake.settings.rulesets;
    assert.deepEqual(ruleset?.bypass_actors, [{ actor_id: 7, actor_type: 'Integration', bypass_mode: 'always' }]);
    assert.deepEqual(ruleset?.conditions, { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } });
    assert.deepEqual(rule(fake, 'required_status_checks')?.['required_status_checks'], [{ context: 'Daybook review' }, { context: 'Tests' }, { context: 'snapshots' }]);
    assert.deepEqual(fake.settings.environments.map(({ name, custom, branches }) => [name, custom, branches.map((one) => one.name)]), [['github-pages', true, ['main']], ['daybook-writer', true, ['main']]]);
    assert.deepEqual([fake.settings.pages, fake.settings.labels.map(({ name }) => name)], ['workflow', ['new-report', 'accepted']]);
    const owners = await readFile(path.join(root, '.github/CODEOWNERS'), 'utf8');
    assert.match(owners, /^\/reports\/team\/good\.\* tester@example\.org$/m);
    assert.match(owners, /^\/queries\/team\/two\.sql tester@example\.org$/m);
    assert.match(owners, /^\/snapshots\/ @ann @team\/data$/m);

    const before = writes(fake).length;
    const again = await provision('--app', '7');
    assert.deepEqual([again.code, again.out, writes(fake).length], [0, 'Nothing to change: all is as it should be.\n', before]);
    assert.equal((await provision('--dry-run', '--app', '7')).code, 0);
  });

  test('what people loosened is set back; what Daybook does not speak of stays', async (t) => {
    const { fake, provision } = await instance(t);
    await provision('--app', '7');
    const [ruleset] = fake.settings.rulesets;
    ruleset!.enforcement = 'disabled';
    ruleset!.bypass_actors.push({ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'always' });
    ruleset!.rules = [...ruleset!.rules.filter(({ type }) => type !== 'deletion'), { type: 'required_signatures' }];
    Object.assign(rule(fake, 'pull_request')!, { required_approving_review_count: 0, allowed_merge_methods: ['squash'] });
    const [pages, writer] = fake.settings.environments;
    pages!.wait_timer = 30;
    pages!.custom = false;
    // Whoever may push a tag of that name would have the key.
    writer!.branches = [{ id: 8, name: 'main', type: 'tag' }, { id: 9, name: 'release/*' }];
    const { code, out } = await provision('--app', '7');
    assert.equal(code, 0);
    assert.deepEqual(out.split('\n').map((line) => line.replace('changed  ', '')), [
      'ruleset Daybook: switch it on', 'ruleset Daybook: no deletion', 'ruleset Daybook: a pull request, with 1 approval of its newest commit', 'ruleset Daybook: only the app 7 passes by; no more: RepositoryRole 5',
      'environment github-pages: limit it to named branches', 'environment github-pages: for main', 'environment daybook-writer: for main', 'environment daybook-writer: no more for the tag main', 'environment daybook-writer: no more for release/*', '',
    ]);
    assert.deepEqual([rule(fake, 'pull_request')?.['allowed_merge_methods'], ruleset!.rules.some(({ type }) => type === 'required_signatures'), pages!.wait_timer], [['squash'], true, 30]);
    assert.match((await provision('--app', '7')).out, /^Nothing to change/);
  });

  test('a plan without waiting times and reviewers is not asked for any', async (t) => {
    const { fake, provision } = await instance(t);
    fake.settings.waits = false;
    const { code, err } = await provision('--app', '7');
    assert.deepEqual([code, err], [0, '']);
    assert.deepEqual(fake.settings.environments.map(({ name, custom, branches }) => [name, custom, branches.map((one) => one.name)]), [['github-pages', true, ['main']], ['daybook-writer', true, ['main']]]);
  });

  test('without an app the job has to get through: no rule asks for a pull request, and one that does is kept with its app', async (t) => {
    const { fake, provision } = await instance(t);
    const first = await provision();
    assert.deepEqual([first.code, fake.settings.rulesets[0]?.rules.map(({ type }) => type), fake.settings.environments.length], [0, ['deletion', 'non_fast_forward'], 1]);
    assert.match(first.err, /Pull requests and checks are not required.*--app <id>/);
    await provision('--app', '7');
    const { out } = await provision();
    assert.match(out, /^Nothing to change/);
    assert.equal(fake.settings.rulesets[0]!.bypass_actors.length, 1);
  });

  test('an app that no workflow uses yet is told, before the rules shut the job out', async (t) => {
    const { '.github/workflows/refresh.yml': _, ...others } = WORKFLOWS;
    const { provision } = await instance(t, others);
    assert.match((await provision('--dry-run', '--app', '7')).err, /No workflow takes a token of the app 7 yet/);
  });

  test('a right that the token lacks is told by its name, and the rest is done', async (t) => {
    const { fake, provision } = await instance(t);
    fake.settings.pages = 'legacy';
    fake.settings.codeownersErrors.push({ line: 4, column: 1, kind: 'Unknown owner', source: 'x@example.org ', message: 'Unknown owner on line 4', path: '.github/CODEOWNERS' });
    fake.settings.forbidden.add('/rulesets').add('/environments');
    const { code, out, err } = await provision('--app', '7');
    assert.equal(code, 2);
    assert.match(err, /did not add the ruleset Daybook: Resource not accessible by personal access token \(403\)\n  → Give the token in GITHUB_TOKEN the right “Administration: read and write”, or do it by hand\. \[host-failed\]/);
    assert.match(err, /CODEOWNERS:4 on the default branch: Unknown owner: x@example\.org/);
    assert.doesNotMatch(out, /ruleset|environment/);
    assert.deepEqual([fake.settings.pages, fake.settings.labels.length], ['workflow', 2]);
  });

  test('what the plan lacks, or an archive refuses, is not told as a right that the token lacks', async (t) => {
    const { fake, provision } = await instance(t);
    fake.before('GET /repos/{owner}/{repo}/rulesets', () => ({ status: 403, body: { message: 'Upgrade to GitHub Pro or make this repository public to enable this feature.' } }));
    fake.before('POST /repos/{owner}/{repo}/pages', () => ({ status: 422, body: { message: 'Your current plan does not support GitHub Pages for this repository.' } }));
    fake.before('POST /repos/{owner}/{repo}/labels', () => ({ status: 403, body: { message: 'Repository was archived so is read-only.' } }));
    const { code, err } = await provision('--app', '7');
    assert.equal(code, 2);
    assert.match(err, /read the ruleset Daybook: Upgrade to GitHub Pro [^\n]* \(403\)\n {2}→ Make the repository public, or take a plan that has it; what needs it is left out until then\. \[host-failed\]/);
    assert.match(err, /let a workflow publish to Pages: Your current plan [^\n]* \(422\)\n {2}→ Make the repository public,/);
    assert.match(err, /add the label new-report: Repository was archived so is read-only\. \(403\)\n {2}→ Unarchive it first: Settings → General\./);
    assert.doesNotMatch(err, /Give the token/);
    assert.deepEqual([fake.settings.labels.map(({ name }) => name), fake.settings.environments.length], [['accepted'], 2], 'the rest is done');
  });

  test('no token, an owner that is none, a number that is none: wrong use', async (t) => {
    const { root, fake, provision } = await instance(t);
    assert.match((await daybook(root, ['provision'])).err, /GITHUB_TOKEN is not set/);
    assert.match((await daybook(root, ['provision'], { env: { GITHUB_TOKEN: 'x' } })).err, /`origin` is not on GitHub/);
    for (const words of [['--app', 'x'], ['--admins', 'ann'], ['--approvals', '11']]) assert.equal((await provision(...words)).code, 3, words.join(' '));
    assert.equal(fake.requests.length, 0);
  });
});
