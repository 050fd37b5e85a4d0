import { compareKept } from '../../src/analysis/comparison/kept.ts';
import { compareMetrics } from '../../src/analysis/comparison/metrics.ts';
import { declaredRenames } from '../../src/analysis/comparison/renames.ts';
import { DaybookError, visible } from '../../src/error.ts';
import { comparisonText, comparisonWords, metricWords } from '../../src/present/comparison/comparison.ts';
import type { Definitions } from '../../src/report/load.ts';
import { approvalText, type PullText } from '../../src/review/approval-text.ts';
import { askForApproval, type AskResult } from '../../src/review/ask.ts';
import { findDecisions, type Decisions, type DecisionContext } from '../../src/review/decide.ts';
import { pendingVersions } from '../../src/snapshot/approval.ts';
import { isSalted } from '../../src/snapshot/canonical.ts';
import { newestPublished, type LedgerState, type Version } from '../../src/snapshot/ledger-state.ts';
import { nameOf } from '../../src/snapshot/manifest.ts';
import { readLedger } from '../../src/store/history.ts';
import type { Landing } from '../../src/store/keep.ts';
import { branchHead, type Repository } from '../../src/store/repository.ts';
import { readKept, readKeptManifests } from '../instance/kept.ts';
import { hostOf } from '../world/host.ts';
import { sayProblems, type World } from '../world/world.ts';

/** Rows that are compared at most: a pull request shows a few of them. */
const MOST_ROWS = 200_000;
const MOST_SHOWN = 20;

/** What people have decided of held snapshots since the last job. */
export async function readDecisions(world: World, repository: Repository, { instance }: Definitions, ledger: LedgerState): Promise<Decisions> {
  if (pendingVersions(ledger).length === 0) return { decided: [], notes: [], problems: [] };
  return findDecisions({ ...(await placeOf(world, repository, ledger, repository.head)), identity: instance.git });
}

/** Asks people for the approval of what is held: by pull requests, by branches alone, or (nothing is pushed) in words. */
export async function askApprovals(world: World, repository: Repository, { instance, reports }: Definitions, landings: readonly Landing[], { push, cacheFile }: { push: boolean; cacheFile: string }): Promise<AskResult> {
  const commit = landings.findLast((landing) => landing.commit !== null)?.commit ?? (await branchHead(repository)).commit;
  const ledger = await readLedger(repository, commit, cacheFile);
  const pending = pendingVersions(ledger).length;
  if (pending === 0 && !landings.some(({ entry }) => entry?.decided)) return { notes: [], problems: [] };
  if (!push) return { notes: pending === 0 ? [] : [`${pending} held until approved: \`npx daybook approve\` lists them.`], problems: [] };
  try {
    const place = { ...(await placeOf(world, repository, ledger, commit)), identity: instance.git };
    return await askForApproval(place, world.now(), (held) => textOf(world, ledger, reports, held));
  } catch (cause) {
    // The snapshots have landed; the next job asks.
    if (!(cause instanceof DaybookError)) throw cause;
    return { notes: [], problems: [cause] };
  }
}

/** Tells what came of it, and passes it on. */
export function sayApprovals<T extends AskResult>(world: World, told: T): T {
  for (const note of told.notes) world.err(visible(note));
  sayProblems(world, told.problems);
  return told;
}

async function placeOf(world: World, repository: Repository, state: LedgerState, commit: string): Promise<Omit<DecisionContext, 'identity'>> {
  const { branch } = await branchHead(repository);
  return { repository, branch: branch.replace('refs/heads/', ''), commit, state, host: await hostOf(world, repository) };
}

async function textOf(world: World, ledger: LedgerState, reports: Definitions['reports'], held: Version): Promise<PullText> {
  const shown = newestPublished(ledger.reports.get(held.report)!, held.as_of) ?? null;
  const report = reports.get(held.report);
  const names = new Map(report?.metrics.map((metric) => [metric.name, metric]));
  const [after, before] = await readKeptManifests(world, shown ? [held, shown] : [held]);
  const metrics = () => compareMetrics(before?.metrics ?? [], after!.metrics).map((metric) => metricWords(metric, names));
  // What a host is told stays there: no rows with personal data, and none that were erased.
  const closed = [held, ...(shown ? [shown] : [])].some((version) => isSalted(version.rows) || version.erased) || (report?.personal.length ?? 0) > 0;
  const large = after!.rows.count + (before?.rows.count ?? 0) > MOST_ROWS;
  const title = report?.title ?? held.report;
  if (!shown || closed || large) {
    const rows = `rows: ${before ? `${before.rows.count} → ` : ''}${after!.rows.count}${closed ? ' (they hold personal data and are not shown here)' : ''}`;
    return approvalText({ held, title, shown, comparison: [rows, ...metrics()] });
  }
  const [base, head] = [await readKept(world, ledger, nameOf(shown)), await readKept(world, ledger, nameOf(held))];
  const comparison = compareKept(base, head, report?.key ?? [], MOST_SHOWN, report && declaredRenames(report));
  return approvalText({ held, title, shown, comparison: comparisonText(comparisonWords(comparison, names)).split('\n') });
}
