import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DaybookError, describe } from '../src/error.ts';
import { loadDefinitions, loadInstance, problemsOf, type Definitions } from '../src/report/load.ts';
import { openParser, type Parser } from '../src/run/parser.ts';
import { selectIds } from './instance/select.ts';
import { sayProblems, type World } from './world/world.ts';

/** Checks definitions and their SQL without reading data or writing anything. Returns the exit code. */
export async function validate(world: World, words: string[], { json }: { json: boolean }): Promise<number> {
  loadInstance(world.root);
  return withParser(async (parser) => {
    const definitions = loadDefinitions(world.root);
    const ids = selectIds(words, [...definitions.reports.keys(), ...definitions.broken.keys()]);
    const problems = await problemsIn(parser, definitions, ids);
    if (json) world.out(JSON.stringify(problems.map((problem) => ({ code: problem.code, ...problem.place, message: problem.message, remedy: problem.remedy, text: describe(problem) })), null, 2));
    else {
      sayProblems(world, problems);
      world.out(`${count(definitions.reports.size, 'report')}, ${count(definitions.sources.size, 'source')}: ${problems.length === 0 ? 'all well.' : `${count(problems.length, 'problem')}.`}`);
    }
    return problems.length > 0 ? 1 : 0;
  });
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
  return [...problemsOf(definitions, ids), ...(await sqlProblems(parser, definitions, ids))];
}

/** Each once: a macro that is wrong is wrong in every report that uses it. @param ids none: all reports, and macros that none uses */
async function sqlProblems(parser: Parser, definitions: Definitions, ids: readonly string[]): Promise<DaybookError[]> {
  const all = [...definitions.reports.values()];
  const reports = ids.length > 0 ? all.filter(({ id }) => ids.includes(id)) : all;
  if (reports.length === 0 && definitions.macros.length === 0) return [];
  try {
    const found = await parser.admit(reports, definitions);
    const problems = [...(ids.length > 0 ? [] : found.macros), ...found.reports.filter((problem) => problem !== null)];
    return [...new Map(problems.map((problem) => [describe(problem), problem])).values()];
  } catch (cause) {
    if (cause instanceof DaybookError) return [cause];
    throw cause;
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
