import type { Period } from '../report/schema.ts';
import { endOf, type AsOf } from './as-of.ts';

/*
 * A period is named by its start: a date (`2001-06-25`), or for hours an instant (`2001-06-30T14:00:00Z`).
 * Weeks are ISO weeks and start on Monday. All is in UTC and in the proleptic Gregorian calendar,
 * years 0001 to 9999, as DuckDB counts.
 */

const CELL = /^(\d{4})-(\d{2})-\d{2}(?:[T ](\d{2}):\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|\+00(?::00)?)?)?$/;
const DAY = 86_400_000;
const MONTHS: Partial<Record<Period, number>> = { month: 1, quarter: 3, year: 12 };

/** Start of the period that holds a kept cell of a DATE or TIMESTAMP column; null for what is no such time (infinity). */
export function periodOf(cell: string, period: Period): string | null {
  const [, year, month, hour] = CELL.exec(cell) ?? [];
  if (year === undefined || month === undefined || year === '0000') return null;
  switch (period) {
    case 'hour': return `${cell.slice(0, 10)}T${hour ?? '00'}:00:00Z`;
    case 'day': return cell.slice(0, 10);
    case 'week': return weekOf(cell.slice(0, 10));
    case 'month': return `${year}-${month}-01`;
    case 'quarter': return `${year}-${String(Math.floor((Number(month) - 1) / 3) * 3 + 1).padStart(2, '0')}-01`;
    case 'year': return `${year}-01-01`;
  }
}

/** The instant at which the period has ended, in epoch milliseconds. */
export function periodEnd(start: string, period: Period): number {
  const months = MONTHS[period];
  if (months !== undefined) return addMonths(start, months);
  return Date.parse(start) + length(period);
}

/** A period is complete where the as-of covers its end. */
export function isComplete(start: string, period: Period, asOf: AsOf): boolean {
  return periodEnd(start, period) <= endOf(asOf);
}

/** Start of the period that is `count` periods later, or earlier where it is negative. */
export function shift(start: string, period: Period, count: number): string {
  const months = MONTHS[period];
  const time = months === undefined ? Date.parse(start) + count * length(period) : addMonths(start, count * months);
  return startText(time, period);
}

/**
 * SQL that gives the text of `periodOf` for a DATE or TIMESTAMP column, in a session whose TimeZone
 * is UTC; NULL where that is null.
 */
export function sqlPeriod(columnSql: string, period: Period): string {
  const time = `TRY_CAST(${columnSql} AS TIMESTAMP)`;
  const format = period === 'hour' ? '%Y-%m-%dT%H:00:00Z' : '%Y-%m-%d';
  const inRange = `${time} >= TIMESTAMP '0001-01-01' AND ${time} < TIMESTAMP '10000-01-01'`;
  return `CASE WHEN ${inRange} THEN strftime(date_trunc('${period}', ${time}), '${format}') END`;
}

function length(period: Period): number {
  if (period === 'hour') return DAY / 24;
  return period === 'week' ? 7 * DAY : DAY;
}

function weekOf(date: string): string {
  const time = Date.parse(date);
  const weekday = (new Date(time).getUTCDay() + 6) % 7;
  return startText(time - weekday * DAY, 'week');
}

function startText(time: number, period: Period): string {
  const text = new Date(time).toISOString();
  return period === 'hour' ? `${text.slice(0, 13)}:00:00Z` : text.slice(0, 10);
}

/** Starts are on the first of a month, so no month is too short. */
function addMonths(start: string, count: number): number {
  const date = new Date(start);
  return date.setUTCMonth(date.getUTCMonth() + count);
}
