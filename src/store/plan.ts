import { DaybookError, oneLine } from '../error.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import { digestBytes, digestJson, type Digest } from '../snapshot/canonical.ts';
import { signerFor, writeCheckpoint, type LedgerKey } from '../snapshot/checkpoint.ts';
import {
  CHECKPOINT_PATH, entryPath, LEDGER_FORMAT, writeEntry,
  type Entry, type Job, type MissedRecord, type RunRecord,
} from '../snapshot/entry.ts';
import type { KeptRecord } from '../snapshot/records.ts';
import { latestVersion, type LedgerState } from '../snapshot/ledger-state.ts';
import type { SignerKey } from '../snapshot/note.ts';
import { dataDigest, pathsOf, SNAPSHOT_FORMAT, writeManifest, type Manifest, type SnapshotName } from '../snapshot/manifest.ts';
import type { Outcome } from '../snapshot/outcome.ts';

/** What became of a slot of a report: a run's outcome, a look-up, or nothing. */
export type Attempted = { report: string; slot: string; requested: AsOf; definition: Digest } & (
  | Outcome
  /** The ledger knows these inputs: what came of them, or (data null) that they failed. Nothing was computed. */
  | { kind: 'known'; asOf: AsOf | null; inputs: Digest; data: Digest | null }
  | { kind: 'skipped'; reason: string }
);

export interface KeepRequest {
  /** The instance's name, for the checkpoint. */
  instance: string;
  /** Who the commit is by. */
  identity: { name: string; email: string };
  time: Date;
  job: Job;
  attempts: Attempted[];
  missed: MissedRecord[];
  /** The private key that the job was given: it signs if daybook.yml, as the branch has it, names its public half. */
  signer?: SignerKey | null;
  /** Look-ups alone make no entry. */
  dropUnchanged?: boolean;
}

export interface NewFile {
  /** Relative to the root. */
  path: string;
  bytes: string | Buffer;
}

export interface Plan {
  entry: Entry;
  /** Written once: manifests, rows, the entry. */
  files: NewFile[];
  /** The one file that is rewritten. */
  checkpoint: NewFile;
  kept: SnapshotName[];
}

/**
 * What the request adds to the ledger: the same state and request give the same bytes.
 * @param keys that may sign the checkpoint, as daybook.yml lists them
 * @returns null where there is nothing to enter
 * @throws `ledger-broken` where the ledger is another instance's; `key-missing`, `key-broken`
 */
export function planEntry(state: LedgerState, request: KeepRequest, keys: readonly LedgerKey[] = []): Plan | null {
  const missed = request.missed.filter(({ report, to }) => !isEntered(state, report, to));
  missed.sort((a, b) => compare(a.report, b.report) || compare(a.from, b.from));
  const attempts = request.attempts.map(digested).filter((one) => !isRepeated(state, one)).sort(bySlot);
  const lookUps = attempts.every((one) => one.attempt.kind === 'known' && !takesBack(state, one));
  if (missed.length === 0 && (attempts.length === 0 || (lookUps && request.dropUnchanged))) return null;
  if (state.instance !== null && state.instance !== request.instance) {
    const what = `The ledger is that of "${state.instance}", and daybook.yml says "${request.instance}"`;
    throw new DaybookError('ledger-broken', what, { file: CHECKPOINT_PATH }, 'Give `instance` in daybook.yml its old value.');
  }

  const versions = new Versions(state);
  const entry: Entry = {
    format: LEDGER_FORMAT,
    sequence: state.sequence + 1,
    previous: state.head,
    time: nextTime(state, request.time),
    job: request.job,
    runs: attempts.map((one) => runRecord(state, one, versions)),
    kept: versions.kept,
    missed,
  };
  return {
    entry,
    files: [...versions.manifests, ...versions.rows, { path: entryPath(entry), bytes: writeEntry(entry) }],
    checkpoint: { path: CHECKPOINT_PATH, bytes: writeCheckpoint(request.instance, entry, signerFor(keys, request.signer ?? null, entry.sequence)) },
    kept: versions.kept.map(({ report, as_of, version }) => ({ report, asOf: as_of, version })),
  };
}

/** An attempt with the digests that everything here compares, computed once. */
interface Digested {
  attempt: Attempted;
  inputs: Digest | null;
  data: Digest | null;
}

function digested(attempt: Attempted): Digested {
  switch (attempt.kind) {
    case 'result':
      return { attempt, inputs: digestJson(attempt.inputs), data: dataDigest(attempt.result) };
    case 'failure':
      return { attempt, inputs: attempt.inputs && digestJson(attempt.inputs), data: null };
    case 'known':
      return { attempt, inputs: attempt.inputs, data: attempt.data };
    case 'skipped':
      return { attempt, inputs: null, data: null };
  }
}

function bySlot({ attempt: a }: Digested, { attempt: b }: Digested): number {
  return compare(a.report, b.report) || compare(a.slot, b.slot) || compare(a.requested, b.requested);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A clock that was set back does not turn the ledger's time round. */
function nextTime(state: LedgerState, time: Date): string {
  const text = `${time.toISOString().slice(0, 19)}Z`;
  return state.time !== null && state.time > text ? state.time : text;
}

function isEntered(state: LedgerState, report: string, slot: string): boolean {
  const last = state.reports.get(report)?.lastSlot ?? null;
  return last !== null && slot <= last;
}

/**
 * Another job has entered the same slot with the same outcome meanwhile. A failure is entered
 * again: it is another attempt.
 */
function isRepeated(state: LedgerState, { attempt, inputs, data }: Digested): boolean {
  if (attempt.kind === 'skipped') return isEntered(state, attempt.report, attempt.slot);
  if (inputs === null || data === null || takesBack(state, { attempt, inputs, data })) return false;
  const known = state.reports.get(attempt.report)?.known.get(inputs);
  const entered = known?.slot === attempt.slot && known.data === data;
  // What was computed again because it had been replaced becomes the next version.
  return entered && (attempt.kind === 'known' || latestVersion(state, attempt.report, known.asOf ?? '')?.data === data);
}

/** The slot's newest run failed, and this one does not: what was known before would not be seen again. */
function takesBack(state: LedgerState, { attempt, data }: Digested): boolean {
  const newest = state.reports.get(attempt.report)?.newest?.run;
  return data !== null && newest?.slot === attempt.slot && newest.status === 'failed';
}

function runRecord(state: LedgerState, { attempt, inputs, data }: Digested, versions: Versions): RunRecord {
  const { report, slot, requested, definition } = attempt;
  const record: RunRecord = {
    report, slot, requested, definition,
    as_of: null, status: 'skipped', attempts: 0, milliseconds: 0, inputs: null, data: null, error: null, warnings: [],
  };
  switch (attempt.kind) {
    case 'result': {
      const isNew = versions.add(attempt, inputs!, data!);
      return { ...record, ...effort(attempt), as_of: attempt.asOf, status: isNew ? 'succeeded' : 'unchanged', inputs, data, warnings: attempt.warnings };
    }
    case 'failure': {
      const error = { code: attempt.error.code, message: oneLine(attempt.error) };
      return { ...record, ...effort(attempt), status: 'failed', inputs, error };
    }
    case 'known':
      return { ...record, ...lookedUp(state, attempt, versions) };
    case 'skipped':
      return { ...record, error: { code: 'skipped', message: attempt.reason } };
  }
}

function lookedUp(state: LedgerState, attempt: Attempted & { kind: 'known' }, versions: Versions): Partial<RunRecord> {
  const { report, asOf, inputs, data } = attempt;
  const known = state.reports.get(report)?.known.get(inputs);
  if (known?.status === 'failed' && data === null) return { status: 'failed', inputs, error: known.error };
  const isKept = known?.data === data || (asOf !== null && versions.latest(report, asOf)?.data === data);
  if (isKept) return { as_of: asOf, status: 'unchanged', inputs, data };
  return { error: { code: 'skipped', message: 'The ledger does not know these inputs any more; the next run decides' } };
}

function effort({ attempts, milliseconds }: { attempts: number; milliseconds: number }) {
  return { attempts, milliseconds: Math.round(milliseconds) };
}

/** The versions that the ledger knows, and those that this entry adds. */
class Versions {
  readonly kept: KeptRecord[] = [];
  readonly manifests: NewFile[] = [];
  readonly rows: NewFile[] = [];
  #state: LedgerState;
  #added = new Map<string, KeptRecord>();

  constructor(state: LedgerState) {
    this.#state = state;
  }

  latest(report: string, asOf: AsOf): KeptRecord | undefined {
    return this.#added.get(`${report}@${asOf}`) ?? latestVersion(this.#state, report, asOf);
  }

  /** @returns false where the latest version has the same data */
  add(attempt: Attempted & { kind: 'result' }, inputsDigest: Digest, data: Digest): boolean {
    const { report, asOf, inputs, result, csv } = attempt;
    const before = this.latest(report, asOf);
    if (before?.data === data) return false;
    const rows = digestBytes(csv);
    if (rows !== result.rows.sha256) throw new Error(`The rows of ${report} are not those that its result describes`);

    const version = (before?.version ?? 0) + 1;
    const manifest: Manifest = {
      ...result,
      format: SNAPSHOT_FORMAT, report, as_of: asOf, version, supersedes: before?.manifest ?? null,
      inputs, inputs_digest: inputsDigest, data,
    };
    const paths = pathsOf({ report, asOf, version });
    const record = { report, as_of: asOf, version, manifest: digestJson(manifest), rows, data };
    this.kept.push(record);
    this.manifests.push({ path: paths.manifest, bytes: writeManifest(manifest) });
    this.rows.push({ path: paths.rows, bytes: csv });
    this.#added.set(`${report}@${asOf}`, record);
    return true;
  }
}
