import { decodeCsv } from '../../snapshot/csv.ts';
import type { Cell } from './comparison.ts';

/** The first changed rows of two results, one a row: added and removed ones whole, a changed one with both its values where they differ. */
export interface ChangedRows {
  /** The key's first, then those that differ in changed rows, then the others. */
  columns: string[];
  /** How many of the columns are the key's. */
  key: number;
  rows: ChangedRow[];
}

export interface ChangedRow {
  kind: 'added' | 'removed' | 'changed';
  /** A pair has two values that differ. */
  cells: (Cell | [before: Cell, after: Cell])[];
}

/** Bytes of the file that are looked at: a page shows no more. */
const LOOKED_AT = 2_000_000;

/**
 * Reads the first rows of a full difference: CSV whose first column says `added`, `removed`, or `before` and, in the row after
 * it, `after`.
 * @param key names of the columns that rows were matched by
 * @throws `snapshot-broken` where it is no CSV
 */
export function changedRows(csv: Buffer, key: readonly string[], most: number): ChangedRows {
  const { names, rows: lines } = decodeCsv(wholeRecords(csv, LOOKED_AT));
  const found: ChangedRow[] = [];
  for (let at = 0; at < lines.length && found.length < most; at += 1) {
    const [what, ...cells] = lines[at]!;
    if (what === 'added' || what === 'removed') found.push({ kind: what, cells });
    const next = lines[at + 1];
    if (what !== 'before' || next?.[0] !== 'after') continue;
    found.push({ kind: 'changed', cells: cells.map((before, index) => (before === next[index + 1] ? before : [before, next[index + 1]!])) });
    at += 1;
  }
  const columns = names.slice(1);
  const weight = columns.map((name, index) => (key.includes(name) ? 0 : found.some(({ kind, cells }) => kind === 'changed' && Array.isArray(cells[index])) ? 1 : 2));
  const order = columns.map((_, index) => index).sort((a, b) => weight[a]! - weight[b]! || a - b);
  return { columns: order.map((index) => columns[index]!), key: weight.filter((one) => one === 0).length, rows: found.map(({ kind, cells }) => ({ kind, cells: order.map((index) => cells[index]!) })) };
}

/** The records that end within so many bytes; a line end within quotes ends none. */
function wholeRecords(csv: Buffer, bytes: number): Buffer {
  if (csv.length <= bytes) return csv;
  let isQuoted = false;
  let end = 0;
  for (let at = 0; at < bytes; at += 1) {
    if (csv[at] === 0x22) isQuoted = !isQuoted;
    else if (csv[at] === 0x0a && !isQuoted) end = at + 1;
  }
  return csv.subarray(0, end);
}
