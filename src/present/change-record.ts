import { plural } from '../snapshot/count.ts';
import type { ChangeRecord, RestatedRecord, RestatedRow, RestatedValue } from '../snapshot/records.ts';
import { cellChange, cellWords } from './cell.ts';
import type { MetricNames } from './comparison/comparison.ts';
import { formatNumber, formatText, NO_VALUE, withUnit } from './number.ts';

/** What a report's definition adds to the words; what it lacks, names and texts stand for. Plain text: callers escape. */
export interface ChangeNames {
  metrics?: MetricNames;
  /** Columns of the key in the report's order: the ledger has them in that of the alphabet. */
  key?: readonly string[];
  /** How the start of a period is written; default: as it is, `2001-06-03`. */
  period?: (start: string) => string;
}

/** `12 rows entered, 3 modified; restated: 3 rows of 2001-06-03, On time of 2001-06-03: 81.2% → 80.9%` */
export function changeRecordWords({ base, rows, restated }: ChangeRecord, names: ChangeNames = {}): string {
  const { entered, modified, deleted, left } = rows;
  if (base === null) return `${plural(entered, 'row')} entered: the first snapshot`;
  const kinds: [number, string][] = [[entered, 'entered'], [modified, 'modified'], [deleted, 'deleted'], [left, 'left the window']];
  const told = kinds.filter(([count]) => count > 0);
  const parts = told.map(([count, what], index) => `${index === 0 ? plural(count, 'row') : formatNumber(count, ',d')} ${what}`);
  const words = told.length === 0 ? 'no row changed' : parts.join(', ');
  return restated === null ? words : `${words}; restated: ${restatedWords(restated, names)}`;
}

/** `3 rows of 2001-06-01 to 2001-06-03, Flights of 2001-06-03: 512 → 518 and 2 numbers more` */
export function restatedWords({ periods, rows, metrics, first_metrics: [first] }: RestatedRecord, names: ChangeNames = {}): string {
  const count = rows.added + rows.removed + rows.modified;
  const numbers = first === undefined ? '' : restatedValueWords(first, names) + (metrics > 1 ? ` and ${plural(metrics - 1, 'number')} more` : '');
  return [count === 0 ? '' : `${plural(count, 'row')}${periods === null ? '' : ` of ${spanWords(periods, names)}`}`, numbers].filter(Boolean).join(', ');
}

function spanWords({ from, to }: { from: string; to: string }, { period = (start) => start }: ChangeNames): string {
  return from === to ? period(from) : `${period(from)} to ${period(to)}`;
}

/** `2001-06-03 SEA flights: 512 → 518`; `2001-06-03 SEA removed: flights: 512` */
export function restatedRowWords(row: RestatedRow, { key = [] }: ChangeNames = {}): string {
  if (row.kind === 'modified') {
    const changes = row.cells.map(({ column, before, after }) => `${column}: ${cellChange(before, after)}`);
    return `${inOrder(row.key, key).map(([, cell]) => cellWords(cell)).join(' ')} ${changes.join(', ')}`;
  }
  const cells = inOrder(row.row, key);
  const named = cells.filter(([column]) => key.includes(column)).map(([, cell]) => cellWords(cell));
  const rest = cells.filter(([column]) => !key.includes(column)).map(([column, cell]) => `${column}: ${cellWords(cell)}`);
  return `${[...named, row.kind].join(' ')}${rest.length > 0 ? `: ${rest.join(', ')}` : ''}`;
}

/** Those that come first in `order`, then the others as they stand. */
function inOrder(cells: { [column: string]: string | null }, order: readonly string[]): [string, string | null][] {
  const entries = Object.entries(cells);
  return [...order.flatMap((name) => entries.filter(([column]) => column === name)), ...entries.filter(([column]) => !order.includes(column))];
}

/** `On time of 2001-06-03: 81.2% → 80.9%`; before and after are told apart, however they are rounded. */
export function restatedValueWords({ name, period, before, after }: RestatedValue, { metrics, period: written = (start) => start }: ChangeNames = {}): string {
  const { label = name, format = null, unit = null } = metrics?.get(name) ?? {};
  const shown = (text: string | null): string => withUnit(format === null ? (text ?? NO_VALUE) : formatText(text, format), unit);
  const isRounded = shown(before) === shown(after);
  const pair = isRounded ? `${before ?? NO_VALUE} → ${after ?? NO_VALUE}` : `${shown(before)} → ${shown(after)}`;
  return `${label}${period === null ? '' : ` of ${written(period)}`}: ${pair}`;
}
