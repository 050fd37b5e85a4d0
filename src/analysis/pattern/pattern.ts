import type { Row } from '../../snapshot/csv.ts';

type Cell = Row[number];

/*
 * What the rows that differ have in common. Each pattern is a statement about every row, or every changed value, that it speaks
 * of, asked of the engine as such: none rests on samples, and none is told where it might be false.
 */

export type Pattern = RepeatPattern | RowPattern | CellPattern;

/** Kinds of rows that differ; of changed ones, the values before. */
export type RowKind = 'added' | 'removed' | 'changed';

export type RepeatPattern =
  /** Every row, or every key that was there once, is there so many times as often on this side as on the other. */
  | { kind: 'repeated'; what: 'rows' | 'keys'; side: 'base' | 'head'; times: number }
  /** Each added row is one that was there already; each removed one is still there, less often. */
  | { kind: 'copies'; rows: 'added' | 'removed'; count: number };

/** One of these values, or one within this range, in a column; null for a range that is open there. */
export type Condition =
  | { kind: 'value'; column: string; values: Cell[] }
  | { kind: 'range'; column: string; from: Cell; to: Cell };

/**
 * All rows of a kind meet a condition. `only`: no row of the other side does; of changed rows, no other row of the base.
 * `both`: where no condition does that alone, two do together.
 */
export type RowPattern =
  | (Condition & { rows: RowKind; count: number; only: boolean })
  | { kind: 'both'; rows: RowKind; count: number; conditions: Condition[] };

/** Of every changed value of these columns, so many together. Doubles within the tolerance. */
export type CellPattern =
  /** After ÷ before, as `2`, `-1`, `0.01` or `1/3`. */
  | { kind: 'ratio'; columns: string[]; cells: number; ratio: string }
  /** After − before. */
  | { kind: 'difference'; columns: string[]; cells: number; difference: string }
  /** All had one value, or have one, or both. */
  | { kind: 'becomes'; columns: string[]; cells: number; before?: Cell; after?: Cell }
  /** Two columns: each value is what the other column had in its row. */
  | { kind: 'exchanged'; columns: string[]; cells: number }
  /** The value before, rounded to the nearest or cut towards zero, to so many digits after the point. */
  | { kind: 'rounded'; columns: string[]; cells: number; places: number; way: 'rounded' | 'cut' }
  /** Dates or times: after − before in microseconds, as whole numbers in text, of one sign. */
  | { kind: 'shifted'; columns: string[]; cells: number; least: string; most: string }
  /** All are more than they were, or all less. */
  | { kind: 'one-way'; columns: string[]; cells: number; to: 'more' | 'less' };

/** Most of a comparison: who has to read more reads the rows. */
export const MOST_PATTERNS = 3;
