import { open } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DaybookError, truncate, type ErrorLocation } from '../error.ts';
import { columnCountOf, delimiterOf, firstLine, strictCsv } from './import-sql.ts';
import type { ImportRequest } from './imported.ts';

const SHOWN = 80;
const REASON = /Expected Number of Columns: .*|Value with unterminated quote.*|Maximum line size.*|^.*(?:quote|escape).*$/im;

/** What the engine says of broken files, with file and line where it knows them, and without paths of the machine. */
export async function importError(cause: unknown, request: ImportRequest, connection: DuckDBConnection): Promise<Error> {
  if (cause instanceof DaybookError || !(cause instanceof Error) || !/^[A-Z][\w ]* Error: /.test(cause.message)) return cause as Error;
  const sniffed = /Error when sniffing file "(.*)"/.exec(cause.message)?.[1];
  const message = sniffed === undefined ? cause.message : ((await firstBadLine(connection, sniffed, request)) ?? cause.message);
  const error = csvError(message, request) ?? otherError(message, request);
  return error.message === NOT_UTF8 ? withSeparator(error, await separatorLine(message, request)) : error;
}

const NOT_UTF8 = 'the text is not UTF-8';

/** Excel reads a first line such as `sep=;` and nobody else does: it would be the next thing to be wrong. Null where there is none. */
async function separatorLine(message: string, { files }: ImportRequest): Promise<string | null> {
  const handle = await open(files.find(({ path }) => message.includes(path))?.path ?? files[0]!.path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return /^(sep=.)[\r\n]/i.exec(buffer.toString('latin1', 0, bytesRead))?.[1] ?? null;
  } finally {
    await handle.close();
  }
}

function withSeparator(error: DaybookError, line: string | null): DaybookError {
  return line === null ? error : new DaybookError(error.code, error.message, error.place, `${error.hint} Take off the first line, \`${line}\`, too: the header has to be the first.`);
}

/** The engine says no more than that the form cannot be told; reading strictly by the header's form names the line. */
async function firstBadLine(connection: DuckDBConnection, file: string, { reading }: ImportRequest): Promise<string | null> {
  const result = await connection.runAndReadAll(`SELECT line FROM ${firstLine(file, reading.csv)} LIMIT 1`).catch(() => null);
  const header = String(result?.getRows()[0]?.[0] ?? '');
  const columnCount = columnCountOf(header, delimiterOf(reading.csv, [file]));
  try {
    await connection.run(`SELECT count(*) FROM ${strictCsv(file, reading, columnCount)}`);
    return null;
  } catch (cause) {
    return (cause as Error).message;
  }
}

/** Below this line, what stands above a header has ended. */
const LAST_TITLE = 12;

function csvError(message: string, { files, source }: ImportRequest): DaybookError | null {
  const [, line, original = '', rest = ''] = /CSV Error on Line: (\d+)\n(?:Original Line: (.*)\n)?([^]*)/.exec(message) ?? [];
  if (line === undefined) return declaredAbsent(message, source);
  const path = /^\s*file = (.*)$/m.exec(message)?.[1];
  const name = files.find((file) => file.path === path)?.name ?? files[0]!.name;
  const [, column, value, type] = /Error when converting column "(.*)"\. Could not convert string "([^]*?)" to '(.*)'/.exec(rest) ?? [];
  if (type !== undefined) return conversionError({ column: column!, value: value!, type }, source, { file: name, line: Number(line) });
  if (/Invalid unicode/.test(rest)) return notUtf8(name, Number(line));
  // The original can go on over several lines, so the reason is looked for by its words.
  const reason = REASON.exec(rest)?.[0].replaceAll(/\s+/g, ' ') ?? 'the line cannot be read';
  const hint = hintOf(reason, Number(line));
  return new DaybookError('source-broken', `${reason.replace(/\.$/, '')}: ${JSON.stringify(truncate(original, SHOWN))}`, { file: name, line: Number(line) }, hint);
}

/** Exports have titles above the header and remarks below the rows: neither fits the columns. */
function hintOf(reason: string, line: number): string | undefined {
  const [expected, found] = (/Number of Columns: (\d+) Found: (\d+)/.exec(reason) ?? []).slice(1).map(Number);
  if (expected === undefined || found === undefined) return undefined;
  if (expected === 1) return 'The header has to be the first line: take off what stands above it. Or say `csv: { delimiter: ";" }` in the source, if that is what separates the columns.';
  if (line <= LAST_TITLE && found > expected) return 'The header has to be the first line: take off titles and dates that stand above it. Else repair this row, or export the file again; the last good snapshot stays published.';
  return found === 1 ? 'Take off lines that are no rows, such as empty ones, and remarks below the data. Else repair this row, or export the file again; the last good snapshot stays published.' : undefined;
}

/** @param detail what is wrong, where that is not the type. */
export function conversionError({ column, value, type, detail }: { column: string; value: string; type: string; detail?: string }, { file }: { file: string }, place: ErrorLocation): DaybookError {
  if (value === column) return new DaybookError('source-broken', `column "${column}": its name stands in place of a ${type}`, place, 'The header has to be the first line of the file: take off empty lines above it, and this line where it repeats the header.');
  const beginning = JSON.stringify(truncate(value, SHOWN));
  const declared = `\`columns: { ${/^[A-Za-z]\w*$/.test(column) ? column : JSON.stringify(column)}: VARCHAR }\``;
  return new DaybookError('source-broken', `column "${column}": ${beginning}${detail ?? ` is no ${type}`}`, place, `Correct the value, or the export; the last good snapshot stays published. Where such values belong there, read the column as text: write ${declared} in ${file}, and cast it in the query.`);
}

function notUtf8(file: string, line?: number): DaybookError {
  return new DaybookError('source-broken', NOT_UTF8, line === undefined ? { file } : { file, line }, `Save it as UTF-8: \`iconv -f windows-1252 -t utf-8 ${/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`} > utf8.csv\` (with \`-f macintosh\` where letters such as ü come out wrong); or, where it is Latin-1 to the last sign, say \`csv: { encoding: latin-1 }\` in its source.`);
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
  if (/is not (latin-1|utf-16) encoded/i.test(text)) return notUtf8(place.file);
  const line = /in line (\d+)/.exec(text)?.[1];
  return new DaybookError('source-broken', text, line === undefined ? place : { ...place, line: Number(line) });
}
