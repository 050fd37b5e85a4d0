import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFacts } from '../../scripts/site/facts.ts';
import type { ReportCard } from '../../src/analysis/facts/facts.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { readManifestFile } from '../../src/snapshot/checkout.ts';
import { BASE, commit, daybook, entries, git, newInstance, quietWorld, refresh, report, write } from './instance.ts';

const ORDERS = BASE['data/orders.csv'] as string;
const [DAY, HOUR_LATER, NEXT_DAY] = ['2026-01-08T07:00:00Z', '2026-01-08T08:00:00Z', '2026-01-09T07:00:00Z'];

async function change(root: string, files: { [file: string]: string }): Promise<void> {
  await write(root, files);
  await commit(root, 'Change');
}

test('what is unchanged is not run again, and a late job says what was missed', async (t) => {
  const root = await newInstance(t);
  assert.deepEqual((await refresh(root, [], { now: DAY })).kept, ['team/good@2026-01-07.v1']);
  const head = await git(root, 'rev-parse', 'HEAD');
  for (const words of [[], ['good'], ['good', '--as-of', '2026-01-08']]) {
    const again = await refresh(root, words, { now: HOUR_LATER });
    assert.deepEqual([again.code, again.kept, again.commits], [0, [], []]);
  }
  assert.equal(await git(root, 'rev-parse', 'HEAD'), head);

  const late = await refresh(root, [], { now: '2026-01-12T07:00:00Z' });
  // The data has not moved, so its as-of has not either: no new version of what is published.
  assert.deepEqual([late.kept, late.ran, late.commits.length], [[], 1, 1]);
  const [, entry] = entries(root);
  assert.deepEqual(entry!.missed, [{ report: 'team/good', from: '2026-01-09T06:00Z', to: '2026-01-11T06:00Z', count: 3, reason: 'no job ran; a later slot took over' }]);
  assert.deepEqual(entry!.runs.map(({ status, slot }) => [status, slot]), [['unchanged', '2026-01-12T06:00Z']]);
});

test('a new question, corrected data and data that is taken back each make the next version', async (t) => {
  const root = await newInstance(t);
  const digestOf = (version: number) => entries(root).flatMap(({ kept }) => kept).find((one) => one.report === 'team/good' && one.version === version)!.manifest;
  const manifest = (version: number) => readManifestFile(root, { report: 'team/good', asOf: '2026-01-07', version }, digestOf(version));
  await refresh(root, [], { now: DAY });

  const spec = BASE['reports/team/good.yml'] as string;
  await change(root, { 'reports/team/good.yml': spec.replace('title: Report good', 'title: Another title') });
  assert.equal((await refresh(root, [], { now: HOUR_LATER })).ran, 0, 'a title is not data');
  await change(root, { 'queries/team/good.sql': "select day, region, orders from orders where day <= $as_of and region = 'north'\n" });
  assert.deepEqual((await refresh(root, [], { now: HOUR_LATER })).kept, ['team/good@2026-01-07.v2']);
  assert.equal(manifest(2).supersedes, digestJson(manifest(1)));

  await change(root, { 'data/orders.csv': ORDERS.replace('118', '119') });
  assert.deepEqual((await refresh(root, [], { now: HOUR_LATER })).kept, [], 'a slot that is done is not due');
  assert.deepEqual((await refresh(root, ['good', '--as-of', '2026-01-08'], { now: HOUR_LATER })).kept, ['team/good@2026-01-07.v3']);
  await change(root, { 'data/orders.csv': ORDERS });
  assert.deepEqual((await refresh(root, ['good', '--as-of', '2026-01-08'], { now: HOUR_LATER })).kept, ['team/good@2026-01-07.v4']);
  assert.equal(manifest(4).data, manifest(2).data);
  assert.equal(manifest(4).supersedes, digestJson(manifest(3)));
  assert.deepEqual((await refresh(root, ['good', '--as-of', '2026-01-08'], { now: HOUR_LATER })).kept, []);
});

test('two slots whose as-of is one day do not take turns', async (t) => {
  const root = await newInstance(t, report('since', 'select day, datediff(\'day\', day, $as_of::date) as age from orders where region = \'north\'', 'as_of: { column: day }\nkey: [day]\n'));
  const range = ['since', '--from', '2026-01-06', '--to', '2026-01-08'];
  assert.equal((await refresh(root, range)).kept.length, 3);
  assert.deepEqual((await refresh(root, range)).commits, []);
});

test('data that has ended is due once, and again when it is corrected', async (t) => {
  const root = await newInstance(t, { 'queries/sources/orders.yml': `${BASE['queries/sources/orders.yml'] as string}archive: 2026-01-06\n` });
  assert.deepEqual((await refresh(root, [], { now: DAY })).kept, ['team/good@2026-01-06.v1']);
  const listed = JSON.parse((await daybook(root, ['list', '--json'])).out) as { nextDue: string | null }[];
  assert.deepEqual(listed.map(({ nextDue }) => nextDue), [null]);
  assert.deepEqual((await refresh(root, [], { now: '2026-03-01T07:00:00Z' })).commits, []);
  await change(root, { 'data/orders.csv': ORDERS.replace('131', '132') });
  assert.deepEqual((await refresh(root, [], { now: '2026-03-01T08:00:00Z' })).kept, ['team/good@2026-01-06.v2']);
  assert.deepEqual((await refresh(root, [], { now: '2026-03-02T07:00:00Z' })).commits, []);
});

test('a failed run is tried again when its inputs are new, and at its next slot', async (t) => {
  const root = await newInstance(t, report('once', 'select day, orders from orders', 'key: [day]\n'));
  const failed = await refresh(root, [], { now: DAY });
  assert.deepEqual([failed.code, failed.failed.map(({ code }) => code), failed.kept], [1, ['key-duplicate'], ['team/good@2026-01-07.v1']]);
  const hour = await refresh(root, [], { now: HOUR_LATER });
  assert.deepEqual([hour.ran, hour.commits], [0, []]);
  await change(root, { 'data/orders.csv': ORDERS.replaceAll(/^.*south.*\n/gm, '') });
  const repaired = await refresh(root, [], { now: HOUR_LATER });
  assert.deepEqual([repaired.code, repaired.kept], [0, ['team/once@2026-01-08.v1']]);
  const next = await refresh(root, [], { now: NEXT_DAY });
  assert.deepEqual(next.kept, ['team/good@2026-01-07.v2', 'team/once@2026-01-09.v1']);
});

/** What the site says of a report. */
async function card(root: string, id: string): Promise<ReportCard> {
  const { site } = await writeFacts(quietWorld(root), loadDefinitions(root));
  return site.reports.find((one) => one.id === id)!;
}

test('a run for an older day neither hides a failure of the newest slot nor becomes one', async (t) => {
  const root = await newInstance(t, report('once', 'select day, orders from orders where day <= $as_of', 'as_of: { column: day }\nkey: [day]\n'));
  assert.equal((await refresh(root, ['once'], { now: DAY })).failed.length, 1);
  await change(root, { 'data/orders.csv': ORDERS.replaceAll(/^.*-0[56],south.*\n/gm, '') });
  assert.deepEqual((await refresh(root, ['once', '--as-of', '2026-01-06'], { now: DAY })).kept, ['team/once@2026-01-06.v1']);
  assert.equal((await card(root, 'team/once')).status, 'failed');
  assert.equal((await refresh(root, [], { now: DAY })).failed.length, 1, 'its newest slot is tried again: the inputs are new');
  await change(root, { 'data/orders.csv': ORDERS.replaceAll(/^.*south.*\n/gm, '') });
  assert.deepEqual((await refresh(root, [], { now: DAY })).kept, ['team/once@2026-01-07.v1']);

  assert.equal((await refresh(root, ['good', '--as-of', '2025-01-01'], { now: DAY })).failed.length, 1);
  const good = await card(root, 'team/good');
  assert.deepEqual([good.status, good.failure], ['current', null]);
});

test('a changed definition runs the newest slot again, whatever ran since', async (t) => {
  const root = await newInstance(t);
  await refresh(root, [], { now: DAY });
  assert.deepEqual((await refresh(root, ['good', '--as-of', '2026-01-06'], { now: DAY })).kept, ['team/good@2026-01-06.v1']);
  await change(root, { 'queries/team/good.sql': "select day, region, orders from orders where day <= $as_of and region = 'north'\n" });
  assert.deepEqual((await refresh(root, [], { now: HOUR_LATER })).kept, ['team/good@2026-01-07.v2']);
});

test('a failure that was repaired by hand is taken back', async (t) => {
  const root = await newInstance(t);
  await refresh(root, [], { now: DAY });
  await change(root, { 'data/orders.csv': ORDERS.replace('118', 'many') });
  assert.equal((await refresh(root, ['good'], { now: DAY })).failed.length, 1);
  assert.equal((await card(root, 'team/good')).status, 'failed');
  await change(root, { 'data/orders.csv': ORDERS });
  const back = await refresh(root, [], { now: HOUR_LATER });
  assert.deepEqual([back.kept, back.commits.length], [[], 1]);
  assert.deepEqual(entries(root).at(-1)!.runs.map(({ status, slot }) => [status, slot]), [['unchanged', '2026-01-08T06:00Z']]);
  assert.equal((await card(root, 'team/good')).status, 'current');
  assert.deepEqual((await refresh(root, [], { now: HOUR_LATER })).commits, []);
});

test('what has not come is not run', async (t) => {
  const hourly = report('hourly', 'select $as_of as at', 'key: [at]\n');
  const root = await newInstance(t, { ...hourly, 'reports/team/hourly.yml': (hourly['reports/team/hourly.yml'] as string).replace('0 6 * * *', '0 * * * *') });
  const said = await daybook(root, ['refresh', 'good', '--as-of', '2051-01-01'], { now: DAY });
  assert.deepEqual([said.code, said.text], [3, '2051-01-01 has not come for team/good: its newest as-of is 2026-01-08\n  → Ask for that one or one before it. [wrong-use]\n']);
  const early = '2026-01-08T05:59:00Z';
  for (const words of [['good', '--as-of', '2026-01-08'], ['good', '--from', '2026-01-07', '--to', '2026-01-08'], ['hourly', '--as-of', '2026-01-08T06:00Z'], ['hourly', '--from', '2026-01-08', '--to', '2026-01-09']]) {
    assert.equal((await daybook(root, ['refresh', ...words], { now: early })).code, 3, words.join(' '));
  }
  assert.deepEqual(entries(root), []);
  const today = await refresh(root, ['hourly', '--from', '2026-01-08', '--to', '2026-01-08'], { now: early });
  assert.deepEqual(today.kept.map((citation) => citation.slice(-9)), ['00:00Z.v1', '01:00Z.v1', '02:00Z.v1', '03:00Z.v1', '04:00Z.v1', '05:00Z.v1']);
  assert.deepEqual((await refresh(root, ['good', '--as-of', '2026-01-08'], { now: DAY })).kept, ['team/good@2026-01-07.v1']);
  assert.equal(entries(root).at(-1)!.runs[0]!.slot, '2026-01-08T06:00Z', 'the slot of the schedule, not midnight');
});

test('the as-of of a command is one that the report can have', async (t) => {
  const root = await newInstance(t);
  const hourly = await daybook(root, ['refresh', 'good', '--as-of', '2026-01-08T14:00Z']);
  assert.deepEqual([hourly.code, hourly.text], [3, 'as-ofs of team/good are dates, not 2026-01-08T14:00Z\n  → Write it as 2026-01-08. [wrong-use]\n']);
  assert.equal((await daybook(root, ['refresh', 'good', '--as-of', '2026-02-30'])).code, 3);
  assert.equal((await daybook(root, ['refresh', 'good', '--from', '2026-01-08', '--to', '2026-01-01'])).code, 3);
  assert.equal((await daybook(root, ['refresh', 'good', '--from', '2026-01-08'])).code, 3);
  const range = ['--from', '2026-01-05', '--to', '2026-01-07'];
  assert.match((await daybook(root, ['refresh', 'good', '--as-of', '2026-01-05', ...range])).text, /^--as-of does not go with --from and --to\n.*\[wrong-use\]\n$/);
  assert.match((await daybook(root, ['refresh', 'good', '--from', '2026-01-05T12:00Z', '--to', '2026-01-07'])).text, /^as-ofs of team\/good are dates, not 2026-01-05T12:00Z\n/);
  assert.deepEqual(entries(root), []);
  assert.equal((await refresh(root, ['good', 'team/good', 'good'])).ran, 1);
});
