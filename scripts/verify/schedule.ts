import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { answersOf, rememberedSlots, unexplainedSlots } from '../../src/analysis/facts/promised.ts';
import { archiveEnd } from '../../src/analysis/facts/report-facts.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import { definitionsAt } from '../../src/store/definitions-at.ts';
import type { Evidence } from '../../src/store/verify/clone.ts';
import { lastChanges } from '../../src/store/verify/last-changes.ts';
import { finding, layer, notChecked, type Layer } from '../../src/store/verify/layer.ts';
import type { World } from '../world/world.ts';

/** Compares what the definitions of the commit promised with what the ledger has. It warns, since people may change schedules. */
export async function scheduleLayer(world: World, evidence: Evidence, entries: Entry[]): Promise<Layer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daybook-definitions-'));
  let definitions: Definitions;
  let changed: Map<string, string>;
  try {
    [definitions, changed] = await Promise.all([definitionsAt(evidence, evidence.commit, folder, null), lastChanges(evidence)]);
  } catch {
    return notChecked('schedule', 'The definitions of this commit cannot be read.');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const answers = answersOf(entries);
  const promised = rememberedSlots();
  const findings = [...definitions.reports.values()].flatMap((report) => {
    const { gaps, late } = unexplainedSlots(report, answers.get(report.id), { since: changed.get(report.file) ?? null, now: world.now(), ends: archiveEnd(report, definitions.sources) }, promised);
    return [
      ...(gaps.length > 0 ? [finding(`${gaps.length} times that its schedule names are neither run nor entered as missed: ${span(gaps)}`, { file: report.file })] : []),
      ...(late.length > 0 ? [finding(`nothing was entered since ${late[0]}: no job has run, or its entries were taken away`, { file: report.file })] : []),
    ];
  });
  return layer('schedule', `${definitions.reports.size} reports, each since its definition last changed.`, findings, 'warning');
}

function span(slots: string[]): string {
  return slots.length === 1 ? slots[0]! : `${slots[0]} to ${slots.at(-1)}`;
}
