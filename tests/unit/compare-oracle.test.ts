import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { compareResults } from '../../src/analysis/compare.ts';
import { pairColumns } from '../../src/analysis/column-pairs.ts';
import { classOf, equalCells } from '../../src/analysis/cell-equality.ts';
import type { Comparing } from '../../src/analysis/comparison.ts';
import { matchRows, samplesOf } from '../../src/analysis/row-match.ts';
import { rowsOf } from '../../src/snapshot/checkout.ts';
import { compare, columnsOf, openEngine, resultOf, type Cell, type Compared, type Table } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

/** Cells that are close to each other, so that keys and values meet; the same value has one text in each type. */
const CELLS: { [type: string]: string[] } = {
  INTEGER: ['0', '1', '-1', '10', '2147483647'],
  BIGINT: ['0', '1', '10', '9007199254740992', '9007199254740993'],
  HUGEINT: ['0', '1', '170141183460469231731687303715884105727'],
  'DECIMAL(9,2)': ['0.00', '1.00', '10.00', '-1.50', '19.99'],
  'DECIMAL(12,4)': ['0.0000', '1.0000', '1.0004', '19.9900', '-1.5000'],
  DOUBLE: ['0', '1', '1.0000000005', '1.000000002', '-1.5', '0.1', '0.30000000000000004', '0.3', '1e-13', 'NaN', 'Infinity', '-Infinity', '1.7e+308', '19.99'],
  FLOAT: ['0', '1', '0.1', '19.99', 'NaN'],
  VARCHAR: ['', 'a', 'a-b', 'b', '-', '1', '1.00', 'true', '2001-06-30', '[1]', 'NULL', '"', "'", ',', '\n', '\uFEFF', '😀', '\uE000', 'é'],
  DATE: ['2001-06-30', '2001-07-01', '0044-03-15 (BC)', 'infinity'],
  TIMESTAMP: ['2001-06-30T00:00:00Z', '2001-06-30T00:00:00.500000Z', '2001-07-01T00:00:00Z'],
  'TIMESTAMP WITH TIME ZONE': ['2001-06-30T00:00:00Z', '2001-07-01T06:00:00Z'],
  BOOLEAN: ['true', 'false'],
  'INTEGER[]': ['[1]', '[1,2]', '[]'],
};
const TYPES = Object.keys(CELLS);
const NAMES = ['a', 'b', 'c', 'd'];

interface Drawn {
  name: string;
  type: string;
}

const drawColumn = fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(...TYPES) });
const drawCells = (columns: Drawn[], most: number): fc.Arbitrary<Cell[][]> =>
  fc.array(fc.tuple(...columns.map(({ type }) => fc.option(fc.constantFrom(...CELLS[type]!), { freq: 6 }))), { maxLength: most });

/** The head has the base's columns, some of other types or places, some gone, some new; and some of its rows. */
const drawPair = fc.record({
  columns: fc.uniqueArray(drawColumn, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
  changed: fc.uniqueArray(drawColumn, { selector: ({ name }) => name, maxLength: 1 }),
  gone: fc.constantFrom(-1, -1, -1, 0),
  turned: fc.boolean(),
  key: fc.subarray(NAMES, { maxLength: 2 }),
}).chain(({ columns, changed, gone, turned, key }) => {
  const retyped = columns.map((column) => changed.find(({ name }) => name === column.name) ?? column).filter((_, index) => index !== gone);
  const head = [...retyped, ...changed.filter(({ name }) => !columns.some((column) => column.name === name))];
  if (turned) head.reverse();
  const base = columns;
  const headColumns = head.length === 0 ? columns : head;
  return fc.record({ base: fc.constant(base), head: fc.constant(headColumns), key: fc.constant(key.filter((name) => headColumns.some((column) => column.name === name))), baseRows: drawCells(base, 7), headRows: drawCells(headColumns, 7), shared: fc.boolean() });
}).map(({ base, head, key, baseRows, headRows, shared }) => {
  const same = shared && JSON.stringify(base) === JSON.stringify(head);
  const table = (columns: Drawn[], rows: Cell[][]): Table => ({ columns: columns.map(({ name, type }) => `${name} ${type}`), rows, key });
  return { base: table(base, baseRows), head: table(head, same ? [...baseRows.slice(1), ...headRows.slice(0, 3)] : headRows) };
});

/** Tables with keys that are there once: two columns of the key and two others, each of a type on either side; some rows on one side alone. */
const drawKeyed = fc.record({
  key: fc.tuple(fc.constantFrom('VARCHAR', 'DATE', 'INTEGER', 'DOUBLE'), fc.constantFrom('VARCHAR', 'TIMESTAMP', 'BIGINT')),
  from: fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES)),
  to: fc.tuple(fc.constantFrom(null, ...TYPES), fc.constant(null)),
}).chain(({ key, from, to }) => {
  const cell = (type: string): fc.Arbitrary<Cell> => fc.option(fc.constantFrom(...CELLS[type]!), { freq: 6 });
  const types = from.map((type, index) => to[index] ?? type);
  const values = (columns: readonly string[]): fc.Arbitrary<Cell[]> => fc.tuple(...columns.map(cell));
  const row = fc.record({ key: fc.tuple(cell(key[0]), cell(key[1])), base: fc.option(values(from), { freq: 5 }), head: fc.option(values(types), { freq: 5 }), same: fc.boolean() });
  const table = (columns: readonly string[], rows: Cell[][]): Table => ({ columns: [...key, ...columns].map((type, index) => `${NAMES[index]} ${type}`), rows, key: ['a', 'b'] });
  return fc.uniqueArray(row, { selector: (one) => JSON.stringify(one.key), maxLength: 12 }).map((rows) => ({
    base: table(from, rows.flatMap((one) => (one.base ? [[...one.key, ...one.base]] : []))),
    head: table(types, rows.flatMap((one) => (one.head ? [[...one.key, ...(one.same && one.base && types.join() === from.join() ? one.base : one.head)]] : []))),
  }));
});

/** Equality written once more, without the code's helpers: numbers as fractions of BigInt, or doubles. */
function naiveEqual(a: Cell, b: Cell, from: string, to: string): boolean {
  if (a === null || b === null) return a === b;
  const isNumber = (type: string): boolean => /INT|DECIMAL|DOUBLE|FLOAT/.test(type) && !type.endsWith(']');
  if (isNumber(from) && isNumber(to)) {
    if (/DOUBLE|FLOAT/.test(from + to)) {
      const [x, y] = [Number(a), Number(b)];
      return Object.is(x, y) || x === y || (Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= Math.max(1e-12, 1e-9 * Math.max(Math.abs(x), Math.abs(y))));
    }
    const scaled = (text: string): bigint => BigInt((text.includes('.') ? text : `${text}.`).replace(/\.(\d*)$/, (_, digits: string) => digits.padEnd(4, '0')));
    return scaled(a) === scaled(b);
  }
  const midnight = (text: string): string => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (/^DATE,TIMESTAMP|^TIMESTAMP.*,DATE$/.test([from, to].join())) return midnight(a) === midnight(b);
  return a === b;
}

interface Counts {
  mode: string;
  added: number;
  removed: number;
  modified: number;
}

/** Every row against every row. Null where a multiset has doubles, whose classes are not the tolerance. */
function naive(base: Table, head: Table): Counts | null {
  const [a, b] = [columnsOf(base), columnsOf(head)];
  const shared = b.flatMap(({ name, type }, to) => a.flatMap((column, from) => (column.name === name ? [{ name, from, to, types: [column.type, type] as const }] : [])));
  const key = (head.key ?? []).map((name) => shared.find((one) => one.name === name));
  const same = (row: Cell[], other: Cell[], columns: typeof shared): boolean => columns.every(({ from, to, types }) => naiveEqual(row[from]!, other[to]!, ...types));
  const exact = (cell: Cell, types: readonly string[]): Cell => (cell !== null && types.every((type) => /INT|DECIMAL|DOUBLE|FLOAT/.test(type) && !type.endsWith(']')) ? (/DOUBLE|FLOAT/.test(types.join()) ? String(Number(cell)) : cell.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')) : cell);
  const unique = (rows: Cell[][], side: 'from' | 'to'): boolean => new Set(rows.map((row) => JSON.stringify(key.map((one) => exact(row[one![side]]!, one!.types))))).size === rows.length;
  if (key.length > 0 && key.every((one) => one !== undefined) && unique(base.rows, 'from') && unique(head.rows, 'to')) {
    const keys = key;
    const twin = (row: Cell[], rows: Cell[][], flipped: boolean): Cell[] | undefined => rows.find((other) => keys.every(({ from, to, types }) => {
      const [x, y] = flipped ? [other[from]!, row[to]!] : [row[from]!, other[to]!];
      return exact(x, types) === exact(y, types) || (/DATE/.test(types.join()) && /TIMESTAMP/.test(types.join()) && naiveEqual(x, y, ...types));
    }));
    const pairs = base.rows.flatMap((row) => { const other = twin(row, head.rows, false); return other ? [[row, other] as const] : []; });
    return { mode: 'keyed', added: head.rows.length - pairs.length, removed: base.rows.length - pairs.length, modified: pairs.filter(([row, other]) => !same(row, other, shared)).length };
  }
  if (shared.some(({ types }) => /DOUBLE|FLOAT/.test(types.join()))) return null;
  const left = [...base.rows];
  const added = head.rows.filter((other) => {
    const at = left.findIndex((row) => same(row, other, shared));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { mode: 'multiset', added: added.length, removed: left.length, modified: 0 };
}

const countsOf = ({ key, rows: { added, removed, modified } }: Compared): Counts => ({ mode: key.mode, added, removed, modified });
const hasShared = ({ base, head }: { base: Table; head: Table }): boolean => columnsOf(base).some(({ name }) => columnsOf(head).some((column) => column.name === name));

test('any two tables: SQL, script and a naive reference agree; swapping mirrors; a table equals itself', async () => {
  const seen = { keyed: 0, multiset: 0, identical: 0, modified: 0, judged: 0 };
  await fc.assert(fc.asyncProperty(fc.oneof(drawPair.filter(hasShared), drawKeyed), async ({ base, head }) => {
    const found = await compare(engine, base, head, { limit: null });
    const { rows, samples, cells } = found;
    seen[found.key.mode] += 1;
    seen.modified += rows.modified;
    assert.equal(rows.base - rows.removed + rows.added, rows.head);
    assert.equal(rows.unchanged + rows.modified + rows.removed, rows.base);

    const expected = naive(base, head);
    if (expected && found.key.mode !== 'identical') {
      seen.judged += 1;
      assert.deepEqual(countsOf(found), expected);
    }

    const [a, b] = [resultOf(base, 'base'), resultOf(head, 'head')];
    const pairs = pairColumns(a.result.columns, b.result.columns, {});
    const match = matchRows(rowsOf(Buffer.from(a.csv)), rowsOf(Buffer.from(b.csv)), pairs, head.key ?? []);
    if (found.key.mode !== 'identical') {
      assert.deepEqual({ mode: match.mode, added: match.added.length, removed: match.removed.length, modified: match.modified.length }, countsOf(found));
      const scripted = samplesOf(match, a.result.columns, b.result.columns, pairs, head.key ?? [], null);
      if (match.mode === 'keyed') {
        // Where another type changes the order of the rows, so does SQL's; it goes by the base, and script too.
        assert.deepEqual(sorted(scripted), sorted(samples));
        assert.equal(cells?.changed, samples.modified.rows.reduce((sum, { changes }) => sum + changes.length, 0));
      }
    } else assert.equal(match.added.length + match.removed.length + match.modified.length, 0);

    // The key is that of the head: it has to be on both sides to be the same after the swap.
    if ((head.key ?? []).every((name) => columnsOf(base).some((column) => column.name === name))) {
      const mirror = await compare(engine, { ...head }, { ...base, key: head.key ?? [] });
      assert.deepEqual(countsOf(mirror), { ...countsOf(found), added: rows.removed, removed: rows.added });
      assert.deepEqual([mirror.kind, mirror.cells], [found.kind, found.cells]);
      assert.deepEqual(new Map(mirror.columns.map(({ name, base: one, head: other }) => [name, [one, other]])), new Map(found.columns.map(({ name, base: one, head: other }) => [name, [other, one]])));
    }
    assert.equal((await compare(engine, base, base)).kind, 'equal');
  }), { seed: 4, numRuns: 100 });
  assert.ok(Math.min(seen.keyed, seen.multiset, seen.modified, seen.judged) > 20, JSON.stringify(seen));
});

function sorted({ added, removed, modified }: Compared['samples']): unknown {
  return [added, removed, modified].map(({ rows, ...rest }) => ({ ...rest, rows: rows.map((row) => JSON.stringify(row)).sort() }));
}

test('without a key, doubles of one class are within the tolerance, and script and SQL have the same classes', async () => {
  const near = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: -300, max: 300 }).map((by) => by * 1e-11)).map(([x, by]) => [x, x * (1 + by)] as const);
  const tiny = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })).map(([x, y]) => [x * 1e-13, y * 1e-13] as const);
  const cells = fc.sample(fc.oneof(near, tiny), { seed: 6, numRuns: 4000 }).map((pair) => pair.map((x) => String(x === 0 ? 0 : x)));
  const side = (at: 0 | 1): Table => ({ columns: ['i INTEGER', 'x DOUBLE'], rows: cells.map((pair, index) => [String(index), pair[at]!]) });
  const found = await compare(engine, side(0), side(1), { limit: null });
  const apart = new Set(found.samples.added.rows.map((row) => Number(row.cells[0])));
  for (const [index, [a = '', b = '']] of cells.entries()) {
    assert.equal(classOf('double', a) === classOf('double', b), !apart.has(index), `${a} and ${b}`);
    if (!apart.has(index)) assert.ok(equalCells('double', a, b), `${a} and ${b}`);
  }
  assert.ok(apart.size > 500 && apart.size < 3500, String(apart.size));
});

test('a table equals itself in SQL too', async () => {
  const rows: Cell[][] = CELLS['DOUBLE']!.map((cell, index) => [String(index), cell]);
  const table: Table = { columns: ['k INTEGER', 'x DOUBLE'], rows: [...rows, ['99', null]], key: ['k'] };
  const base = resultOf(table, 'base');
  // Another digest, so that the rows are read; `compareResults` takes the digest's word for equal bytes.
  for (const key of [['k'], []]) {
    const other = { ...base, result: { ...base.result, rows: { ...base.result.rows, sha256: 'sha256:other' as const } } };
    const found = await compareResults(base, other, engine, { key });
    assert.equal(found.kind, 'equal');
    assert.deepEqual(found.kind === 'equal' && [found.key.mode, found.rows.unchanged], [key.length > 0 ? 'keyed' : 'multiset', rows.length + 1]);
  }
});

test('script and SQL call the same cells equal, whatever their types', async () => {
  for (const [from, some] of Object.entries(CELLS)) {
    const cells = TYPES.map((to) => [...some, null].flatMap((a) => [...CELLS[to]!, null].map((b) => [a, b] as const)));
    const rows = Array.from({ length: Math.max(...cells.map(({ length }) => length)) }, (_, index) => index);
    const side = (at: 0 | 1): Table => ({
      columns: ['k VARCHAR', ...TYPES.map((to, column) => `x${column} ${at === 0 ? from : to}`)], key: ['k'],
      rows: rows.map((index) => [`k${String(index).padStart(4, '0')}`, ...cells.map((pairs) => pairs[index]?.[at] ?? null)]),
    });
    const found = await compare(engine, side(0), side(1), { limit: null });
    const changed = new Set(found.samples.modified.rows.flatMap(({ key, changes }) => changes.map(({ column }) => `${column} ${Number(key[0]!.slice(1))}`)));
    for (const [column, to] of TYPES.entries()) {
      const comparing: Comparing = found.columns.find(({ name }) => name === `x${column}`)!.comparing!;
      for (const [index, [a, b]] of cells[column]!.entries()) {
        const equal = !changed.has(`x${column} ${index}`);
        assert.deepEqual([equalCells(comparing, a, b), naiveEqual(a, b, from, to)], [equal, equal], `${from} ${a} and ${to} ${b}`);
      }
    }
  }
});
