import { compareLoaded, compareResults, loadAlone, type ComparedResult } from '../../src/analysis/comparison/compare.ts';
import type { Comparison } from '../../src/analysis/comparison/comparison.ts';
import { distributionsOf, type ColumnDistribution } from '../../src/analysis/comparison/distribution.ts';
import { fullDifference } from '../../src/analysis/comparison/full-difference.ts';
import { seriesDifferences, type SeriesDifference, type SideSeries } from '../../src/analysis/comparison/metric-series.ts';
import { declaredRenames } from '../../src/analysis/comparison/renames.ts';
import { listed } from '../../src/analysis/gate/words.ts';
import type { Impact } from '../../src/analysis/review/impact.ts';
import { judgesOtherwise, metricEdits } from '../../src/analysis/review/metric-edits.ts';
import { opennessOf, withoutPeople, type Openness } from '../../src/analysis/review/personal.ts';
import type { Drift, ReportReview } from '../../src/analysis/review/review.ts';
import { sqlDifference, type SqlTexts } from '../../src/analysis/sql/difference.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { MacroFile, Metric, Report } from '../../src/report/report.ts';
import type { Comparer } from '../../src/run/comparer.ts';
import { digestBytes, saltedDigest } from '../../src/snapshot/canonical.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import type { Bench } from './bench.ts';
import type { ReviewedChange } from './change.ts';
import { inputsOf, isStopped, sideOf, type Sided } from './sides.ts';

export interface Runs {
  base: Sided;
  head: Sided;
  /** The base's definition on the base's own files, where the change touches data that the report reads. */
  drift: Sided | null;
}

/** What is known of a report before it is judged; and what the preview shows of it. */
export interface Reviewed {
  report: Omit<ReportReview, 'gates' | 'verdict'>;
  runs: Runs | null;
  /** Null where nothing of it is withheld. */
  openness: Openness | null;
  /** All changed rows. */
  changes: Buffer | null;
  /** What the document leaves out of it, in sentences. */
  omitted: string[];
  /** Why metrics at periods before the newest were not compared; null: they were, or there are none. */
  unseen: string | null;
  /** The time was up before both sides had run and were compared: nothing is known. */
  isCut: boolean;
}

/** Rows of each kind that the document shows; the others are in the file beside it. */
const SAMPLES = 50;

/** @param asked null where nothing had to run: only words have changed */
export async function reviewReport(bench: Bench, impact: Impact, asked: Runs | null): Promise<Reviewed> {
  if (asked === null || !isUnfinished(asked)) {
    try {
      return await reviewRuns(bench, impact, asked, false);
    } catch (cause) {
      if (!(cause instanceof DaybookError) || cause.code !== 'out-of-time') throw cause;
    }
  }
  const without = (side: Sided): Sided => ({ ...side, first: null, second: null });
  return reviewRuns(bench, impact, { base: without(asked!.base), head: without(asked!.head), drift: null }, true);
}

/** A side that is there and was not run to its end. */
function isUnfinished({ base, head, drift }: Runs): boolean {
  return [base, head, drift].some((side) => side !== null && (isStopped(side) || (side.report !== null && side.first === null)));
}

async function reviewRuns(bench: Bench, { report: id, change, causes, was }: Impact, runs: Runs | null, isCut: boolean): Promise<Reviewed> {
  const before = bench.base.definitions.reports.get(id);
  const after = bench.head.definitions.reports.get(id);
  const broken = bench.head.definitions.broken.get(id) ?? bench.base.definitions.broken.get(id);
  const told = after ?? before;
  const personal = [...new Set([...(before?.personal ?? []), ...(after?.personal ?? []), ...(before ? [] : personalBeside(after, bench.base.definitions, runs))])];
  const salted = runs && personal.length > 0 ? saltRuns(runs, bench.salt) : runs;
  const compared = salted ? await compareOrNot(bench, salted, after ?? before) : NOTHING;
  const { series, failed } = salted && before && after ? await seriesOf(bench.engine, salted, before, after) : NO_SERIES;
  const metrics = (told?.metrics ?? []).map((metric) => toldMetric(metric, before?.metrics.find(({ name }) => name === metric.name), after && metric, series.get(metric.name)));
  const isBacktested = change === 'modified' || metrics.some(({ edits = [] }) => judgesOtherwise(edits));
  const report: Reviewed['report'] = {
    report: id, title: told?.title ?? broken?.title ?? id, team: told?.team ?? broken?.team ?? '', owner: told?.owner ?? '', change, ...(was !== undefined && { was }), ...(told?.time && { period: told.time.period }), causes,
    base: salted && sideOf(id, salted.base, bench.base.definitions),
    head: salted && sideOf(id, salted.head, bench.head.definitions),
    inputs: salted ? { ...inputsOf(salted.base, salted.head), drift: change === 'added' ? null : await driftOf(bench, salted, causes, before) } : { identical: true, files: [], drift: null },
    comparison: compared.comparison,
    distributions: compared.distributions,
    sql: change === 'described' ? null : await sqlOf(bench, id),
    metrics,
    backtest: isBacktested && before && after && !isCut ? await bench.backtester.of(was ?? id) : null,
    changes: compared.changes && { file: `changes/${id}.csv`, sha256: digestBytes(compared.changes), rows: compared.rows, bytes: compared.changes.length },
    personal: personal.length > 0,
  };
  const omitted = [
    ...(compared.failed === null ? [] : [`${id}: the comparison, since ${compared.failed}`]),
    ...(failed === null ? [] : [`${id}: metrics at periods before the newest, since ${failed}`]),
    ...(compared.omitted.length > 0 ? [`${id}: distributions of ${compared.omitted.length} columns that changed less`] : []),
    ...(compared.cut > 0 ? [`${id}: the last ${compared.cut} of the changed rows, whose file would be larger than 50 MB`] : []),
  ];
  const openness = personal.length > 0 ? opennessOf(before, after, personal, causes) : null;
  if (openness && openness.closed.size > 0) omitted.push(`${id}: values of metrics that may be those of one person (${listed([...openness.closed])})`);
  return { report: openness ? withoutPeople(report, openness) : report, runs, openness, omitted, unseen: failed, isCut, changes: personal.length > 0 ? null : compared.changes };
}

const NO_SERIES: { series: ReadonlyMap<string, SeriesDifference>; failed: string | null } = { series: new Map(), failed: null };

/** Periods are looked at where they can differ at all: not of the same rows by the same formulas. */
async function seriesOf(engine: Comparer, { base, head }: Runs, before: Report, after: Report): Promise<typeof NO_SERIES> {
  const [old, now] = [base.first, head.first];
  if (old?.kind !== 'result' || now?.kind !== 'result') return NO_SERIES;
  const formulas = ({ metrics, time }: Report): string => JSON.stringify([time, metrics.map(({ name, expression }) => [name, expression])]);
  if (old.csv.equals(now.csv) && formulas(before) === formulas(after)) return NO_SERIES;
  const side = (report: Report, { result, csv }: typeof old): SideSeries => ({ report, columns: result.columns, metrics: result.metrics, csv });
  try {
    return { series: await seriesDifferences(side(before, old), side(after, now), engine), failed: null };
  } catch (cause) {
    if (cause instanceof DaybookError && cause.code !== 'out-of-time') return { ...NO_SERIES, failed: cause.message };
    throw cause;
  }
}

function toldMetric(metric: Metric, before: Metric | undefined, after: Metric | undefined, series: SeriesDifference | undefined): ReportReview['metrics'][number] {
  const { name, label, format, unit = null, better = null, target = null } = metric;
  const edits = metricEdits(before, after);
  return { name, label, format, unit, better, target, ...(edits.length > 0 && { edits }), ...(series && { series }) };
}

/** A new report may return columns that are personal in another one of the same source: what is not said of them here, is said there. */
function personalBeside(report: Report | undefined, { reports }: Pick<Definitions, 'reports'>, runs: Runs | null): string[] {
  const beside = [...reports.values()].filter(({ personal, sources }) => personal.length > 0 && sources.some((source) => report?.sources.includes(source))).flatMap(({ personal }) => personal);
  const first = runs?.head.first;
  // A failure has no columns, and may have values in its message.
  return first?.kind === 'result' ? beside.filter((name) => first.result.columns.some((column) => column.name === name)) : beside;
}

interface ReportComparison {
  comparison: Comparison | null;
  distributions: ColumnDistribution[];
  /** Columns that are left out of the distributions. */
  omitted: string[];
  changes: Buffer | null;
  /** In `changes`, and how many had no room there. */
  rows: number;
  cut: number;
  /** Why nothing was compared that could have been. */
  failed: string | null;
}

const NOTHING: ReportComparison = { comparison: null, distributions: [], omitted: [], changes: null, rows: 0, cut: 0, failed: null };

/** A result too wide or too large for the comparison is told of, and is no end of the others. */
async function compareOrNot(bench: Bench, runs: Runs, report: Report | undefined): Promise<ReportComparison> {
  try {
    return await compareSides(bench, runs, report);
  } catch (cause) {
    if (cause instanceof DaybookError && cause.code !== 'out-of-time') return { ...NOTHING, failed: cause.message };
    throw cause;
  }
}

/** @param report whose key matches rows */
async function compareSides({ engine, range }: Bench, { base, head }: Runs, report: Report | undefined): Promise<ReportComparison> {
  const [before, after] = [resultOf(base, range.labels.base), resultOf(head, range.labels.head)];
  if (!report || !after) return NOTHING;
  if (!before) return { ...NOTHING, ...spread(await distributionsOf(await loadAlone(after, engine))) };
  const { comparison, tables } = await compareLoaded(before, after, engine, { key: report.key, renames: declaredRenames(report), limit: SAMPLES });
  if (comparison.kind !== 'different' || !tables) return { ...NOTHING, comparison };
  const full = await fullDifference(tables);
  return { ...NOTHING, comparison, ...spread(await distributionsOf(tables)), changes: full.bytes, rows: full.written, cut: full.rows - full.written };
}

function spread({ columns, omitted }: Awaited<ReturnType<typeof distributionsOf>>): Pick<ReportComparison, 'distributions' | 'omitted'> {
  return { distributions: columns, omitted };
}

function resultOf({ report, first }: Sided, label: string): ComparedResult | null {
  if (!report || first?.kind !== 'result') return null;
  return { label, report: report.id, asOf: first.asOf, result: first.result, csv: first.csv };
}

/** What the change of data does by itself. */
async function driftOf(bench: Bench, { base, drift }: Runs, causes: Impact['causes'], report: Report | undefined): Promise<Drift | null> {
  const files = causes.filter(({ kind }) => kind === 'data').map(({ file }) => file);
  if (files.length === 0 || !drift) return null;
  const [before, after] = [resultOf(drift, 'data before'), resultOf(base, 'data after')];
  if (!report || !before || !after) {
    const failed = [drift.first, base.first].find((one) => one?.kind === 'failure');
    return { files, comparison: null, error: failed?.kind === 'failure' ? failed.error.message : 'there is no result to compare with' };
  }
  try {
    return { files, comparison: await compareResults(before, after, bench.engine, { key: report.key, limit: SAMPLES }), error: null };
  } catch (cause) {
    if (cause instanceof DaybookError && cause.code !== 'out-of-time') return { files, comparison: null, error: cause.message };
    throw cause;
  }
}

/** Also of a report that is broken otherwise. Null where a query cannot be read: it is not gone. */
async function sqlOf({ base, head, parser }: Bench, id: string): Promise<ReportReview['sql']> {
  const reportOf = ({ definitions: { reports, broken } }: ReviewedChange['base']) => reports.get(id) ?? broken.get(id);
  const textsOf = (side: ReviewedChange['base'], other: ReviewedChange['base']): SqlTexts | null => {
    const report = reportOf(side);
    if (report === undefined) return [];
    const { query } = report;
    // With a report that is new or gone, macros that stand on both sides neither come nor go.
    const stands = ({ file, sql }: MacroFile): boolean => reportOf(other) === undefined && other.definitions.macros.some((one) => one.file === file && one.sql === sql);
    return query && [query, ...side.definitions.macros.filter((macro) => !stands(macro))];
  };
  const [old, now] = [textsOf(base, head), textsOf(head, base)];
  if (old === null || now === null) return null;
  try {
    return await sqlDifference(old, now, (sql) => parser.tree(sql));
  } catch (cause) {
    if (cause instanceof DaybookError) return null;
    throw cause;
  }
}

/** The digest of rows about people would confirm a guess. */
function saltRuns({ base, head, drift }: Runs, salt: string): Runs {
  const outcome = <T extends Outcome | null>(one: T): T => (one?.kind === 'result' ? { ...one, result: { ...one.result, rows: { ...one.result.rows, sha256: saltedDigest(salt, one.csv) } } } : one);
  const side = (one: Sided): Sided => ({ ...one, first: outcome(one.first), second: outcome(one.second) });
  return { base: side(base), head: side(head), drift: drift && side(drift) };
}
