import type { ColumnFacts } from '../analysis/facts/facts.ts';
import { kindOf } from '../snapshot/types.ts';
import { escapeHtml } from './html.ts';
import { formatNumber, formatText, NO_VALUE } from './number.ts';
import { shortNumbers } from './short-number.ts';

type CellColumn = Pick<ColumnFacts, 'kind' | 'format'>;

/** A cell in words; `missing` where the file holds no value. A number without a format is as its file spells it: no digit is lost, and a year stays a year. */
export function formatCell(text: string | null, { kind, format }: CellColumn): { text: string; missing: boolean } {
  if (text === null) return { text: NO_VALUE, missing: true };
  switch (kind) {
    case 'number':
      return { text: format ? formatText(text, format) : plainNumber(text), missing: false };
    case 'time':
      return { text: text.replace('T', ' ').replace(/:00(\.0+)?(Z|\+00)?$/, ''), missing: false };
    case 'boolean':
      return { text: text === 'true' ? 'yes' : 'no', missing: false };
    case 'text':
      return text === '' ? { text: 'empty text', missing: true } : { text, missing: false };
    case 'date':
    case 'nested':
      return { text, missing: false };
  }
}

/**
 * The body of a table as HTML. Written as text because a page has thousands of cells; every cell is escaped.
 * The first key column heads its row. Doubles without a format are shortened, as far as no two of a column look alike.
 */
export function tableBody(columns: readonly ColumnFacts[], rows: readonly (readonly (string | null)[])[]): string {
  const head = columns.findIndex(({ key }) => key);
  const writers = columns.map(({ type, format }, index) => (format === null && kindOf(type) === 'double' ? shortNumbers(rows.map((row) => row[index] ?? null)) : null));
  const shown = (row: readonly (string | null)[], index: number): string | null => writers[index]?.(row[index] ?? null) ?? row[index] ?? null;
  return rows.map((row) => `<tr>${columns.map((column, index) => cell(shown(row, index), column, index === head)).join('')}</tr>`).join('');
}

/** The body of a chart's table: its first column heads the row. */
export function wordsBody(rows: readonly (readonly string[])[]): string {
  return rows.map(([head = '', ...cells]) => `<tr><th scope="row" dir="auto">${escapeHtml(head)}</th>${cells.map(words).join('')}</tr>`).join('');
}

const PLAIN = new Set<ColumnFacts['kind']>(['text', 'date', 'boolean']);
const OWN_DIRECTION = new Set<ColumnFacts['kind']>(['text', 'nested']);

function words(text: string): string {
  return `<td class="number${text === NO_VALUE ? ' missing' : ''}">${escapeHtml(text)}</td>`;
}

function cell(text: string | null, column: ColumnFacts, heads: boolean): string {
  const shown = formatCell(text, column);
  // What heads a row may break on a phone; a date there may not.
  const classes = [PLAIN.has(column.kind) && !(heads && column.kind === 'date') ? '' : column.kind, shown.missing ? 'missing' : ''].filter(Boolean).join(' ');
  const attributes = `${classes && ` class="${classes}"`}${shown.missing || !OWN_DIRECTION.has(column.kind) ? '' : ' dir="auto"'}`;
  return heads ? `<th scope="row"${attributes}>${escapeHtml(shown.text)}</th>` : `<td${attributes}>${escapeHtml(shown.text)}</td>`;
}

function plainNumber(text: string): string {
  return /^-?\d/.test(text) ? text.replace('-', '\u2212') : formatNumber(Number(text.replace(/inf(inity)?$/i, 'Infinity')), '');
}
