import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compareResults } from '../../src/analysis/comparison/compare.ts';
import { compare, openEngine, resultOf, type Cell, type Table } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

const one = (type: string, ...cells: Cell[]): Table => ({ columns: [`x ${type}`], rows: cells.map((cell) => [cell]) });
const keyed = (type: string, cells: { [key: string]: Cell }): Table => ({ columns: ['k VARCHAR', `x ${type}`], rows: Object.entries(cells), key: ['k'] });

interface Expected {
  kind: 'equal' | 'different';
  /** added, removed, modified, unchanged */
  rows: [number, number, number, number];
  /** changed, within tolerance */
  cells?: [number, number];
  mode?: 'keyed' | 'multiset' | 'identical';
}

/** The first ten are results that tools of this field have got wrong in public, then every rule. */
const CASES: [name: string, base: Table, head: Table, expected: Expected][] = [
  ['a lost duplicate row, which EXCEPT does not see', one('INTEGER', '1', '1', '2'), one('INTEGER', '1', '2'), { kind: 'different', rows: [0, 1, 0, 2], mode: 'multiset' }],
  ['keys that are joined by the separator that is in them', { columns: ['a VARCHAR', 'b VARCHAR', 'x INTEGER'], rows: [['a-b', 'c', '1']], key: ['a', 'b'] }, { columns: ['a VARCHAR', 'b VARCHAR', 'x INTEGER'], rows: [['a', 'b-c', '1']], key: ['a', 'b'] }, { kind: 'different', rows: [1, 1, 0, 0], mode: 'keyed' }],
  ['two empty results', one('INTEGER'), one('INTEGER'), { kind: 'equal', rows: [0, 0, 0, 0] }],
  ['two empty results with other columns', { columns: ['x INTEGER', 'y INTEGER'], rows: [] }, one('INTEGER'), { kind: 'different', rows: [0, 0, 0, 0] }],
  ['all rows gone', keyed('INTEGER', { a: '1', b: '2' }), keyed('INTEGER', {}), { kind: 'different', rows: [0, 2, 0, 0], mode: 'keyed' }],
  ['rows where there were none', keyed('INTEGER', {}), keyed('INTEGER', { a: '1' }), { kind: 'different', rows: [1, 0, 0, 0], mode: 'keyed' }],
  ['a decimal that differs in the fourth place', keyed('DECIMAL(9,4)', { a: '1.0000' }), keyed('DECIMAL(9,4)', { a: '1.0004' }), { kind: 'different', rows: [0, 0, 1, 0], cells: [1, 0] }],
  ['a double that another order of summing rounds otherwise', keyed('DOUBLE', { a: '0.1', b: '0.30000000000000004' }), keyed('DOUBLE', { a: '0.1', b: '0.3' }), { kind: 'equal', rows: [0, 0, 0, 2], cells: [0, 1] }],
  ['the same without a key', one('DOUBLE', '0.30000000000000004', '1'), one('DOUBLE', '0.3', '1'), { kind: 'equal', rows: [0, 0, 0, 2], mode: 'multiset' }],
  ['one row and no key: of a total, the numbers have changed, and not the row', { columns: ['orders INTEGER', 'mean DOUBLE', 'note VARCHAR'], rows: [['7', '0.5', null]] }, { columns: ['orders INTEGER', 'mean DOUBLE', 'note VARCHAR'], rows: [['9', '0.5000000000001', '']] }, { kind: 'different', rows: [0, 0, 1, 0], cells: [2, 1], mode: 'keyed' }],
  ['one row and two, without a key', one('INTEGER', '1'), one('INTEGER', '1', '2'), { kind: 'different', rows: [1, 0, 0, 1], mode: 'multiset' }],
  ['a row where there was none, without a key', one('INTEGER'), one('INTEGER', '1'), { kind: 'different', rows: [1, 0, 0, 0], mode: 'multiset' }],
  ['a row whose key is NULL, which an inner join loses', { columns: ['k VARCHAR', 'x INTEGER'], rows: [[null, '1'], ['a', '1']], key: ['k'] }, { columns: ['k VARCHAR', 'x INTEGER'], rows: [[null, '2'], ['a', '1']], key: ['k'] }, { kind: 'different', rows: [0, 0, 1, 1], mode: 'keyed' }],
  ['NULL and the empty text', keyed('VARCHAR', { a: null }), keyed('VARCHAR', { a: '' }), { kind: 'different', rows: [0, 0, 1, 0], cells: [1, 0] }],
  ['NULL and zero', keyed('DOUBLE', { a: null }), keyed('DOUBLE', { a: '0' }), { kind: 'different', rows: [0, 0, 1, 0], cells: [1, 0] }],
  ['NULL and NULL', keyed('DOUBLE', { a: null, b: '1' }), keyed('DOUBLE', { a: null, b: '2' }), { kind: 'different', rows: [0, 0, 1, 1], cells: [1, 0] }],
  ['NaN and NaN', keyed('DOUBLE', { a: 'NaN', b: '1' }), keyed('DOUBLE', { a: 'NaN', b: '1', c: '1' }), { kind: 'different', rows: [1, 0, 0, 2], cells: [0, 0] }],
  ['NaN and a number', keyed('DOUBLE', { a: 'NaN' }), keyed('DOUBLE', { a: '1' }), { kind: 'different', rows: [0, 0, 1, 0], cells: [1, 0] }],
  ['infinities', keyed('DOUBLE', { a: 'Infinity', b: 'Infinity', c: '1' }), keyed('DOUBLE', { a: 'Infinity', b: '-Infinity', c: 'Infinity' }), { kind: 'different', rows: [0, 0, 2, 1], cells: [2, 0] }],
  ['doubles at the edge of the tolerance', keyed('DOUBLE', { a: '1', b: '1', c: '0', d: '0' }), keyed('DOUBLE', { a: '1.0000000009', b: '1.0000000011', c: '9e-13', d: '2e-12' }), { kind: 'different', rows: [0, 0, 2, 2], cells: [2, 2] }],
  ['doubles too large to subtract', keyed('DOUBLE', { a: '1.7e+308' }), keyed('DOUBLE', { a: '-1.7e+308' }), { kind: 'different', rows: [0, 0, 1, 0], cells: [1, 0] }],
  ['large integers, which are no doubles', keyed('BIGINT', { a: '9007199254740993' }), keyed('BIGINT', { a: '9007199254740992' }), { kind: 'different', rows: [0, 0, 1, 0], cells: [1, 0] }],
  ['a key that is there twice on one side', { columns: ['k VARCHAR', 'x INTEGER'], rows: [['a', '1'], ['a', '1']], key: ['k'] }, keyed('INTEGER', { a: '1' }), { kind: 'different', rows: [0, 1, 0, 1], mode: 'multiset' }],
  ['a decimal with more places is the same number', keyed('DECIMAL(9,2)', { a: '19.99', b: '100.00' }), keyed('DECIMAL(9,3)', { a: '19.990', b: '100.000' }), { kind: 'different', rows: [0, 0, 0, 2], cells: [0, 0] }],
  ['an integer as decimal is the same number', keyed('INTEGER', { a: '100', b: '-7' }), keyed('DECIMAL(9,1)', { a: '100.0', b: '-7.5' }), { kind: 'different', rows: [0, 0, 1, 1], cells: [1, 0] }],
  ['a wider integer', keyed('INTEGER', { a: '100' }), keyed('HUGEINT', { a: '100' }), { kind: 'different', rows: [0, 0, 0, 1], cells: [0, 0] }],
  ['a decimal as double', keyed('DECIMAL(9,2)', { a: '0.30', b: '7.00' }), keyed('DOUBLE', { a: '0.30000000000000004', b: '7' }), { kind: 'different', rows: [0, 0, 0, 2] }],
  ['a 32-bit float as double is the number that its text says', keyed('FLOAT', { a: '0.1' }), keyed('DOUBLE', { a: '0.1' }), { kind: 'different', rows: [0, 0, 0, 1], cells: [0, 0] }],
  ['a number as text is compared as it reads', keyed('INTEGER', { a: '7', b: '8' }), keyed('VARCHAR', { a: '7', b: '08' }), { kind: 'different', rows: [0, 0, 1, 1], cells: [1, 0] }],
  ['a boolean as integer is 0 or 1', keyed('BOOLEAN', { a: 'true', b: 'false', c: 'true' }), keyed('INTEGER', { a: '1', b: '0', c: '2' }), { kind: 'different', rows: [0, 0, 1, 2], cells: [1, 0] }],
  ['a double as boolean', keyed('DOUBLE', { a: '1', b: '0', c: '0.5' }), keyed('BOOLEAN', { a: 'true', b: 'false', c: 'true' }), { kind: 'different', rows: [0, 0, 1, 2], cells: [1, 0] }],
  ['a key and a row that were booleans', { columns: ['k BOOLEAN'], rows: [['true'], ['false']] }, { columns: ['k DECIMAL(9,1)'], rows: [['1.0'], ['2.0']] }, { kind: 'different', rows: [1, 1, 0, 1], mode: 'multiset' }],
  ['a double as text is compared as it reads', keyed('DOUBLE', { a: '4', b: '1e+21' }), keyed('VARCHAR', { a: '4', b: '1e21' }), { kind: 'different', rows: [0, 0, 1, 1], cells: [1, 0] }],
  ['a date as the first instant of its day', keyed('DATE', { a: '2001-06-30', b: '2001-06-30' }), keyed('TIMESTAMP', { a: '2001-06-30T00:00:00Z', b: '2001-06-30T06:00:00Z' }), { kind: 'different', rows: [0, 0, 1, 1], cells: [1, 0] }],
  ['a time zone is no other instant', keyed('TIMESTAMP', { a: '2001-06-30T00:00:00Z' }), keyed('TIMESTAMP WITH TIME ZONE', { a: '2001-06-30T00:00:00Z' }), { kind: 'different', rows: [0, 0, 0, 1], cells: [0, 0] }],
  ['dates that are none of the calendar', keyed('DATE', { a: 'infinity', b: '0044-03-15 (BC)', c: '12345-01-01' }), keyed('DATE', { a: '-infinity', b: '0044-03-15 (BC)', c: '12345-01-01' }), { kind: 'different', rows: [0, 0, 1, 2], cells: [1, 0] }],
  ['lists and structs', { columns: ['k VARCHAR', 'x INTEGER[]', 'y STRUCT(a DOUBLE)'], rows: [['a', '[1,2]', '{"a":1}'], ['b', '[1]', '{"a":2}']], key: ['k'] }, { columns: ['k VARCHAR', 'x INTEGER[]', 'y STRUCT(a DOUBLE)'], rows: [['a', '[2,1]', '{"a":1}'], ['b', '[1]', '{"a":2}']], key: ['k'] }, { kind: 'different', rows: [0, 0, 1, 1], cells: [1, 0] }],
  ['text with all that CSV and SQL quote', keyed('VARCHAR', { "o'neil": 'a,"b"\n\r', '--': '\uFEFFx', '😀': ' ' }), keyed('VARCHAR', { "o'neil": 'a,"b"\n\r', '--': 'x', '😀': '' }), { kind: 'different', rows: [0, 0, 2, 1], cells: [2, 0] }],
  ['a column of NULLs alone', one('VARCHAR', null, null), one('VARCHAR', null), { kind: 'different', rows: [0, 1, 0, 1], mode: 'multiset' }],
  ['columns in another order', { columns: ['k VARCHAR', 'x INTEGER', 'y INTEGER'], rows: [['a', '1', '2']], key: ['k'] }, { columns: ['k VARCHAR', 'y INTEGER', 'x INTEGER'], rows: [['a', '2', '1']], key: ['k'] }, { kind: 'different', rows: [0, 0, 0, 1], cells: [0, 0] }],
  ['a key column of another type', { columns: ['k INTEGER', 'x INTEGER'], rows: [['1', '1'], ['10', '1'], ['2', '2']], key: ['k'] }, { columns: ['k DECIMAL(9,1)', 'x INTEGER'], rows: [['1.0', '1'], ['10.0', '1'], ['2.0', '3']], key: ['k'] }, { kind: 'different', rows: [0, 0, 1, 2], mode: 'keyed' }],
  ['keys in the order of text, not of numbers', { columns: ['k INTEGER', 'x INTEGER'], rows: [['9', '1'], ['10', '1'], ['100', '2']], key: ['k'] }, { columns: ['k INTEGER', 'x INTEGER'], rows: [['9', '1'], ['10', '2']], key: ['k'] }, { kind: 'different', rows: [0, 1, 1, 1], mode: 'keyed' }],
  ['a key that is not in the base', one('INTEGER', '1'), { ...keyed('INTEGER', { a: '1' }) }, { kind: 'different', rows: [0, 0, 0, 1], mode: 'multiset' }],
  ['every column is the key', { columns: ['k VARCHAR'], rows: [['a'], ['b']], key: ['k'] }, { columns: ['k VARCHAR'], rows: [['b'], ['c']], key: ['k'] }, { kind: 'different', rows: [1, 1, 0, 1], mode: 'keyed', cells: [0, 0] }],
  ['the same bytes', keyed('DOUBLE', { a: '1' }), keyed('DOUBLE', { a: '1' }), { kind: 'equal', rows: [0, 0, 0, 1], cells: [0, 0], mode: 'identical' }],
];

for (const [name, base, head, expected] of CASES) {
  test(name, async () => {
    const found = await compare(engine, base, head);
    const { added, removed, modified, unchanged } = found.rows;
    assert.deepEqual({ kind: found.kind, rows: [added, removed, modified, unchanged] }, { kind: expected.kind, rows: expected.rows });
    assert.equal(found.rows.base - removed + added, found.rows.head);
    if (expected.mode) assert.equal(found.key.mode, expected.mode);
    if (expected.cells) assert.deepEqual([found.cells?.changed, found.cells?.withinTolerance], expected.cells);
    for (const [sample, total] of [[found.samples.added, added], [found.samples.removed, removed]] as const) {
      assert.equal(sample.total, total);
      assert.equal(sample.rows.reduce((sum, { count }) => sum + count, 0), total);
    }
    assert.equal(found.samples.modified.rows.length, modified);
  });
}

test('the columns: what came, went, has another type, name or place', async () => {
  const base: Table = { columns: ['k VARCHAR', 'old INTEGER', 'n BIGINT', 'd DECIMAL(9,2)', 'gone DATE'], rows: [['a', '1', '5', '1.00', '2001-01-01']], key: ['k'] };
  const head: Table = { columns: ['k VARCHAR', 'n INTEGER', 'new INTEGER', 'd VARCHAR', 'fresh BOOLEAN'], rows: [['a', '5', '1', '1.00', 'true']], key: ['k'] };
  assert.deepEqual((await compare(engine, base, head)).schema, {
    added: [{ name: 'new', type: 'INTEGER' }, { name: 'fresh', type: 'BOOLEAN' }],
    removed: [{ name: 'old', type: 'INTEGER' }, { name: 'gone', type: 'DATE' }],
    retyped: [{ name: 'n', from: 'BIGINT', to: 'INTEGER', lossy: true }, { name: 'd', from: 'DECIMAL(9,2)', to: 'VARCHAR', lossy: false }],
    renamed: [], nullability: [], reordered: false,
  });
  const named = await compare(engine, base, head, { renames: { old: 'new' } });
  assert.deepEqual([named.schema.added.length, named.schema.removed.length, named.schema.renamed, named.schema.reordered], [1, 1, [{ from: 'old', to: 'new', declared: true }], true]);
  assert.deepEqual(named.columns.map(({ name, comparing, changed }) => [name, comparing, changed]), [['k', 'exact', null], ['n', 'exact', 0], ['new', 'exact', 0], ['d', 'text', 0], ['fresh', null, null], ['gone', null, null]]);
});

test('columns that are NULL where they never were, or no longer, or always; a side without rows says nothing', async () => {
  const base: Table = { columns: ['k INTEGER', 'a INTEGER', 'b INTEGER', 'c INTEGER', 'd INTEGER', 'gone INTEGER'], rows: [['1', '1', null, null, null, '1'], ['2', '2', null, '2', '1', '2']], key: ['k'] };
  const head: Table = { columns: ['k INTEGER', 'a INTEGER', 'b INTEGER', 'c2 INTEGER', 'd INTEGER', 'fresh INTEGER'], rows: [['1', '1', '1', '1', '1', null], ['2', null, null, '2', null, null]], key: ['k'] };
  const expected = [{ column: 'a', from: 'never', to: 'sometimes' }, { column: 'b', from: 'always', to: 'sometimes' }, { column: 'c2', from: 'sometimes', to: 'never' }];
  assert.deepEqual((await compare(engine, base, head, { renames: { c: 'c2' } })).schema.nullability, expected);
  assert.deepEqual((await compare(engine, base, { ...head, rows: [] })).schema.nullability, []);
  assert.deepEqual((await compare(engine, base, base)).schema.nullability, []);
});

test('profiles are exact, by type', async () => {
  const base: Table = { columns: ['k VARCHAR', 'h HUGEINT', 'd DECIMAL(38,2)', 'x DOUBLE', 'f DOUBLE', 'l INTEGER[]', 't VARCHAR'], rows: [['a', '170141183460469231731687303715884105727', '0.10', '0.1', 'Infinity', '[2]', 'é'], ['b', '1', '0.20', '0.2', '1', '[1]', 'z'], ['c', null, '-0.35', '0.3', null, '[1]', '']], key: ['k'] };
  const head: Table = { ...base, rows: [...base.rows.slice(0, 2), ['c', null, null, null, null, null, null]] };
  const { columns } = await compare(engine, base, head);
  const shown = (name: string): unknown[] => {
    const { nulls, distinct, min, max, sum, mean } = columns.find((column) => column.name === name)!.base!;
    return [nulls, distinct, min, max, sum, mean];
  };
  assert.deepEqual(shown('h'), [1, 2, '1', '170141183460469231731687303715884105727', '1.7014118346046923e+38', 8.507059173023462e37]);
  assert.deepEqual(shown('d'), [0, 3, '-0.35', '0.20', '-0.05', -0.05 / 3]);
  assert.deepEqual(shown('x'), [0, 3, '0.1', '0.3', '0.6', 0.6 / 3]);
  assert.deepEqual(shown('f'), [1, 2, '1', 'Infinity', 'Infinity', null]);
  assert.deepEqual(shown('l'), [0, 2, null, null, null, null]);
  assert.deepEqual(shown('t'), [0, 3, '', 'é', null, null]);
  assert.deepEqual(columns.find(({ name }) => name === 'd')!.head, { nulls: 1, distinct: 2, min: '0.10', max: '0.20', sum: '0.30', mean: 0.15 });
});

test('a column of another type keeps a profile of its own', async () => {
  const { columns } = await compare(engine, keyed('DECIMAL(9,2)', { a: '19.90', b: '1.00' }), keyed('DECIMAL(9,1)', { a: '19.9', b: '1.0' }));
  assert.deepEqual(columns.filter(({ name }) => name === 'x').map(({ changed, base, head }) => [changed, base?.max, head?.max, base?.sum, head?.sum]), [[0, '19.90', '19.9', '20.90', '20.9']]);
});

test('samples have before and after by key, in the order of the rows, and say how many there are', async () => {
  const base = keyed('INTEGER', Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${String(index).padStart(2, '0')}`, String(index)])));
  const head = { ...base, rows: base.rows.map(([key = null, cell = null]): Cell[] => [key, key! < 'k30' ? `${cell}0` : cell]) };
  const { samples, kind } = await compare(engine, base, head, { limit: 3 });
  assert.equal(kind, 'different');
  assert.deepEqual(samples.modified, { total: 29, columns: ['k'], rows: [1, 2, 3].map((n) => ({ key: [`k0${n}`], changes: [{ column: 'x', before: String(n), after: `${n}0` }] })) });
  assert.equal((await compare(engine, base, head, { limit: null })).samples.modified.rows.length, 29);
  const twice = await compare(engine, one('INTEGER', '1', '1', '1', '2'), one('INTEGER', '1', '3'));
  assert.deepEqual(twice.samples.removed, { total: 3, columns: ['x'], rows: [{ cells: ['1'], count: 2 }, { cells: ['2'], count: 1 }] });
  assert.deepEqual(twice.samples.added.rows, [{ cells: ['3'], count: 1 }]);
});

test('a key’s health is told on both sides', async () => {
  const base: Table = { columns: ['k VARCHAR', 'x INTEGER'], rows: [['a', '1'], ['a', '2'], ['a', '3'], [null, '4'], ['b', '5']], key: ['k'] };
  const { key } = await compare(engine, base, { ...base, rows: [['a', '1'], [null, '4'], [null, '5']] });
  assert.deepEqual(key, { mode: 'multiset', reason: 'duplicates', columns: ['k'], duplicates: { base: 2, head: 1 }, nulls: { base: 1, head: 2 } });
});

test('what cannot be compared is neither equal nor different', async () => {
  const [a, b] = [resultOf(one('INTEGER', '1'), 'a'), resultOf({ columns: ['y INTEGER'], rows: [['1']] }, 'b')];
  const comparison = await compareResults(a, b, engine, { key: [] });
  assert.deepEqual([comparison.kind, comparison.kind === 'incomparable' && comparison.reason], ['incomparable', 'columns']);
  const other = await compareResults(a, { ...a, report: 'team/other' }, engine, { key: [] });
  assert.deepEqual([other.kind, other.kind === 'incomparable' && other.reason], ['incomparable', 'report']);
});

test('rows that are not as many as the manifest says are refused', async () => {
  const [a, b] = [resultOf(one('INTEGER', '1'), 'a'), resultOf(one('INTEGER', '2'), 'b')];
  const wrong = { ...b, result: { ...b.result, rows: { ...b.result.rows, count: 2 } } };
  await assert.rejects(compareResults(a, wrong, engine, { key: [] }), { code: 'snapshot-broken' });
});

test('a line of more than two megabytes is read', async () => {
  const long = 'x'.repeat(2_500_000);
  const found = await compare(engine, keyed('VARCHAR', { a: long }), keyed('VARCHAR', { a: `${long}y` }));
  assert.deepEqual([found.rows.modified, found.samples.modified.rows[0]!.changes[0]!.after!.length], [1, long.length + 1]);
});
