import type { Report } from '../report/report.ts';
import { requestedAsOf, slotsBetween, slotText } from '../report/schedule.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import type { Entry } from '../snapshot/entry.ts';

export interface Unexplained {
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

/** As `LATE` in due.ts: a job this late still runs the slot. */
const GRACE = 2 * 3_600_000;

/** Slots that the schedule named since the report was first run, and that the ledger does not explain. */
export function unexplainedSlots(report: Report, entries: Entry[], { since, now, ends }: Bounds): Unexplained {
  const answered = new Set<string>();
  const ranges: [string, string][] = [];
  let first: string | null = null;
  let last = '';
  for (const { time, runs, missed } of entries) {
    for (const run of runs) {
      if (run.report !== report.id) continue;
      first ??= time;
      answered.add(run.slot);
      if (run.slot > last) last = run.slot;
    }
    for (const { report: id, from, to } of missed) {
      if (id !== report.id) continue;
      ranges.push([from, to]);
      if (to > last) last = to;
    }
  }
  if (first === null) return { gaps: [], late: [] };
  const start = since !== null && Date.parse(since) > Date.parse(first) ? since : first;
  const isAnswered = (slot: string): boolean => answered.has(slot) || ranges.some(([from, to]) => from <= slot && slot <= to);
  const promised = slotsBetween(report.schedule, new Date(start), new Date(now.getTime() - GRACE), 100_000);
  const open = promised
    .filter((date) => !isAnswered(slotText(date)))
    .filter((date) => ends === null || requestedAsOf(report.schedule, date) <= ends)
    .map(slotText);
  return { gaps: open.filter((slot) => slot < last), late: open.filter((slot) => slot > last) };
}
