import { columnSql } from './names.ts';
import { hasClock, parsedSql } from './date-format.ts';
import type { ColumnProfile, Profile } from './profile.ts';
import { labelOf, oneLineOf, safeNames, wordsOf } from './words.ts';

/** The moment of a row: SQL over the source, and what it is called in the result. */
export interface Moment {
  sql: string;
  name: string;
  label: string;
  /** Columns that it is made of. */
  columns: string[];
  isDate: boolean;
}

const TIME_WORDS = /^(date|day|time|timestamp|datetime|at|ts|week|month|quarter|year|period|when|created|occurred|datum|tag|woche|monat|jahr|zeit|zeitpunkt)$/;
const DAY_OF_MONTH = /^(day|(day|date) of (the )?month|mday)$/;
const NO_TIME = /^(birth|birthday|due|deadline|target|updated|modified|expiry|expires|end|ended|until|closed|done)$/;

/** The column that says when a row happened, or null: a date, what is written as one, or a year as a number. */
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
    const clock = best.dateFormat === null ? best.kind === 'timestamp' : hasClock(best.dateFormat);
    return { sql: best.dateFormat === null ? written : parsedSql(written, best.dateFormat), name: name(best), label: labelOf(best.name), columns: [best.name], isDate: !clock };
  }
  const calendar = (word: string, least: number, most: number): ColumnProfile | undefined =>
    profile.columns.find((column) => column.kind === 'integer' && column.filled === profile.rows && wordsOf(column.name).includes(word) && Number(column.min) >= least && Number(column.max) <= most);
  const year = calendar('year', 1500, 2200);
  if (!year) return null;
  const month = calendar('month', 1, 12);
  const day = month && profile.columns.find((column) => column.kind === 'integer' && column.filled === profile.rows && DAY_OF_MONTH.test(wordsOf(column.name).join(' ')) && Number(column.min) >= 1 && Number(column.max) <= 31);
  const whole = (column: ColumnProfile): string => `CAST(${columnSql(source, column.name)} AS INTEGER)`;
  if (month && day) return { sql: `make_date(${whole(year)}, ${whole(month)}, ${whole(day)})`, name: 'date', label: 'Date', columns: [year.name, month.name, day.name], isDate: true };
  return { sql: month ? `last_day(make_date(${whole(year)}, ${whole(month)}, 1))` : `make_date(${whole(year)}, 12, 31)`, name: month ? 'month_to' : 'year_to', label: month ? 'Month to' : 'Year to', columns: month ? [year.name, month.name] : [year.name], isDate: true };
}

const MONTH = /^(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?$/i;
const FISCAL = /^FY ?['’]?(?:\d{2}|\d{4})$/i;
const SPAN = /^(?:FY ?)?(\d{4})[/–-](\d{2}|\d{4})$/i;

/** FY2019, FY19, 2019/20, 2019-20: a year that has no last day known to all. */
function isFiscal(text: string): boolean {
  const [, from, to] = SPAN.exec(text) ?? [];
  return FISCAL.test(text) || (from !== undefined && String(Number(from) + 1).endsWith(to!));
}

function textOf({ columns }: Profile, holds: (text: string) => boolean): ColumnProfile | undefined {
  return columns.find(({ kind, min, max }) => kind === 'text' && min !== null && max !== null && [min, max].every((text) => holds(text.trim())));
}

/** The column of years that end on a day nobody knows: rows stand in their order. */
export function fiscalColumn(profile: Profile): ColumnProfile | undefined {
  return textOf(profile, isFiscal);
}

/** What looks like a time, and is none that can be known from the data alone, with what helps; null where nothing does. */
export function undatedWords(profile: Profile): string | null {
  const year = fiscalColumn(profile);
  if (year) return `${oneLineOf(year.name, 40)} has years such as ${oneLineOf(year.min!, 20)}, and nothing says on which day they end: they stay texts, in their order; where you know it, let the SQL give the last day of each as a date`;
  const month = textOf(profile, (text) => MONTH.test(text));
  return month ? `${oneLineOf(month.name, 40)} has months such as ${oneLineOf(month.min!, 20)}, and nothing says of which year: they stay texts; let the SQL give the last day of each as a date, with its year` : null;
}
