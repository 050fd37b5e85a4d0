import type { DaybookError } from '../../error.ts';
import { queryFileOf } from '../../report/load.ts';
import type { Report, Source } from '../../report/report.ts';
import { scheduleWords } from '../../report/schedule.ts';
import type { ReportState } from '../../snapshot/ledger-state.ts';
import type { Manifest } from '../../snapshot/manifest.ts';
import { withAttribution, type Earlier } from '../attribution/facts.ts';
import { declaredRenames } from '../comparison/renames.ts';
import { Distinct, type Input } from '../travel/travel.ts';
import { chartFacts } from './chart-facts.ts';
import { fittingPart, type Rows } from './definition-change.ts';
import { nextDue } from './due.ts';
import type { FailureFacts, MetricFacts, ReportCard, ReportFacts, Status } from './facts.ts';
import { metricFacts, type History } from './metric-facts.ts';
import { partFacts } from './part.ts';
import { newestFirst, snapshotFacts, unpublishedOf, type KeptAt, type PublishedSnapshot } from './snapshot-facts.ts';
import { columnFacts, shownRows } from './table-facts.ts';
import { publicChecks, publicDefinition, publicPart, withheldOf, type Withheld } from './withheld.ts';

export interface ReportHistory {
  state: ReportState | undefined;
  /** Every snapshot that readers see, in any order. */
  published: PublishedSnapshot[];
  /** The one whose numbers are shown. `rows`: null where they were erased, or are not needed. */
  latest: { record: KeptAt; manifest: Manifest; rows: Rows | null } | null;
  /** It is a local result, which the ledger does not hold. */
  local: boolean;
  /** What made it. */
  definition: ReportFacts['definition'];
  /** The snapshot before it, where it tells what numbers moved by. */
  earlier?: Earlier | null;
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
  const { state, local, latest } = history;
  const due = nextDue(report, state, ends);
  const withheld = latest && withheldOf(report, latest.record.rows);
  const fitting = latest && publicDefinition(fittingTo(report, latest, history.definition.current), withheld);
  const metrics = latest && fitting ? withAttribution(metricFacts(fitting, latest.manifest, latest.rows ?? [], series(history)), fitting, withheld?.rows ? { ...latest, rows: null } : latest, history.earlier ?? null) : [];
  const drawn = (fitting?.charts ?? []).flatMap((spec) => {
    const chart = chartFacts(fitting!, spec, metrics, latest!.manifest.columns, latest!.rows ?? []);
    return chart ? [{ spec, chart }] : [];
  });
  const failure = failureOf(state);
  return {
    id: report.id, title: report.title, team: report.team, description: report.description, owner: report.owner,
    reader: report.reader ?? null, decision: report.decision ?? null,
    status: statusOf({ failure: local ? null : failure, kept: latest !== null, ended: ends !== null && due === null && state !== undefined }),
    asOf: latest?.manifest.as_of ?? null, nextDue: due, timezone: report.schedule.timezone, failure, local,
    schedule: scheduleWords(report.schedule), cron: report.schedule.cron, narrative: report.narrative,
    metrics, charts: drawn.map(({ chart }) => chart), part: latest && fitting && partFacts(fitting, drawn.map(({ spec }) => spec), latest, withheld), ...tableFacts(report, latest, withheld),
    sources: (latest?.manifest.inputs.sources ?? []).map((input) => ({ ...input, ...sourceWords(sources.get(input.name), input.name, state) })), key: report.key, renames: declaredRenames(report), queryFile: report.query.file,
    sql: latest && !history.definition.current ? null : report.query.sql, parameters: latest?.manifest.inputs.parameters ?? report.parameters, ...common(history, withheld),
  };
}

/** What today's definition says of a snapshot; of one without rows, only what needs none. */
function fittingTo(report: Report, { manifest, rows }: NonNullable<ReportHistory['latest']>, current: boolean): Report {
  if (rows) return current ? report : fittingPart(report, manifest, rows);
  const { time: _, ...timeless } = report;
  return { ...timeless, metrics: current ? report.metrics : [], charts: report.charts.filter(({ x, by }) => !x && !by) };
}

/** The page of a report whose definition is broken or gone: its last good snapshot, marked. Null where there is none. */
export function withdrawnFacts(broken: BrokenReport, history: ReportHistory): ReportFacts | null {
  const { latest } = history;
  if (!latest) return null;
  const [problem] = broken.problems;
  const { manifest, record } = latest;
  const withheld = withheldOf(null, record.rows);
  return {
    id: broken.id, title: broken.title, team: broken.team, description: '', owner: '', reader: null, decision: null,
    status: 'withdrawn', asOf: manifest.as_of, nextDue: null, timezone: 'UTC', local: history.local,
    failure: problem ? { code: problem.code, message: problem.message, time: record.time, sequence: null } : null,
    schedule: '', cron: '', narrative: null, metrics: metricFacts(null, manifest, [], series(history)), charts: [], part: null, ...tableFacts(null, latest, withheld),
    sources: manifest.inputs.sources.map((input) => ({ ...input, ...sourceWords(undefined, input.name, history.state) })), key: [], renames: {}, queryFile: queryFileOf(broken.id),
    sql: null, parameters: manifest.inputs.parameters, ...common(history, withheld),
  };
}

function tableFacts(report: Report | null, latest: ReportHistory['latest'], withheld: Withheld | null): Pick<ReportFacts, 'columns' | 'rows' | 'rowCount' | 'withheld'> {
  const { columns, rows } = publicPart(latest?.manifest.columns ?? [], latest?.rows ?? [], withheld);
  const sorted = report && publicDefinition(report, withheld);
  return { columns: columnFacts(report, columns), rows: shownRows(sorted, columns, rows), rowCount: latest?.manifest.rows.count ?? 0, withheld };
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
  const { id, title, team, description, status, asOf, nextDue: due, timezone, failure, metrics, local, snapshots } = facts;
  return { id, title, team, description, status, asOf, nextDue: due, timezone, failure, local, snapshots, metrics: metrics.map(metricOfCard) };
}

function metricOfCard(metric: MetricFacts): MetricFacts {
  const { attribution: _, ...rest } = metric;
  return { ...rest, series: metric.series.slice(-60) };
}

function common({ state, published, latest, definition }: ReportHistory, withheld: Withheld | null): Pick<ReportFacts, 'snapshot' | 'lastRun' | 'definition' | 'checks' | 'history' | 'snapshots' | 'unpublished' | 'inputs'> {
  const inputs = new Distinct<Input[]>();
  const history = published.toSorted((a, b) => newestFirst(a.record, b.record)).map((one) => snapshotFacts(one, withheld, inputs));
  const snapshot = latest ? history.find(({ asOf, version }) => asOf === latest.record.as_of && version === latest.record.version)! : null;
  return { snapshot, lastRun: state?.lastRun ?? null, definition, checks: publicChecks(latest?.manifest.checks ?? [], withheld), history, snapshots: history.filter(({ sequence }) => sequence !== null).length, unpublished: unpublishedOf(state), inputs: inputs.values };
}

/** The latest version of every as-of, oldest first. */
function series({ published }: ReportHistory): History {
  const latest = new Map<string, PublishedSnapshot>();
  for (const one of published.toSorted((a, b) => newestFirst(a.record, b.record))) if (!latest.has(one.record.as_of)) latest.set(one.record.as_of, one);
  return [...latest.values()].reverse().map(({ record, numbers }) => ({ as_of: record.as_of, metrics: numbers?.metrics ?? [] }));
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
