import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Page } from 'playwright-core';
import { BASE, BUILT, daybook, newInstance, refresh, report, type Files } from '../integration/instance.ts';
import { DESKTOP, overflow, PHONE, violations, visit } from './pages.ts';
import { openSite } from './serve.ts';

const HOSTILE = '<img src=x onerror="window.hacked=1">';
const PAGE = 'reports/team/parts/';
const METRICS = { amount: 'sum(amount)', share: 'sum(rate) / count(rate)', orders: 'count()' };

/** Two dimensions with a hostile value and one without; decimals and doubles; and a day that one region has no row of. */
const DATA = [
  'day,region,kind,amount,rate', '2026-01-05,north,a,1.10,0.1', '2026-01-05,south,b,2.25,0.2', `2026-01-05,"${HOSTILE.replaceAll('"', '""')}",a,3.00,0.7`,
  '2026-01-06,north,a,4.75,0.4', '2026-01-06,south,a,5.00,0.3', '2026-01-06,,b,6.10,0.9', '2026-01-07,north,b,7.35,0.5', '2026-01-07,north,a,8.00,0.6', '2026-01-07,,b,9.90,0.8', '',
].join('\n');
const YAML = `as_of: { column: day }
time: { column: day, period: day }
key: [amount]
dimensions: { region: { label: Region }, kind: { label: Kind } }
metrics:
  amount: { label: Amount, value: ${METRICS.amount}, format: ",.2f", target: 20, better: higher }
  share: { label: Share, value: ${METRICS.share}, format: ".6f" }
  orders: { label: Orders, value: ${METRICS.orders}, format: ",d" }
charts: [{ type: line, y: amount }, { type: bar, y: amount, x: region }, { type: line, y: amount, by: kind }]
`;
/** Values that a list or a table writes otherwise than the file: spaces, digits of doubles, and two that a format writes alike. */
const SPELLED = 'place,rate,size\n north,0.30000000000000004,1.1\nnew  york,0.5,1.2\nsouth,0.5,2\n';

let root: string;

const opened = openSite('/', async (t) => {
  const files: Files = { ...BASE, 'data/parts.csv': DATA, 'queries/sources/parts.yml': 'files: data/parts.csv\ncolumns: { day: DATE, region: VARCHAR, kind: VARCHAR, amount: "DECIMAL(9,2)", rate: DOUBLE }\n', ...report('parts', 'select day, region, kind, amount, rate from parts where day <= $as_of', YAML) };
  Object.assign(files, { 'data/spelled.csv': SPELLED, 'queries/sources/spelled.yml': 'files: data/spelled.csv\ncolumns: { rate: DOUBLE, size: DOUBLE }\n', ...report('spelled', 'select place, rate, size from spelled', 'key: [place]\nsort: [-place]\ndimensions: { place: {}, rate: {}, size: { format: ",d" } }\nmetrics: { n: { label: N, value: count() } }\n') });
  files['reports/team/spelled.yml'] = (files['reports/team/spelled.yml'] as string).replace('[orders]', '[spelled]');
  files['reports/team/parts.yml'] = (files['reports/team/parts.yml'] as string).replace('[orders]', '[parts]');
  root = await newInstance(t, files, BUILT);
  const job = await refresh(root);
  assert.equal(job.code, 0, job.err);
  const built = await daybook(root, ['build']);
  assert.equal(built.code, 0, built.text);
  return path.join(root, 'dist');
});

const at = (search = ''): string => opened.at(PAGE + search);
const valuesOf = (page: Page): Promise<string[]> => page.locator('[data-metric] .value').allTextContents();

/** What SQL says of the published rows. */
async function bySql(where: string): Promise<string[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const file = path.join(root, 'dist', PAGE, 'parts.csv');
  const sql = `select coalesce(printf('%.2f', sum(amount)), 'no value'), coalesce(printf('%.6f', sum(rate) / count(rate)), 'no value'), count(*)::varchar from read_csv('${file}', allow_quoted_nulls = false) where day = '2026-01-07' and ${where}`;
  const [row] = (await connection.runAndReadAll(sql)).getRows();
  connection.closeSync();
  return row as string[];
}

async function choose(page: Page, label: string, option: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).selectOption({ label: option });
  await page.locator('.part .notice strong').getByText(option).waitFor();
}

test('a reader who chooses a part sees the numbers that SQL gives of it, its charts and its rows, and all again after', async () => {
  const { page, problems } = await visit(opened.browser, at());
  const all = await valuesOf(page);
  assert.deepEqual(all, await bySql('true'));
  const [cards, charts] = await Promise.all(['.metrics', '.charts'].map((part) => page.locator(part).innerHTML()));
  await choose(page, 'Region', 'north');
  assert.deepEqual(await valuesOf(page), await bySql(`region = 'north'`));
  assert.deepEqual(await page.locator('.rows tbody tr:visible > :nth-child(2)').allTextContents(), ['north', 'north', 'north', 'north']);
  assert.equal(await page.locator('.target').count(), 0, 'a target is of all rows');
  assert.deepEqual(await page.locator('.charts > .chart:visible h3').allTextContents(), ['Amount', 'Amount by kind'], 'one bar is no chart');
  await choose(page, 'Kind', 'b');
  assert.deepEqual(await valuesOf(page), await bySql(`region = 'north' and kind = 'b'`));
  assert.match((await page.locator('.charts .words').first().textContent())!, /^Latest 7\.35 on 7 January 2026\. 2 of 3 periods have no value\.$/);
  assert.deepEqual(await page.locator('.charts table').first().locator('tbody tr').allTextContents(), ['5 January 2026no value', '6 January 2026no value', '7 January 20267.35']);
  await page.getByRole('link', { name: 'All rows' }).click();
  await page.locator('.target').first().waitFor();
  assert.deepEqual(await Promise.all(['.metrics', '.charts'].map((part) => page.locator(part).innerHTML())), [cards, charts]);
  assert.equal(await page.locator('.rows tbody tr:visible').count(), 9);
  assert.equal(new URL(page.url()).search, '');
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('of a part that has no row in the newest period there is no value, and no older one in its place', async () => {
  const { page, problems } = await visit(opened.browser, at('?only-region=south'));
  await page.locator('.part .notice strong').waitFor();
  assert.deepEqual(await valuesOf(page), ['no value', 'no value', '0']);
  assert.deepEqual(await page.locator('[data-metric=amount] .change').allTextContents(), ['no value to compare']);
  // Of no rows a count is none, also in the series: a number above is no gap below.
  assert.deepEqual(await page.locator('[data-metric=orders] .change').allTextContents(), ['down 100% since 6 January', 'no value 7 days earlier', 'no value 30 days earlier']);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('an address names a part: of rows without a value, too, and of a hostile one; a part that is not there is all', async () => {
  const where = { '?no-region=': 'region is null', [`?only-region=${encodeURIComponent(HOSTILE)}`]: `region like '<img%'`, '?only-kind=b&no-region=': `kind = 'b' and region is null` };
  for (const [search, sql] of Object.entries(where)) {
    const { page, problems } = await visit(opened.browser, at(search));
    await page.locator('.part .notice strong').waitFor();
    assert.deepEqual(await valuesOf(page), await bySql(sql), search);
    assert.equal(await page.evaluate('window.hacked'), undefined);
    assert.deepEqual(problems, []);
    await page.context().close();
  }
  const { page } = await visit(opened.browser, at('?only-region=east&only-nothing=x'));
  assert.deepEqual(await valuesOf(page), await bySql('true'));
  assert.equal(await page.locator('.part .notice').isVisible(), false);
  await page.context().close();
});

test('rows that are not those of the page, or cannot be fetched, change nothing, and it is said', async () => {
  const file = path.join(root, 'dist', PAGE, 'parts.csv');
  const rows = await readFile(file, 'utf8');
  const { page } = await visit(opened.browser, at());
  const all = await valuesOf(page);
  try {
    await writeFile(file, rows.replace('8.00', '8.01'));
    await page.getByLabel('Region', { exact: true }).selectOption({ label: 'north' });
    await page.getByText('has been published anew').waitFor();
    assert.deepEqual(await valuesOf(page), all);
    assert.equal(await page.getByLabel('Region', { exact: true }).inputValue(), '', 'nothing is chosen');
  } finally {
    await writeFile(file, rows);
  }
  await page.route('**/parts.csv', (route) => route.abort());
  await page.getByLabel('Region', { exact: true }).selectOption({ label: 'north' });
  await page.getByText('could not be loaded').waitFor();
  assert.deepEqual(await valuesOf(page), all);
  await page.unroute('**/parts.csv');
  await choose(page, 'Region', 'north');
  assert.deepEqual(await valuesOf(page), await bySql(`region = 'north'`), 'it is tried again');
  await page.context().close();
});

test('the rows of a part stand in the table however their values are written there, in the order of the report', async () => {
  const { page, problems } = await visit(opened.browser, opened.at('reports/team/spelled/'));
  const shown = async (label: string, value: string): Promise<(string | null)[]> => {
    await page.getByLabel(label, { exact: true }).selectOption({ value });
    await page.locator('.part .notice strong').getByText(`${label}:`).waitFor();
    const places = await page.locator('.rows tbody tr:visible > :first-child').allTextContents();
    await page.getByRole('link', { name: 'All rows' }).click();
    await page.locator('.part .notice strong').waitFor({ state: 'detached' });
    return places;
  };
  assert.deepEqual(await page.locator('.rows tbody tr > :first-child').allTextContents(), ['south', 'new  york', ' north']);
  assert.deepEqual([await shown('place', '0'), await shown('place', '1')], [[' north'], ['new  york']]);
  assert.deepEqual([await shown('rate', '0'), await shown('rate', '1')], [[' north'], ['south', 'new  york']]);
  assert.deepEqual([await shown('size', '0'), await shown('size', '1')], [[' north'], ['new  york']]);
  assert.deepEqual(problems, []);
  await page.context().close();
});

test('without script there is no choice; on paper, in both themes and widths a part says that it is one', async () => {
  const { page: plain } = await visit(opened.browser, at('?only-region=north'), { javaScriptEnabled: false });
  assert.equal(await plain.locator('.part').isVisible(), false);
  assert.deepEqual(await valuesOf(plain), await bySql('true'));
  await plain.context().close();
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [PHONE, DESKTOP]) {
      const { page } = await visit(opened.browser, at('?only-region=north'), { colorScheme, viewport });
      await page.locator('.part .notice strong').waitFor();
      assert.deepEqual(await overflow(page), []);
      await page.emulateMedia({ media: 'print' });
      assert.ok(await page.locator('.part .notice strong').isVisible());
      assert.equal(await page.locator('.part select').first().isVisible(), false);
      assert.deepEqual(await page.locator('.rows tbody tr:visible > :nth-child(2)').allTextContents(), ['north', 'north', 'north', 'north']);
      await page.emulateMedia({ media: 'screen' });
      assert.deepEqual(await violations(page), []);
      await page.context().close();
    }
  }
});
