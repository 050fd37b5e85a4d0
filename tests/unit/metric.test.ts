import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaybookError } from '../../src/error.ts';
import { columnsOf, parseMetric, type Expression } from '../../src/report/metric.ts';

const sum = (column: string): Expression => ({ kind: 'aggregate', fn: 'sum', column });
const number = (text: string): Expression => ({ kind: 'number', text });

const GOOD: [string, Expression][] = [
  ['count()', { kind: 'aggregate', fn: 'count', column: null }],
  ['sum(a)', sum('a')],
  [' sum ( a ) ', sum('a')],
  ['sum("on time, \\"really\\"")', sum('on time, "really"')],
  ["sum('größe')", sum('größe')],
  ['sum(größe)', sum('größe')],
  ['sum("count(*)")', sum('count(*)')],
  ['count_distinct(a)', { kind: 'aggregate', fn: 'count_distinct', column: 'a' }],
  ['-sum(a)', { kind: 'negate', operand: sum('a') }],
  ['sum(a) - -1', { kind: 'binary', operator: '-', left: sum('a'), right: { kind: 'negate', operand: number('1') } }],
  ['sum(a) + 0.10', { kind: 'binary', operator: '+', left: sum('a'), right: number('0.10') }],
  ['5. * sum(a)', { kind: 'binary', operator: '*', left: number('5'), right: sum('a') }],
  ['sum(a)*1e-3', { kind: 'binary', operator: '*', left: sum('a'), right: number('1e-3') }],
  ['sum(a) + sum(b) * sum(c)', {
    kind: 'binary', operator: '+', left: sum('a'), right: { kind: 'binary', operator: '*', left: sum('b'), right: sum('c') },
  }],
  ['(sum(a) + sum(b)) / sum(c)', {
    kind: 'binary', operator: '/', left: { kind: 'binary', operator: '+', left: sum('a'), right: sum('b') }, right: sum('c'),
  }],
  ['sum(a) - sum(b) - sum(c)', {
    kind: 'binary', operator: '-', left: { kind: 'binary', operator: '-', left: sum('a'), right: sum('b') }, right: sum('c'),
  }],
];

test('a metric is parsed with the usual precedence', () => {
  for (const [text, expected] of GOOD) assert.deepEqual(parseMetric(text), expected, text);
});

const BAD: [string, RegExp][] = [
  ['', /empty/],
  ['   ', /empty/],
  ['smu(a)', /function "smu" found; did you mean "sum"\?/],
  ['SUM(a)', /function "SUM" found; did you mean "sum"\?/],
  ['median(a)', /function "median" found: compute it in the query/],
  ['avg(a)', /function "avg" found; did you mean "mean"\?/],
  ['Average(a)', /function "Average" found; did you mean "mean"\?/],
  ['count(distinct a)', /write count_distinct\(a\)/],
  ['sum(case when a > 5 then 1 end)', /takes one column, and 6 were found: compute in the query/],
  ['toString(a)', /function "toString" found/],
  ['constructor(a)', /function "constructor" found/],
  ['a', /column "a" stands without an aggregate; write for example sum\(a\)/],
  ['sum(a) / b', /column "b" stands without/],
  ['100', /reads no column/],
  ['1 + 2', /reads no column/],
  ['count(*)', /written count\(\)/],
  ['sum()', /takes one column, and 0/],
  ['sum(a, b)', /takes one column, and 2/],
  ['sum(a + b)', /one column of the result: compute in the query/],
  ['sum(1)', /one column of the result/],
  ['sum("")', /one column of the result/],
  ['sum(t.a)', /one column of the result/],
  ['sum(on-time)', /sum\("on time"\)/],
  ['sum(sum(a))', /one column of the result/],
  ['sum(a) ** 2', /operator "\*\*" found/],
  ['sum(a) > 1', /operator ">" found/],
  ['sum(a) % 2', /operator "%" found/],
  ['sum(a) || sum(b)', /operator "\|\|" found/],
  ['!sum(a)', /operator "!" found/],
  ['sum(a) ? 1 : 2', /a condition found/],
  ['[sum(a)]', /a list found/],
  ['this + sum(a)', /the word "this" found/],
  ['a.b(c)', /function "an expression" found/],
  ['a["constructor"]("x")()', /function/],
  ['sum(a), sum(b)', /two expressions/],
  ['sum(a) sum(b)', /two expressions|cannot be read/],
  ['sum(a); drop table x', /two expressions|cannot be read/],
  ['sum(a', /cannot be read at character 6/],
  ['sum(a))', /cannot be read/],
  ['sum("a)', /cannot be read/],
  ['1e999 * sum(a)', /1e999 found/],
  ['true + sum(a)', /true found/],
  ['"text" + sum(a)', /"text" found/],
  ['sum(a) +', /cannot be read/],
  ['sum(a) # 1', /cannot be read/],
  ['('.repeat(600), /at most 500/],
  [`${'('.repeat(240)}sum(a)${')'.repeat(239)}`, /cannot be read/],
];

test('what is no metric is refused, with what was found and what is allowed', () => {
  for (const [text, message] of BAD) {
    assert.throws(() => parseMetric(text), (error) => {
      assert.ok(error instanceof DaybookError, `${text}: ${String(error)}`);
      assert.equal(error.code, 'metric-syntax', text);
      assert.match(error.message, message, text);
      assert.match(error.remedy, /count_distinct\(\)/, text);
      return true;
    }, text);
  }
});

test('columns are named once, in the order of reading', () => {
  assert.deepEqual(columnsOf(parseMetric('sum(b) / sum("a x") + mean(b) * count() - -max(c)')), ['b', 'a x', 'c']);
});
