import { describe, visibleJson } from '../src/error.ts';
import { withParser } from './validate/parser.ts';
import { sayProblems, type World } from './world/world.ts';

/** Checks definitions and their SQL without reading data or writing anything. Returns the exit code. */
export async function validate(world: World, words: string[], { json }: { json: boolean }): Promise<number> {
  // What reads definitions is read in while the parser starts: each takes a fifth of a second.
  const { definitions, problems } = await withParser(async (parser) => (await import('./validate/check.ts')).check(parser, world.root, words));
  if (json) world.out(visibleJson(problems.map((problem) => ({ code: problem.code, ...problem.place, message: problem.message, remedy: problem.remedy, text: describe(problem) }))));
  else {
    sayProblems(world, problems);
    world.out(`${count(definitions.reports.size + definitions.broken.size, 'report')}, ${count(definitions.sources.size, 'source')}: ${problems.length === 0 ? 'all well.' : `${count(problems.length, 'problem')}.`}`);
  }
  return problems.length > 0 ? 1 : 0;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
