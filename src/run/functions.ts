import type { DuckDBConnection } from '@duckdb/node-api';
import { PACKAGE_VERSION } from './engine.ts';
import written from './functions.json' with { type: 'json' };

/** Which of the engine's functions a query may call; a name in neither is the engine's to complain about. */
export interface Functions {
  /** Names of scalar and aggregate functions and their macros that are not allowed, with what to do instead. */
  refused: Map<string, string>;
  /** Every name that the engine has built in. */
  known: Set<string>;
}

/** What the engine says of its functions, by name. */
export interface FunctionList {
  /** Version of the engine's package. */
  version: string;
  /** Only in FROM, or only in PRAGMA. */
  rows: readonly string[];
  /** By clock, chance or session, or there for tools that expect PostgreSQL; some of them only in FROM. */
  unstable: readonly string[];
  others: readonly string[];
}

/** Functions in FROM that make rows out of their arguments alone. */
export const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['range', 'generate_series', 'unnest', 'json_each', 'json_tree', 'repeat', 'repeat_row']);

const CLOCK = 'Use $as_of in place of the clock.';
const CHANCE = 'Use hash() of a key in place of chance.';
const SESSION = 'A result may not depend on the engine, its session or settings.';
const EFFECT = 'A query reads; it does not change the engine.';

/**
 * Names with a reason of their own. The engine calls some of them consistent although they depend on clock,
 * session or settings, which is why its own classification is not enough.
 */
const REASONS: Record<string, string> = {
  ...all('now today current_date current_time current_timestamp current_localtime current_localtimestamp localtime localtimestamp transaction_timestamp get_current_time get_current_timestamp ago', CLOCK),
  ...all('random uuid uuidv4 uuidv7 gen_random_uuid setseed', CHANCE),
  ...all('current_setting getvariable getenv version current_database current_catalog current_schema current_schemas current_user current_role session_user user current_query current_query_id current_connection_id current_transaction_id txid_current in_search_path currval stats get_block_size', SESSION),
  ...all('nextval sleep_ms write_log parse_duckdb_log_message', EFFECT),
  ...all('json_serialize_plan json_execute_serialized_sql query query_table', 'Write the SQL itself.'),
};

/** What a bare name stands for where no column has it: SQL calls these without brackets. */
export const VALUE_FUNCTIONS: ReadonlySet<string> = new Set('current_date current_time current_timestamp localtime localtimestamp current_catalog current_schema current_user current_role session_user user'.split(' '));

/** error() is called volatile so that it is not moved; a query may fail by itself. */
const ALLOWED_VOLATILE = new Set(['error']);

/**
 * The engine takes 40 ms to list its functions, and each process would ask, so the list is kept in a file: a change of the engine
 * shows there what it brings. Of another engine than the file's, the engine itself is asked. Call it before macros are created.
 */
export async function readFunctions(connection: DuckDBConnection, kept: FunctionList = written): Promise<Functions> {
  const { rows, unstable, others } = kept.version === PACKAGE_VERSION ? kept : await listFunctions(connection);
  const functions: Functions = { refused: new Map(Object.entries(REASONS)), known: new Set([...rows, ...unstable, ...others]) };
  const refuse = (names: Iterable<string>, reason: string): void => {
    for (const name of names) if (!functions.refused.has(name) && !ALLOWED_VOLATILE.has(name)) functions.refused.set(name, reason);
  };
  refuse(rows.filter((name) => !TABLE_FUNCTIONS.has(name)), 'A query reads its declared sources and nothing else.');
  refuse(unstable, SESSION);
  refuse([...functions.known].filter((name) => name.startsWith('__internal')), EFFECT);
  return functions;
}

/** Asks the engine; sorted. */
export async function listFunctions(connection: DuckDBConnection): Promise<FunctionList> {
  const result = await connection.runAndReadAll(
    `SELECT function_name, bool_or(function_type IN ('table', 'table_macro', 'pragma')) AND NOT bool_or(function_type IN ('scalar', 'aggregate', 'macro')), bool_or(coalesce(stability, 'CONSISTENT') <> 'CONSISTENT') OR bool_and(schema_name = 'pg_catalog') FROM duckdb_functions() GROUP BY ALL ORDER BY ALL`,
  );
  const all = result.getRows() as [string, boolean, boolean][];
  const named = (is: (onlyRows: boolean, unstable: boolean) => boolean): string[] => all.flatMap(([name, onlyRows, unstable]) => (is(onlyRows, unstable) ? [name] : []));
  return { version: PACKAGE_VERSION, rows: named((onlyRows) => onlyRows), unstable: named((_onlyRows, unstable) => unstable), others: named((onlyRows, unstable) => !onlyRows && !unstable) };
}

function all(names: string, reason: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, reason]));
}
