import type { ReportReview, ReviewProblem, ReviewSide } from '../src/analysis/review.ts';
import type { DaybookError } from '../src/error.ts';
import type { Definitions } from '../src/report/load.ts';
import type { Instance, Report, Source } from '../src/report/report.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import type { Runner } from '../src/run/runner.ts';
import { hasTime, type AsOf } from '../src/snapshot/as-of.ts';
import { emptyState } from '../src/snapshot/ledger-state.ts';
import { dataDigest, type SourceInput } from '../src/snapshot/manifest.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import { withLine } from './locate.ts';
import { planRuns } from './plan.ts';

/** What a report is asked for: as-of and slot. */
export interface Asked {
  requested: AsOf;
  slot: Date;
}

/** One side of a report: what there is of it, and what its runs came to. */
export interface Sided {
  /** Null where the report is not there, or cannot be read. */
  report: Report | null;
  asked: Asked | null;
  first: Outcome | null;
  second: Outcome | null;
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

/** Both sides are asked for the same, as far as their schedules allow. */
export function askedOf(id: string, base: Definitions, head: Definitions, now: Date): { base: Asked | null; head: Asked | null } {
  const [before, after] = [newestOf(base, id, now), newestOf(head, id, now)];
  if (before === null || after === null) return { base: before, head: after };
  return hasTime(before.requested) === hasTime(after.requested) ? { base: before, head: before } : { base: before, head: after };
}

/** The newest slot of the schedule; where there was none yet, this moment. */
function newestOf(definitions: Definitions, id: string, now: Date): Asked | null {
  const report = definitions.reports.get(id);
  if (!report) return null;
  const [planned] = planRuns(definitions, emptyState(), now, { ids: [id] }, () => definitionDigest(report, definitions.macros)).planned;
  return planned ? { requested: planned.requested, slot: new Date(planned.slot) } : { requested: now.toISOString().slice(0, 10), slot: now };
}

/** Two runs of the same, so that chance shows. */
export async function runTwice({ definitions, folder, runner }: SideBench, id: string, asked: Asked | null): Promise<Sided> {
  const report = definitions.reports.get(id) ?? null;
  if (!report || !asked) return { report, asked, first: null, second: null };
  const [first, second] = await Promise.all([1, 2].map(async () => withLine(folder, await runner.run(report, asked.requested, asked.slot))));
  return { report, asked, first: first!, second: second! };
}

/** What the time was up for. */
export function unrun({ definitions }: SideBench, id: string, asked: Asked | null): Sided {
  return { report: definitions.reports.get(id) ?? null, asked, first: null, second: null };
}

/** Stopped since the time of the whole review was up: that says nothing of the query. */
export function isStopped({ first, second }: Sided): boolean {
  return [first, second].some((one) => one?.kind === 'failure' && one.error.code === 'out-of-time');
}

const STATUS: { [code: string]: ReviewSide['status'] } = { 'query-timeout': 'timeout', 'query-memory': 'memory', 'query-refused': 'refused', 'source-unknown': 'refused', 'parameter-unknown': 'refused', 'file-outside': 'refused' };
const MISSING: ReadonlySet<string> = new Set(['file-missing', 'file-unreadable', 'inputs-unreachable', 'personal-store']);

/** A side as the document has it. `null`: the report is not there. */
export function sideOf(id: string, { report, asked, first, second }: Sided, definitions: Definitions): ReviewSide | null {
  const { broken, macros, sources } = definitions;
  const none = { requested: asked?.requested ?? null, asOf: null, result: null, data: null, milliseconds: null, deterministic: null, warnings: [] };
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
    milliseconds: Math.min(a!.milliseconds, b!.milliseconds), deterministic: dataDigest(a!.result) === dataDigest(b!.result), warnings: a!.warnings,
  };
}

/** Data that a job prepares, or that Git LFS keeps, is not here to be read: that is nobody's mistake, and nothing is known. */
function statusOf(error: DaybookError, report: Report, sources: ReadonlyMap<string, Source>): ReviewSide['status'] {
  const isPrepared = report.sources.some((name) => sources.get(name)?.prepare !== undefined);
  if (error.code === 'source-pointer' || (isPrepared && MISSING.has(error.code))) return 'unreadable';
  return STATUS[error.code] ?? 'failed';
}

export function problemOf(error: DaybookError, report: string | null): ReviewProblem {
  const { code, message, remedy, place } = error;
  return { report, code, message, remedy, file: place.file ?? null, line: place.line ?? null, column: place.column ?? null };
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
  return { identical: sameAsOf && told.every(({ same }) => same), files: told.map(({ file }) => file) };
}

function readBy({ first }: Sided): readonly SourceInput[] {
  return first?.inputs?.sources ?? [];
}
