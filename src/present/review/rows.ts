import type { ChangedRow, ChangedRows } from '../../analysis/comparison/changed-rows.ts';
import { cellOf, pairOf, type TableCell } from '../comparison/tables.ts';
import { escapeHtml } from '../html.ts';

/**
 * The body of the table of changed rows as HTML, every cell escaped: what a row is stands first, in words; the first column
 * of the key heads the row. A value that differs stands twice, struck out and underlined.
 */
export function changedRowsBody({ key, rows }: ChangedRows): string {
  return rows.map(({ kind, cells }) => `<tr class="${kind}"><td>${kind}</td>${cells.map((cell, index) => cellHtml(cell, index === 0 && key > 0)).join('')}</tr>`).join('');
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

function cellHtml(cell: ChangedRow['cells'][number], heads: boolean): string {
  if (Array.isArray(cell)) {
    const [before, after] = pairOf(...cell);
    return `<td class="differs"><del${direction(before)}>${escapeHtml(before.text)}</del> → <ins${direction(after)}>${escapeHtml(after.text)}</ins></td>`;
  }
  const shown = cellOf(cell);
  // A line would break within a date.
  const attributes = shown.missing ? ' class="missing"' : DATE.test(shown.text) ? ' class="date"' : ' dir="auto"';
  return heads ? `<th scope="row"${attributes}>${escapeHtml(shown.text)}</th>` : `<td${attributes}>${escapeHtml(shown.text)}</td>`;
}

function direction({ missing }: TableCell): string {
  return missing ? '' : ' dir="auto"';
}
