import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { compareResults } from '../../src/analysis/comparison/compare.ts';
import { pairColumns } from '../../src/analysis/comparison/column-pairs.ts';
import { classOf, equalCells } from '../../src/analysis/comparison/cell-equality.ts';
import type { Comparing } from '../../src/analysis/comparison/comparison.ts';
import { isSingle, matchRows, matchSingle, samplesOf } from '../../src/analysis/comparison/row-match.ts';
import { rowsOf } from '../../src/snapshot/checkout.ts';
import { CELLS, drawKeyed, drawPair, naive, naiveEqual, sharedOf, TYPES, type Counts, type Drawing } from './compare-drawn.ts';
import { compare, columnsOf, openEngine, resultOf, type Cell, type Compared, type Table } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

const countsOf = ({ key, rows: { added, removed, modified } }: Compared): Counts => ({ mode: key.mode, added, removed, modified });
const hasShared = ({ base, head, renames }: Drawing): boolean => sharedOf(base, head, renames).length > 0;

test('any two tables: SQL, script and a naive reference agree; swapping mirrors; a table equals itself', async () => {
  const seen = { renamed: 0, keyed: 0, multiset: 0, identical: 0, modified: 0, judged: 0 };
  await fc.assert(fc.asyncProperty(fc.oneof(drawPair.filter(hasShared), drawKeyed), async ({ base, head, renames }) => {
    const found = await compare(engine, base, head, { limit: null, renames });
    // What only looks renamed is a rename to the reference too: that it is one is judged by a test of its own.
    const all = Object.fromEntries(found.schema.renamed.map(({ from, to }) => [from, to]));
    seen.renamed += found.schema.renamed.length;
    const { rows, samples, cells } = found;
    seen[found.key.mode] += 1;
    seen.modified += rows.modified;
    assert.equal(rows.base - rows.removed + rows.added, rows.head);
    assert.equal(rows.unchanged + rows.modified + rows.removed, rows.base);

    const expected = naive(base, head, all);
    if (expected && found.key.mode !== 'identical') {
      seen.judged += 1;
      const { changed, ...counts } = expected;
      assert.deepEqual(countsOf(found), counts);
      if (changed) assert.deepEqual(Object.fromEntries(found.columns.flatMap((column) => (column.changed === null ? [] : [[column.name, column.changed]]))), changed);
      for (const [side, table] of [['base', base], ['head', head]] as const) {
        for (const [index, { name }] of columnsOf(table).entries()) {
          const cells = table.rows.flatMap((row) => (row[index] === null ? [] : [row[index]!]));
          const profile = found.columns.find((column) => column.name === (side === 'base' ? all[name] ?? name : name))![side];
          assert.deepEqual([profile?.nulls, profile?.distinct], [table.rows.length - cells.length, new Set(cells).size], `${side} ${name}`);
        }
      }
    }

    const [a, b] = [resultOf(base, 'base'), resultOf(head, 'head')];
    const pairs = pairColumns(a.result.columns, b.result.columns, all);
    const [rowsA, rowsB] = [rowsOf(Buffer.from(a.csv)), rowsOf(Buffer.from(b.csv))];
    const match = isSingle(head.key ?? [], rowsA.length, rowsB.length) ? matchSingle(rowsA[0]!, rowsB[0]!, pairs) : matchRows(rowsA, rowsB, pairs, head.key ?? []);
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
    if (found.schema.renamed.length === 0 && (head.key ?? []).every((name) => columnsOf(base).some((column) => column.name === name))) {
      const mirror = await compare(engine, { ...head }, { ...base, key: head.key ?? [] });
      assert.deepEqual(countsOf(mirror), { ...countsOf(found), added: rows.removed, removed: rows.added });
      assert.deepEqual([mirror.kind, mirror.cells], [found.kind, found.cells]);
      assert.deepEqual(new Map(mirror.columns.map(({ name, base: one, head: other }) => [name, [one, other]])), new Map(found.columns.map(({ name, base: one, head: other }) => [name, [other, one]])));
    }
    assert.equal((await compare(engine, base, base)).kind, 'equal');
  }), { seed: 4, numRuns: 100 });
  assert.ok(Math.min(seen.keyed, seen.multiset, seen.modified, seen.judged, seen.renamed) > 20, JSON.stringify(seen));
});

function sorted({ added, removed, modified }: Compared['samples']): unknown {
  return [added, removed, modified].map(({ rows, ...rest }) => ({ ...rest, rows: rows.map((row) => JSON.stringify(row)).sort() }));
}

test('without a key, doubles of one class are within the tolerance, and script and SQL have the same classes', async () => {
  const near = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: -300, max: 300 }).map((by) => by * 1e-11)).map(([x, by]) => [x, x * (1 + by)] as const);
  const tiny = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })).map(([x, y]) => [x * 1e-13, y * 1e-13] as const);
  // Values in the middle of two of ten digits: an odd number of 11 digits, of which a half is exact.
  const tie = fc.tuple(fc.integer({ min: 1_000_000_000, max: 8_000_000_000 }), fc.constantFrom(-0.6, -0.5, -0.1, 0.1, 0.5, 0.6), fc.constantFrom(1, -1, 0.5, 0.25, 8)).map(([x, by, scale]) => [(x + 0.5) * scale, (x + 0.5 + by) * scale] as const);
  const cells = fc.sample(fc.oneof(near, tiny, tie), { seed: 6, numRuns: 4000 }).map((pair) => pair.map((x) => String(x === 0 ? 0 : x)));
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
