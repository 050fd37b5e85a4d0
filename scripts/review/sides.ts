import type { ReportReview, ReviewProblem, ReviewSide, RowOrder } from '../../src/analysis/review/review.ts';
import { whatOf, type DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Instance, Report, Source } from '../../src/report/report.ts';
import { isDaily, requestedAsOf } from '../../src/report/schedule.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import type { Runner, Turned } from '../../src/run/runner.ts';
import type { AsOf } from '../../src/snapshot/as-of.ts';
import { emptyState } from '../../src/snapshot/ledger-state.ts';
import { dataDigest, type SourceInput } from '../../src/snapshot/manifest.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { withLine } from '../instance/locate.ts';
import { planRuns } from '../instance/plan.ts';
import { runInTwoOrders } from './order.ts';

/** What a report is asked for: as-of and slot. */
interface RequestedRun {
  requested: AsOf;
  slot: Date;
}

/** One side of a report: what there is of it, and what its runs came to. */
export interface Sided {
  /** Null where the report is not there, or cannot be read. */
  report: Report | null;
  asked: RequestedRun | null;
  first: Outcome | null;
  second: Outcome | null;
  order: RowOrder | null;
}

/** Definitions of one side, and what runs them. */
export interface SideBench {
  definitions: Definitions;
  /** Where its files lie, to find lines. */
  folder: string;
  runner: Runner;
}

/**
 * A proposal must not raise the limits that it runs under, nor say where files are read: both are the base's. Within them, the
 * report's own count.
 */
export function withLimits(definitions: Definitions, { limits, source_roots, review, personal_store: store }: Instance): Definitions {
  const { personal_store: _, ...rest } = definitions.instance;
  const instance: Instance = { ...rest, limits, source_roots, review, ...(store !== undefined && { personal_store: store }) };
  const reports = new Map([...definitions.reports].map(([id, report]): [string, Report] => {
    const { seconds, memory_mb: memory, rows, bytes } = report.limits;
    return [id, { ...report, limits: { seconds: Math.min(seconds, limits.seconds), memory_mb: Math.min(memory, limits.memory_mb), rows: Math.min(rows, limits.rows), bytes: Math.min(bytes, limits.bytes) } }];
  }));
  return { ...definitions, instance, reports };
}

/**
 * Both sides are asked for the base’s newest slot: a change must not choose the day that it is looked at. Where one schedule asks
 * for days and the other for times, each is asked for that moment in its own way, since so it will be published.
 */
export function askedOf(id: string, base: Definitions, head: Definitions, now: Date): { base: RequestedRun | null; head: RequestedRun | null } {
  const [old, after] = [base.reports.get(id), head.reports.get(id)];
  if (!old || !after) return { base: newestOf(base, id, now), head: newestOf(head, id, now) };
  const before = newestOf(base, id, now)!;
  const own = ({ schedule }: Report): AsOf => requestedAsOf(schedule, before.slot);
  // The end of data that has ended is no slot’s.
  const isOtherKind = isDaily(old.schedule) !== isDaily(after.schedule) && before.requested === own(old);
  return { base: before, head: isOtherKind ? { ...before, requested: own(after) } : before };
}

/** The newest slot of the schedule; where there was none yet, this moment. */
function newestOf(definitions: Definitions, id: string, now: Date): RequestedRun | null {
  const report = definitions.reports.get(id);
  if (!report) return null;
  const [planned] = planRuns(definitions, emptyState(), now, { ids: [id] }, () => definitionDigest(report, definitions.macros)).planned;
  return planned ? { requested: planned.requested, slot: new Date(planned.slot) } : { requested: now.toISOString().slice(0, 10), slot: now };
}

/** Two runs of the same, so that chance shows, and what the order of rows decides. */
export async function runTwice(bench: SideBench, id: string, asked: RequestedRun | null): Promise<Sided> {
  const side = unrun(bench, id, asked);
  const { report } = side;
  return report && asked ? { ...side, ...(await runInTwoOrders(report.sources, (turned) => run(bench, report, asked, turned))) } : side;
}

/** One run, for what need not be proven. */
export async function runOnce(bench: SideBench, id: string, asked: RequestedRun | null): Promise<Sided> {
  const side = unrun(bench, id, asked);
  return side.report && asked ? { ...side, first: await run(bench, side.report, asked) } : side;
}

async function run({ folder, runner }: SideBench, report: Report, { requested, slot }: RequestedRun, turned?: Turned): Promise<Outcome> {
  return withLine(folder, await runner.run(report, requested, slot, turned));
}

/** What the time was up for. */
export function unrun({ definitions }: SideBench, id: string, asked: RequestedRun | null): Sided {
  return { report: definitions.reports.get(id) ?? null, asked, first: null, second: null, order: null };
}

/** Stopped since the time of the whole review was up: that says nothing of the query. */
export function isStopped({ first, second }: Sided): boolean {
  return [first, second].some((one) => one?.kind === 'failure' && one.error.code === 'out-of-time');
}

const STATUS: { [code: string]: ReviewSide['status'] } = { 'query-timeout': 'timeout', 'query-memory': 'memory', 'query-refused': 'refused', 'source-unknown': 'refused', 'parameter-unknown': 'refused', 'file-outside': 'refused' };
const MISSING: ReadonlySet<string> = new Set(['file-missing', 'file-unreadable', 'inputs-unreachable', 'personal-store']);

/** A side as the document has it. `null`: the report is not there. */
export function sideOf(id: string, { report, asked, first, second, order }: Sided, definitions: Definitions): ReviewSide | null {
  const { broken, macros, sources } = definitions;
  const none = { requested: asked?.requested ?? null, asOf: null, result: null, data: null, milliseconds: null, deterministic: null, order: null, warnings: [] };
  const problem = broken.get(id)?.problems[0];
  if (problem) return { ...none, status: 'failed', error: problemOf(problem, id), definition: null };
  if (!report) return null;
  const definition = definitionDigest(report, macros);
  if (!first || !second) return { ...none, status: 'unreadable', error: null, definition };
  const failure = [first, second].find((one) => one.kind === 'failure');
  if (failure) {
    const { error } = failure;
    const deterministic = first.kind === second.kind && second.kind === 'failure' ? null : false;
    return { ...none, status: statusOf(error, report, sources), error: problemOf(error, id), definition, milliseconds: failure.milliseconds, deterministic };
  }
  const [a, b] = [first, second] as (Outcome & { kind: 'result' })[];
  return {
    status: 'ok', error: null, definition, requested: none.requested, asOf: a!.asOf, result: a!.result, data: dataDigest(a!.result),
    milliseconds: Math.min(a!.milliseconds, b!.milliseconds), deterministic: order !== null || dataDigest(a!.result) === dataDigest(b!.result), order, warnings: a!.warnings,
  };
}

/** Data that a job prepares, or that Git LFS keeps, is not here to be read: that is nobody's mistake, and nothing is known. */
function statusOf(error: DaybookError, report: Report, sources: ReadonlyMap<string, Source>): ReviewSide['status'] {
  const isPrepared = report.sources.some((name) => sources.get(name)?.prepare !== undefined);
  if (error.code === 'source-pointer' || (isPrepared && MISSING.has(error.code))) return 'unreadable';
  return STATUS[error.code] ?? 'failed';
}

/** An error as the document has it. @param report its id; null: the change’s as a whole */
export function problemOf(error: DaybookError, report: string | null): ReviewProblem {
  const { code, remedy, place } = error;
  return { report, code, message: whatOf(error), remedy, file: place.file ?? null, line: place.line ?? null, column: place.column ?? null };
}

/** What both sides read. */
export function inputsOf(base: Sided, head: Sided): Omit<ReportReview['inputs'], 'drift'> {
  const [before, after] = [readBy(base), readBy(head)];
  const files = [...after, ...before].flatMap(({ name, files: read }) => read.map((file) => ({ source: name, path: file.path, bytes: file.bytes, sha256: file.sha256 })));
  const has = (read: readonly SourceInput[], path: string): string | undefined => read.flatMap((one) => one.files).find((file) => file.path === path)?.sha256;
  const paths = [...new Map(files.map((file) => [file.path, file])).values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const told = paths.map((file) => {
    const [old, now] = [has(before, file.path), has(after, file.path)];
    return { file: { ...file, readBy: old === undefined ? ('head' as const) : now === undefined ? ('base' as const) : ('both' as const) }, same: old === undefined || now === undefined || old === now };
  });
  const sameAsOf = !base.asked || !head.asked || base.asked.requested === head.asked.requested;
  return { identical: sameAsOf && told.every(({ same }) => same), files: told.map(({ file }) => file), rows: rowsRead(base, head) };
}

/** How many rows each source has: a CSV that is read otherwise has others, in a file of the same bytes. */
function rowsRead(base: Sided, head: Sided): NonNullable<ReportReview['inputs']['rows']> {
  const [before, after] = [base, head].map(({ first }) => (first?.kind === 'result' ? first.read ?? {} : {})) as [{ [source: string]: number }, { [source: string]: number }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().map((source) => ({ source, base: before[source] ?? null, head: after[source] ?? null }));
}

function readBy({ first }: Sided): readonly SourceInput[] {
  return first?.inputs?.sources ?? [];
}
