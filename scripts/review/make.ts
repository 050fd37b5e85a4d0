import type { GateResult } from '../../src/analysis/gate/gates.ts';
import { isStillBroken, type UnjudgedReport } from '../../src/analysis/gate/report.ts';
import { impactOf, type Impact } from '../../src/analysis/review/impact.ts';
import { REVIEW_FORMAT, type Review, type ReviewProblem } from '../../src/analysis/review/review.ts';
import { truncate, type DaybookError } from '../../src/error.ts';
import { isReportId, problemsOf, type Definitions } from '../../src/report/load.ts';
import { ENGINE } from '../../src/run/engine.ts';
import { count, plural } from '../../src/snapshot/count.ts';
import type { Range } from '../../src/store/changed-files.ts';
import type { Repository } from '../../src/store/repository.ts';
import { jobOf, Progress, type World } from '../world/world.ts';
import { openBench, type Bench } from './bench.ts';
import type { ReviewedChange } from './change.ts';
import { concludeReview, type CutReports, type UnjudgedReview } from './conclude.ts';
import { dataFilesOf } from './data.ts';
import { engineGate } from './engine.ts';
import { withLines } from './lines.ts';
import { reviewReport, type Reviewed, type Runs } from './report.ts';
import { askedOf, problemOf, runOnce, runTwice, unrun } from './sides.ts';
import { timeWasUp, type ReviewTime } from './time.ts';
import { touchedBy } from './touched.ts';

export interface MadeReview {
  review: Review;
  /** Of the affected reports, by id. */
  reviewed: Map<string, Reviewed>;
}

/** Reports that are run together, before they are compared one by one: what is run and not compared is lost once the time is up. */
const AT_ONCE = 16;

/** Characters. */
const MOST_PARTED = 100;

interface ReviewScope {
  /** Ids; null for all that the change affects. */
  only: readonly string[] | null;
  /** As-ofs of the past a report; undefined for what the rules say. */
  backtest: number | undefined;
  time: ReviewTime;
}

/** Runs what a change affects on both sides, on the same files, and says what differs. Nothing is kept. */
export async function makeReview(world: World, repository: Repository, change: ReviewedChange, { only, backtest, time }: ReviewScope): Promise<MadeReview> {
  const { base, head, range } = change;
  const data = await dataFilesOf(world, change);
  // What no report can be called is told as a problem of its file.
  const affected = impactOf(base.definitions, head.definitions, { files: change.files.map((file) => file.path), data, moved: change.moved }).filter(({ report }) => isReportId(report));
  const impacts = await withLines(affected.filter(({ report }) => only === null || only.includes(report)), change);
  const bench = await openBench(world, repository, change, { runs: impacts.length > 0, touchesData: data.length > 0, backtest: backtest ?? change.rules.backtest, time });
  try {
    const reviewed = await reviewAll(world, bench, impacts, time);
    const unjudged = unjudgedReview(world, change, affected, [...reviewed.values()]);
    const touched = await touchedBy(repository, change, data);
    const others = [partedGate(range), await engineGate(repository, range), unaskedGate(affected.length - impacts.length)].filter((gate) => gate !== null);
    return { review: concludeReview(unjudged, change, { touched, cut: cutOf(reviewed, impacts.filter(isRun).length, time), others }), reviewed };
  } finally {
    await bench.close();
  }
}

/** Only words have changed of the others. */
function isRun({ change }: Impact): boolean {
  return change !== 'described';
}

/** By id, in the order of the impacts. */
async function reviewAll(world: World, bench: Bench, impacts: readonly Impact[], time: ReviewTime): Promise<Map<string, Reviewed>> {
  const progress = new Progress(world, 'run', impacts.filter(isRun).length);
  const reviewed = new Map<string, Reviewed>();
  for (let from = 0; from < impacts.length; from += AT_ONCE) {
    const together = impacts.slice(from, from + AT_ONCE);
    const runs = await world.stage('query', () => Promise.all(together.map(async (impact) => {
      if (!isRun(impact)) return null;
      const asked = askedOf(impact.report, bench.base.definitions, bench.head.definitions, world.now());
      if (time.isUp()) return { base: unrun(bench.base, impact.report, asked.base), head: unrun(bench.head, impact.report, asked.head), drift: null };
      const sides = await runSides(bench, impact, asked);
      progress.step();
      return sides;
    })));
    await world.stage('compare', async () => {
      for (const [index, impact] of together.entries()) reviewed.set(impact.report, await reviewReport(bench, impact, runs[index]!));
    });
  }
  progress.end();
  return reviewed;
}

async function runSides({ base, head, drift }: Bench, { report, causes }: Impact, asked: ReturnType<typeof askedOf>): Promise<Runs> {
  const isDrifting = causes.some(({ kind }) => kind === 'data');
  return { base: await runTwice(base, report, asked.base), head: await runTwice(head, report, asked.head), drift: drift && isDrifting ? await runOnce(drift, report, asked.base) : null };
}

/** The reports that the time was up for, and the words for it. */
function cutOf(reviewed: ReadonlyMap<string, Reviewed>, asked: number, time: ReviewTime): CutReports {
  const reports = new Set([...reviewed].filter(([, { isCut }]) => isCut).map(([id]) => id));
  const unseen = new Map([...reviewed].flatMap(([id, { unseen: reason }]) => (reason === null ? [] : [[id, reason] as const])));
  return { reports, unseen, reason: `${timeWasUp(time)}; ${count(asked - reports.size)} of ${plural(asked, 'report')} ${asked - reports.size === 1 ? 'was' : 'were'} compared` };
}

/** A merge takes back what one of the commits has and the head has as another of them: no comparison with one commit shows that. */
function partedGate({ base, alsoParted }: Range): GateResult | null {
  if (alsoParted.length === 0) return null;
  const parted = [base, ...alsoParted].map((commit) => commit.slice(0, 10));
  return {
    gate: 'status', level: 'block', status: 'not-run', subject: null, waiver: null,
    expected: 'the change has parted from its branch at one commit',
    actual: `it parted at ${truncate(parted.join(' and '), MOST_PARTED)}: merge that branch into it, or merging it could undo what is not shown`,
  };
}

/** Whoever asks for some reports alone is told that there are others. */
function unaskedGate(count: number): GateResult | null {
  if (count === 0) return null;
  return { gate: 'status', level: 'block', status: 'not-run', subject: null, waiver: null, expected: 'every affected report is run', actual: `${count} affected ${count === 1 ? 'report was' : 'reports were'} not asked for` };
}

/** What the review says before it is judged. @param affected all of them, also those that were not asked for */
function unjudgedReview(world: World, { range, base, head }: ReviewedChange, affected: readonly Impact[], reviewed: readonly Reviewed[]): UnjudgedReview {
  const reports = reviewed.map(({ report }) => report);
  const { url: job } = jobOf(world, null, range.head ?? '');
  return {
    format: REVIEW_FORMAT,
    base: { commit: range.base, label: range.labels.base },
    tip: range.tip,
    head: { commit: range.head, label: range.labels.head },
    time: `${world.now().toISOString().slice(0, 19)}Z`,
    engine: ENGINE,
    ...(job !== null && { job }),
    unaffected: head.definitions.reports.size - affected.filter(({ report }) => head.definitions.reports.has(report)).length,
    problems: problemsIn(base.definitions, head.definitions, reports),
    reports,
    omitted: reviewed.flatMap(({ omitted }) => omitted),
  };
}

/** What is wrong that was not wrong before, by file and line: of definitions, then of what ran. */
function problemsIn(base: Definitions, head: Definitions, reports: readonly UnjudgedReport[]): ReviewProblem[] {
  const keyOf = ({ code, message, place }: DaybookError): string => JSON.stringify([code, message, place.file]);
  const before = new Set(problemsOf(base).map(keyOf));
  const fresh = [
    ...head.problems.map((problem) => [problem, null] as const),
    ...[...head.broken].flatMap(([id, { problems }]) => problems.map((problem) => [problem, id] as const)),
  ].filter(([problem]) => !before.has(keyOf(problem)));
  const failed = reports.flatMap((report) => (report.head?.error && !isStillBroken(report) ? [report.head.error] : []));
  const all = [...fresh.map(([problem, id]) => problemOf(problem, id)), ...failed];
  return [...new Map(all.map((problem) => [JSON.stringify(problem), problem])).values()];
}
