import type { KeepSpec } from '../report/schema.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import type { Digest, RowsDigest } from '../snapshot/canonical.ts';
import type { KeptSnapshot } from '../snapshot/checkout.ts';
import type { Job, MissedRecord } from '../snapshot/entry.ts';
import type { SnapshotName } from '../snapshot/manifest.ts';
import type { SignerKey } from '../snapshot/note.ts';
import type { Outcome } from '../snapshot/outcome.ts';
import type { AttributedRecord, ChangeRecord, DecidedRecord, ErasedRecord } from '../snapshot/records.ts';

/** What became of a slot of a report: a run's outcome, a look-up, or nothing. */
export type Attempted = { report: string; slot: string; requested: AsOf; definition: Digest } & (
  | Outcome
  /** The ledger knows these inputs: what came of them, or (data null) that they failed. Nothing was computed. */
  | { kind: 'known'; asOf: AsOf | null; inputs: Digest; data: Digest | null }
  | { kind: 'skipped'; reason: string }
);

/** What a report's definition says of keeping its results. */
export interface Policy {
  /** People who have to approve a result before readers see it. */
  approvers: number;
  /** Null: everything stays. */
  keep: KeepSpec | null;
  /** Rows hold personal data: they are not kept without a salt. */
  personal?: boolean;
  /** How long rows with personal data may not be erased, e.g. `6 years`; null: nothing forbids it. */
  retain: string | null;
}

export interface KeepRequest {
  /** The instance's name, for the checkpoint. */
  instance: string;
  /** Who the commit is by. */
  identity: { name: string; email: string };
  time: Date;
  job: Job;
  attempts: Attempted[];
  /** The ledger's sequence when the attempts were made: what was erased since was salted otherwise. */
  since?: number;
  missed: MissedRecord[];
  /** By report; a report without one is kept for good, and shown at once. */
  policies?: ReadonlyMap<string, Policy>;
  /**
   * What a snapshot changes against the one before it on the branch as it is in the end; null where that cannot be
   * told. Without it, entries do not say.
   */
  changeOf?: (base: KeptSnapshot | null, head: KeptSnapshot) => ChangeRecord | null;
  /** Entered where they speak of what is kept, against the snapshot that is before it in the end. */
  attributed?: readonly Omit<AttributedRecord, 'version'>[];
  /** What is decided already, or is not held, is not entered again. */
  decided?: readonly DecidedRecord[];
  erased?: readonly Omit<ErasedRecord, 'versions'>[];
  /** The private key that the job was given: it signs if daybook.yml, as the branch has it, names its public half. */
  signer?: SignerKey | null;
  /** Look-ups alone make no entry. */
  dropUnchanged?: boolean;
}

/** Rows with personal data, which Git never sees. */
export interface PersonalRows {
  name: SnapshotName;
  /** As the manifest has it: two jobs at once may both make the same version of other rows, and one of them lands. */
  digest: RowsDigest;
  csv: Buffer;
}

/** Where such rows are kept. */
export interface PersonalPlace {
  /** Null where they are not, or not any more. */
  read(name: SnapshotName, digest: RowsDigest): Promise<Buffer | null>;
  write(rows: readonly PersonalRows[]): Promise<void>;
}
