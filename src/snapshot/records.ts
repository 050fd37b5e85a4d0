import type { AsOf } from './as-of.ts';
import type { Digest, RowsDigest } from './canonical.ts';

/*
 * What a ledger entry records of snapshots: that they were kept, what they changed, and what became of them since.
 * A list that would be empty is left out of the entry.
 */

export interface KeptRecord {
  report: string;
  as_of: AsOf;
  version: number;
  /** Digest of the manifest (canonical JSON) and of the rows' bytes. */
  manifest: Digest;
  rows: RowsDigest;
  data: Digest;
  /** Rows with personal data may not be erased before this day; absent where nothing forbids it. */
  retain_until?: string;
}

/** Names one version: which one, and by the manifest's digest that it is this very one. */
interface Named {
  report: string;
  as_of: AsOf;
  version: number;
  manifest: Digest;
}

/** What a kept snapshot changes against the one before it: the version before, else the newest published one of an earlier as-of. */
export interface ChangeRecord {
  report: string;
  as_of: AsOf;
  version: number;
  /** Citation of the one before; null for the first. */
  base: string | null;
  /**
   * Matched by key, else as a multiset. `left`: rows that a moving window left behind; they are not among the deleted.
   * @see RestatedRecord for what readers had already been told
   */
  rows: { entered: number; modified: number; deleted: number; left: number };
  /** Null where nothing published before reads otherwise now. */
  restated: RestatedRecord | null;
}

/** What readers had been told otherwise: rows and metrics of periods that the snapshot before had completed. */
export interface RestatedRecord {
  /** The first and the last period compared; null for a report without `time`. */
  periods: { from: string; to: string } | null;
  /** How many, all of them. */
  rows: { added: number; removed: number; modified: number };
  metrics: number;
  /** The first of them, with before and after. No rows of a report with personal data. */
  first_rows: RestatedRow[];
  first_metrics: RestatedValue[];
}

/** A row of the kept rows, by the names of its columns; text as in the CSV. */
export type RestatedRow =
  | { kind: 'modified'; key: { [column: string]: string | null }; cells: { column: string; before: string | null; after: string | null }[] }
  | { kind: 'added' | 'removed'; row: { [column: string]: string | null } };

export interface RestatedValue {
  name: string;
  period: string | null;
  before: string | null;
  after: string | null;
}

/**
 * What of a metric's move between two snapshots came from data, and what from a changed definition: recorded when the
 * definition changed, because the old one can be run on the new inputs then.
 */
export interface AttributedRecord {
  report: string;
  as_of: AsOf;
  version: number;
  /** Citation of the snapshot before. */
  base: string;
  /** Value by the old definition on the new inputs: `data` − `before` came from data, `after` − `data` from the definition. */
  metrics: { name: string; before: string | null; data: string | null; after: string | null }[];
}

/** Kept, and not shown to readers until so many people have approved it. */
export interface HeldRecord extends Named {
  approvers: number;
}

/** What people decided of a held snapshot. */
export interface DecidedRecord extends Named {
  decision: 'approved' | 'rejected';
  /** Who, as Git or the Git host names them. */
  by: string[];
  /** When, ISO 8601 UTC, whole seconds. */
  at: string;
  /** The commit that brought the decision to the branch; null where the Git host alone knows of it. */
  commit: string | null;
  /** The pull request's page. */
  pull: string | null;
}

/** Files that have left the work tree: `commit` is one that has them still. */
export interface RetiredRecord extends Named {
  commit: string;
  files: { path: string; blob: string }[];
}

export const ERASURE_REASONS = ['request', 'objection', 'consent-withdrawn', 'unlawful', 'purpose-ended', 'court-order'] as const;

/** A ticket, an approver: no names, no free text. */
export const ERASURE_WORD = /^[A-Za-z0-9-]{1,64}$/;

/** Rows with personal data that were destroyed, of every version of an as-of. No names, no free text. */
export interface ErasedRecord {
  report: string;
  as_of: AsOf;
  /** Every version that had rows then. */
  versions: number[];
  reason: (typeof ERASURE_REASONS)[number];
  /** Identifies the request elsewhere: letters, digits, hyphens. */
  ticket: string;
  /** A role or a handle, of the same form. */
  approver: string;
}
