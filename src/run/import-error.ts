import type { DuckDBConnection } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import type { ImportRequest } from './import-child.ts';
import { delimiterOf, firstLine, strictCsv } from './import-sql.ts';

const SHOWN = 80;
const REASON = /Expected Number of Columns: .*|Error when converting column .*\n.*|Value with unterminated quote.*|Invalid unicode.*|Maximum line size.*|^.*(?:quote|escape).*$/im;

/** What the engine says of broken files, with file and line where it knows them, and without paths of the machine. */
export async function importError(cause: unknown, request: ImportRequest, connection: DuckDBConnection): Promise<Error> {
  if (cause instanceof DaybookError || !(cause instanceof Error) || !/^[A-Z][\w ]* Error: /.test(cause.message)) return cause as Error;
  const sniffed = /Error when sniffing file "(.*)"/.exec(cause.message)?.[1];
  const message = sniffed === undefined ? cause.message : ((await firstBadLine(connection, sniffed, request)) ?? cause.message);
  return csvError(message, request) ?? otherError(message, request);
}

/** The engine says no more than that the form cannot be told; reading strictly by the header's form names the line. */
async function firstBadLine(connection: DuckDBConnection, file: string, { reading }: ImportRequest): Promise<string | null> {
  const result = await connection.runAndReadAll(`SELECT line FROM ${firstLine(file)} LIMIT 1`).catch(() => null);
  const header = String(result?.getRows()[0]?.[0] ?? '');
  const columnCount = header.replaceAll(/"[^"]*"/g, '').split(delimiterOf(reading.csv, [file])).length;
  try {
    await connection.run(`SELECT count(*) FROM ${strictCsv(file, reading, columnCount)}`);
    return null;
  } catch (cause) {
    return (cause as Error).message;
  }
}

function csvError(message: string, { files, source }: ImportRequest): DaybookError | null {
  const [, line, original = '', rest = ''] = /CSV Error on Line: (\d+)\n(?:Original Line: (.*)\n)?([^]*)/.exec(message) ?? [];
  if (line === undefined) return declaredAbsent(message, source);
  // The original can go on over several lines, so the reason is looked for by its words.
  const reason = REASON.exec(rest)?.[0].replaceAll(/\s+/g, ' ') ?? 'the line cannot be read';
  const path = /^\s*file = (.*)$/m.exec(message)?.[1];
  const name = files.find((file) => file.path === path)?.name ?? files[0]!.name;
  const beginning = original.length > SHOWN ? `${original.slice(0, SHOWN)}…` : original;
  const hint = /Number of Columns: 1 Found/.test(reason) ? 'Repair the line; or say `csv: { delimiter: ";" }` in the source, if that is what separates the columns.' : undefined;
  return new DaybookError('source-broken', `${reason.replace(/\.$/, '')}: ${JSON.stringify(beginning)}`, { file: name, line: Number(line) }, hint);
}

function declaredAbsent(message: string, { file }: { file: string }): DaybookError | null {
  const [, names] = /Columns with names: (.*) do not exist in the CSV File/.exec(message) ?? [];
  if (names === undefined) return null;
  return new DaybookError('source-broken', `the files have no column ${names}`, { file, key: 'columns' }, 'Correct the name, or the export.');
}

function otherError(message: string, { files, source, memoryMb }: ImportRequest): DaybookError {
  const [first = ''] = message.replace(/^[A-Z][\w ]* Error: /, '').split(/\n\nLINE \d|\nPossible fixes|\n\n/);
  let text = first.replaceAll(/\s+/g, ' ').trim();
  const named = files.find(({ path }) => text.includes(path));
  for (const { path, name } of files) text = text.replaceAll(path, name);
  const place = { file: named?.name ?? (files.length === 1 ? files[0]!.name : source.file) };
  if (message.startsWith('Out of Memory')) return new DaybookError('query-memory', `reading the source needs more than ${memoryMb} MB`, { file: source.file }, 'Split the export, or raise `limits.memory_mb` of daybook.yml.');
  if (/No space left on device|disk is full/i.test(message)) return new DaybookError('disk-full', 'no space is left for the imported source', { file: source.file });
  const line = /in line (\d+)/.exec(text)?.[1];
  return new DaybookError('source-broken', text, line === undefined ? place : { ...place, line: Number(line) });
}
