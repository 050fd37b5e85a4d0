import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differByRounding, type CsvRows } from '../../src/analysis/review/row-order.ts';
import { encodeCsv, orderRows, type Row } from '../../src/snapshot/csv.ts';

function rowsOf(types: string[], rows: Row[], key: number[] = []): CsvRows {
  const columns = types.map((type, index) => ({ name: `c${index}`, type }));
  return { columns, csv: encodeCsv(columns.map(({ name }) => name), orderRows(rows, key)) };
}

const differs = (types: string[], a: Row[], b: Row[]): boolean => !differByRounding(rowsOf(types, a), rowsOf(types, b));

test('rounding is told from a difference, by the type of the column', () => {
  const cases: [what: string, types: string[], a: Row[], b: Row[], differs: boolean][] = [
    ['last bits', ['VARCHAR', 'DOUBLE'], [['x', '0.6']], [['x', '0.6000000000000001']], false],
    ['beyond the tolerance', ['VARCHAR', 'DOUBLE'], [['x', '0.6']], [['x', '0.6000001']], true],
    ['a number of 32 bits', ['FLOAT'], [['0.6']], [['0.6000001']], false],
    ['a decimal', ['DECIMAL(18,3)'], [['0.600']], [['0.601']], true],
    ['a whole number', ['BIGINT'], [['9007199254740993']], [['9007199254740992']], true],
    ['what is left where the rest cancels out', ['DOUBLE'], [['0'], ['52000']], [['0.000000004'], ['52000']], false],
    ['small beside a large value', ['DOUBLE'], [['0.4'], ['1000000000']], [['0.6'], ['1000000000']], true],
    ['another order of rows, by rounding', ['DOUBLE', 'VARCHAR'], [['0.6', 'a'], ['0.6000000000000001', 'b']], [['0.6000000000000001', 'a'], ['0.6', 'b']], false],
    ['values that changed places', ['DOUBLE', 'VARCHAR'], [['1', 'a'], ['2', 'b']], [['2', 'a'], ['1', 'b']], true],
    ['a NULL', ['DOUBLE'], [[null]], [['0']], true],
    ['infinite, not a number', ['DOUBLE', 'DOUBLE'], [['Infinity', 'NaN']], [['Infinity', 'NaN']], false],
    ['infinite on one side', ['DOUBLE'], [['Infinity']], [['1e308']], true],
    ['a text', ['VARCHAR', 'DOUBLE'], [['x', '1']], [['y', '1']], true],
    ['a row less', ['DOUBLE'], [['1'], ['2']], [['1']], true],
  ];
  for (const [what, types, a, b, expected] of cases) assert.equal(differs(types, a, b), expected, what);
  assert.equal(differByRounding(rowsOf(['DOUBLE'], [['1']]), rowsOf(['BIGINT'], [['1']])), false, 'another type');
});

const row = fc.tuple(fc.constantFrom('a', 'b', null), fc.integer({ min: -9, max: 9 }).map((value) => value / 7), fc.integer({ min: 0, max: 3 }));

test('rounded rows are the same rows, whichever way they are sorted; one other value is another result', () => {
  fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 12, maxLength: 12 }), fc.nat(), (rows, noise, at) => {
    const types = ['DOUBLE', 'VARCHAR', 'BIGINT'];
    const cells = rows.map(([text, value, count]): Row => [String(value), text, String(count)]);
    const rounded = rows.map(([text, value, count], index): Row => [String(value * (1 + noise[index]! * Number.EPSILON)), text, String(count)]);
    assert.equal(differs(types, cells, rounded), false);
    const index = at % rows.length;
    assert.equal(differs(types, cells, rounded.with(index, rounded[index]!.with(2, '7'))), true);
    assert.equal(differs(types, cells, rounded.with(index, rounded[index]!.with(0, '1000'))), true);
  }));
});
