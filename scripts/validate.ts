import { describe } from '../src/error.ts';
import { loadDefinitions, problemsOf } from '../src/report/load.ts';
import { selectIds } from './select.ts';
import { sayProblems, type World } from './world.ts';

/** Checks definitions without reading data. Returns the exit code. */
export async function validate(world: World, words: string[], { json }: { json: boolean }): Promise<number> {
  const definitions = loadDefinitions(world.root);
  const ids = selectIds(words, [...definitions.reports.keys(), ...definitions.broken.keys()]);
  const problems = ids.length > 0 ? ids.flatMap((id) => definitions.broken.get(id)?.problems ?? []) : problemsOf(definitions);
  if (json) world.out(JSON.stringify(problems.map((problem) => ({ code: problem.code, ...problem.place, message: problem.message, remedy: problem.remedy, text: describe(problem) })), null, 2));
  else {
    sayProblems(world, problems);
    world.out(`${count(definitions.reports.size, 'report')}, ${count(definitions.sources.size, 'source')}: ${problems.length === 0 ? 'all well.' : `${count(problems.length, 'problem')}.`}`);
  }
  return problems.length > 0 ? 1 : 0;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
