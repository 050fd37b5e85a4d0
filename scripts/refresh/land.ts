import { changeRecord } from '../../src/analysis/restatement/change-record.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { LedgerState } from '../../src/snapshot/ledger-state.ts';
import type { SignerKey } from '../../src/snapshot/note.ts';
import { keep, type Landing } from '../../src/store/keep.ts';
import type { PersonalStore } from '../../src/store/personal.ts';
import type { KeepRequest, Policy } from '../../src/store/request.ts';
import { forgetLocal } from '../instance/local.ts';
import { guardAttempts } from '../instance/personal.ts';
import type { RunPlan } from '../instance/plan.ts';
import { jobOf } from '../world/world.ts';
import { attemptRuns, prepareSources, type JobBench } from './attempt.ts';
import { attribute } from './attribute.ts';

/** How a job's results land, and what is entered beside them. */
export interface LandingTerms extends Required<Pick<KeepRequest, 'decided' | 'dropUnchanged'>> {
  /** On `origin` too. */
  push: boolean;
  cacheFile: string;
  signer: SignerKey | null;
  /** For rows with personal data, or why there is none. */
  store: PersonalStore | DaybookError | null;
  /** Reports whose definition the commit has otherwise, due or not, each with the file. */
  uncommitted: ReadonlyMap<string, string>;
  /** Lands in batches. */
  isBackfill: boolean;
}

/** As-ofs of a backfill that land in one commit: a stopped one goes on where it stopped. */
const BATCH = 400;
/** A slow backfill lands more often: no more than this is done again, in milliseconds. */
const LAND_AFTER = 60_000;

/** Makes the runs of a plan and lands them: in one commit, or a backfill in a commit for each batch. */
export async function runAndLand(bench: JobBench, { planned, missed }: RunPlan, terms: LandingTerms): Promise<Landing[]> {
  const { world, repository, definitions, ledger, parallel } = bench;
  const { isBackfill, store, push, cacheFile } = terms;
  const unprepared = await prepareSources(bench, planned);
  const landings: Landing[] = [];
  let rest = planned;
  do {
    const start = world.elapsed();
    const pace = isBackfill ? { lanes: 2 * parallel, enough: () => world.elapsed() - start >= LAND_AFTER } : undefined;
    const { attempts: made, taken } = await attemptRuns(bench, isBackfill ? rest.slice(0, BATCH) : rest, unprepared, pace);
    const attempts = await guardAttempts(made, definitions, store);
    // Both are told against the ledger as the job found it, which is the one that the first landing stands on, and no other.
    const before = landings.length === 0 ? { missed, attributed: await attribute(bench, attempts) } : { missed: [], attributed: [] };
    const request = requestOf(bench, terms, { ...before, attempts, since: sequenceAfter(ledger, landings) });
    const landing = await world.stage('keep', () => keep(repository, request, { push, cacheFile, personal: store instanceof DaybookError ? null : store }));
    await forgetLocal(world, landing.kept.map(({ report: id }) => id));
    landings.push(landing);
    rest = rest.slice(taken);
  } while (rest.length > 0);
  return landings;
}

/** What a landing asks to keep. @param own what is this landing's, and no other's of the job */
function requestOf({ world, repository, definitions }: JobBench, { isBackfill, signer, decided, uncommitted, dropUnchanged }: LandingTerms, own: Pick<KeepRequest, 'attempts' | 'since' | 'missed' | 'attributed'>): KeepRequest {
  const { instance, git: identity } = definitions.instance;
  const job = jobOf(world, isBackfill ? 'backfill' : null, repository.head);
  return { instance, identity, signer, job, time: world.now(), ...own, decided, policies: policiesOf(definitions, uncommitted), changeOf: changesBy(definitions), dropUnchanged };
}

function sequenceAfter(ledger: LedgerState, landings: readonly Landing[]): number {
  return Math.max(ledger.sequence, ...landings.map(({ entry }) => entry?.sequence ?? 0));
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
