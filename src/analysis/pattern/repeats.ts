import { classSql } from '../comparison/cell-equality.ts';
import { normalOf, type HeldPair, type SideName } from '../comparison/sql.ts';
import { pairsOfKey, type RowDifferences, type Tables } from '../comparison/tables.ts';
import type { RepeatPattern } from './pattern.ts';

/** Of rows without a key, or with one that is there twice: what a join does that finds more than one partner. */
export async function repeatPatterns(tables: Tables, { key, rows }: RowDifferences): Promise<RepeatPattern[]> {
  if (key.mode !== 'multiset') return [];
  const side = rows.head > rows.base ? 'head' : 'base';
  const [more, fewer, lost] = side === 'head' ? [rows.head, rows.base, rows.removed] : [rows.base, rows.head, rows.added];
  const times = more / fewer;
  if (times > 1 && Number.isInteger(times)) {
    const classOf = (name: SideName, pair: HeldPair): string => classSql(pair.comparing, `c${pair[name]}`, pair.types[name]);
    if (lost === 0 && (await isRepeated(tables, side, times, tables.pairs, classOf))) return [{ kind: 'repeated', what: 'rows', side, times }];
    const other = side === 'head' ? 'base' : 'head';
    if (key.duplicates?.[other] === 0 && (await isRepeated(tables, side, times, pairsOfKey(tables.pairs, tables.key), (name, pair) => normalOf(name, pair)))) return [{ kind: 'repeated', what: 'keys', side, times }];
  }
  const [row] = await tables.query('SELECT count(*) FILTER (excess > 0 AND b IS NULL), count(*) FILTER (excess < 0 AND h IS NULL) FROM diff');
  return [
    ...(rows.added > 0 && row![0] === '0' ? [{ kind: 'copies' as const, rows: 'added' as const, count: rows.added }] : []),
    ...(rows.removed > 0 && row![1] === '0' ? [{ kind: 'copies' as const, rows: 'removed' as const, count: rows.removed }] : []),
  ];
}

/** Each combination of values is there so many times as often on the one side as on the other, which has it. */
async function isRepeated({ query }: Tables, side: SideName, times: number, pairs: readonly HeldPair[], form: (side: SideName, pair: HeldPair) => string): Promise<boolean> {
  const rows = (name: SideName, sign: number): string => `SELECT ${pairs.map((pair, index) => `${form(name, pair)} AS v${index}`).join(', ')}, ${sign} AS one FROM ${name}`;
  const sides = `${rows(side, 1)} UNION ALL ${rows(side === 'head' ? 'base' : 'head', -times)}`;
  const [row] = await query(`SELECT count(*) FROM (SELECT sum(one) AS total FROM (${sides}) GROUP BY ${pairs.map((_, index) => `v${index}`).join(', ')}) WHERE total <> 0`);
  return row![0] === '0';
}
