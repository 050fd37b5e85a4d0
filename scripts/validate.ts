import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DaybookError, describe } from '../src/error.ts';
import { loadDefinitions, loadInstance, problemsOf, readDefinitions, reportIds, type Definitions } from '../src/report/load.ts';
import type { Report } from '../src/report/report.ts';
import { openParser, type Parser } from '../src/run/parser.ts';
import { selectIds } from './instance/select.ts';
import { sayProblems, type World } from './world/world.ts';

/** Checks definitions and their SQL without reading data or writing anything. Returns the exit code. */
export async function validate(world: World, words: string[], { json }: { json: boolean }): Promise<number> {
  loadInstance(world.root);
  const ids = words.length > 0 ? selectIds(words, reportIds(world.root)) : [];
  const { definitions, problems } = await withParser((parser) => (ids.length > 0 ? checkNamed(parser, world.root, ids) : checkAll(parser, world.root)));
  if (json) world.out(JSON.stringify(problems.map((problem) => ({ code: problem.code, ...problem.place, message: problem.message, remedy: problem.remedy, text: describe(problem) })), null, 2));
  else {
    sayProblems(world, problems);
    world.out(`${count(definitions.reports.size + definitions.broken.size, 'report')}, ${count(definitions.sources.size, 'source')}: ${problems.length === 0 ? 'all well.' : `${count(problems.length, 'problem')}.`}`);
  }
  return problems.length > 0 ? 1 : 0;
}

interface Validated {
  definitions: Definitions;
  problems: DaybookError[];
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

/** A parser in a folder of its own, while it is used. Its process starts while the caller reads what to ask. */
export async function withParser<T>(use: (parser: Parser) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-validate-'));
  const parser = openParser({ folder });
  try {
    return await use(parser);
  } finally {
    parser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What is wrong with reports, their SQL included. @param ids none: all reports, sources and macros */
export async function problemsIn(parser: Parser, definitions: Definitions, ids: readonly string[]): Promise<DaybookError[]> {
  const all = [...definitions.reports.values()];
  const reports = ids.length > 0 ? all.filter(({ id }) => ids.includes(id)) : all;
  return [...problemsOf(definitions, ids), ...eachOnce(await sqlProblems(parser, definitions, reports, ids.length === 0))];
}

/** @param withMacros also of macros that no report uses */
async function sqlProblems(parser: Parser, definitions: Definitions, reports: readonly Report[], withMacros: boolean): Promise<DaybookError[]> {
  if (reports.length === 0 && definitions.macros.length === 0) return [];
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

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
