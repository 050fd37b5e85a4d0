import { changeRecord, type ChangeDefinition } from '../../src/analysis/restatement/change-record.ts';
import { DaybookError } from '../../src/error.ts';
import { restatedRowWords, restatedValueWords } from '../../src/present/change-record.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import type { KeptSnapshot } from '../../src/snapshot/checkout.ts';
import { entryPath, type Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState, type LedgerState } from '../../src/snapshot/ledger-state.ts';
import { citationOf, nameOf, type SnapshotName } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord, RestatedRow, RestatedValue } from '../../src/snapshot/records.ts';
import { followsOf } from '../../src/store/change-records.ts';
import type { PersonalPlace } from '../../src/store/request.ts';
import type { Evidence } from '../../src/store/verify/clone.ts';
import { finding, layer, notChecked, type Finding, type Layer } from '../../src/store/verify/layer.ts';
import { openDefinitions, readTogether } from './kept.ts';

/**
 * Makes every record of changes again, from the kept rows and from the definition that was in force, and compares. What
 * cannot be made again (a definition that the history does not have, rows that are gone) is said, and proves nothing.
 * @param store rows with personal data; null where they are not at hand
 */
export async function changesLayer(evidence: Evidence, entries: readonly Entry[], store: Pick<PersonalPlace, 'read'> | null): Promise<Layer> {
  let told: ReplayTasks;
  try {
    told = tasksOf(entries);
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    return notChecked('changes', 'The entries are not one ledger.');
  }
  const { tasks, open, state } = told;
  const wrong: Finding[] = [];
  const definitionOf = await openDefinitions(evidence, tasks.map(({ entry, head }) => ({ code: entry.job.code, report: head.report })));
  let checked = 0;
  let erased = 0;
  let at = 0;
  for await (const [base = null, head = null] of readTogether(evidence, state, store, tasks.map((task) => [task.base, task.head]))) {
    const task = tasks[at++]!;
    if ([task.head, task.base].some((name) => name !== null && state.reports.get(name.report)!.versions.get(name.asOf)![name.version - 1]!.erased)) {
      erased += 1;
      continue;
    }
    const definition = head && definitionOf(task.entry.job.code, head.manifest);
    const isGone = head === null || (task.base !== null && base === null);
    const computed = isGone ? 'rows are not at hand' : definition ? recompute(base, head, definition) : 'the definition that its run had is not in the history';
    if (typeof computed === 'string') {
      open.push(question(task, `what ${task.name} changed cannot be computed again: ${computed}`));
      continue;
    }
    checked += 1;
    wrong.push(...differences(task, computed, definition!));
  }
  if (tasks.length + open.length === 0) return notChecked('changes', 'No entry says what a snapshot changed.');
  const detail = `${checked} of ${tasks.length} records computed again from the rows${erased > 0 ? `; of ${erased}, rows were erased` : ''}.`;
  return wrong.length > 0 ? layer('changes', detail, wrong) : layer('changes', detail, open, 'warning');
}

/** A record, and what it must be about. */
interface Task {
  entry: Entry;
  name: string;
  head: SnapshotName;
  base: SnapshotName | null;
  stored: ChangeRecord;
}

interface ReplayTasks {
  tasks: Task[];
  /** Snapshots that entries are silent about, though they tell of others. */
  open: Finding[];
  state: LedgerState;
}

/** By report, so that a snapshot is read once and compared with the one before it and the one after it. */
function tasksOf(entries: readonly Entry[]): ReplayTasks {
  const state = emptyState();
  const tasks: Task[] = [];
  const open: Finding[] = [];
  let speaks = false; // entries from before there were records have none
  for (const entry of entries) {
    speaks ||= entry.changes !== undefined;
    for (const { head, base } of speaks ? followsOf(state, entry, '') : []) {
      const [own, name] = [nameOf(head), citationOf(head)];
      const stored = entry.changes?.find((one) => citationOf(one) === name);
      if (stored) tasks.push({ entry, name, head: own, base, stored });
      else open.push(question({ entry }, `it does not say what ${name} changed`));
    }
    applyEntry(state, entry);
  }
  return { tasks: [...Map.groupBy(tasks, ({ head }) => head.report).values()].flat(), open, state };
}

function question({ entry }: Pick<Task, 'entry'>, message: string): Finding {
  return finding(message, { file: entryPath(entry), sequence: entry.sequence });
}

function recompute(base: KeptSnapshot | null, head: KeptSnapshot, definition: ChangeDefinition): ChangeRecord | string {
  try {
    return changeRecord(base, head, definition);
  } catch (cause) {
    if (cause instanceof DaybookError) return cause.message;
    throw cause;
  }
}

/** Found for one record, at most. */
const MOST = 5;

function differences(task: Task, computed: ChangeRecord, { key, metrics }: ChangeDefinition): Finding[] {
  const { name, stored } = task;
  if (digestJson(stored) === digestJson(computed)) return [];
  const names = { key, metrics: new Map(metrics.map((metric) => [metric.name, metric])) };
  const found = [
    ...unlike('compared with', [[stored.base ?? 'nothing', computed.base ?? 'nothing']]),
    ...unlike('', (['entered', 'modified', 'deleted', 'left'] as const).map((kind) => [`${stored.rows[kind]} rows ${kind}`, `${computed.rows[kind]} rows ${kind}`])),
    ...unlike('restated', [[spanWords(stored), spanWords(computed)]]),
    ...unlikeItems<RestatedRow>(stored.restated?.first_rows, computed.restated?.first_rows, (row) => (row.kind === 'modified' ? row.key : row), (row) => restatedRowWords(row, names)),
    ...unlikeItems<RestatedValue>(stored.restated?.first_metrics, computed.restated?.first_metrics, (value) => [value.name, value.period], (value) => restatedValueWords(value)),
  ];
  const all = found.length > 0 ? found : ['it is written otherwise than the rows say it'];
  return all.slice(0, MOST).map((message) => question(task, `${name}: ${message}`));
}

function unlike(what: string, pairs: (readonly [string, string])[]): string[] {
  return pairs.flatMap(([stored, computed]) => (stored === computed ? [] : [`it says "${[what, stored].filter(Boolean).join(' ')}", and the rows say "${[what, computed].filter(Boolean).join(' ')}"`]));
}

function spanWords({ restated }: ChangeRecord): string {
  if (restated === null) return 'nothing';
  const { periods, rows, metrics } = restated;
  const { added, removed, modified } = { ...rows };
  const where = periods ? `${periods.from} to ${periods.to}` : 'all';
  return `of ${where}: ${added} rows added, ${removed} removed, ${modified} modified, ${metrics} metrics`;
}

/** @param stored as the entry has it: of any shape */
function unlikeItems<T>(stored: unknown, computed: T[] = [], idOf: (item: T) => unknown, words: (item: T) => string): string[] {
  const tell = (item: T | undefined): string => {
    if (item === undefined) return 'nothing';
    try {
      return words(item);
    } catch {
      return JSON.stringify(item).slice(0, 200);
    }
  };
  const byId = (items: T[]): Map<string, T> => new Map(items.map((item) => [JSON.stringify(item === null || typeof item !== 'object' ? item : sorted(idOf(item))), item]));
  const [said, true_] = [byId(Array.isArray(stored) ? (stored as T[]) : []), byId(computed)];
  return [...new Set([...said.keys(), ...true_.keys()])].flatMap((id) => {
    const [one, other] = [said.get(id), true_.get(id)];
    if (one !== undefined && other !== undefined && digestJson(one) === digestJson(other)) return [];
    return [`it says "${tell(one)}", and the rows say "${tell(other)}"`];
  });
}

/** An object's keys stand in the alphabet's order in an entry. */
function sorted(id: unknown): unknown {
  return id !== null && typeof id === 'object' && !Array.isArray(id) ? Object.entries(id).sort(([a], [b]) => (a < b ? -1 : 1)) : id;
}
