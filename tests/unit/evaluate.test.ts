import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaybookError, type ErrorCode } from '../../src/error.ts';
import { parseMetric } from '../../src/report/metric.ts';
import { evaluateBy, evaluateMetrics } from '../../src/snapshot/evaluate.ts';
import { resultType } from '../../src/snapshot/numeric.ts';

const columns = [
  { name: 'day', type: 'DATE' },
  { name: 'n', type: 'BIGINT' },
  { name: 'price', type: 'DECIMAL(9,2)' },
  { name: 'x', type: 'DOUBLE' },
  { name: 'all flights', type: 'INTEGER' },
  { name: 'f', type: 'FLOAT' },
];
type Cell = string | null;
const column = (name: string, cells: Cell[]): Cell[][] =>
  cells.map((cell) => columns.map((one) => (one.name === name ? cell : null)));
const value = (text: string, rows: Cell[][]): Cell => evaluateMetrics([parseMetric(text)], columns, rows)[0]!;

const CASES: [text: string, column: string, cells: Cell[], expected: Cell][] = [
  ['count()', 'n', ['1', null], '2'],
  ['count(n)', 'n', ['1', null], '1'],
  ['count_distinct(n)', 'n', ['1', null, '1', '2'], '2'],
  ['sum(n)', 'n', ['1', null, '-3'], '-2'],
  ['sum(n)', 'n', [], null],
  ['sum(n)', 'n', [null], null],
  ['count(n)', 'n', [], '0'],
  ['mean(n)', 'n', [null], null],
  ['mean(n)', 'n', ['1', '2'], '1.5'],
  ['max(n)', 'n', ['9223372036854775807', '9223372036854775806'], '9223372036854775807'],
  ['min(n)', 'n', ['2', '10', '-1'], '-1'],
  ['sum(n)', 'n', ['9007199254740993', '9007199254740993', '1'], '18014398509481987'],
  ['sum(n) * sum(n)', 'n', ['9223372036854775807'], '85070591730234615847396907784232501249'],
  ['sum(price)', 'price', ['0.10', '0.20', '-0.35'], '-0.05'],
  ['sum(price) + 1', 'price', ['0.10'], '1.10'],
  ['sum(price) * 0.5', 'price', ['0.10'], '0.050'],
  ['-sum(price)', 'price', ['0.10'], '-0.10'],
  ['min(price)', 'price', ['0.10', '-2.00'], '-2.00'],
  ['mean(price)', 'price', ['0.10', '0.20'], '0.15'],
  ['sum(price) / count(price)', 'price', ['0.10', '0.20'], '0.15'],
  ['1 / sum(n)', 'n', ['0'], null],
  ['1 / sum(x)', 'x', ['-0'], null],
  ['sum(price) / (sum(price) - sum(price))', 'price', ['1.00'], null],
  ['1 + 1 / sum(n)', 'n', ['0'], null],
  ['sum(x)', 'x', ['0.1', '0.2', '0.3'], '0.6'],
  ['sum(x)', 'x', ['1', '1e+100', '1', '-1e+100'], '2'],
  ['sum(x)', 'x', ['NaN', '1'], 'NaN'],
  ['sum(x)', 'x', ['Infinity', '1'], 'Infinity'],
  ['sum(x)', 'x', ['Infinity', '-Infinity'], 'NaN'],
  ['max(x)', 'x', ['NaN', 'Infinity'], 'NaN'],
  ['min(x)', 'x', ['NaN', 'Infinity'], 'Infinity'],
  ['min(x)', 'x', ['NaN'], 'NaN'],
  ['sum(x)', 'x', ['-0'], '0'],
  ['count_distinct(x)', 'x', ['-0', '0', 'NaN', 'NaN'], '2'],
  ['sum(x) * 1e3', 'x', ['1e+21'], '1e+24'],
  ['sum(f)', 'f', ['0.1'], '0.10000000149011612'],
  ['sum("all flights") - -1', 'all flights', ['41'], '42'],
];

test('metrics over text cells', () => {
  for (const [text, name, cells, expected] of CASES) assert.equal(value(text, column(name, cells)), expected, `${text} of ${cells.join(' ')}`);
});

test('a sum keeps its small parts: a million tenths', () => {
  assert.equal(value('sum(x)', column('x', Array.from({ length: 1_000_000 }, () => '0.1'))), '100000');
});

test('the type of a value follows from the columns', () => {
  const types: [string, object][] = [
    ['count_distinct(day)', { kind: 'integer' }],
    ['sum(n) * max(n)', { kind: 'integer' }],
    ['sum(price) - count()', { kind: 'decimal', scale: 2 }],
    ['sum(price) * 0.125', { kind: 'decimal', scale: 5 }],
    ['sum(price) * 1e0', { kind: 'double' }],
    ['mean(n)', { kind: 'double' }],
    ['sum(n) / 2', { kind: 'double' }],
    ['sum(n) * 0.12345678901234567890123456789012345678 * sum(price)', { kind: 'double' }],
  ];
  for (const [text, expected] of types) assert.deepEqual(resultType(parseMetric(text), columns), expected, text);
});

const REFUSED: [string, string[][], ErrorCode, RegExp][] = [
  ['sum(nn)', [], 'result-column', /no column "nn"; did you mean "n"\?/],
  ['sum(N)', [], 'result-column', /no column "N"; did you mean "n"\?/],
  ['max(day)', [], 'metric-failed', /max\(\) needs a column of numbers, and "day" is DATE/],
  ['sum(n)', [['', 'ten']], 'snapshot-broken', /"ten" is no BIGINT/],
  ['sum(n)', [['', '']], 'snapshot-broken', /"" is no BIGINT/],
  ['sum(n)', [['', '1.0']], 'snapshot-broken', /"1.0" is no BIGINT/],
  ['sum(price)', [['', '', '1.5']], 'snapshot-broken', /"1.5" is no DECIMAL\(9,2\)/],
  ['sum(x)', [['', '', '', 'nan']], 'snapshot-broken', /"nan" is no DOUBLE/],
  ['sum(n) * sum(n) * sum(n)', [['', '9223372036854775807']], 'metric-failed', /more digits than the 38/],
  ['sum(price) + 99999999999999999999999999999999999999', [['', '', '1.00']], 'metric-failed', /more digits than the 38/],
];

test('what cannot be computed is refused', () => {
  for (const [text, rows, code, message] of REFUSED) {
    assert.throws(() => value(text, rows), (error) => {
      assert.ok(error instanceof DaybookError, `${text}: ${String(error)}`);
      assert.equal(error.code, code, text);
      assert.match(error.message, message);
      return true;
    }, text);
  }
});

test('groups are kept apart, in the order of their first rows; a null key is left out', () => {
  const rows = [['2001-06-02', '1'], ['2001-06-01', '2'], [null, '4'], ['2001-06-02', '8']].map(([day, n]) => [day!, n!, null, null, null, null]);
  const groups = evaluateBy([parseMetric('sum(n)'), parseMetric('sum(n) / count()')], columns, rows, (row) => row[0]!);
  assert.deepEqual([...groups], [['2001-06-02', ['9', '4.5']], ['2001-06-01', ['2', '2']]]);
  assert.equal(evaluateBy([parseMetric('sum(n)')], columns, [], () => 'x').size, 0);
});
