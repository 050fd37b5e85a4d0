import path from 'node:path';
import { compareResults, type ComparedResult } from '../src/analysis/comparison/compare.ts';
import type { Comparison } from '../src/analysis/comparison/comparison.ts';
import { declaredRenames } from '../src/analysis/comparison/renames.ts';
import { DaybookError, visible, visibleJson } from '../src/error.ts';
import { comparisonText, comparisonWords } from '../src/present/comparison/comparison.ts';
import { loadDefinitions } from '../src/report/load.ts';
import type { Report } from '../src/report/report.ts';
import { openComparer } from '../src/run/comparer.ts';
import { readEntries } from '../src/snapshot/checkout.ts';
import type { Entry } from '../src/snapshot/entry.ts';
import { applyEntry, emptyState, publishedVersions, type LedgerState } from '../src/snapshot/ledger-state.ts';
import { citation, type SnapshotName } from '../src/snapshot/manifest.ts';
import { openRepository } from '../src/store/repository.ts';
import { readKept, versionNamed } from './instance/kept.ts';
import { instancePlace, openReplay } from './instance/replay.ts';
import { selectRun } from './instance/select.ts';
import { snapshotOf } from './show.ts';
import type { World } from './world/world.ts';

const EXIT: { [kind in Comparison['kind']]: number } = { equal: 0, different: 1, incomparable: 2 };
/** Limit of each step; a million rows take seconds. */
const SECONDS = 600;
/** What does not fit is put beside, in .daybook/. */
const MEMORY_MB = 800;

/** Compares two kept snapshots, or the last two of a report. Returns the exit code: 0 equal, 1 different, 2 incomparable. */
export async function compare(world: World, first: string, second: string | undefined, { limit, json }: { limit: number; json: boolean }): Promise<number> {
  const entries = readEntries(world.root);
  const ledger = entries.reduce(applyEntry, emptyState());
  const [base, head] = second === undefined ? lastTwo(world.root, first, ledger) : [snapshotOf(world, first, ledger), snapshotOf(world, second, ledger)];
  const report = base.report === head.report ? await definitionOf(world, entries[versionNamed(ledger, head).sequence - 1]!, head.report) : null;
  const opening = openComparer({ cache: path.join(world.root, '.daybook'), threads: world.cores, memoryMb: MEMORY_MB, seconds: SECONDS });
  // What is read meanwhile may be broken.
  opening.catch(() => undefined);
  try {
    const [before, after] = await Promise.all([comparedResult(world, ledger, base), comparedResult(world, ledger, head)]);
    const comparison = await compareResults(before, after, await opening, { key: report?.key ?? [], renames: report ? declaredRenames(report) : {}, limit });
    if (json) world.out(visibleJson(comparison));
    else world.out(visible(comparisonText(comparisonWords(comparison, new Map(report?.metrics.map((metric) => [metric.name, metric]))))));
    return EXIT[comparison.kind];
  } finally {
    await opening.then((engine) => engine.close(), () => undefined);
  }
}

/**
 * As it stands in the work tree; of a report that is gone or broken there, as the job ran it: without its key, every changed row
 * would be one removed and one added. @throws `inputs-unreachable` where neither is here
 */
async function definitionOf(world: World, { job }: Entry, id: string): Promise<Report> {
  const here = loadDefinitions(world.root).reports.get(id);
  if (here) return here;
  const repository = await openRepository(world.root, world.env);
  const replay = openReplay(instancePlace(world, repository, repository.head));
  try {
    const then = (await replay.definitionsAt(job.code, [id])).reports.get(id);
    if (!then) throw new DaybookError('inputs-unreachable', `the definition of ${id}, which says what identifies a row, cannot be read here, nor at commit ${job.code.slice(0, 10)}`, {}, `\`npx daybook validate ${id}\` says what is wrong with it here.`);
    return then;
  } finally {
    await replay.close();
  }
}

async function comparedResult(world: World, ledger: LedgerState, name: SnapshotName): Promise<ComparedResult> {
  const { manifest, csv } = await readKept(world, ledger, name);
  return { label: citation(name), report: name.report, asOf: name.asOf, result: manifest, csv };
}

/** Of those that readers have been shown, in the order of as-ofs and versions. @throws `snapshot-unknown` where there are not two */
function lastTwo(root: string, word: string, ledger: LedgerState): [SnapshotName, SnapshotName] {
  if (word.includes('@')) throw new DaybookError('snapshot-unknown', `${word} is one snapshot; name the other one too`, {}, 'Write `npx daybook compare <report>@<as-of> <report>@<as-of>`, or the report alone for its last two.');
  const { report, state } = selectRun(root, word, ledger);
  const names = publishedVersions(state).map(({ as_of: asOf, version }) => ({ report, asOf, version }));
  const [base, head] = names.slice(-2);
  if (!base || !head) throw new DaybookError('snapshot-unknown', `${report} has ${names.length === 0 ? 'no snapshot' : 'one snapshot, and nothing to compare it with'}`);
  return [base, head];
}
