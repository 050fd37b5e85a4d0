import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Report } from '../../src/report/report.ts';
import { committedFiles, unlikeCommit } from '../../src/store/committed.ts';
import type { Repository } from '../../src/store/repository.ts';
import type { RunPlan } from '../instance/plan.ts';
import { sayProblems } from '../world/world.ts';
import { isDue, type JobBench } from './attempt.ts';

const INSTANCE = 'daybook.yml';
const MACRO = /^queries\/macros\/.*\.sql$/;
const MOST_NAMED = 5;

/**
 * Reports whose definition the commit has otherwise, by id, each with the first file that differs: a snapshot that is
 * made of one names a commit that did not make it. All macros count, as they do for the inputs of a run.
 */
export async function uncommittedReports(repository: Repository, { macros, sources }: Definitions, reports: readonly Report[]): Promise<Map<string, string>> {
  if (reports.length === 0) return new Map();
  const committed = await committedFiles(repository, repository.head, [INSTANCE, 'reports', 'queries']);
  // A macro that was taken away makes other queries too.
  const shared = [INSTANCE, ...macros.map(({ file }) => file), ...[...committed.keys()].filter((file) => MACRO.test(file))];
  const filesOf = ({ file, query, sources: names }: Report): string[] => [...shared, ...names.map((name) => sources.get(name)!.file), file, query.file];
  const unlike = await unlikeCommit(repository, committed, reports.flatMap(filesOf));
  return new Map(reports.flatMap((report) => {
    const file = unlike.size === 0 ? undefined : filesOf(report).find((one) => unlike.has(one));
    return file === undefined ? [] : [[report.id, file] as const];
  }));
}

/** A plan without the reports whose definition is uncommitted; says which of them would have been run. @param uncommitted as `uncommittedReports` has them */
export async function refuseUncommitted(bench: JobBench, { planned, missed }: RunPlan, uncommitted: ReadonlyMap<string, string>): Promise<{ allowed: RunPlan; refused: Map<string, string> }> {
  const refused = new Map<string, string>();
  for (const one of planned) {
    const file = uncommitted.get(one.report.id);
    if (file !== undefined && !refused.has(one.report.id) && (await isDue(bench, one))) refused.set(one.report.id, file);
  }
  sayProblems(bench.world, refusalsOf(bench.repository.head, refused));
  const allowed = { planned: planned.filter(({ report }) => !uncommitted.has(report.id)), missed: missed.filter(({ report }) => !uncommitted.has(report)) };
  return { allowed, refused };
}

/** One problem a file, which names the reports that were not run for it. */
function refusalsOf(commit: string, refused: ReadonlyMap<string, string>): DaybookError[] {
  return [...Map.groupBy(refused, ([, file]) => file)].map(([file, reports]) => {
    const ids = reports.map(([id]) => id);
    const named = ids.length > MOST_NAMED + 1 ? `${ids.slice(0, MOST_NAMED).join(', ')} and ${ids.length - MOST_NAMED} more` : ids.join(', ');
    const propose = file === INSTANCE ? '' : ', or `npx daybook propose`';
    return new DaybookError('definition-uncommitted', `it is not as commit ${commit.slice(0, 10)} has it; not run for that: ${named}`, { file }, `Commit it: \`git add\` and \`git commit\`${propose}. To try it out before: \`npx daybook run ${ids[0]}\`.`);
  });
}
