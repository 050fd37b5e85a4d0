import type { MetricFacts } from '../analysis/facts/facts.ts';
import { hasTime, type AsOf } from '../snapshot/as-of.ts';

/** Words for moments. English is written out here, so that no machine's locale or zone has a say. */
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

export type SeriesStep = MetricFacts['step'];

/** `30 June 2001` from a date or an instant, by UTC. */
function formatDay(moment: string): string {
  const { day, month, year } = partsOf(moment);
  return `${day} ${MONTHS[month]} ${year}`;
}

/** `June 2001` */
export function formatMonth(moment: string): string {
  const { month, year } = partsOf(moment);
  return `${MONTHS[month]} ${year}`;
}

/** `30 June 2001`, or `14:00 UTC, 30 June 2001` */
export function formatAsOf(asOf: AsOf): string {
  return hasTime(asOf) ? `${clockOf(asOf)} UTC, ${formatDay(asOf)}` : formatDay(asOf);
}

/** An instant, ISO 8601 UTC: `06:12 UTC, 1 July 2001` */
export function formatInstant(instant: string): string {
  return `${clockOf(instant)} UTC, ${formatDay(instant)}`;
}

/** An instant in the zone that a schedule is written in: `06:00 New York time, 1 July 2001` */
export function formatInZone(instant: string, timezone: string): string {
  if (timezone === 'UTC' || timezone === 'Etc/UTC') return formatInstant(instant);
  const parts = new Map(zoneFormat(timezone).formatToParts(Date.parse(instant)).map(({ type, value }) => [type, value]));
  const date = `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`;
  const place = timezone.slice(timezone.lastIndexOf('/') + 1).replaceAll('_', ' ');
  return `${parts.get('hour')}:${parts.get('minute')} ${place} time, ${formatDay(date)}`;
}

/** The period that starts at `period`: `week of 25 June 2001`, `June 2001`, `Q2 2001`, `14:00 UTC, 30 June 2001`. */
export function formatPeriod(period: string, step: SeriesStep): string {
  const { month, year } = partsOf(period);
  switch (step) {
    case 'hour':
      return formatInstant(period);
    case 'week':
      return `week of ${formatDay(period)}`;
    case 'month':
      return formatMonth(period);
    case 'quarter':
      return `Q${Math.floor(month / 3) + 1} ${year}`;
    case 'year':
      return String(year);
    case 'day':
      return formatDay(period);
    case 'snapshot':
      return period.length > 10 ? formatInstant(period) : formatDay(period);
  }
}

/**
 * An earlier period beside a later one, without what both share: `29 June`, `May`, `13:00`; the year
 * stands only where it differs.
 */
export function formatEarlier(period: string, step: SeriesStep, later: string | null): string {
  const words = formatPeriod(period, step);
  if (step === 'year' || !later) return words;
  if (period.length > 10 && period.slice(0, 10) === later.slice(0, 10)) return clockOf(period);
  return period.slice(0, 4) === later.slice(0, 4) ? words.replace(/ \d{4}$/, '') : words;
}

/** Labels of an axis of time: the finest unit that the ticks differ in, with the next one below where it changes. */
export function axisLabels(ticks: readonly Date[]): string[] {
  const moments = ticks.map((tick) => tick.toISOString());
  const unit = moments.every((at) => at.slice(5, 16) === '01-01T00:00') ? 'year'
    : moments.every((at) => at.slice(8, 16) === '01T00:00') ? 'month'
    : moments.every((at) => at.slice(11, 16) === '00:00') ? 'day' : 'hour';
  return moments.map((at, index) => {
    const { day, month, year } = partsOf(at);
    const short = MONTHS[month]!.slice(0, 3);
    const before = moments[index - 1];
    if (unit === 'year') return String(year);
    if (unit === 'hour') return before?.slice(0, 10) === at.slice(0, 10) ? clockOf(at) : `${clockOf(at)}\n${day} ${short}`;
    const fine = unit === 'month' ? short : `${day} ${short}`;
    return before?.slice(0, 4) === at.slice(0, 4) ? fine : `${fine}\n${year}`;
  });
}

const zones = new Map<string, Intl.DateTimeFormat>();

function zoneFormat(timezone: string): Intl.DateTimeFormat {
  let found = zones.get(timezone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    });
    zones.set(timezone, found);
  }
  return found;
}

function clockOf(moment: string): string {
  return moment.slice(11, 16);
}

function partsOf(moment: string): { year: number; month: number; day: number } {
  return { year: Number(moment.slice(0, 4)), month: Number(moment.slice(5, 7)) - 1, day: Number(moment.slice(8, 10)) };
}
