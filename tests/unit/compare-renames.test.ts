import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { declaredRenames } from '../../src/analysis/comparison/renames.ts';
import { comparisonWords } from '../../src/present/comparison/comparison.ts';
import { reportSchema } from '../../src/report/schema.ts';
import type { CheckResult } from '../../src/snapshot/manifest.ts';
import { compare, openEngine, type Cell, type Table } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

const table = (columns: string[], rows: Cell[][], key = ['k']): Table => ({ columns, rows, key });
const ROWS: Cell[][] = [['a', '1', 'x'], ['b', '2', 'y'], ['c', null, 'y']];
const before = table(['k VARCHAR', 'sales DOUBLE', 'place VARCHAR'], ROWS);

test('what a report says by `was`', () => {
  const { dimensions, columns } = reportSchema.pick({ dimensions: true, columns: true }).parse({ dimensions: { airport: { was: 'origin' }, day: {} }, columns: { delay: { was: 'minutes' }, late: { was: 'minutes' }, same: { was: 'same' } } });
  assert.deepEqual(declaredRenames({ dimensions, columns }), { origin: 'airport', minutes: 'delay' });
});

test('a column of another name with the same values in all rows that match looks renamed', async () => {
  const head = table(['k VARCHAR', 'revenue DOUBLE', 'place VARCHAR'], [['a', '1', 'x'], ['b', '2.0000000001', 'z'], ['d', '7', 'y']]);
  const found = await compare(engine, before, head);
  assert.deepEqual([found.schema.renamed, found.schema.added, found.schema.removed], [[{ from: 'sales', to: 'revenue', declared: false }], [], []]);
  assert.deepEqual(found.columns.map(({ name, changed }) => [name, changed]), [['k', null], ['revenue', 0], ['place', 1]]);
  assert.deepEqual([found.rows.added, found.rows.removed, found.rows.modified], [1, 1, 1]);
  assert.equal(comparisonWords(found, new Map()).sections[1]!.lines[0], 'looks renamed: sales → revenue');
  const declared = await compare(engine, before, head, { renames: { sales: 'revenue' } });
  assert.deepEqual([declared.schema.renamed, comparisonWords(declared, new Map()).sections[1]!.lines[0]], [[{ from: 'sales', to: 'revenue', declared: true }], 'renamed: sales → revenue']);
});

const NONE: [why: string, base: Table, head: Table][] = [
  ['a value differs', before, table(['k VARCHAR', 'revenue DOUBLE', 'place VARCHAR'], [['a', '1', 'x'], ['b', '2.1', 'y'], ['c', null, 'y']])],
  ['a value is NULL now', before, table(['k VARCHAR', 'revenue DOUBLE', 'place VARCHAR'], [['a', '1', 'x'], ['b', null, 'y'], ['c', null, 'y']])],
  ['the type is another', before, table(['k VARCHAR', 'revenue DECIMAL(9,2)', 'place VARCHAR'], [['a', '1.00', 'x'], ['b', '2.00', 'y'], ['c', null, 'y']])],
  ['one value alone proves nothing', table(['k VARCHAR', 'unit VARCHAR'], [['a', 'usd'], ['b', 'usd']]), table(['k VARCHAR', 'currency VARCHAR'], [['a', 'usd'], ['b', 'usd']])],
  ['no row matches', before, table(['k VARCHAR', 'revenue DOUBLE', 'place VARCHAR'], [['x', '1', 'x'], ['y', '2', 'y']])],
  ['two columns would fit', before, table(['k VARCHAR', 'gross DOUBLE', 'net DOUBLE', 'place VARCHAR'], ROWS.map(([k = null, n = null, p = null]): Cell[] => [k, n, n, p]))],
  ['without a key, other rows would come and go', table(['x INTEGER', 'y INTEGER'], [['1', '1'], ['2', '2']], []), table(['x INTEGER', 'z INTEGER'], [['1', '2'], ['2', '1']], [])],
];
for (const [why, base, head] of NONE) {
  test(`no rename: ${why}`, async () => assert.deepEqual((await compare(engine, base, head)).schema.renamed, []));
}

test('a key of another name is found, then rows are matched by it, and what else was renamed', async () => {
  const head = table(['id VARCHAR', 'revenue DOUBLE', 'place VARCHAR'], [['a', '1', 'x'], ['b', '2', 'z'], ['c', null, 'y']], ['id']);
  const found = await compare(engine, before, head);
  assert.deepEqual(found.schema.renamed, [{ from: 'k', to: 'id', declared: false }, { from: 'sales', to: 'revenue', declared: false }]);
  assert.deepEqual([found.key.mode, found.rows.modified, found.cells?.changed], ['keyed', 1, 1]);
});

test('without a key, a column is renamed where the same rows are there', async () => {
  const found = await compare(engine, table(['x INTEGER', 'y INTEGER'], [['1', '1'], ['2', '5'], ['2', '5']], []), table(['x INTEGER', 'z INTEGER'], [['1', '1'], ['2', '5'], ['2', '5']], []));
  assert.deepEqual([found.schema.renamed, found.rows.unchanged], [[{ from: 'y', to: 'z', declared: false }], 3]);
});

test('a declared rename is none where the column is there under both names', async () => {
  const head = table(['k VARCHAR', 'sales DOUBLE', 'gross DOUBLE', 'place VARCHAR'], ROWS.map(([k = null, n = null, p = null]): Cell[] => [k, n, n, p]));
  const found = await compare(engine, before, head, { renames: { sales: 'gross' } });
  assert.deepEqual([found.schema.renamed, found.schema.added.map(({ name }) => name), found.schema.removed], [[], ['gross'], []]);
});

test('what is checked of a column is checked of it under its new name too', async () => {
  const check = (column: string, expected: string): CheckResult => ({ name: `${column} >= ${expected}`, column, operator: '>=', expected, actual: '1', level: 'error', passed: true });
  const head = table(['k VARCHAR', 'revenue DOUBLE', 'place VARCHAR'], ROWS);
  for (const renames of [{ sales: 'revenue' }, {}] as Record<string, string>[]) {
    const kinds = async (checks: CheckResult[]): Promise<string[]> => (await compare(engine, { ...before, checks: [check('sales', '0')] }, { ...head, checks }, { renames })).checks.map(({ kind }) => kind);
    assert.deepEqual([await kinds([check('revenue', '0')]), await kinds([check('revenue', '-1')]), await kinds([])], [[], ['bound'], ['removed']]);
  }
});
