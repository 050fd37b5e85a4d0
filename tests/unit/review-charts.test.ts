import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bannerHtml, withBanner } from '../../scripts/preview/banner.ts';
import type { Backtest } from '../../src/analysis/review/backtest.ts';
import { changedRows } from '../../src/analysis/comparison/changed-rows.ts';
import { backtestOverlays, overlays, type SideNumbers } from '../../src/analysis/review/charts.ts';
import { overlaySentences } from '../../src/present/review/chart.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Report } from '../../src/report/report.ts';
import { encodeCsv } from '../../src/snapshot/csv.ts';

const COLUMNS = [{ name: 'day', type: 'DATE' }, { name: 'region', type: 'VARCHAR' }, { name: 'orders', type: 'BIGINT' }];
type Chart = Report['charts'][number];

function side(rows: [string, string, string][], charts: Chart[], { personal = [] as string[], time = true } = {}): SideNumbers {
  const report = {
    charts, personal, sort: [], dimensions: {}, metrics: ['orders', 'days'].map((name) => ({ name, label: name, format: ',d', value: '', expression: parseMetric(name === 'orders' ? 'sum(orders)' : 'count()') })),
    ...(time && { time: { column: 'day', period: 'day' } }),
  } as unknown as Report;
  const last = rows.at(-1)![0];
  return { report, rows, history: [], latest: { as_of: last, columns: COLUMNS, rows: { sha256: 'sha256:0' }, metrics: report.metrics.map(({ name }) => ({ name, value: '1', type: 'BIGINT', period: last })) } };
}

const LINE: Chart = { type: 'line', y: 'orders', limit: 12 };
const BASE: [string, string, string][] = [['2026-01-05', 'north', '5'], ['2026-01-05', 'south', '2'], ['2026-01-06', 'north', '7']];

test('both sides of a chart are drawn, and points that differ or are on one side alone are counted', () => {
  const [chart] = overlays(side(BASE, [LINE]), side([...BASE.slice(0, 2), ['2026-01-06', 'north', '8'], ['2026-01-07', 'north', '1']], [LINE]));
  assert.deepEqual(chart!.series.map(({ name, side: of, points }) => [name, of, points.map(({ y }) => y)]), [['After', 'head', [7, 8, 1]], ['Before', 'base', [7, 7]]]);
  assert.deepEqual(chart!.points, { all: 3, differing: 2 });
});

test('where nothing differs a chart is drawn once; what was not charted and does differ is drawn all the same', () => {
  const swapped: typeof BASE = [['2026-01-05', 'north', '7'], ['2026-01-06', 'north', '7']];
  const [same, other, ...none] = overlays(side(BASE, [LINE]), side(swapped, [LINE]));
  assert.deepEqual([same!.title, same!.series.length, same!.points.differing], ['orders', 1, 0]);
  assert.deepEqual([other!.title, other!.series.length, other!.points], ['days', 2, { all: 2, differing: 1 }]);
  assert.deepEqual(none, []);
});

test('the values of a dimension keep their colour on both sides, and one that has gone is named first', () => {
  const by: Chart = { ...LINE, by: 'region' };
  const [chart] = overlays(side(BASE, [by]), side([BASE[0]!, BASE[2]!], []));
  assert.deepEqual(chart!.series.map(({ name, hue }) => [name, hue]), [['south, before', 0], ['north', 1], ['north, before', 1]]);
});

test('a value that only one side has room for is drawn of both, and is no difference by itself', () => {
  const [bars, lines] = [{ type: 'bar', y: 'orders', x: 'region', limit: 2 }, { ...LINE, by: 'region', limit: 2 }] as Chart[];
  const before: typeof BASE = [['2026-01-05', 'north', '9'], ['2026-01-05', 'south', '5'], ['2026-01-05', 'east', '3'], ['2026-01-05', 'west', '1']];
  const charts = overlays(side(before, [bars!, lines!]), side(before.slice(1), [bars!, lines!]));
  assert.deepEqual(charts.slice(0, 2).map(({ points, omitted }) => [points, omitted]), [[{ all: 3, differing: 1 }, 1], [{ all: 3, differing: 1 }, 1]]);
  assert.deepEqual(charts[1]!.series.map(({ name }) => name), ['north, before', 'south', 'east', 'south, before', 'east, before']);
});

test('bars that differ stand first, and what one side lacks is said beside what the other has', () => {
  const bars: Chart = { type: 'bar', y: 'orders', x: 'region', limit: 12 };
  const before: typeof BASE = [['2026-01-05', 'north', '9'], ['2026-01-05', 'south', '5'], ['2026-01-05', 'east', '3']];
  const [chart] = overlays(side(before, [bars]), side([before[0]!, ['2026-01-05', 'south', '4']], [bars]));
  assert.deepEqual(chart!.series.map(({ name, points }) => [name, points.map(({ x, y }) => [x, y])]), [['Before', [['south', 5], ['east', 3], ['north', 9]]], ['After', [['south', 4], ['east', null], ['north', 9]]]]);
});

test('lines beyond those that are named are grey only where they are drawn so', () => {
  const by: Chart = { ...LINE, by: 'region' };
  const rows = (regions: number, orders: number): typeof BASE => Array.from({ length: regions }, (_, at) => ['2026-01-05', `r${at}`, String(orders + at)]);
  const words = (regions: number): string => overlaySentences(overlays(side(rows(regions, 5), [by]), side(rows(regions, 7), [by]))[0]!);
  assert.match(words(4), /\. 2 more, named in the table\.$/);
  assert.match(words(7), /\. 8 more, named in the table\.$/);
});

test('a column about people names no line', () => {
  const by: Chart = { ...LINE, by: 'region' };
  assert.deepEqual(overlays(side(BASE, [by], { personal: ['region'] }), null), []);
});

test('a backtest draws numbers that do not differ once, and after those that do', () => {
  const metric = (name: string, base: string, head: string, published = base): Backtest['points'][number]['metrics'][number] => ({ name, type: 'BIGINT', published, base, head });
  const point = (asOf: string): Backtest['points'][number] => ({ asOf, snapshot: null, metrics: [metric('same', '1', '1'), metric('restated', '1', '1', '3'), metric('other', '1', '2')], alerts: { base: [], head: [] }, failed: { base: null, head: null } });
  const drawn = backtestOverlays({ asked: 2, unreachable: [], points: ['2026-01-06', '2026-01-05'].map(point) }, []);
  assert.deepEqual(drawn.map(({ title, series }) => [title, ...series.map(({ name }) => name)]), [['other, backtested', 'After', 'Before'], ['restated, backtested', 'After', 'Before', 'Published'], ['same, backtested', null]]);
  assert.match(overlaySentences(drawn[2]!), /^No point differs: drawn once\. /);
});

test('published numbers stand in a backtest only where they are third ones', () => {
  const backtest = (published: string): Backtest => ({ asked: 2, unreachable: [], points: ['2026-01-06', '2026-01-05'].map((asOf) => ({ asOf, snapshot: null, metrics: [{ name: 'orders', type: 'BIGINT', published, base: '1', head: '2' }], alerts: { base: [], head: [] }, failed: { base: null, head: null } })) });
  assert.deepEqual(backtestOverlays(backtest('1'), [])[0]!.series.map(({ name }) => name), ['After', 'Before']);
  const [chart] = backtestOverlays(backtest('3'), []);
  assert.deepEqual([chart!.series.map(({ name }) => name), chart!.series[0]!.points.map(({ x }) => x)], [['After', 'Before', 'Published'], ['2026-01-05', '2026-01-06']]);
});

test('changed rows are read with the key first and what differs next; a file that is cut ends between records', () => {
  const row = (word: string, note: string, id: string, amount: string): string[] => [word, note, id, amount];
  const csv = encodeCsv(['change', 'note', 'id', 'amount'], [row('removed', 'x', '1', '5'), row('before', 'x', '2', '5'), row('after', 'x', '2', '6'), row('added', 'x', '3', '7')]);
  const { columns, key, rows } = changedRows(csv, ['id'], 10);
  assert.deepEqual([columns, key], [['id', 'amount', 'note'], 1]);
  assert.deepEqual(rows.map(({ kind, cells }) => [kind, ...cells]), [['removed', '1', '5', 'x'], ['changed', '2', ['5', '6'], 'x'], ['added', '3', '7', 'x']]);
  assert.equal(changedRows(csv, ['id'], 2).rows.length, 2);

  const long = changedRows(encodeCsv(['change', 'text'], Array.from({ length: 30 }, () => ['added', `"\n${'x'.repeat(100_000)}\n`])), [], 500);
  assert.ok(long.rows.length > 15 && long.rows.length < 30 && long.rows.every(({ cells }) => cells[0]!.length === 100_003), `${long.rows.length}`);
});

test('the banner stands behind the link that skips to the content, and its label is text', () => {
  const banner = bannerHtml({ label: '<img src=x>\u202e', commit: 'a'.repeat(40), pull: 7 }, '/sub/review/');
  assert.doesNotMatch(banner, /<img|\u202e/);
  assert.match(banner, /Preview of pull request 7, .*commit <code>aaaaaaaaaa<\/code>:<\/strong> proposed, not published\. <a href="\/sub\/review\/">Review/);
  assert.equal(withBanner('<head><meta charset="utf-8"></head><body><a class="skip" href="#c">Skip</a><header>', '<aside>$&</aside>'), '<head><meta charset="utf-8"><meta name="robots" content="noindex"></head><body><a class="skip" href="#c">Skip</a><aside>$&</aside><header>');
  assert.match(withBanner('<body class="x"><main>', '<aside></aside>'), /^<body class="x"><aside><\/aside><main>$/);
});
