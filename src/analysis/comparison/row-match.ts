import type { Row } from '../../snapshot/csv.ts';
import type { Column } from '../../snapshot/manifest.ts';
import { classOf, equalCells, normal } from './cell-equality.ts';
import type { Pair } from './column-pairs.ts';
import type { ModifiedRow, Sample, Samples, WholeRow } from './comparison.ts';

/*
 * Rows matched in script, without an engine: the same as sql.ts does, as a test holds. Kept rows are in the
 * order of their key, so both sides are walked once, side by side; other rows are looked up.
 */

export interface RowPair {
  before: Row;
  after: Row;
}

export interface RowMatch {
  mode: 'keyed' | 'multiset';
  /** In the order of the head. */
  added: Row[];
  /** In the order of the base. */
  removed: Row[];
  /** In the order of the base; none in a multiset. */
  modified: RowPair[];
  /** Equal, and not of the same text: doubles within the tolerance, columns of another type. They count as unchanged. */
  near: RowPair[];
  unchanged: number;
}

/** No key is needed to tell the rows of a side apart. */
export function isSingle(key: readonly string[], base: number, head: number): boolean {
  return key.length === 0 && base === 1 && head === 1;
}

/** The one row of each side, as the same row. */
export function matchSingle(before: Row, after: Row, pairs: readonly Pair[]): RowMatch {
  const match = start('keyed');
  add(match, pairs, before, after);
  return match;
}

/**
 * Matches rows by key, where every column of it is a pair and it is unique on both sides; else as a multiset.
 * @param key names on the head's side
 */
export function matchRows(base: readonly Row[], head: readonly Row[], pairs: readonly Pair[], key: readonly string[]): RowMatch {
  const keyed = keyPairs(pairs, key);
  if (keyed.length === 0 || keyed.length < key.length) return matchMultiset(base, head, pairs, keyed);
  const others = pairs.filter((pair) => !keyed.includes(pair));
  const match = start('keyed');
  const meet = (before: Row | null, after: Row | null): void => add(match, others, before, after);
  const isMatched = keyed.every(isText) && walk(base, head, keyed, 'unique', meet);
  if (isMatched) return match;
  Object.assign(match, start('keyed'));
  return lookUp(base, head, keyed, meet) ? match : matchMultiset(base, head, pairs, keyed);
}

function keyPairs(pairs: readonly Pair[], key: readonly string[]): Pair[] {
  return key.flatMap((name) => pairs.filter((pair) => pair.name === name));
}

/** Equal cells are the same text. */
function isText({ comparing }: Pair): boolean {
  return comparing === 'exact' || comparing === 'text';
}

function start(mode: RowMatch['mode']): RowMatch {
  return { mode, added: [], removed: [], modified: [], near: [], unchanged: 0 };
}

function add(match: RowMatch, others: readonly Pair[], before: Row | null, after: Row | null): void {
  if (before === null) match.added.push(after!);
  else if (after === null) match.removed.push(before);
  else if (others.every((pair) => before[pair.base] === after[pair.head])) match.unchanged += 1;
  else if (others.every((pair) => equalCells(pair.comparing, before[pair.base]!, after[pair.head]!))) {
    match.unchanged += 1;
    match.near.push({ before, after });
  } else match.modified.push({ before, after });
}

/** Every row once: two that have the same cells in these columns meet. False where a side is not in their order, or has one twice that is to be unique. */
function walk(base: readonly Row[], head: readonly Row[], order: readonly Pair[], often: 'unique' | 'repeated', meet: (before: Row | null, after: Row | null) => void): boolean {
  const [ofBase, ofHead] = [order.map((pair) => pair.base), order.map((pair) => pair.head)];
  const most = often === 'unique' ? -1 : 0;
  let [i, j] = [0, 0];
  while (i < base.length || j < head.length) {
    const difference = i === base.length ? 1 : j === head.length ? -1 : compareCells(base[i]!, ofBase, head[j]!, ofHead);
    meet(difference <= 0 ? base[i]! : null, difference >= 0 ? head[j]! : null);
    if (difference <= 0 && ++i < base.length && compareCells(base[i - 1]!, ofBase, base[i]!, ofBase) > most) return false;
    if (difference >= 0 && ++j < head.length && compareCells(head[j - 1]!, ofHead, head[j]!, ofHead) > most) return false;
  }
  return true;
}

/** By UTF-16 units, NULL first: the order of kept rows, unless they have characters beyond U+FFFF; such rows are looked up. */
function compareCells(a: Row, ofA: readonly number[], b: Row, ofB: readonly number[]): number {
  for (let index = 0; index < ofA.length; index++) {
    const x = a[ofA[index]!]!;
    const y = b[ofB[index]!]!;
    if (x === y) continue;
    if (x === null) return -1;
    return y === null || x > y ? 1 : -1;
  }
  return 0;
}

/** False where the key is not unique. */
function lookUp(base: readonly Row[], head: readonly Row[], keyed: readonly Pair[], meet: (before: Row | null, after: Row | null) => void): boolean {
  const keyOf = (side: 'base' | 'head', row: Row): string => idOf(normal, keyed, side, row);
  const before = new Set(base.map((row) => keyOf('base', row)));
  const after = new Map(head.map((row) => [keyOf('head', row), row]));
  if (before.size < base.length || after.size < head.length) return false;
  for (const row of base) meet(row, after.get(keyOf('base', row)) ?? null);
  for (const [id, row] of after) if (!before.has(id)) meet(null, row);
  return true;
}

/** Rows of the same text cancel out first, which leaves few to be sorted into classes. */
function matchMultiset(base: readonly Row[], head: readonly Row[], pairs: readonly Pair[], keyed: readonly Pair[]): RowMatch {
  const order = [...keyed, ...pairs.filter((pair) => !keyed.includes(pair)).sort((a, b) => a.base - b.base)];
  const match = start('multiset');
  const isWalked = pairs.length > 0 && walk(base, head, order, 'repeated', (before, after) => add(match, [], before, after));
  if (isWalked && pairs.every(isText)) return match;
  const classes = isWalked ? cancel(match.removed, match.added, pairs) : cancel(base, head, pairs);
  return { ...classes, unchanged: classes.unchanged + (isWalked ? match.unchanged : 0) };
}

/** Rows of the same class, one by one; those of the base are chained by their places, since a million small lists cost more than all else. */
function cancel(base: readonly Row[], head: readonly Row[], pairs: readonly Pair[]): RowMatch {
  const match = start('multiset');
  const newest = new Map<string, number>();
  const [older, isMet] = [new Int32Array(base.length), new Uint8Array(base.length)];
  for (const [place, row] of base.entries()) {
    const id = idOf(classOf, pairs, 'base', row);
    older[place] = newest.get(id) ?? -1;
    newest.set(id, place);
  }
  for (const after of head) {
    const id = idOf(classOf, pairs, 'head', after);
    const place = newest.get(id) ?? -1;
    if (place < 0) {
      match.added.push(after);
      continue;
    }
    const before = base[place]!;
    newest.set(id, older[place]!);
    isMet[place] = 1;
    match.unchanged += 1;
    if (pairs.some((pair) => before[pair.base] !== after[pair.head])) match.near.push({ before, after });
  }
  match.removed = base.filter((_, place) => isMet[place] === 0);
  return match;
}

function idOf(form: typeof normal, pairs: readonly Pair[], side: 'base' | 'head', row: Row): string {
  return JSON.stringify(pairs.map((pair) => {
    const cell = row[pair[side]]!;
    return cell === null ? null : form(pair.comparing, cell);
  }));
}

/** The first rows of each kind, as a comparison has them. */
export function samplesOf(match: Pick<RowMatch, 'mode' | 'added' | 'removed' | 'modified'>, base: readonly Column[], head: readonly Column[], pairs: readonly Pair[], key: readonly string[], limit: number | null): Samples {
  const most = limit ?? Infinity;
  const whole = (rows: readonly Row[], columns: readonly Column[]): Sample<WholeRow> => ({ total: rows.length, columns: columns.map(({ name }) => name), rows: rows.slice(0, most).map((row) => ({ cells: [...row], count: 1 })) });
  const keyed = match.mode === 'keyed' ? keyPairs(pairs, key) : [];
  const others = pairs.filter((pair) => !keyed.includes(pair));
  const modified = match.modified.slice(0, most).map(({ before, after }): ModifiedRow => ({
    key: keyed.map((pair) => after[pair.head]!),
    changes: others.filter((pair) => !equalCells(pair.comparing, before[pair.base]!, after[pair.head]!)).map((pair) => ({ column: pair.name, before: before[pair.base]!, after: after[pair.head]! })),
  }));
  return { limit, added: whole(match.added, head), removed: whole(match.removed, base), modified: { total: match.modified.length, columns: keyed.map(({ name }) => name), rows: modified } };
}
