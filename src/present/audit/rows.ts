import { truncate } from '../../error.ts';
import type { RestatedRow, RestatedValue } from '../../snapshot/records.ts';
import { NO_VALUE } from '../number.ts';

/** One cell or row that reads otherwise now: which, and both values as the files have them. */
export interface ValueWords {
  /** `2001-06-03 SEA flights`, `on_time in 2001-06-03`, `row` */
  what: string;
  before: string;
  after: string;
}

const LONGEST = 100;
const GONE = 'no row';

/** @param key the columns that identify a row, in the report's order; the ledger has them by name */
export function rowWords(row: RestatedRow, key: readonly string[]): ValueWords[] {
  if (row.kind === 'modified') {
    const name = inOrder(Object.keys(row.key), key).map((column) => cell(row.key[column] ?? null)).join(' ');
    return row.cells.map(({ column, before, after }) => ({ what: line(`${name} ${column}`), before: cell(before), after: cell(after) }));
  }
  const columns = inOrder(Object.keys(row.row), key);
  const named = columns.filter((column) => key.includes(column));
  const what = named.length > 0 ? named.map((column) => cell(row.row[column] ?? null)).join(' ') : 'row';
  const whole = columns.filter((column) => !named.includes(column)).map((column) => `${line(column)}: ${cell(row.row[column] ?? null)}`).join(', ') || 'a row';
  return [row.kind === 'added' ? { what, before: GONE, after: whole } : { what, before: whole, after: GONE }];
}

export function metricWords({ name, period, before, after }: RestatedValue): ValueWords {
  return { what: period === null ? line(name) : `${line(name)} in ${line(period)}`, before: cell(before), after: cell(after) };
}

function inOrder(columns: readonly string[], key: readonly string[]): string[] {
  const place = (column: string): number => (key.includes(column) ? key.indexOf(column) : key.length);
  return columns.toSorted((a, b) => place(a) - place(b));
}

function cell(text: string | null): string {
  if (text === null) return NO_VALUE;
  return text === '' ? 'empty text' : line(text);
}

/** What strangers wrote, on one line and not longer than one. */
export function line(text: string, longest = LONGEST): string {
  return truncate(text.replace(/[\s\u2028\u2029]+/g, ' ').trim(), longest);
}
