import { decodeCsv, type Row } from '../../snapshot/csv.ts';
import type { Column } from '../../snapshot/manifest.ts';
import { kindOf } from '../../snapshot/types.ts';
import { TOLERANCE } from '../comparison/comparison.ts';

/** Columns, and rows as canonical CSV. */
export interface CsvRows {
  columns: readonly Column[];
  csv: Buffer;
}

/** A number of 32 bits has seven digits. */
const RELATIVE_FLOAT = 1e-6;
/** Where what is added cancels out, the rest is as inexact as what was added: a share of the column’s largest value. */
const RELATIVE_COLUMN = 1e-12;

/**
 * The same rows, but for how doubles were rounded: these add up otherwise in another order. Rows are matched by all other values,
 * so that neither a key nor an order of rows is needed.
 */
export function differByRounding(one: CsvRows, other: CsvRows): boolean {
  if (JSON.stringify(one.columns) !== JSON.stringify(other.columns)) return false;
  if (one.csv.equals(other.csv)) return true;
  const kinds = one.columns.map(({ type }) => kindOf(type));
  if (!kinds.includes('double')) return false;
  const [a, b] = [decodeCsv(one.csv).rows, decodeCsv(other.csv).rows];
  if (a.length !== b.length) return false;
  const largest = kinds.map((kind, index) => (kind === 'double' ? a.reduce((most, row) => Math.max(most, magnitude(row[index]!)), 0) : 0));
  const same = (index: number, x: Row[number], y: Row[number]): boolean => x === y || (kinds[index] === 'double' && x !== null && y !== null && isClose(Number(x), Number(y), one.columns[index]!.type, largest[index]!));
  const alike = (left: readonly Row[], right: readonly Row[]): boolean => left.every((row, at) => row.every((cell, index) => same(index, cell, right[at]![index]!)));
  const order = [...kinds.keys()].sort((x, y) => Number(kinds[x] === 'double') - Number(kinds[y] === 'double'));
  const sorted = (rows: readonly Row[]): Row[] => rows.toSorted((x, y) => compareRows(x, y, order, kinds));
  return alike(a, b) || alike(sorted(a), sorted(b));
}

function magnitude(cell: Row[number]): number {
  const value = cell === null ? 0 : Math.abs(Number(cell));
  return Number.isFinite(value) ? value : 0;
}

function isClose(a: number, b: number, type: string, largest: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  const relative = type === 'FLOAT' ? RELATIVE_FLOAT : TOLERANCE.relative;
  return Math.abs(a - b) <= Math.max(TOLERANCE.absolute, relative * Math.max(Math.abs(a), Math.abs(b)), RELATIVE_COLUMN * largest);
}

function compareRows(a: Row, b: Row, order: readonly number[], kinds: readonly string[]): number {
  for (const index of order) {
    const [x, y] = [a[index]!, b[index]!];
    if (x === y) continue;
    if (x === null) return -1;
    if (y === null) return 1;
    const difference = kinds[index] === 'double' ? Number(x) - Number(y) : 0;
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
    return x < y ? -1 : 1;
  }
  return 0;
}
