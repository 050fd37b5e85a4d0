import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { readEntries, readManifestFile } from '../../src/snapshot/checkout.ts';
import { applyEntry, emptyState, newestPublished } from '../../src/snapshot/ledger-state.ts';
import { citation } from '../../src/snapshot/manifest.ts';
import { BASE, BUILT, commit, daybook, newInstance, refresh, report, write, type Lasting } from '../integration/instance.ts';
import { DESKTOP, overflow, PHONE, violations, visit } from './pages.ts';
import { openSite } from './serve.ts';

const HOSTILE = '<img src=x onerror="window.hacked=1">';
/** Below a sub-path, as a project's site on a shared host is. */
const [ADDRESS, SITE] = ['https://example.org/sub/', '/sub/'];
const REPOSITORY = 'https://git.example.org/team/numbers';

/** Four days of jobs; the last one ran on corrected data, and published a second report. */
async function published(t: Lasting): Promise<string> {
  const hostile = report('other', 'select day, sum(orders) as orders from orders where day <= $as_of group by day', `as_of: { column: day }\nkey: [day]\nmetrics: { orders: { label: '${HOSTILE}', value: max(orders), better: higher, target: 9999 } }\n`);
  const root = await newInstance(t, { 'daybook.yml': `${BASE['daybook.yml'] as string}url: ${ADDRESS}\nrepository: ${REPOSITORY}\n` }, BUILT);
  for (const day of ['2026-01-05', '2026-01-06', '2026-01-07']) await refresh(root, [], { now: `${day}T07:00:00Z` });
  await write(root, { 'data/orders.csv': (BASE['data/orders.csv'] as string).replace('2026-01-06,north,131', '2026-01-06,north,1131'), ...hostile });
  await commit(root, 'Corrected');
  await refresh(root, ['good'], { now: '2026-01-09T07:00:00Z' });
  await refresh(root, ['good', '--as-of', '2026-01-06'], { now: '2026-01-09T08:00:00Z' });
  await refresh(root, ['other'], { now: '2026-01-09T09:00:00Z' });
  const built = await daybook(root, ['build']);
  assert.equal(built.code, 0, built.text);
  return root;
}

let root: string;

const opened = openSite(SITE, async (t) => {
  root = await published(t);
  return path.join(root, 'dist');
});
const { at } = opened;

interface Expected {
  name: string;
  value: string;
}

/** What the ledger and the manifest say. */
function expected(id: string, mode: 'as-of' | 'published', day: string): Expected | null {
  const state = readEntries(root).reduce(applyEntry, emptyState());
  const found = mode === 'as-of' ? newestPublished(state.reports.get(id)!, `${day}T23:59Z`) : newestPublished(state.reports.get(id)!, undefined, `${day}T23:59:59Z`);
  if (!found) return null;
  const name = { report: id, asOf: found.as_of, version: found.version };
  return { name: citation(name), value: Number(readManifestFile(root, name, found.manifest).metrics[0]!.value).toLocaleString('en') };
}

async function shownOn(page: Page, scope: string): Promise<Expected | null> {
  await page.locator(`${scope} .then`).first().waitFor();
  if ((await page.locator(`${scope} .then .value`).count()) === 0) return null;
  return { name: (await page.locator(`${scope} .then .citation`).first().textContent())!, value: (await page.locator(`${scope} .then .value`).first().textContent())! };
}

const DAYS = ['2026-01-04', '2026-01-05', '2026-01-06', '2026-01-07', '2026-01-08', '2026-02-01'];

test('board and report show on any day what the ledger says, as of it and as published on it', async () => {
  const { page, problems } = await visit(opened.browser, at(''), { viewport: DESKTOP });
  const differing = new Set<string>();
  for (const mode of ['as-of', 'published'] as const) {
    for (const day of DAYS) {
      const good = expected('team/good', mode, day);
      await page.goto(at(`?${mode}=${day}`), { waitUntil: 'domcontentloaded' });
      for (const [index, id] of ['team/good', 'team/other'].entries()) {
        assert.deepEqual(await shownOn(page, `.report-card >> nth=${index} >>`), expected(id, mode, day), `${id} ${mode} ${day} on the board`);
      }
      assert.equal(await page.locator('.report-card .sparkline:visible, .report-card .changes:visible, .target:visible, .targets:visible').count(), 0);
      await page.goto(at(`reports/team/good/?${mode}=${day}`), { waitUntil: 'domcontentloaded' });
      assert.deepEqual(await shownOn(page, '.report'), good, `${mode} ${day} on the report's page`);
      assert.equal(await page.locator('.chart:visible, .rows:visible, .report-head .times:visible').count(), 0);
      differing.add(JSON.stringify(good));
    }
  }
  assert.deepEqual([...differing].map((one) => (JSON.parse(one) as Expected | null)?.name ?? 'nothing').toSorted(), [
    'nothing',
    'team/good@2026-01-05.v1', 'team/good@2026-01-06.v1', 'team/good@2026-01-06.v2', 'team/good@2026-01-07.v1', 'team/good@2026-01-07.v2',
  ]);
  assert.deepEqual(problems, []);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  await page.context().close();
});

test('every number leads to its snapshot, commit, query and inputs', async () => {
  const { page, problems } = await visit(opened.browser, at('reports/team/good/?published=2026-01-06'));
  await shownOn(page, '.report');
  const [entry] = readEntries(root).slice(1);
  const links = await page.locator('.then a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
  const snapshot = at('history/team/good/2026-01/#2026-01-06.v1');
  for (const link of [snapshot, at(`runs/1/#entry-${entry!.sequence}`), `${REPOSITORY}/commit/${entry!.job.code}`, `${REPOSITORY}/blob/${entry!.job.code}/queries/team/good.sql`, `${REPOSITORY}/blob/HEAD/snapshots/2026/01/06/v1/team/good.csv`]) {
    assert.ok(links.includes(link), `${link} is not among ${links.join(' ')}`);
  }
  const text = (await page.locator('.then').textContent())!;
  assert.match(text, /orders: data\/orders\.csv.*bytes.*sha256:[0-9a-f]{64}/);
  assert.match(text, /a later version took its place at 08:00 UTC, 9 January 2026/);
  assert.match(text, /npx daybook show team\/good@2026-01-06\.v1 --rows/);
  await page.goto(snapshot);
  const row = page.locator('tr:target');
  assert.equal(await row.count(), 1);
  const inRow = await row.locator('a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
  for (const link of [`${REPOSITORY}/commit/${entry!.job.code}`, `${REPOSITORY}/blob/${entry!.job.code}/queries/team/good.sql`]) assert.ok(inRow.includes(link), link);
  await row.getByRole('link', { name: /^inputs/ }).click();
  assert.match((await page.locator('dl:target').textContent())!, /data\/orders\.csv.*sha256:[0-9a-f]{64}/);
  // Today's page: every number, and where it comes from.
  await page.goto(at('reports/team/good/'));
  const newest = at('history/team/good/2026-01/#2026-01-07.v2');
  assert.deepEqual(await page.locator('.metric .period a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href)), [newest]);
  const last = readEntries(root)[3]!.job.code;
  const provenance = await page.locator('.provenance a').evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href));
  for (const link of [newest, `${REPOSITORY}/commit/${last}`, `${REPOSITORY}/blob/${last}/queries/team/good.sql`]) assert.ok(provenance.includes(link), link);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('the control: a day, its modes, earlier and later, back to today, by keyboard', async () => {
  const { page, problems } = await visit(opened.browser, at('reports/team/good/'));
  const value = page.locator('.metrics .value:visible').first();
  const banner = page.locator('.travel-banner');
  const today = await value.textContent();
  assert.equal(await banner.isVisible(), false);
  await page.locator('.travel summary').focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Day (UTC)').fill('2026-01-06');
  await page.getByLabel('Day (UTC)').press('Enter');
  await banner.getByText('You see the numbers as of 6 January 2026, in their newest version.').waitFor();
  assert.equal(await page.locator('.travel [role=status]').textContent(), 'You see the numbers as of 6 January 2026, in their newest version. They are those of team/good@2026-01-06.v2.');
  assert.match(page.url(), /\?as-of=2026-01-06$/);
  assert.match(await page.title(), /^6 January 2026: /);
  await page.getByLabel('As published on').check();
  await page.getByRole('button', { name: 'Show' }).click();
  await banner.getByText('as they were published on 6 January 2026').waitFor();
  assert.equal((await shownOn(page, '.report'))!.name, 'team/good@2026-01-06.v1');
  const seen: string[] = [];
  for (const step of ['Later', 'Later', 'Earlier', 'Earlier', 'Earlier'] as const) {
    const before = page.url();
    await page.getByRole('button', { name: step }).click();
    await page.waitForURL((url) => url.href !== before);
    await page.waitForFunction((day) => document.querySelector('.travel-banner')!.textContent.includes(day), `${Number(new URL(page.url()).searchParams.get('published')!.slice(8))} January`);
    seen.push(`${new URL(page.url()).searchParams.get('published')} ${(await shownOn(page, '.report'))!.name}`);
  }
  assert.deepEqual(seen, [
    '2026-01-07 team/good@2026-01-07.v1', '2026-01-09 team/good@2026-01-07.v2', '2026-01-07 team/good@2026-01-07.v1', '2026-01-06 team/good@2026-01-06.v1', '2026-01-05 team/good@2026-01-05.v1',
  ]);
  assert.ok(await page.getByRole('button', { name: 'Earlier' }).isDisabled());
  await page.getByRole('link', { name: 'Back to today' }).click();
  assert.equal(await value.textContent(), today);
  assert.equal(await banner.isVisible(), false);
  assert.doesNotMatch(page.url(), /\?/);
  assert.ok(await page.locator('.rows').isVisible());
  await page.goBack();
  await banner.waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.querySelector<HTMLElement>('.travel-banner')!.hidden);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('from the board to a report the day stays; what is no day is not taken', async () => {
  const { page, problems } = await visit(opened.browser, at('?published=2026-01-06'), { viewport: DESKTOP });
  await shownOn(page, '.report-card >> nth=0 >>');
  assert.match((await page.locator('.travel-banner').textContent())!, /published on 6 January 2026\..*1 of 2 reports had been published/);
  assert.equal(await page.locator('.report-card .absent').textContent(), 'Not published yet');
  await page.getByRole('button', { name: 'Later' }).click();
  await page.waitForURL(/2026-01-07/);
  await page.waitForFunction(() => document.querySelector('.report-card .then .citation')?.textContent === 'team/good@2026-01-07.v1');
  await page.locator('.report-card h3 a').first().click();
  await page.waitForURL(/reports\/team\/good\/\?published=2026-01-07$/);
  assert.equal((await shownOn(page, '.report'))!.name, 'team/good@2026-01-07.v1');
  for (const wrong of ['?as-of=2026-02-30', '?as-of=soon', '?published=%3Cscript%3E', '?as-of=']) {
    await page.goto(at(wrong));
    assert.equal(await page.locator('.travel-banner').isVisible(), false, wrong);
    assert.equal(await page.locator('.then').count(), 0, wrong);
  }
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('of a day that the ledger does not reach it is said, and the newest that is known is shown', async () => {
  const { page, problems } = await visit(opened.browser, at('?published=2026-01-09'));
  const banner = page.locator('.travel-banner');
  for (const path of ['', 'reports/team/good/']) {
    await page.goto(at(`${path}?published=2026-01-09`));
    await banner.getByText('You see the numbers as they were published on 9 January 2026.').waitFor();
    await page.goto(at(`${path}?published=2026-01-10`));
    await banner.getByText('The ledger does not reach 10 January 2026 yet: its newest entry is of 9 January 2026. You see the numbers as they were published then.').waitFor();
    await page.goto(at(`${path}?as-of=2030-01-01`));
    await banner.getByText('does not reach 1 January 2030 yet').getByText('You see the newest numbers that it has.').waitFor();
  }
  assert.equal((await shownOn(page, '.report'))!.name, 'team/good@2026-01-07.v2');
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('a file that cannot be fetched leaves today’s numbers, and says so', async () => {
  const { page } = await visit(opened.browser, at('reports/team/good/'));
  await page.route('**/history/*.json', (route) => route.abort());
  await page.goto(at('reports/team/good/?as-of=2026-01-06'));
  await page.locator('.travel-banner').getByText('could not be loaded; these are today’s').waitFor();
  assert.ok(await page.locator('.rows').isVisible());
  await page.unroute('**/history/*.json');
  await page.locator('.travel summary').click();
  await page.getByLabel('Day (UTC)').fill('2026-01-06');
  await page.getByRole('button', { name: 'Show' }).click();
  assert.equal((await shownOn(page, '.report'))!.name, 'team/good@2026-01-06.v2');
  await page.context().close();
});

test('without script the control is not there, and the month pages serve', async () => {
  for (const path of ['', 'reports/team/good/']) {
    const { page } = await visit(opened.browser, at(`${path}?as-of=2026-01-06`), { javaScriptEnabled: false });
    assert.equal(await page.locator('.travel').isVisible(), false);
    assert.equal(await page.locator('.travel-banner').isVisible(), false);
    if (path) {
      await page.locator('.history .months a').first().click();
      assert.match((await page.locator('tr', { hasText: '6 January 2026' }).first().textContent())!, /1,208/);
    }
    await page.context().close();
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`${colorScheme}: another day fits phone and desktop, and axe finds nothing serious`, async () => {
    for (const path of ['?published=2026-01-06', 'reports/team/good/?published=2026-01-06', 'reports/team/good/?as-of=2020-01-01']) {
      for (const viewport of [PHONE, DESKTOP]) {
        const { page } = await visit(opened.browser, at(path), { colorScheme, viewport });
        await page.locator('.then').first().waitFor();
        assert.deepEqual(await overflow(page), [], path);
        assert.deepEqual(await violations(page), [], path);
        await page.context().close();
      }
    }
  });
}

test('printed, a page shows the day and says which', async () => {
  const { page } = await visit(opened.browser, at('reports/team/good/?as-of=2026-01-05'), { viewport: DESKTOP });
  await shownOn(page, '.report');
  await page.emulateMedia({ media: 'print' });
  assert.ok(await page.locator('.travel-banner strong').isVisible());
  assert.ok(await page.locator('.then .value').first().isVisible());
  assert.equal(await page.locator('.travel').isVisible(), false);
  assert.equal(await page.locator('.rows').isVisible(), false);
  await page.context().close();
});
