import type { Column } from '../snapshot/manifest.ts';

/** Name of the one table in an imported file. */
export const TABLE = 'data';

/** What is known of an imported source without opening it. */
export interface Imported {
  columns: Column[];
  rows: number;
  /** Largest value of the freshness column, as a kept cell; null where there is none. */
  newest: string | null;
}
