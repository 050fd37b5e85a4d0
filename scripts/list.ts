import { firstDue, nextDue } from '../src/analysis/facts/due.ts';
import { archiveEnd } from '../src/analysis/facts/report-facts.ts';
import { visibleJson } from '../src/error.ts';
import { loadDefinitions } from '../src/report/load.ts';
import { scheduleWords } from '../src/report/schedule.ts';
import { readEntries } from '../src/snapshot/checkout.ts';
import { applyEntry, emptyState, newestPublished } from '../src/snapshot/ledger-state.ts';
import type { World } from './world/world.ts';

/** Reports with their last as-of, last run and next slot. Returns the exit code. */
export async function list(world: World, { json }: { json: boolean }): Promise<number> {
  const { reports, broken, sources } = loadDefinitions(world.root);
  const ledger = (readEntries(world.root)).reduce(applyEntry, emptyState());
  const now = world.now();
  const rows = [...reports.values()].map((report) => {
    const state = ledger.reports.get(report.id);
    return {
      id: report.id, title: report.title, team: report.team, schedule: scheduleWords(report.schedule),
      asOf: (state && newestPublished(state)?.as_of) ?? null, lastRun: state?.lastRun?.run.status ?? 'never', nextDue: state?.lastSlot ? nextDue(report, state, archiveEnd(report, sources)) : firstDue(report, now),
    };
  });
  if (json) {
    world.out(visibleJson([...rows, ...[...broken].map(([id, { title, team }]) => ({ id, title, team, lastRun: 'broken' }))]));
    return 0;
  }
  const table = [['REPORT', 'AS OF', 'LAST RUN', 'NEXT DUE', 'SCHEDULE'], ...rows.map((row) => [row.id, row.asOf ?? '–', row.lastRun, dueWords(row, now), row.schedule]), ...[...broken.keys()].map((id) => [id, '–', 'broken', '–', 'see `npx daybook validate`'])];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table) world.out(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd());
  return 0;
}

/** A report that has never run is due as soon as its schedule has named a time. */
function dueWords({ lastRun, nextDue: due }: { lastRun: string; nextDue: string | null }, now: Date): string {
  if (due === null) return '–';
  return lastRun === 'never' && Date.parse(due) <= now.getTime() ? 'now' : due;
}
