import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { compareLoaded, type CompareOptions } from '../../src/analysis/comparison/compare.ts';
import { fullDifference, type FullDifference } from '../../src/analysis/comparison/full-difference.ts';
import { decodeCsv } from '../../src/snapshot/csv.ts';
import { drawKeyed, drawPair, naiveEqual, sharedOf } from './compare-drawn.ts';
import { columnsOf, openEngine, resultOf, type Cell, type Table } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

async function differenceOf(base: Table, head: Table, { most, ...options }: Partial<CompareOptions> & { most?: number } = {}): Promise<FullDifference & { renamed: { [from: string]: string } }> {
  const { comparison, tables } = await compareLoaded(resultOf(base, 'base'), resultOf(head, 'head'), engine, { key: head.key ?? [], ...options });
  assert.ok(comparison.kind !== 'incomparable' && tables);
  return { ...(await fullDifference(tables, most)), renamed: Object.fromEntries(comparison.schema.renamed.map(({ from, to }) => [from, to])) };
}

const texts = ({ bytes }: FullDifference): string[] => bytes.toString().trimEnd().split('\n');

test('every changed row, in the order of the key, with all columns of both sides', async () => {
  const base: Table = { columns: ['k INTEGER', 'x VARCHAR', 'old DATE', 'd DOUBLE'], key: ['k'], rows: [['1', 'a', '2001-01-01', '0.30000000000000004'], ['2', '', '2001-01-01', '1'], ['10', null, '2001-01-02', '1'], ['3', 'same', null, '1']] };
  const head: Table = { columns: ['k INTEGER', 'x VARCHAR', 'd DOUBLE', 'new INTEGER'], key: ['k'], rows: [['1', 'a', '0.3', '7'], ['2', null, '1', '8'], ['4', 'a,"b"\n', 'NaN', null], ['3', 'same', '1', null]] };
  const found = await differenceOf(base, head);
  assert.equal(found.bytes.toString(), 'change,k,x,d,new,old\nremoved,10,,1,,2001-01-02\nbefore,2,"",1,,2001-01-01\nafter,2,,1,8,\nadded,4,"a,""b""\n",NaN,,\n');
  assert.deepEqual([found.rows, found.written], [3, 3]);
});

test('without a key, rows are told as often as they came or went', async () => {
  const one = (...cells: Cell[]): Table => ({ columns: ['x INTEGER'], rows: cells.map((cell) => [cell]) });
  const found = await differenceOf(one('1', '1', '1', '2', null), one('1', '3', '3'));
  assert.deepEqual(texts(found), ['change,x', 'removed,', 'removed,1', 'removed,1', 'removed,2', 'added,3', 'added,3']);
  assert.deepEqual([found.rows, found.written], [6, 6]);
});

test('what would be too large is cut between two changes, and says so', async () => {
  const table = (value: string): Table => ({ columns: ['k INTEGER', 'x VARCHAR'], key: ['k'], rows: Array.from({ length: 25_000 }, (_, index) => [String(index), value]) });
  const whole = await differenceOf(table('a'), table('b'));
  assert.deepEqual([whole.rows, whole.written, texts(whole).length], [25_000, 25_000, 50_001]);
  const cut = await differenceOf(table('a'), table('b'), { most: 400_000 });
  assert.ok(cut.bytes.length <= 400_000 && cut.bytes.length > 399_900, String(cut.bytes.length));
  assert.deepEqual([cut.rows, texts(cut).length], [25_000, 2 * cut.written + 1]);
  assert.deepEqual(texts(cut), texts(whole).slice(0, texts(cut).length));
  const repeated = await differenceOf({ columns: ['x INTEGER'], rows: Array.from({ length: 1000 }, () => ['1']) }, { columns: ['x INTEGER'], rows: [] }, { most: 100 });
  assert.deepEqual([repeated.rows, repeated.written, repeated.bytes.toString()], [1000, 9, `change,x\n${'removed,1\n'.repeat(9)}`]);
});

test('applied to the base, it gives the head', async () => {
  let judged = 0;
  await fc.assert(fc.asyncProperty(fc.oneof(drawPair.filter(({ base, head, renames }) => sharedOf(base, head, renames).length > 0), drawKeyed), async ({ base, head, renames }) => {
    const [a, b] = [resultOf(base, 'base'), resultOf(head, 'head')];
    const { comparison, tables } = await compareLoaded(a, b, engine, { key: head.key ?? [], renames });
    if (tables === null || comparison.kind === 'incomparable') return;
    const found = await fullDifference(tables);
    const { names, rows } = decodeCsv(found.bytes);
    const all = Object.fromEntries(comparison.schema.renamed.map(({ from, to }) => [from, to]));
    const places = (table: Table): number[] => columnsOf(table).map(({ name }) => names.indexOf(table === base ? (all[name] ?? name) : name, 1));
    const take = (kinds: string[], table: Table): string[][] => rows.filter(([kind]) => kinds.includes(kind!)).map((row) => places(table).map((at) => row[at]!));
    const without = (from: Cell[][], some: Cell[][]): Cell[][] => {
      const left = [...from];
      for (const row of some) {
        const at = left.findIndex((other) => JSON.stringify(other) === JSON.stringify(row));
        assert.ok(at >= 0, `${JSON.stringify(row)} is not among ${JSON.stringify(from)}`);
        left.splice(at, 1);
      }
      return left;
    };
    // What is left of both sides is the same, in the columns that both have.
    const old = without(base.rows, take(['removed', 'before'], base));
    const now = without(head.rows, take(['added', 'after'], head));
    const shared = sharedOf(base, head, all);
    assert.equal(old.length, now.length);
    for (const row of old) {
      const at = now.findIndex((other) => shared.every(({ from, to, types }) => naiveEqual(row[from]!, other[to]!, ...types)));
      assert.ok(at >= 0, JSON.stringify(row));
      now.splice(at, 1);
    }
    assert.equal(found.rows, comparison.rows.added + comparison.rows.removed + comparison.rows.modified);
    assert.equal(found.written, found.rows);
    judged += found.rows > 0 ? 1 : 0;
  }), { seed: 7, numRuns: 100 });
  assert.ok(judged > 50, String(judged));
});
