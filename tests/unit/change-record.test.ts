import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeRecord, type ChangeDefinition } from '../../src/analysis/restatement/change-record.ts';
import type { Period } from '../../src/report/schema.ts';
import { digestBytes, type RowsDigest } from '../../src/snapshot/canonical.ts';
import type { KeptSnapshot } from '../../src/snapshot/checkout.ts';
import type { MetricValue } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord } from '../../src/snapshot/records.ts';
import { COLUMNS, daily, kept, metric, type Cell } from './change-record-fixture.ts';

const day = (date: string, north: number, south: number): Cell[][] => [[date, 'north', String(north), '1'], [date, 'south', String(south), '2']];
const week = [...day('2026-01-05', 120, 80), ...day('2026-01-06', 131, 77), ...day('2026-01-07', 118, 92)];
const monday = kept('2026-01-07', week);
const counts = ({ rows: { entered, modified, deleted, left } }: ChangeRecord): number[] => [entered, modified, deleted, left];
const told = ({ restated }: ChangeRecord): unknown =>
  restated && { periods: restated.periods, rows: [restated.rows.added, restated.rows.removed, restated.rows.modified], metrics: restated.first_metrics.map(({ name, period, before, after }) => [name, period, before, after]) };

test('the first snapshot enters all of its rows, without reading them', () => {
  const unread = { ...monday, csv: Buffer.from('broken') };
  assert.deepEqual(changeRecord(null, unread, daily), { report: 'team/orders', as_of: '2026-01-07', version: 1, base: null, rows: { entered: 6, modified: 0, deleted: 0, left: 0 }, restated: null });
  const again = kept('2026-01-08', week);
  const same = changeRecord(unread, { ...again, csv: unread.csv }, daily);
  assert.deepEqual([same.base, same.as_of, counts(same), same.restated], ['team/orders@2026-01-07.v1', '2026-01-08', [0, 0, 0, 0], null], 'equal digests are not read either');
});

test('a day more is no restatement, and neither is a day that left the window', () => {
  const more = changeRecord(monday, kept('2026-01-08', [...week, ...day('2026-01-08', 1, 2)]), daily);
  assert.deepEqual([counts(more), more.restated], [[2, 0, 0, 0], null]);
  const moved = changeRecord(monday, kept('2026-01-08', [...week.slice(2), ...day('2026-01-08', 1, 2)]), daily);
  assert.deepEqual([counts(moved), moved.restated], [[2, 0, 0, 2], null]);
  const earlier = changeRecord(monday, kept('2026-01-07', [...day('2026-01-04', 9, 9), ...week], { version: 2 }), daily);
  assert.deepEqual([counts(earlier), earlier.restated], [[2, 0, 0, 0], null]);
  const onlyYesterday = changeRecord(kept('2026-01-07', week.slice(4)), kept('2026-01-08', []), daily);
  assert.deepEqual([counts(onlyYesterday), onlyYesterday.restated], [[0, 0, 0, 2], null]);
});

test('a corrected row is told by key with before and after, and every metric of its period', () => {
  const rows = week.map((row) => (row[0] === '2026-01-06' && row[1] === 'south' ? ['2026-01-06', 'south', '79', '2'] : row));
  const found = changeRecord(monday, kept('2026-01-08', [...rows.slice(2), ...day('2026-01-08', 1, 2)]), daily);
  assert.deepEqual(told(found), { periods: { from: '2026-01-06', to: '2026-01-07' }, rows: [0, 0, 1], metrics: [['orders', '2026-01-06', '208', '210'], ['share', '2026-01-06', String(3 / 208), String(3 / 210)]] });
  assert.deepEqual(counts(found), [2, 1, 0, 2]);
  assert.deepEqual(found.restated!.first_rows, [{ kind: 'modified', key: { day: '2026-01-06', region: 'south' }, cells: [{ column: 'orders', before: '77', after: '79' }] }]);
  assert.deepEqual([found.report, found.base, found.as_of, found.version, found.restated!.metrics], ['team/orders', 'team/orders@2026-01-07.v1', '2026-01-08', 1, 2]);
});

test('late rows and lost rows of a published period count; a period without rows has no value', () => {
  const late = changeRecord(monday, kept('2026-01-08', [...week, ['2026-01-06', 'west', '5', '0']]), daily);
  assert.deepEqual(told(late), { periods: { from: '2026-01-05', to: '2026-01-07' }, rows: [1, 0, 0], metrics: [['orders', '2026-01-06', '208', '213'], ['share', '2026-01-06', String(3 / 208), String(3 / 213)]] });
  assert.deepEqual(late.restated!.first_rows, [{ kind: 'added', row: { day: '2026-01-06', region: 'west', orders: '5', late: '0' } }]);
  const lost = changeRecord(monday, kept('2026-01-08', week.filter(([date]) => date !== '2026-01-06')), daily);
  assert.deepEqual(told(lost), { periods: { from: '2026-01-05', to: '2026-01-07' }, rows: [0, 2, 0], metrics: [['orders', '2026-01-06', '208', null], ['share', '2026-01-06', String(3 / 208), null]] });
  assert.deepEqual(counts(lost), [0, 0, 2, 0]);
});

test('more periods gone than time has passed are not a window that moved', () => {
  const found = changeRecord(monday, kept('2026-01-08', [...week.slice(4), ...day('2026-01-08', 1, 2)]), daily);
  assert.deepEqual([found.restated!.periods, found.restated!.rows.removed, counts(found)], [{ from: '2026-01-05', to: '2026-01-07' }, 4, [2, 0, 4, 0]]);
  assert.equal(changeRecord(monday, kept('2026-01-07', week.slice(2), { version: 2 }), daily).restated!.rows.removed, 2);
  assert.equal(changeRecord(monday, kept('2026-01-07', [], { version: 2 }), daily).restated!.rows.removed, 6);
  assert.equal(changeRecord(monday, kept('2026-01-09', [...week.slice(4), ...day('2026-01-09', 1, 2)]), daily).restated, null);
});

test('a period that was not complete when it was published may change', () => {
  const weekly: ChangeDefinition = { ...daily, time: { column: 'day', period: 'week' } };
  const base = kept('2026-01-10', [['2026-01-04', 'north', '5', '0'], ['2026-01-09', 'north', '7', '0']]);
  const open = changeRecord(base, kept('2026-01-11', [['2026-01-04', 'north', '5', '0'], ['2026-01-09', 'north', '8', '0'], ['2026-01-11', 'north', '3', '0']]), weekly);
  assert.deepEqual([counts(open), open.restated], [[1, 1, 0, 0], null]);
  const restated = changeRecord(base, kept('2026-01-11', [['2026-01-04', 'north', '6', '0'], ['2026-01-09', 'north', '8', '0']]), weekly);
  assert.deepEqual(told(restated), { periods: { from: '2025-12-29', to: '2025-12-29' }, rows: [0, 0, 1], metrics: [['orders', '2025-12-29', '5', '6']] });
});

test('hours, months, quarters and years are periods too', () => {
  const cases: [Period, string, string, string][] = [
    ['hour', '2026-01-07T06:00Z', '2026-01-07T05:30:00Z', '2026-01-07T05:00:00Z'],
    ['month', '2026-02-01', '2026-01-15', '2026-01-01'], ['quarter', '2026-04-02', '2026-01-15', '2026-01-01'], ['year', '2027-01-01', '2026-01-15', '2026-01-01'],
  ];
  for (const [period, asOf, cell, start] of cases) {
    const columns = [`day ${period === 'hour' ? 'TIMESTAMP' : 'DATE'}`, ...COLUMNS.slice(1)];
    const side = (orders: string): KeptSnapshot => kept(asOf, [[cell, 'north', orders, '0'], [null, 'none', orders, '0']], { columns });
    const { restated, rows } = changeRecord(side('1'), side('2'), { ...daily, time: { column: 'day', period } });
    assert.deepEqual([restated!.periods, restated!.rows.modified, restated!.first_metrics[0]!.period, rows.modified], [{ from: start, to: start }, 1, start, 2], period);
  }
});

test('a headline counts as it was published, also where the definition has changed since', () => {
  const headline = (value: string): MetricValue[] => [{ name: 'orders', value, type: 'HUGEINT', period: '2026-01-07' }];
  const before = kept('2026-01-07', week, { metrics: headline('999') });
  assert.deepEqual(told(changeRecord(before, kept('2026-01-08', week), daily)), { periods: { from: '2026-01-05', to: '2026-01-07' }, rows: [0, 0, 0], metrics: [['orders', '2026-01-07', '999', '210']] });
});

test('a column and its metric that are new restate nothing', () => {
  const wider = kept('2026-01-08', week.map((row) => [...row, '4']), { columns: [...COLUMNS, 'returns BIGINT'] });
  const { restated } = changeRecord(monday, wider, { ...daily, metrics: [...daily.metrics, metric('returns', 'sum(returns)')] });
  assert.equal(restated, null);
});

test('rows of another grain are not compared, their numbers are', () => {
  const split = (north: string): Cell[][] => week.flatMap(([date = null, region = null, orders = null]) => [[date, region, 'web', orders, '1'], [date, region, 'shop', region === 'north' ? north : '0', '1']]);
  const columns = ['day DATE', 'region VARCHAR', 'channel VARCHAR', 'orders BIGINT', 'late BIGINT'];
  for (const key of [['day', 'region', 'channel'], []]) {
    const definition = { ...daily, key, metrics: daily.metrics.slice(0, 1) };
    assert.equal(changeRecord(monday, kept('2026-01-08', split('0'), { columns, key }), definition).restated, null);
    const found = changeRecord(monday, kept('2026-01-08', split('3'), { columns, key }), definition);
    assert.deepEqual(told(found), { periods: { from: '2026-01-05', to: '2026-01-07' }, rows: [0, 0, 0], metrics: [['orders', '2026-01-05', '200', '203'], ['orders', '2026-01-06', '208', '211'], ['orders', '2026-01-07', '210', '213']] });
  }
  const strange = changeRecord(monday, kept('2026-01-08', [['x']], { columns: ['other VARCHAR'] }), { ...daily, key: ['other'] });
  assert.deepEqual([counts(strange), strange.restated], [[1, 0, 6, 0], null], 'no column in common');
});

test('a metric that cannot be computed any more restates nothing', () => {
  const text = kept('2026-01-08', week.map((row) => row), { columns: ['day DATE', 'region VARCHAR', 'orders VARCHAR', 'late BIGINT'] });
  assert.equal(changeRecord(monday, text, daily).restated, null);
});

test('without time, another version of the same as-of restates, and another as-of does not', () => {
  const { time: _, ...timeless } = daily;
  const definition: ChangeDefinition = { ...timeless, key: ['region'], metrics: [metric('orders', 'sum(orders)')] };
  const value = (text: string): MetricValue[] => [{ name: 'orders', value: text, type: 'HUGEINT', period: null }];
  const side = (asOf: string, version: number, orders: string): KeptSnapshot => kept(asOf, [[null, 'north', orders, '0']], { version, metrics: value(orders) });
  const next = changeRecord(side('2026-01-07', 1, '1'), side('2026-01-08', 1, '2'), definition);
  assert.deepEqual([counts(next), next.restated], [[0, 1, 0, 0], null]);
  assert.deepEqual(told(changeRecord(side('2026-01-07', 1, '1'), side('2026-01-07', 2, '2'), definition)), { periods: null, rows: [0, 0, 1], metrics: [['orders', null, '1', '2']] });
});

test('without a key, a corrected row is one removed and one added; doubles are compared within the tolerance', () => {
  const columns = ['day DATE', 'x DOUBLE'];
  const definition: ChangeDefinition = { ...daily, key: [], metrics: [metric('x', 'sum(x)')] };
  const before = kept('2026-01-07', [['2026-01-06', '0.30000000000000004'], ['2026-01-06', '1']], { columns });
  const near = changeRecord(before, kept('2026-01-08', [['2026-01-06', '0.3'], ['2026-01-06', '1']], { columns }), definition);
  assert.deepEqual([counts(near), near.restated], [[0, 0, 0, 0], null]);
  const found = changeRecord(before, kept('2026-01-08', [['2026-01-06', '0.3'], ['2026-01-06', '2']], { columns }), definition);
  assert.deepEqual([counts(found), told(found)], [[1, 0, 1, 0], { periods: { from: '2026-01-06', to: '2026-01-06' }, rows: [1, 1, 0], metrics: [['x', '2026-01-06', '1.3', '2.3']] }]);
});

test('doubles that are each within the tolerance can move a sum beyond it', () => {
  const columns = ['day DATE', 'region VARCHAR', 'x DOUBLE'];
  const definition: ChangeDefinition = { ...daily, metrics: [metric('x', 'sum(x)')] };
  const side = (asOf: string, x: string): KeptSnapshot => kept(asOf, [['2026-01-06', 'a', x], ['2026-01-06', 'b', '-1000000000']], { columns });
  assert.deepEqual(told(changeRecord(side('2026-01-07', '1000000000'), side('2026-01-08', '1000000000.5'), definition)), { periods: { from: '2026-01-06', to: '2026-01-06' }, rows: [0, 0, 0], metrics: [['x', '2026-01-06', '0', '0.5']] });
});

test('a row whose key does not say its period can move out of what was published', () => {
  const definition: ChangeDefinition = { ...daily, key: ['region'] };
  const side = (asOf: string, date: string): KeptSnapshot => kept(asOf, [['2026-01-05', 'east', '1', '0'], [date, 'north', '5', '0']], { key: ['region'] });
  const out = changeRecord(side('2026-01-07', '2026-01-06'), side('2026-01-08', '2026-01-08'), definition);
  assert.deepEqual([counts(out), told(out)], [[0, 1, 0, 0], { periods: { from: '2026-01-05', to: '2026-01-06' }, rows: [0, 1, 0], metrics: [['orders', '2026-01-06', '5', null], ['share', '2026-01-06', '0', null]] }]);
});

test('an entry has the first of many, and says how many there are', () => {
  const all = (value: string): Cell[][] => Array.from({ length: 90 }, (_, index) => ['2026-01-05', `r${String(index).padStart(2, '0')}`, value, '1']);
  const { restated } = changeRecord(kept('2026-01-07', all('1')), kept('2026-01-08', all('2').slice(0, 80)), daily);
  assert.deepEqual([restated!.rows, restated!.first_rows.length, restated!.first_rows.every(({ kind }) => kind === 'modified')], [{ added: 0, removed: 10, modified: 80 }, 50, true]);
  const every = changeRecord(kept('2026-01-07', all('1')), kept('2026-01-08', all('2').slice(0, 80)), daily, { all: true }).restated!;
  assert.deepEqual([every.rows, every.first_rows.length, every.first_rows[89]!.kind], [restated!.rows, 90, 'removed']);
  const long = all('1').map(([date = null, region = null]) => [date, `${region}${'x'.repeat(1_000)}`, '2', '1']);
  const wide = changeRecord(kept('2026-01-07', all('1')), kept('2026-01-08', long), daily).restated!;
  assert.deepEqual([wide.rows.added, wide.first_rows.length], [90, 50]);
  const heavy = changeRecord(kept('2026-01-07', long), kept('2026-01-08', all('1')), daily).restated!;
  assert.ok(JSON.stringify(heavy.first_rows).length < 20_100 && heavy.first_rows.length > 10, String(heavy.first_rows.length));
});

test('of rows with personal data an entry has counts and metrics alone', () => {
  const rows = week.map((row) => (row[1] === 'south' ? [row[0]!, 'south', '1', '2'] : row));
  const { restated } = changeRecord(monday, kept('2026-01-08', rows), { ...daily, personal: ['region'] });
  assert.deepEqual([restated!.rows.modified, restated!.first_rows, restated!.metrics], [3, [], 6]);
});

test('rows that were kept as personal stay so when the definition does not say it any more, and new metrics of them are not computed', () => {
  const made = ({ manifest, csv }: KeptSnapshot, definition: string, isPersonal: boolean): KeptSnapshot => {
    const sha256 = (isPersonal ? manifest.rows.sha256.replace('sha256:', 'hmac-sha256:') : manifest.rows.sha256) as RowsDigest;
    return { csv, manifest: { ...manifest, inputs: { ...manifest.inputs, definition: digestBytes(definition) }, rows: { ...manifest.rows, sha256 } } };
  };
  const headline = (value: string): { metrics: MetricValue[] } => ({ metrics: [{ name: 'orders', type: 'HUGEINT', value, period: '2026-01-06' }] });
  const open = { ...daily, metrics: [...daily.metrics, metric('most', 'max(orders)')] };
  const [base, head] = [kept('2026-01-07', week, headline('208')), kept('2026-01-08', week.map((row) => (row[1] === 'south' ? [row[0]!, 'south', '1', '2'] : row)), headline('132'))];
  const named = ({ restated }: ChangeRecord): unknown[] => [restated!.rows.modified, restated!.first_rows, ...new Set(restated!.first_metrics.map(({ name }) => name))];
  for (const [before, after] of [[true, false], [false, true], [true, true]] as const) {
    assert.deepEqual(named(changeRecord(made(base, 'old', before), made(head, 'new', after), open)), [3, [], 'orders'], 'headlines stand in the manifests already');
  }
  assert.deepEqual(named(changeRecord(made(base, 'old', true), made(head, 'old', true), open)), [3, [], 'orders', 'share'], 'by one definition, which only counts persons');
});
