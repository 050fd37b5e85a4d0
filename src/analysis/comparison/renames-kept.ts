import type { Row } from '../../snapshot/csv.ts';
import type { Column } from '../../snapshot/manifest.ts';
import { isNumeric } from '../../snapshot/types.ts';
import type { Pair, Renames } from './column-pairs.ts';
import { onlyFits, renameCandidates } from './rename-candidates.ts';
import { matchRows, type RowMatch } from './row-match.ts';

export interface KeptSide {
  columns: readonly Column[];
  rows: readonly Row[];
}

/**
 * Columns that look renamed, found in script: what `inferRenames` finds with SQL.
 * @param key names on the head's side
 * @param match of the rows by the pairs that there are without them
 */
export function inferKeptRenames(base: KeptSide, head: KeptSide, pairs: readonly Pair[], key: readonly string[], match: RowMatch): Renames {
  const tried = renameCandidates(base.columns, head.columns, pairs);
  const proven = tried.length === 0 ? [] : match.mode === 'keyed' ? sameByKey(base, head, tried, pairs, key, match) : sameAsMultiset(base, head, tried, pairs, key, match);
  return onlyFits(proven, base.columns);
}

function sameByKey(base: KeptSide, head: KeptSide, tried: readonly Pair[], pairs: readonly Pair[], key: readonly string[], { removed }: RowMatch): Pair[] {
  const keyPairs = pairs.filter(({ name }) => key.includes(name));
  const gone = new Set(removed);
  const both = base.rows.filter((row) => !gone.has(row));
  return tried.filter((pair) => valuesOf(both, pair.base).size > 1 && matchRows(base.rows, head.rows, [...keyPairs, pair], key).modified.length === 0);
}

/** As in SQL: a key of another name where its values are the same, else columns with which the same rows come and go. */
function sameAsMultiset(base: KeptSide, head: KeptSide, tried: readonly Pair[], pairs: readonly Pair[], key: readonly string[], { added, removed }: RowMatch): Pair[] {
  const alike = tried.filter((pair) => isAlike(base, head, pair));
  const comeAndGo = (some: readonly Pair[], come: number, go: number): boolean => {
    const match = matchRows(base.rows, head.rows, some, []);
    return match.added.length === come && match.removed.length === go;
  };
  const isAbsent = key.some((name) => !pairs.some((pair) => pair.name === name));
  const ofKey = isAbsent ? alike.filter((pair) => key.includes(pair.name) && comeAndGo([pair], 0, 0)) : [];
  return ofKey.length > 0 ? ofKey : alike.filter((pair) => comeAndGo([...pairs, pair], added.length, removed.length));
}

/** More than one value, as many NULLs and values on both sides, the same first and last one. */
function isAlike(base: KeptSide, head: KeptSide, pair: Pair): boolean {
  const [a, b] = [valuesOf(base.rows, pair.base), valuesOf(head.rows, pair.head)];
  if (a.size < 2 || a.size !== b.size || nullsOf(base.rows, pair.base) !== nullsOf(head.rows, pair.head)) return false;
  return ends(a, base.columns[pair.base]!).join('\n') === ends(b, head.columns[pair.head]!).join('\n');
}

function valuesOf(rows: readonly Row[], at: number): Set<string> {
  return new Set(rows.flatMap((row) => row[at] ?? []));
}

function nullsOf(rows: readonly Row[], at: number): number {
  return rows.reduce((count, row) => count + (row[at] === null ? 1 : 0), 0);
}

function ends(values: Iterable<string>, { type }: Column): [string, string] {
  const isLess = isNumeric(type) ? (a: string, b: string): boolean => Number(a) < Number(b) : (a: string, b: string): boolean => a < b;
  let [least, most]: (string | undefined)[] = [];
  for (const value of values) {
    if (least === undefined || isLess(value, least)) least = value;
    if (most === undefined || isLess(most, value)) most = value;
  }
  return [least ?? '', most ?? ''];
}
