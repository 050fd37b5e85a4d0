import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import { didYouMean } from '../report/near.ts';
import type { Column } from '../snapshot/manifest.ts';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { kindOf } from '../snapshot/types.ts';
import { cellText } from './cells.ts';
import { NO_EXTENSIONS, quoteText } from './engine.ts';
import { importError } from './import-error.ts';
import { refuseOddNumbers } from './import-numbers.ts';
import { escapeGlob, projectionOf, relationOf } from './import-sql.ts';
import { TABLE, type Imported, type ImportRequest } from './imported.ts';
import { serve } from './serve.ts';

/** The program that reads a source's files into a DuckDB file: hostile files can take this process down, and nothing else. */

serve(async (request: ImportRequest): Promise<Imported> => {
  const instance = await DuckDBInstance.create(':memory:', { ...NO_EXTENSIONS, threads: String(request.threads), memory_limit: `${request.memoryMb}MB`, temp_directory: request.spill });
  const connection = await instance.connect();
  try {
    await confine(connection, request);
    await load(connection, request);
    return await describe(connection, request);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});

/** Only the source's files can be read, and only the new file written. */
async function confine(connection: DuckDBConnection, { files, database, spill }: ImportRequest): Promise<void> {
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`ATTACH ${quoteText(database)} AS kept`);
  await connection.run(`SET allowed_paths = [${[database, `${database}.wal`, ...files.flatMap(({ path }) => [path, escapeGlob(path)])].map(quoteText).join(', ')}]`);
  await connection.run(`SET allowed_directories = [${quoteText(spill)}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
}

async function load(connection: DuckDBConnection, request: ImportRequest): Promise<void> {
  const { files, reading, source } = request;
  const relation = relationOf(files.map(({ path }) => path), reading);
  try {
    if (reading.format !== 'csv' && Object.keys(reading.columns).length > 0) refuseAbsent(await columnsOf(connection, relation), Object.keys(reading.columns), source, 'columns');
    const select = `SELECT ${projectionOf(reading, source)} FROM ${relation}`;
    if (reading.cluster_by.length === 0) {
      await connection.run(`CREATE TABLE kept.${TABLE} AS ${select}`);
    } else {
      // Two steps, so that rows that are equal in the columns keep the files' order, whatever the number of threads.
      await connection.run(`CREATE TEMP TABLE read AS ${select}`);
      refuseAbsent(await columnsOf(connection, 'read'), reading.cluster_by, source, 'cluster_by');
      await connection.run(`CREATE TABLE kept.${TABLE} AS SELECT * FROM read ORDER BY ${reading.cluster_by.map(quoteIdentifier).join(', ')}, rowid`);
    }
    if (reading.format === 'csv') await refuseOddNumbers(connection, request, await columnsOf(connection, `kept.${TABLE}`));
    await connection.run('CHECKPOINT kept');
  } catch (cause) {
    throw await importError(cause, request, connection);
  }
}

async function describe(connection: DuckDBConnection, { source, files, freshness }: ImportRequest): Promise<Imported> {
  const columns = await columnsOf(connection, `kept.${TABLE}`);
  const count = await connection.runAndReadAll(`SELECT count(*) FROM kept.${TABLE}`);
  const rows = Number(count.getRows()[0]![0]);
  if (rows === 0) throw new DaybookError('source-empty', files.length === 1 ? 'the file has no rows' : `none of the ${files.length} files has rows`, { file: files[0]!.name });
  return { columns, rows, newest: freshness === null ? null : await newestOf(connection, freshness, columns, source) };
}

async function newestOf(connection: DuckDBConnection, column: string, columns: Column[], source: { file: string }): Promise<string | null> {
  refuseAbsent(columns, [column], source, 'freshness.column');
  const { type } = columns.find(({ name }) => name === column)!;
  if (kindOf(type) !== 'date' && kindOf(type) !== 'timestamp') {
    throw new DaybookError('wrong-value', `column "${column}" is ${type}, not a date or a time`, { ...source, key: 'freshness.column' }, `Declare its type: columns: { ${column}: TIMESTAMP }.`);
  }
  const name = quoteIdentifier(column);
  const result = await connection.runAndReadAll(`SELECT max(${name}) FILTER (isfinite(${name})) FROM kept.${TABLE}`);
  const value = result.getRows()[0]![0]!;
  return value === null ? null : cellText(result.columnType(0))(value);
}

async function columnsOf(connection: DuckDBConnection, relation: string): Promise<Column[]> {
  const result = await connection.runAndReadAll(`DESCRIBE FROM ${relation}`);
  return result.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
}

function refuseAbsent(columns: Column[], wanted: string[], { file }: { file: string }, key: string): void {
  const names = columns.map(({ name }) => name);
  const absent = wanted.find((name) => !names.some((known) => known.toLowerCase() === name.toLowerCase()));
  if (absent === undefined) return;
  throw new DaybookError('source-broken', `the files have no column "${absent}"${didYouMean(absent, names)}`, { file, key: key === 'columns' ? `${key}.${absent}` : key }, `Correct the name, or the export; the columns are ${names.slice(0, 20).join(', ')}.`);
}
