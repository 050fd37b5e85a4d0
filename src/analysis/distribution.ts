import type { Cell, Profile } from './comparison.ts';

/** How a column's values are distributed on both sides. */
export interface ColumnDistribution {
  /** On the head's side, where it is there. */
  name: string;
  type: string;
  base: SideDistribution | null;
  head: SideDistribution | null;
  /** Largest difference of two numbers of matched rows; text as in the rows. Null where none is matched, or for what is no number. */
  largestDifference: Cell;
  /** The most frequent values of either side, with how often each side has them. */
  top: { value: Cell; base: number; head: number }[];
  /** Equal steps from the smallest to the largest value of both sides; null for what is no number or time. */
  histogram: { edges: string[]; base: number[]; head: number[] } | null;
}

export interface SideDistribution extends Profile {
  rows: number;
  /** Text as in the rows; null for what has no order or no value. */
  quantiles: { p05: Cell; p25: Cell; p50: Cell; p75: Cell; p95: Cell } | null;
}
