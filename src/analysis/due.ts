import type { Report } from '../report/report.ts';
import { lastSlot, nextSlot, requestedAsOf, slotsBetween, slotText } from '../report/schedule.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import type { Digest } from '../snapshot/canonical.ts';
import type { MissedRecord } from '../snapshot/entry.ts';
import type { ReportState } from '../snapshot/ledger-state.ts';

export interface Slot {
  /** The time that the schedule named, ISO 8601 UTC to the minute. */
  slot: string;
  requested: AsOf;
  /** `known`: only worth a run if its inputs are new (a retry, a corrected archive). */
  why: 'schedule' | 'definition' | 'if-new';
}

export interface Due {
  slots: Slot[];
  missed: MissedRecord[];
}

/** A job this late still runs the slot of a report that does not catch up, in milliseconds. */
const LATE = 2 * 3_600_000;
/** More slots than this are left to the next job. */
const MOST = 500;

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
  const open = slotsBetween(schedule, new Date(state.lastSlot), newest);
  if (open.length === 0) return { slots: again, missed: [] };
  const promised = open.filter((slot) => ends === null || requestedAsOf(schedule, slot) <= ends);
  if (promised.length === 0) return { slots: again.length > 0 ? again : [slotOf(newest, 'if-new')], missed: [] };
  return catchUp(report, promised, now, slotOf);
}

function catchUp(report: Report, open: Date[], now: Date, slotOf: (date: Date) => Slot): Due {
  const newest = open.at(-1)!;
  const { catch_up } = report.schedule;
  if (catch_up === 'all') return { slots: open.slice(0, MOST).map(slotOf), missed: [] };
  const runs = catch_up === 'last' || now.getTime() - newest.getTime() <= LATE;
  const lost = runs ? open.slice(0, -1) : open;
  return { slots: runs ? [slotOf(newest)] : [], missed: missedOf(report.id, lost, catch_up === 'last' ? 'no job ran; a later slot took over' : 'no job ran within two hours') };
}

function missedOf(report: string, lost: Date[], reason: string): MissedRecord[] {
  if (lost.length === 0) return [];
  return [{ report, from: slotText(lost[0]!), to: slotText(lost.at(-1)!), count: lost.length, reason }];
}

/** The last slot once more: its definition has changed since, or it failed. */
function repeats({ lastRun, lastGood }: ReportState, definition: Digest): Slot[] {
  const last = lastRun?.run;
  if (!last) return [];
  if (last.status === 'failed') return [{ slot: last.slot, requested: last.requested, why: last.definition === definition ? 'if-new' : 'definition' }];
  const good = lastGood?.run;
  return good && good.definition !== definition ? [{ slot: good.slot, requested: good.requested, why: 'definition' }] : [];
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

/** Slots whose as-of lies in a range, both ends included, oldest first: what a backfill runs. */
export function slotsInRange(report: Report, from: AsOf, to: AsOf): Slot[] {
  const day = 86_400_000;
  const start = new Date(Date.parse(from) - 2 * day);
  const end = new Date(Date.parse(to) + 3 * day);
  return slotsBetween(report.schedule, start, end, 100_000)
    .map((slot) => ({ slot: slotText(slot), requested: requestedAsOf(report.schedule, slot), why: 'schedule' as const }))
    .filter(({ requested }) => requested.slice(0, from.length) >= from && requested.slice(0, to.length) <= to);
}
