import type { Column } from '../snapshot/manifest.ts';
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

function valueOf(side: SideName, pair: HeldPair, alias: string = side): string {
  return normalSql(pair.comparing, `${alias}.c${pair[side]}`, pair.types[side]);
}

/**
 * One row: rows with a NULL in the key; whether each row's key is larger than that of the row before. Kept rows stand in
 * the order of their key's text, so that this mostly tells at a fifth of the cost that no key is there twice.
 */
export function keyOrderSql(side: SideName, key: readonly HeldPair[]): string {
  const names = key.map((_, index) => `k${index}`);
  const values = key.map((pair, index) => `${valueOf(side, pair)} AS k${index}, lag(${valueOf(side, pair)}) OVER () AS p${index}`);
  const ascends = names.map((name, index) => `(${[...names.slice(0, index).map((earlier, at) => `${earlier} = p${at}`), `${name} > p${index}`].join(' AND ')})`);
  return `SELECT count(*) FILTER (${names.map((name) => `${name} IS NULL`).join(' OR ')}), count(*) FILTER ((${ascends.join(' OR ')}) IS NOT TRUE) <= 1 FROM (SELECT ${values.join(', ')} FROM ${side})`;
}

/** One row: rows whose key another row has, beyond the first. */
export function keyTwinsSql(side: SideName, key: readonly HeldPair[]): string {
  return `SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT ${key.map((pair) => valueOf(side, pair)).join(', ')} FROM ${side})) FROM ${side}`;
}

const unlike = (pair: HeldPair): string => unlikeSql(valueOf('base', pair, 'b'), valueOf('head', pair, 'h'));

/** By key: b, h: row numbers (null where the row is on one side); for each pair beside the key: changed, and near (within the tolerance). */
export function keyedDiffSql(key: readonly HeldPair[], others: readonly HeldPair[]): string {
  const flags = others.map((pair, index) => {
    const near = pair.comparing === 'double' ? nearSql(valueOf('base', pair, 'b'), valueOf('head', pair, 'h')) : 'false';
    return `, ${unlike(pair)} AND NOT ${near} AS changed${index}, ${unlike(pair)} AND ${near} AS near${index}`;
  });
  const on = key.map((pair) => `${valueOf('base', pair, 'b')} IS NOT DISTINCT FROM ${valueOf('head', pair, 'h')}`).join(' AND ');
  const differs = ['b.rowid IS NULL', 'h.rowid IS NULL', ...others.map(unlike)].join(' OR ');
  return `CREATE TEMP TABLE diff AS SELECT b.rowid AS b, h.rowid AS h${flags.join('')} FROM base b FULL JOIN head h ON ${on} WHERE ${differs}`;
}

/** One row: added, removed, modified, then changed and near of each pair. */
export function keyedCountsSql(pairs: number): string {
  const both = 'b IS NOT NULL AND h IS NOT NULL';
  const indexes = Array.from({ length: pairs }, (_, index) => index);
  const counts = indexes.map((index) => `, count(*) FILTER (${both} AND changed${index}), count(*) FILTER (${both} AND near${index})`);
  return `SELECT count(*) FILTER (b IS NULL), count(*) FILTER (h IS NULL), count(*) FILTER (${isModified(indexes)})${counts.join('')} FROM diff`;
}

function isModified(indexes: readonly number[]): string {
  return `b IS NOT NULL AND h IS NOT NULL AND (${['false', ...indexes.map((index) => `changed${index}`)].join(' OR ')})`;
}

/** As a multiset: b, h: the first row of its kind on each side; excess: how many more of it head has, which is not 0. */
export function multisetDiffSql(pairs: readonly HeldPair[]): string {
  const rows = (side: SideName, sign: string): string => {
    const classes = pairs.map((pair, index) => `${classSql(pair.comparing, `${side}.c${pair[side]}`, pair.types[side])} AS v${index}`);
    return `SELECT ${classes.join(', ')}, ${side === 'base' ? 'rowid' : 'NULL'} AS b, ${side === 'head' ? 'rowid' : 'NULL'} AS h, ${sign} AS one FROM ${side}`;
  };
  return `CREATE TEMP TABLE diff AS SELECT min(b) AS b, min(h) AS h, sum(one) AS excess FROM (${rows('base', '-1')} UNION ALL ${rows('head', '1')}) GROUP BY ${pairs.map((_, index) => `v${index}`).join(', ')} HAVING sum(one) <> 0`;
}

/** One row: added, removed. */
export const MULTISET_COUNTS = 'SELECT coalesce(sum(excess) FILTER (excess > 0), 0), coalesce(-sum(excess) FILTER (excess < 0), 0) FROM diff';

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
  const cells = others.map((pair, index) => `, base.c${pair.base}, head.c${pair.head}, changed${index}`).join('');
  const keys = key.map((pair) => `head.c${pair.head}`).join(', ');
  const modified = `FROM diff WHERE ${isModified([...others.keys()])} ORDER BY b${limitSql(limit)}`;
  return `SELECT ${keys}${cells} FROM (${modified}) JOIN base ON base.rowid = b JOIN head ON head.rowid = h ORDER BY b`;
}

function limitSql(limit: number | null): string {
  return limit === null ? '' : ` LIMIT ${limit}`;
}
