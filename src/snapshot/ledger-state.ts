import { DaybookError } from '../error.ts';
import type { AsOf } from './as-of.ts';
import type { Digest } from './canonical.ts';
import { entryDigest, entryPath, type Entry, type RunRecord } from './entry.ts';
import type { ErasedRecord, KeptRecord, RetiredRecord } from './records.ts';

/** A run, with the entry that records it. */
interface EnteredRun {
  run: RunRecord;
  sequence: number;
  time: string;
}

/** What is known of one set of inputs: the newest run that had them. */
export interface KnownInputs {
  slot: string;
  requested: AsOf;
  asOf: AsOf | null;
  data: Digest | null;
  status: RunRecord['status'];
  error: RunRecord['error'];
  /** Entries in a row that failed with these inputs; 0 once one did not. */
  failures: number;
  /** Of the entry that said so. */
  sequence: number;
}

/** A kept snapshot, and what became of it. */
export type Version = KeptRecord & {
  /** Of the entry that kept it. */
  sequence: number;
  time: string;
  /** Readers see published ones alone. */
  standing: 'published' | 'held' | 'rejected';
  /** How many have to approve it; 0 where nobody has to. */
  approvers: number;
  /** The entry since which readers see it; null while they do not. */
  published: { sequence: number; time: string } | null;
  /** Its files have left the work tree. */
  retired: RetiredRecord | null;
  /** Its rows were destroyed. */
  erased: (ErasedRecord & { sequence: number; time: string }) | null;
};

export interface ReportState {
  /** The largest slot that was run, skipped or missed. */
  lastSlot: string | null;
  /** Of the newest entry, neither skipped nor missed: whichever slot it was for. */
  lastRun: EnteredRun | null;
  /** Of the largest slot, then of the newest entry: how the report stands. A backfill does not change it. */
  newest: EnteredRun | null;
  /** The same among the runs that succeeded or were unchanged. */
  newestGood: EnteredRun | null;
  known: Map<Digest, KnownInputs>;
  /** Ascending versions of each as-of. */
  versions: Map<AsOf, Version[]>;
}

/** What all entries up to one add up to. */
export interface LedgerState {
  /** The instance that the checkpoint names; null where there is none. */
  instance: string | null;
  /** Of the newest entry; 0 where there is none. */
  sequence: number;
  head: Digest | null;
  time: string | null;
  reports: Map<string, ReportState>;
}

/** Before the first entry. */
export function emptyState(): LedgerState {
  return { instance: null, sequence: 0, head: null, time: null, reports: new Map() };
}

/** The newest version of an as-of, held and rejected ones too. */
export function latestVersion(state: LedgerState, report: string, asOf: AsOf): Version | undefined {
  return state.reports.get(report)?.versions.get(asOf)?.at(-1);
}

/** What readers have been shown, in the order of as-ofs and versions. */
export function publishedVersions({ versions }: ReportState): Version[] {
  return [...versions.keys()].sort().flatMap((asOf) => versions.get(asOf)!.filter(({ standing }) => standing === 'published'));
}

/**
 * The latest version of the largest as-of that was published.
 * @param upTo no later as-of
 * @param by as readers saw it at that time, ISO 8601 UTC, inclusive
 */
export function newestPublished(report: ReportState, upTo?: AsOf, by?: string): Version | undefined {
  return publishedVersions(report).findLast(({ as_of: asOf, published }) => (upTo === undefined || asOf <= upTo) && (by === undefined || published!.time <= by));
}

/** @throws `ledger-broken` where no entry kept it */
function versionOf(state: LedgerState, { report, as_of: asOf, version }: { report: string; as_of: AsOf; version: number }, file: string): Version {
  const found = state.reports.get(report)?.versions.get(asOf)?.[version - 1];
  if (!found) throw new DaybookError('ledger-broken', `it speaks of ${report}@${asOf}.v${version}, which no entry kept`, { file });
  return found;
}

/**
 * Adds the next entry. `state` is changed in place and returned: a copy an entry would make the
 * fold of a long ledger quadratic.
 * @throws `ledger-broken` where the entry is not the one that follows, and the state is then as it was; or speaks of what no entry kept.
 */
export function applyEntry(state: LedgerState, entry: Entry): LedgerState {
  const place = { file: entryPath(entry) };
  if (entry.sequence !== state.sequence + 1) {
    throw new DaybookError('ledger-broken', `entry ${entry.sequence} stands where ${state.sequence + 1} belongs`, place);
  }
  if (entry.previous !== state.head) {
    throw new DaybookError('ledger-broken', `the entry before it is not the one that it names (${entry.previous})`, place);
  }
  const { sequence, time } = entry;
  for (const run of entry.runs) enterRun(reportState(state, run.report), { run, sequence, time });
  for (const missed of entry.missed) raiseSlot(reportState(state, missed.report), missed.to, time);
  const held = new Map(entry.held?.map((one) => [`${one.report}@${one.as_of}.v${one.version}`, one.approvers]));
  for (const kept of entry.kept) {
    const { versions } = reportState(state, kept.report);
    const list = versions.get(kept.as_of) ?? [];
    const approvers = held.get(`${kept.report}@${kept.as_of}.v${kept.version}`) ?? 0;
    const standing = approvers > 0 ? 'held' : 'published';
    versions.set(kept.as_of, [...list, { ...kept, sequence, time, standing, approvers, published: approvers > 0 ? null : { sequence, time }, retired: null, erased: null }]);
  }
  for (const one of entry.decided ?? []) {
    const version = versionOf(state, one, place.file);
    version.standing = one.decision === 'approved' ? 'published' : 'rejected';
    version.published = one.decision === 'approved' ? { sequence, time } : null;
  }
  for (const one of entry.retired ?? []) versionOf(state, one, place.file).retired = one;
  for (const one of entry.erased ?? []) for (const version of one.versions) versionOf(state, { ...one, version }, place.file).erased = { ...one, sequence, time };
  return Object.assign(state, { sequence, time, head: entryDigest(entry) });
}

function enterRun(report: ReportState, entered: EnteredRun): void {
  const { run, sequence, time } = entered;
  raiseSlot(report, run.slot, time);
  if (run.status === 'skipped') return;
  report.lastRun = entered;
  if (!isAhead(run.slot, time)) {
    report.newest = newer(report.newest, entered);
    if (run.status !== 'failed') report.newestGood = newer(report.newestGood, entered);
  }
  if (run.inputs === null) return;
  const before = report.known.get(run.inputs);
  const again = before?.sequence === sequence ? 0 : 1;
  report.known.set(run.inputs, {
    slot: run.slot,
    requested: run.requested,
    asOf: run.as_of,
    data: run.data,
    status: run.status,
    error: run.error,
    failures: run.status === 'failed' ? Math.max(1, (before?.failures ?? 0) + again) : 0,
    sequence,
  });
}

function newer(before: EnteredRun | null, entered: EnteredRun): EnteredRun {
  return before && before.run.slot > entered.run.slot ? before : entered;
}

function raiseSlot(report: ReportState, slot: string, time: string): void {
  if (!isAhead(slot, time) && (report.lastSlot === null || slot > report.lastSlot)) report.lastSlot = slot;
}

/** A slot that had not come when it was entered answers for none before it: the report would fall silent until then. */
function isAhead(slot: string, time: string): boolean {
  return slot.slice(0, 16) > time.slice(0, 16);
}

function reportState(state: LedgerState, id: string): ReportState {
  let report = state.reports.get(id);
  if (!report) {
    report = { lastSlot: null, lastRun: null, newest: null, newestGood: null, known: new Map(), versions: new Map() };
    state.reports.set(id, report);
  }
  return report;
}

/**
 * The state for a cache, in lines of JSON: the ledger, then a report each, since all of a long ledger is longer than a text
 * may be. Maps are lists of pairs; no promise of format.
 */
export function* encodeState(state: LedgerState): Generator<string> {
  yield JSON.stringify({ ...state, reports: null });
  for (const [id, report] of state.reports) yield JSON.stringify([id, { ...report, known: [...report.known], versions: [...report.versions] }]);
}

/** @param lines what `encodeState` gave; the caller knows that they are whole. */
export function decodeState(lines: Iterable<string>): LedgerState {
  let state: LedgerState | null = null;
  for (const line of lines) {
    if (state === null) {
      state = { ...(JSON.parse(line) as LedgerState), reports: new Map() };
      continue;
    }
    const [id, report] = JSON.parse(line) as [string, ReportState];
    state.reports.set(id, { ...report, known: new Map(report.known), versions: new Map(report.versions) });
  }
  return state ?? emptyState();
}
