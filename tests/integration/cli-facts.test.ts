import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { factsFolder, writeFacts } from '../../scripts/site/facts.ts';
import type { ReportFacts, SiteFacts } from '../../src/analysis/facts/facts.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { BASE, commit, daybook, entries, newInstance, quietWorld, refresh, report, write, type Files } from './instance.ts';

const SPEC = BASE['reports/team/good.yml'] as string;
const SQL = BASE['queries/team/good.sql'] as string;
const LATER = { now: '2026-01-08T08:00:00Z' };

async function facts(root: string, id = 'team/good', full = false): Promise<ReportFacts & { site: SiteFacts }> {
  const { site } = await writeFacts(quietWorld(root), loadDefinitions(root), full);
  return { ...(JSON.parse(await readFile(factsFile(root, id), 'utf8')) as ReportFacts), site };
}

function factsFile(root: string, id: string): string {
  return path.join(factsFolder({ root }), 'reports', `${id}.json`);
}

async function change(root: string, files: Files): Promise<void> {
  await write(root, files);
  await commit(root, 'Change');
}

const CHARTS = 'charts: [{ type: line, y: orders }, { type: bar, y: orders, x: region }]\ndimensions: { region: {} }\n';

test('a definition that changes and fails leaves its report’s numbers, and every other report', async (t) => {
  const root = await newInstance(t, { 'reports/team/good.yml': SPEC + CHARTS, ...report('other', 'select count(*) as n from orders', 'metrics: { n: { label: N, value: sum(n) } }\n') });
  await refresh(root);
  const code = entries(root)[0]!.job.code;
  const before = await facts(root);
  assert.deepEqual([before.definition.current, before.sql, before.charts.length, before.metrics[0]!.series.length], [true, SQL, 2, 3]);

  await change(root, { 'reports/team/good.yml': (SPEC + CHARTS).replace('sum(orders)', 'sum(nope)') });
  assert.deepEqual((await refresh(root, [], LATER)).failed.map(({ report: id, code: why }) => [id, why]), [['team/good', 'result-column']]);
  const after = await facts(root);
  assert.deepEqual([after.status, after.snapshot?.citation, after.definition], ['failed', before.snapshot!.citation, { current: false, commit: code }]);
  // The number stays; what says how to read it is the definition's that did not make it.
  assert.deepEqual(after.metrics.map(({ label, headline, step }) => [label, headline?.text, step]), [['orders', '210', 'snapshot']]);
  assert.deepEqual([after.charts, after.sql], [[], null]);
  assert.deepEqual(after.site.reports.map(({ id, status }) => [id, status]), [['team/good', 'failed'], ['team/other', 'current']]);
});

test('a definition that was only edited changes no number, series or chart, and shows no query that did not make them', async (t) => {
  const root = await newInstance(t, { 'reports/team/good.yml': SPEC + CHARTS });
  await refresh(root);
  const before = await facts(root);
  const state = async (files: Files): Promise<unknown[]> => {
    await write(root, { 'reports/team/good.yml': SPEC + CHARTS, 'queries/team/good.sql': SQL, ...files });
    const { metrics, charts, definition, sql, snapshot } = await facts(root);
    assert.equal(snapshot?.citation, before.snapshot!.citation);
    for (const { name, headline } of metrics) assert.deepEqual([name, headline], ['orders', before.metrics[0]!.headline]);
    return [definition.current, sql !== null, metrics[0]!.label, metrics[0]!.series.length, charts.length];
  };
  assert.deepEqual(await state({ 'reports/team/good.yml': (SPEC + CHARTS).replace('label: Orders', 'label: All orders') }), [true, true, 'All orders', 3, 2], 'a label is no new number');
  assert.deepEqual(await state({ 'queries/team/good.sql': SQL.replace('orders from', 'orders * 2 as orders from') }), [false, false, 'Orders', 3, 2]);
  assert.deepEqual(await state({ 'queries/macros/none.sql': 'create macro none() as null\n' }), [false, false, 'Orders', 3, 2]);
  await rm(path.join(root, 'queries/macros'), { recursive: true });
  assert.deepEqual(await state({ 'reports/team/good.yml': (SPEC + CHARTS).replace('sum(orders)', 'sum(orders) * 2') }), [false, false, 'orders', 1, 0]);
  assert.deepEqual(await state({ 'reports/team/good.yml': (SPEC + CHARTS).replace('sum(orders) }', 'sum(orders) }, more: { label: More, value: count() }') }), [false, false, 'Orders', 3, 2]);
  assert.deepEqual(await state({ 'reports/team/good.yml': (SPEC + CHARTS).replace('period: day', 'period: month') }), [false, false, 'orders', 1, 0]);
  assert.deepEqual(await state({ 'reports/team/good.yml': (SPEC + CHARTS).replace('column: day, period', 'column: gone, period') }), [false, false, 'orders', 1, 0]);
  assert.deepEqual(await state({ 'reports/team/good.yml': (SPEC + CHARTS).replaceAll('region', 'gone').replace('[day, gone]', '[day, region]').replace('key: [day, region]', 'key: [day]') }), [false, false, 'Orders', 3, 1], 'a chart by a column that the rows do not have');
  assert.deepEqual(await state({}), [true, true, 'Orders', 3, 2], 'taken back');
});

test('a new definition that comes to the same numbers is theirs once it has run', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  await change(root, { 'queries/team/good.sql': `${SQL}-- the same\n` });
  assert.equal((await facts(root)).definition.current, false);
  assert.deepEqual((await refresh(root, [], LATER)).kept, []);
  const { definition, sql, snapshot } = await facts(root);
  assert.deepEqual([definition, sql, snapshot?.version], [{ current: true, commit: entries(root)[1]!.job.code }, `${SQL}-- the same\n`, 1]);
});

test('how a report stands follows from its newest slot, not from the run that came last', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  const older = await refresh(root, ['good', '--as-of', '2025-01-01'], LATER);
  assert.deepEqual(older.failed.map(({ code }) => code), ['result-empty']);
  const { status, failure, lastRun } = await facts(root);
  assert.deepEqual([status, failure, lastRun?.run.status], ['current', null, 'failed']);
});

test('a report whose definition is deleted keeps its pages, off the board', async (t) => {
  const root = await newInstance(t, report('other', 'select count(*) as n from orders'));
  await refresh(root);
  await rm(path.join(root, 'reports/team/good.yml'));
  const gone = await facts(root);
  assert.deepEqual([gone.status, gone.title, gone.team, gone.failure, gone.history.length, gone.sql], ['withdrawn', 'team/good', '', null, 1, null]);
  assert.equal(gone.metrics[0]!.headline?.text, '210');
  assert.deepEqual(gone.site.reports.map(({ id }) => id), ['team/other']);
  assert.deepEqual(gone.site.withdrawn.map(({ id }) => id), ['team/good']);
});

test('a report whose team is gone stands in no team', async (t) => {
  const root = await newInstance(t, report('other', 'select count(*) as n from orders'));
  await refresh(root);
  await write(root, { 'reports/team/good.yml': SPEC.replace('team: team', 'team: dissolved') });
  const { site, status, failure } = await facts(root);
  assert.deepEqual([status, failure?.code, site.teams.map(({ name }) => name), site.withdrawn.map(({ id }) => id)], ['withdrawn', 'wrong-value', ['team'], ['team/good']]);
});

test('a local result is shown until the ledger says the same or something newer', async (t) => {
  const root = await newInstance(t);
  const local = async (): Promise<[boolean, string | undefined]> => {
    const { snapshot, site } = await facts(root);
    return [site.local, snapshot?.citation];
  };
  await daybook(root, ['run', 'good']);
  assert.deepEqual(await local(), [true, 'team/good@2026-01-07.v0']);
  await refresh(root);
  await daybook(root, ['run', 'good'], LATER);
  assert.deepEqual(await local(), [false, 'team/good@2026-01-07.v1'], 'its data is kept');

  await write(root, { 'queries/team/good.sql': SQL.replace('orders from', 'orders * 2 as orders from') });
  await daybook(root, ['run', 'good'], LATER);
  assert.deepEqual(await local(), [true, 'team/good@2026-01-07.v0']);
  assert.deepEqual((await facts(root)).definition, { current: true, commit: null });
  await write(root, { 'queries/team/good.sql': SQL });
  assert.deepEqual((await facts(root)).definition, { current: false, commit: null }, 'what was tried out is undone');
  await refresh(root, ['good', '--as-of', '2026-01-07'], { now: '2026-01-08T09:00:00Z' });
  assert.deepEqual(await local(), [true, 'team/good@2026-01-07.v0'], 'nothing new was kept');
  await write(root, { 'data/orders.csv': `${BASE['data/orders.csv'] as string}2026-01-08,north,1\n` });
  await commit(root);
  const index = path.join(root, '.daybook/local/index.json');
  const saved = await readFile(index, 'utf8');
  await refresh(root, [], { now: '2026-01-09T07:00:00Z' });
  // As if another machine had kept it.
  await write(root, { '.daybook/local/index.json': saved });
  assert.deepEqual(await local(), [false, 'team/good@2026-01-08.v1']);
});

test('facts that are lost or damaged are made again', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  const whole = JSON.stringify(await facts(root));
  await rm(factsFile(root, 'team/good'));
  assert.equal(JSON.stringify(await facts(root)), whole);
  await writeFile(factsFile(root, 'team/good'), '{}');
  assert.equal(JSON.stringify(await facts(root, 'team/good', true)), whole);
  await writeFile(path.join(root, 'snapshots/2026/01/07/v1/team/good.csv'), 'changed\n');
  await assert.rejects(facts(root, 'team/good', true), { code: 'snapshot-broken' });
});

test('a number that somebody changed by hand is not shown, compared or built', async (t) => {
  const root = await newInstance(t);
  await refresh(root);
  const file = 'snapshots/2026/01/07/v1/team/good.json';
  const text = await readFile(path.join(root, file), 'utf8');
  assert.match(text, /"value":"210"/);
  await write(root, { [file]: text.replace('"value":"210"', '"value":"999"') });
  for (const words of [['show', 'good@2026-01-07'], ['build']]) {
    const said = await daybook(root, words);
    assert.equal(said.code, 2, said.text);
    assert.match(said.err, /snapshots\/2026\/01\/07\/v1\/team\/good\.json: this is not the manifest that the ledger names[^]*\[snapshot-broken\]/);
    assert.doesNotMatch(said.out, /999/);
  }
});
