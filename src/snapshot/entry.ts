import type { AsOf } from './as-of.ts';
import { digestJson, readDocument, serialise, type Digest } from './canonical.ts';
import type { AttributedRecord, ChangeRecord, DecidedRecord, ErasedRecord, HeldRecord, KeptRecord, RetiredRecord } from './records.ts';

export const LEDGER_FORMAT = 'daybook/ledger/1';

export type RunStatus = 'succeeded' | 'unchanged' | 'failed' | 'skipped';

export interface RunRecord {
  report: string;
  /** The time that the schedule named, ISO 8601 UTC to the minute. */
  slot: string;
  /** $as_of as it was asked for. */
  requested: AsOf;
  /** The as-of of the result; null where there is none. */
  as_of: AsOf | null;
  status: RunStatus;
  attempts: number;
  milliseconds: number;
  /** Digest of the definition and the query: what was asked, without its data. */
  definition: Digest;
  /** Digest of the inputs, null where they could not be read. */
  inputs: Digest | null;
  /** Digest of the data that came back. */
  data: Digest | null;
  error: { code: string; message: string } | null;
  /** What was kept all the same, in sentences: data that came late. */
  warnings: string[];
}

/** Slots in a row that the schedule promised and that no run answers: the first, the last, how many. */
export interface MissedRecord {
  report: string;
  from: string;
  to: string;
  count: number;
  reason: string;
}

export interface Job {
  trigger: 'schedule' | 'manual' | 'backfill';
  /** Who or what started it, as the CI system or Git names them. */
  actor: string;
  /** The commit whose reports and queries ran. */
  code: string;
  /** The CI system's page of the job. */
  url: string | null;
}

export interface Entry {
  format: typeof LEDGER_FORMAT;
  sequence: number;
  /** Digest of the entry before; null in the first. */
  previous: Digest | null;
  /** ISO 8601 UTC, whole seconds. */
  time: string;
  job: Job;
  runs: RunRecord[];
  kept: KeptRecord[];
  missed: MissedRecord[];
  /** One for each kept snapshot; entries from before there was one have none. */
  changes?: ChangeRecord[];
  attributed?: AttributedRecord[];
  /** Of those in `kept`. */
  held?: HeldRecord[];
  decided?: DecidedRecord[];
  retired?: RetiredRecord[];
  erased?: ErasedRecord[];
}

/** What the next entry names as `previous`. */
export function entryDigest(entry: Entry): Digest {
  return digestJson(entry);
}

/** `snapshots/ledger/2026/0000001.json` */
export function entryPath(entry: Pick<Entry, 'sequence' | 'time'>): string {
  return `snapshots/ledger/${entry.time.slice(0, 4)}/${String(entry.sequence).padStart(7, '0')}.json`;
}

/** The sequence that an entry’s path names; 0 where it names none: whoever wrote the file, it has to be put somewhere. */
export function sequenceOf(file: string): number {
  return Number(/(\d+)\.json$/.exec(file)?.[1] ?? 0);
}

export const CHECKPOINT_PATH = 'snapshots/ledger/checkpoint';

/** The text of the entry’s file. */
export function writeEntry(entry: Entry): string {
  return serialise(entry as unknown as Record<string, unknown>);
}

/** @throws `ledger-broken` where the text is not an entry of this format. */
export function readEntry(text: string, file: string): Entry {
  return readDocument<Entry>(text, file, LEDGER_FORMAT, 'ledger-broken');
}
