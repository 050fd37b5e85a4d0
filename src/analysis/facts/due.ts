import { DaybookError } from '../../error.ts';
import type { Report } from '../../report/report.ts';
import { lastSlot, nextSlot, requestedAsOf, slotBefore, slotsBetween, slotText, type Schedule } from '../../report/schedule.ts';
import { endOf, type AsOf } from '../../snapshot/as-of.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import type { MissedRecord } from '../../snapshot/entry.ts';
import type { ReportState } from '../../snapshot/ledger-state.ts';

export interface Slot {
  /** The time that the schedule named, ISO 8601 UTC to the minute. */
  slot: string;
  requested: AsOf;
  /** `schedule`: it is due; `definition`: the newest slot again, whose definition has changed; `if-new`: only worth a run if its inputs are new (a retry, a corrected archive). */
  why: 'schedule' | 'definition' | 'if-new';
}

interface Due {
  slots: Slot[];
  missed: MissedRecord[];
}

/** A job this late still runs the slot of a report that does not catch up, and no slot counts as forgotten before; in milliseconds. */
export const LATE = 2 * 3_600_000;
/** More slots than this are left to the next job. */
const MOST = 500;
/** Missed slots beyond this are not counted: each costs time, and a schedule of every minute has half a million a year. */
const COUNTED = 10_000;
/** What one backfill may ask for. */
const MOST_IN_RANGE = 100_000;
const DAY = 86_400_000;

/**
 * What a report owes at a moment, from its schedule and the ledger alone, so that a late or missed
 * job catches up. `ends`: the last as-of of data that has ended; later slots ask for it again and
 * promise nothing new.
 */
export function dueSlots(report: Report, state: ReportState | undefined, now: Date, ends: AsOf | null, definition: Digest): Due {
  const { schedule } = report;
  const newest = lastSlot(schedule, now);
  if (!newest) return { slots: [], missed: [] };
  const slotOf = (date: Date, why: Slot['why'] = 'schedule'): Slot => ({ slot: slotText(date), requested: clamp(requestedAsOf(schedule, date), ends), why });
  if (!state?.lastSlot) return { slots: [slotOf(newest)], missed: [] };

  const again = repeats(state, definition);
  const since = new Date(state.lastSlot);
  if (newest <= since) return { slots: again, missed: [] };
  const promised = lastPromised(schedule, newest, ends);
  if (!promised || promised <= since) return { slots: again.length > 0 ? again : [slotOf(newest, 'if-new')], missed: [] };
  return catchUp(report, since, promised, now, slotOf);
}

/** The newest slot that asks for an as-of which the data reaches. */
function lastPromised(schedule: Schedule, newest: Date, ends: AsOf | null): Date | null {
  if (ends === null || requestedAsOf(schedule, newest) <= ends) return newest;
  // No zone is two days from UTC, so that this slot is at or after the one that is looked for.
  let slot = lastSlot(schedule, new Date(Math.min(newest.getTime(), endOf(ends) + 2 * DAY)));
  while (slot && requestedAsOf(schedule, slot) > ends) slot = slotBefore(schedule, slot);
  return slot;
}

function catchUp(report: Report, since: Date, newest: Date, now: Date, slotOf: (date: Date) => Slot): Due {
  const { schedule } = report;
  const { catch_up } = schedule;
  if (catch_up === 'all') return { slots: slotsBetween(schedule, since, newest, MOST).map((slot) => slotOf(slot)), missed: [] };
  const runs = catch_up === 'last' || now.getTime() - newest.getTime() <= LATE;
  const reason = catch_up === 'last' ? 'no job ran; a later slot took over' : 'no job ran within two hours';
  return { slots: runs ? [slotOf(newest)] : [], missed: missedOf(report, since, runs ? slotBefore(schedule, newest) : newest, reason) };
}

function missedOf({ id, schedule }: Report, since: Date, last: Date | null, reason: string): MissedRecord[] {
  if (!last || last <= since) return [];
  const lost = slotsBetween(schedule, since, last, COUNTED);
  if (lost.length === 0) return [];
  const uncounted = lost.at(-1)! < last;
  return [{ report: id, from: slotText(lost[0]!), to: slotText(last), count: lost.length, reason: uncounted ? `${reason}; counted to ${COUNTED}, there were more` : reason }];
}

/** The newest slot once more: its definition has changed since, or it failed. */
function repeats({ newest }: ReportState, definition: Digest): Slot[] {
  if (!newest) return [];
  const { slot, requested, status, definition: asked } = newest.run;
  if (asked !== definition) return [{ slot, requested, why: 'definition' }];
  return status === 'failed' ? [{ slot, requested, why: 'if-new' }] : [];
}

function clamp(requested: AsOf, ends: AsOf | null): AsOf {
  return ends !== null && requested > ends ? ends : requested;
}

/** When the next result is promised after the ledger's last slot; null where the data has ended. */
export function nextDue(report: Report, state: ReportState | undefined, ends: AsOf | null): string | null {
  if (!state?.lastSlot) return null;
  const next = nextSlot(report.schedule, new Date(state.lastSlot));
  if (!next || (ends !== null && requestedAsOf(report.schedule, next) > ends)) return null;
  return slotText(next);
}

/** The slot of a report that has never run: the newest one, which is due, else the first to come. */
export function firstDue({ schedule }: Pick<Report, 'schedule'>, now: Date): string | null {
  const slot = lastSlot(schedule, now) ?? nextSlot(schedule, now);
  return slot && slotText(slot);
}

/**
 * Slots whose as-of lies in a range, both ends included, oldest first: what a backfill runs.
 * @throws `wrong-use` where they are too many
 */
export function slotsInRange(report: Report, from: AsOf, to: AsOf, most = MOST_IN_RANGE): Slot[] {
  const slots = slotsBetween(report.schedule, new Date(Date.parse(from) - 2 * DAY), new Date(Date.parse(to) + 3 * DAY), most + 1);
  if (slots.length > most) throw new DaybookError('wrong-use', `${report.id} has more than ${most} slots from ${from} to ${to}`, {}, 'Backfill a part of the range at a time.');
  return slots
    .map((slot) => ({ slot: slotText(slot), requested: requestedAsOf(report.schedule, slot), why: 'schedule' as const }))
    .filter(({ requested }) => requested.slice(0, from.length) >= from && requested.slice(0, to.length) <= to);
}
