import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../snapshot/manifest.ts';
import { NO_EXTENSIONS, quoteText } from './engine.ts';
import { escapeGlob, relationOf, type Reading } from './import-sql.ts';
import { serve, type Request } from './serve.ts';
import type { Format } from './sources.ts';

/** The program that looks at the beginnings of data files that nobody has described. A hostile file can take this process down, and nothing else. */

export type ColumnsRequest = Request & (
  | { kind: 'open'; paths: string[] }
  | { kind: 'columns'; path: string; format: Format; reading: Omit<Reading, 'format'> | null }
);

let connection: DuckDBConnection | null = null;

serve((request: ColumnsRequest) => (request.kind === 'open' ? open(request) : columnsOf(request)));

/** Only these files can be read, and nothing written. */
async function open({ paths, memoryMb }: Extract<ColumnsRequest, { kind: 'open' }>): Promise<null> {
  const instance = await DuckDBInstance.create(':memory:', { ...NO_EXTENSIONS, threads: '1', memory_limit: `${memoryMb}MB`, temp_directory: '' });
  connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run(`SET allowed_paths = [${paths.flatMap((file) => [...new Set([file, escapeGlob(file)])]).map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return null;
}

/** Null where the engine makes no rows of the file. */
async function columnsOf({ path, format, reading }: Extract<ColumnsRequest, { kind: 'columns' }>): Promise<Column[] | null> {
  try {
    const result = await connection!.runAndReadAll(`DESCRIBE FROM ${reading === null ? sniffed(path, format) : relationOf([path], { ...reading, format })}`);
    return result.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  } catch {
    return null;
  }
}

/** The engine’s own guess at the form, from the first rows. */
function sniffed(path: string, format: Format): string {
  const file = quoteText(escapeGlob(path));
  switch (format) {
    case 'csv': return `read_csv(${file})`;
    case 'parquet': return `read_parquet(${file})`;
    case 'json': return `read_json(${file}, format = 'auto')`;
    case 'ndjson': return `read_json(${file}, format = 'newline_delimited')`;
  }
}
