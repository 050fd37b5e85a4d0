import { kindOf, scaleOf } from '../../snapshot/types.ts';
import type { ColumnComparison } from '../comparison/comparison.ts';
import type { HeldPair } from '../comparison/sql.ts';
import type { Tables } from '../comparison/tables.ts';

/** A column of which enough cells have changed. */
export interface ChangedColumn {
  column: ColumnComparison;
  pair: HeldPair;
  /** Of `diff`. */
  changed: string;
  number: Arithmetic | null;
}

/** How a pair of numbers is computed with: exactly, with so many digits after the point; as doubles. */
export type Arithmetic = { kind: 'exact'; scale: number } | { kind: 'double' };

/** Digits of a number before it is multiplied, so that 38 digits hold the product with one of six. */
const DIGITS = 32;

/** The rows that are on both sides and differ. */
export const CHANGED = changedRows('');
/** The first of them: what is not so there, need not be asked of all. */
export const FIRST_CHANGED = changedRows(' LIMIT 1000');

function changedRows(limit: string): string {
  return `(FROM diff WHERE b IS NOT NULL AND h IS NOT NULL${limit}) AS d JOIN base ON base.rowid = d.b JOIN head ON head.rowid = d.h`;
}

/** SQL of a cell as a number. @param cell SQL of the column, whose values `numbersOf` found to fit */
export function asNumber(cell: string, number: Arithmetic): string {
  return `CAST(${cell} AS ${number.kind === 'exact' ? `DECIMAL(${DIGITS},${number.scale})` : 'DOUBLE'})`;
}

/** Null where a column has no numbers, or such that arithmetic may not hold them. */
export function numbersOf({ base, head }: Tables, pair: HeldPair, { base: before, head: after }: ColumnComparison): Arithmetic | null {
  const types = [base.columns[pair.base]!.type, head.columns[pair.head]!.type];
  const kinds = types.map(kindOf);
  if (!kinds.every((kind) => kind === 'integer' || kind === 'decimal' || kind === 'double')) return null;
  if (kinds.includes('double')) return { kind: 'double' };
  const ends = [before?.min, before?.max, after?.min, after?.max];
  const scale = Math.max(...types.map(scaleOf));
  const whole = ends.map((text) => text?.replace(/^-|\..*$/g, '').length ?? Infinity);
  return Math.max(...whole) + scale < DIGITS ? { kind: 'exact', scale } : null;
}
