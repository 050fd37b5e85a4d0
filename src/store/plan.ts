import { DaybookError, oneLine } from '../error.ts';
import { digestJson, isSalted, type Digest } from '../snapshot/canonical.ts';
import { writeCheckpoint, signerFor, type LedgerKey } from '../snapshot/checkpoint.ts';
import { CHECKPOINT_PATH, entryPath, LEDGER_FORMAT, writeEntry, type Entry, type RunRecord } from '../snapshot/entry.ts';
import { latestVersion, type LedgerState } from '../snapshot/ledger-state.ts';
import { dataDigest, type SnapshotName } from '../snapshot/manifest.ts';
import type { DecidedRecord, ErasedRecord } from '../snapshot/records.ts';
import type { Attempted, KeepRequest, PersonalRows } from './request.ts';
import { Versions, type NewFile } from './versions.ts';

/** What the request adds to the ledger, before it is said what the snapshots change. */
interface Draft {
  entry: Entry;
  versions: Versions;
  /** Only runs that say nothing new: the entry may be left out. */
  empty: boolean;
}

export interface CommitPlan {
  entry: Entry;
  /** Written once: manifests, rows, the entry. */
  files: NewFile[];
  /** Paths that leave the work tree. */
  removed: string[];
  /** Kept outside of Git. */
  personal: PersonalRows[];
  /** The one file that is rewritten. */
  checkpoint: NewFile;
  kept: SnapshotName[];
}

/**
 * What the request adds to the ledger: the same state and request give the same draft.
 * @throws `ledger-broken` where the ledger is another instance's
 */
export function draftEntry(state: LedgerState, request: KeepRequest): Draft {
  const missed = request.missed.filter(({ report, to }) => !isEntered(state, report, to));
  missed.sort((a, b) => compare(a.report, b.report) || compare(a.from, b.from));
  const attempts = request.attempts.map(digested).filter((one) => !isRepeated(state, one)).sort(bySlot);
  const lookUps = attempts.every((one) => one.attempt.kind === 'known' && !takesBack(state, one));
  const time = nextTime(state, request.time);
  const versions = new Versions(state, request.policies ?? new Map(), time);
  const runs = attempts.map((one) => runRecord(state, one, versions));
  const decided = openDecisions(state, request.decided ?? []);
  const erased = openErasures(state, request.erased ?? []);
  const empty = missed.length === 0 && decided.length === 0 && erased.length === 0 && (attempts.length === 0 || (lookUps && request.dropUnchanged === true));
  if (!empty && state.instance !== null && state.instance !== request.instance) {
    const what = `The ledger is that of "${state.instance}", and daybook.yml says "${request.instance}"`;
    throw new DaybookError('ledger-broken', what, { file: CHECKPOINT_PATH }, 'Give `instance` in daybook.yml its old value.');
  }
  const entry: Entry = {
    format: LEDGER_FORMAT, sequence: state.sequence + 1, previous: state.head, time, job: request.job, runs, kept: versions.kept, missed,
    ...listed('held', versions.held), ...listed('decided', decided), ...listed('erased', erased),
  };
  return { entry, versions, empty };
}

/** An empty list is left out. */
export function listed<K extends string, T>(key: K, list: T[]): { [key in K]?: T[] } {
  return list.length > 0 ? ({ [key]: list } as { [key in K]: T[] }) : {};
}

/**
 * The files of an entry that is complete.
 * @param keys that may sign the checkpoint, as daybook.yml lists them
 * @throws `key-missing`, `key-broken`
 */
export function planOf(entry: Entry, versions: Versions, { instance, signer = null }: Pick<KeepRequest, 'instance' | 'signer'>, keys: readonly LedgerKey[]): CommitPlan {
  return {
    entry,
    files: [...versions.manifests, ...versions.rows, { path: entryPath(entry), bytes: writeEntry(entry) }],
    removed: (entry.retired ?? []).flatMap(({ files }) => files.map(({ path }) => path)),
    personal: versions.personal,
    checkpoint: { path: CHECKPOINT_PATH, bytes: writeCheckpoint(instance, entry, signerFor(keys, signer, entry.sequence)) },
    kept: versions.kept.map(({ report, as_of, version }) => ({ report, asOf: as_of, version })),
  };
}

/** Those of snapshots that still are held, one each. */
function openDecisions(state: LedgerState, decided: readonly DecidedRecord[]): DecidedRecord[] {
  const seen = new Set<string>();
  return decided.filter((one) => {
    const version = state.reports.get(one.report)?.versions.get(one.as_of)?.[one.version - 1];
    const isOpen = version?.standing === 'held' && version.manifest === one.manifest && !seen.has(one.manifest);
    seen.add(one.manifest);
    return isOpen;
  });
}

/** With the versions that have rows to erase; an as-of without any is left out. */
function openErasures(state: LedgerState, erased: NonNullable<KeepRequest['erased']>): ErasedRecord[] {
  return erased.flatMap((one) => {
    const all = state.reports.get(one.report)?.versions.get(one.as_of) ?? [];
    const versions = all.filter((version) => isSalted(version.rows) && !version.erased).map(({ version }) => version);
    return versions.length > 0 ? [{ ...one, versions }] : [];
  });
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

function effort({ attempts, milliseconds }: { attempts: number; milliseconds: number | null }) {
  return { attempts, milliseconds: Math.round(milliseconds ?? 0) };
}
