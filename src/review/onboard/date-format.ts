import { DATE_SHAPES } from '../../run/text-shapes.ts';
import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { cellsOf, type Ask, type ColumnProfile, type Profile } from './profile.ts';
import { wordsOf } from './words.ts';

/** Formats of dates as texts, and of weeks. Where month and day could be either, both formats fit and none is taken. */
const TEXTS = [
  ...Object.keys(DATE_SHAPES).filter((format) => !format.startsWith('%y')),
  '%Y/%m/%d', '%b %d %Y', '%b %d, %Y', '%B %d, %Y', '%A, %B %d, %Y', '%d %b %Y', '%d %B %Y', '%d-%b-%Y', '%d-%b-%y', '%b %Y', '%B %Y', '%b-%Y', '%b-%y', '%Y-%m', '%m/%Y', '%Y%m%d', '%G-W%V', '%GW%V',
  '%Y/%m/%d %H:%M', '%Y/%m/%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M:%S', '%Y-%m-%dT%H:%M',
  '%Y-%m-%d %H:%M:%S %z', '%d/%b/%y %I:%M %p', '%d/%b/%Y %I:%M %p', '%d/%b/%Y:%H:%M:%S %z', '%b %d, %Y %I:%M %p',
];
/** What no format of the engine’s reads: 2019Q3 and Q3 2019, seconds and milliseconds since 1970. */
const [QUARTER, SECONDS, MILLISECONDS] = ['quarter', 'seconds', 'milliseconds'];
/** 2010-11 and 2011-12 are years that begin in the one and end in the other, or months 13 apart, which nobody writes. */
const SPAN = 'years';
const QUARTERS = '\\d{4}[ /-]?[Qq][1-4]|[Qq][1-4][ /-]?\\d{4}';

/** Numbers that are dates, by the least and the largest that count as such. */
const NUMBERS: [format: string, least: number, most: number][] = [['%Y%m', 190_001, 220_012], ['%Y%m%d', 19_000_101, 22_001_231], [SECONDS, 1e9, 2.2e9], [MILLISECONDS, 1e12, 2.2e12]];
const NAMED = /^(date|day|month|period|time|timestamp|datetime|ts|at|created|updated|modified|epoch|utc|unix|yearmonth|yyyymm|yyyymmdd|datum|tag|monat|zeit|zeitpunkt)$/;

/** The format that a whole number may have as a date, by its name and its values; null where it is a number. */
export function numberFormat({ name, kind, filled, min, max }: ColumnProfile): string | null {
  if (kind !== 'integer' || filled === 0 || !wordsOf(name).some((word) => NAMED.test(word))) return null;
  return NUMBERS.find(([, least, most]) => Number(min) >= least && Number(max) <= most)?.[0] ?? null;
}

/** Whether the moment has a time of day. @param format one of `strptime`, or of Daybook’s own words for numbers */
export const hasClock = (format: string): boolean => /%[HI]/.test(format) || format === SECONDS || format === MILLISECONDS;

/** SQL of the moment that a column says in a format: of a quarter or a week, its last day. @param written SQL of the column */
export function parsedSql(written: string, format: string): string {
  if (format === SECONDS) return `make_timestamp(CAST(${written} AS BIGINT) * 1000000)`;
  if (format === MILLISECONDS) return `epoch_ms(${written})`;
  const text = `CAST(${written} AS VARCHAR)`;
  const part = (pattern: string): string => `CAST(regexp_extract(${text}, '${pattern}', 1) AS INTEGER)`;
  if (format === QUARTER) return `last_day(make_date(${part('(\\d{4})')}, 3 * ${part('[Qq]([1-4])')}, 1))`;
  const parsed = `strptime(${text}, '${format}')`;
  if (format.includes('%z')) return `CAST(${parsed} AS TIMESTAMP)`;
  return hasClock(format) ? parsed : `CAST(${parsed} AS DATE)${format.includes('%V') ? ' + 6' : ''}`;
}

/** Whether every value has a format. %Y takes the year 25 of 31.12.25 as it is written. */
function fits(value: string, format: string): string {
  if (format === SECONDS || format === MILLISECONDS) return `count(${value}) > 0`;
  const text = `CAST(${value} AS VARCHAR)`;
  if (format === SPAN) return `count(DISTINCT ${value}) > 1 AND count(${value}) = count(*) FILTER (regexp_full_match(${text}, '\\d{4}-\\d{2}') AND (TRY_CAST(left(${text}, 4) AS INTEGER) + 1) % 100 = TRY_CAST(right(${text}, 2) AS INTEGER))`;
  return `count(${value}) = count(*) FILTER (${format === QUARTER ? `regexp_full_match(${text}, '${QUARTERS}')` : `year(try_strptime(${text}, '${format}')) >= 1000`})`;
}

const SAMPLE = 500;
/** Formats in one SELECT: those of a hundred columns of text at once need more memory than there is. */
const MOST_AT_ONCE = 400;

/** Adds `dateFormat` to columns whose every value is a date in one format. */
export async function withDateFormats(ask: Ask, base: string, profile: Profile): Promise<Profile> {
  const tried = profile.columns.flatMap((column, index) => {
    const number = numberFormat(column);
    const formats = number !== null ? [number] : column.kind === 'text' && column.filled > 0 && /\d/.test(column.min ?? '') ? [...TEXTS, QUARTER, SPAN] : [];
    return formats.map((format, at) => ({ column, format, name: `c${index}_${at}` }));
  });
  if (tried.length === 0) return profile;
  const asked = async (some: typeof tried, from: string): Promise<typeof tried> => {
    const fitting: typeof tried = [];
    for (let at = 0; at < some.length; at += MOST_AT_ONCE) {
      const part = some.slice(at, at + MOST_AT_ONCE);
      const cell = cellsOf(await ask(`WITH base_rows AS (${from})\nSELECT ${part.map(({ column, format, name }) => `${fits(`base_rows.${quoteIdentifier(column.name)}`, format)} AS ${name}`).join(', ')} FROM base_rows`));
      fitting.push(...part.filter(({ name }) => cell(name) === 'true'));
    }
    return fitting;
  };
  const likely = await asked(tried, `SELECT * FROM (\n${base}\n) LIMIT ${SAMPLE}`);
  if (likely.length === 0) return profile;
  const sure = await asked(likely, `\n${base}\n`);
  return {
    ...profile,
    columns: profile.columns.map((column) => {
      const fitting = sure.filter((one) => one.column === column).map(({ format }) => format);
      // May is short and long.
      const formats = fitting.filter((format) => !format.includes('%B') || !fitting.includes(format.replace('%B', '%b')));
      return formats.length === 1 && formats[0] !== SPAN ? { ...column, dateFormat: formats[0]! } : column;
    }),
  };
}
