import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { writeAuditFacts } from '../../scripts/audit/facts.ts';
import type { AuditIndex, AuditMonth } from '../../src/analysis/audit/facts.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { readEntries } from '../../src/snapshot/checkout.ts';
import { applyEntry, emptyState } from '../../src/snapshot/ledger-state.ts';
import { BASE, daybook, git, newInstance, quietWorld, write } from './instance.ts';

async function facts(root: string, now: string): Promise<{ [month: string]: string }> {
  const entries = readEntries(root);
  return writeAuditFacts(quietWorld(root, { now }), loadDefinitions(root), { folder: path.join(root, '.daybook/site'), entries, ledger: entries.reduce(applyEntry, emptyState()), code: 'code' });
}

async function readMonth(root: string, month: string): Promise<AuditMonth> {
  return JSON.parse(await readFile(path.join(root, '.daybook/site/audit', `${month}.json`), 'utf8')) as AuditMonth;
}

async function refresh(root: string, now: string): Promise<void> {
  const { code, text } = await daybook(root, ['refresh', '--no-build', 'good', '--as-of', now.slice(0, 10)], { now });
  assert.equal(code, 0, text);
}

test('a month that is over is left as it is; a commit alone is news', async (t) => {
  const root = await newInstance(t);
  await refresh(root, '2026-01-08T07:00:00Z');
  const first = await facts(root, '2026-01-09T00:00:00Z');
  assert.deepEqual(Object.keys(first), ['2026-01', 'notes']);
  const file = path.join(root, '.daybook/site/audit/2026-01.json');
  const { mtimeMs } = await stat(file);
  assert.deepEqual(await facts(root, '2026-01-10T00:00:00Z'), first);

  await write(root, { 'data/orders.csv': `${BASE['data/orders.csv'] as string}2026-02-01,north,1\n` });
  await refresh(root, '2026-02-02T07:00:00Z');
  const second = await facts(root, '2026-02-03T00:00:00Z');
  assert.equal(second['2026-01'], first['2026-01']);
  assert.equal((await stat(file)).mtimeMs, mtimeMs, 'not written again');

  await write(root, { 'reports/team/good.md': 'Read it so.\n' });
  await git(root, 'add', '-A');
  await git(root, 'commit', '-q', '-m', 'Narrative');
  const third = await facts(root, '2026-02-03T00:00:00Z');
  assert.notEqual(third['2026-02'], second['2026-02']);
  const { audit } = await readMonth(root, '2026-02');
  assert.deepEqual(audit.definitions.map(({ subject, clock }) => [subject, clock]), [['Narrative', '2026-01-08T07:00:00Z']], 'it came after February’s entry, whatever its clock says');
  const index = JSON.parse(await readFile(path.join(root, '.daybook/site/audit/index.json'), 'utf8')) as AuditIndex;
  assert.deepEqual(index.months.map(({ month, totals }) => [month, totals.kept, totals.definitions]), [['2026-02', 1, 1], ['2026-01', 1, 1]]);
});

test('what is held is told, and what it would say is not', async (t) => {
  const root = await newInstance(t);
  await refresh(root, '2026-01-08T07:00:00Z');
  await write(root, {
    'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}approval: required\n`,
    'data/orders.csv': (BASE['data/orders.csv'] as string).replace('2026-01-05,north,120', '2026-01-05,north,99125'),
  });
  await git(root, 'add', '-A');
  await git(root, 'commit', '-q', '-m', 'Approval');
  await refresh(root, '2026-01-08T08:00:00Z');
  await facts(root, '2026-01-09T00:00:00Z');
  const month = await readMonth(root, '2026-01');
  assert.deepEqual(month.audit.snapshots.map(({ version, approvers, standing, restated }) => [version, approvers, standing, restated]), [[2, 1, 'held', null]]);
  assert.equal(month.audit.totals.restated.snapshots, 0);
  assert.deepEqual(month.audit.totals.rows, { entered: 6, modified: 0, deleted: 0, left: 0 }, 'what waits is not counted');
  assert.doesNotMatch(JSON.stringify(month), /99125|@example\.org/);
});

test('rows that were recorded before their report became personal are not on the page', async (t) => {
  const root = await newInstance(t);
  await refresh(root, '2026-01-08T07:00:00Z');
  await write(root, { 'data/orders.csv': (BASE['data/orders.csv'] as string).replace('2026-01-05,north,120', '2026-01-05,north,99125') });
  await refresh(root, '2026-01-08T08:00:00Z');
  await facts(root, '2026-01-09T00:00:00Z');
  assert.match(JSON.stringify(await readMonth(root, '2026-01')), /"after":"99125"/);
  const personal = 'columns: { region: { personal: true } }\n';
  await write(root, { 'daybook.yml': `${BASE['daybook.yml'] as string}personal_store: ../people\n`, 'reports/team/good.yml': `${BASE['reports/team/good.yml'] as string}${personal}` });
  await facts(root, '2026-01-09T00:00:00Z');
  const month = await readMonth(root, '2026-01');
  assert.deepEqual(month.audit.snapshots.map(({ restated }) => [restated!.rows.modified, restated!.first_rows]), [[1, []]]);
});
