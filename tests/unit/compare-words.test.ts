import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compareResults } from '../../src/analysis/comparison/compare.ts';
import { metricChange } from '../../src/analysis/comparison/metrics.ts';
import type { ColumnComparison, Profile } from '../../src/analysis/comparison/comparison.ts';
import { comparisonText, comparisonWords, metricWords, modifiedWords, partWords, wholeWords } from '../../src/present/comparison/comparison.ts';
import { compare, openEngine, resultOf, type Cell, type Table } from './compare-fixture.ts';
import { comparisonOf } from './review-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

const metric = (value: Cell, type = 'HUGEINT'): NonNullable<Table['metrics']>[number] => ({ name: 'n', value, type, period: null });
const names = (format: string, unit?: string) => new Map([['n', { label: 'Orders', format, unit }]]);
const words = (before: Cell, now: Cell, type: string, format: string | null, unit?: string): string =>
  metricWords({ name: 'n', before: metric(before, type), after: metric(now, type), change: metricChange(metric(before, type), metric(now, type)) }, format === null ? new Map() : names(format, unit));

test('metrics in words', () => {
  const cases: [string, string][] = [
    [words('17321', '17422', 'HUGEINT', ',d'), 'Orders: 17,321 → 17,422, up 101 (0.6%)'],
    [words('100', '200', 'HUGEINT', ',d'), 'Orders: 100 → 200, up 100 (100%)'],
    [words('0', '5', 'HUGEINT', ',d'), 'Orders: 0 → 5, up 5'],
    [words('-4', '-2', 'HUGEINT', ',d'), 'Orders: −4 → −2, up 2'],
    [words('1000000', '1000001', 'HUGEINT', ',d'), 'Orders: 1,000,000 → 1,000,001, up 1 (less than 0.1%)'],
    [words('0.772', '0.668', 'DOUBLE', '.1%'), 'Orders: 77.2% → 66.8%, down 10.4 points'],
    [words('0.77200', '0.78200', 'DECIMAL(9,5)', '.1%'), 'Orders: 77.2% → 78.2%, up 1.0 point'],
    [words('0.13949', '0.13998', 'DOUBLE', '.1%'), 'Orders: 13.9% → 14.0%, up 0.05 points'],
    [words('0.77201', '0.77202', 'DECIMAL(9,5)', '.1%'), 'Orders: 0.77201 → 0.77202, up 0.00001 (less than 0.1%)'],
    [words('7.2', '9.0', 'DECIMAL(9,1)', ',.1f', 'min'), 'Orders: 7.2\u00a0min → 9.0\u00a0min, up 1.8 (25.0%)'],
    [words('4.625', '0.04625', 'DOUBLE', ',.1f'), 'Orders: 4.6 → 0.046, down 4.6 (99.0%)'],
    [words('-0.00004', '7.2', 'DOUBLE', ',.2f', 'min'), 'Orders: \u22120.00004\u00a0min → 7.20\u00a0min, up 7.20'],
    [words('0.046', '0.00046', 'DOUBLE', '.1%'), 'Orders: 4.6% → 0.046%, down 4.6 points'],
    [words('5.5', '-3.6e-12', 'DOUBLE', ',.2f'), 'Orders: 5.50 → 0.00, down 5.50 (100%)'],
    [words('0.0004', '7', 'DOUBLE', '$,.2f'), 'Orders: $0.0004 → $7.00, up $7.00 (1,749,900%)'],
    [words('5.5', '0', 'DOUBLE', ',.2f'), 'Orders: 5.50 → 0.00, down 5.50 (100%)'],
    [words('2781', '2118', 'HUGEINT', '+,d'), 'Orders: +2,781 → +2,118, down 663 (23.8%)'],
    [words('1234567890.25', '2234567891.5', 'DOUBLE', null), 'n: 1234567890.25 → 2234567891.5, up 1000000001.25 (81.0%)'],
    [words('0.1', '0.30000000000000004', 'DOUBLE', null), 'n: 0.1 → 0.3, up 0.2 (200%)'],
    // The sign of an exponent is none of the difference.
    [words('0.5', '0.5000001', 'DOUBLE', '.1%'), 'Orders: 0.5 → 0.5000001, up 1e-7 (less than 0.1%)'],
    [words('0.0000003', '0.0000001', 'DOUBLE', null), 'n: 3e-7 → 1e-7, down 2e-7 (66.7%)'],
    [words('0.00000012', '0.00000034', 'DOUBLE', '.8f'), 'Orders: 0.00000012 → 0.00000034, up 0.00000022 (183%)'],
    [words('1', null, 'DOUBLE', ',d'), 'Orders: 1 → no value'],
    [words('1', 'NaN', 'DOUBLE', ',d'), 'Orders: 1 → not a number'],
    [words('1', '2', 'HUGEINT', null), 'n: 1 → 2, up 1 (100%)'],
    [metricWords({ name: 'n', before: null, after: metric('7'), change: { kind: 'added' } }, names(',d')), 'Orders: new, 7'],
    [metricWords({ name: 'n', before: metric('7'), after: null, change: { kind: 'removed' } }, names(',d')), 'Orders: removed, was 7'],
  ];
  for (const [found, expected] of cases) assert.equal(found, expected);
});

test('a large number of a column keeps its digits, and what is no number is no gap', () => {
  const profile = (cell: string, more: Partial<Profile> = {}): Profile => ({ nulls: 0, distinct: 2, min: cell, max: cell, sum: cell, mean: Number(cell), ...more });
  const line = (base: Profile, head: Profile): string => {
    const column: ColumnComparison = { name: 'n', comparing: 'double', changed: 2, withinTolerance: 0, base, head };
    return comparisonWords(comparisonOf(2, 2, { columns: [column] }), new Map()).sections.find(({ title }) => title === 'Columns')!.lines[0]!;
  };
  assert.equal(line(profile('1234567890124.25'), profile('1234567899126.75')), 'n: 2 changed of 2; smallest 1234567890124.25 → 1234567899126.75, largest 1234567890124.25 → 1234567899126.75, sum 1234567890124.25 → 1234567899126.75, mean 1,234,567,890,124 → 1,234,567,899,127');
  assert.equal(line(profile('6415298.36'), profile('12830596.72')).split(', ').slice(1).join(', '), 'largest 6415298.36 → 12830596.72, sum 6415298.36 → 12830596.72, mean 6,415,298 → 12,830,597');
  // Beyond the ninth digit is the tolerance.
  assert.equal(line(profile('1234567890124'), profile('1234567890125')), 'n: 2 changed of 2');
  assert.equal(line(profile('1'), profile('1', { max: 'NaN', sum: 'NaN', mean: null })), 'n: 2 changed of 2; largest 1 → NaN, sum 1 → NaN, mean 1 → not a number');
});

test('one of a million is told as such', () => {
  assert.equal(partWords(1, 'changed', 1_000_000), '1 changed of 1,000,000');
  assert.equal(partWords(999_999, 'changed', 1_000_000), '999,999 changed of 1,000,000');
});

test('cells are told on one line, empty ones in words, long ones up to where they differ', () => {
  assert.equal(modifiedWords({ key: ['2001-06-03', 'SEA'], changes: [{ column: 'flights', before: '512', after: '518' }] }), '2001-06-03 SEA  flights: 512 → 518');
  assert.equal(wholeWords({ cells: [null, '', 'a\nb'], count: 2 }, ['x', 'y', 'z']), 'x: no value, y: empty text, z: a b (2 times)');
  const long = 'x'.repeat(300);
  const told = modifiedWords({ key: ['a'], changes: [{ column: 't', before: `${long}1${long}`, after: `${long}2${long}` }] });
  assert.match(told, /^a {2}t: …x+1x+ → …x+2x+$/);
  assert.ok(told.length < 200);
  assert.match(modifiedWords({ key: ['a'], changes: [{ column: 't', before: long, after: `${long}y` }] }), /x → …x+y$/);
  // Signs of two units: the difference is where it is, not half as far.
  const wide = '😀'.repeat(400);
  assert.match(modifiedWords({ key: ['a'], changes: [{ column: 't', before: `${wide}1${long}`, after: `${wide}2${long}` }] }), /1x+ → …[^1]+2x+$/);
});

const check = (passed: boolean, actual: string) => ({ name: 'orders >= 1', column: 'orders', operator: '>=', expected: '1', actual, level: 'warn' as const, passed });

test('a whole comparison reads as text', async () => {
  const base: Table = { columns: ['day DATE', 'region VARCHAR', 'orders BIGINT', 'old INTEGER', 'rate DOUBLE'], rows: [['2026-01-05', 'north', '120', '1', '0.5'], ['2026-01-05', 'south', '80', '1', '0.30000000000000004'], ['2026-01-06', 'north', '131', '1', null]], key: ['day', 'region'], metrics: [metric('331'), { ...metric('3'), name: 'rows' }], checks: [check(true, '80')] };
  const head: Table = { columns: ['day DATE', 'region VARCHAR', 'orders INTEGER', 'rate DOUBLE', 'new VARCHAR'], rows: [['2026-01-05', 'north', '125', '0.5', 'a'], ['2026-01-05', 'south', '80', '0.3', ''], ['2026-01-07', 'west', '0', '1', null], ['2026-01-08', 'west', '0', '1', null]], key: ['day', 'region'], metrics: [metric('205'), { ...metric('3'), name: 'rows' }], checks: [check(false, '0')] };
  const found = await compare(engine, base, head, { limit: 1 });
  assert.equal(comparisonText(comparisonWords(found, names(',d'))), `Different: base → head: 2 rows added, 1 removed of 3, 1 changed of 2, 3 columns changed, 1 of 2 metrics changed, 1 check changed.

What the differences have in common
  both added rows have region = west, and no row before does
  both added rows have day from 2026-01-07 on, and no row before does

Rows
  3 → 4: 2 added, 1 removed, 1 changed, 1 the same (1 number within the tolerance)
  matched by day, region

Columns
  added: new (VARCHAR)
  removed: old (INTEGER)
  type: orders: BIGINT → INTEGER, which does not hold every value
  orders: 1 changed of 2; smallest 80 → 0, largest 131 → 125, sum 331 → 205, mean 110.333 → 51.25
  rate: without value 1 → 0, largest 0.5 → 1, sum 0.8 → 2.8, mean 0.4 → 0.7

Metrics
  Orders: 331 → 205, down 126 (38.1%)
  the same: rows

Checks
  orders >= 1: fails now: expected 1, found 0

Rows changed (1)
  2026-01-05 north  orders: 120 → 125

Rows added (2)
  day: 2026-01-07, region: west, orders: 0, rate: 1, new: no value
  … and 1 more

Rows removed (1)
  day: 2026-01-06, region: north, orders: 131, old: 1, rate: no value`);
});

test('how rows were matched is said', async () => {
  const rows = (columns: string[], cells: Cell[][], key: string[] = []): Table => ({ columns, rows: cells, key });
  const lines = async (base: Table, head: Table): Promise<string[]> => comparisonWords(await compare(engine, base, head), new Map()).sections.find(({ title }) => title === 'Rows')!.lines.slice(1);
  const one = rows(['x INTEGER'], [['1']]);
  assert.deepEqual(await lines(one, rows(['x INTEGER'], [['2']])), ['the one row before is matched with the one row after']);
  assert.deepEqual(await lines(one, rows(['x INTEGER'], [['2'], ['3']])), ['the report has no key, so a changed row is one removed and one added']);
  assert.deepEqual(await lines(one, rows(['x INTEGER', 'k INTEGER'], [['2', '1']], ['k'])), ['the key (k) is not on both sides, so a changed row is one removed and one added']);
  const twins = rows(['k INTEGER', 'x INTEGER'], [['1', '1'], ['1', '2'], [null, '3']], ['k']);
  assert.deepEqual(await lines(twins, rows(['k INTEGER', 'x INTEGER'], [['1', '1']], ['k'])), ['the key (k) is not unique: 1 repeated before, 0 after, so a changed row is one removed and one added', 'the key has no value in 1 rows before, 0 after']);
  assert.deepEqual(await lines(one, one), ['the rows are the same byte by byte']);
});

test('equal and incomparable are sentences of their own', async () => {
  const table: Table = { columns: ['x DOUBLE'], rows: [['1']], metrics: [metric('1')] };
  assert.equal(comparisonWords(await compare(engine, table, table), new Map()).verdict, 'Equal: base and head have the same 1 row and 1 metric.');
  const [a, b] = [resultOf(table, 'a'), resultOf({ ...table, columns: ['y DOUBLE'] }, 'b')];
  assert.deepEqual(comparisonWords(await compareResults(a, b, engine, { key: [] }), new Map()), { verdict: 'Incomparable: a and b have no column in common.', sections: [] });
  assert.equal(comparisonWords(await compareResults(a, { ...a, label: 'b', report: 'other' }, engine, { key: [] }), new Map()).verdict, 'Incomparable: a and b are of different reports.');
});
