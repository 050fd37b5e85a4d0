import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { factsFolder, writeFacts } from '../../scripts/site/facts.ts';
import type { ReportFacts, SiteFacts } from '../../src/analysis/facts/facts.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { BASE, commit, daybook, entries, git, newInstance, quietWorld, refresh, report, write } from './instance.ts';

type Facts = ReportFacts & { site: SiteFacts };

async function facts(root: string, id = 'team/good', full = false): Promise<Facts> {
  const { site } = await writeFacts(quietWorld(root), loadDefinitions(root), full);
  return { ...(JSON.parse(await readFile(path.join(factsFolder({ root }), 'reports', `${id}.json`), 'utf8')) as ReportFacts), site };
}

const SPEC = BASE['reports/team/good.yml'] as string;
const ORDERS = BASE['data/orders.csv'] as string;

test('until a result is approved its report shows the one before; then the new one, and what it restates', async (t) => {
  const root = await newInstance(t);
  await refresh(root, ['--as-of', '2026-01-06', 'good']);
  await write(root, { 'data/orders.csv': ORDERS.replace('north,131', 'north,135'), 'reports/team/good.yml': `${SPEC}approval: required\n` });
  await commit(root);
  await refresh(root, ['--as-of', '2026-01-06', 'good'], { now: '2026-01-08T08:00:00Z' });
  const before = await facts(root);
  assert.deepEqual([before.snapshot?.citation, before.metrics[0]!.headline?.text, before.history.length], ['team/good@2026-01-06.v1', '208', 1]);
  assert.deepEqual(before.unpublished, [{ asOf: '2026-01-06', version: 2, standing: 'held', approvers: 1, sequence: 2, time: '2026-01-08T08:00:00Z' }]);
  assert.deepEqual([before.site.restatements, before.site.restated, before.site.runs[0]!.marked.held], [[], [], 1]);
  const { rows, metrics, charts, history, site } = before;
  assert.doesNotMatch(JSON.stringify([rows, metrics, charts, history, site]), /"212"|"135"/);

  assert.equal((await daybook(root, ['approve', 'good@2026-01-06.v2'])).code, 0);
  await commit(root, 'Approve');
  await refresh(root, ['--as-of', '2026-01-05', 'good'], { now: '2026-01-08T09:00:00Z' });
  assert.deepEqual(entries(root).at(-1)!.decided?.map(({ decision }) => decision), ['approved']);
  const after = await facts(root);
  assert.deepEqual([after.snapshot?.citation, after.metrics[0]!.headline?.text, after.unpublished.map(({ asOf }) => asOf)], ['team/good@2026-01-06.v2', '212', ['2026-01-05']]);
  assert.deepEqual([after.snapshot!.sequence, after.snapshot!.approved?.sequence, after.snapshots], [2, 3, 2]);
  assert.deepEqual(after.site.restatements.map(({ number, report: of, version, sequence, metrics: count }) => [number, of, version, sequence, count]), [[1, 'team/good', 2, 3, 1]], 'since readers see it');
  assert.deepEqual(after.site.restated, [{ report: 'team/good', count: 1 }]);
});

test('retired snapshots keep their numbers, read out of Git once; a clone that does not reach back says so', async (t) => {
  const days = (more: string) => report('days', 'select $as_of as day, day(cast($as_of as date)) as n', `key: [day]\nmetrics: { n: { label: Day, value: sum(n) } }\n${more}`);
  const root = await newInstance(t, days(''));
  for (const asOf of ['2026-01-05', '2026-01-06']) await refresh(root, ['--as-of', asOf, 'days']);
  await write(root, days('keep: { daily: 1 }\n'));
  await commit(root, 'Keep less');
  await refresh(root, ['--as-of', '2026-01-07', 'days'], { now: '2026-01-08T08:00:00Z' });
  await refresh(root, ['good'], { now: '2026-01-08T09:00:00Z' });
  const told = ({ history, metrics }: Facts): unknown => [history.map(({ asOf, retired, rows, beside, metrics: [metric] }) => [asOf, retired !== null, rows, beside, metric?.text]), metrics[0]!.series.map(({ value }) => value)];
  const whole = [[['2026-01-07', false, 1, false, '7'], ['2026-01-06', true, 1, false, '6'], ['2026-01-05', true, 1, false, '5']], [5, 6, 7]];
  assert.deepEqual(told(await facts(root, 'team/days')), whole);

  // What was read is remembered: Git is not asked again.
  await git(root, 'config', 'extensions.nothing', 'true');
  await git(root, 'config', 'core.repositoryformatversion', '1');
  await assert.rejects(git(root, 'log'));
  assert.deepEqual(told(await facts(root, 'team/days', true)), whole);
  await rm(path.join(factsFolder({ root }), 'retired'), { recursive: true });
  await assert.rejects(facts(root, 'team/days', true), { code: 'git-repository' });
  await write(root, { '.git/config': (await readFile(path.join(root, '.git/config'), 'utf8')).replace(/\[extensions\][^[]*/, '').replace('repositoryformatversion = 1', 'repositoryformatversion = 0') });

  const clone = path.join(root, '../shallow');
  await git(root, 'clone', '-q', '--depth=1', `file://${root}`, clone);
  assert.deepEqual(told(await facts(clone, 'team/days')), [[['2026-01-07', false, 1, false, '7'], ['2026-01-06', true, null, false, undefined], ['2026-01-05', true, null, false, undefined]], [null, null, 7]]);
  await git(clone, 'fetch', '-q', '--unshallow');
  assert.deepEqual(told(await facts(clone, 'team/days')), whole, 'once it is within reach');
});

test('rows with personal data: never in the facts; erased, the numbers stay', async (t) => {
  const root = await newInstance(t, {
    'daybook.yml': `${BASE['daybook.yml'] as string}personal_store: ../store\n`,
    'data/people.csv': 'day,name\n2026-01-05,Ada Byron\n2026-01-05,Grace Murray\n', 'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { day: DATE }\n',
    'reports/team/people.yml': 'title: People\nteam: team\nowner: t@example.org\ndescription: Who came.\nsources: [people]\nschedule: { cron: "0 6 * * *" }\nkey: [name]\ncolumns: { name: { personal: true } }\nmetrics: { people: { label: People, value: count_distinct(name) } }\nchecks: [{ column: name, min: "A" }]\n',
    'queries/team/people.sql': 'select name, day from people where day <= $as_of\n',
  });
  await mkdir(path.join(root, '../store'));
  for (const asOf of ['2026-01-06', '2026-01-07']) assert.equal((await refresh(root, ['--as-of', asOf, 'people'])).code, 0);
  const shown = await facts(root, 'team/people');
  assert.deepEqual([shown.columns.map(({ name }) => name), shown.rows, shown.rowCount, shown.withheld], [['day'], [['2026-01-05'], ['2026-01-05']], 2, { columns: ['name'], rows: false }]);
  assert.deepEqual([shown.snapshot!.files.rows, shown.snapshot!.beside, shown.checks[0]!.actual], [null, false, 'what is not shown here']);

  const erased = await daybook(root, ['erase', 'people@2026-01-07', '--reason', 'request', '--ticket', 'DSR-118', '--approver', 'dpo']);
  assert.equal(erased.code, 0, erased.text);
  const after = await facts(root, 'team/people');
  assert.deepEqual([after.rows, after.rowCount, after.metrics[0]!.headline?.text, after.metrics[0]!.series.map(({ value }) => value)], [[], 2, '2', [2, 2]]);
  assert.deepEqual([after.snapshot!.erased!.ticket, after.snapshot!.erased!.reason], ['DSR-118', 'request']);

  // The definition goes: what is personal is not known any more, and nothing of the rows is shown.
  await rm(path.join(root, 'reports/team/people.yml'));
  const gone = await facts(root, 'team/people');
  assert.deepEqual([gone.status, gone.columns, gone.rows, gone.withheld], ['withdrawn', [], [], { columns: [], rows: true }]);
  for (const file of await readdir(factsFolder({ root }), { recursive: true, withFileTypes: true })) {
    if (file.isFile()) assert.doesNotMatch(await readFile(path.join(file.parentPath, file.name), 'utf8'), /Byron|Murray/, file.name);
  }
});
