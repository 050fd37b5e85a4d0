import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { MacroFile } from '../report/report.ts';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { ENGINE, NO_EXTENSIONS, quoteText } from './engine.ts';
import { readFunctions } from './functions.ts';
import type { Surroundings } from './gate.ts';
import { TABLE } from './imported.ts';
import { createMacros } from './macros.ts';

export interface SandboxSpec {
  sources: readonly ReadSource[];
  macros: MacroFile[];
  memoryMb: number;
}

/** An imported source. `turned`: its rows are read in another order than the files have them. */
export interface ReadSource {
  name: string;
  database: string;
  turned?: { how: 'reversed' } | { how: 'parts'; rows: number };
}

export interface Sandbox {
  connection: DuckDBConnection;
  surroundings: Omit<Surroundings, 'parameters'>;
  close(): void;
}

/**
 * An instance in memory that sees the imported sources as tables of their names, and nothing else, for ever:
 * no file (the attached ones can be read as tables alone), no network, no extension, no other setting.
 * A source's columns can have any name, and so can a file's path: both are quoted.
 */
export async function openSandbox({ sources, macros, memoryMb }: SandboxSpec): Promise<Sandbox> {
  const { threads, TimeZone } = ENGINE.settings;
  const instance = await DuckDBInstance.create(':memory:', { ...NO_EXTENSIONS, threads: String(threads), memory_limit: `${memoryMb}MB`, temp_directory: '', allow_community_extensions: 'false' });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run(`SET TimeZone = ${quoteText(TimeZone)}`);
    for (const [index, { name, database, turned }] of sources.entries()) {
      await connection.run(`ATTACH ${quoteText(database)} AS source${index} (READ_ONLY)`);
      await connection.run(`CREATE VIEW ${quoteIdentifier(name)} AS ${relationOf(`source${index}.${TABLE}`, turned)}`);
    }
    await connection.run('SET enable_external_access = false');
    // Without it, the attached files could still be read as bytes (measured, 1.5.5).
    await connection.run(`SET disabled_filesystems = 'LocalFileSystem'`);
    await connection.run('SET lock_configuration = true');
    const functions = await readFunctions(connection);
    const names = sources.map(({ name }) => name);
    const { tableMacros, brokenMacros } = await createMacros(connection, macros, functions, names);
    return { connection, surroundings: { functions, sources: names, tableMacros, brokenMacros }, close };
  } catch (cause) {
    close();
    throw cause;
  }
}

const PARTS = 8;

/**
 * The opposite order is sorted for each query, which is cheaper than another file: filters and columns are the query’s own. It is
 * the one other order that no pair of rows has in common with the files’; parts that change places need no memory.
 */
function relationOf(table: string, turned: ReadSource['turned']): string {
  if (turned === undefined) return `FROM ${table}`;
  if (turned.how === 'reversed') return `SELECT * FROM ${table} ORDER BY rowid DESC`;
  const each = Math.ceil(turned.rows / PARTS);
  return Array.from({ length: PARTS }, (_, part) => `SELECT * FROM ${table} WHERE rowid BETWEEN ${part * each} AND ${(part + 1) * each - 1}`).reverse().join(' UNION ALL ');
}
