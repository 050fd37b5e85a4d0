import type { Row } from '../../snapshot/csv.ts';
import type { Column } from '../../snapshot/manifest.ts';
import type { ColumnComparison, Differences, KeyHealth, ModifiedRow, Profile, RowCounts, Sample, Samples, SchemaChange, WholeRow } from './comparison.ts';
import { nullabilityOf } from './nullability.ts';
import { profileColumns, type Query } from './profile.ts';
import { isSingle } from './row-match.ts';
import { keyedCountsSql, keyedDiffSql, keyOrderSql, keyTwinsSql, modifiedRowsSql, multisetCountsSql, multisetDiffSql, wholeRowsSql, type HeldPair, type SideName } from './sql.ts';

/** A table of the engine's. */
export interface LoadedSide {
  columns: readonly Column[];
  /** In the table. */
  types: readonly string[];
  rows: number;
}

/** Two loaded tables, and what is asked of them. */
export interface Tables {
  query: Query;
  base: LoadedSide;
  head: LoadedSide;
  pairs: readonly HeldPair[];
  /** Names on the head's side. */
  key: readonly string[];
  limit: number | null;
}

/** The rows that were compared, as the engine has them until it loads others: for what more is asked of them. */
export interface ComparedTables {
  query: Query;
  /** Null where a result stands alone. */
  base: LoadedSide | null;
  head: LoadedSide;
  pairs: readonly HeldPair[];
  /** What rows were matched by: no column where each side has one row; null for a multiset. */
  key: readonly HeldPair[] | null;
  counts: RowCounts;
  columns: readonly ColumnComparison[];
}

export type RowDifferences = Pick<Differences, 'key' | 'rows' | 'cells' | 'columns' | 'samples' | 'patterns'> & Pick<SchemaChange, 'nullability'>;

/** Counts, profiles and samples of rows that are matched by key, or as a multiset. */
export async function compareTables(tables: Tables): Promise<RowDifferences> {
  const keyPairs = pairsOfKey(tables.pairs, tables.key);
  const key = await keyHealth(tables, keyPairs);
  const keyed = key.mode === 'keyed';
  const others = keyed ? tables.pairs.filter((pair) => !keyPairs.includes(pair)) : [];
  await tables.query('DROP TABLE IF EXISTS diff');
  await tables.query(keyed ? keyedDiffSql(keyPairs, others) : multisetDiffSql(tables.pairs));
  const counts = numbersOf(await tables.query(keyed ? keyedCountsSql(others.length) : multisetCountsSql(null)));
  const [added = 0, removed = 0, modified = 0, ...flags] = counts;
  const cellsOf = new Map(others.map((pair, index) => [pair, { changed: flags[2 * index]!, withinTolerance: flags[2 * index + 1]! }]));
  const both = tables.base.rows - removed;
  const rows: RowCounts = { base: tables.base.rows, head: tables.head.rows, added, removed, modified, unchanged: both - modified };
  const sum = (count: 'changed' | 'withinTolerance'): number => [...cellsOf.values()].reduce((total, cells) => total + cells[count], 0);
  const columns = await compareColumns(tables, cellsOf, rows, keyed && keyPairs.length === 1 ? keyPairs[0]! : null);
  return {
    key, rows, columns,
    cells: keyed ? { compared: both * others.length, changed: sum('changed'), withinTolerance: sum('withinTolerance') } : null,
    nullability: nullabilityOf(columns.flatMap(({ name, base, head }) => (base && head ? [{ name, base: base.nulls, head: head.nulls }] : [])), rows),
    samples: await takeSamples(tables, key, rows, keyPairs, others),
  };
}

/** In the key’s order; a column of the key that is not on both sides is left out. */
export function pairsOfKey(pairs: readonly HeldPair[], key: readonly string[]): HeldPair[] {
  return key.flatMap((name) => pairs.filter((pair) => pair.name === name));
}

/**
 * By key where every column of it is on both sides and no two rows have the same. A result of one row needs no column to
 * tell its rows apart, so without a key the one of each side is the same row.
 */
async function keyHealth({ query, key, ...sides }: Tables, pairs: readonly HeldPair[]): Promise<KeyHealth> {
  const columns = [...key];
  if (isSingle(key, sides.base.rows, sides.head.rows)) return { mode: 'keyed', reason: null, columns, duplicates: { base: 0, head: 0 }, nulls: { base: 0, head: 0 } };
  if (key.length === 0) return { mode: 'multiset', reason: 'none', columns, duplicates: null, nulls: null };
  if (pairs.length < key.length) return { mode: 'multiset', reason: 'absent', columns, duplicates: null, nulls: null };
  const base = await sideHealth(query, 'base', pairs);
  const head = await sideHealth(query, 'head', pairs);
  const unique = base.twins + head.twins === 0;
  return { mode: unique ? 'keyed' : 'multiset', reason: unique ? null : 'duplicates', columns, duplicates: { base: base.twins, head: head.twins }, nulls: { base: base.nulls, head: head.nulls } };
}

async function sideHealth(query: Query, side: SideName, pairs: readonly HeldPair[]): Promise<{ twins: number; nulls: number }> {
  const [row] = await query(keyOrderSql(side, pairs));
  const twins = row![1] === 'true' ? 0 : numbersOf(await query(keyTwinsSql(side, pairs)))[0]!;
  return { twins, nulls: Number(row![0]) };
}

function numbersOf([row]: Row[]): number[] {
  return row!.map(Number);
}

type Cells = Pick<ColumnComparison, 'changed' | 'withinTolerance'>;

/**
 * All columns: the head's in its order, then those that are gone.
 * @param unique the key, where it is one column: no two rows have the same
 */
async function compareColumns(tables: Tables, cellsOf: ReadonlyMap<HeldPair, Cells>, { added, removed }: RowCounts, unique: HeldPair | null): Promise<ColumnComparison[]> {
  const { base, head, pairs } = tables;
  const profiles = { base: await profilesOf(tables, 'base', [...base.columns.keys()], unique?.base ?? null), head: new Map<number, Profile>() };
  // A column whose values are the same in all rows has the same profile.
  const same = new Map(pairs.filter((pair) => added + removed + (cellsOf.get(pair)?.changed ?? 1) + (cellsOf.get(pair)?.withinTolerance ?? 1) === 0 && pair.comparing === 'exact').map((pair) => [pair.head, pair.base]));
  profiles.head = await profilesOf(tables, 'head', [...head.columns.keys()].filter((index) => !same.has(index)), unique?.head ?? null);
  for (const [index, at] of same) profiles.head.set(index, profiles.base.get(at)!);
  const current = head.columns.map(({ name }, index): ColumnComparison => {
    const pair = pairs.find((one) => one.head === index);
    const cells = (pair && cellsOf.get(pair)) ?? { changed: null, withinTolerance: null };
    return { name, comparing: pair?.comparing ?? null, ...cells, base: pair ? profiles.base.get(pair.base)! : null, head: profiles.head.get(index)! };
  });
  const gone = base.columns.flatMap(({ name }, index): ColumnComparison[] =>
    pairs.some((pair) => pair.base === index) ? [] : [{ name, comparing: null, changed: null, withinTolerance: null, base: profiles.base.get(index)!, head: null }]);
  return [...current, ...gone];
}

async function profilesOf({ query, ...tables }: Tables, side: SideName, wanted: number[], unique: number | null): Promise<Map<number, Profile>> {
  const { columns, types } = tables[side];
  const profiles = await profileColumns(query, side, columns, types, wanted, unique);
  return new Map(wanted.map((index, at) => [index, profiles[at]!]));
}

async function takeSamples({ query, base, head, limit }: Tables, { mode }: KeyHealth, counts: RowCounts, key: readonly HeldPair[], others: readonly HeldPair[]): Promise<Samples> {
  const whole = async (side: SideName, { columns }: LoadedSide, total: number): Promise<Sample<WholeRow>> => {
    const rows = total === 0 ? [] : await query(wholeRowsSql(side, mode === 'keyed' ? 'keyed' : 'multiset', columns.length, limit));
    return { total, columns: columns.map(({ name }) => name), rows: rows.map((row) => ({ cells: row.slice(0, -1), count: Number(row.at(-1)) })) };
  };
  const modified = counts.modified === 0 ? [] : await query(modifiedRowsSql(key, others, limit));
  return {
    limit,
    added: await whole('head', head, counts.added),
    removed: await whole('base', base, counts.removed),
    modified: { total: counts.modified, columns: key.map(({ name }) => name), rows: modified.map((row) => modifiedRow(row, key.length, others)) },
  };
}

function modifiedRow(row: Row, keys: number, others: readonly HeldPair[]): ModifiedRow {
  const changes = others.flatMap(({ name }, index) => {
    const [before = null, after = null, changed] = row.slice(keys + 3 * index, keys + 3 * index + 3);
    return changed === 'true' ? [{ column: name, before, after }] : [];
  });
  return { key: row.slice(0, keys), changes };
}
