import { quoteText } from '../../run/engine.ts';
import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { looksLikeCalendar, looksLikeId } from './key.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import { relationMade, type Relation } from './relation.ts';
import { oneLineOf, safeNames, wordsOf } from './words.ts';

/** How columns are called that are periods: each name is one, perhaps with the same text before or behind. */
interface Form {
  column: 'year' | 'quarter' | 'month' | 'day';
  /** A pattern that JavaScript and the engine read alike, whatever the case. */
  core: string;
  /** SQL of the period from what the pattern found; no pattern, as it stands. */
  sql?: (found: string, year: string) => string;
  /** Only with a column of years beside it. */
  ofYear?: true;
}

const MONTH = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}';
/** The first that reads three names or more is taken. */
const FORMS: readonly Form[] = [
  { column: 'day', core: '\\d{4}-\\d{2}-\\d{2}' },
  { column: 'day', core: '\\d{1,2}[/.]\\d{1,2}[/.](?:\\d{4}|\\d{2})' },
  { column: 'quarter', core: '\\d{4}[ /-]?q[1-4]' },
  { column: 'quarter', core: 'q[1-4][ /-]?\\d{4}' },
  { column: 'month', core: '(?:19|20)\\d{2}[-_. ](?:0[1-9]|1[0-2])', sql: (found) => `regexp_replace(${found}, '[_. ]', '-')` },
  { column: 'month', core: '(?:19|20)\\d{2}(?:0[1-9]|1[0-2])', sql: (found) => `CAST(${found} AS INTEGER)` },
  { column: 'month', core: `${MONTH}[ -](?:\\d{4}|\\d{2})`, sql: (found) => `regexp_replace(${found}, '^([A-Za-z]+)[ -]', '\\1-')` },
  { column: 'year', core: '(?:19|20)\\d{2}(?: \\[yr\\d{4}\\])?', sql: (found) => `CAST(left(${found}, 4) AS INTEGER)` },
  { column: 'month', core: MONTH, sql: (found) => `month(strptime(left(${found}, 3), '%b'))`, ofYear: true },
  { column: 'quarter', core: 'q[1-4]', sql: (found, year) => `${year} || upper(${found})`, ofYear: true },
];
const FEWEST = 3;
/** What stands before a period and says nothing of the values. */
const FILLERS = /^(x|y|yr|year|fy|cy|in|of|value|values)$/;

interface PeriodColumns {
  form: Form;
  /** Before and behind the period. */
  before: string;
  behind: string;
  columns: ColumnProfile[];
}

/** Columns that are periods, and no less than the other numbers. Null where there are none, or where they are of several kinds. */
function periodsOf({ columns }: Profile): PeriodColumns | null {
  const isNumber = ({ kind, finite, filled }: ColumnProfile): boolean => filled === 0 || ((kind === 'integer' || kind === 'decimal' || kind === 'double') && finite);
  const numbers = columns.filter((column) => isNumber(column));
  for (const form of FORMS) {
    const pattern = new RegExp(`^(.*?(?:^|[^\\d]))(${form.core})((?:$|[^\\d]).*)$`, 'i');
    const groups = new Map<string, PeriodColumns>();
    for (const column of numbers) {
      const [, before, , behind] = pattern.exec(column.name) ?? [];
      // A month stands alone: May may begin any word.
      if (before === undefined || behind === undefined || (form.ofYear && before + behind !== '')) continue;
      const group = groups.get(`${before}\n${behind}`) ?? { form, before, behind, columns: [] };
      group.columns.push(column);
      groups.set(`${before}\n${behind}`, group);
    }
    const [largest, ...others] = [...groups.values()].filter((group) => group.columns.length >= FEWEST && group.columns.filter(({ filled }) => filled > 0).length >= 2);
    if (largest === undefined) continue;
    const rest = numbers.filter((column) => !largest.columns.includes(column) && !isKept(column));
    return others.length > 0 || rest.length > largest.columns.length ? null : largest;
  }
  return null;
}

/** What says of which row a value is; another number would be repeated by each period. */
function isKept({ name, kind }: ColumnProfile): boolean {
  return (kind !== 'integer' && kind !== 'decimal' && kind !== 'double') || looksLikeId(name) || looksLikeCalendar(name);
}

const escaped = (text: string): string => text.replace(/[^\p{L}\p{N}_ ]/gu, '\\$&');

/** What columns that are periods are, in words; null where they are none. */
export function wideText(profile: Profile): string | null {
  const found = periodsOf(profile);
  return found && `the columns ${nameOf(found.columns[0]!)} to ${nameOf(found.columns.at(-1)!)} are ${found.form.column}s`;
}

const nameOf = ({ name }: ColumnProfile): string => oneLineOf(name, 40);

/**
 * A row of each column that is a period, so that a column that comes next time is a row and no other metric. @param totals rows that are left out
 * @returns null where no columns are periods, or where they do not say of which year
 */
export function turned(profile: Profile, source: string, totals: { where: string; note: string } | null): Relation | null {
  const found = periodsOf(profile);
  if (found === null) return null;
  const { form, before, behind, columns } = found;
  const kept = profile.columns.filter((column) => !columns.includes(column) && isKept(column));
  const year = kept.find(({ name, kind, filled }) => kind === 'integer' && filled === profile.rows && wordsOf(name).includes('year'));
  if (form.ofYear && year === undefined) return null;
  const left = profile.columns.filter((column) => !columns.includes(column) && !kept.includes(column));
  const stem = wordsOf(`${before} ${behind}`).filter((word) => !FILLERS.test(word)).join('_');
  // A name of its own: that of a column would be refused.
  const names = safeNames([...kept.map(({ name }) => name), form.column, stem === '' ? 'value' : stem]);
  const [period, value] = names.slice(-2).map(quoteIdentifier) as [string, string];
  const matching = quoteText(`(?i)^${escaped(before)}(${form.core})${escaped(behind)}$`);
  const text = before + behind === '' ? period : `regexp_extract(${period}, ${matching}, 1)`;
  const sql = form.sql?.(text, year ? quoteIdentifier(year.name) : '') ?? text;
  const items = [...kept.map(({ name }) => quoteIdentifier(name)), `CAST(COLUMNS(${matching}) AS DOUBLE)`];
  const says = `${wideText(profile)!}: the query makes a row of each, so that the next one is a row too`;
  return relationMade(`${source}_by_${form.column}`, [
    sql === period ? '  SELECT *' : `  SELECT * REPLACE (${sql} AS ${period})`,
    `  FROM (SELECT ${items.join(', ')} FROM ${quoteIdentifier(source)}${totals === null ? '' : ` WHERE ${totals.where}`})`,
    `  UNPIVOT (${value} FOR ${period} IN (COLUMNS(${matching})))`,
  ].join('\n'), [...(totals ? [totals.note] : []), left.length === 0 ? says : `${says}; ${left.slice(0, 8).map(nameOf).join(', ')}${left.length > 8 ? ', …' : ''} ${left.length === 1 ? 'is' : 'are'} left out, which each would repeat`]);
}
