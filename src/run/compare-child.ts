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
  | { kind: 'query'; sql: string; inOrder: boolean }
);

let connection: DuckDBConnection | null = null;
let most = 1;
/** Of the tables' files together. */
let bytesOf: { [table: string]: number } = {};
let threads = 1;

serve(async (request: CompareRequest): Promise<number | Row[]> => {
  if (request.kind === 'open') return open(request);
  try {
    return request.kind === 'load' ? await load(connection!, request) : await query(connection!, request);
  } catch (cause) {
    if (cause instanceof Error && cause.message.startsWith('Out of Memory Error')) throw new DaybookError('query-memory', `the comparison needs more than ${request.memoryMb} MB`);
    const [, kind] = (cause instanceof Error && UNCOMPUTABLE.exec(cause.message)) || [];
    // The engine's own words quote values, which may be about people.
    if (kind !== undefined) throw new DaybookError('query-failed', `the engine cannot compute a step of the comparison (${kind})`);
    throw cause;
  }
});

/** Of a value, such as a sum of more than 38 digits, and not of the statement. */
const UNCOMPUTABLE = /^(Conversion|Invalid Input|Out of Range) Error/;

/** Files in the folder can be read and written, and no others. */
async function open({ folder, memoryMb, ...request }: Extract<CompareRequest, { kind: 'open' }>): Promise<number> {
  [most, threads, bytesOf] = [request.threads, 1, {}];
  const instance = await DuckDBInstance.create(':memory:', { ...NO_EXTENSIONS, threads: '1', memory_limit: `${memoryMb}MB`, temp_directory: folder });
  connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_directories = [${quoteText(folder)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run("SET allowed_configs = ['threads']");
  await connection.run('SET lock_configuration = true');
  return 0;
}

/** A change of their number costs more than a small comparison. */
const WORTH_THREADS = 8_000_000;

async function useThreads(engine: DuckDBConnection, inOrder: boolean): Promise<void> {
  const bytes = Object.values(bytesOf).reduce((sum, one) => sum + one, 0);
  const wanted = inOrder || bytes < WORTH_THREADS ? 1 : most;
  if (wanted === threads) return;
  await engine.run(`SET threads = ${wanted}`);
  threads = wanted;
}

/** What DuckDB takes for the longest line of a CSV file if it is not told, in bytes. */
const LONGEST_LINE = 2_000_000;

/** The types are the caller's; with them the engine guesses nothing. */
async function load(engine: DuckDBConnection, { table, file, bytes, types }: Extract<CompareRequest, { kind: 'load' }>): Promise<number> {
  const columns = types.map((type, index) => `c${index}: ${quoteText(type)}`).join(', ');
  const read = (longest: number): Promise<unknown> =>
    engine.run(`CREATE OR REPLACE TABLE ${table} AS FROM read_csv(${quoteText(file)}, ${READ_CSV_FORM}, auto_detect = false, max_line_size = ${longest}, columns = {${columns}})`);
  bytesOf[table] = bytes;
  await useThreads(engine, false);
  try {
    await read(LONGEST_LINE);
  } catch (cause) {
    // Buffers grow with it, so that only a file that has such a line pays for it.
    if (!(cause instanceof Error) || !cause.message.includes('Maximum line size')) throw cause;
    await read(bytes + 1);
  }
  const [row] = await rowsOf(engine, `SELECT count(*) FROM ${table}`);
  return Number(row![0]);
}

async function query(engine: DuckDBConnection, { sql, inOrder }: Extract<CompareRequest, { kind: 'query' }>): Promise<Row[]> {
  await useThreads(engine, inOrder);
  return rowsOf(engine, sql);
}

async function rowsOf(engine: DuckDBConnection, sql: string): Promise<Row[]> {
  const result = await engine.runAndReadAll(sql);
  const writers = result.columnTypes().map(cellText);
  return result.getRows().map((row) => row.map((value, index) => (value === null ? null : writers[index]!(value))));
}
