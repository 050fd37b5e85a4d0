import type { Period } from '../../report/schema.ts';
import { endOf, hasTime } from '../../snapshot/as-of.ts';
import { count } from '../../snapshot/count.ts';
import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { cellsOf, type Ask } from './profile.ts';
import { oneLineOf } from './words.ts';

/** How the newest moments of a source lie. */
export interface Recent {
  moments: number;
  /** Of the newest, in seconds. */
  longestGap: number | null;
  medianGap: number | null;
  /** As a kept cell. */
  newest: string | null;
}

export interface ProposedFreshness {
  column: string;
  within: string;
  reason: string;
  /** The newest row is as new as that now, so that it can be held from the start. */
  holds: boolean;
}

const LOOKED_AT = 60;

/** @param table a source, @param column of dates or times */
export async function readRecent(ask: Ask, table: string, column: string, period: Period): Promise<Recent> {
  const name = `base_rows.${quoteIdentifier(column)}`;
  const cell = cellsOf(await ask(`WITH base_rows AS (SELECT * FROM ${quoteIdentifier(table)}),
moments AS (SELECT DISTINCT CAST(CAST(${name} AS ${period === 'hour' ? 'TIMESTAMP' : 'DATE'}) AS TIMESTAMP) AS moment FROM base_rows WHERE isfinite(${name})),
gaps AS (SELECT moment, epoch(moment) - lag(epoch(moment)) OVER (ORDER BY moment) AS gap FROM moments ORDER BY moment DESC LIMIT ${LOOKED_AT})
SELECT count(*) AS moments, max(gap) AS longest, median(gap) AS median_gap, (SELECT max(${name}) FROM base_rows WHERE isfinite(${name})) AS newest FROM gaps`));
  const number = (key: string): number | null => (cell(key) === null ? null : Number(cell(key)));
  return { moments: Number(cell('moments')), longestGap: number('longest'), medianGap: number('median_gap'), newest: cell('newest') };
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** How much later than the rhythm says rows may come, before somebody should look. */
const SLACK: { [period in Period]: number } = { hour: 2 * HOUR, day: 12 * HOUR, week: 3 * DAY, month: 10 * DAY, quarter: 21 * DAY, year: 56 * DAY };
const LENGTH: { [period in Period]: number } = { hour: HOUR, day: DAY, week: 7 * DAY, month: 31 * DAY, quarter: 92 * DAY, year: 366 * DAY };
const LEAST_MOMENTS = 6;
/** What comes far more irregularly has no rhythm that it could fall out of. */
const MOST_IRREGULAR = 4;
/** Data that is older than this is an export that somebody made once, or has ended. */
const LONG_AGO = 60 * DAY;

/** How old a source's newest row may be, by how far its rows lie apart; null where nothing can be said, or the data has long ended. @param atStart dates are the first days of their periods */
export function freshnessOf(column: string, { moments, longestGap, medianGap, newest }: Recent, { period, atStart }: { period: Period; atStart: boolean }, now: Date): ProposedFreshness | null {
  if (newest === null || longestGap === null || medianGap === null || moments < LEAST_MOMENTS) return null;
  if (longestGap > Math.max(MOST_IRREGULAR * medianGap, 4 * DAY)) return null;
  const allowed = longestGap + (atStart ? LENGTH[period] : 0) + SLACK[period];
  const age = (now.getTime() - (hasTime(newest) ? Date.parse(newest) : endOf(newest))) / 1_000;
  // Plans and forecasts are always new.
  if (!Number.isFinite(age) || age < -DAY || age > Math.max(LONG_AGO, allowed)) return null;
  const holds = age <= allowed;
  const apart = `the newest ${count(moments)} values of ${oneLineOf(column)} lie at most ${spanText(longestGap)} apart`;
  return { column, within: spanText(allowed), holds, reason: `${apart}: where the newest row is older than this, runs warn; with level: error they fail, and the last snapshot stays` };
}

/** As the schema has it, rounded up. */
function spanText(seconds: number): string {
  const [size, unit] = seconds < 3 * DAY && seconds % DAY !== 0 ? [HOUR, 'hour'] : seconds < 35 * DAY ? [DAY, 'day'] : [7 * DAY, 'week'];
  const units = Math.max(1, Math.ceil(seconds / size - 1e-9));
  return `${units} ${unit}${units === 1 ? '' : 's'}`;
}
