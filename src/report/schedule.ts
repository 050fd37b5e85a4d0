import { Cron } from 'croner';
import cronstrue from 'cronstrue';

export interface Schedule {
  cron: string;
  timezone: string;
}

const crons = new Map<string, Cron>();

function cronOf({ cron, timezone }: Schedule): Cron {
  const key = `${timezone} ${cron}`;
  let found = crons.get(key);
  // By its offset, UTC needs no format of the zone, of which the first takes 20 ms.
  const zone = timezone === 'UTC' ? { utcOffset: 0 } : { timezone };
  if (!found) crons.set(key, (found = new Cron(cron, { ...zone, mode: '5-part', paused: true })));
  return found;
}

interface ScheduleProblem {
  key: 'cron' | 'timezone';
  message: string;
}

/** Many reports have the same schedule, and looking for a time that comes takes a while. */
const problems = new Map<string, ScheduleProblem | null>();

/** What is wrong with a schedule, or null: five fields, a known zone, and a time that comes. */
export function scheduleProblem(schedule: Schedule): ScheduleProblem | null {
  const key = `${schedule.timezone} ${schedule.cron}`;
  let found = problems.get(key);
  if (found === undefined) problems.set(key, (found = findProblem(schedule)));
  return found;
}

function findProblem(schedule: Schedule): ScheduleProblem | null {
  if (!isTimeZone(schedule.timezone)) return { key: 'timezone', message: `no time zone "${schedule.timezone}"; use an IANA name such as Europe/Berlin` };
  try {
    if (cronOf(schedule).nextRun(new Date(0)) === null) return { key: 'cron', message: `"${schedule.cron}" names a time that never comes` };
  } catch (error) {
    return { key: 'cron', message: `"${schedule.cron}" is not a cron expression of five fields${whyNot(schedule.cron, error as Error)}` };
  }
  return null;
}

/** The first format takes 30 ms, with all that a process has to read for it, and the list of zones 3: it has all but their other names. */
function isTimeZone(name: string): boolean {
  if (name === 'UTC' || Intl.supportedValuesOf('timeZone').includes(name)) return true;
  try {
    dayFormat(name);
    return true;
  } catch {
    return false;
  }
}

/** Of another number of fields the library says that six or seven would do as well. */
function whyNot(cron: string, { message }: Error): string {
  const fields = cron.trim().split(/\s+/).filter(Boolean).length;
  return fields === 5 ? `: ${message}` : `: it has ${fields}, and needs minute, hour, day of month, month, day of week`;
}

/** The newest slot at or before a moment. */
export function lastSlot(schedule: Schedule, until: Date): Date | null {
  // croner looks strictly before its reference; a slot that is due this very minute counts.
  return cronOf(schedule).previousRuns(1, new Date(until.getTime() + 1))[0] ?? null;
}

/** The newest slot before another. */
export function slotBefore(schedule: Schedule, slot: Date): Date | null {
  return cronOf(schedule).previousRuns(1, slot)[0] ?? null;
}

/** The first slot after a moment; null where the schedule has none to come. */
export function nextSlot(schedule: Schedule, after: Date): Date | null {
  return cronOf(schedule).nextRun(after) ?? null;
}

/** Slots after one moment, up to and including another, oldest first; at most `most`. */
export function slotsBetween(schedule: Schedule, after: Date, until: Date, most: number): Date[] {
  const slots: Date[] = [];
  for (let slot = nextSlot(schedule, after); slot && slot <= until && slots.length < most; slot = nextSlot(schedule, slot)) slots.push(slot);
  return slots;
}

/** A schedule that fires at most once a day has dates for as-ofs; any other has dates with times. */
export function isDaily({ cron }: Schedule): boolean {
  const [minute = '', hour = ''] = cron.trim().split(/\s+/);
  return /^\d+$/.test(minute) && /^\d+$/.test(hour);
}

/** The as-of that a slot asks for: its date in the schedule's zone, or its minute in UTC. */
export function requestedAsOf(schedule: Schedule, slot: Date): string {
  if (!isDaily(schedule)) return slotText(slot);
  return dayFormat(schedule.timezone).format(slot);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** ISO dates in a zone; making a format costs a hundred times what using it does. */
function dayFormat(timeZone: string): Intl.DateTimeFormat {
  let found = formats.get(timeZone);
  if (!found) formats.set(timeZone, (found = new Intl.DateTimeFormat('en-CA-u-ca-iso8601-nu-latn', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })));
  return found;
}

/** ISO 8601 UTC to the minute, as the ledger names slots. */
export function slotText(slot: Date): string {
  return `${slot.toISOString().slice(0, 16)}Z`;
}

/** `At 06:00 AM, only on Monday (America/New_York)` */
export function scheduleWords(schedule: Schedule): string {
  const words = cronstrue.toString(schedule.cron, { use24HourTimeFormat: true, verbose: false });
  return `${words} (${schedule.timezone})`;
}
