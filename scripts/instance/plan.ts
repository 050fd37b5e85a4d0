import { dueSlots, slotsInRange, type Slot } from '../../src/analysis/facts/due.ts';
import { archiveEnd } from '../../src/analysis/facts/report-facts.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Report } from '../../src/report/report.ts';
import { isDaily, lastSlot, requestedAsOf, slotText } from '../../src/report/schedule.ts';
import { hasTime, type AsOf } from '../../src/snapshot/as-of.ts';
import type { Digest } from '../../src/snapshot/canonical.ts';
import type { MissedRecord } from '../../src/snapshot/entry.ts';
import type { LedgerState } from '../../src/snapshot/ledger-state.ts';

/** One run that is to be made, for one report and as-of. `named`: somebody asked for it by name. */
export interface PlannedRun extends Omit<Slot, 'why'> {
  report: Report;
  definition: Digest;
  why: Slot['why'] | 'named';
}

export interface Selection {
  /** Ids; empty for what is due. */
  ids: string[];
  asOf?: AsOf | undefined;
  from?: AsOf | undefined;
  to?: AsOf | undefined;
}

export interface RunPlan {
  planned: PlannedRun[];
  missed: MissedRecord[];
}

type DefinitionDigest = (report: Report) => Digest;

/** What the job has to run: what is due, or what was asked for by name. @throws `wrong-use` for as-ofs that do not go together */
export function planRuns(definitions: Definitions, ledger: LedgerState, now: Date, selection: Selection, digest: DefinitionDigest): RunPlan {
  const { ids, asOf, from, to } = selection;
  const reports = ids.length > 0 ? ids.flatMap((id) => definitions.reports.get(id) ?? []) : [...definitions.reports.values()];
  if (from !== undefined || to !== undefined) {
    if (asOf !== undefined) throw new DaybookError('wrong-use', '--as-of does not go with --from and --to', {}, 'Give one as-of, or a range.');
    if (from === undefined || to === undefined || isAfter(from, to)) throw new DaybookError('wrong-use', 'a backfill needs --from and --to, in this order');
    return { planned: named(reports, digest, (report) => slotsOfRange(report, from, to, now)), missed: [] };
  }
  if (asOf !== undefined) return { planned: named(reports, digest, (report) => [slotOfAsOf(report, asOf, now)]), missed: [] };
  if (ids.length > 0) return { planned: named(reports, digest, (report) => newestSlot(report, definitions, now)), missed: [] };

  const plan: RunPlan = { planned: [], missed: [] };
  for (const report of reports) {
    const definition = digest(report);
    const due = dueSlots(report, ledger.reports.get(report.id), now, archiveEnd(report, definitions.sources), definition);
    plan.planned.push(...due.slots.map((slot) => ({ ...slot, report, definition })));
    plan.missed.push(...due.missed);
  }
  return plan;
}

/** The reports whose definitions say what the job does: what is run or entered as missed, and what may retire. */
export function reportsOf({ planned, missed }: RunPlan, { reports }: Definitions): Report[] {
  const acting = new Set([...planned.map(({ report }) => report.id), ...missed.map(({ report }) => report), ...[...reports.values()].filter(({ keep }) => keep).map(({ id }) => id)]);
  return [...acting].flatMap((id) => reports.get(id) ?? []);
}

function named(reports: Report[], digest: DefinitionDigest, slotsOf: (report: Report) => Slot[]): PlannedRun[] {
  return reports.flatMap((report) => {
    const definition = digest(report);
    return slotsOf(report).map((slot) => ({ ...slot, report, definition, why: 'named' as const }));
  });
}

/** The newest slot of the schedule, its as-of within data that has ended. */
function newestSlot(report: Report, { sources }: Pick<Definitions, 'sources'>, now: Date): Slot[] {
  const slot = lastSlot(report.schedule, now);
  if (!slot) return [];
  const requested = requestedAsOf(report.schedule, slot);
  const ends = archiveEnd(report, sources);
  return [{ slot: slotText(slot), requested: ends !== null && requested > ends ? ends : requested, why: 'schedule' }];
}

function slotsOfRange(report: Report, from: AsOf, to: AsOf, now: Date): Slot[] {
  if (isDaily(report.schedule)) for (const end of [from, to]) refuseOtherKind(report, end);
  const slots = slotsInRange(report, from, to);
  const ahead = slots.filter(({ slot }) => Date.parse(slot) > now.getTime());
  // The range may end on a day that is not over.
  if (ahead.length > 0) refuseAhead(report, to, now);
  return slots.slice(0, slots.length - ahead.length);
}

/** The slot of the schedule that asks for the as-of; where there is none, one that stands for it. */
function slotOfAsOf(report: Report, asOf: AsOf, now: Date): Slot {
  refuseOtherKind(report, asOf);
  refuseAhead(report, asOf, now);
  return slotsInRange(report, asOf, asOf).at(-1) ?? { slot: hasTime(asOf) ? asOf : `${asOf}T00:00Z`, requested: asOf, why: 'schedule' };
}

function refuseOtherKind(report: Report, asOf: AsOf): void {
  const daily = isDaily(report.schedule);
  if (daily === hasTime(asOf)) throw new DaybookError('wrong-use', `as-ofs of ${report.id} are ${daily ? 'dates' : 'dates with times'}, not ${asOf}`, {}, `Write it as ${daily ? asOf.slice(0, 10) : `${asOf.slice(0, 10)}T14:00Z`}.`);
}

/** A result of what has not come would be published as if it had. */
function refuseAhead({ id, schedule }: Report, asOf: AsOf, now: Date): void {
  const newest = lastSlot(schedule, now);
  const latest = newest && requestedAsOf(schedule, newest);
  if (latest === null || isAfter(asOf, latest)) throw new DaybookError('wrong-use', `${asOf} has not come for ${id}: ${latest === null ? 'it has had no slot yet' : `its newest as-of is ${latest}`}`, {}, 'Ask for that one or one before it.');
}

/** By what both say: a time lies within its date, not after it. */
function isAfter(a: AsOf, b: AsOf): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length) > b.slice(0, length);
}
