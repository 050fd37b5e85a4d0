import { ledgerKeysOf } from '../../report/ledger-keys.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import type { Entry } from '../../snapshot/entry.ts';
import { citationOf } from '../../snapshot/manifest.ts';
import type { ChangeRecord } from '../../snapshot/records.ts';
import { definitionFile, type HistoryFile, type Texts } from './definition.ts';
import { AUDIT_FORMAT, type Audit, type AuditedReport, type AuditedSnapshot, type AuditTotals, type CommitWords, type DefinitionChange, type Entered, type FileStatus, type Intrusion, type KeyChange } from './document.ts';

/** A commit of Git's history that changed definitions or touched snapshots/. */
export interface HistoryCommit extends CommitWords {
  how: 'commit' | 'merge';
  landed: CommitWords | null;
  time: string;
  /** What the commit's own clock said, where it cannot have been so; see `placeInTime`. */
  clock?: string;
  after: number;
  files: HistoryFile[];
  snapshots: { path: string; status: FileStatus }[];
  snapshotCount: number;
}

export interface AuditInput extends Texts {
  instance: string;
  /** Days of UTC, both inclusive. */
  from: string;
  to: string;
  /** Only this report: its snapshots and runs, and what `isItsFile` says. */
  report: { id: string; isItsFile: (path: string) => boolean } | null;
  /** Entries of the period, in their order. */
  entries: readonly Entry[];
  ledger: { sequence: number; head: Digest | null };
  /** Commits of the period, in the order in which they came to the branch. */
  commits: readonly HistoryCommit[];
  history: Audit['history'];
  /** The commit that brought an entry. */
  commitOf: ReadonlyMap<number, string>;
  /** By citation: what the ledger does not record, or only the first rows of; or why nobody can tell. */
  computed: ReadonlyMap<string, ChangeRecord | { unknown: string }>;
  /** By citation: the last decision that any entry has. */
  decisions: ReadonlyMap<string, 'approved' | 'rejected'>;
  /** Engine of an entry's snapshots, by its sequence; the one before the period stands under 0. */
  engines: ReadonlyMap<number, string>;
}

/** Whether a time lies in the period, by days of UTC. */
export function isWithin(time: string, { from, to }: { from: string; to: string }): boolean {
  const day = time.slice(0, 10);
  return day >= from && day <= to;
}

const DAY = 86_400_000;

/**
 * Anybody can set a commit's clock, and would so be in no period that is audited. The ledger's order cannot be set: a
 * commit's time is taken to lie between those of the entries before and after it on the branch.
 * @param times of the entries, ISO 8601 UTC; the first is entry 1
 */
export function placeInTime(commits: readonly HistoryCommit[], times: readonly string[], now: string): HistoryCommit[] {
  return commits.map((commit) => {
    const earliest = times[commit.after - 1] ?? '';
    const latest = times[commit.after] ?? now;
    const time = commit.time < earliest ? earliest : commit.time > latest ? latest : commit.time;
    const isOff = Math.abs(Date.parse(time) - Date.parse(commit.time)) > DAY;
    return isOff ? { ...commit, time, clock: commit.time } : { ...commit, time };
  });
}

/** What happened in a period, as one document. */
export function auditOf(input: AuditInput): Audit {
  const { instance, from, to, report, entries, ledger, commits, history, commitOf } = input;
  const isOwn = report === null ? () => true : (one: { report: string }): boolean => one.report === report.id;
  const at = ({ sequence, time }: Entry): Entered => ({ entry: sequence, time, commit: commitOf.get(sequence) ?? null });
  const listed = <T extends { report: string }>(listOf: (entry: Entry) => readonly T[] | undefined): (T & Entered)[] =>
    entries.flatMap((entry) => (listOf(entry) ?? []).filter(isOwn).map((one) => ({ ...one, ...at(entry) })));
  const told = commits.map((commit) => definitionChange(commit, input));
  const body = {
    definitions: told.filter(({ files }) => files.length > 0),
    intrusions: commits.flatMap((commit) => (commit.snapshotCount > 0 ? [intrusion(commit)] : [])),
    snapshots: entries.flatMap((entry) => auditedSnapshots(entry, isOwn, at(entry), input)),
    failures: entries.flatMap((entry) => entry.runs.filter((run) => isOwn(run) && run.status === 'failed').map((run) => ({ report: run.report, as_of: run.requested, code: run.error?.code ?? 'unknown', message: run.error?.message ?? '', ...at(entry) }))),
    missed: listed(({ missed }) => missed),
    decided: listed(({ decided }) => decided),
    retired: listed(({ retired }) => retired?.map(({ commit, ...one }) => ({ ...one, in_commit: commit }))),
    erased: listed(({ erased }) => erased),
    engines: report === null ? engineChanges(entries, input.engines, at) : [],
    keys: commits.flatMap((commit) => keyChanges(commit, input)),
  };
  const period = { first: entries[0]?.sequence ?? null, last: entries.at(-1)?.sequence ?? null, entries: entries.length };
  return { format: AUDIT_FORMAT, instance, report: report?.id ?? null, from, to, ledger: { ...ledger, ...period }, history, totals: totalsOf(body, entries, isOwn), ...body, reports: reportsOf(body.snapshots) };
}

function commitPart({ commit, author, committer, signature, subject, body, how, landed, time, clock, after }: HistoryCommit): Omit<DefinitionChange, 'files'> {
  return {
    commit, author, committer, signature, subject, body, how, time, clock: clock ?? null, after_entry: after,
    landed: landed && { commit: landed.commit, time: landed.committer.time, subject: landed.subject },
    pull: pullOf(landed) ?? pullOf({ subject, body }),
  };
}

const PULL_SUBJECTS = [/^Merge pull request #(\d{1,9}) from \S/, / \(#(\d{1,9})\)$/, / \(pull request #(\d{1,9})\)$/];
/** GitLab names it in the last line. */
const PULL_LAST_LINE = /(?:^|\n)See merge request [\w./-]*!(\d{1,9})$/;

/** The pull request that a message names, as Git hosts write it: a claim of whoever wrote the message. */
export function pullOf(words: { subject: string; body: string } | null): number | null {
  if (words === null) return null;
  const found = PULL_SUBJECTS.map((pattern) => pattern.exec(words.subject)).find((match) => match !== null) ?? PULL_LAST_LINE.exec(words.body);
  const pull = Number(found?.[1]);
  return pull > 0 ? pull : null;
}

function definitionChange(commit: HistoryCommit, input: AuditInput): DefinitionChange {
  const files = commit.files.map((file) => definitionFile(file, input));
  const own = input.report === null ? files : files.filter(({ path, from, report }) => report === input.report!.id || input.report!.isItsFile(path) || (from !== null && input.report!.isItsFile(from)));
  return { ...commitPart(commit), files: own };
}

function intrusion(commit: HistoryCommit): Intrusion {
  return { ...commitPart(commit), paths: commit.snapshots, files: commit.snapshotCount };
}

function auditedSnapshots(entry: Entry, isOwn: (one: { report: string }) => boolean, at: Entered, { computed, decisions }: AuditInput): AuditedSnapshot[] {
  const byName = <T extends Named>(list: readonly T[] = []): Map<string, T> => new Map(list.map((one) => [citationOf(one), one]));
  const [changes, held] = [byName(entry.changes), byName(entry.held)];
  return entry.kept.filter(isOwn).map(({ report, as_of, version }) => {
    const name = citationOf({ report, as_of, version });
    const recorded = changes.get(name);
    const again = computed.get(name);
    const change = again && 'rows' in again ? again : recorded;
    const unknown = change ? null : again && 'unknown' in again ? again.unknown : 'the ledger does not record what it changed';
    return {
      report, as_of, version, base: change?.base ?? null, rows: change?.rows ?? null, restated: change?.restated ?? null,
      computed: recorded === undefined && change !== undefined, unknown, approvers: held.get(name)?.approvers ?? 0, standing: standingOf(held.has(name), decisions.get(name)), ...at,
    };
  });
}

function standingOf(held: boolean, decision: 'approved' | 'rejected' | undefined): AuditedSnapshot['standing'] {
  return !held || decision === 'approved' ? 'published' : decision === 'rejected' ? 'rejected' : 'held';
}

interface Named {
  report: string;
  as_of: AsOf;
  version: number;
}

function engineChanges(entries: readonly Entry[], engines: AuditInput['engines'], at: (entry: Entry) => Entered): Audit['engines'] {
  const changes: Audit['engines'] = [];
  let before = engines.get(0);
  for (const entry of entries) {
    const after = engines.get(entry.sequence);
    if (after === undefined) continue;
    if (before !== undefined && after !== before) changes.push({ before, after, ...at(entry) });
    before = after;
  }
  return changes;
}

function keyChanges({ commit, author, time, files }: HistoryCommit, { texts }: AuditInput): KeyChange[] {
  const settings = files.find(({ path }) => path === 'daybook.yml');
  if (!settings) return [];
  const [before, after] = [settings.before, settings.after].map((oid) => (oid === null ? [] : (ledgerKeysOf(texts.get(oid) ?? '') ?? [])));
  const told = (key: string, since: number, change: KeyChange['change']): KeyChange => ({ commit, time, author, key: key.split('+').slice(0, 2).join('+'), change, since });
  return [
    ...after!.flatMap(({ key, since }) => {
      const old = before!.find((one) => one.key === key);
      return old?.since === since ? [] : [told(key, since, old ? 'moved' : 'added')];
    }),
    ...before!.filter(({ key }) => !after!.some((one) => one.key === key)).map(({ key, since }) => told(key, since, 'removed')),
  ];
}

function totalsOf({ definitions, snapshots, missed, decided, retired, erased }: Pick<Audit, 'definitions' | 'snapshots' | 'missed' | 'decided' | 'retired' | 'erased'>, entries: readonly Entry[], isOwn: (one: { report: string }) => boolean): AuditTotals {
  const runs: AuditTotals['runs'] = { succeeded: 0, unchanged: 0, failed: 0, skipped: 0 };
  for (const entry of entries) for (const run of entry.runs) if (isOwn(run)) runs[run.status] += 1;
  const decisions = { approved: 0, rejected: 0 };
  for (const { decision } of decided) decisions[decision] += 1;
  return {
    definitions: definitions.length, runs, missed: missed.reduce((sum, { count }) => sum + count, 0), kept: snapshots.length, ...rowTotals(snapshots),
    held: snapshots.filter(({ approvers }) => approvers > 0).length, ...decisions, retired: retired.length, erased: erased.length,
  };
}

function rowTotals(snapshots: readonly AuditedSnapshot[]): Pick<AuditTotals, 'rows' | 'restated' | 'unknown'> {
  const totals = { rows: { entered: 0, modified: 0, deleted: 0, left: 0 }, restated: { snapshots: 0, added: 0, removed: 0, modified: 0, metrics: 0 }, unknown: 0 };
  for (const { rows, restated, standing } of snapshots) {
    // What waits, or was rejected, entered nothing that readers have.
    if (standing !== 'published') continue;
    if (rows === null) totals.unknown += 1;
    else for (const kind of ['entered', 'modified', 'deleted', 'left'] as const) totals.rows[kind] += rows[kind];
    if (restated === null) continue;
    totals.restated.snapshots += 1;
    totals.restated.metrics += restated.metrics;
    for (const kind of ['added', 'removed', 'modified'] as const) totals.restated[kind] += restated.rows[kind];
  }
  return totals;
}

function reportsOf(snapshots: readonly AuditedSnapshot[]): AuditedReport[] {
  const byReport = [...Map.groupBy(snapshots, ({ report }) => report)].sort(([a], [b]) => (a < b ? -1 : 1));
  return byReport.map(([report, own]) => ({ report, kept: own.length, ...rowTotals(own) }));
}
