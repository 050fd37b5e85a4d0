import type { DaybookError } from '../error.ts';
import type { Report, Source } from '../report/report.ts';
import { scheduleWords } from '../report/schedule.ts';
import { citation, pathsOf, type Manifest } from '../snapshot/manifest.ts';
import type { KeptRecord } from '../snapshot/records.ts';
import type { ReportState } from '../snapshot/ledger-state.ts';
import { chartFacts } from './chart-facts.ts';
import { nextDue } from './due.ts';
import type { FailureFacts, ReportCard, ReportFacts, SnapshotFacts, Status } from './facts.ts';
import { fittingPart, type Rows } from './definition-change.ts';
import { metricFacts, numberOf, type History } from './metric-facts.ts';
import { columnFacts, shownRows } from './table-facts.ts';

export type KeptAt = KeptRecord & { sequence: number | null; time: string };

export interface ReportHistory {
  state: ReportState | undefined;
  /** Every kept snapshot with its manifest, in any order. */
  kept: { record: KeptAt; manifest: Manifest }[];
  /** The newest snapshot's rows; empty where there is none. */
  rows: Rows;
  /** The newest snapshot is a local result, which the ledger does not hold. */
  local: boolean;
  /** What made the newest snapshot. */
  definition: ReportFacts['definition'];
}

/** What is known of a report whose definition cannot be read, or (without a problem) is gone. */
export interface BrokenReport {
  id: string;
  title: string;
  team: string;
  problems: DaybookError[];
}

/** What a report's page says: a pure function of its definition, its snapshots and the ledger. */
export function reportFacts(report: Report, sources: Map<string, Source>, history: ReportHistory): ReportFacts {
  const ends = archiveEnd(report, sources);
  const { state, local } = history;
  const due = nextDue(report, state, ends);
  const latest = newest(history);
  const manifests = series(history);
  const fitting = latest && !history.definition.current ? fittingPart(report, latest.manifest, history.rows) : report;
  const metrics = latest ? metricFacts(fitting, latest.manifest, history.rows, manifests) : [];
  const columns = latest?.manifest.columns ?? [];
  const failure = failureOf(state);
  return {
    id: report.id, title: report.title, team: report.team, description: report.description, owner: report.owner,
    reader: report.reader ?? null, decision: report.decision ?? null,
    status: statusOf({ failure: local ? null : failure, kept: latest !== undefined, ended: ends !== null && due === null && state !== undefined }),
    asOf: latest?.manifest.as_of ?? null, nextDue: due, timezone: report.schedule.timezone, failure, local,
    schedule: scheduleWords(report.schedule), cron: report.schedule.cron, narrative: report.narrative,
    metrics, charts: latest ? chartFacts(fitting, metrics, columns, history.rows) : [],
    columns: columnFacts(report, columns), rows: shownRows(report, columns, history.rows), rowCount: latest?.manifest.rows.count ?? 0,
    sources: (latest?.manifest.inputs.sources ?? []).map((input) => ({ ...input, ...sourceWords(sources.get(input.name), input.name, state) })),
    sql: latest && !history.definition.current ? null : report.query.sql, parameters: latest?.manifest.inputs.parameters ?? report.parameters, ...common(history, latest),
  };
}

/** The page of a report whose definition is broken or gone: its last good snapshot, marked. Null where there is none. */
export function withdrawnFacts(broken: BrokenReport, history: ReportHistory): ReportFacts | null {
  const latest = newest(history);
  if (!latest) return null;
  const [problem] = broken.problems;
  const { columns, inputs } = latest.manifest;
  return {
    id: broken.id, title: broken.title, team: broken.team, description: '', owner: '', reader: null, decision: null,
    status: 'withdrawn', asOf: latest.manifest.as_of, nextDue: null, timezone: 'UTC', local: history.local,
    failure: problem ? { code: problem.code, message: problem.message, time: latest.record.time, sequence: null } : null,
    schedule: '', cron: '', narrative: null, metrics: metricFacts(null, latest.manifest, history.rows, series(history)), charts: [],
    columns: columnFacts(null, columns), rows: shownRows(null, columns, history.rows), rowCount: latest.manifest.rows.count,
    sources: inputs.sources.map((input) => ({ ...input, ...sourceWords(undefined, input.name, history.state) })),
    sql: null, parameters: inputs.parameters, ...common(history, latest),
  };
}

/**
 * The last as-of that any source of a report reaches, where every one of them has ended: until then a
 * result can still change. Null while one source still grows.
 */
export function archiveEnd(report: Report, sources: Map<string, Source>): string | null {
  const ends = report.sources.map((name) => sources.get(name)?.archive ?? null);
  return ends.length > 0 && ends.every((end) => end !== null) ? ends.reduce((a, b) => (a > b ? a : b)) : null;
}

/** The report's line on the board: at most 60 points a metric, enough for a sparkline. */
export function cardOf(facts: ReportFacts): ReportCard {
  const { id, title, team, description, status, asOf, nextDue: due, timezone, failure, metrics, local } = facts;
  return { id, title, team, description, status, asOf, nextDue: due, timezone, failure, local, metrics: metrics.map((metric) => ({ ...metric, series: metric.series.slice(-60) })) };
}

function common(history: ReportHistory, latest: ReportHistory['kept'][number] | undefined): Pick<ReportFacts, 'snapshot' | 'lastRun' | 'definition' | 'checks' | 'history'> {
  const all = history.kept.toSorted(newestFirst).map(({ record, manifest }) => snapshotFacts(record, manifest));
  return { snapshot: latest ? snapshotFacts(latest.record, latest.manifest) : null, lastRun: history.state?.lastRun ?? null, definition: history.definition, checks: latest?.manifest.checks ?? [], history: all };
}

function snapshotFacts(record: KeptAt, manifest: Manifest): SnapshotFacts {
  const name = { report: record.report, asOf: record.as_of, version: record.version };
  return {
    citation: citation(name), asOf: record.as_of, version: record.version, data: record.data, manifest: record.manifest,
    sequence: record.sequence, time: record.time, rows: manifest.rows.count, files: pathsOf(name),
    metrics: manifest.metrics.map((metric) => ({ name: metric.name, value: numberOf(metric.value), text: metric.value, period: metric.period })),
  };
}

type Kept = ReportHistory['kept'][number];

function newestFirst(a: Kept, b: Kept): number {
  return a.record.as_of === b.record.as_of ? b.record.version - a.record.version : a.record.as_of < b.record.as_of ? 1 : -1;
}

function newest({ kept, local }: ReportHistory): Kept | undefined {
  return (local && kept.find(({ record }) => record.sequence === null)) || kept.toSorted(newestFirst)[0];
}

/** The latest version of every as-of, oldest first. */
function series({ kept }: ReportHistory): History {
  const latest = new Map<string, Kept>();
  for (const one of kept.toSorted(newestFirst)) if (!latest.has(one.record.as_of)) latest.set(one.record.as_of, one);
  return [...latest.values()].reverse().map(({ manifest }) => manifest);
}

/** Of the largest slot: a backfill of older ones neither mends nor breaks what the report says today. */
function failureOf(state: ReportState | undefined): FailureFacts | null {
  const last = state?.newest;
  if (last?.run.status !== 'failed' || !last.run.error) return null;
  return { ...last.run.error, time: last.time, sequence: last.sequence };
}

function statusOf({ failure, kept, ended }: { failure: FailureFacts | null; kept: boolean; ended: boolean }): Status {
  if (failure) return 'failed';
  if (!kept) return 'waiting';
  return ended ? 'ended' : 'current';
}

/** `late`: what the last run that kept or confirmed the snapshot said of the source. */
function sourceWords(source: Source | undefined, name: string, state: ReportState | undefined): Omit<ReportFacts['sources'][number], 'name' | 'files' | 'reading'> {
  const late = state?.newestGood?.run.warnings.find((warning) => warning.startsWith(`${name}: `))?.slice(name.length + 2) ?? null;
  return { title: source?.description ?? name, publisher: source?.publisher ?? null, license: source?.license ?? null, url: source?.url ?? null, archive: source?.archive ?? null, late };
}
