import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Renames } from '../../src/analysis/comparison/column-pairs.ts';
import { compareKept, type KeptResult } from '../../src/analysis/comparison/kept.ts';
import { compareResults, type ComparedResult } from '../../src/analysis/comparison/compare.ts';
import type { Comparison } from '../../src/analysis/comparison/comparison.ts';
import { dataDigest, type Manifest, type MetricValue } from '../../src/snapshot/manifest.ts';
import { openEngine, resultOf, type Cell, type Table } from './compare-fixture.ts';

const engine = await openEngine();
after(() => engine.close());

/** The same result as the store keeps it. */
function kept({ result, csv, report, asOf }: ComparedResult, version: number): KeptResult {
  return { manifest: { report, as_of: asOf, version, data: dataDigest(result), ...result } as unknown as Manifest, csv };
}

async function both(base: Table, head: Table, limit: number | null = null, renames: Renames = {}): Promise<[Comparison, Comparison]> {
  const [a, b] = [resultOf(base, 'team/report@2026-01-07.v1'), resultOf(head, 'team/report@2026-01-07.v2')];
  const key = head.key ?? [];
  return [await compareResults(a, b, engine, { key, limit, renames }), compareKept(kept(a, 1), kept(b, 2), key, limit, renames)];
}

/** Profiles of columns, and what rows have in common, are SQL's alone. */
function withoutProfiles(comparison: Comparison): unknown {
  if (comparison.kind === 'incomparable') return comparison;
  const { patterns: _, ...told } = comparison;
  return { ...told, columns: told.columns.map((column) => ({ ...column, base: null, head: null })) };
}

const CELLS: { [type: string]: string[] } = {
  VARCHAR: ['', 'a', 'é', '<script>', '1'], BIGINT: ['0', '1', '9007199254740993'], 'DECIMAL(9,2)': ['0.00', '19.99', '-1.50'],
  DOUBLE: ['0', '1', '1.0000000005', '0.1', 'NaN', 'Infinity'], DATE: ['2001-06-30', '2001-07-01'], TIMESTAMP: ['2001-06-30T00:00:00Z'],
};
const type = fc.constantFrom(...Object.keys(CELLS));
const cell = (of: string): fc.Arbitrary<Cell> => fc.option(fc.constantFrom(...CELLS[of]!), { freq: 6 });

/** Tables with a key that is there once, some of its rows changed, gone or new; the second value of another type at times. */
const keyed = fc.record({ value: type, from: type, to: fc.option(type) }).chain(({ value, from, to }) => {
  const row = fc.record({ key: fc.tuple(cell('DATE'), cell('VARCHAR')), base: fc.option(fc.tuple(cell(value), cell(from)), { freq: 5 }), head: fc.option(fc.tuple(cell(value), cell(to ?? from)), { freq: 5 }), same: fc.boolean() });
  return fc.uniqueArray(row, { selector: (one) => JSON.stringify(one.key), maxLength: 12 }).map((rows) => ({
    base: { columns: ['a DATE', 'b VARCHAR', `c ${value}`, `d ${from}`], rows: rows.flatMap((one) => (one.base ? [[...one.key, ...one.base]] : [])), key: ['a', 'b'] },
    head: { columns: ['a DATE', 'b VARCHAR', `c ${value}`, `d ${to ?? from}`], rows: rows.flatMap((one) => (one.head ? [[...one.key, ...(one.same && one.base && (to ?? from) === from ? one.base : one.head)]] : [])), key: ['a', 'b'] },
  }));
});

test('script says of any two keyed tables what SQL says, to the last sample', async () => {
  const seen = { equal: 0, different: 0, near: 0 };
  await fc.assert(fc.asyncProperty(keyed, async ({ base, head }) => {
    const [sql, script] = await both(base, head);
    if (sql.kind === 'incomparable') assert.fail('a key is common');
    seen[sql.kind] += 1;
    seen.near += sql.cells?.withinTolerance ?? 0;
    assert.deepEqual(withoutProfiles(script), withoutProfiles(sql));
  }), { seed: 11, numRuns: 120 });
  assert.ok(seen.different > 60 && seen.equal > 3 && seen.near > 3, JSON.stringify(seen));
});

/** A column and at times the key's have another name; some rows are gone, new, or changed in what kept its name, a few in what did not. */
const renamed = fc.record({ value: type, isKeyed: fc.boolean(), isKeyRenamed: fc.boolean() }).chain(({ value, isKeyed, isKeyRenamed }) => {
  const row = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), cells: fc.tuple(cell(value), cell('BIGINT')), head: fc.constantFrom('same', 'same', 'same', 'other', 'gone', 'new'), other: cell('BIGINT'), isMoved: fc.constantFrom(...Array<false>(12).fill(false), true) });
  return fc.uniqueArray(row, { selector: ({ key }) => key, minLength: 3, maxLength: 8 }).map((rows) => ({
    base: { columns: ['k VARCHAR', `old ${value}`, 'n BIGINT'], rows: rows.flatMap(({ key, cells, head }) => (head === 'new' ? [] : [[key, ...cells]])), key: isKeyed ? ['k'] : [] },
    head: { columns: [isKeyRenamed ? 'id VARCHAR' : 'k VARCHAR', `new ${value}`, 'n BIGINT'], rows: rows.flatMap(({ key, cells: [old, n], head, other, isMoved }): Cell[][] => (head === 'gone' ? [] : [[key, isMoved ? null : old, head === 'other' ? other : n]])), key: isKeyed ? [isKeyRenamed ? 'id' : 'k'] : [] },
  }));
});

test('script finds the columns that look renamed which SQL finds', async () => {
  const seen = { none: 0, column: 0, both: 0, unkeyed: 0 };
  await fc.assert(fc.asyncProperty(renamed, async ({ base, head }) => {
    const [{ patterns: _, ...sql }, script] = await both(base, head) as [Comparison & { patterns?: unknown }, Comparison];
    if (sql.kind === 'incomparable' || script.kind === 'incomparable') return assert.equal(script.kind, sql.kind);
    // Of rows that are alike in the columns of both sides, a multiset shows any.
    assert.deepEqual({ ...script, columns: script.columns.map(({ name, changed }) => [name, changed]), samples: null }, { ...sql, columns: sql.columns.map(({ name, changed }) => [name, changed]), samples: null });
    const names = sql.schema.renamed.map(({ to }) => to);
    seen[names.length === 0 ? 'none' : names.length === 1 ? 'column' : 'both'] += 1;
    if (names.length > 0 && base.key.length === 0) seen.unkeyed += 1;
  }), { seed: 5, numRuns: 150 });
  assert.ok(Object.values(seen).every((count) => count > 5), JSON.stringify(seen));
});

test('a rename that the report declares is one, whatever the values', async () => {
  const columns = (name: string): string[] => ['k BIGINT', `${name} BIGINT`];
  const [sql, script] = await both({ columns: columns('old'), rows: [['1', '5'], ['2', '5']], key: ['k'] }, { columns: columns('new'), rows: [['1', '6'], ['2', '5']], key: ['k'] }, null, { old: 'new' });
  assert.deepEqual(withoutProfiles(script), withoutProfiles(sql));
  assert.deepEqual(script.kind === 'incomparable' ? null : [script.schema.renamed, script.cells?.changed], [[{ from: 'old', to: 'new', declared: true }], 1]);
});

test('without a key, or with one that is not unique: the same counts, equal rows told once', async () => {
  const columns = ['n BIGINT', 'x VARCHAR'];
  const base: Table = { columns, rows: [['1', 'a'], ['1', 'a'], ['2', null], ['3', 'c']] };
  const head: Table = { columns, rows: [['1', 'a'], ['4', 'd'], ['4', 'd'], ['2', null]] };
  for (const key of [[], ['n'], ['absent']]) {
    const [sql, script] = await both(base, { ...head, key });
    assert.deepEqual(withoutProfiles(script), withoutProfiles(sql), key.join());
  }
});

test('metrics, columns that came and went, limits, equal bytes and nothing in common', async () => {
  const metric = (value: string): MetricValue[] => [{ name: 'n', value, type: 'BIGINT', period: null }];
  const base: Table = { columns: ['k BIGINT', 'old DOUBLE', 'x DOUBLE'], rows: [['1', '1', '0.30000000000000004'], ['2', '2', '5']], key: ['k'], metrics: metric('0') };
  const head: Table = { columns: ['x DOUBLE', 'k BIGINT', 'new VARCHAR'], rows: [['0.3', '1', 'a'], ['6', '2', 'b'], ['7', '3', 'c'], ['8', '4', 'd']], key: ['k'], metrics: metric('5') };
  const cases: [Table, Table, number | null][] = [[base, head, 1], [base, base, null], [{ ...base, key: [] }, { ...base, key: [] }, 20], [base, { columns: ['other DATE'], rows: [['2001-06-30']] }, null]];
  for (const [a, b, limit] of cases) {
    const [sql, script] = await both(a, b, limit);
    assert.deepEqual(withoutProfiles(script), withoutProfiles(sql));
  }
  assert.deepEqual((await both(base, { columns: ['other DATE'], rows: [] }))[1].kind, 'incomparable');
});

test('rows that are not those of the manifest are refused', () => {
  const whole = kept(resultOf({ columns: ['n BIGINT'], rows: [['1'], ['2']] }, 'x'), 1);
  const other = kept(resultOf({ columns: ['n BIGINT'], rows: [['3']] }, 'x'), 2);
  assert.throws(() => compareKept(whole, { ...other, csv: Buffer.from('n\n3\n4\n') }, [], null), { code: 'snapshot-broken' });
  assert.throws(() => compareKept(whole, { ...other, csv: Buffer.from('m\n3\n') }, [], null), { code: 'snapshot-broken' });
});
