import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { parseHTML } from 'linkedom';
import type { Review } from '../../src/analysis/review/review.ts';
import { readReview } from '../../src/review/review-schema.ts';
import type { Manifest } from '../../src/snapshot/manifest.ts';
import { fakeHost } from './fake-host.ts';
import { BUILT, code, commit, daybook, ENV, git, newInstance, NOW, refresh, temporaryFolder, type Outcome, type Said } from './instance.ts';

const run = promisify(execFile);

/** What `npm ci` would bring: the base's package.json alone says what a job runs. */
const PACKAGE = JSON.stringify({ private: true, scripts: { review: `node "${path.join(code, 'scripts/daybook.mjs')}" review` } });
const TOTALS = 'select day, sum(orders) as orders from orders where day <= $as_of group by 1\n';

/** Who did what, and how long the machine took for it. */
class Diary {
  readonly #lines: { who: string; what: string; seconds: number }[] = [];

  async step<T>(who: string, what: string, act: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const value = await act();
    this.#lines.push({ who, what, seconds: (performance.now() - began) / 1_000 });
    return value;
  }

  tell(t: TestContext): void {
    for (const { who, what, seconds } of this.#lines) t.diagnostic(`${seconds.toFixed(2).padStart(6)} s  ${who}: ${what}`);
    for (const [who, own] of Map.groupBy(this.#lines, ({ who: name }) => name)) t.diagnostic(`${who}: ${own.length} ${own.length === 1 ? 'step' : 'steps'}, ${own.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1)} s`);
  }
}

async function clone(from: string, to: string): Promise<string> {
  await git(path.dirname(to), 'clone', '-q', from, to);
  return to;
}

/** As the workflow has it: the base is checked out, the head is there as objects alone. */
async function checkOut(host: string, place: string, base: string): Promise<string> {
  await clone(host, place);
  await git(place, 'fetch', '-q', 'origin', 'refs/pull/1/head');
  await git(place, 'checkout', '-q', '--detach', base);
  return place;
}

async function reviewIn(place: string): Promise<Review> {
  return readReview(await readFile(path.join(place, 'review/review.json'), 'utf8'), 'review.json');
}

function of(review: Review, id: string): Review['reports'][number] {
  return review.reports.find(({ report }) => report === id)!;
}

test('from a SQL file to a published page: fork, review, comment, another push, merge, refresh', async (t) => {
  const diary = new Diary();
  t.after(() => diary.tell(t));
  const home = await temporaryFolder(t, BUILT);
  const at = (name: string): string => path.join(home, name);
  const [host, fork] = [at('host.git'), at('fork.git')];
  await git(home, 'clone', '-q', '--bare', await newInstance(t, { 'package.json': PACKAGE }), host);
  const fake = await fakeHost(t, host);
  const job = await clone(host, at('job'));
  assert.deepEqual((await refresh(job, ['--push'])).kept, ['team/good@2026-01-07.v1']);
  const base = await git(host, 'rev-parse', 'main');

  const mine = await diary.step('contributor', 'fork and clone', async () => {
    await git(home, 'clone', '-q', '--bare', host, fork);
    return clone(fork, at('mine'));
  });
  /** To the fork; on the host it is the newest commit of the pull request. */
  const push = (message: string): Promise<string> => diary.step('contributor', `commit and push “${message}”`, async () => {
    const head = await commit(mine, message);
    await git(mine, 'push', '-q', 'origin', 'totals');
    await git(host, 'fetch', '-q', fork, '+totals:refs/pull/1/head', '+totals:refs/forks/eve/totals');
    return head;
  });
  await git(mine, 'switch', '-qc', 'totals');
  await writeFile(at('totals.sql'), TOTALS.replace('where', "where region = 'north' and"));
  const proposed = await diary.step('contributor', 'daybook new team/totals --sql totals.sql', () => daybook(mine, ['new', 'team/totals', '--sql', at('totals.sql')]));
  assert.equal(proposed.code, 0, proposed.text);
  const first = await push('Orders of all regions');
  await diary.step('contributor', 'open the pull request', () => fake.propose('totals', 'Orders of all regions', { by: 'eve', from: 'eve/reports' }));

  /** One file goes from the job that runs queries to the one that may write. */
  const tell = (place: string, head: string): Promise<Said> => diary.step('comment job', 'comment and check', async () => {
    const artifact = path.join(home, 'artifact', head);
    await mkdir(artifact, { recursive: true });
    await cp(path.join(place, 'review/review.json'), path.join(artifact, 'review.json'));
    return daybook(job, ['comment', '--review', artifact, '--head', head], { env: fake.env });
  });
  const read = async (): Promise<string> => {
    const told = await diary.step('reviewer', 'read the comment', async () => fake.commentsOn(1));
    assert.equal(told.length, 1);
    return told[0]!.body;
  };

  const reviewing = await checkOut(host, at('review'), base);
  const summary = at('summary.md');
  await diary.step('review job', 'review, with a preview', () => run('bash', [path.join(code, '.github/review.sh')], { cwd: reviewing, env: { ...ENV, HOME: home, DAYBOOK_NOW: NOW, BASE: base, HEAD: first, PULL: '1', GITHUB_STEP_SUMMARY: summary } }));
  assert.deepEqual([await git(reviewing, 'rev-parse', 'HEAD'), await git(reviewing, 'status', '--porcelain')], [base, '?? preview/\n?? review/']);
  assert.match(await readFile(path.join(reviewing, 'preview/reports/team/totals/index.html'), 'utf8'), /Preview of pull request 1/);
  assert.match(await readFile(summary, 'utf8'), /^\*\*Review\*\*: 1 affected report\. /);
  const added = await tell(reviewing, first);
  assert.equal(added.code, 0, added.text);
  const before = await read();
  assert.match(before, new RegExp(`^<!-- daybook-review ${first} -->\n\\*\\*Review\\*\\*: 1 affected report\\. \`team/totals\`, a new report: \`Orders\` \`\\d+\` \\(\`2026-01-07\`\\)\n`));
  assert.match(before, /\n\| `team\/totals` \| Review \|  \| new \| 3 \|/);
  assert.match(before, /\n- all pass: status, determinism, order, key, checks\n/);
  assert.match(before, /\n\| `Orders` \| `118` \| `2026-01-07` \|\n/);
  assert.match(before, /\n\+select .* where region = 'north' and day/);
  assert.equal(before.match(/^- \[ \] /gm)?.length, 7);

  // The reviewer sees that a region is missing. What is pushed next also touches a report that readers have.
  await writeFile(path.join(mine, 'queries/team/totals.sql'), TOTALS);
  await writeFile(path.join(mine, 'queries/team/good.sql'), "select day, region, case region when 'south' then orders - 2 else orders end as orders from orders where day <= $as_of\n");
  const second = await push('The south too, without its two test orders');
  const again = await checkOut(host, at('again'), base);
  const reviewed = await diary.step('review job', 'review', () => daybook(again, ['review', `${base}..${second}`, '--out', 'review', '--pull', '1']));
  assert.equal(reviewed.code, 0, reviewed.text);
  const changed = await tell(again, second);
  assert.match(changed.out, /: comment changed\./);
  const after = await read();
  assert.match(after, new RegExp(`^<!-- daybook-review ${second} -->\n\\*\\*Review\\*\\*: 2 affected reports`));
  assert.match(after, /\n\| `team\/good` \| Review \| [^|]*\| changed: query \| 6 \| \+0 −0 ~3 \| `orders` \|/);
  assert.match(after, /\n\| `Orders` \| `210` \| `208` \| `down 2 \(1\.0%\); 3 of 3 periods differ, most at \S+: \d+ → \d+` \| no \|\n/);
  assert.match(after, /\n\| `2026-01-07` \| `south` \| `orders` \| `92` \| `90` \|\n/);
  assert.match(after, /\n\| `2026-01-07` \| `Orders` \| `210` \| `210` \| `208` \|\n/, 'the number that was published');
  assert.match(after, /\n\| `Orders` \| `210` \| `2026-01-07` \|\n/, 'the new report, with both regions');
  assert.doesNotMatch(after, /`118`/);
  assert.deepEqual(fake.telling.checks.map(({ head_sha: sha, conclusion }) => [sha, conclusion]), [[first, 'neutral'], [second, 'neutral']]);

  const merged = await diary.step('reviewer', 'merge', () => fake.merge(1, 'ann'));
  const refreshed = await diary.step('refresh job', 'pull, refresh --push, with the site', async () => {
    await git(job, 'pull', '-q', '--ff-only');
    return daybook(job, ['refresh', '--push', '--json'], { now: '2026-01-09T07:00:00Z' });
  });
  assert.equal(refreshed.code, 0, refreshed.text);
  const { kept, commits } = JSON.parse(refreshed.out) as Outcome;
  assert.deepEqual(kept, ['team/good@2026-01-07.v2', 'team/totals@2026-01-07.v1']);
  assert.deepEqual([await git(host, 'rev-parse', 'main'), await git(host, 'rev-parse', 'main^'), await git(host, 'rev-parse', 'main^^2')], [commits[0], merged, second]);

  // What was reviewed is what was published, and what its page says.
  const document = await reviewIn(again);
  for (const [id, version, number] of [['team/totals', 1, '210'], ['team/good', 2, '208']] as const) {
    const manifest = JSON.parse(await git(host, 'show', `main:snapshots/2026/01/07/v${version}/${id}.json`)) as Manifest;
    const { result } = of(document, id).head!;
    assert.deepEqual([manifest.rows.sha256, manifest.metrics], [result!.rows.sha256, result!.metrics], id);
    const { textContent: page } = parseHTML(await readFile(path.join(job, 'dist/reports', id, 'index.html'), 'utf8')).document.querySelector('main')!;
    assert.match(page, new RegExp(`Orders\\s*${number}\\b[\\s\\S]*${id}@2026-01-07\\.v${version}`), id);
  }
  assert.equal((await git(host, 'show', 'main:snapshots/2026/01/07/v1/team/totals.csv')).split('\n').at(-1), '2026-01-07,210');
});
