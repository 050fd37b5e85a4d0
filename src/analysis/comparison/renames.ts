import type { Report } from '../../report/report.ts';
import { nearSql } from './cell-equality.ts';
import type { Renames } from './column-pairs.ts';
import type { Profile } from './comparison.ts';
import { onlyFits, renameCandidates } from './rename-candidates.ts';
import { heldPairs, joinSql, multisetCountsSql, unlikePairSql, type HeldPair } from './sql.ts';
import { pairsOfKey, type RowDifferences, type Tables } from './tables.ts';

/** What the report says of its columns by `was`. Of two that claim one name, the first has it. */
export function declaredRenames({ dimensions, columns }: Pick<Report, 'dimensions' | 'columns'>): Renames {
  const said = [...Object.entries(dimensions), ...Object.entries(columns)].flatMap(([to, { was }]): [string, string][] => (was === undefined || was === to ? [] : [[was, to]]));
  return Object.fromEntries(said.reverse());
}

/**
 * Columns that look renamed: of one type, gone and new, with the same values in all rows that match. A column with one
 * value alone proves nothing, nor does one that would fit two others.
 * @param found what the comparison says without them
 */
export async function inferRenames(tables: Tables, found: RowDifferences): Promise<Renames> {
  const { base, head } = tables;
  const tried = heldPairs(renameCandidates(base.columns, head.columns, tables.pairs), base.columns, head.columns);
  if (tried.length === 0) return {};
  return onlyFits(found.key.mode === 'keyed' ? await sameByKey(tables, tried) : await sameAsMultiset(tables, tried, found), base.columns);
}

/** One statement over the rows that have the same key. */
async function sameByKey({ query, pairs, key }: Tables, tried: readonly HeldPair[]): Promise<HeldPair[]> {
  const facts = tried.map((pair) => {
    const [b, h] = [`b.c${pair.base}`, `h.c${pair.head}`];
    const differs = pair.comparing === 'double' ? `${unlikePairSql(pair)} AND NOT ${nearSql(b, h)}` : unlikePairSql(pair);
    return `count(*) FILTER (${differs}) = 0 AND coalesce(min(${b}) <> max(${b}), false)`;
  });
  const [row] = await query(`SELECT ${facts.join(', ')} FROM base b JOIN head h ON ${joinSql(pairsOfKey(pairs, key))}`);
  return tried.filter((_, index) => row![index] === 'true');
}

/**
 * Without a key the same rows have to come and go as before. Where it is the key that has another name, its values have to
 * be the same on both sides: once it is found, rows are matched by it.
 */
async function sameAsMultiset({ query, base, pairs, key }: Tables, tried: readonly HeldPair[], { columns, rows, key: { reason } }: RowDifferences): Promise<HeldPair[]> {
  const profileOf = (side: 'base' | 'head', name: string): Profile | null => columns.find((column) => column.name === name && column.comparing === null && column[side] !== null)?.[side] ?? null;
  const alike = tried.filter((pair) => isAlike(profileOf('base', base.columns[pair.base]!.name), profileOf('head', pair.name)));
  const proven: HeldPair[] = [];
  const isProven = async (some: readonly HeldPair[], added: number, removed: number): Promise<boolean> => {
    const [counts] = await query(multisetCountsSql(some));
    return Number(counts![0]) === added && Number(counts![1]) === removed;
  };
  const ofKey = reason === 'absent' ? alike.filter(({ name }) => key.includes(name)) : [];
  for (const pair of ofKey) if (await isProven([pair], 0, 0)) proven.push(pair);
  if (proven.length > 0) return proven;
  for (const pair of alike) if (await isProven([...pairs, pair], rows.added, rows.removed)) proven.push(pair);
  return proven;
}

function isAlike(a: Profile | null, b: Profile | null): boolean {
  return a !== null && b !== null && a.distinct > 1 && a.nulls === b.nulls && a.distinct === b.distinct && a.min === b.min && a.max === b.max;
}
