import type { Report } from '../../report/report.ts';
import type { Column } from '../../snapshot/manifest.ts';
import { kindOf, type Kind } from '../../snapshot/types.ts';
import type { Rows } from './definition-change.ts';
import type { ColumnFacts } from './facts.ts';

/** Rows that a page shows; all of them are in the download. */
const SHOWN_ROWS = 500;

const KINDS: Record<Kind, ColumnFacts['kind']> = {
  integer: 'number', decimal: 'number', double: 'number', boolean: 'boolean', date: 'date', timestamp: 'time',
  time: 'text', interval: 'text', text: 'text', binary: 'text', nested: 'nested', other: 'text',
};

/** In the result’s order. @param report null where it is no longer defined: names stand for labels, and nothing is a key */
export function columnFacts(report: Report | null, columns: Column[]): ColumnFacts[] {
  return columns.map((column) => {
    const shown = report?.dimensions[column.name] ?? report?.columns[column.name];
    const kind = KINDS[kindOf(column.type)];
    return { ...column, kind, label: shown?.label ?? column.name, format: shown?.format ?? null, unit: shown?.unit ?? null, key: report?.key.includes(column.name) ?? false };
  });
}

/** The first rows in the order that readers see: by `sort`, else as they are kept. */
export function shownRows(report: Pick<Report, 'sort'> | null, columns: Column[], rows: Rows): Rows {
  const sort = (report?.sort ?? []).map((word) => ({ down: word.startsWith('-'), at: columns.findIndex(({ name }) => name === word.replace(/^-/, '')) }));
  if (sort.length === 0) return rows.slice(0, SHOWN_ROWS);
  const compares = sort.filter(({ at }) => at >= 0).map(({ down, at }) => {
    const compare = comparator(kindOf(columns[at]!.type));
    return (a: (string | null)[], b: (string | null)[]): number => missingLast(a[at]!, b[at]!, (x, y) => (down ? compare(y, x) : compare(x, y)));
  });
  const order = (a: (string | null)[], b: (string | null)[]): number => {
    for (const compare of compares) {
      const result = compare(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
  return rows.toSorted(order).slice(0, SHOWN_ROWS);
}

function missingLast(a: string | null, b: string | null, compare: (a: string, b: string) => number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compare(a, b);
}

/** Numbers as numbers, exactly where they are integers; all else by code unit, no locale. */
export function comparator(kind: Kind): (a: string, b: string) => number {
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  if (kind === 'integer') return (a, b) => (a.length < 16 && b.length < 16 ? Number(a) - Number(b) : Number(BigInt(a) - BigInt(b)));
  if (kind === 'decimal' || kind === 'double') return (a, b) => Number(a) - Number(b) || byText(a, b);
  return byText;
}
