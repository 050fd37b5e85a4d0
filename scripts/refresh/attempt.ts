import { DaybookError, visible } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Source } from '../../src/report/report.ts';
import { runPrepare } from '../../src/run/prepare.ts';
import type { Runner } from '../../src/run/runner.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import type { KnownInputs, LedgerState, ReportState, Version } from '../../src/snapshot/ledger-state.ts';
import type { Inputs, Manifest } from '../../src/snapshot/manifest.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { manifestsAt } from '../../src/store/manifests.ts';
import type { Repository } from '../../src/store/repository.ts';
import type { Attempted } from '../../src/store/request.ts';
import { locateError, withLine } from '../instance/locate.ts';
import type { PlannedRun } from '../instance/plan.ts';
import { Progress, type World } from '../world/world.ts';

/** Failures that another try may not have; the others are known once they have happened. */
const PASSING: ReadonlySet<string> = new Set(['query-timeout', 'query-memory', 'query-crashed', 'disk-full']);
const MOST_TRIES = 3;

/** What all runs of a job share, read and opened once. */
export interface JobBench {
  world: World;
  repository: Repository;
  definitions: Definitions;
  /** As the job found it; what it lands itself is not in it. */
  ledger: LedgerState;
  runner: Runner;
  /** How many runs the runner makes at once. */
  parallel: number;
}

/** Runs are taken up one after the other, so many at once, until it is enough. */
interface Pace {
  lanes: number;
  enough: () => boolean;
}

interface Attempts {
  attempts: Attempted[];
  /** How many of the planned runs, from the first, were taken up: all, unless it was enough before. */
  taken: number;
}

/** Makes planned runs, several at once; one report's failure is an outcome like any other. */
export async function attemptRuns(bench: JobBench, planned: PlannedRun[], unprepared: Map<string, DaybookError>, { lanes, enough }: Pace = { lanes: planned.length, enough: () => false }): Promise<Attempts> {
  const { world, repository, ledger, runner } = bench;
  const decided = await Promise.all(planned.map((one) => decide(bench, one, unprepared)));
  const open = planned.filter((_, index) => decided[index] === 'run');
  const sources = new Set(open.flatMap(({ report }) => report.sources));
  // A source that cannot be imported is told by each report that reads it.
  if (sources.size > 0) await world.stage('import', () => Promise.allSettled([...sources].map((name) => runner.describeSource(name))));

  const newest = await newestManifests(repository, open, ledger);
  const progress = new Progress(world, 'run', open.length);
  const attempt = async (one: PlannedRun): Promise<Attempted> => {
    const outcome = await runner.run(one.report, one.requested, new Date(one.slot));
    progress.step();
    return { ...base(one), ...withLine(world.root, refuseNewTypes(one, newest.get(one.report.id), outcome)) };
  };
  const attempts: (Attempted | null)[] = [];
  let taken = 0;
  const lane = async (): Promise<void> => {
    while (taken < planned.length && (taken === 0 || !enough())) {
      const index = taken++;
      const decision = decided[index]!;
      attempts[index] = decision === 'run' ? await attempt(planned[index]!) : decision;
    }
  };
  await world.stage('query', () => Promise.all(Array.from({ length: lanes }, lane)));
  progress.end();
  return { attempts: attempts.filter((one) => one !== null), taken };
}

function base({ report, slot, requested, definition }: PlannedRun): Pick<Attempted, 'report' | 'slot' | 'requested' | 'definition'> {
  return { report: report.id, slot, requested, definition };
}

/** Whether a planned run would be news: what nobody asked for may be known already. */
export async function isDue(bench: JobBench, planned: PlannedRun): Promise<boolean> {
  return planned.why !== 'if-new' || (await decide(bench, planned, new Map())) !== null;
}

/** What a planned run comes to before anything is computed: an answer that is known, nothing at all (null), or a run. */
async function decide({ world, ledger, runner }: JobBench, planned: PlannedRun, unprepared: Map<string, DaybookError>): Promise<Attempted | null | 'run'> {
  const { report, requested, why } = planned;
  const state = ledger.reports.get(report.id);
  const failed = (error: DaybookError): Attempted => ({ ...base(planned), kind: 'failure', error: locateError(world.root, error), inputs: null, milliseconds: 0, attempts: 1 });
  const stop = report.sources.map((name) => unprepared.get(name)).find((error) => error !== undefined);
  const failing = state?.newest?.run.error?.code;
  // What still fails as it did is no news, unless somebody asks.
  if (stop) return why === 'if-new' && failing === stop.code ? null : failed(stop);
  let inputs: Inputs;
  try {
    inputs = await runner.inputsOf(report, requested);
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error;
    return why === 'if-new' && failing === error.code ? null : failed(error);
  }
  const digest = digestJson(inputs);
  const known = state?.known.get(digest);
  // A failure that the newest slot had with other inputs is taken back by what is known of these.
  const asked = why !== 'if-new' || state?.newest?.run.status === 'failed';
  if (known && known.status !== 'failed' && !isReplaced(known, state!)) return asked ? { ...base(planned), kind: 'known', asOf: known.asOf, inputs: digest, data: known.data } : null;
  const hopeless = known?.status === 'failed' && why === 'if-new' && !(PASSING.has(known.error?.code ?? '') && known.failures < MOST_TRIES);
  return hopeless ? null : 'run';
}

/** Whether the same slot has since had another result: data that is taken back is the next version, not the old one. */
function isReplaced(known: KnownInputs, { known: all, versions }: ReportState): boolean {
  if (known.asOf === null || versions.get(known.asOf)?.at(-1)?.data === known.data) return false;
  return [...all.values()].some(({ requested, asOf, data, sequence }) => requested === known.requested && asOf === known.asOf && data !== known.data && sequence > known.sequence);
}

/** The same question must not change a column's type because the data did: readers' formulas and charts rest on it. */
function refuseNewTypes({ report }: PlannedRun, before: Manifest | undefined, outcome: Outcome): Outcome {
  if (outcome.kind !== 'result' || !before || outcome.result.rows.count === 0) return outcome;
  for (const column of outcome.result.columns) {
    const old = before.columns.find(({ name }) => name === column.name);
    if (!old || old.type === column.type) continue;
    const error = new DaybookError('result-type-changed', `column "${column.name}" was ${old.type} in ${before.as_of}.v${before.version} and is now ${column.type}, by the same query`, { file: report.query.file });
    return { kind: 'failure', error, inputs: outcome.inputs, milliseconds: outcome.milliseconds, attempts: outcome.attempts };
  }
  return outcome;
}

/** The newest manifest of each report that was asked the same before, by its id: out of Git, since a sparse checkout leaves snapshots out. */
async function newestManifests(repository: Repository, open: PlannedRun[], ledger: LedgerState): Promise<Map<string, Manifest>> {
  const asked = new Map(open.map(({ report, definition }) => [report.id, definition]));
  const newest = [...asked].flatMap(([id, definition]): Version[] => {
    const state = ledger.reports.get(id);
    if (state?.newestGood?.run.definition !== definition) return [];
    const asOf = [...state.versions.keys()].sort().at(-1);
    return asOf === undefined ? [] : state.versions.get(asOf)!.slice(-1);
  });
  const manifests = await manifestsAt(repository, repository.head, newest);
  return new Map(manifests.map((manifest) => [manifest.report, manifest]));
}

/** Runs the `prepare` commands of the sources that are needed; a failed one stops its own reports alone. */
export async function prepareSources({ world, definitions: { sources } }: JobBench, planned: PlannedRun[]): Promise<Map<string, DaybookError>> {
  const failed = new Map<string, DaybookError>();
  const needed = new Set(planned.flatMap(({ report }) => report.sources));
  for (const source of [...needed].map((name) => sources.get(name)).filter((one): one is Source => one?.prepare !== undefined)) {
    world.err(visible(`prepare ${source.name}: ${source.prepare}`.replaceAll('\n', '␊')));
    try {
      await runPrepare(source, { root: world.root, env: world.env });
    } catch (error) {
      if (!(error instanceof DaybookError)) throw error;
      failed.set(source.name, error);
    }
  }
  return failed;
}
