import { monthOf, type AsOf } from '../snapshot/as-of.ts';

/** Where pages are. All links come from here, so that a site below a sub-path has no broken one. */
const base = import.meta.env.BASE_URL.replace(/\/*$/, '/');

/** Ledger entries a page holds; entry n stays on page ceil(n / 100) for good. */
export const ENTRIES_PER_PAGE = 100;

export const HOME = base;
export const RUNS = `${base}runs/`;
export const RESTATEMENTS = `${base}restatements/`;
/** The bytes of snapshots/ledger/checkpoint. */
export const CHECKPOINT = `${base}checkpoint.txt`;
export const AUDIT = `${base}audit/`;
export const SEARCH = `${base}search/`;
export const DOCS = `${base}docs/`;

export function reportPath(id: string): string {
  return `${base}reports/${id}/`;
}

/** The CSV or JSON that lies beside the report's page, named after the id's last segment. */
export function downloadPath(id: string, ending: 'csv' | 'json'): string {
  return `${reportPath(id)}${id.slice(id.lastIndexOf('/') + 1)}.${ending}`;
}

/** Where two snapshots of a report are compared; of these, where they are named. */
export function comparePath(id: string, base?: string, head?: string): string {
  return `${reportPath(id)}compare/${base && head ? `?base=${encodeURIComponent(base)}&head=${encodeURIComponent(head)}` : ''}`;
}

export function previewPath(id: string): string {
  return `${reportPath(id)}preview.png`;
}

/** @param page from 1, which has no number in its address */
export function teamPath(team: string, page = 1): string {
  return `${base}teams/${team}/${page === 1 ? '' : `${page}/`}`;
}

/** @param month `2001-06` */
export function historyPath(id: string, month: string): string {
  return `${base}history/${id}/${month}/`;
}

/** The permanent address of a snapshot. */
export function snapshotPath(id: string, asOf: AsOf, version: number): string {
  return `${historyPath(id, monthOf(asOf))}#${snapshotAnchor(asOf, version)}`;
}

/** Without `#`; it stays for good, since snapshots are cited by it. */
export function snapshotAnchor(asOf: AsOf, version: number): string {
  return `${asOf}.v${version}`;
}

export function entryPath(sequence: number): string {
  return `${RUNS}${Math.ceil(sequence / ENTRIES_PER_PAGE)}/#entry-${sequence}`;
}

export function auditPath(month: string): string {
  return `${AUDIT}${month}/`;
}

/** What a change does: in a preview alone. Without a report: to all of them. */
export function reviewPath(id?: string): string {
  return `${base}review/${id === undefined ? '' : `${id}/`}`;
}

export function errorPath(code: string): string {
  return `${DOCS}errors/#${code}`;
}

/** Page n has the restatements number 100 n − 99 to 100 n, which keep their address. */
export function restatementsPath(page: number): string {
  return `${RESTATEMENTS}${page}/`;
}

/** Months that a report has snapshots of, newest first. */
export function monthsOf(history: readonly { asOf: AsOf }[]): string[] {
  return [...new Set(history.map(({ asOf }) => monthOf(asOf)))].sort().reverse();
}
