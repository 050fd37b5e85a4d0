import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { test } from 'node:test';
import { readLedger } from '../../src/store/history.ts';
import { openRepository } from '../../src/store/repository.ts';
import { addCode, addPackages } from './clone.ts';
import { BASE, commit, ENV, entries, git, newInstance, report, write } from './instance.ts';

const run = promisify(execFile);

interface Step {
  code: number;
  failed: string | undefined;
  text: string;
}

/** The one step of .github/workflows/refresh.yml, as a runner would start it. */
async function job(root: string, now: string): Promise<Step> {
  const output = path.join(root, '.git/github-output');
  const env = { ...ENV, DAYBOOK_NOW: now, CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'schedule', GITHUB_ACTOR: 'robot', GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: path.join(root, '.git/github-summary'), npm_config_cache: path.join(root, '.git/npm'), npm_config_update_notifier: 'false' };
  const done = await run('bash', ['.github/refresh.sh'], { cwd: root, env }).then(({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }), (cause: { code: number; stdout: string; stderr: string }) => ({ code: cause.code, text: cause.stdout + cause.stderr }));
  const failed = await readFile(output, 'utf8').then((text) => /failed=(\w+)\n$/.exec(text)?.[1], () => undefined);
  return { ...done, failed };
}

async function ledgerOf(root: string): Promise<number> {
  const repository = await openRepository(root, ENV);
  return (await readLedger(repository, repository.head)).sequence;
}

test('the scheduled job: two at once, a second day of data, a report that fails, an instance that is broken', async (t) => {
  const first = await newInstance(t, report('totals', 'select region, sum(orders) as orders from orders where day <= $as_of group by region', 'key: [region]\n'));
  await addCode(first);
  await commit(first);
  const folder = path.dirname(first);
  const [bare, one, two] = ['origin.git', 'one', 'two'].map((name) => path.join(folder, name)) as [string, string, string];
  await git(folder, 'clone', '-q', '--bare', first, bare);
  for (const clone of [one, two]) {
    await git(folder, 'clone', '-q', bare, clone);
    await addPackages(clone);
  }

  const landed = await Promise.all([job(one, '2026-01-08T07:00:00Z'), job(two, '2026-01-09T07:00:00Z')]);
  for (const step of landed) assert.deepEqual([step.code, step.failed], [0, 'false'], step.text);
  assert.equal(await git(bare, 'rev-list', '--count', 'main'), '4');
  for (const clone of [one, two]) {
    await stat(path.join(clone, 'dist/reports/team/totals/index.html'));
    assert.equal(await git(clone, 'status', '--porcelain'), '');
    await git(clone, 'pull', '-q', '--ff-only');
  }
  assert.equal(await ledgerOf(one), 2);
  // The end of the ledger leaves the house.
  const summaries = await Promise.all([one, two].map((clone) => readFile(path.join(clone, '.git/github-summary'), 'utf8')));
  const checkpoint = await readFile(path.join(one, 'snapshots/ledger/checkpoint'), 'utf8');
  assert.ok(summaries.some((summary) => summary.includes(`\`\`\`text\n${checkpoint}\`\`\`\n`)), summaries.join());
  const jobs = entries(one).map(({ job: { trigger, actor } }) => `${trigger} ${actor}`);
  assert.deepEqual(jobs, ['schedule robot', 'schedule robot']);

  await write(one, { 'data/orders.csv': `${BASE['data/orders.csv'] as string}2026-01-10,north,140\n`, ...report('broken', 'selec 1') });
  await commit(one, 'Second day');
  await git(one, 'push', '-q');
  const later = await job(one, '2026-01-10T07:00:00Z');
  assert.deepEqual([later.code, later.failed], [0, 'true'], later.text);
  assert.match(later.text, /queries\/team\/broken\.sql:1:1: syntax error/);
  const kept = entries(one).at(-1)!.kept.map(({ report: id, as_of, version }) => `${id}@${as_of}.v${version}`);
  assert.deepEqual(kept, ['team/good@2026-01-10.v1', 'team/totals@2026-01-10.v1']);
  assert.equal(await git(bare, 'rev-parse', 'main'), await git(one, 'rev-parse', 'HEAD'));
  assert.match(await readFile(path.join(one, 'dist/index.html'), 'utf8'), /Report broken/);

  await write(one, { 'daybook.yml': 'title: Test\nteam: {}\n' });
  const broken = await job(one, '2026-01-11T07:00:00Z');
  assert.ok(broken.code >= 2, broken.text);
  assert.match(broken.text, /daybook\.yml:.*\[(unknown-key|wrong-value)\]/s);
  assert.equal(await git(bare, 'rev-list', '--count', 'main'), '6');
  assert.equal(await git(bare, 'fsck', '--strict', '--no-dangling'), '');
});
