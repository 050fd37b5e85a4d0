import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { kindOf, type Kind } from '../../snapshot/types.ts';
import type { Column } from '../../snapshot/manifest.ts';
import type { Row } from '../../snapshot/csv.ts';
import { DATE_SHAPES } from '../../run/text-shapes.ts';
import type { Made } from './made.ts';

/** Runs one SELECT as a report's query would be run, and gives its rows as text cells. */
export type Ask = (sql: string) => Promise<{ columns: Column[]; rows: readonly Row[] }>;

export interface ColumnProfile {
  name: string;
  type: string;
  kind: Kind;
  /** Rows that have a value, and how many different values. */
  filled: number;
  distinct: number;
  /** As kept cells; null where there is no value. */
  min: string | null;
  max: string | null;
  negatives: number;
  /** No value has a fraction. */
  whole: boolean;
  /** No value is NaN or infinite. */
  finite: boolean;
  /** The format of a text that is a date in every row, e.g. `%b %d %Y`. */
  dateFormat: string | null;
  /** Where one aggregate of the query makes it. */
  made?: Made;
}

export interface Profile {
  rows: number;
  columns: ColumnProfile[];
}

const COUNTED: ReadonlySet<Kind> = new Set(['integer', 'decimal', 'double', 'boolean', 'date', 'timestamp', 'text']);

/** Cells of one column in the profile's row. */
const CELLS = 7;

/** One scan, one row: what is known of every column. `base` is a SELECT. */
export function profileSql(base: string, columns: readonly Column[]): string {
  const cells = columns.flatMap(({ name, type }, index) => {
    const kind = kindOf(type);
    const value = `base_rows.${quoteIdentifier(name)}`;
    const counted = COUNTED.has(kind);
    const numeric = kind === 'integer' || kind === 'decimal' || kind === 'double';
    const cell = [
      `count(${value})`,
      counted ? `count(DISTINCT ${value})` : '0',
      counted ? `CAST(min(${value}) AS VARCHAR)` : 'NULL',
      counted ? `CAST(max(${value}) AS VARCHAR)` : 'NULL',
      numeric ? `count(*) FILTER (${value} < 0)` : '0',
      kind === 'integer' ? '0' : numeric ? `count(*) FILTER (${value} <> floor(${value}))` : '0',
      kind === 'double' ? `count(*) FILTER (NOT isfinite(${value}))` : '0',
    ];
    return cell.map((sql, part) => `${sql} AS c${index}_${part}`);
  });
  return `WITH base_rows AS (\n${base}\n)\nSELECT count(*) AS n, ${cells.join(', ')} FROM base_rows`;
}

/** @param row the one row of `profileSql` by column name */
export function readProfile(row: (name: string) => string | null, columns: readonly Column[]): Profile {
  return {
    rows: Number(row('n')),
    columns: columns.map(({ name, type }, index) => {
      const [filled, distinct, min, max, negatives, fractions, odd] = Array.from({ length: CELLS }, (_, part) => row(`c${index}_${part}`));
      return { name, type, kind: kindOf(type), filled: Number(filled), distinct: Number(distinct), min: min ?? null, max: max ?? null, negatives: Number(negatives), whole: fractions === '0', finite: odd === '0', dateFormat: null };
    }),
  };
}

/** Profiles what a SELECT returns. @throws what running it throws */
export async function profileOf(ask: Ask, base: string): Promise<Profile> {
  const { columns } = await ask(`WITH base_rows AS (\n${base}\n)\nSELECT * FROM base_rows LIMIT 0`);
  const answer = await ask(profileSql(base, columns));
  return readProfile(cellsOf(answer), columns);
}

/** Adds to columns how the query makes them. @param made by names in lower case */
export function withMade(profile: Profile, made: ReadonlyMap<string, Made> | undefined): Profile {
  const columns = profile.columns.map((column) => {
    const use = made?.get(column.name.toLowerCase());
    return use === undefined ? column : { ...column, made: use };
  });
  return { ...profile, columns };
}

/** The first row's cells by name. */
export function cellsOf({ columns, rows }: { columns: readonly Column[]; rows: readonly Row[] }): (name: string) => string | null {
  return (name) => rows[0]?.[columns.findIndex((column) => column.name === name)] ?? null;
}

/** Formats of dates as texts. Where month and day could be either, both formats fit and none is taken. */
const DATE_FORMATS = [
  ...Object.keys(DATE_SHAPES).filter((format) => !format.startsWith('%y')),
  '%Y/%m/%d', '%b %d %Y', '%b %d, %Y', '%B %d, %Y', '%A, %B %d, %Y', '%d %b %Y', '%d %B %Y', '%d-%b-%Y', '%d-%b-%y', '%b %Y', '%B %Y', '%b-%Y', '%b-%y', '%Y-%m', '%m/%Y',
  '%Y/%m/%d %H:%M', '%Y/%m/%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M:%S', '%Y-%m-%dT%H:%M',
];
const SAMPLE = 500;

/** Adds `dateFormat` to text columns whose every value is a date in one format. */
export async function withDateFormats(ask: Ask, base: string, profile: Profile): Promise<Profile> {
  const texts = profile.columns.flatMap((column, index) => (column.kind === 'text' && column.filled > 0 && /\d/.test(column.min ?? '') ? [{ column, index }] : []));
  if (texts.length === 0) return profile;
  // %Y takes the year 25 of 31.12.25 as it is written.
  const fits = (value: string, format: string): string => `count(${value}) = count(*) FILTER (year(try_strptime(CAST(${value} AS VARCHAR), '${format}')) >= 1000)`;
  const cells = texts.flatMap(({ column, index }) => DATE_FORMATS.map((format, at) => `${fits(`base_rows.${quoteIdentifier(column.name)}`, format)} AS c${index}_${at}`));
  const sample = cellsOf(await ask(`WITH base_rows AS (SELECT * FROM (\n${base}\n) LIMIT ${SAMPLE})\nSELECT ${cells.join(', ')} FROM base_rows`));
  const likely = texts.flatMap(({ column, index }) => DATE_FORMATS.flatMap((format, at) => (sample(`c${index}_${at}`) === 'true' ? [{ column, format, name: `c${index}_${at}` }] : [])));
  if (likely.length === 0) return profile;
  const all = cellsOf(await ask(`WITH base_rows AS (\n${base}\n)\nSELECT ${likely.map(({ column, format, name }) => `${fits(`base_rows.${quoteIdentifier(column.name)}`, format)} AS ${name}`).join(', ')} FROM base_rows`));
  const sure = likely.filter(({ name }) => all(name) === 'true');
  return {
    ...profile,
    columns: profile.columns.map((column) => {
      const fitting = sure.filter((one) => one.column === column).map(({ format }) => format);
      // May is short and long.
      const formats = fitting.filter((format) => !format.includes('%B') || !fitting.includes(format.replace('%B', '%b')));
      return formats.length === 1 ? { ...column, dateFormat: formats[0]! } : column;
    }),
  };
}
