import { folderOf, type AsOf } from '../../snapshot/as-of.ts';

/*
 * The snapshots whose manifest and rows are published beside a report's compare page, so that a browser can compare any
 * two of them: the newest ones, as far as they fit.
 */

/** Most snapshots of a report, bytes of one's rows, and bytes of all reports together. */
export const COMPARED = { snapshots: 30, rowBytes: 1_000_000, siteBytes: 256_000_000 } as const;

/** Bytes that each report may take. It changes only where the number of reports doubles, so that a new report builds no other one again. */
export function shareOfSite(reports: number): number {
  return Math.floor(COMPARED.siteBytes / 2 ** Math.ceil(Math.log2(Math.max(reports, 16))));
}

interface Candidate {
  /** Of the rows as CSV. */
  rowBytes: number;
  /** Of manifest and rows. */
  bytes: number;
}

/** Those that fit, of candidates that stand newest first. One alone has nothing to be compared with. */
export function besidePage<T extends Candidate>(candidates: readonly T[], share: number): T[] {
  let left = share;
  const chosen: T[] = [];
  for (const candidate of candidates.filter(({ rowBytes }) => rowBytes <= COMPARED.rowBytes).slice(0, COMPARED.snapshots)) {
    left -= candidate.bytes;
    if (left < 0) break;
    chosen.push(candidate);
  }
  return chosen.length < 2 ? [] : chosen;
}

/** `2001-06-30.v2`, `2018-02-07-t0100.v1`: the files' name without its ending; hosts and systems that refuse a colon take it. */
export function comparedName(asOf: AsOf, version: number): string {
  return `${folderOf(asOf).replaceAll('/', '-')}.v${version}`;
}
