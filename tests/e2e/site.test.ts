import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildFixture, newFolder } from './build.ts';
import { HARD_CASES } from './fixture-cases.ts';
import { brokenWords, clippedLabels, DESKTOP, dropAlike, overflow, PHONE, violations, visit } from './pages.ts';
import { openSite } from './serve.ts';

/** A sub-path, as a project's site on a shared host has: a link that forgets it is broken. */
const BASE = '/daybook/';
const REGULAR = 'reports/aviation/flights-0/';

let site: string;

const opened = openSite(BASE, async (t) => {
  const folder = await newFolder('site');
  t.after(() => rm(folder, { recursive: true, force: true }));
  site = await buildFixture(folder, { reports: HARD_CASES.length + 9, url: `https://example.org${BASE}` });
  return site;
});
const { at } = opened;

const KINDS = [
  '', 'teams/aviation/', REGULAR, 'reports/hazards/hostile/', 'reports/platform/uptime/', 'reports/hazards/rtl/', 'history/aviation/flights-0/2001-06/',
  'reports/economy/flights-2/', 'history/economy/flights-2/2001-06/', 'history/economy/flights-2/2001-07/',
  'reports/aviation/flights-0/compare/', 'reports/hazards/hostile/compare/', 'reports/climate/wide/compare/', 'restatements/', 'restatements/1/', 'runs/', 'runs/1/', 'search/', '404.html', 'docs/', 'docs/errors/', 'docs/reference/',
];
const PAGES = [...KINDS, ...HARD_CASES.map(({ id }) => `reports/${id}/`).filter((path) => !KINDS.includes(path))];

for (const viewport of [PHONE, DESKTOP]) {
  test(`at ${viewport.width} px nothing overflows, runs that should not, or asks another host`, async () => {
    const docs = (await readdir(join(site, 'docs'), { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => `docs/${name}/`);
    for (const path of new Set([...PAGES, ...docs])) {
      const { page, problems } = await visit(opened.browser, at(path), { viewport });
      assert.deepEqual(problems, [], path);
      assert.deepEqual(await overflow(page), [], path);
      assert.deepEqual(await clippedLabels(page), [], path);
      assert.deepEqual(await brokenWords(page), [], path);
      assert.equal(await page.evaluate('window.hacked'), undefined, path);
      await page.context().close();
    }
  });
}

test('a month’s snapshots, with what is kept of each, are read without scrolling sideways', async () => {
  for (const path of ['history/aviation/flights-0/2001-06/', 'history/economy/flights-2/2001-06/']) {
    const { page } = await visit(opened.browser, at(path), { viewport: DESKTOP });
    const beyond = (): Promise<number> => page.locator('.scroll').first().evaluate((region) => region.scrollWidth - region.clientWidth);
    assert.equal(await beyond(), 0, path);
    await page.setViewportSize({ width: 718, height: 900 });
    await page.emulateMedia({ media: 'print' });
    assert.deepEqual(await overflow(page), [], 'a page of A4');
    assert.ok(await page.locator('.kept .digest .path').first().isVisible(), path);
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize(PHONE);
    assert.equal(await beyond(), 0, path);
    await page.context().close();
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`${colorScheme}: axe finds nothing serious`, async () => {
    for (const path of KINDS) {
      const { page } = await visit(opened.browser, at(path), { colorScheme, viewport: path === '' ? PHONE : DESKTOP });
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      // What a scheme changes is colour.
      assert.deepEqual(await violations(page, colorScheme === 'dark' ? ['color-contrast'] : []), [], path);
      await page.context().close();
    }
  });
}

test('the checks above see what they look for', async () => {
  const { page, problems } = await visit(opened.browser, at('docs/'));
  await page.evaluate(() => {
    document.querySelector('main')!.insertAdjacentHTML('beforeend', '<p class="wide">wide</p><p class="faint">faint</p>');
    const [wide, faint] = ['.wide', '.faint'].map((name) => document.querySelector<HTMLElement>(name)!);
    wide!.style.width = '2000px';
    faint!.style.color = '#eeeeee';
    document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.hacked = 1' }));
  });
  assert.equal((await overflow(page)).length, 2);
  assert.match((await violations(page)).join(), /color-contrast/);
  await page.evaluate(() => document.querySelector('main')!.insertAdjacentHTML('beforeend', `<ol>${['1', '2', '3', '4', '<b>5</b>', '<b></b>', '<b class="faint">7</b>'].map((text) => `<li>${text}</li>`).join('')}</ol>`));
  await dropAlike(page);
  assert.equal(await page.locator('main ol').last().innerHTML(), '<li>1</li><li>2</li><li>3</li><li><b>5</b></li><li><b></b></li><li><b class="faint">7</b></li>');
  assert.match(problems.join(), /Content Security Policy/);
  assert.equal(await page.evaluate('window.hacked'), undefined);
  await page.context().close();
});

test('without JavaScript a page is complete: numbers, charts, table, source', async () => {
  const { page, problems } = await visit(opened.browser, at(REGULAR), { javaScriptEnabled: false });
  assert.deepEqual(problems, []);
  assert.equal(await page.locator('.metric .value').count(), 3);
  assert.ok(await page.locator('.chart-svg.narrow').first().isVisible());
  assert.equal(await page.locator('.chart-svg.wide').first().isVisible(), false);
  assert.equal(await page.locator('.rows tbody tr').count(), 181);
  assert.match((await page.locator('.chart .source').first().textContent())!, /US Bureau of Transportation Statistics.*As of 30 June 2001.*aviation\/flights-0@2001-06-30\.v1/s);
  await page.goto(at('search/'));
  assert.ok(await page.locator('noscript', { has: page.locator('p') }).isVisible());
  await page.context().close();
});

test('a report page weighs less than 60 KB', async () => {
  const html = await readFile(join(site, 'reports/climate/flights-1/index.html'));
  const assets = [...html.toString().matchAll(/(?:href|src)="\/daybook\/(_astro\/[^"]+|icon\.svg)"/g)].map(([, path]) => path!);
  assert.ok(assets.some((path) => path.endsWith('.css')) && assets.some((path) => path.endsWith('.woff2')), assets.join());
  const bytes = await Promise.all([...new Set(assets)].map((path) => readFile(join(site, path))));
  const total = [html, ...bytes].reduce((sum, content) => sum + gzipSync(content).length, 0);
  assert.ok(total < 60_000, `${total} bytes`);
  const style = await Promise.all(assets.filter((path) => path.endsWith('.css')).map((path) => readFile(join(site, path), 'utf8')));
  const fonts = style.join('').match(/url\([^)]*latin-wght[^)]*\)/g) ?? [];
  assert.ok(fonts.every((font) => assets.some((path) => font.includes(path.split('/').at(-1)!))), 'the preloaded font is the one that the style asks for');
});

test('a title that turns the direction of writing round turns nothing round beside it', async () => {
  const { page } = await visit(opened.browser, at('reports/climate/rain/'));
  const told = await page.locator('title, meta[content]').evaluateAll((elements) => elements.map((element) => element.getAttribute('content') ?? element.textContent).join());
  assert.match(told, /Rain with gaps · Daybook demo/);
  assert.doesNotMatch(told, /[\u202a-\u202e\u2066-\u2069]/);
  await page.context().close();
});

test('a table’s digits stand in columns', async () => {
  const { page } = await visit(opened.browser, at(REGULAR));
  const widths = await page.evaluate(() => ['1111', '0000', '7777'].map((digits) => {
    const cell = document.querySelector('.rows td.number')!.appendChild(document.createElement('span'));
    cell.textContent = digits;
    return cell.getBoundingClientRect().width;
  }));
  assert.equal(new Set(widths).size, 1, widths.join());
  await page.context().close();
});

test('on a phone the numbers come first', async () => {
  for (const path of ['', REGULAR]) {
    const { page } = await visit(opened.browser, at(path));
    const box = await page.locator('.value').first().boundingBox();
    assert.ok(box && box.y < PHONE.height * 0.6, `${path}: ${box?.y}`);
    await page.context().close();
  }
});

test('the board says first which numbers miss their target, as the cards and the reports’ pages do', async () => {
  const { page } = await visit(opened.browser, at(''), { javaScriptEnabled: false });
  const listed = await page.locator('.targets li').evaluateAll((all) => all.map((one) => ({ href: one.querySelector('a')!.href, numbers: one.querySelector('span')!.textContent.split('; ') })));
  assert.ok(listed.length > 1);
  assert.equal(await page.locator('.targets summary:visible').textContent(), `${listed.length} reports miss a target`);
  const cards = await page.locator('.report-card:has(.target.worse)').evaluateAll((all) => all.map((one) => one.querySelector('a')!.href));
  assert.deepEqual(cards, listed.map(({ href }) => href));
  for (const { href, numbers } of listed.slice(0, 2)) {
    assert.match(numbers[0]!, /^On time 7\d\.\d%, target 80\.0%$/);
    await page.goto(href);
    assert.equal(await page.locator('.target.worse').count(), numbers.length, href);
  }
  await page.context().close();
});

test('printed, a page has its whole table and no navigation, and is light', async () => {
  const { page } = await visit(opened.browser, at(REGULAR), { colorScheme: 'dark', viewport: DESKTOP });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  assert.equal(await page.locator('.site-header nav').isVisible(), false);
  assert.ok(await page.locator('.rows tbody tr').last().isVisible());
  const table = await page.evaluate(() => {
    const region = document.querySelector('.rows .scroll')!;
    return { shown: region.clientHeight, all: region.scrollHeight, colour: getComputedStyle(document.body).color };
  });
  assert.ok(table.shown >= table.all - 1);
  assert.equal(table.colour, 'rgb(0, 0, 0)');
  await page.context().close();
});

test('the rows of a report are found by words and sorted by a column, as long as nobody prints them', async () => {
  const { page, problems } = await visit(opened.browser, at(REGULAR), { viewport: PHONE });
  const rows = page.locator('.rows tbody tr:visible');
  const shown = (column: number): Promise<string[]> => page.locator(`.rows tbody tr:visible > :nth-child(${column})`).allTextContents();
  const asSorted = await shown(1);
  assert.equal(asSorted.length, 181);
  const heights = await page.locator('.rows tbody th').evaluateAll((cells) => cells.map((cell) => cell.getClientRects().length === 1 && cell.clientHeight < 2 * parseFloat(getComputedStyle(cell).lineHeight)));
  assert.ok(heights.every(Boolean), 'no date stands on two lines');
  await page.getByLabel('Rows with the words').fill('2001-06 -1');
  const found = await shown(1);
  assert.deepEqual(found, asSorted.filter((day) => day.includes('2001-06') && day.includes('-1')));
  assert.equal(await page.locator('.rows [role=status]').textContent(), `${found.length} of these 181 rows.`);
  const heading = page.locator('.rows th', { hasText: 'Flights' });
  await heading.getByRole('button').click();
  const numbers = (await shown(2)).map((text) => Number(text.replaceAll(',', '')));
  assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
  assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
  await heading.getByRole('button').press('Enter');
  assert.deepEqual((await shown(2)).map((text) => Number(text.replaceAll(',', ''))), numbers.toReversed());
  await page.emulateMedia({ media: 'print' });
  assert.equal(await rows.count(), 181, 'paper has them all');
  assert.ok(await page.locator('.rows-filter').isHidden());
  await page.emulateMedia({ media: 'screen' });
  await heading.getByRole('button').click();
  assert.deepEqual(await shown(1), found, 'a third time, they stand as the report sorts them');
  await page.getByLabel('Rows with the words').fill('nowhere');
  assert.equal(await page.locator('.rows [role=status]').textContent(), 'None of these 181 rows.');
  assert.deepEqual(problems, []);
  assert.deepEqual(await violations(page), []);
  await page.context().close();
});

test('of a part of the rows no column sorts: the largest of it need not be the largest', async () => {
  const { page } = await visit(opened.browser, at('reports/climate/wide/'));
  assert.match((await page.locator('.rows .section-head').textContent())!, /The first [\d,]+ of [\d,]+ rows/);
  await page.getByLabel('Rows with the words').fill('x');
  assert.equal(await page.locator('.rows thead button').count(), 0);
  await page.context().close();
});

test('a keyboard reaches the content first and every region that scrolls', async () => {
  const { page } = await visit(opened.browser, at('reports/climate/wide/'));
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');
  const unreachable = await page.evaluate(() => [...document.querySelectorAll('.scroll')].filter((region) => {
    const named = region.getAttribute('aria-label') ?? document.getElementById(region.getAttribute('aria-labelledby') ?? '')?.textContent;
    return (region as HTMLElement).tabIndex !== 0 || region.getAttribute('role') !== 'region' || !named;
  }).length);
  assert.equal(unreachable, 0);
  await page.context().close();
});

test('a time that is past is marked by script alone', async () => {
  const past = await visit(opened.browser, at(REGULAR));
  assert.match((await past.page.locator('.report-head .times').textContent())!, /1 July 2001\s+overdue/);
  const future = await visit(opened.browser, at('reports/platform/new/'));
  assert.doesNotMatch((await future.page.locator('.report-head .times').textContent())!, /overdue/);
  await past.page.context().close();
  await future.page.context().close();
});

test('search finds a report by title, team, description, metric and current value', async () => {
  const { page, problems } = await visit(opened.browser, at('search/'));
  const balance = /Departures, cancellations/;
  const queries: [string, RegExp][] = [
    ['US flights', /^US flights by day$/], ['Platform', /Uptime of the platform/], ['value of sixteen', balance], ['Balance of all accounts', balance],
    ['1,234,567,890.12', balance], ['1234567890.12', balance], ['40.70%', /Uptime/], ['تقرير', /تقرير/],
  ];
  for (const [query, title] of queries) {
    await page.fill('#query', query);
    await page.locator('#results li:first-child a', { hasText: title }).waitFor({ timeout: 10_000 });
  }
  await page.fill('#query', 'zzzzzz');
  await page.getByText('Nothing found').waitFor();
  await page.goto(at('search/?q=hostile'));
  await page.locator('#results a').first().waitFor();
  assert.equal(await page.evaluate('window.hacked'), undefined);
  await page.locator('#results a').first().click();
  await page.waitForURL(at('reports/hazards/hostile/'));
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('schemas lie on the site as the repository has them', async () => {
  for (const [name, file] of [['report', 'report/schema/report'], ['source', 'report/schema/source'], ['instance', 'report/schema/instance'], ['review', 'review/schema/review']]) {
    assert.equal(await readFile(join(site, `schema/${name}.json`), 'utf8'), await readFile(new URL(`../../src/${file}.json`, import.meta.url), 'utf8'), name);
  }
});

test('every link within the site leads to a page and its anchor, and ids are unique', async () => {
  const files = (await readdir(site, { recursive: true })).filter((name) => name.endsWith('.html')).map((name) => name.replaceAll('\\', '/'));
  const ids = new Map<string, Set<string>>();
  const links: { from: string; href: string }[] = [];
  for (const file of files) {
    const html = await readFile(join(site, file), 'utf8');
    const found = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => decode(id!));
    assert.deepEqual(found.filter((id, index) => found.indexOf(id) !== index), [], `${file} repeats an id`);
    const page = BASE + file.replace(/index\.html$/, '');
    ids.set(page, new Set(found));
    for (const [, href] of html.matchAll(/<a\b[^>]*\shref="([^"]+)"/g)) links.push({ from: page, href: decode(href!) });
  }
  const broken = new Set<string>();
  for (const { from, href } of links) {
    const url = new URL(href, `http://site${from}`);
    const isSchema = url.pathname.startsWith(`${BASE}schema/`);
    if (isSchema && !existsSync(join(site, url.pathname.slice(BASE.length)))) broken.add(`${from} → ${href}`);
    if (url.host !== 'site' || /\.(csv|json|txt)$/.test(url.pathname) || url.protocol === 'mailto:') continue;
    const anchor = decodeURIComponent(url.hash.slice(1));
    const target = ids.get(url.pathname);
    if (!target || (anchor && !target.has(anchor))) broken.add(`${from} → ${href}`);
  }
  assert.deepEqual([...broken], []);
  assert.ok(links.length > 1000);
});

function decode(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&#34;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#38;', '&').replaceAll('&amp;', '&');
}
