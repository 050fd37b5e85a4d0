import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { kindOf, type Kind } from '../../snapshot/types.ts';
import type { Column } from '../../snapshot/manifest.ts';
import type { Row } from '../../snapshot/csv.ts';
import type { ColumnOrigin } from './made.ts';

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
  /** The format of a text or number that is a date in every row, e.g. `%b %d %Y`. */
  dateFormat: string | null;
  /** Where one aggregate of the query makes it. */
  made?: ColumnOrigin;
}

export interface Profile {
  rows: number;
  columns: ColumnProfile[];
}

const COUNTED: ReadonlySet<Kind> = new Set(['integer', 'decimal', 'double', 'boolean', 'date', 'timestamp', 'text']);

/** Columns that one scan counts the different values of: of 500 at once they need more memory than there is. */
const MOST_AT_ONCE = 60;

/** Cells of one column in the profile's row. */
const CELLS = 7;

/** One scan, one row: what is known of the columns. `base` is a SELECT. */
function profileSql(base: string, columns: readonly Column[]): string {
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
  const first = columns.slice(0, MOST_AT_ONCE);
  const { rows, columns: found } = readProfile(cellsOf(await ask(profileSql(base, first))), first);
  for (let at = MOST_AT_ONCE; at < columns.length; at += MOST_AT_ONCE) {
    const some = columns.slice(at, at + MOST_AT_ONCE);
    found.push(...readProfile(cellsOf(await ask(profileSql(base, some))), some).columns);
  }
  return { rows, columns: found };
}

/** Adds to columns how the query makes them. @param made by names in lower case */
export function withMade(profile: Profile, made: ReadonlyMap<string, ColumnOrigin> | undefined): Profile {
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
