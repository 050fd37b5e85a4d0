import { DaybookError } from '../error.ts';
import type { Source } from '../report/report.ts';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { quoteText } from './engine.ts';
import type { Format } from './sources.ts';

export type Encoding = NonNullable<Source['csv']['encoding']>;
export type Reading = Pick<Source, 'columns' | 'csv' | 'cluster_by'> & { format: Format };

/** The largest JSON value that is read, in bytes; DuckDB's own limit of 16 MB is below many exports. */
const LARGEST_JSON = 512 * 1024 * 1024;

/** The SQL relation that reads the files; types that `columns` declares still have to be cast, unless it is CSV. */
export function relationOf(files: readonly string[], { format, columns, csv }: Reading): string {
  const list = `[${files.map((file) => quoteText(escapeGlob(file))).join(', ')}]`;
  const union = `union_by_name = ${files.length > 1}`;
  switch (format) {
    case 'csv': return `read_csv(${[list, union, ...dialect(csv, files), 'sample_size = -1', ...nonEmpty('types', typesOf(columns))].join(', ')})`;
    case 'parquet': return `read_parquet(${list}, ${union})`;
    case 'json': case 'ndjson': {
      const layout = format === 'json' ? 'auto' : 'newline_delimited';
      return `read_json(${list}, ${union}, format = '${layout}', sample_size = -1, maximum_object_size = ${LARGEST_JSON})`;
    }
  }
}

/** Reads one CSV file as text with this many columns, so that the engine names the line that does not fit. */
export function strictCsv(file: string, { csv }: Reading, columnCount: number): string {
  const columns = Array.from({ length: columnCount }, (_, index) => `'c${index}': 'VARCHAR'`).join(', ');
  return `read_csv(${[quoteText(escapeGlob(file)), ...dialect(csv, [file]), 'auto_detect = false', `columns = {${columns}}`].join(', ')})`;
}

/** CSV files with every value as the text that stands there. */
export function textCsv(files: string | readonly string[], csv: Source['csv']): string {
  const list = [files].flat();
  return `read_csv(${[`[${list.map((file) => quoteText(escapeGlob(file))).join(', ')}]`, `union_by_name = ${list.length > 1}`, ...dialect({ ...csv, decimal: undefined, thousands: undefined, dates: undefined }, list), 'all_varchar = true'].join(', ')})`;
}

/** The first line of a CSV file. */
export function firstLine(file: string, { encoding }: Pick<Source['csv'], 'encoding'>): string {
  return `read_csv(${[quoteText(escapeGlob(file)), ...encoded(encoding), 'auto_detect = false', 'header = false', "delim = '\\x01'", "quote = ''", "escape = ''", "columns = {'line': 'VARCHAR'}"].join(', ')})`;
}

/** How many columns a header's line has. */
export function columnCountOf(header: string, delimiter: string): number {
  return header.replaceAll(/"[^"]*"/g, '').split(delimiter).length;
}

/** What the source says; else a tab for files that all end in .tsv (or .tsv.gz), and a comma for all others. */
export function delimiterOf(csv: Source['csv'], files: readonly string[]): string {
  return csv.delimiter ?? (files.every((file) => /\.tsv(\.|$)/i.test(file)) ? '\t' : ',');
}

/**
 * The form of the file is fixed, and only types are left to detection: where the form is detected too, a
 * row with a field too few turns the whole file into a single column, silently (measured, 1.5.5).
 */
function dialect(csv: Source['csv'], files: readonly string[]): string[] {
  return [
    `delim = ${quoteText(delimiterOf(csv, files))}`, `quote = '"'`, `escape = '"'`, `comment = ''`, 'skip = 0', 'strict_mode = true', 'null_padding = false',
    `header = ${csv.header ?? true}`,
    ...(csv.null ? [`nullstr = [${csv.null.map(quoteText).join(', ')}]`] : []),
    ...encoded(csv.encoding),
    ...(csv.decimal ? [`decimal_separator = ${quoteText(csv.decimal)}`] : []),
    ...(csv.thousands ? [`thousands = ${quoteText(csv.thousands)}`] : []),
    ...(csv.dates ? [`${/%[HIMSp]/.test(csv.dates) ? 'timestampformat' : 'dateformat'} = ${quoteText(csv.dates)}`] : []),
  ];
}

function encoded(encoding: Encoding | undefined): string[] {
  return encoding ? [`encoding = ${quoteText(encoding)}`] : [];
}

function typesOf(columns: Source['columns']): string {
  return Object.entries(columns).map(([name, type]) => `${quoteText(name)}: ${quoteText(type)}`).join(', ');
}

function nonEmpty(option: string, fields: string): string[] {
  return fields === '' ? [] : [`${option} = {${fields}}`];
}

/** `*` with the declared types. CSV has them from its reader, which sees the text. */
export function projectionOf({ format, columns }: Reading, place: { file: string }): string {
  const casts = Object.entries(columns).map(([name, type]) => `CAST(${quoteIdentifier(name)} AS ${checkedType(type, { ...place, key: `columns.${name}` })}) AS ${quoteIdentifier(name)}`);
  return format === 'csv' || casts.length === 0 ? '*' : `* REPLACE (${casts.join(', ')})`;
}

/** Words, numbers, names in quotes and balanced brackets: nothing that could end the cast that it stands in. */
function checkedType(type: string, place: { file: string; key: string }): string {
  let depth = 0;
  const wellFormed = /^([\w ,()[\]]|"[^"]*"|'[^']*')+$/.test(type) && !type.includes('--');
  for (const sign of type.replaceAll(/"[^"]*"|'[^']*'/g, '')) {
    depth += sign === '(' ? 1 : sign === ')' ? -1 : 0;
    if (depth < 0) break;
  }
  if (wellFormed && depth === 0) return type;
  throw new DaybookError('wrong-value', `"${type}" is not a type`, place, 'Write a type of DuckDB, such as DATE or DECIMAL(18,2).');
}

/** A file's name is a name, not a pattern; where it looks like one, the engine asks for leave for the escaped name. */
export function escapeGlob(file: string): string {
  return file.replaceAll(/[*?[]/g, '[$&]');
}
