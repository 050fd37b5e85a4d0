import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { compareLoaded, loadAlone, type CompareOptions } from '../../src/analysis/comparison/compare.ts';
import { distributionsOf, type ColumnDistribution } from '../../src/analysis/comparison/distribution.ts';
import { drawKeyed, drawPair, sharedOf } from './compare-drawn.ts';
import { columnsOf, openEngine, resultOf, type Cell, type Table } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

async function both(base: Table, head: Table, options: Partial<CompareOptions> = {}): Promise<ColumnDistribution[]> {
  const { tables } = await compareLoaded(resultOf(base, 'base'), resultOf(head, 'head'), engine, { key: head.key ?? [], ...options });
  return tables === null ? [] : (await distributionsOf(tables)).columns;
}

const keyed = (type: string, cells: Cell[]): Table => ({ columns: ['k INTEGER', `x ${type}`], key: ['k'], rows: cells.map((cell, index) => [String(index), cell]) });
const only = async (type: string, base: Cell[], head: Cell[]): Promise<ColumnDistribution> => (await both(keyed(type, base), keyed(type, head))).find(({ name }) => name === 'x')!;
const numbers = (count: number, of: (index: number) => unknown = String): Cell[] => Array.from({ length: count }, (_, index) => String(of(index)));

test('a category that vanished is among the most frequent values, and one that is new', async () => {
  const { top, quantiles, histogram } = await only('VARCHAR', [...numbers(60, (index) => `t${index % 12}`), 'gone', 'gone', 'gone', 'gone', 'gone', 'gone', null], [...numbers(60, (index) => `t${index % 12}`), ...numbers(7, () => 'new')]).then(({ head, ...rest }) => ({ ...rest, quantiles: head!.quantiles }));
  assert.deepEqual(top.slice(0, 2), [{ value: 'new', base: 0, head: 7 }, { value: 'gone', base: 6, head: 0 }]);
  assert.equal(top.length, 11);
  assert.deepEqual([quantiles, histogram], [null, null]);
});

test('whole numbers: exact quantiles, even steps, the largest difference', async () => {
  const found = await only('BIGINT', numbers(101), numbers(101, (index) => (index === 100 ? 200 : index)));
  assert.deepEqual(found.base?.quantiles, { p05: '5', p25: '25', p50: '50', p75: '75', p95: '95' });
  assert.equal(found.largestDifference, '100');
  assert.deepEqual(found.histogram?.edges.slice(0, 3), ['0', '11', '22']);
  assert.deepEqual([found.histogram?.edges.length, found.histogram?.base.slice(0, 11), found.histogram?.head.at(-1)], [20, [11, 11, 11, 11, 11, 11, 11, 11, 11, 2, 0], 1]);
  const few = await only('INTEGER', ['1', '1', '3'], ['1', '1', '2']);
  assert.deepEqual(few.histogram, { edges: ['1', '2', '3', '4'], base: [2, 0, 1], head: [2, 1, 0] });
});

const STEPS: [what: string, type: string, base: Cell[], head: Cell[], histogram: ColumnDistribution['histogram'], largest: Cell][] = [
  ['one value alone', 'DOUBLE', ['0.5', null], ['0.5', '0.5'], { edges: ['0.5', '0.5'], base: [1], head: [2] }, null],
  ['infinities and NaN are in no step', 'DOUBLE', ['NaN', 'Infinity', '1', '1'], ['1', '-Infinity', 'NaN', '1'], { edges: ['1', '1'], base: [2], head: [2] }, null],
  ['nothing but what is not finite', 'DOUBLE', ['NaN'], ['Infinity'], null, null],
  ['no values', 'BIGINT', [null], ['1'], { edges: ['1', '2'], base: [0], head: [1] }, null],
  ['the largest integers there are', 'HUGEINT', ['-170141183460469231731687303715884105727'], ['170141183460469231731687303715884105727'], null, '3.402823669209385e+38'],
  ['the largest decimals there are', 'DECIMAL(38,2)', ['-999999999999999999999999999999999999.99'], ['999999999999999999999999999999999999.99'], null, '2e+36'],
  ['doubles too large to subtract', 'DOUBLE', ['-1.7e+308'], ['1.7e+308'], null, 'Infinity'],
  ['days', 'DATE', ['2001-06-30', '2001-07-02'], ['2001-06-30', 'infinity'], { edges: ['2001-06-30', '2001-07-01', '2001-07-02', '2001-07-03'], base: [1, 0, 1], head: [1, 0, 0] }, null],
  ['days before the calendar', 'DATE', ['0044-03-15 (BC)'], ['2001-06-30'], null, null],
];
for (const [what, type, base, head, histogram, largest] of STEPS) {
  test(`steps of ${what}`, async () => {
    const found = await only(type, base, head);
    if (histogram) assert.deepEqual(found.histogram, histogram);
    else if (found.histogram) assert.deepEqual([found.histogram.edges.length, found.histogram.base[0], found.histogram.head.at(-1)], [21, 1, 1]);
    assert.equal(found.largestDifference, largest);
  });
}

test('a decimal of more digits than a double has is in its own step', async () => {
  const found = await only('DECIMAL(38,2)', ['0.00', '1000000000000000000.00', '20000000000000000000.00'], ['0.00', '999999999999999999.99', '20000000000000000000.00']);
  assert.deepEqual(found.histogram?.edges.slice(0, 3), ['0.00', '1000000000000000000.00', '2000000000000000000.00']);
  assert.deepEqual([found.histogram.base.slice(0, 3), found.histogram.head.slice(0, 3)], [[1, 1, 0], [2, 0, 0]]);
});

test('moments within a second are in order, and steps of time have edges that read as such', async () => {
  const found = await only('TIMESTAMP WITH TIME ZONE', ['2001-06-30T00:00:00Z', '2001-06-30T00:00:00.500000Z'], ['2001-06-30T00:00:20Z', '2001-06-30T00:00:00.500000Z']);
  assert.deepEqual([found.base?.min, found.base?.max, found.base?.quantiles?.p05], ['2001-06-30T00:00:00Z', '2001-06-30T00:00:00.500000Z', '2001-06-30T00:00:00Z']);
  assert.deepEqual(found.histogram?.edges.slice(0, 2), ['2001-06-30T00:00:00Z', '2001-06-30T00:00:01Z']);
  assert.deepEqual([found.histogram?.base[0], found.histogram?.head[0], found.histogram?.head.at(-1)], [2, 1, 1]);
  const mixed = (await both(keyed('DATE', ['2001-06-30', '2001-07-01']), keyed('TIMESTAMP', ['2001-06-30T00:00:00Z', '2001-07-02T00:00:00Z']))).find(({ name }) => name === 'x')!;
  assert.deepEqual([mixed.histogram?.edges[0], mixed.histogram?.edges.at(-1), mixed.top[0]], ['2001-06-30T00:00:00Z', '2001-07-02T00:00:00Z', { value: '2001-06-30T00:00:00Z', base: 1, head: 1 }]);
});

test('no step ends after the last day that four digits write: what stands for “for ever” is told as it is', async () => {
  const edgesOf = async (type: string, value: string): Promise<string[] | undefined> => (await distributionsOf(await loadAlone(resultOf({ columns: [`until ${type}`], rows: [[value], [value]] }, 'new'), engine))).columns[0]!.histogram?.edges;
  assert.deepEqual(await edgesOf('DATE', '9999-12-31'), ['9999-12-31', '9999-12-31']);
  assert.deepEqual(await edgesOf('TIMESTAMP', '9999-12-31T23:59:59.999999Z'), ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z']);
  assert.deepEqual(await edgesOf('DATE', '9999-12-30'), ['9999-12-30', '9999-12-31']);
});

test('a decimal’s difference is exact, also against another type', async () => {
  const [found] = await both(keyed('DECIMAL(9,2)', ['0.10', '1.00']), keyed('DECIMAL(12,4)', ['0.3001', '1.0000']));
  assert.equal(found!.largestDifference, '0.2001');
});

test('a column of one side, one that did not change, and more than fit', async () => {
  const base: Table = { columns: ['k INTEGER', 'x INTEGER', 'same INTEGER', 'gone DOUBLE'], key: ['k'], rows: [['1', '1', '1', '1'], ['2', '2', '2', null]] };
  const head: Table = { columns: ['k INTEGER', 'x INTEGER', 'same INTEGER', 'new VARCHAR'], key: ['k'], rows: [['1', '1', '1', ''], ['2', '3', '2', 'a']] };
  const found = await both(base, head);
  assert.deepEqual(found.map(({ name, base: one, head: other }) => [name, one === null, other === null]), [['new', true, false], ['gone', false, true], ['x', false, false]]);
  assert.deepEqual(found[0]!.top, [{ value: '', base: 0, head: 1 }, { value: 'a', base: 0, head: 1 }]);
  const wide = (value: string): Table => ({ columns: ['k INTEGER', ...numbers(45, (index) => `x${index} INTEGER`) as string[]], key: ['k'], rows: [['1', ...numbers(45, () => value)]] });
  const { tables } = await compareLoaded(resultOf(wide('1'), 'base'), resultOf(wide('2'), 'head'), engine, { key: ['k'] });
  const { columns, omitted } = await distributionsOf(tables!);
  assert.deepEqual([columns.length, omitted], [40, ['x40', 'x41', 'x42', 'x43', 'x44']]);
});

test('a result that stands alone', async () => {
  const { columns } = await distributionsOf(await loadAlone(resultOf({ columns: ['d DATE', 'x FLOAT', 'l INTEGER[]'], rows: [['2001-06-30', '0.1', '[1]'], ['2001-07-01', '0.3', '[1]'], [null, null, null]] }, 'new'), engine));
  assert.deepEqual(columns.map(({ name, base, head, top, histogram }) => [name, base, head?.rows, head?.nulls, head?.distinct, head?.quantiles?.p50 ?? null, top[0], histogram?.head.length ?? null]), [
    ['d', null, 3, 1, 2, '2001-06-30', { value: '2001-06-30', base: 0, head: 1 }, 2],
    ['x', null, 3, 1, 2, '0.1', { value: '0.1', base: 0, head: 1 }, 20],
    ['l', null, 3, 1, 1, null, { value: '[1]', base: 0, head: 2 }, null],
  ]);
});

test('any two tables: a naive reference counts the same', async () => {
  let seen = 0;
  await fc.assert(fc.asyncProperty(fc.oneof(drawPair.filter(({ base, head, renames }) => sharedOf(base, head, renames).length > 0), drawKeyed), async ({ base, head, renames }) => {
    const { comparison, tables } = await compareLoaded(resultOf(base, 'base'), resultOf(head, 'head'), engine, { key: head.key ?? [], renames });
    if (tables === null || comparison.kind === 'incomparable') return;
    const oldNames = new Map(comparison.schema.renamed.map(({ from, to }) => [to, from]));
    for (const { name, top, histogram, ...sides } of (await distributionsOf(tables)).columns) {
      seen += 1;
      const places = { base: columnsOf(base).findIndex((column) => column.name === (oldNames.get(name) ?? name)), head: columnsOf(head).findIndex((column) => column.name === name) };
      for (const [side, table] of [['base', base], ['head', head]] as const) {
        const told = sides[side];
        if (told === null) {
          assert.deepEqual([top.every((one) => one[side] === 0), histogram?.[side].every((count) => count === 0) ?? true], [true, true]);
          continue;
        }
        const cells = table.rows.flatMap((row) => (row[places[side]] === null ? [] : [row[places[side]]!]));
        const type = columnsOf(table)[places[side]]!.type;
        assert.deepEqual([told.rows, told.nulls], [table.rows.length, table.rows.length - cells.length]);
        // Every value that is there belongs to one of at most twenty that are told, where there are so few.
        assert.ok(top.reduce((sum, one) => sum + one[side], 0) === cells.length || top.length >= 10);
        const isFinite = (cell: string): boolean => !/^(NaN|-?Infinity|-?infinity)$/.test(cell);
        if (histogram) assert.equal(histogram[side].reduce((sum, count) => sum + count, 0), cells.filter(isFinite).length, `${type} ${String(cells)}`);
        if (/INT|DECIMAL|DOUBLE|FLOAT/.test(type) && !/\[|STRUCT/.test(type)) {
          const order = cells.map((cell) => ({ cell, at: cell === 'NaN' ? Infinity : Number(cell), last: cell === 'NaN' ? 1 : 0 })).sort((a, b) => (a.at === b.at ? a.last - b.last : a.at - b.at));
          const at = (part: number): number | undefined => { const one = order[Math.max(0, Math.ceil(part * order.length) - 1)]; return one && Number(one.cell); };
          assert.deepEqual([told.quantiles && Number(told.quantiles.p25), told.quantiles && Number(told.quantiles.p95)], order.length === 0 ? [null, null] : [at(0.25), at(0.95)], String(cells));
        }
      }
    }
  }), { seed: 8, numRuns: 60 });
  assert.ok(seen > 60, String(seen));
});
