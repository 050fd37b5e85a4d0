import type { Column } from '../snapshot/manifest.ts';
import type { Reading } from './import-sql.ts';
import type { Request } from './serve.ts';

/** Name of the one table in an imported file. */
export const TABLE = 'data';

/** What the program that imports is asked. */
export interface ImportRequest extends Request {
  source: { name: string; file: string };
  /** Absolute paths and, for messages, their names. */
  files: { path: string; name: string }[];
  reading: Reading;
  /** DuckDB file to create, and a folder for what does not fit into memory. */
  database: string;
  spill: string;
  threads: number;
  /** The column of which `newest` is the largest value. */
  freshness: string | null;
}

/** What is known of an imported source without opening it. */
export interface Imported {
  columns: Column[];
  rows: number;
  /** Largest value of the freshness column, as a kept cell; null where there is none. */
  newest: string | null;
}
