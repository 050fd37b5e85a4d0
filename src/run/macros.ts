import { LIST, listValue, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { DaybookError, type ErrorLocation } from '../error.ts';
import { macroStatements } from '../report/macro-name.ts';
import type { MacroFile } from '../report/report.ts';
import type { Statement } from '../report/tokens.ts';
import { engineError } from './engine-error.ts';
import type { Functions } from './functions.ts';
import { checkTree, readTrees, refuseWords, type Surroundings } from './gate.ts';

export type Macros = Pick<Surroundings, 'tableMacros' | 'brokenMacros'>;

interface Definition extends Statement {
  /** In lower case. */
  name: string;
  place: ErrorLocation;
}

/**
 * Creates the macros of queries/macros/, in a sandbox that is closed already: creating one makes the engine
 * open what it reads. One that is wrong stops the queries that use it, and no others.
 */
export async function createMacros(connection: DuckDBConnection, files: readonly MacroFile[], functions: Functions, sources: readonly string[]): Promise<Macros> {
  const tableMacros = new Set<string>();
  const seen = new Set<string>();
  const brokenMacros = new Map<string, DaybookError>();
  const surroundings: Surroundings = { functions, sources, tableMacros, brokenMacros, parameters: null };
  let waiting = files.flatMap((file) => definitionsOf(file, brokenMacros));

  /** All of them, or the two halves of them for themselves. @returns those that failed, with the reason in `brokenMacros` */
  const createEach = async (definitions: readonly Definition[]): Promise<Definition[]> => {
    try {
      for (const name of await create(connection, definitions, seen, surroundings)) tableMacros.add(name);
      for (const { name } of definitions) seen.add(name);
      return [];
    } catch (cause) {
      const [first] = definitions;
      if (definitions.length > 1) {
        const half = Math.ceil(definitions.length / 2);
        return [...(await createEach(definitions.slice(0, half))), ...(await createEach(definitions.slice(half)))];
      }
      brokenMacros.set(first!.name, macroError(cause, first!));
      return [first!];
    }
  };
  // A macro may use one that stands later: what failed is tried again as long as others succeed.
  for (let before = Infinity; waiting.length > 0 && waiting.length < before; ) {
    before = waiting.length;
    for (const { name } of waiting) brokenMacros.delete(name);
    waiting = await createEach(waiting);
  }
  return { tableMacros, brokenMacros };
}

/** A statement that makes no macro breaks the macros of its file. */
function definitionsOf({ file, sql }: MacroFile, broken: Map<string, DaybookError>): Definition[] {
  const definitions: Definition[] = [];
  let stranger: DaybookError | null = null;
  for (const { name, after: _, ...statement } of macroStatements(sql)) {
    const place = { file, line: sql.slice(0, statement.at).split('\n').length };
    if (name === null) stranger ??= new DaybookError('query-refused', 'a statement that is no CREATE MACRO', place, 'Files in queries/macros/ hold CREATE MACRO statements alone.');
    else definitions.push({ ...statement, name, place });
  }
  if (stranger === null) return definitions;
  for (const { name } of definitions) broken.set(name, stranger);
  return [];
}

/**
 * All of them or none: what was not looked at to its end is taken back, whatever the engine calls it. Together, since the
 * engine lists its functions in 10 ms, however many are asked for.
 * @param seen names of the macros that there are
 * @returns names of those for FROM
 */
async function create(connection: DuckDBConnection, definitions: readonly Definition[], seen: ReadonlySet<string>, surroundings: Surroundings): Promise<Set<string>> {
  await connection.run('BEGIN');
  try {
    for (const definition of definitions) await createOne(connection, definition, surroundings);
    const tables = await checkBodies(connection, definitions, seen, surroundings);
    await connection.run('COMMIT');
    return tables;
  } catch (cause) {
    await connection.run('ROLLBACK');
    throw cause;
  }
}

async function createOne(connection: DuckDBConnection, { name, sql, tokens, place }: Definition, surroundings: Surroundings): Promise<void> {
  if (surroundings.functions.known.has(name)) throw new DaybookError('query-refused', 'the engine has a function of this name', place, 'Give the macro another name.');
  // Defaults of a macro's parameters are in no tree that the engine shows, so words without a call count too.
  refuseWords(tokens, surroundings, true);
  const { count } = await connection.extractStatements(sql);
  if (count !== 1) throw new DaybookError('query-refused', 'more than one statement', place);
  await connection.run(sql);
}

/** What the engine has made of the definitions, one by one as it shows it. @returns names of the macros for FROM */
async function checkBodies(connection: DuckDBConnection, definitions: readonly Definition[], seen: ReadonlySet<string>, surroundings: Surroundings): Promise<Set<string>> {
  const named = new Map(definitions.map((definition) => [definition.name, definition]));
  const known = listValue([...seen].filter((other) => !named.has(other)));
  const made = await connection.runAndReadAll('SELECT lower(function_name), function_type, macro_definition FROM duckdb_functions() WHERE NOT internal AND NOT list_contains($known, lower(function_name)) ORDER BY function_oid', { known }, { known: LIST(VARCHAR) });
  const bodies = made.getRows() as [string, string, string][];
  // Nobody has seen the body of one that goes by another name, be it that of another one, nor one that a namesake has replaced.
  const [first] = definitions;
  const given = [...new Set(bodies.map(([name]) => name))];
  if (given.length !== definitions.length || given.some((name, index) => name !== definitions[index]!.name)) {
    throw new DaybookError('query-refused', `this makes no macro of the name "${first!.name}"`, first!.place, 'Name it by a word of a-z, 0-9 and _.');
  }
  const tables = new Set(bodies.filter(([, type]) => type === 'table_macro').map(([name]) => name));
  const within = { ...surroundings, tableMacros: new Set([...surroundings.tableMacros, ...tables]) };
  const texts = bodies.map(([, type, body]) => (type === 'table_macro' ? body : `SELECT (${body})`));
  const trees = await readTrees(connection, texts);
  for (const [index, [name]] of bodies.entries()) {
    const { place, tokens } = named.get(name)!;
    await checkTree(connection, { file: place.file!, sql: texts[index]! }, trees[index]!, within, tokens);
  }
  return tables;
}

/** Places in a macro's body are not places in its file, so the definition's line stands for all. */
function macroError(cause: unknown, { name, sql, place }: Definition): DaybookError {
  const error = engineError(cause, { file: place.file!, sql });
  if (!(error instanceof DaybookError)) throw error;
  const hint = error.code === 'query-failed' || error.code === 'source-unknown' ? 'A macro that reads a source can be used by reports that declare it under `sources`.' : error.hint;
  return new DaybookError(error.code, `macro "${name}": ${error.message}`, place, hint);
}
