import { existsSync } from 'node:fs';
import path from 'node:path';
import { DaybookError, describe, visible, visibleJson, withoutCommands } from '../src/error.ts';
import { loadDefinitions, problemsOf, type Definitions } from '../src/report/load.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import { openRunner } from '../src/run/runner.ts';
import { CHECKPOINT_PATH } from '../src/snapshot/entry.ts';
import type { LedgerState } from '../src/snapshot/ledger-state.ts';
import { citation } from '../src/snapshot/manifest.ts';
import { readLedger } from '../src/store/history.ts';
import type { Landing } from '../src/store/keep.ts';
import { fatesOf } from '../src/store/message.ts';
import { repair } from '../src/store/repair.ts';
import { branchHead, openRepository } from '../src/store/repository.ts';
import { openStore, repairStore } from './instance/personal.ts';
import { planRuns, reportsOf, type RunPlan } from './instance/plan.ts';
import { selectIds } from './instance/select.ts';
import { signingKey } from './instance/signing.ts';
import { askApprovals, readDecisions, sayApprovals } from './refresh/approvals.ts';
import type { JobBench } from './refresh/attempt.ts';
import { refuseUncommitted, uncommittedReports } from './refresh/committed.ts';
import { runAndLand, type LandingTerms } from './refresh/land.ts';
import { publish } from './site/publish.ts';
import { sayProblems, type World } from './world/world.ts';

interface RefreshOptions {
  asOf?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  push: boolean;
  build: boolean;
  json: boolean;
}

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
  const isBackfill = options.from !== undefined;
  const terms: LandingTerms = { push: options.push, cacheFile: cacheFile(world), signer, store, uncommitted, decided: decisions.decided, isBackfill, dropUnchanged: ids.length > 0 || isBackfill };
  const job = await runAndKeep({ world, repository, definitions, ledger, parallel: definitions.instance.limits.parallel ?? world.cores }, plan, terms);
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
  refused: ReadonlyMap<string, string>;
  landings: Landing[];
}

/** Runs of a plan what the commit has too, and lands it. */
async function runAndKeep(shared: Omit<JobBench, 'runner'>, plan: RunPlan, terms: LandingTerms): Promise<RefreshedJob> {
  const { world, definitions: { instance, sources, macros }, parallel } = shared;
  const runner = openRunner({ root: world.root, cache: path.join(world.root, '.daybook'), instance, sources, macros, parallel, elapsed: world.elapsed });
  const bench: JobBench = { ...shared, runner };
  try {
    const { allowed, refused } = await refuseUncommitted(bench, plan, terms.uncommitted);
    return { refused, landings: await runAndLand(bench, allowed, terms) };
  } finally {
    await runner.close();
  }
}

/** What came of the job, for people or as JSON. Returns the exit code: 1 where a report failed, is broken or was refused. */
function sayOutcome(world: World, { refused, landings }: RefreshedJob, definitions: Definitions, ids: string[], json: boolean): number {
  const attempts = landings.flatMap((landing) => landing.attempts);
  const failures = attempts.flatMap((attempt) => (attempt.kind === 'failure' ? [attempt] : []));
  const kept = landings.flatMap((landing) => landing.kept);
  const broken = ids.length > 0 ? ids.filter((id) => definitions.broken.has(id)) : [...definitions.broken.keys()];
  const commits = landings.flatMap(({ commit }) => commit ?? []);
  if (json) {
    world.out(visibleJson({ kept: kept.map(citation), failed: failures.map(({ report: id, error }) => ({ report: id, code: error.code, message: error.message })), refused: [...refused].map(([id, file]) => ({ report: id, file })), broken, ran: attempts.length, commits }));
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
