import { setImmediate } from 'node:timers/promises';
import { DaybookError, describe } from '../../src/error.ts';
import { loadDefinitions, loadInstance, problemsOf, readDefinitions, reportIds, type Definitions } from '../../src/report/load.ts';
import type { Report } from '../../src/report/report.ts';
import type { Parser } from '../../src/run/parser.ts';
import { selectIds } from '../instance/select.ts';

interface Validated {
  definitions: Definitions;
  problems: DaybookError[];
}

/** @param words reports; none: all that there is @throws `no-instance`, `report-unknown`, `report-ambiguous`, or the first problem of daybook.yml */
export async function check(parser: Parser, root: string, words: readonly string[]): Promise<Validated> {
  loadInstance(root);
  return words.length > 0 ? checkNamed(parser, root, selectIds(words, reportIds(root))) : checkAll(parser, root);
}

async function checkNamed(parser: Parser, root: string, ids: readonly string[]): Promise<Validated> {
  const definitions = loadDefinitions(root, ids);
  return { definitions, problems: await problemsIn(parser, definitions, ids) };
}

/** Queries that have been read are checked while others are read: each of the two takes half of the time. */
async function checkAll(parser: Parser, root: string): Promise<Validated> {
  const asked: Promise<DaybookError[]>[] = [];
  const parts = readDefinitions(root);
  let part = parts.next();
  while (!part.done) {
    const problems = sqlProblems(parser, part.value.definitions, part.value.reports, true);
    // Nobody waits for it yet, and a bug is told by who does.
    problems.catch(() => undefined);
    asked.push(problems);
    // A question leaves, and an answer comes, between two turns alone.
    await setImmediate();
    part = parts.next();
  }
  const definitions = part.value;
  return { definitions, problems: [...problemsOf(definitions), ...eachOnce((await Promise.all(asked)).flat())] };
}

/** What is wrong with reports, their SQL included. @param ids none: all reports, sources and macros */
export async function problemsIn(parser: Parser, definitions: Definitions, ids: readonly string[]): Promise<DaybookError[]> {
  const all = [...definitions.reports.values()];
  const reports = ids.length > 0 ? all.filter(({ id }) => ids.includes(id)) : all;
  return [...problemsOf(definitions, ids), ...eachOnce(await sqlProblems(parser, definitions, reports, ids.length === 0))];
}

/** @param withMacros also of macros that no report uses */
async function sqlProblems(parser: Parser, definitions: Definitions, reports: readonly Report[], withMacros: boolean): Promise<DaybookError[]> {
  try {
    const found = await parser.admit(reports, definitions);
    return [...(withMacros ? found.macros : []), ...found.reports.filter((problem) => problem !== null)];
  } catch (cause) {
    if (cause instanceof DaybookError) return [cause];
    throw cause;
  }
}

/** A macro that is wrong is wrong in every report that uses it. */
function eachOnce(problems: readonly DaybookError[]): DaybookError[] {
  return [...new Map(problems.map((problem) => [describe(problem), problem])).values()];
}
