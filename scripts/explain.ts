import { changedParts, dimensionsOf, engineChange, isSameData, measured, measureKept, rowColumnsOf, splitMove, type Attribution, type DefinitionCommit, type Measured, type Method } from '../src/analysis/attribution/attribution.ts';
import { DaybookError, describe, visible, visibleJson } from '../src/error.ts';
import { attributionText } from '../src/present/attribution.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { didYouMean } from '../src/report/near.ts';
import type { Report } from '../src/report/report.ts';
import { readEntries, rowsOf } from '../src/snapshot/checkout.ts';
import type { Row } from '../src/snapshot/csv.ts';
import type { Entry } from '../src/snapshot/entry.ts';
import { applyEntry, emptyState, publishedVersions, type LedgerState, type Version } from '../src/snapshot/ledger-state.ts';
import { citation, type Manifest, type MetricValue, type SnapshotName } from '../src/snapshot/manifest.ts';
import { openRepository, type Repository } from '../src/store/repository.ts';
import { definitionCommits } from './explain/commits.ts';
import { readKept, versionNamed } from './instance/kept.ts';
import { instancePlace, isDefinitionOf, openReplay, type Replay } from './instance/replay.ts';
import { selectRun } from './instance/select.ts';
import { snapshotOf } from './show.ts';
import type { World } from './world/world.ts';

interface ExplainOptions {
  limit: number;
  json: boolean;
}

/** One snapshot with all that is known of it. */
interface ExplainedSnapshot {
  name: SnapshotName;
  manifest: Manifest;
  rows: readonly Row[];
  /** The entry that kept it, and what its run was asked. */
  entry: Entry;
  slot: string;
  /** What made it; null where that is out of reach. */
  definitions: Definitions | null;
}

/** Says where a metric's move between two snapshots came from. Returns 0 explained, 2 cannot tell. */
export async function explain(world: World, metric: string, first: string, second: string | undefined, { limit, json }: ExplainOptions): Promise<number> {
  const entries = readEntries(world.root);
  const ledger = entries.reduce(applyEntry, emptyState());
  const names = second === undefined ? lastTwo(world.root, first, ledger) : ([snapshotOf(world, first, ledger), snapshotOf(world, second, ledger)] as const);
  if (names[0].report !== names[1].report) throw new DaybookError('wrong-use', `${names[0].report} and ${names[1].report} are two reports: a metric moves between snapshots of one`);
  const repository = await openRepository(world.root, world.env);
  const replay = openReplay(instancePlace(world, repository, repository.head));
  try {
    const current = loadDefinitions(world.root);
    const [base, head] = await Promise.all([names[0], names[1]].map((name) => open(world, ledger, entries, name, replay, current)));
    const attribution = await attributionOf(metric, base!, head!, replay, repository);
    const report = (head!.definitions ?? current).reports.get(head!.name.report) ?? null;
    const told = limited(attribution, limit);
    if (json) world.out(visibleJson(told));
    else world.out(visible(attributionText(attribution, shownOf(metric, report), labelsOf(report), limit)));
    return attribution.method === 'unknown' ? 2 : 0;
  } finally {
    await replay.close();
  }
}

async function open(world: World, ledger: LedgerState, entries: Entry[], name: SnapshotName, replay: Replay, current: Definitions): Promise<ExplainedSnapshot> {
  const { manifest, csv } = await readKept(world, ledger, name);
  const version = versionNamed(ledger, name);
  const entry = entries.find(({ sequence }) => sequence === version.sequence)!;
  return { name, manifest, rows: rowsOf(csv), entry, slot: slotOf(entry, version), definitions: await definitionsOf(manifest, entry, replay, current) };
}

/** Of the run that made it. */
export function slotOf({ runs, time }: Entry, { report, as_of: asOf, data }: Pick<Version, 'report' | 'as_of' | 'data'>): string {
  return runs.find((run) => run.report === report && run.as_of === asOf && run.data === data)?.slot ?? time;
}

async function definitionsOf({ inputs }: Manifest, { job }: Entry, replay: Replay, current: Definitions): Promise<Definitions | null> {
  if (isDefinitionOf(current, inputs)) return current;
  try {
    const found = await replay.definitionsAt(job.code, [inputs.report]);
    return isDefinitionOf(found, inputs) ? found : null;
  } catch (cause) {
    if (cause instanceof DaybookError) return null;
    throw cause;
  }
}

async function attributionOf(metric: string, base: ExplainedSnapshot, head: ExplainedSnapshot, replay: Replay, repository: Repository): Promise<Attribution> {
  const known = new Set([...base.manifest.metrics, ...head.manifest.metrics].map(({ name }) => name));
  if (!known.has(metric)) throw new DaybookError('wrong-use', `${head.name.report} has no metric "${metric}"${didYouMean(metric, known)}`, {}, `Name one of: ${[...known].join(', ')}.`);
  const changed = changedParts(base.manifest.inputs, head.manifest.inputs);
  const before = measuredIn(base, metric);
  const after = measuredIn(head, metric);
  const { middle, method, notes } = await middleOf(metric, base, head, { before, after }, replay);
  const report = (head.definitions ?? base.definitions)?.reports.get(head.name.report);
  const { columns } = head.manifest;
  const rowColumns = report ? rowColumnsOf(report, columns) : [];
  const by = report ? [...dimensionsOf(report, columns).map((name) => [name]), ...(rowColumns.length > 0 ? [rowColumns] : [])] : [];
  return {
    report: head.name.report, metric, base: citation(base.name), head: citation(head.name), since: base.name.asOf === head.name.asOf ? `version ${base.name.version}` : base.name.asOf,
    ...splitMove(before, after, middle, method, by),
    changed, engine: engineChange(base.manifest.inputs, head.manifest.inputs), commits: changed.length > 0 ? await commitsOf(base, head, changed, repository) : [], notes,
  };
}

function measuredIn({ manifest, rows, definitions, name }: ExplainedSnapshot, metric: string): Measured {
  const value = manifest.metrics.find((one) => one.name === metric) ?? { name: metric, value: null, type: 'DOUBLE', period: null };
  const report = definitions?.reports.get(name.report);
  const defined = report?.metrics.find((one) => one.name === metric) ?? null;
  return measured(value, defined, report?.time, manifest.columns, rows);
}

interface Middle {
  middle: Measured | null;
  method: Method;
  notes: string[];
}

/** What the old definition says of the new inputs, by the surest way that is open. */
async function middleOf(metric: string, base: ExplainedSnapshot, head: ExplainedSnapshot, { before, after }: { before: Measured; after: Measured }, replay: Replay): Promise<Middle> {
  const changed = changedParts(base.manifest.inputs, head.manifest.inputs);
  if (changed.length === 0) return { middle: after, method: 'same-definition', notes: [] };
  if (isSameData(base.manifest.inputs, head.manifest.inputs)) return { middle: before, method: 'same-inputs', notes: [] };
  const report = base.definitions?.reports.get(base.name.report);
  const defined = report?.metrics.find((one) => one.name === metric);
  if (!report || !defined) {
    return recorded(metric, base, head, before, `The definition of ${citation(base.name)} is out of reach: commit ${base.entry.job.code.slice(0, 10)} does not have it.`);
  }
  if (changed.every((part) => part === 'definition')) {
    const middle = measureKept(defined, report.time, head.manifest, head.rows);
    if (middle) return { middle, method: 'from-kept-rows', notes: [] };
  }
  const { inputs } = head.manifest;
  const outcome = await replay.run({
    report: report.id, definitions: base.definitions!, sources: inputs.sources, code: head.entry.job.code, requested: String(inputs.parameters['as_of']), slot: new Date(head.slot),
  });
  if (outcome.kind === 'failure') return recorded(metric, base, head, before, `The old definition could not be run on the new inputs: ${describe(outcome.error)}`);
  const value = outcome.result.metrics.find(({ name }) => name === metric);
  if (!value) return { middle: null, method: 'unknown', notes: [] };
  const engine = engineChange(inputs, outcome.inputs);
  const notes = engine ? [`It was run by ${engine.to}, and the snapshot by ${engine.from}.`] : [];
  return { middle: measured(value, defined, report.time, outcome.result.columns, rowsOf(outcome.csv)), method: 'replayed', notes };
}

/** What the job found when it kept the snapshot. */
function recorded(metric: string, base: ExplainedSnapshot, head: ExplainedSnapshot, before: Measured, why: string): Middle {
  const { report, asOf, version } = head.name;
  const record = head.entry.attributed?.find((one) => one.report === report && one.as_of === asOf && one.version === version && one.base === citation(base.name));
  const found = record?.metrics.find(({ name }) => name === metric);
  if (!found) return { middle: null, method: 'unknown', notes: [why] };
  const value: MetricValue = { ...before.value, value: found.data };
  return { middle: { value, side: null }, method: 'recorded', notes: [] };
}

async function commitsOf(base: ExplainedSnapshot, head: ExplainedSnapshot, changed: Attribution['changed'], repository: Repository): Promise<DefinitionCommit[]> {
  const reports = [base, head].flatMap(({ definitions, name }) => definitions?.reports.get(name.report) ?? []);
  return definitionCommits(repository, base.entry.job.code, head.entry.job.code, head.name.report, reports, changed);
}

/** Of those that readers have been shown. @throws `snapshot-unknown` where there are not two */
function lastTwo(root: string, word: string, ledger: LedgerState): readonly [SnapshotName, SnapshotName] {
  if (word.includes('@')) throw new DaybookError('snapshot-unknown', `${word} is one snapshot; name the other one too`, {}, 'Write `npx daybook explain <metric> <report>@<as-of> <report>@<as-of>`, or the report alone for its last two.');
  const { report, state } = selectRun(root, word, ledger);
  const [base, head] = publishedVersions(state).slice(-2).map(({ as_of: asOf, version }) => ({ report, asOf, version }));
  if (!base || !head) throw new DaybookError('snapshot-unknown', `${report} has ${base ? 'one snapshot, and nothing that it moved from' : 'no snapshot'}`);
  return [base, head];
}

function shownOf(metric: string, report: Report | null): { label: string; format: string | null; unit: string | null } {
  const found = report?.metrics.find(({ name }) => name === metric);
  return { label: found?.label ?? metric, format: found?.format ?? null, unit: found?.unit ?? null };
}

function labelsOf(report: Report | null): Map<string, string> {
  return new Map(Object.entries({ ...report?.columns, ...report?.dimensions }).flatMap(([name, { label }]) => (label ? [[name, label] as const] : [])));
}

/** As JSON: the first parts of each breakdown, and how many more there are. */
function limited(attribution: Attribution, limit: number): object {
  const breakdowns = attribution.breakdowns.map(({ of, breakdown }) => ({ of, breakdown: { ...breakdown, parts: breakdown.parts.slice(0, limit), more: Math.max(0, breakdown.parts.length - limit) } }));
  return { ...attribution, breakdowns };
}
