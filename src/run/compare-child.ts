import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import { READ_CSV_FORM, type Row } from '../snapshot/csv.ts';
import { cellText } from './cells.ts';
import { NO_EXTENSIONS, quoteText } from './engine.ts';
import { serve, type Request } from './serve.ts';

/** The program that compares rows: large results can take this process down, and nothing else. */

export type CompareRequest = Request & (
  | { kind: 'open'; folder: string; threads: number }
  | { kind: 'load'; table: string; file: string; bytes: number; types: readonly string[] }
  | { kind: 'query'; sql: string }
);

let connection: DuckDBConnection | null = null;

serve(async (request: CompareRequest): Promise<number | Row[]> => {
  if (request.kind === 'open') return open(request.folder, request.threads, request.memoryMb);
  try {
    return request.kind === 'load' ? await load(connection!, request) : await query(connection!, request.sql);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('Out of Memory Error')) throw new DaybookError('query-memory', `the comparison needs more than ${request.memoryMb} MB`);
    throw cause;
  }
});

/** Files in the folder can be read and written, and no others. */
async function open(folder: string, threads: number, memoryMb: number): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { ...NO_EXTENSIONS, threads: String(threads), memory_limit: `${memoryMb}MB`, temp_directory: folder });
  connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_directories = [${quoteText(folder)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return 0;
}

/** What DuckDB takes for the longest line of a CSV file if it is not told, in bytes. */
const LONGEST_LINE = 2_000_000;

/** The types are the caller's; with them the engine guesses nothing. */
async function load(engine: DuckDBConnection, { table, file, bytes, types }: Extract<CompareRequest, { kind: 'load' }>): Promise<number> {
  const columns = types.map((type, index) => `c${index}: ${quoteText(type)}`).join(', ');
  const read = (longest: number): Promise<unknown> =>
    engine.run(`CREATE OR REPLACE TABLE ${table} AS FROM read_csv(${quoteText(file)}, ${READ_CSV_FORM}, auto_detect = false, max_line_size = ${longest}, columns = {${columns}})`);
  try {
    await read(LONGEST_LINE);
  } catch (cause) {
    // Buffers grow with it, so that only a file that has such a line pays for it.
    if (!(cause instanceof Error) || !cause.message.includes('Maximum line size')) throw cause;
    await read(bytes + 1);
  }
  const [row] = await query(engine, `SELECT count(*) FROM ${table}`);
  return Number(row![0]);
}

async function query(engine: DuckDBConnection, sql: string): Promise<Row[]> {
  const result = await engine.runAndReadAll(sql);
  const writers = result.columnTypes().map(cellText);
  return result.getRows().map((row) => row.map((value, index) => (value === null ? null : writers[index]!(value))));
}
