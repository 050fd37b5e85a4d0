import { slotsBetween } from './schedule.ts';

/** How often a cron expression fires: the same at another hour, or on another day of the week. */
interface Rhythm {
  /** Days a year with a slot, on average. */
  days: number;
  /** Slots on such a day. */
  times: number;
}

/** The calendar of these years, weekdays and leap days, comes again after them. */
const [FROM, TO] = [new Date('1971-12-31T23:59:00Z'), new Date('1999-12-31T23:59:00Z')];
const YEARS = 28;
const DAYS = 10_227;
const DAY = 86_400_000;

const NAMED: { [name: string]: string } = { '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *' };

/** Asking for ten thousand days takes a second, and many reports have the same ones. */
const known = new Map<string, number>();

/** @param cron of a schedule that is sound */
export function rhythmOf(cron: string): Rhythm {
  const [minute, hour, ...days] = (NAMED[cron.trim().toLowerCase()] ?? cron.trim()).split(/\s+/);
  const dates = days.join(' ');
  return { days: (dates === '* * *' ? DAYS : counted(`0 0 ${dates}`, TO)) / YEARS, times: counted(`${minute} ${hour} * * *`, new Date(FROM.getTime() + DAY)) };
}

/** In UTC, where each day has its hours once. */
function counted(cron: string, until: Date): number {
  const found = known.get(cron) ?? slotsBetween({ cron, timezone: 'UTC' }, FROM, until, DAYS).length;
  known.set(cron, found);
  return found;
}
