import type { Period } from '../../report/schema.ts';
import { useOf } from './metrics.ts';
import type { Moment } from './moment.ts';
import { columnSql, nameSql } from './names.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import { periodSql, type Rhythm } from './rhythm.ts';
import { labelOf, oneLineOf, safeNames } from './words.ts';

/** A query that is proposed for a source, and what is known of its columns. */
export interface Draft {
  sql: string;
  /** What columns are called in the data, by their names in the result. */
  labels: Map<string, string>;
  /** `ends`: SQL of the last day of the period, where the column has the first. */
  time: { column: string; period: Period; reason: string; ends?: string | undefined } | null;
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
