import type { Audit, AuditedSnapshot, AuditPerson } from './document.ts';

/** What the site's audit pages know: `audit/index.json`, and `audit/<month>.json` for each month that something happened in. */
export interface AuditIndex {
  /** Newest first. */
  months: AuditMonthCard[];
  /** What could not be seen, in sentences. */
  notes: string[];
}

export interface AuditMonthCard {
  /** `2026-11` */
  month: string;
  /** What it was made from, and what was made. */
  key: string;
  digest: string;
  totals: Audit['totals'];
  /** Commits of people below snapshots/. */
  intrusions: number;
}

export interface AuditMonth {
  month: string;
  audit: Audit;
  /** Restated and held snapshots beyond those that the page lists. */
  omitted: number;
  /** How each report calls what its rows and metrics are: key, then metrics by name. */
  names: { [report: string]: { key: readonly string[]; metrics: { [name: string]: { label: string; format: string; unit?: string | undefined } } } };
}

const MOST_SNAPSHOTS = 300;
const MOST_ROWS = 6;

/**
 * The part of a month's audit that a page shows: readers of the site are told no address of a person, and nothing of what is
 * not published. The rest is said by `daybook audit`.
 * @param personal reports of which columns say something of a person by now: rows that were recorded before are not shown
 */
export function pageAudit(audit: Audit, personal: ReadonlySet<string>): Pick<AuditMonth, 'audit' | 'omitted'> {
  const told = audit.snapshots.map((snapshot) => forReaders(snapshot, personal.has(snapshot.report))).filter(({ restated, approvers, rows }) => restated !== null || approvers > 0 || rows === null);
  const own: Audit = {
    ...audit,
    // Both change with every entry; a month that is over stays as it is.
    ledger: { ...audit.ledger, sequence: audit.ledger.last ?? 0, head: null }, history: { commit: null, notes: [] },
    snapshots: told.slice(-MOST_SNAPSHOTS),
    definitions: audit.definitions.map((change) => ({ ...change, author: nameless(change.author), committer: nameless(change.committer) })),
    intrusions: audit.intrusions.map((change) => ({ ...change, author: nameless(change.author), committer: nameless(change.committer) })),
    keys: audit.keys.map((change) => ({ ...change, author: nameless(change.author) })),
  };
  return { audit: own, omitted: Math.max(0, told.length - MOST_SNAPSHOTS) };
}

function nameless(person: AuditPerson): AuditPerson {
  return { ...person, email: '' };
}

function forReaders(snapshot: AuditedSnapshot, isPersonal: boolean): AuditedSnapshot {
  const { restated, standing } = snapshot;
  if (restated === null || standing !== 'published') return { ...snapshot, restated: null };
  return { ...snapshot, restated: { ...restated, first_rows: isPersonal ? [] : restated.first_rows.slice(0, MOST_ROWS), first_metrics: restated.first_metrics.slice(0, MOST_ROWS) } };
}
