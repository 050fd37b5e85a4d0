import { LIST, listValue, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { DaybookError, type Place } from '../error.ts';
import { macroStatements } from '../report/macro-name.ts';
import type { MacroFile } from '../report/report.ts';
import type { Statement } from '../report/tokens.ts';
import { engineError } from './engine-error.ts';
import type { Functions } from './functions.ts';
import { checkQuery, refuseWords, type Surroundings } from './gate.ts';

export type Macros = Pick<Surroundings, 'tableMacros' | 'brokenMacros'>;

interface Definition extends Statement {
  /** In lower case. */
  name: string;
  place: Place;
}

/**
 * Creates the macros of queries/macros/, in a sandbox that is closed already: creating one makes the engine
 * open what it reads. One that is wrong stops the queries that use it, and no others.
 */
export async function createMacros(connection: DuckDBConnection, files: readonly MacroFile[], functions: Functions, sources: readonly string[]): Promise<Macros> {
  const tableMacros = new Set<string>();
  const seen = new Set<string>();
  const brokenMacros = new Map<string, DaybookError>();
  let waiting = files.flatMap((file) => definitionsOf(file, brokenMacros));
  // A macro may use one that stands later: what failed is tried again as long as others succeed.
  for (let before = Infinity; waiting.length > 0 && waiting.length < before; ) {
    before = waiting.length;
    const failed: Definition[] = [];
    for (const { name } of waiting) brokenMacros.delete(name);
    for (const definition of waiting) {
      try {
        if (await create(connection, definition, seen, { functions, sources, tableMacros, brokenMacros, parameters: null })) tableMacros.add(definition.name);
        seen.add(definition.name);
      } catch (cause) {
        failed.push(definition);
        brokenMacros.set(definition.name, macroError(cause, definition));
      }
    }
    waiting = failed;
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

/** What was not looked at to its end is taken back, whatever the engine calls it. @returns whether it is a macro for FROM */
async function create(connection: DuckDBConnection, definition: Definition, seen: ReadonlySet<string>, surroundings: Surroundings): Promise<boolean> {
  await connection.run('BEGIN');
  try {
    const isTable = await createChecked(connection, definition, seen, surroundings);
    await connection.run('COMMIT');
    return isTable;
  } catch (cause) {
    await connection.run('ROLLBACK');
    throw cause;
  }
}

/** @param seen names of the macros that there are */
async function createChecked(connection: DuckDBConnection, { name, sql, tokens, place }: Definition, seen: ReadonlySet<string>, surroundings: Surroundings): Promise<boolean> {
  const { functions } = surroundings;
  if (functions.known.has(name)) throw new DaybookError('query-refused', 'the engine has a function of this name', place, 'Give the macro another name.');
  // Defaults of a macro's parameters are in no tree that the engine shows, so words without a call count too.
  refuseWords(tokens, surroundings, true);
  const { count } = await connection.extractStatements(sql);
  if (count !== 1) throw new DaybookError('query-refused', 'more than one statement', place);
  await connection.run(sql);
  const known = listValue([...seen].filter((other) => other !== name));
  const made = await connection.runAndReadAll('SELECT lower(function_name), function_type, macro_definition FROM duckdb_functions() WHERE NOT internal AND NOT list_contains($known, lower(function_name))', { known }, { known: LIST(VARCHAR) });
  const bodies = made.getRows() as [string, string, string][];
  // Nobody has seen the body of one that goes by another name.
  if (bodies.length === 0 || bodies.some(([given]) => given !== name)) throw new DaybookError('query-refused', `this makes no macro of the name "${name}"`, place, 'Name it by a word of a-z, 0-9 and _.');
  for (const [, type, body] of bodies) {
    await checkQuery(connection, { file: place.file!, sql: type === 'table_macro' ? body : `SELECT (${body})` }, surroundings, tokens);
  }
  return bodies.some(([, type]) => type === 'table_macro');
}

/** Places in a macro's body are not places in its file, so the definition's line stands for all. */
function macroError(cause: unknown, { name, sql, place }: Definition): DaybookError {
  const error = engineError(cause, { file: place.file!, sql });
  if (!(error instanceof DaybookError)) throw error;
  const hint = error.code === 'query-failed' || error.code === 'source-unknown' ? 'A macro that reads a source can be used by reports that declare it under `sources`.' : error.hint;
  return new DaybookError(error.code, `macro "${name}": ${error.message}`, place, hint);
}
