import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { filesOf } from '../../scripts/world/files.ts';
import { BASE, BUILT, commit, daybook, newInstance, refresh, report, write } from './instance.ts';

const SPEC = BASE['reports/team/good.yml'] as string;
const SQL = BASE['queries/team/good.sql'] as string;

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}

test('reports come and go: pages that were published stay, and every link leads somewhere', async (t) => {
  const never = report('never', 'select 1 as n from orders where false');
  const root = await newInstance(t, { ...report('other', 'select count(*) as n from orders'), ...never }, BUILT);
  const dist = (file: string): string => path.join(root, 'dist', file);
  const text = async (file: string): Promise<string> => parseHTML(await readFile(dist(file), 'utf8')).document.querySelector('main')!.textContent.replace(/\s+/g, ' ');

  await daybook(root, ['run', 'good']);
  const local = await daybook(root, ['build']);
  assert.match(local.err, /3 of 3 report pages/);
  assert.match(await text('reports/team/good/index.html'), /Current.*Due with the next job.*These numbers ?07:00 UTC, 8 January 2026: a local run, not in the ledger.*Next run ?with the next job/);
  assert.match(await text('index.html'), /Report never.*Due with the next job/);

  assert.deepEqual((await refresh(root)).failed.map(({ report: id }) => id), ['team/never']);
  // A report in the folder of another's page; `good` changes its question, and nobody has run it.
  await write(root, { 'reports/team/never/inner.yml': SPEC, 'queries/team/never/inner.sql': SQL, 'queries/team/good.sql': `${SQL}-- asked anew\n` });
  await daybook(root, ['build']);
  const changed = await text('reports/team/good/index.html');
  assert.match(changed, /The definition has changed since this snapshot; the next run applies it\./);
  assert.match(changed, /the query that made these numbers is in the commit [0-9a-f]{10}\./);
  assert.doesNotMatch(changed, /asked anew/);

  await rm(path.join(root, 'reports/team/never.yml'));
  await rm(path.join(root, 'reports/team/good.yml'));
  await write(root, { 'reports/team/other.yml': (report('other', '')['reports/team/other.yml'] as string).replace('team: team', 'team: dissolved') });
  await commit(root);
  await daybook(root, ['build']);
  assert.equal(await exists(dist('reports/team/never/index.html')), false);
  assert.equal(await exists(dist('reports/team/never/inner/index.html')), true);
  assert.match(await text('reports/team/good/index.html'), /All reports.*Withdrawn.*This report is withdrawn Its definition is gone\./);
  assert.match(await text('reports/team/other/index.html'), /All reports.*Its definition cannot be read\./);
  assert.match(await text('index.html'), /2 withdrawn reports.*team\/good, as of 7 January 2026/);
  assert.match(await text('runs/index.html'), /team\/never for 8 January 2026 failed/);
  const broken: string[] = [];
  for (const file of (await filesOf(dist(''))).filter((name) => name.endsWith('.html'))) {
    for (const [, href] of (await readFile(file, 'utf8')).matchAll(/<a\b[^>]*\shref="(\/[^"#]*)/g)) {
      const target = dist(href!.endsWith('/') ? `${href}index.html` : href!);
      if (!(await exists(target)) || href!.includes('//')) broken.push(`${path.relative(dist(''), file)} → ${href}`);
    }
  }
  assert.deepEqual(broken, []);

  // Damaged by hand: the next full build says so, and leaves the site as it is.
  await writeFile(path.join(root, 'snapshots/2026/01/07/v1/team/good.csv'), 'changed\n');
  const full = await daybook(root, ['build', '--full']);
  assert.deepEqual([full.code, /\[snapshot-broken\]/.test(full.err)], [2, true], full.text);
  assert.equal(await exists(dist('reports/team/good/index.html')), true);
});
