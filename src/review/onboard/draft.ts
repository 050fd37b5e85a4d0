import { VALUE_FUNCTIONS } from '../../run/functions.ts';
import type { Period } from '../../report/schema.ts';
import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { useOf } from './metrics.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import { periodSql, type Rhythm } from './rhythm.ts';
import { labelOf, oneLineOf, safeNames, wordsOf } from './words.ts';

/** A query that is proposed for a source, and what is known of its columns. */
export interface Draft {
  sql: string;
  /** What columns are called in the data, by their names in the result. */
  labels: Map<string, string>;
  /** `ends`: SQL of the last day of the period, where the column has the first. */
  time: { column: string; period: Period; reason: string; ends?: string | undefined } | null;
}

/** The moment of a row: SQL over the source, and what it is called in the result. */
export interface Moment {
  sql: string;
  name: string;
  label: string;
  /** Columns that it is made of. */
  columns: string[];
  isDate: boolean;
}

/** Words that DuckDB reads as its own where a name stands without quotes. */
const RESERVED: ReadonlySet<string> = new Set('all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary bit boolean both by case cast char character check coalesce collate collation column columns concurrently constraint create cross dec decimal default deferrable desc describe distinct do else end except exists extract false fetch float for foreign freeze from full generated glob group grouping grouping_id having ilike in initially inner inout int integer intersect interval into is isnull join lambda lateral leading left like limit map national natural nchar none not notnull null nullif numeric offset on only or order out outer overlaps overlay pivot pivot_longer pivot_wider placing position positional precision primary qualify real references returning right row select semi setof show similar smallint some struct substring summarize symmetric table tablesample then time timestamp to trailing treat trim true try_cast union unique unpack unpivot using values varchar variadic verbose when where window with'.split(' '));

export function nameSql(name: string): string {
  return /^[a-z][a-z0-9_]*$/.test(name) && !RESERVED.has(name) ? name : quoteIdentifier(name);
}

/** A column of a source; names that are functions without brackets are written with their table. */
export function columnSql(source: string, name: string): string {
  return VALUE_FUNCTIONS.has(name.toLowerCase()) ? `${quoteIdentifier(source)}.${quoteIdentifier(name)}` : nameSql(name);
}

const TIME_WORDS = /^(date|day|time|timestamp|datetime|at|ts|week|month|quarter|year|period|when|created|occurred|datum|tag|woche|monat|jahr|zeit|zeitpunkt)$/;
const NO_TIME = /^(birth|birthday|due|deadline|target|updated|modified|expiry|expires|end|ended|until|closed|done)$/;

/** The column that says when a row happened, or null: a date, a text that is a date, or a year as a number. */
export function momentOf(profile: Profile, source: string): Moment | null {
  const score = ({ name, filled, distinct }: ColumnProfile): number => {
    const words = wordsOf(name);
    return (words.some((word) => TIME_WORDS.test(word)) ? 4 : 0) - (words.some((word) => NO_TIME.test(word)) ? 8 : 0) + (filled === profile.rows ? 2 : 0) + (distinct > 1 ? 1 : 0);
  };
  const name = (column: ColumnProfile): string => safeNames([column.name])[0]!;
  const dated = profile.columns.filter(({ kind, dateFormat, filled, min }) => filled > 0 && (kind === 'date' || kind === 'timestamp' || dateFormat !== null) && !/^-|infinity|BC/.test(min ?? ''));
  const [best] = dated.toSorted((a, b) => score(b) - score(a));
  if (best) {
    const written = columnSql(source, best.name);
    const clock = best.dateFormat === null ? best.kind === 'timestamp' : /%[HI]/.test(best.dateFormat);
    const parsed = best.dateFormat === null ? written : `strptime(CAST(${written} AS VARCHAR), '${best.dateFormat}')`;
    return { sql: best.dateFormat !== null && !clock ? `CAST(${parsed} AS DATE)` : parsed, name: name(best), label: labelOf(best.name), columns: [best.name], isDate: !clock };
  }
  const calendar = (word: string, least: number, most: number): ColumnProfile | undefined =>
    profile.columns.find((column) => column.kind === 'integer' && column.filled === profile.rows && wordsOf(column.name).includes(word) && Number(column.min) >= least && Number(column.max) <= most);
  const year = calendar('year', 1500, 2200);
  if (!year) return null;
  const month = calendar('month', 1, 12);
  const whole = (column: ColumnProfile): string => `CAST(${columnSql(source, column.name)} AS INTEGER)`;
  return { sql: month ? `last_day(make_date(${whole(year)}, ${whole(month)}, 1))` : `make_date(${whole(year)}, 12, 31)`, name: month ? 'month_to' : 'year_to', label: month ? 'Month to' : 'Year to', columns: month ? [year.name, month.name] : [year.name], isDate: true };
}

const upTo = (sql: string, { isDate }: Moment, { period }: Rhythm): string => (isDate || period === 'hour' ? `${sql} <= $as_of` : `CAST(${sql} AS DATE) <= $as_of`);

interface Named {
  column: ColumnProfile;
  name: string;
}

/** Columns under names that need no quotes; lists, structs and bytes are left out. */
function namedColumns({ columns }: Profile, moment: Moment | null): Named[] {
  const kept = columns.filter(({ name, kind }) => kind !== 'nested' && kind !== 'binary' && kind !== 'other' && kind !== 'interval' && !moment?.columns.includes(name));
  const names = safeNames([...(moment ? [moment.name] : []), ...kept.map(({ name }) => name)]).slice(moment ? 1 : 0);
  return kept.map((column, index) => ({ column, name: names[index]! }));
}

const aliased = (sql: string, name: string): string => (sql === nameSql(name) ? sql : `${sql} AS ${nameSql(name)}`);

function select(comment: string[], items: string[], source: string, where: string | null, more = ''): string {
  return `${comment.map((line) => `-- ${line}`).join('\n')}\nSELECT\n  ${items.join(',\n  ')}\nFROM ${nameSql(source)}${where ? `\nWHERE ${where}` : ''}${more}\n`;
}

const END_OF_PERIOD = 'A period stands under its last day, so that it counts as complete when $as_of has reached it.';

/** Every row of the source up to $as_of. */
export function rowsDraft(profile: Profile, source: string, moment: Moment | null, rhythm: Rhythm | null): Draft {
  const named = namedColumns(profile, moment);
  const shifted = rhythm?.atStart === true;
  const at = moment && rhythm ? (shifted ? periodSql(moment.sql, rhythm.period) : moment.sql) : null;
  const items = [...(at ? [aliased(at, moment!.name)] : []), ...named.map(({ column, name }) => aliased(columnSql(source, column.name), name))];
  const comment = [at ? `Every row of ${oneLineOf(source)} up to $as_of, the day or moment that the report is made for.` : `Every row of ${oneLineOf(source)}: no column says when it happened.`, ...(shifted ? [END_OF_PERIOD] : [])];
  return {
    sql: select(comment, items, source, at ? upTo(at, shifted ? { ...moment!, isDate: true } : moment!, rhythm!) : null),
    labels: labelsOf(named, moment),
    time: at ? { column: moment!.name, period: rhythm!.period, reason: rhythm!.reason } : null,
  };
}

const MOST_GROUPS = 20_000;
const MOST_SPLITS = 3;

/** Sums by period and by text columns of few values: for data of single events. Null where there is nothing to group by. */
export function groupsDraft(profile: Profile, source: string, moment: Moment | null, rhythm: Rhythm | null, periods: number): Draft | null {
  const named = namedColumns(profile, moment);
  const splits: Named[] = [];
  let groups = moment ? Math.max(1, periods) : 1;
  for (const one of named.filter(({ column }) => column.kind === 'text' && column.distinct > 1 && column.distinct <= 40 && column.dateFormat === null).toSorted((a, b) => a.column.distinct - b.column.distinct)) {
    if (splits.length === MOST_SPLITS || groups * one.column.distinct > Math.min(MOST_GROUPS, profile.rows)) break;
    groups *= one.column.distinct;
    splits.push(one);
  }
  if (!moment && splits.length === 0) return null;
  const labels = labelsOf(named, moment);
  labels.set('row_count', 'Rows');
  const at = moment && rhythm ? periodSql(moment.sql, rhythm.period) : null;
  const items = [
    ...(at ? [aliased(at, moment!.name)] : []),
    ...splits.map(({ column, name }) => aliased(column.filled === profile.rows ? columnSql(source, column.name) : `coalesce(${columnSql(source, column.name)}, '(none)')`, name)),
    'count(*) AS row_count',
    ...named.flatMap(({ column, name }) => {
      const use = useOf(column)?.use;
      const value = columnSql(source, column.name);
      if (use === undefined) return [];
      if (use === 'mean') for (const part of ['sum', 'values']) labels.set(`${name}_${part}`, `${labels.get(name)!}, ${part}`);
      return use === 'mean' ? [`sum(${value}) AS ${nameSql(`${name}_sum`)}`, `count(${value}) AS ${nameSql(`${name}_values`)}`] : [`${use}(${value}) AS ${nameSql(name)}`];
    }),
  ];
  const comment = [`${oneLineOf(source)} by ${[...(rhythm ? [rhythm.period] : []), ...splits.map(({ name }) => name)].join(', ')}: single rows are too many to read, or nothing identifies one.`, ...(at && rhythm!.period !== 'hour' && rhythm!.period !== 'day' ? [END_OF_PERIOD] : [])];
  const inHours = rhythm?.period === 'hour';
  const bound = at ? upTo(inHours ? moment!.sql : at, { ...moment!, isDate: true }, rhythm!) : null;
  return { sql: select(comment, items, source, bound, '\nGROUP BY ALL'), labels, time: at ? { column: moment!.name, period: rhythm!.period, reason: rhythm!.reason } : null };
}

function labelsOf(named: readonly Named[], moment: Moment | null): Map<string, string> {
  return new Map([...(moment ? [[moment.name, moment.label] as const] : []), ...named.map(({ column, name }) => [name, labelOf(column.name)] as const)]);
}
