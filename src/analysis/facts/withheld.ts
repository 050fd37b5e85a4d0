import type { Report } from '../../report/report.ts';
import type { RowsDigest } from '../../snapshot/canonical.ts';
import { orderRows } from '../../snapshot/csv.ts';
import type { CheckResult, Column } from '../../snapshot/manifest.ts';
import type { Rows } from './definition-change.ts';

/** What of a snapshot's rows readers do not get. */
export interface Withheld {
  /** Columns that say something of a person. */
  columns: string[];
  /** Rows that hold personal data, of which today's definition does not say where: none of them is shown. */
  rows: boolean;
}

/** @param rows how the snapshot's rows are known: a keyed digest says that they hold personal data */
export function withheldOf(report: Pick<Report, 'personal'> | null, rows: RowsDigest): Withheld | null {
  const columns = report?.personal ?? [];
  if (columns.length > 0) return { columns: [...columns], rows: false };
  return rows.startsWith('hmac-') ? { columns: [], rows: true } : null;
}

/** The part that is for everybody. Its rows are in an order of its own: that of the whole would tell of what is left out. */
export function publicPart(columns: readonly Column[], rows: Rows, withheld: Withheld | null): { columns: Column[]; rows: Rows } {
  if (!withheld) return { columns: [...columns], rows };
  if (withheld.rows) return { columns: [], rows: [] };
  const open = columns.flatMap(({ name }, index) => (withheld.columns.includes(name) ? [] : [index]));
  return { columns: open.map((index) => columns[index]!), rows: [...orderRows(rows.map((row) => open.map((index) => row[index]!)), [])] };
}

/** What a check found in a column can be a value of it. */
export function publicChecks(checks: CheckResult[], withheld: Withheld | null): CheckResult[] {
  if (!withheld) return checks;
  return checks.map((check) => (check.column !== null && (withheld.rows || withheld.columns.includes(check.column)) ? { ...check, actual: 'what is not shown here' } : check));
}

/** The definition without what would label a chart, or sort the rows, by a column that is left out. */
export function publicDefinition<T extends Pick<Report, 'charts' | 'sort'>>(report: T, withheld: Withheld | null): T {
  if (!withheld) return report;
  const isOpen = (column: string | undefined): boolean => column === undefined || !(withheld.rows || withheld.columns.includes(column));
  return { ...report, charts: report.charts.filter(({ x, by }) => isOpen(x) && isOpen(by)), sort: report.sort.filter((word) => isOpen(word.replace(/^-/, ''))) };
}
