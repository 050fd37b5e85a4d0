import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { filesOf } from '../../scripts/world/files.ts';
import { preview, type Previewed } from '../../scripts/preview/preview.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { BASE, BUILT, daybook, newInstance, quietWorld, refresh, report, tree, write } from '../integration/instance.ts';

import { HOSTILE, reviewed } from './fixture-review.ts';
import { clippedLabels, DESKTOP, overflow, PHONE, violations, visit } from './pages.ts';
import { openSite } from './serve.ts';

/** Below a sub-path, as a project's site on a shared host is. */
const [ADDRESS, SITE] = ['https://example.org/sub/', '/sub/'];
const SHAPE = 'as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: sum(orders), format: ",d" } }\ndimensions: { region: { label: Region } }\n';
const CHARTS = 'charts: [{ type: line, y: orders }, { type: line, y: orders, by: region }, { type: bar, y: orders, x: region }]\n';
const ROWS = 'select day, region, orders from orders where day <= $as_of';
const NAMES = 'select day, region, region as name, orders from orders where day <= $as_of';
const CHANGES = { 'team/hostile': 'modified', 'team/good': 'modified', 'team/fails': 'modified', 'team/people': 'modified', 'team/added': 'added', 'team/gone': 'removed', 'team/words': 'described' } as const;
const LONG = { now: '2026-01-08T07:00:00Z' };

let root: string;
let built: Previewed;
let standing: Map<string, string>;

const opened = openSite(SITE, async (t) => {
  const people = `${SHAPE.replace('dimensions: { region: { label: Region } }', 'dimensions: { name: { personal: true } }')}charts: [{ type: bar, y: orders, x: name }]\n`;
  root = await newInstance(t, {
    'daybook.yml': `${BASE['daybook.yml'] as string}url: ${ADDRESS}\npersonal_store: ../people\n`,
    ...report('good', ROWS, SHAPE + CHARTS), ...report('hostile', ROWS, SHAPE + CHARTS), ...report('fails', ROWS, SHAPE), ...report('gone', ROWS, SHAPE), ...report('words', ROWS, SHAPE), ...report('other', ROWS, SHAPE), ...report('people', NAMES, people),
  }, BUILT);
  await refresh(root, [], LONG);
  assert.equal((await daybook(root, ['build'], LONG)).code, 0);
  standing = await tree(path.join(root, 'dist'));

  const base = loadDefinitions(root);
  const hostile = report('hostile', `${ROWS} and region <> 'south'`, SHAPE.replace('label: Orders', `label: '${HOSTILE}'`).replace('label: Region', `label: '${HOSTILE}'`) + CHARTS);
  await write(root, {
    ...report('good', `select day, case when region = 'north' then 'nördlich' else region end as region, orders * 2 as orders from orders where day <= $as_of and day > '2026-01-05'`, SHAPE + CHARTS),
    ...hostile, 'reports/team/hostile.yml': (hostile['reports/team/hostile.yml'] as string).replace('title: Report hostile', `title: '${HOSTILE}'`),
    ...report('fails', 'select nothing from orders', SHAPE), ...report('added', ROWS, SHAPE + CHARTS), ...report('people', `${NAMES} and region = 'north'`, people),
    'reports/team/words.yml': (report('words', '', SHAPE)['reports/team/words.yml'] as string).replace('Report words', 'Better words'),
  });
  for (const file of ['reports/team/gone.yml', 'queries/team/gone.sql']) await rm(path.join(root, file));
  const { sides, made } = await reviewed(root, base, loadDefinitions(root), CHANGES, 'team/hostile');
  built = await preview(quietWorld(root, { now: '2026-01-09T12:00:00Z' }), sides, made, { out: 'preview', pull: 12 });
  return built.folder;
});
const { at } = opened;

const PAGES = ['review/', ...Object.keys(CHANGES).map((id) => `review/${id}/`)];

async function html(page: string): Promise<string> {
  return readFile(path.join(built.folder, page, 'index.html'), 'utf8');
}

test('every page of a preview says that it is one, and only affected pages were built', async () => {
  const pages = (await filesOf(built.folder)).filter((file) => file.endsWith('.html'));
  assert.ok(pages.length > 30 && built.pages === pages.length, `${pages.length}`);
  for (const page of pages) {
    const text = await readFile(page, 'utf8');
    assert.equal(text.split('class="preview-banner"').length, 2, page);
    assert.match(text, /<meta name="robots" content="noindex">/, page);
    assert.match(text, /<a href="\/sub\/review\/">Review<\/a>/, page);
  }
  assert.equal(built.built, Object.keys(CHANGES).length);
  const [before, now] = [standing.get('reports/team/other/index.html')!, await readFile(path.join(built.folder, 'reports/team/other/index.html'), 'latin1')];
  assert.equal(now.replace(/<aside class="preview-banner".*?<\/aside>/, '').replace('<meta name="robots" content="noindex">', ''), before);
});

test('every link of the review leads somewhere', async () => {
  for (const name of PAGES) {
    for (const [, href] of (await html(name)).matchAll(/<a\b[^>]*\shref="\/sub\/([^"#]*)/g)) {
      const target = path.join(built.folder, href!.endsWith('/') || href === '' ? `${href}index.html` : href!);
      assert.ok(await stat(target).then(() => true, () => false), `${name} → ${href}`);
    }
  }
});

test('the site that stands, its facts and the ledger are as they were', async () => {
  assert.deepEqual(await tree(path.join(root, 'dist')), standing);
  assert.deepEqual((await filesOf(path.join(root, '.daybook/local'))), []);
  assert.deepEqual((await filesOf(path.join(root, '.daybook/preview'))), []);
  assert.equal([...standing.keys()].some((file) => file.startsWith('review/')), false);
});

test('the head’s numbers stand on its pages as proposed ones', async () => {
  const good = await html('reports/team/good');
  assert.match(good, /Proposed numbers:<\/strong> <bdi>what commit [0-9a-f]{10} of more-.* makes of \d+ files?, as of \d+ January 2026<\/bdi>\. Nobody has published them; readers have <a [^>]*>team\/good@2026-01-0\d\.v1<\/a>/);
  assert.match(good, /Last published run<\/dt>/);
  assert.match(good, /proposed, not in the ledger/);
  assert.doesNotMatch(good, /Local results|someone’s machine/);
  assert.match(good, />420</);
  assert.match(await html('reports/team/words'), /Better words.*Touched by the change\./s);
  assert.match(await html('reports/team/gone'), /Its definition is gone/);
  assert.match(await html('reports/team/added'), /Proposed numbers:.*Nobody has published them\./);
  assert.doesNotMatch(await html('reports/team/added'), /Last (published )?run</);
});

test('a page of the review tells what the change does', async () => {
  const good = await html('review/team/good');
  for (const words of [/metrics/, /Waived by Ann until 2026-12-31: seen/, /Orders.*210.*420/s, /Before is dashed/, /<td>removed<\/td>/, /-from orders/, /was 2026|2026-01-07/]) assert.match(good, words);
  assert.match(good, /stroke-dasharray="7 4"/);
  assert.match(good, /href="\/sub\/review\/team\/good\/good-changes\.csv"/);
  assert.match(await readFile(path.join(built.folder, 'review/team/good/good-changes.csv'), 'utf8'), /^change,day,region,orders\n/);
  assert.match(await html('review/team/fails'), /query-/);
  assert.match(await html('review/team/added'), /To be looked at/);
  const index = await html('review');
  assert.match(index, /Block: 7 affected reports/);
  assert.doesNotMatch(index + (await html('review/team/hostile')), /\u202e/);
});

test('of a report about people no value of a row is in the preview', async () => {
  const page = await html('review/team/people');
  assert.match(page, /no value of a row is shown here/);
  assert.doesNotMatch(page, /changes\.csv|class="changed-rows|Orders by name/);
  assert.doesNotMatch(await html('reports/team/people'), /Proposed numbers/);
});

for (const viewport of [PHONE, DESKTOP]) {
  test(`at ${viewport.width} px nothing overflows or runs that should not`, async () => {
    for (const name of [...PAGES, '', 'reports/team/hostile/']) {
      const { page, problems } = await visit(opened.browser, at(name), { viewport });
      assert.deepEqual(problems, [], name);
      assert.deepEqual(await overflow(page), [], name);
      assert.deepEqual(await clippedLabels(page), [], name);
      assert.equal(await page.evaluate('window.hacked'), undefined, name);
      assert.ok(await page.locator('.preview-banner').isVisible());
      await page.emulateMedia({ media: 'print' });
      assert.ok(await page.locator('.preview-banner').isVisible());
      await page.context().close();
    }
  });
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`${colorScheme}: axe finds nothing serious`, async () => {
    for (const name of PAGES) {
      const { page } = await visit(opened.browser, at(name), { colorScheme, viewport: DESKTOP });
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      assert.deepEqual(await violations(page, colorScheme === 'dark' ? ['color-contrast'] : []), [], name);
      await page.context().close();
    }
  });
}

test('changed rows are browsed by kind and text; without JavaScript all are there', async () => {
  const plain = await visit(opened.browser, at('review/team/good/'), { javaScriptEnabled: false });
  const rows = '.changed-rows tbody tr';
  assert.equal(await plain.page.locator('.rows-filter').isVisible(), false);
  assert.equal(await plain.page.locator(rows).count(), 8);
  assert.ok(await plain.page.locator(rows).last().isVisible());
  await plain.page.context().close();

  const { page } = await visit(opened.browser, at('review/team/good/'));
  await page.selectOption('#rows-kind', 'added');
  assert.equal(await page.locator(`${rows}:visible`).count(), 2);
  await page.fill('#rows-text', '01-07');
  assert.deepEqual(await page.locator(`${rows}:visible th`).allTextContents(), ['2026-01-07']);
  assert.equal(await page.locator('.rows-filter [role=status]').textContent(), '1 to 1 of 1');
  const all = await page.locator(rows).count();
  assert.ok(all > 1);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator(`${rows}:visible`).count(), all, 'paper has what the filter hides');
  await page.emulateMedia({ media: 'screen' });
  await page.context().close();
});

test('on a phone fields, buttons and what unfolds are as high as a finger is wide', async () => {
  const { page } = await visit(opened.browser, at('review/team/good/'), { isMobile: true, hasTouch: true });
  const low = await page.locator('main :is(input, select, button, summary:not(.digest summary)):visible, .bar a:visible, .times > a:visible').evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 60)));
  assert.deepEqual(low, []);
  await page.context().close();
});

test('on a phone the list of reports is read without scrolling within it', async () => {
  const { page } = await visit(opened.browser, at('review/'), { viewport: PHONE });
  const list = page.locator('.scroll:has(> .reviewed)');
  assert.deepEqual(await list.evaluate(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) => [scrollWidth - clientWidth, scrollHeight - clientHeight]), [0, 0]);
  assert.ok(await list.getByText('Orders: ').first().isVisible());
  await page.context().close();
});

test('with letters of twice the size a phone needs no scrolling sideways', async () => {
  const { page } = await visit(opened.browser, at('review/team/good/'), { viewport: PHONE });
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  assert.deepEqual(await overflow(page), []);
  await page.context().close();
});

test('no two regions of a page have one name, folded or not', async () => {
  for (const name of [...PAGES, 'reports/team/good/']) {
    const { page } = await visit(opened.browser, at(name), { viewport: DESKTOP });
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
    const names: string[] = (await page.locator('main').ariaSnapshot()).match(/- region "[^"]*"/g) ?? [];
    // Two charts of the fixture have one title.
    assert.deepEqual(names.filter((one, at) => names.indexOf(one) !== at && !one.includes('Orders by region')), [], name);
    await page.context().close();
  }
});

test('on paper each chart has its data', async () => {
  for (const name of ['review/team/good/', 'reports/team/good/']) {
    const { page } = await visit(opened.browser, at(name), { viewport: DESKTOP });
    await page.emulateMedia({ media: 'print' });
    const tables = page.locator('.charts:not(details.same *) > .chart details table');
    assert.ok((await tables.count()) > 1, name);
    assert.deepEqual(await overflow(page), [], name);
    for (const table of await tables.all()) assert.ok(await table.evaluate((one) => one.checkVisibility({ contentVisibilityAuto: true })), name);
    await page.context().close();
  }
});

test('why a gate was waived has room, however long it is', async () => {
  const { page } = await visit(opened.browser, at('review/team/good/'), { viewport: DESKTOP });
  const waived = page.locator('.gates .waived');
  await waived.locator('.waiver').evaluate((one) => (one.textContent = 'Waived by somebody: a reason of several words. '.repeat(3)));
  assert.ok((await waived.evaluate((one) => one.getBoundingClientRect().height)) < 120);
  await page.context().close();
});

test('what a gate is about is whole, however long its name', async () => {
  const { page } = await visit(opened.browser, at('review/team/hostile/'), { viewport: DESKTOP });
  const cut = await page.locator('.gates tbody th:visible').evaluateAll((all) => all.filter((one) => {
    one.querySelector('.beside')?.replaceChildren('a long name of a metric '.repeat(20));
    return one.scrollWidth > one.clientWidth + 1;
  }).length);
  assert.equal(cut, 0);
  await page.context().close();
});

test('on a phone a date among rows and profiles is on one line', async () => {
  const { page } = await visit(opened.browser, at('review/team/good/'));
  const broken = await page.locator('.changed-rows tbody th, .distribution .number').evaluateAll((all) => all.filter((one) => /^\d{4}-\d{2}-\d{2}$/.test(one.textContent.trim()) && one.getBoundingClientRect().height > 36).map((one) => one.textContent));
  assert.deepEqual(broken, []);
  assert.deepEqual(await page.locator('.backtest tbody th').evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height > 36).map((one) => one.textContent)), []);
  await page.context().close();
});

test('on a phone gates and metrics are whole, without a column out of sight, and tables still', async () => {
  const { page } = await visit(opened.browser, at('review/team/good/'));
  assert.deepEqual(await page.locator('.scroll:has(.stacked):visible').evaluateAll((all) => all.map((one) => one.scrollWidth - one.clientWidth)), [0, 0]);
  const narrow = await page.locator('.stacked :is(td, th):last-child:visible').evaluateAll((all) => all.filter((one) => one.closest('tbody') && one.getBoundingClientRect().width < 300).length);
  assert.equal(narrow, 0);
  const metrics = page.getByRole('region', { name: 'Metrics', exact: true }).getByRole('table');
  assert.deepEqual(await metrics.getByRole('columnheader').allTextContents(), ['Metric', 'Before', 'After', 'Change']);
  assert.equal(await metrics.getByRole('rowheader', { name: 'Orders' }).count(), 1);
  const hidden = await page.locator('.scroll:has(.stacked):visible').evaluateAll((all) => all.map((one) => {
    const rows = one.querySelector('tbody')!;
    rows.append(...Array.from({ length: 20 }, () => rows.rows[0]!.cloneNode(true)));
    return one.scrollHeight - one.clientHeight;
  }));
  assert.deepEqual(hidden, [0, 0], 'no card is out of sight below');
  await page.context().close();
});

test('a preview is written over nothing but an earlier preview', async () => {
  const made = await reviewed(root, loadDefinitions(root), loadDefinitions(root), {}, '');
  await mkdir(path.join(root, 'mine'));
  await writeFile(path.join(root, 'mine/work.txt'), 'mine');
  for (const out of ['mine', '.', '..', 'daybook.yml']) await assert.rejects(preview(quietWorld(root), made.sides, made.made, { out, pull: null }), { code: 'wrong-use' }, out);
  assert.equal(await readFile(path.join(root, 'mine/work.txt'), 'utf8'), 'mine');
});
