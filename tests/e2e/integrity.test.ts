import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { filesOf } from '../../scripts/world/files.ts';
import type { Comparison } from '../../src/analysis/comparison/comparison.ts';
import { comparisonTables } from '../../src/present/comparison/tables.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { BASE, BUILT, commit, daybook, entries, newInstance, refresh, report, write } from '../integration/instance.ts';
import { DESKTOP, overflow, PHONE, violations, visit } from './pages.ts';
import { openSite } from './serve.ts';

/*
 * A real instance: corrections of what was published, a result that waits for approval, snapshots that have left the
 * work tree, rows with personal data; built, served, and read in a browser.
 */

const ORDERS = BASE['data/orders.csv'] as string;
const WILD = ['<script>window.hacked=1</script>', 'القاهرة', `"quoted", ${'long '.repeat(60)}`, '=1+1', 'plain'];
const NAME = 'Ada Byron';
/** A metric of the result that nobody has approved: 208 × 7,919. */
const HELD = /1,?647,?152/;

let root: string;

function wild(amounts: string[]): string {
  return `day,who,amount\n${WILD.map((who, at) => `2026-01-05,"${who.replaceAll('"', '""')}",${amounts[at] ?? ''}\n`).join('')}`;
}

const opened = openSite('/', async (t) => {
  const careful = (approval: string): string => report('careful', '', `as_of: { column: day }\nkey: [day, region]\ntime: { column: day, period: day }\nmetrics: { orders: { label: Orders, value: sum(orders), format: ",d" } }\n${approval}`)['reports/team/careful.yml'] as string;
  const days = (keep: string): string => report('days', '', `key: [day]\nmetrics: { n: { label: Day, value: sum(n) } }\n${keep}`)['reports/team/days.yml'] as string;
  const named = (total: string, twice: string, more = '') => report('named', `select day, region, orders as ${total}, 2 * orders as ${twice} from orders where day <= $as_of`, `as_of: { column: day }\nkey: [day, region]\n${more}`);
  root = await newInstance(t, {
    'daybook.yml': `${BASE['daybook.yml'] as string}personal_store: ../store\nrepository: https://example.org/daybook\n`,
    ...report('careful', 'select day, region, orders * 7919 as orders from orders where day <= $as_of'), 'reports/team/careful.yml': careful(''),
    ...named('total', 'twice'),
    ...report('days', 'select $as_of as day, day(cast($as_of as date)) as n'), 'reports/team/days.yml': days(''),
    'data/wild.csv': wild(['1234567890.12', '2', '3', '4', '0.1']), 'queries/sources/wild.yml': 'files: data/wild.csv\ncolumns: { day: DATE, amount: DOUBLE }\n',
    'reports/team/wild.yml': 'title: <b>Wild</b>\nteam: team\nowner: t@example.org\ndescription: Awkward cells.\nsources: [wild]\nschedule: { cron: "0 6 * * *" }\nas_of: { column: day }\nkey: [who]\nmetrics: { amount: { label: <i>Amount</i>, value: sum(amount), format: ",.2f" } }\n',
    'queries/team/wild.sql': 'select day, who, amount from wild where day <= $as_of\n',
    'data/people.csv': `day,name,visits\n2026-01-05,${NAME},3\n2026-01-05,Grace Murray,4\n`, 'queries/sources/people.yml': 'files: data/people.csv\ncolumns: { day: DATE }\n',
    'reports/team/people.yml': 'title: People\nteam: team\nowner: t@example.org\ndescription: Who came.\nsources: [people]\nschedule: { cron: "0 6 * * *" }\nkey: [name]\nsort: [name]\ncolumns: { name: { personal: true } }\ndimensions: { name: {} }\nmetrics: { visits: { label: Visits, value: sum(visits) } }\ncharts: [{ type: bar, y: visits, x: name }]\nchecks: [{ column: name, min: "A" }]\n',
    'queries/team/people.sql': 'select day, name, visits from people where day <= $as_of\n',
  }, BUILT);
  await mkdir(path.join(root, '../store'));
  const keep = async (asOf: string, ...ids: string[]): Promise<void> => {
    const { code, failed, err } = await refresh(root, ['--as-of', asOf, ...ids]);
    assert.equal(code, 0, JSON.stringify(failed) + err);
  };
  await keep('2026-01-05', 'good', 'careful', 'days', 'wild', 'people', 'named');
  await keep('2026-01-06', 'good', 'days');
  // Corrections of what was published; from now on somebody has to approve, and less is kept.
  await write(root, {
    ...named('amount', 'doubled', 'columns: { amount: { was: total } }\n'),
    'data/orders.csv': ORDERS.replace('north,131', 'north,135'), 'data/wild.csv': wild(['1234567890.13', '2', '', '4', '0.1000000000000000055']),
    'reports/team/days.yml': days('keep: { daily: 1 }\n'), 'reports/team/careful.yml': careful('approval: required\n'),
  });
  await commit(root, 'Corrected');
  await keep('2026-01-06', 'good', 'careful');
  await keep('2026-01-05', 'wild', 'named');
  await keep('2026-01-07', 'days');
  const built = await daybook(root, ['build']);
  assert.equal(built.code, 0, built.text);
  return path.join(root, 'dist');
});
const { at } = opened;

const dist = (...names: string[]): string => path.join(root, 'dist', ...names);
const textOf = async (page: Page, selector = 'main'): Promise<string> => (await page.locator(selector).first().textContent())!.replace(/\s+/g, ' ');

async function open(place: string, options: Parameters<typeof visit>[2] = {}): Promise<Page> {
  const { page, problems } = await visit(opened.browser, at(place), options);
  if (await page.locator('#verdict').count() > 0 && options.javaScriptEnabled !== false) await page.locator('#verdict:not(:empty)').waitFor({ timeout: 10_000 });
  assert.deepEqual(problems, [], place);
  return page;
}

/** Tables and lines of the comparison as the page has them. */
async function shownComparison(page: Page): Promise<unknown> {
  return page.evaluate(() => ({
    verdict: document.querySelector('#verdict')!.textContent,
    sections: [...document.querySelectorAll('#comparison > section')].map((section) => ({
      title: section.querySelector('h2')!.textContent,
      lines: [...section.querySelectorAll('li')].map((line) => line.textContent),
      rows: [...section.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => cell.textContent)),
    })),
  }));
}

/** The same out of what the command line says, without what it alone computes: profiles of columns, and what the differences have in common. */
async function saidComparison(base: string, head: string): Promise<unknown> {
  const said = await daybook(root, ['compare', base, head, '--json', '--limit', '200']);
  const comparison = JSON.parse(said.out) as Comparison;
  if (comparison.kind !== 'incomparable') delete comparison.patterns;
  if (comparison.kind !== 'incomparable') for (const column of comparison.columns) Object.assign(column, { base: null, head: null });
  const { metrics } = loadDefinitions(root).reports.get(comparison.head.report)!;
  const { verdict, notes, tables } = comparisonTables(comparison, new Map(metrics.map((metric) => [metric.name, metric])));
  const sections = tables.map(({ title, head: names, rows }) => ({ title, lines: [] as string[], rows: [names, ...rows.map((row) => row.map(({ text }) => text))] }));
  const isFirst = ({ title }: { title: string }): boolean => title === 'Metrics';
  return { verdict, sections: [...sections.filter(isFirst), ...notes.map(({ title, lines }) => ({ title, lines, rows: [] })), ...sections.filter((section) => !isFirst(section))] };
}

test('the compare page says what the command line says, of corrections, new days, and hostile cells', async () => {
  for (const [id, base, head] of [['good', '2026-01-06.v1', '2026-01-06.v2'], ['good', '2026-01-05.v1', '2026-01-06.v2'], ['good', '2026-01-06.v2', '2026-01-05.v1'], ['wild', '2026-01-05.v1', '2026-01-05.v2'], ['named', '2026-01-05.v1', '2026-01-05.v2']] as const) {
    const page = await open(`reports/team/${id}/compare/?base=${base}&head=${head}`);
    assert.deepEqual(await shownComparison(page), await saidComparison(`${id}@${base}`, `${id}@${head}`), `${id} ${base} ${head}`);
    assert.equal(await page.evaluate('window.hacked'), undefined);
    await page.context().close();
  }
});

test('the compare page tells a renamed column, declared or found, from one that is gone', async () => {
  const page = await open('reports/team/named/compare/');
  const text = await textOf(page, '#comparison');
  assert.match(text, /Columns ?renamed: total → amount ?looks renamed: twice → doubled$/);
  await page.context().close();
});

test('two snapshots are chosen with the keyboard; the address follows; the same twice is equal; one that is not here names its command', async () => {
  const page = await open('reports/team/good/compare/');
  assert.match(await textOf(page, '#verdict'), /^Different: team\/good@2026-01-06\.v1 → team\/good@2026-01-06\.v2: 1 changed of 4, 1 of 1 metric changed\.$/);
  await page.locator('label[for=base]').waitFor();
  await page.locator('#base').focus();
  await page.keyboard.press('ArrowDown');
  await page.getByText('2 rows added').first().waitFor();
  assert.match(page.url(), /\?base=2026-01-05\.v1&head=2026-01-06\.v2$/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.getByText('Equal: team/good@2026-01-05.v1 and team/good@2026-01-05.v1 have the same 2 rows').waitFor();
  await page.context().close();
  const absent = await open('reports/team/good/compare/?base=2025-01-01.v1&head=team%2Fgood%402026-01-06.v2');
  assert.match(await textOf(absent), /Not on this site: 2025-01-01\.v1\..*npx daybook compare team\/good@2025-01-01\.v1 team\/good@2026-01-06\.v2/);
  const strange = await open('reports/team/good/compare/?base=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E&head=x');
  assert.match(await textOf(strange, '#verdict'), /^Not on this site: <img/);
  assert.equal(await strange.locator('#comparison img, #verdict img').count(), 0);
  for (const one of [absent, strange]) await one.context().close();
});

test('without script the compare page has what each snapshot changed', async () => {
  const page = await open('reports/team/good/compare/', { javaScriptEnabled: false });
  assert.equal(await page.locator('form[data-report]').isVisible(), false);
  assert.ok(await page.locator('noscript').first().isVisible());
  assert.match(await textOf(page, '#recorded ~ .scroll'), /6 January 2026, version 2 ?1 row modified; restated: 1 row of 5 January 2026 to 6 January 2026, Orders of 6 January 2026: 208 → 212 ?against 2026-01-06\.v1/);
  await page.context().close();
});

test('what was restated stands on the report’s page, on its number, its month’s page and in the list', async () => {
  const page = await open('reports/team/good/');
  assert.match(await textOf(page, '.restated'), /Restated.*1 snapshot changed numbers.*6 January 2026, version 2.*1 row of 5 January 2026 to 6 January 2026, Orders of 6 January 2026: 208 → 212.*2026-01-06 north orders: 131 → 135/);
  assert.match(await textOf(page, '.metric'), /Restated: was 208/);
  await page.locator('.restated-mark a').click();
  await page.locator('.restated li > a').first().click();
  await page.waitForURL(at('history/team/good/2026-01/#2026-01-06.v2'));
  assert.match(await textOf(page, 'tr:target'), /1 row modified; restated.*compare with the one before/);
  await page.getByText('compare with the one before').first().click();
  await page.getByText('1 changed of 4').first().waitFor();
  await page.goto(at('restatements/'));
  assert.match(await textOf(page), /2 restatements of 2 reports, newest first\. <b>Wild<\/b> as of 5 January 2026, version 2.*Report good as of 6 January 2026, version 2 1 row of 5 January 2026 to 6 January 2026, Orders of 6 January 2026: 208 → 212.*By report/);
  await page.context().close();
});

test('the checkpoint stands on the site as its file has it', async () => {
  const file = await readFile(path.join(root, 'snapshots/ledger/checkpoint'));
  assert.ok(file.equals(await readFile(dist('checkpoint.txt'))));
  const page = await open('runs/');
  assert.equal(await page.locator('.checkpoint pre').textContent(), file.toString());
  assert.match(await textOf(page, '.checkpoint'), /They are unsigned: they say where the ledger ends, not who wrote it\./);
  await page.context().close();
});

test('nothing of a result that waits for approval is on the site but that it waits', async () => {
  assert.equal(entries(root).flatMap(({ held = [] }) => held).length, 1);
  const page = await open('reports/team/careful/');
  assert.match(await textOf(page), /As of 5 January 2026.*A newer result of 6 January 2026 waits for approval\. Until then, what stands below is the last one that was approved\./);
  await page.goto(at('history/team/careful/2026-01/#2026-01-06.v1'));
  assert.match(await textOf(page, 'tr:target'), /^ ?6 January 2026 ?version 1 ?waits for approval/);
  for (const [file, text] of await siteTexts()) assert.doesNotMatch(text, HELD, file);
  await page.context().close();
});

test('snapshots that have left the work tree keep their line, and say where they are', async () => {
  const page = await open('history/team/days/2026-01/');
  const { commit: there } = entries(root).flatMap(({ retired = [] }) => retired).at(-1)!;
  const line = page.locator('[id="2026-01-05.v1"]');
  assert.match((await line.textContent())!.replace(/\s+/g, ' '), new RegExp(`retired: in Git’s history at ${there.slice(0, 12)} ?npx daybook show team/days@2026-01-05\\.v1`));
  const mark = line.locator('th .version', { hasText: 'retired' });
  const { x, width } = (await mark.boundingBox())!;
  assert.ok(x >= 0 && x + width <= PHONE.width, 'a phone shows it without scrolling');
  assert.equal((await line.locator('td.number').first().textContent())!.trim(), '5');
  assert.ok((await line.locator('.kept .digest a').first().getAttribute('href'))!.includes(`/blob/${there}/snapshots/2026/01/05/`));
  await page.context().close();
});

test('columns that say something of a person are nowhere on the site, and the page says so', async () => {
  const page = await open('reports/team/people/');
  assert.match(await textOf(page, '.rows'), /2 rows\..*Without the column name: it says something of a person, and is neither shown nor in the downloads\./);
  assert.deepEqual([await page.locator('.chart').count(), (await page.locator('.rows thead th').allTextContents()).map((name) => name.trim())], [0, ['day', 'visits']]);
  assert.equal(await readFile(dist('reports/team/people/people.csv'), 'utf8'), 'day,visits\n2026-01-05,3\n2026-01-05,4\n');
  for (const [file, text] of await siteTexts()) assert.doesNotMatch(text, /Byron|Murray/, file);
  assert.doesNotMatch(await readFile(path.join(root, '.daybook/site/reports/team/people.json'), 'utf8'), /Byron|Murray/);
  await page.context().close();
});

async function siteTexts(): Promise<[string, string][]> {
  const files = (await filesOf(dist())).filter((file) => !/\.(png|woff2?|wasm)$/.test(file));
  assert.ok(files.length > 40);
  return Promise.all(files.map(async (file) => [path.relative(dist(), file), await readFile(file, 'latin1')] as [string, string]));
}

test('at both widths, in light and dark, nothing overflows and axe finds nothing serious', async () => {
  const places = ['reports/team/good/', 'reports/team/wild/', 'reports/team/careful/', 'reports/team/people/', 'reports/team/good/compare/', 'reports/team/wild/compare/', 'history/team/days/2026-01/', 'history/team/careful/2026-01/', 'history/team/good/2026-01/', 'restatements/', 'runs/'];
  for (const place of places) {
    for (const [viewport, colorScheme] of [[PHONE, 'light'], [DESKTOP, 'dark']] as const) {
      const page = await open(place, { viewport, colorScheme });
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
      assert.deepEqual(await overflow(page), [], `${place} ${viewport.width}`);
      assert.deepEqual(await violations(page), [], `${place} ${colorScheme}`);
      assert.equal(await page.evaluate('window.hacked'), undefined, place);
      await page.context().close();
    }
  }
});

test('the next build keeps the files beside a compare page that are still wanted, and no others', async () => {
  const compared = async (): Promise<string[]> => (await filesOf(dist('reports/team/good/compare'))).map((file) => path.basename(file)).sort();
  const names = (...stems: string[]): string[] => stems.flatMap((stem) => [`${stem}.csv`, `${stem}.json`]);
  assert.deepEqual(await compared(), [...names('2026-01-05.v1', '2026-01-06.v1', '2026-01-06.v2'), 'index.html']);
  await write(root, { 'dist/reports/team/good/compare/2020-01-01.v1.csv': 'old' });
  assert.equal((await refresh(root, ['--as-of', '2026-01-07', 'good'])).code, 0);
  assert.equal((await daybook(root, ['build'])).code, 0);
  assert.deepEqual(await compared(), [...names('2026-01-05.v1', '2026-01-06.v1', '2026-01-06.v2', '2026-01-07.v1'), 'index.html']);
  assert.ok((await readFile(dist('checkpoint.txt'))).equals(await readFile(path.join(root, 'snapshots/ledger/checkpoint'))));
});
