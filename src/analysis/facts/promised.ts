import type { Report } from '../../report/report.ts';
import { requestedAsOf, slotsBetween, slotText, type Schedule } from '../../report/schedule.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { Entry } from '../../snapshot/entry.ts';
import { LATE } from './due.ts';

interface Unexplained {
  /** Slots before the report's newest one in the ledger, which no run and no missed range names. */
  gaps: string[];
  /** Slots after it that are over for two hours: no job has come yet, or its entries are gone. */
  late: string[];
}

interface Bounds {
  /** ISO 8601: when the definition last changed. Older slots were another schedule's. */
  since: string | null;
  now: Date;
  /** The last as-of of data that has ended, which promises nothing more. */
  ends: AsOf | null;
}

/** What the ledger says of a report's slots. */
interface Answers {
  /** When its first run was entered; null where none was. */
  first: string | null;
  slots: ReadonlySet<string>;
  /** Entered as missed: from the first to the last. */
  missed: readonly (readonly [string, string])[];
  /** The newest slot of both. */
  last: string;
}

/** By report, in one pass: years of entries are not read again for each. */
export function answersOf(entries: Entry[]): Map<string, Answers> {
  const answers = new Map<string, Answers & { slots: Set<string>; missed: [string, string][] }>();
  const of = (report: string) => {
    let found = answers.get(report);
    if (!found) answers.set(report, (found = { first: null, slots: new Set(), missed: [], last: '' }));
    return found;
  };
  for (const { time, runs, missed } of entries) {
    for (const { report, slot } of runs) {
      const one = of(report);
      one.first ??= time;
      one.slots.add(slot);
      if (slot > one.last) one.last = slot;
    }
    for (const { report, from, to } of missed) {
      const one = of(report);
      one.missed.push([from, to]);
      if (to > one.last) one.last = to;
    }
  }
  return answers;
}

/**
 * Slots that the schedule named since the report was first run, and that the ledger does not explain.
 * @param promised the slots of a schedule after one moment up to another
 */
export function unexplainedSlots(report: Report, answers: Answers | undefined, { since, now, ends }: Bounds, promised: Promised = slotsOf): Unexplained {
  if (!answers || answers.first === null) return { gaps: [], late: [] };
  const { first, slots, missed, last } = answers;
  const start = since !== null && Date.parse(since) > Date.parse(first) ? since : first;
  const isAnswered = (slot: string): boolean => slots.has(slot) || missed.some(([from, to]) => from <= slot && slot <= to);
  const open = promised(report.schedule, new Date(start), new Date(now.getTime() - LATE))
    .filter((date) => !isAnswered(slotText(date)))
    .filter((date) => ends === null || requestedAsOf(report.schedule, date) <= ends)
    .map(slotText);
  return { gaps: open.filter((slot) => slot < last), late: open.filter((slot) => slot > last) };
}

type Promised = (schedule: Schedule, after: Date, until: Date) => readonly Date[];

/** Of a schedule that fires each minute, the first months: what follows would say no more. */
const MOST = 100_000;

const slotsOf: Promised = (schedule, after, until) => slotsBetween(schedule, after, until, MOST);

/** Reports by the hundred share one schedule, and began in the same job. */
export function rememberedSlots(): Promised {
  const known = new Map<string, readonly Date[]>();
  return (schedule, after, until) => {
    const key = `${schedule.timezone} ${schedule.cron} ${after.getTime()} ${until.getTime()}`;
    const found = known.get(key) ?? slotsOf(schedule, after, until);
    known.set(key, found);
    return found;
  };
}
