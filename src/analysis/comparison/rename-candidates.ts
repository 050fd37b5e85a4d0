import type { Column } from '../../snapshot/manifest.ts';
import { comparingOf } from './cell-equality.ts';
import type { Pair, Renames } from './column-pairs.ts';

/* Which columns may be one under two names: the same for SQL (renames.ts) and for script (renames-kept.ts). */

/** More pairs of one gone and one new column than these are not tried: too many alike are no sign of a rename. */
const MOST_TRIED = 64;

/** What looks renamed is found twice at most: a key by which rows are matched, then columns of these rows. */
export const RENAME_ROUNDS = 2;

/** Each column that is gone with each new one of its type; none where they are too many. */
export function renameCandidates(base: readonly Column[], head: readonly Column[], pairs: readonly Pair[]): Pair[] {
  const unpaired = (side: 'base' | 'head', columns: readonly Column[]): [number, Column][] => [...columns.entries()].filter(([index]) => !pairs.some((pair) => pair[side] === index));
  const came = unpaired('head', head);
  const tried = unpaired('base', base).flatMap(([from, { type }]) => came.filter(([, column]) => column.type === type).map(([to, { name }]) => ({ name, base: from, head: to, comparing: comparingOf(type, type) })));
  return tried.length > MOST_TRIED ? [] : tried;
}

/** Of pairs with the same values, those whose columns fit no other. */
export function onlyFits(proven: readonly Pair[], base: readonly Column[]): Renames {
  const single = proven.filter((pair) => proven.every((other) => other === pair || (other.base !== pair.base && other.head !== pair.head)));
  return Object.fromEntries(single.map((pair) => [base[pair.base]!.name, pair.name]));
}
