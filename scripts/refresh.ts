import { existsSync } from 'node:fs';
import path from 'node:path';
import { changeRecord } from '../src/analysis/restatement/change-record.ts';
import { DaybookError, describe, visible, withoutCommands } from '../src/error.ts';
import { loadDefinitions, problemsOf, type Definitions } from '../src/report/load.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import { openRunner } from '../src/run/runner.ts';
import { CHECKPOINT_PATH } from '../src/snapshot/entry.ts';
import type { LedgerState } from '../src/snapshot/ledger-state.ts';
import { citation } from '../src/snapshot/manifest.ts';
import type { SignerKey } from '../src/snapshot/note.ts';
import type { DecidedRecord } from '../src/snapshot/records.ts';
import { readLedger } from '../src/store/history.ts';
import { keep, type Landing } from '../src/store/keep.ts';
import { fatesOf } from '../src/store/message.ts';
import type { PersonalStore } from '../src/store/personal.ts';
import { repair } from '../src/store/repair.ts';
import { branchHead, openRepository, type Repository } from '../src/store/repository.ts';
import type { Attempted, KeepRequest, Policy } from '../src/store/request.ts';
import { forgetLocal } from './instance/local.ts';
import { guardAttempts, openStore, repairStore } from './instance/personal.ts';
import { planRuns, reportsOf, type RunPlan, type PlannedRun, type Selection } from './instance/plan.ts';
import { selectIds } from './instance/select.ts';
import { signingKey } from './instance/signing.ts';
import { askApprovals, readDecisions, sayApprovals } from './refresh/approvals.ts';
import { attemptRuns, isDue, prepareSources } from './refresh/attempt.ts';
import { attribute } from './refresh/attribute.ts';
import { refusalsOf, uncommittedReports } from './refresh/committed.ts';
import { publish } from './site/publish.ts';
import { jobOf, sayProblems, type World } from './world/world.ts';

interface RefreshOptions {
  asOf?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  push: boolean;
  build: boolean;
  json: boolean;
}

/** As-ofs of a backfill that land in one commit: a stopped one goes on where it stopped. */
const BATCH = 400;
/** A slow backfill lands more often: no more than this is done again, in milliseconds. */
const LAND_AFTER = 60_000;

/** The main job: what is due is run, kept in Git and published. Returns the exit code. */
export async function refresh(world: World, words: string[], options: RefreshOptions): Promise<number> {
  const repository = await openRepository(world.root, world.env, world.uninterrupted);
  await branchHead(repository);
  for (const note of await repair(repository)) world.err(note);
  const definitions = await world.stage('read', async () => loadDefinitions(world.root));
  sayProblems(world, problemsOf(definitions));
  const ids = selectIds(words, [...definitions.reports.keys(), ...definitions.broken.keys()]);
  const ledger = await readLedger(repository, repository.head, cacheFile(world));
  refuseOldLedger(world.root, ledger, definitions.instance.instance);
  const signer = signingKey(world, definitions.instance, ledger.sequence + 1);
  const store = await openStore(world, definitions);
  for (const note of await repairStore(store, ledger)) world.err(note);
  const plan = planRuns(definitions, ledger, world.now(), { ids, ...options }, (report) => definitionDigest(report, definitions.macros));
  const uncommitted = await uncommittedReports(repository, definitions, reportsOf(plan, definitions));
  const decisions = sayApprovals(world, await readDecisions(world, repository, definitions, ledger));
  const job = await runAndKeep(world, repository, definitions, ledger, plan, { ids, ...options }, { push: options.push, signer, store, decided: decisions.decided, uncommitted });
  const asked = sayApprovals(world, await askApprovals(world, repository, definitions, job.landings, { push: options.push, cacheFile: cacheFile(world) }));
  if (options.build) await publish(world, definitions);
  const code = sayOutcome(world, job, definitions, ids, options.json);
  return decisions.problems.length + asked.problems.length > 0 ? 1 : code;
}

/** @throws `git-no-commit` after `init`: the last commit still is the instance before, ledger and all. */
function refuseOldLedger(root: string, ledger: LedgerState, instance: string): void {
  if (ledger.instance === null || ledger.instance === instance || existsSync(path.join(root, CHECKPOINT_PATH))) return;
  throw new DaybookError('git-no-commit', `the last commit holds the ledger of "${ledger.instance}", and not yet the instance "${instance}"`, {}, 'Commit the new instance first: `git add -A && git commit`.');
}

interface RefreshedJob {
  /** Reports that were not run, by id, each with the file of its definition that the commit has otherwise. */
  refused: Map<string, string>;
  attempts: Attempted[];
  landings: Landing[];
}

/** How it lands: on `origin` too, and signed; and what is entered beside the runs. */
interface LandingOptions {
  push: boolean;
  signer: SignerKey | null;
  /** For rows with personal data, or why there is none. */
  store: PersonalStore | DaybookError | null;
  decided: DecidedRecord[];
  /** As `RefreshedJob.refused`, due or not. */
  uncommitted: ReadonlyMap<string, string>;
}

/** Runs the plan and lands it: in one commit, or a backfill in a commit for each batch. */
async function runAndKeep(world: World, repository: Repository, definitions: Definitions, ledger: LedgerState, plan: RunPlan, selection: Selection, { push, signer, store, decided, uncommitted }: LandingOptions): Promise<RefreshedJob> {
  const job: RefreshedJob = { refused: new Map(), attempts: [], landings: [] };
  const parallel = definitions.instance.limits.parallel ?? world.cores;
  const runner = openRunner({ root: world.root, cache: path.join(world.root, '.daybook'), instance: definitions.instance, sources: definitions.sources, macros: definitions.macros, parallel, elapsed: world.elapsed });
  const backfill = selection.from !== undefined;
  const missed = plan.missed.filter(({ report: id }) => !uncommitted.has(id));
  const policies = policiesOf(definitions, uncommitted);
  try {
    let rest: PlannedRun[] = [];
    for (const one of plan.planned) {
      const file = uncommitted.get(one.report.id);
      if (file === undefined) rest.push(one);
      else if (!job.refused.has(one.report.id) && (await isDue(world.root, one, ledger, runner))) job.refused.set(one.report.id, file);
    }
    sayProblems(world, refusalsOf(repository.head, job.refused));
    const unprepared = await prepareSources(world, definitions, rest);
    do {
      const start = world.elapsed();
      const pace = backfill ? { lanes: 2 * parallel, enough: () => world.elapsed() - start >= LAND_AFTER } : undefined;
      const { attempts: made, taken } = await attemptRuns(world, repository, backfill ? rest.slice(0, BATCH) : rest, ledger, runner, unprepared, pace);
      const attempts = await guardAttempts(made, definitions, store);
      const attributed = job.landings.length === 0 ? await attribute(world, repository, ledger, attempts) : [];
      const landing = await world.stage('keep', () => keep(
        repository,
        {
          instance: definitions.instance.instance, identity: definitions.instance.git, time: world.now(),
          job: jobOf(world, backfill ? 'backfill' : null, repository.head), signer, attempts, since: Math.max(ledger.sequence, ...job.landings.map(({ entry }) => entry?.sequence ?? 0)), missed: job.landings.length === 0 ? missed : [], policies, changeOf: changesBy(definitions), attributed, decided, dropUnchanged: selection.ids.length > 0 || backfill,
        },
        { push, cacheFile: cacheFile(world), personal: store instanceof DaybookError ? null : store },
      ));
      await forgetLocal(world, landing.kept.map(({ report: id }) => id));
      job.attempts.push(...landing.attempts);
      job.landings.push(landing);
      rest = rest.slice(taken);
    } while (rest.length > 0);
  } finally {
    await runner.close();
  }
  return job;
}

/** What each definition says of keeping its results; by what nobody committed, nothing leaves the work tree. */
function policiesOf({ reports }: Definitions, uncommitted: ReadonlyMap<string, string>): Map<string, Policy> {
  return new Map([...reports].map(([id, { approvers, personal, keep: rule = null, retain = null }]) => [id, { approvers, personal: personal.length > 0, keep: uncommitted.has(id) ? null : rule, retain }]));
}

/** What a snapshot changes, by the report's definition of today; null where that cannot be told, which fails no job. */
function changesBy({ reports }: Definitions): NonNullable<KeepRequest['changeOf']> {
  return (base, head) => {
    const definition = reports.get(head.manifest.report);
    try {
      return definition ? changeRecord(base, head, definition) : null;
    } catch (cause) {
      if (cause instanceof DaybookError) return null;
      throw cause;
    }
  };
}

/** What came of the job, for people or as JSON. Returns the exit code: 1 where a report failed, is broken or was refused. */
function sayOutcome(world: World, { refused, attempts, landings }: RefreshedJob, definitions: Definitions, ids: string[], json: boolean): number {
  const failures = attempts.flatMap((attempt) => (attempt.kind === 'failure' ? [attempt] : []));
  const kept = landings.flatMap((landing) => landing.kept);
  const broken = ids.length > 0 ? ids.filter((id) => definitions.broken.has(id)) : [...definitions.broken.keys()];
  const commits = landings.flatMap(({ commit }) => commit ?? []);
  if (json) {
    world.out(JSON.stringify({ kept: kept.map(citation), failed: failures.map(({ report: id, error }) => ({ report: id, code: error.code, message: error.message })), refused: [...refused].map(([id, file]) => ({ report: id, file })), broken, ran: attempts.length, commits }, null, 2));
  } else {
    for (const { report: id, requested, error } of failures) world.err(`${id}@${requested} failed: ${describe(error)}`);
    for (const note of landings.flatMap(({ notes }) => notes)) world.err(note);
    for (const attempt of attempts) if (attempt.kind === 'result') for (const warning of attempt.warnings) world.err(withoutCommands(`${attempt.report}: warning: ${visible(warning)}`));
    for (const name of kept.slice(0, 20)) world.out(`kept ${citation(name)}`);
    if (kept.length > 20) world.out(`… and ${kept.length - 20} more`);
    const left = refused.size > 0 ? [`${refused.size} refused.`] : [];
    const runs = attempts.length === 0 ? (left.length > 0 ? [] : ['Nothing is due.']) : [`${attempts.length} run: ${kept.length} kept, ${failures.length} failed, ${attempts.length - kept.length - failures.length} unchanged.`];
    const committed = commits.length > 0 ? [`Commit ${commits.map((commit) => commit.slice(0, 10)).join(', ')}.`] : attempts.length + refused.size > 0 ? ['Nothing to commit.'] : [];
    world.out([...runs, ...left, ...fates(landings), ...committed].join(' '));
  }
  return failures.length + broken.length + refused.size > 0 ? 1 : 0;
}

function cacheFile(world: World): string {
  return path.join(world.root, '.daybook/cache/ledger.json');
}

/** What became of snapshots besides being kept: `31 retired, 1 approved.` */
function fates(landings: Landing[]): string[] {
  const counts = new Map<string, number>();
  for (const { entry } of landings) for (const [count, what] of entry ? fatesOf(entry) : []) counts.set(what, (counts.get(what) ?? 0) + count);
  const told = [...counts].flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  return told.length > 0 ? [`${told.join(', ')}.`] : [];
}
