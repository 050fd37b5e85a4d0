import { DaybookError } from '../src/error.ts';
import { dueSlots, slotsInRange, type Slot } from '../src/analysis/due.ts';
import { archiveEnd } from '../src/analysis/report-facts.ts';
import type { Definitions } from '../src/report/load.ts';
import type { Report } from '../src/report/report.ts';
import { isDaily, lastSlot, requestedAsOf, slotText } from '../src/report/schedule.ts';
import { hasTime, type AsOf } from '../src/snapshot/as-of.ts';
import type { Digest } from '../src/snapshot/canonical.ts';
import type { MissedRecord } from '../src/snapshot/entry.ts';
import type { LedgerState } from '../src/snapshot/ledger-state.ts';

/** One run that is to be made, for one report and as-of. `named`: somebody asked for it by name. */
export interface Planned extends Omit<Slot, 'why'> {
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

export interface Plan {
  planned: Planned[];
  missed: MissedRecord[];
}

type DefinitionDigest = (report: Report) => Digest;

/** What the job has to run: what is due, or what was asked for by name. */
export function planRuns(definitions: Definitions, ledger: LedgerState, now: Date, selection: Selection, digest: DefinitionDigest): Plan {
  const { ids, asOf, from, to } = selection;
  const reports = ids.length > 0 ? ids.flatMap((id) => definitions.reports.get(id) ?? []) : [...definitions.reports.values()];
  if (from !== undefined || to !== undefined) {
    if (from === undefined || to === undefined || from > to) throw new DaybookError('wrong-use', 'a backfill needs --from and --to, in this order');
    return { planned: named(reports, digest, (report) => slotsInRange(report, from, to)), missed: [] };
  }
  if (asOf !== undefined) return { planned: named(reports, digest, (report) => [slotOfAsOf(report, asOf)]), missed: [] };
  if (ids.length > 0) return { planned: named(reports, digest, (report) => newestSlot(report, definitions, now)), missed: [] };

  const plan: Plan = { planned: [], missed: [] };
  for (const report of reports) {
    const definition = digest(report);
    const due = dueSlots(report, ledger.reports.get(report.id), now, archiveEnd(report, definitions.sources), definition);
    plan.planned.push(...due.slots.map((slot) => ({ ...slot, report, definition })));
    plan.missed.push(...due.missed);
  }
  return plan;
}

function named(reports: Report[], digest: DefinitionDigest, slotsOf: (report: Report) => Slot[]): Planned[] {
  return reports.flatMap((report) => {
    const definition = digest(report);
    return slotsOf(report).map((slot) => ({ ...slot, report, definition, why: 'named' as const }));
  });
}

/** The newest slot of the schedule, its as-of within data that has ended. */
export function newestSlot(report: Report, { sources }: Pick<Definitions, 'sources'>, now: Date): Slot[] {
  const slot = lastSlot(report.schedule, now);
  if (!slot) return [];
  const requested = requestedAsOf(report.schedule, slot);
  const ends = archiveEnd(report, sources);
  return [{ slot: slotText(slot), requested: ends !== null && requested > ends ? ends : requested, why: 'schedule' }];
}

function slotOfAsOf(report: Report, asOf: AsOf): Slot {
  const daily = isDaily(report.schedule);
  if (daily === hasTime(asOf)) throw new DaybookError('wrong-use', `as-ofs of ${report.id} are ${daily ? 'dates' : 'dates with times'}, not ${asOf}`, {}, `Write it as ${daily ? asOf.slice(0, 10) : `${asOf.slice(0, 10)}T14:00Z`}.`);
  return { slot: daily ? `${asOf}T00:00Z` : asOf, requested: asOf, why: 'schedule' };
}
