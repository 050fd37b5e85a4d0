import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { axisFormat, formatNumber, formatText, withUnit } from '../../src/present/number.ts';
import { plural } from '../../src/snapshot/count.ts';
import { grouped } from '../../src/snapshot/digits.ts';
import { shortNumbers } from '../../src/present/short-number.ts';

test('numbers follow their format, in neutral English', () => {
  const cases: [number | null, string, string][] = [
    [1_234_567_890.12, ',.2f', '1,234,567,890.12'],
    [7, ',d', '7'],
    [0.8047, '.1%', '80.5%'],
    [-12.5, ',.1f', '\u221212.5'],
    [-0.001, '.1f', '0.0'],
    [null, ',d', 'no value'],
    [NaN, ',d', 'not a number'],
    [Infinity, ',d', 'infinity'],
    [-Infinity, '.1%', 'minus infinity'],
  ];
  for (const [value, format, expected] of cases) assert.equal(formatNumber(value, format), expected);
});

test('text with more digits than a double holds keeps every digit', () => {
  const cases: [string | null, string, string][] = [
    ['9007199254740993', ',d', '9,007,199,254,740,993'],
    ['-170141183460469231731687303715884105728', ',d', '\u2212170,141,183,460,469,231,731,687,303,715,884,105,728'],
    ['12345678901234567.125', ',.2f', '12,345,678,901,234,567.13'],
    ['0.00000000000000000049', ',.2f', '0.00'],
    ['-0.0000000000000000001', '.3f', '0.000'],
    ['99999999999999999.999', '.2f', '100000000000000000.00'],
    ['1e21', '.3~e', '1e+21'],
    ['12345678901.123456', '$,.2f', '$12,345,678,901.12'],
    ['-12345678901234567.125', '$,.2f', '\u2212$12,345,678,901,234,567.13'],
    ['9007199254740993', '+,d', '+9,007,199,254,740,993'],
    ['0.00000000000000000049', '+.2f', '+0.00'],
    ['-0.0000000000000000001', '+.3f', '\u22120.000'],
    ['9007199254740993', ' d', ' 9007199254740993'],
    ['-9007199254740993', '($,d', '($9,007,199,254,740,993)'],
    ['12345678901234567.500', ',.2~f', '12,345,678,901,234,567.5'],
    ['12345678901234567.000', ',.2~f', '12,345,678,901,234,567'],
    ['NaN', ',d', 'not a number'],
    ['-Infinity', ',d', 'minus infinity'],
    ['inf', ',d', 'infinity'],
    [null, ',d', 'no value'],
  ];
  for (const [text, format, expected] of cases) assert.equal(formatText(text, format), expected, String(text));
});

test('whole numbers of any size are grouped and otherwise unchanged', () => {
  fc.assert(fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), (value) => {
    const shown = formatText(String(value), ',d');
    assert.equal(BigInt(shown.replaceAll(',', '').replace('\u2212', '-')), value);
    assert.match(shown, /^\u2212?\d{1,3}(,\d{3})*$/);
  }), { seed: 1 });
});

test('text of any length is formatted as its number is', () => {
  const specifier = fc.tuple(fc.constantFrom('', '-', '+', '(', ' '), fc.constantFrom('', '$'), fc.constantFrom('', ','), fc.constantFrom('', '.0', '.2', '.4'), fc.constantFrom('', '~'), fc.constantFrom('f', 'd'));
  fc.assert(fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), specifier, (whole, parts) => {
    const [sign, symbol, comma, precision, trim, type] = parts;
    const format = [sign, symbol, comma, type === 'd' ? '' : precision, trim, type].join('');
    // The zeros make the text longer than a double is exact, and change nothing.
    assert.equal(formatText(`${whole}.5000000000000000`, format), formatText(`${whole}.5`, format), `${whole}.5 ${format}`);
  }), { seed: 1 });
});

test('an axis has short numbers that are still exact', () => {
  const axis = (format: string, ...values: number[]): string[] => values.map(axisFormat(format, Math.max(...values.map(Math.abs))));
  assert.deepEqual(axis(',d', 0, 2500, 5000), ['0', '2,500', '5,000']);
  assert.deepEqual(axis(',d', 0, 500_000, 1_500_000), ['0', '500k', '1.5M']);
  assert.deepEqual(axis(',.2f', 1e9, 2e9), ['1bn', '2bn']);
  assert.deepEqual(axis('.1%', 0.755, 1), ['75.5%', '100%']);
  assert.deepEqual(axis('.2f', -0.3, 0.1), ['\u22120.3', '0.1']);
});

test('units stay beside their number', () => {
  assert.equal(withUnit('7.2', 'min'), '7.2\u00a0min');
  assert.equal(withUnit('41', '%'), '41%');
  assert.equal(withUnit('no value', 'min'), 'no value');
  assert.equal(withUnit('7', null), '7');
  // A unit is written as it is for several.
  assert.deepEqual([withUnit('1', 'days'), withUnit('\u22121', 'points'), withUnit('+1', 'degree-hours'), withUnit('1.0', 'days'), withUnit('21', 'days'), withUnit('1', 'flights')], ['1\u00a0day', '\u22121\u00a0point', '+1\u00a0degree-hour', '1.0\u00a0days', '21\u00a0days', '1\u00a0flights']);
});

test('shortened, any doubles are told apart, and are near what they were', () => {
  // Close to each other, so that their first digits are the same.
  const double = fc.oneof(fc.double({ noNaN: true }), fc.tuple(fc.constantFrom(0.3, 1e-7, 1234.5, 99999.95), fc.integer({ min: -40, max: 40 }), fc.constantFrom(2 ** -52, 1e-9, 1e-6)).map(([base, steps, step]) => base * (1 + steps * step)));
  fc.assert(fc.property(fc.uniqueArray(double, { maxLength: 20, selector: String }), (numbers) => {
    const write = shortNumbers(numbers.map(String));
    const shown = numbers.map((number) => write(String(number))!);
    assert.equal(new Set(shown).size, numbers.length, shown.join());
    numbers.forEach((number, index) => assert.ok(!Number.isFinite(number) || Math.abs(Number(shown[index]) - number) <= Math.abs(number) * 1e-5, `${number} as ${shown[index]}`));
  }), { seed: 3, numRuns: 300 });
});

test('a number in text gets its commas, and any other text stays', () => {
  for (const [text, expected] of [['357052', '357,052'], ['-1234567.50', '-1,234,567.50'], ['999', '999'], ['0.123456', '0.123456'], ['12345678901234567890', '12,345,678,901,234,567,890'], ['1e+21', '1e+21'], ['2026-11-22', '2026-11-22'], ['1234 days', '1234 days'], ['', '']] as const) assert.equal(grouped(text), expected);
});

test('a count has its noun in the singular or the plural', () => {
  const told = [[1, 'entry'], [2, 'entry'], [0, 'key'], [1_234, 'more row']] as const;
  assert.deepEqual(told.map(([count, noun]) => plural(count, noun)), ['1 entry', '2 entries', '0 keys', '1,234 more rows']);
  assert.equal(plural(2, 'number differs', 'numbers differ'), '2 numbers differ');
});
