import type { Period } from '../../report/schema.ts';
import { count } from '../../snapshot/count.ts';
import { cellsOf, type Ask } from './profile.ts';

/** How the moments of a time column lie. */
export interface Spacing {
  instants: number;
  days: number;
  /** Median distance of neighbours in seconds, and of different days in days; null for a single one. */
  gapSeconds: number | null;
  gapDays: number | null;
  /** What holds for every moment. */
  atMidnight: boolean;
  onTheHour: boolean;
  firstOf: { month: boolean; quarter: boolean; year: boolean };
  sameWeekday: boolean;
  first: string;
  last: string;
}

export interface Rhythm {
  period: Period;
  /** The dates are the first day of their period; a period's own date is better its last day. */
  atStart: boolean;
  reason: string;
}

/** @param time SQL of a DATE or TIMESTAMP over the rows of `base`, a SELECT */
export async function readSpacing(ask: Ask, base: string, time: string): Promise<Spacing> {
  const answer = await ask(`WITH base_rows AS (\n${base}\n),
moments AS (SELECT DISTINCT CAST(${time} AS TIMESTAMP) AS moment FROM base_rows WHERE isfinite(${time})),
instants AS (SELECT moment, epoch(moment) - lag(epoch(moment)) OVER (ORDER BY moment) AS gap FROM moments),
dates AS (SELECT DISTINCT CAST(moment AS DATE) AS day FROM moments),
days AS (SELECT day, day - lag(day) OVER (ORDER BY day) AS gap FROM dates)
SELECT count(*) AS instants, median(gap) AS gap_seconds, (SELECT count(*) FROM days) AS days, (SELECT median(gap) FROM days) AS gap_days,
  bool_and(moment = date_trunc('day', moment)) AS midnight, bool_and(moment = date_trunc('hour', moment)) AS hourly,
  bool_and(day(moment) = 1) AS months, bool_and(day(moment) = 1 AND month(moment) IN (1, 4, 7, 10)) AS quarters, bool_and(day(moment) = 1 AND month(moment) = 1) AS years,
  count(DISTINCT isodow(moment)) AS weekdays, strftime(min(moment), '%Y-%m-%d') AS first, strftime(max(moment), '%Y-%m-%d') AS last
FROM instants`);
  const cell = cellsOf(answer);
  const number = (name: string): number | null => (cell(name) === null ? null : Number(cell(name)));
  return {
    instants: Number(cell('instants')), days: Number(cell('days')), gapSeconds: number('gap_seconds'), gapDays: number('gap_days'),
    atMidnight: cell('midnight') === 'true', onTheHour: cell('hourly') === 'true',
    firstOf: { month: cell('months') === 'true', quarter: cell('quarters') === 'true', year: cell('years') === 'true' },
    sameWeekday: cell('weekdays') === '1', first: cell('first') ?? '', last: cell('last') ?? '',
  };
}

const DAY = 86_400;

/** The period of a history, from the distances of its moments. */
export function rhythmOf(spacing: Spacing): Rhythm {
  const { instants, days, gapSeconds, gapDays, atMidnight, onTheHour, firstOf, first, last } = spacing;
  const range = first === last ? `all on ${first}` : `${first} to ${last}`;
  if (!atMidnight && onTheHour && gapSeconds !== null && gapSeconds < 20 * 3600) return { period: 'hour', atStart: false, reason: `${count(instants)} different hours, ${range}` };
  if (!atMidnight && days > 0 && days <= 3 && instants > 12) return { period: 'hour', atStart: false, reason: `${count(instants)} different moments, ${range}` };
  const reason = (gap: string): string => `${count(days)} different dates, mostly ${gap} apart, ${range}`;
  const gap = gapDays ?? (gapSeconds === null ? 1 : gapSeconds / DAY);
  if (days <= 1) return { period: 'day', atStart: false, reason: `one date, ${range}` };
  if (gap <= 4) return { period: 'day', atStart: false, reason: reason(gap === 1 ? 'a day' : `${gap} days`) };
  if (gap <= 12) return { period: 'week', atStart: false, reason: reason(gap === 7 ? 'a week' : `${gap} days`) };
  if (gap <= 45) return { period: 'month', atStart: firstOf.month, reason: reason('a month') };
  if (gap <= 135) return { period: 'quarter', atStart: firstOf.quarter, reason: reason('a quarter') };
  return { period: 'year', atStart: firstOf.year, reason: reason(gap < 400 ? 'a year' : `${Math.round(gap / 365.25)} years`) };
}

/** When the job runs, by the data's rhythm: early in the day after a period ended. */
export const SCHEDULES: Record<Period, { cron: string; reason: string }> = {
  hour: { cron: '10 * * * *', reason: 'ten minutes past each hour, as the data is hourly' },
  day: { cron: '0 6 * * *', reason: 'each morning, as the data is daily' },
  week: { cron: '0 7 * * 1', reason: 'each Monday, as the data is weekly' },
  month: { cron: '0 7 2 * *', reason: 'on the 2nd, as the data is monthly' },
  quarter: { cron: '0 7 2 1,4,7,10 *', reason: 'after each quarter, as the data is quarterly' },
  year: { cron: '0 7 15 1 *', reason: 'in January, as the data is yearly' },
};

/** SQL of the last day of the period that holds a moment; for hours, of its start. */
export function periodSql(time: string, period: Period): string {
  if (period === 'hour') return `date_trunc('hour', ${time})`;
  if (period === 'day') return `CAST(${time} AS DATE)`;
  if (period === 'month') return `last_day(${time})`;
  if (period === 'year') return `make_date(year(${time}), 12, 31)`;
  return `CAST(date_trunc('${period}', ${time}) + INTERVAL ${period === 'week' ? '7 day' : '3 month'} AS DATE) - 1`;
}
