import type { Column } from '../../snapshot/manifest.ts';
import { classSql, heldType, nearSql, normalSql, unlikeSql } from './cell-equality.ts';
import type { Pair } from './column-pairs.ts';

/*
 * The SQL of a comparison, over the tables `base` and `head` with columns c0, c1, … in the order of each side. It
 * leaves what differs in a table `diff` of row numbers, from which counts and samples are read.
 */

export type SideName = 'base' | 'head';

/** A pair, and the types that its columns have in the tables. */
export interface HeldPair extends Pair {
  types: { [side in SideName]: string };
}

/** The same pairs, in their order. @param base columns of that side, which `pair.base` counts from 0 @param head likewise */
export function heldPairs(pairs: readonly Pair[], base: readonly Column[], head: readonly Column[]): HeldPair[] {
  return pairs.map((pair) => {
    const [a, b] = [base[pair.base]!.type, head[pair.head]!.type];
    return { ...pair, types: { base: heldType(a, pair.comparing, b), head: heldType(b, pair.comparing, a) } };
  });
}

/** Types of all columns of a table. */
export function heldTypes(side: SideName, columns: readonly Column[], pairs: readonly HeldPair[]): string[] {
  return columns.map(({ type }, index) => pairs.find((pair) => pair[side] === index)?.types[side] ?? heldType(type, null, null));
}

/** The one form of a value, equal on both sides where it is the same. */
export function normalOf(side: SideName, pair: HeldPair, alias: string = side): string {
  return normalSql(pair.comparing, `${alias}.c${pair[side]}`, pair.types[side]);
}

/**
 * One row: rows with a NULL in the key; whether each row's key is larger than that of the row before. Kept rows stand in
 * the order of their key's text, so that this mostly tells at a fifth of the cost that no key is there twice.
 */
export function keyOrderSql(side: SideName, key: readonly HeldPair[]): string {
  const names = key.map((_, index) => `k${index}`);
  const values = key.map((pair, index) => `${normalOf(side, pair)} AS k${index}, lag(${normalOf(side, pair)}) OVER () AS p${index}`);
  const ascends = names.map((name, index) => `(${[...names.slice(0, index).map((earlier, at) => `${earlier} = p${at}`), `${name} > p${index}`].join(' AND ')})`);
  return `SELECT count(*) FILTER (${names.map((name) => `${name} IS NULL`).join(' OR ')}), count(*) FILTER ((${ascends.join(' OR ')}) IS NOT TRUE) <= 1 FROM (SELECT ${values.join(', ')} FROM ${side})`;
}

/** One row: rows whose key another row has, beyond the first. */
export function keyTwinsSql(side: SideName, key: readonly HeldPair[]): string {
  return `SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT ${key.map((pair) => normalOf(side, pair)).join(', ')} FROM ${side})) FROM ${side}`;
}

/** Of a row b of the base and a row h of the head: they have the same key, as all have where it has no column. */
export function joinSql(key: readonly HeldPair[]): string {
  return key.map((pair) => `${normalOf('base', pair, 'b')} IS NOT DISTINCT FROM ${normalOf('head', pair, 'h')}`).join(' AND ') || 'true';
}

/** Of the same rows: they have unlike values, perhaps within the tolerance. */
export const unlikePairSql = (pair: HeldPair): string => unlikeSql(normalOf('base', pair, 'b'), normalOf('head', pair, 'h'));

/** By key: b, h: row numbers (null where the row is on one side); for each pair beside the key: changed, and near (within the tolerance). */
export function keyedDiffSql(key: readonly HeldPair[], others: readonly HeldPair[]): string {
  const flags = others.map((pair, index) => {
    const near = pair.comparing === 'double' ? nearSql(normalOf('base', pair, 'b'), normalOf('head', pair, 'h')) : 'false';
    return `, ${unlikePairSql(pair)} AND NOT ${near} AS changed${index}, ${unlikePairSql(pair)} AND ${near} AS near${index}`;
  });
  const differs = ['b.rowid IS NULL', 'h.rowid IS NULL', ...others.map(unlikePairSql)].join(' OR ');
  return `CREATE TEMP TABLE diff AS SELECT b.rowid AS b, h.rowid AS h${flags.join('')} FROM base b FULL JOIN head h ON ${joinSql(key)} WHERE ${differs}`;
}

/** One row: added, removed, modified, then changed and near of each pair. */
export function keyedCountsSql(pairs: number): string {
  const both = 'b IS NOT NULL AND h IS NOT NULL';
  const indexes = Array.from({ length: pairs }, (_, index) => index);
  const counts = indexes.map((index) => `, count(*) FILTER (${both} AND changed${index}), count(*) FILTER (${both} AND near${index})`);
  return `SELECT count(*) FILTER (b IS NULL), count(*) FILTER (h IS NULL), count(*) FILTER (${isModified(indexes)})${counts.join('')} FROM diff`;
}

/** Of a row of `diff`, matched by key: a cell has changed beyond the tolerance. */
export function isModified(indexes: readonly number[]): string {
  return `b IS NOT NULL AND h IS NOT NULL AND (${['false', ...indexes.map((index) => `changed${index}`)].join(' OR ')})`;
}

/** As a multiset: b, h: the first row of its kind on each side; excess: how many more of it head has, which is not 0. */
export function multisetDiffSql(pairs: readonly HeldPair[]): string {
  return `CREATE TEMP TABLE diff AS ${multisetSql(pairs)}`;
}

function multisetSql(pairs: readonly HeldPair[]): string {
  const rows = (side: SideName, sign: string): string => {
    const classes = pairs.map((pair, index) => `${classSql(pair.comparing, `${side}.c${pair[side]}`, pair.types[side])} AS v${index}`);
    return `SELECT ${classes.join(', ')}, ${side === 'base' ? 'rowid' : 'NULL'} AS b, ${side === 'head' ? 'rowid' : 'NULL'} AS h, ${sign} AS one FROM ${side}`;
  };
  return `SELECT min(b) AS b, min(h) AS h, sum(one) AS excess FROM (${rows('base', '-1')} UNION ALL ${rows('head', '1')}) GROUP BY ${pairs.map((_, index) => `v${index}`).join(', ')} HAVING sum(one) <> 0`;
}

/** Rows of one side that a multiset's difference has: of each class the first so many. Beside `diff`, its rows may differ in other columns. */
export function excessRowsSql(side: SideName, pairs: readonly HeldPair[]): string {
  const classes = pairs.map((pair) => classSql(pair.comparing, `c${pair[side]}`, pair.types[side])).join(', ');
  const rows = `SELECT rowid AS id, min(rowid) OVER (PARTITION BY ${classes}) AS first, row_number() OVER (PARTITION BY ${classes} ORDER BY rowid) AS place FROM ${side}`;
  return side === 'base' ? `SELECT id AS b, NULL AS h FROM (${rows}) JOIN diff ON b = first AND place <= -excess` : `SELECT NULL AS b, id AS h FROM (${rows}) JOIN diff ON h = first AND place <= excess`;
}

/** One row: added, removed. Without pairs, of what `diff` has. */
export function multisetCountsSql(pairs: readonly HeldPair[] | null): string {
  return `SELECT coalesce(sum(excess) FILTER (excess > 0), 0), coalesce(-sum(excess) FILTER (excess < 0), 0) FROM ${pairs === null ? 'diff' : `(${multisetSql(pairs)})`}`;
}

/** Rows of one side that the other does not have, with their columns, then how often; all where the limit is null. */
export function wholeRowsSql(side: SideName, mode: 'keyed' | 'multiset', columns: number, limit: number | null): string {
  const cells = Array.from({ length: columns }, (_, index) => `${side}.c${index}`).join(', ');
  const [at, other] = side === 'base' ? ['b', 'h'] : ['h', 'b'];
  const only = mode === 'keyed' ? `${other} IS NULL` : `excess ${side === 'base' ? '<' : '>'} 0`;
  const often = mode === 'keyed' ? '1' : 'abs(excess)';
  return `SELECT ${cells}, ${often} FROM (FROM diff WHERE ${only} ORDER BY ${at}${limitSql(limit)}) JOIN ${side} ON ${side}.rowid = ${at} ORDER BY ${at}`;
}

/** Modified rows: the key, then before, after and changed of each pair. */
export function modifiedRowsSql(key: readonly HeldPair[], others: readonly HeldPair[], limit: number | null): string {
  const cells = [...key.map((pair) => `head.c${pair.head}`), ...others.map((pair, index) => `base.c${pair.base}, head.c${pair.head}, changed${index}`)].join(', ');
  const modified = `FROM diff WHERE ${isModified([...others.keys()])} ORDER BY b${limitSql(limit)}`;
  return `SELECT ${cells} FROM (${modified}) JOIN base ON base.rowid = b JOIN head ON head.rowid = h ORDER BY b`;
}

function limitSql(limit: number | null): string {
  return limit === null ? '' : ` LIMIT ${limit}`;
}
