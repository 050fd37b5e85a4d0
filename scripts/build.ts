import { loadDefinitions, problemsOf } from '../src/report/load.ts';
import { publish } from './site/publish.ts';
import { sayProblems, type World } from './world/world.ts';

/** Builds the site from what is kept. Returns the exit code. */
export async function build(world: World, { full }: { full: boolean }): Promise<number> {
  const definitions = loadDefinitions(world.root);
  const problems = problemsOf(definitions);
  sayProblems(world, problems);
  await publish(world, definitions, full);
  return problems.length > 0 ? 1 : 0;
}
