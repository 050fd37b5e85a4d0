import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changedParts, dimensionsOf, engineChange, isSameData, measureKept, splitMove, type Measured } from '../../src/analysis/attribution/attribution.ts';
import { amountOf, amountText, plus, ZERO, type Amount } from '../../src/analysis/attribution/amount.ts';
import { breakdownOf } from '../../src/analysis/attribution/breakdown.ts';
import type { MetricSide } from '../../src/analysis/attribution/swap.ts';
import { termsOf } from '../../src/analysis/attribution/terms.ts';
import { parseMetric } from '../../src/report/metric.ts';
import type { Metric, Report } from '../../src/report/report.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import type { Row } from '../../src/snapshot/csv.ts';
import { evaluateMetrics } from '../../src/snapshot/evaluate.ts';
import type { Column, Inputs } from '../../src/snapshot/manifest.ts';

const COLUMNS: Column[] = [{ name: 'place', type: 'VARCHAR' }, { name: 'money', type: 'DECIMAL(18,2)' }, { name: 'n', type: 'BIGINT' }, { name: 'x', type: 'DOUBLE' }];
const SEED = { seed: 20010630, numRuns: 200 };

const cell = {
  place: fc.constantFrom(null, '', 'SEA', 'ORD', 'null', 'a,b'),
  money: fc.option(fc.integer({ min: -99_999, max: 99_999 }).map((cents) => (cents < 0 ? '-' : '') + (Math.abs(cents) / 100).toFixed(2).replace(/^0\.00$/, '0.00'))).map((text) => (text === '-0.00' ? '0.00' : text)),
  n: fc.option(fc.oneof(fc.integer({ min: -50, max: 50 }).map(String), fc.constant('9007199254740993'))),
  x: fc.option(fc.integer({ min: -1_000, max: 1_000 }).map((value) => String(value / 8))),
};
const rows: fc.Arbitrary<Row[]> = fc.array(fc.tuple(cell.place, cell.money, cell.n, cell.x), { maxLength: 25 });

function side(metric: string, of: readonly Row[]): MetricSide {
  return { expression: parseMetric(metric), columns: COLUMNS, rows: of };
}

function valueOf({ expression, columns, rows: of }: MetricSide): string | null {
  return evaluateMetrics([expression], columns, of)[0]!;
}

test('the parts of a sum add up to its move, to the last digit', () => {
  for (const metric of ['sum(money)', 'sum(money) - 2 * sum(n) + count()', '-(0.5 * (count(x) + sum(money)))', '3 + count() - count(money)']) {
    fc.assert(fc.property(rows, rows, (before, after) => {
      const [from, to] = [side(metric, before), side(metric, after)];
      const breakdown = breakdownOf(from, to, ['place'])!;
      assert.equal(breakdown.kind, 'sum');
      const sum = breakdown.parts.reduce<Amount>((total, { difference }) => plus(total, amountOf(difference, 'DECIMAL')), ZERO);
      const [a, b] = [valueOf(from), valueOf(to)];
      fc.pre(a !== null && b !== null);
      const move = splitMove(measured(from), measured(to), measured(to), 'same-definition', []);
      assert.equal(Number(amountText(sum)), Number(move.total));
      assert.deepEqual(normal(sum), normal(amountOf(move.total!, 'DECIMAL')));
      assert.equal(breakdown.residual, '0');
    }), SEED);
  }
});

function normal(amount: Amount): string {
  return amountText(amount).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

function measured(of: MetricSide, type = 'DECIMAL(38,2)'): Measured {
  return { value: { name: 'm', type, value: valueOf(of), period: null }, side: of };
}

/** Ratios are of doubles, which do not hold the largest integers. */
function small(of: Row[]): Row[] {
  return of.map((row) => [row[0]!, row[1]!, row[2] === '9007199254740993' ? '7' : row[2]!, row[3]!]);
}

test('the order of rows does not matter', () => {
  for (const metric of ['sum(money) + count()', 'sum(x)', 'sum(money) / sum(n)', 'max(x) - min(n)', 'mean(n)', 'count_distinct(n)']) {
    fc.assert(fc.property(rows, rows, fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (all, changed, order) => {
      const [before, after] = termsOf(parseMetric(metric)) ? [all, changed] : [small(all), small(changed)];
      const mixed = (of: Row[]): Row[] => of.map((row, index) => ({ row, rank: order[index]! })).sort((a, b) => a.rank - b.rank).map(({ row }) => row);
      const [told, other] = [breakdownOf(side(metric, before), side(metric, after), ['place']), breakdownOf(side(metric, mixed(before)), side(metric, mixed(after)), ['place'])];
      if (told?.kind !== 'swap') return assert.deepEqual(other, told);
      // Doubles are added up in another order: the last digits may differ, and with them which of two parts is larger.
      const sizes = ({ parts, total }: typeof told): [string, number][] => [['total', Number(total)] as [string, number], ...parts.map(({ value, difference }): [string, number] => [JSON.stringify(value), Number(difference)])].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [index, [name, size]] of sizes(told).entries()) {
        const [otherName, otherSize] = sizes(other!)[index]!;
        assert.equal(otherName, name);
        assert.ok(Math.abs(otherSize - size) <= 1e-9 * Math.max(1e-6, Math.abs(size)), `${name}: ${size} and ${otherSize}`);
      }
    }), SEED);
  }
});

test('the part of a value in a ratio is what its new rows in the place of its old ones change', () => {
  for (const metric of ['sum(money) / count()', '100 * (sum(n) / count(n) - mean(x))', 'max(x) - min(money)', 'count_distinct(n) / count()']) {
    fc.assert(fc.property(rows, rows, (all, changed) => {
      const [before, after] = [small(all), small(changed)];
      const breakdown = breakdownOf(side(metric, before), side(metric, after), ['place']);
      const from = valueOf(side(metric, before));
      if (from === null || valueOf(side(metric, after)) === null) return assert.equal(breakdown, null);
      for (const place of new Set([...before, ...after].map((row) => row[0]!))) {
        const swapped = valueOf(side(metric, [...before.filter((row) => row[0] !== place), ...after.filter((row) => row[0] === place)]));
        const part = breakdown!.parts.find(({ value }) => value[0] === place);
        const expected = swapped === null ? 0 : Number(swapped) - Number(from);
        assert.ok(Math.abs(Number(part?.difference ?? 0) - expected) <= 1e-9 * Math.max(1, Math.abs(Number(from)), Math.abs(expected)), `${metric} ${place}: ${part?.difference} and ${expected}`);
      }
      const told = breakdown!.parts.reduce((sum, { difference }) => sum + Number(difference), Number(breakdown!.residual));
      assert.ok(Math.abs(told - Number(breakdown!.total)) <= 1e-6);
    }), SEED);
  }
});

test('values that come, go or are missing are parts like any other', () => {
  const breakdown = breakdownOf(side('sum(n)', [['gone', null, '5', null], [null, null, '1', null], ['', null, '2', null], ['same', null, '3', null]]), side('sum(n)', [['new', null, '7', null], [null, null, '4', null], ['', null, null, null], ['same', null, '3', null]]), ['place'])!;
  assert.deepEqual(breakdown.parts.map(({ value, difference, before, after }) => [value[0], difference, before, after]), [['new', '7', null, '7'], ['gone', '-5', '5', null], [null, '3', '1', '4'], ['', '-2', '2', null]]);
  assert.equal(breakdown.values, 5);
});

test('what is a sum, and what cannot be broken down', () => {
  for (const metric of ['sum(n) / 100', '2 * (sum(n) - count())', '-sum(x)', 'sum(n) * (3 - 1)']) assert.ok(termsOf(parseMetric(metric)), metric);
  for (const metric of ['sum(n) / count()', 'max(n)', 'mean(n)', 'sum(n) * count()', '1 / sum(n)', 'sum(n) / 0']) assert.equal(termsOf(parseMetric(metric)), null, metric);
  const one: Row[] = [['SEA', '1.00', '1', '1']];
  assert.equal(breakdownOf(side('sum(n)', one), side('sum(n)', one), ['nowhere']), null);
  assert.equal(breakdownOf(side('mean(n)', one), side('mean(x)', one), ['place']), null, 'two metrics that are no sums');
  assert.equal(breakdownOf(side('sum(place)', one), side('sum(n)', one), ['place']), null);
});

test('both parts of a move add up to it; without one of the three values nothing is known', () => {
  const of = (value: string | null, type = 'DECIMAL(38,2)'): Measured => ({ value: { name: 'm', type, value, period: null }, side: null });
  const split = splitMove(of('240.10'), of('242.00'), of('250.05'), 'replayed', []);
  assert.deepEqual([split.total, split.data, split.definition, split.method], ['1.90', '9.95', '-8.05', 'replayed']);
  assert.equal(splitMove(of('9007199254740993', 'HUGEINT'), of('9007199254740995', 'HUGEINT'), null, 'unknown', []).total, '2');
  for (const [before, after, middle] of [[null, '1', '1'], ['1', null, '1'], ['1', '2', null], ['1', 'NaN', '2']] as const) {
    const none = splitMove(of(before, 'DOUBLE'), of(after, 'DOUBLE'), of(middle, 'DOUBLE'), 'replayed', []);
    assert.deepEqual([none.method, none.data, none.definition], ['unknown', null, null], `${before} ${after} ${middle}`);
  }
});

const INPUTS: Inputs = {
  report: 'team/r', definition: digestJson(1), query: digestJson(2), parameters: { as_of: '2001-06-30', late: 15 },
  sources: [{ name: 's', files: [{ path: 'data.csv', bytes: 1, sha256: digestJson(3) }], reading: digestJson(4) }],
  engine: { name: 'duckdb', version: '1', settings: { threads: 1, TimeZone: 'UTC' } },
};

test('what people changed is told from what the data changed', () => {
  const [source] = INPUTS.sources;
  const cases: [Partial<Inputs>, string[], boolean][] = [
    [{}, [], true],
    [{ parameters: { late: 15, as_of: '2001-06-30' } }, [], true],
    [{ parameters: { as_of: '2001-07-01', late: 15 } }, [], false],
    [{ parameters: { as_of: '2001-06-30', late: 20 } }, ['parameters'], true],
    [{ definition: digestJson(9), query: digestJson(9) }, ['definition', 'query'], true],
    [{ sources: [{ ...source!, reading: digestJson(9) }] }, ['reading'], false],
    [{ sources: [source!, { ...source!, name: 't' }] }, ['sources'], false],
    [{ sources: [{ ...source!, files: [] }] }, [], false],
  ];
  for (const [change, parts, same] of cases) {
    assert.deepEqual(changedParts(INPUTS, { ...INPUTS, ...change }), parts, JSON.stringify(change));
    assert.equal(isSameData(INPUTS, { ...INPUTS, ...change }), same, JSON.stringify(change));
  }
  assert.equal(engineChange(INPUTS, { ...INPUTS, engine: { ...INPUTS.engine, settings: { TimeZone: 'UTC', threads: 1 } } }), null);
  assert.match(engineChange(INPUTS, { ...INPUTS, engine: { ...INPUTS.engine, version: '2' } })!.to, /^duckdb 2 /);
});

test('a metric of kept rows is that of the last complete period', () => {
  const columns = [{ name: 'day', type: 'DATE' }, { name: 'n', type: 'BIGINT' }];
  const metric = { name: 'm', expression: parseMetric('sum(n)') } as Metric;
  const kept: Row[] = [['2001-06-29', '1'], ['2001-06-30', '2'], ['2001-07-01', '4'], [null, '8']];
  const of = (time: Report['time'], asOf: string) => measureKept(metric, time, { columns, as_of: asOf }, kept)?.value;
  assert.deepEqual(of({ column: 'day', period: 'day' }, '2001-06-30'), { name: 'm', type: 'HUGEINT', period: '2001-06-30', value: '2' });
  assert.deepEqual(of({ column: 'day', period: 'month' }, '2001-07-01'), { name: 'm', type: 'HUGEINT', period: '2001-06-01', value: '3' });
  assert.deepEqual(of({ column: 'day', period: 'month' }, '2001-06-29'), { name: 'm', type: 'HUGEINT', period: null, value: null });
  assert.equal(of(undefined, '2001-06-30')?.value, '15');
  assert.equal(of({ column: 'week', period: 'week' }, '2001-06-30'), undefined);
});

test('the columns of a breakdown: dimensions, else text of the key; neither time nor persons', () => {
  const columns = ['day', 'airport', 'person', 'n'].map((name) => ({ name, type: name === 'n' ? 'BIGINT' : 'VARCHAR' }));
  const report = (dimensions: object, personal: string[] = []) => ({ dimensions, key: ['day', 'airport', 'person', 'n'], time: { column: 'day', period: 'day' as const }, personal }) as Report;
  assert.deepEqual(dimensionsOf(report({ person: {}, day: {}, absent: {} }), columns), ['person']);
  assert.deepEqual(dimensionsOf(report({ person: {} }, ['person']), columns), ['airport']);
  assert.deepEqual(dimensionsOf(report({}), columns), ['airport', 'person']);
});
