import type { AsOf } from '../../snapshot/as-of.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import type { MissedRecord } from '../../snapshot/entry.ts';
import type { ChangeRecord, DecidedRecord, ErasedRecord, RestatedRecord, RetiredRecord } from '../../snapshot/records.ts';

export const AUDIT_FORMAT = 'daybook/audit/1';

/**
 * What happened to definitions and numbers in a period: data, without words. Texts of people (names, messages, keys and
 * values of YAML) are as they wrote them, cut to a length, and fit for no medium until they are escaped for it.
 */
export interface Audit {
  format: typeof AUDIT_FORMAT;
  instance: string;
  /** Null for all reports. */
  report: string | null;
  /** Days of UTC, both inclusive. */
  from: string;
  to: string;
  /** Up to where the ledger was read, and its entries in the period. */
  ledger: { sequence: number; head: Digest | null; first: number | null; last: number | null; entries: number };
  /** Up to where Git's history was read; `notes`: what could not be seen, in sentences. */
  history: { commit: string | null; notes: string[] };
  totals: AuditTotals;
  /** In the order in which they came to the branch. */
  definitions: DefinitionChange[];
  /** Commits that touched snapshots/ and are not the job's. */
  intrusions: Intrusion[];
  /** Every snapshot that was kept, in the order of the ledger. */
  snapshots: AuditedSnapshot[];
  /** Those of which something was kept, in the order of their ids. */
  reports: AuditedReport[];
  failures: AuditedFailure[];
  missed: (MissedRecord & Entered)[];
  decided: (DecidedRecord & Entered)[];
  /** `in_commit` has the files still; `commit` is the one that took them out of the work tree. */
  retired: (Omit<RetiredRecord, 'commit'> & { in_commit: string } & Entered)[];
  erased: (ErasedRecord & Entered)[];
  /** Where an entry's snapshots were made by another engine than those before. */
  engines: ({ before: string; after: string } & Entered)[];
  /** Changes of who may sign the ledger. */
  keys: KeyChange[];
}

export interface AuditTotals {
  definitions: number;
  runs: { succeeded: number; unchanged: number; failed: number; skipped: number };
  missed: number;
  kept: number;
  rows: { entered: number; modified: number; deleted: number; left: number };
  /** Of periods that had been published before, in so many published snapshots. */
  restated: { snapshots: number; added: number; removed: number; modified: number; metrics: number };
  /** Kept snapshots of which nobody can tell any more what they changed. */
  unknown: number;
  held: number;
  approved: number;
  rejected: number;
  retired: number;
  /** As-ofs whose rows were destroyed. */
  erased: number;
}

/** Which ledger entry says so, its time, and the commit that brought it; null where Git could not be asked. */
export interface Entered {
  entry: number;
  /** ISO 8601 UTC. */
  time: string;
  commit: string | null;
}

export interface AuditPerson {
  name: string;
  email: string;
  time: string;
}

/** A commit as it says itself. */
export interface CommitWords {
  commit: string;
  author: AuditPerson;
  committer: AuditPerson;
  /** It carries a signature, and which key it names: not checked. */
  signature: { kind: string; key: string | null } | null;
  subject: string;
  body: string;
}

/** Who changed a definition, when, and why. */
export interface DefinitionChange extends CommitWords {
  /** `merge`: changed by the merge itself, and by no commit that it brought. */
  how: 'commit' | 'merge';
  /** The merge that brought it to the branch; null where it was made there. */
  landed: { commit: string; time: string; subject: string } | null;
  /** When it came to the branch: by the commit's own clock, within what the ledger's order allows. */
  time: string;
  /** What that clock said, where it is more than a day off. */
  clock: string | null;
  /** The newest ledger entry before it on the branch; 0 before the first. */
  after_entry: number;
  /** Number of the pull request that the message names. */
  pull: number | null;
  files: DefinitionFile[];
}

export interface Intrusion extends Omit<DefinitionChange, 'files'> {
  /** The first of them, and how many. */
  paths: { path: string; status: FileStatus }[];
  files: number;
}

export type FileStatus = 'added' | 'changed' | 'removed' | 'renamed';
export type FileKind = 'report' | 'narrative' | 'query' | 'macro' | 'source' | 'settings' | 'approval' | 'other';

export interface DefinitionFile {
  path: string;
  /** Its name before, where Git takes it for a renamed one. */
  from: string | null;
  status: FileStatus;
  kind: FileKind;
  /** The report whose file it is; null for what several share. */
  report: string | null;
  /** By key, of YAML; empty where the texts say the same, or cannot be read so. */
  changes: KeyChanged[];
  /** Changes beyond those. */
  more: number;
  /** Lines added and removed, of SQL and Markdown; null where a text is too large or is not there. */
  lines: { added: number; removed: number } | null;
  /** SQL: only layout, comments or the case of words differ. YAML: it says the same as before. */
  only_layout: boolean;
}

/** Values as compact JSON, cut; null where there is none. */
export interface KeyChanged {
  key: string;
  before: string | null;
  after: string | null;
}

export interface AuditedSnapshot extends Entered {
  report: string;
  as_of: AsOf;
  version: number;
  /** Citation of the one before; null for the first. */
  base: string | null;
  /** Null where it is not known; `unknown` says why. */
  rows: ChangeRecord['rows'] | null;
  restated: RestatedRecord | null;
  /** The ledger does not record the change: it was computed from the kept rows for this audit. */
  computed: boolean;
  unknown: string | null;
  /** People who have to approve it; 0 where nobody has to. */
  approvers: number;
  /** As the newest entry has it: what is not published restates nothing that readers see. */
  standing: 'published' | 'held' | 'rejected';
}

export interface AuditedReport {
  report: string;
  kept: number;
  rows: AuditTotals['rows'];
  restated: AuditTotals['restated'];
  /** Snapshots of which nobody can tell any more what they changed. */
  unknown: number;
}

interface AuditedFailure extends Entered {
  report: string;
  as_of: AsOf;
  code: string;
  message: string;
}

export interface KeyChange {
  commit: string;
  time: string;
  author: AuditPerson;
  /** Name and id of the key, `example+1a2b3c4d`. */
  key: string;
  change: 'added' | 'removed' | 'moved';
  /** The first entry that it may sign. */
  since: number;
}
