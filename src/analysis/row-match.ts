import type { Row } from '../snapshot/csv.ts';
import type { Column } from '../snapshot/manifest.ts';
import { classOf, equalCells, normal } from './cell-equality.ts';
import type { Pair } from './column-pairs.ts';
import type { ModifiedRow, Sample, Samples, WholeRow } from './comparison.ts';

/*
 * Rows matched in script, for the few thousand of a report: the same as compare-sql.ts does for any number, as a test
 * holds.
 */

export interface RowMatch {
  mode: 'keyed' | 'multiset';
  /** In the order of the head. */
  added: Row[];
  /** In the order of the base. */
  removed: Row[];
  /** In the order of the base; none in a multiset. */
  modified: { before: Row; after: Row }[];
  unchanged: number;
}

/**
 * Matches rows by key, where every column of it is a pair and it is unique on both sides; else as a multiset.
 * @param key names on the head's side
 */
export function matchRows(base: readonly Row[], head: readonly Row[], pairs: readonly Pair[], key: readonly string[]): RowMatch {
  const keyPairs = key.flatMap((name) => pairs.filter((pair) => pair.name === name));
  if (key.length === 0 || keyPairs.length < key.length) return matchMultiset(base, head, pairs);
  const keyOf = (side: 'base' | 'head', row: Row): string => JSON.stringify(keyPairs.map((pair) => textOf(normal, pair, row[pair[side]]!)));
  const before = new Map(base.map((row) => [keyOf('base', row), row]));
  const after = new Map(head.map((row) => [keyOf('head', row), row]));
  if (before.size < base.length || after.size < head.length) return matchMultiset(base, head, pairs);
  const others = pairs.filter((pair) => !keyPairs.includes(pair));
  const match: RowMatch = { mode: 'keyed', added: [], removed: [], modified: [], unchanged: 0 };
  for (const [id, row] of before) {
    const now = after.get(id);
    if (now === undefined) match.removed.push(row);
    else if (others.every((pair) => equalCells(pair.comparing, row[pair.base]!, now[pair.head]!))) match.unchanged += 1;
    else match.modified.push({ before: row, after: now });
  }
  for (const [id, row] of after) if (!before.has(id)) match.added.push(row);
  return match;
}

function matchMultiset(base: readonly Row[], head: readonly Row[], pairs: readonly Pair[]): RowMatch {
  const idOf = (side: 'base' | 'head', row: Row): string => JSON.stringify(pairs.map((pair) => textOf(classOf, pair, row[pair[side]]!)));
  const left = new Map<string, Row[]>();
  for (const row of base) {
    const id = idOf('base', row);
    const same = left.get(id);
    if (same) same.push(row);
    else left.set(id, [row]);
  }
  const added = head.filter((row) => left.get(idOf('head', row))?.pop() === undefined);
  const gone = new Set([...left.values()].flat());
  return { mode: 'multiset', added, removed: base.filter((row) => gone.has(row)), modified: [], unchanged: base.length - gone.size };
}

function textOf(form: typeof normal, { comparing }: Pair, cell: string | null): string | null {
  return cell === null ? null : form(comparing, cell);
}

/** The first rows of each kind, as a comparison has them. */
export function samplesOf(match: RowMatch, base: readonly Column[], head: readonly Column[], pairs: readonly Pair[], key: readonly string[], limit: number | null): Samples {
  const most = limit ?? Infinity;
  const whole = (rows: readonly Row[], columns: readonly Column[]): Sample<WholeRow> => ({ total: rows.length, columns: columns.map(({ name }) => name), rows: rows.slice(0, most).map((row) => ({ cells: [...row], count: 1 })) });
  const keyed = match.mode === 'keyed' ? key.flatMap((name) => pairs.filter((pair) => pair.name === name)) : [];
  const others = pairs.filter((pair) => !keyed.includes(pair));
  const modified = match.modified.slice(0, most).map(({ before, after }): ModifiedRow => ({
    key: keyed.map((pair) => after[pair.head]!),
    changes: others.filter((pair) => !equalCells(pair.comparing, before[pair.base]!, after[pair.head]!)).map((pair) => ({ column: pair.name, before: before[pair.base]!, after: after[pair.head]! })),
  }));
  return { limit, added: whole(match.added, head), removed: whole(match.removed, base), modified: { total: match.modified.length, columns: keyed.map(({ name }) => name), rows: modified } };
}
