import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { ImportPlan, Resolve } from '../../src/review/onboard/import-plan.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';
import type { Asker } from '../new/ask.ts';
import { findData, type FoundData, type GivenData, type OpenQuery } from '../new/data.ts';
import { withRunner } from '../new/examine.ts';
import { givenFile } from '../new/source.ts';
import { tablesRead } from '../new/tables.ts';
import type { World } from '../world/world.ts';
import type { Folder } from './read.ts';
import { sourcesOf, type Sources } from './sources.ts';

interface Wanted {
  folder: Folder;
  definitions: Definitions;
  isProject: boolean;
  given: readonly GivenData[];
  /** Null where nobody is there to choose. */
  ask: Asker | null;
  planWith: (resolve: Resolve) => ImportPlan;
}

/**
 * Where the tables of all queries are found here: files that a person names, or that have a table's name, and for the rest files with whose
 * columns all the queries that read them work.
 * @throws `wrong-use`, `file-missing`, `file-outside` for data that a person names
 */
export async function importedSources(world: World, { folder, definitions, isProject, given, ask, planWith }: Wanted): Promise<Sources> {
  const files = await Promise.all(given.map(async (one) => ({ ...one, file: (await givenFile(world.root, one.file, definitions)).file })));
  const known = new Map<string, FoundData>(files.flatMap(({ table, file }) => (table === null ? [] : [[table, { file, reason: null }] as const])));
  const first = await sourcesOf(folder, world.root, definitions, isProject, known);
  // Before its data is known, a query is tried under the name that its source would have.
  const reports = planWith(first.resolveOpen).reports;
  const unread = [...known.keys()].find((table) => !first.asked.has(table));
  if (unread !== undefined) throw new DaybookError('wrong-use', `no query reads the table "${oneLineOf(unread)}" that --data names`, {}, 'Correct the name before the sign, or leave it out.');
  if (first.open.size === 0) return first;
  const tried = reports.filter(({ sources, findings }) => sources.some((name) => first.open.has(name)) && findings.every(({ kind }) => kind !== 'block'));
  const read = await tablesRead(world.root, tried.map(({ sql }) => sql));
  const queries = tried.flatMap(({ name, sql, sources, parameters }, index): OpenQuery[] => {
    const tables = read[index];
    if (!tables) return [];
    const open = sources.filter((source) => first.open.has(source));
    return [{
      query: { file: `queries/${name}.sql`, sql }, parameters, sources: sources.filter((source) => definitions.sources.has(source)), bare: tables.bare,
      tables: [...open.map((source) => ({ name: source, called: first.open.get(source)!.called })), ...sources.filter((source) => first.added.has(source)).map((source) => ({ name: source, called: { schema: '', name: source } }))]
        .map((table) => ({ ...table, columns: tables.columns.get(table.name) ?? new Set<string>() })),
    }];
  });
  const settled = [...first.added].map(([name, { files: [file = ''] }]): GivenData => ({ table: name, file }));
  const found = await withRunner(world, definitions, (runner) => findData({ world, definitions, runner, given: [...settled, ...files.filter(({ table }) => table === null)], ask }, queries));
  for (const [name, { key }] of first.open) {
    const one = found.get(name);
    if (one !== undefined) known.set(key, one);
  }
  return sourcesOf(folder, world.root, definitions, isProject, known);
}
