import path from 'node:path';
import { changeRecord } from '../../src/analysis/restatement/change-record.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import { entryDigest, type Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState, type LedgerState } from '../../src/snapshot/ledger-state.ts';
import { citation, citationOf, nameOf, type SnapshotName } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord } from '../../src/snapshot/records.ts';
import { followsOf } from '../../src/store/change-records.ts';
import { readKept } from '../instance/kept.ts';
import { readJson, writeWhole } from '../world/files.ts';
import { Progress, type World } from '../world/world.ts';

interface Past {
  entries: Entry[];
  ledger: () => LedgerState;
}

interface Wanted {
  report: string | null;
  allRows: boolean;
  most: number;
}

type Computed = Map<string, ChangeRecord | { unknown: string }>;

/**
 * What the entries of a period do not record: all of it in entries from before changes were recorded, and with `allRows`
 * what is only counted. Computed from the kept rows by today's definition of the report, and cached by entry.
 */
export async function computeChanges(world: World, definitions: Definitions, { entries, ledger }: Past, within: readonly Entry[], wanted: Wanted): Promise<Computed> {
  const tasks = tasksOf(entries, within, wanted).slice(0, wanted.most);
  const computed: Computed = new Map();
  const caches = new Map<Entry, EntryCache>();
  const missing: Task[] = [];
  for (const task of tasks) {
    const cache = caches.get(task.entry) ?? (await EntryCache.read(world.root, task.entry));
    caches.set(task.entry, cache);
    const known = wanted.allRows ? undefined : cache.get(idOf(task, definitions));
    if (known) computed.set(citation(task.head), known);
    else missing.push(task);
  }
  const progress = new Progress(world, 'Comparing snapshots:', missing.length);
  for (const [entry, own] of Map.groupBy(missing, (task) => task.entry)) {
    const cache = caches.get(entry)!;
    for (const task of own) {
      const change = await computeOne(world, definitions, ledger(), task, wanted.allRows);
      computed.set(citation(task.head), change);
      if ('rows' in change && !wanted.allRows) cache.set(idOf(task, definitions), change);
      progress.step();
    }
    await cache.write();
  }
  progress.end();
  return computed;
}

interface Task {
  entry: Entry;
  head: SnapshotName;
  base: SnapshotName | null;
}

function tasksOf(entries: readonly Entry[], within: readonly Entry[], { report, allRows }: Wanted): Task[] {
  const isOwn = (one: { report: string }): boolean => report === null || one.report === report;
  const lacking = new Set(within.filter((entry) => entry.kept.filter(isOwn).length > (entry.changes ?? []).filter(isOwn).length));
  const tasks: Task[] = [];
  const state = emptyState();
  const last = entries.findLastIndex((entry) => lacking.has(entry));
  for (const entry of entries.slice(0, last + 1)) {
    if (lacking.has(entry)) {
      const recorded = new Set((entry.changes ?? []).map(citationOf));
      const follows = followsOf(state, entry, '').filter(({ head }) => isOwn(head) && !recorded.has(citationOf(head)));
      for (const { head, base } of follows) tasks.push({ entry, head: nameOf(head), base });
    }
    applyEntry(state, entry);
  }
  if (allRows) for (const entry of within) for (const change of (entry.changes ?? []).filter(isOwn)) if (isCut(change)) tasks.push({ entry, ...namesOf(change) });
  return tasks;
}

function namesOf({ report, as_of: asOf, version, base }: ChangeRecord): { head: SnapshotName; base: SnapshotName | null } {
  const match = base === null ? null : /^(.+)@(.+)\.v(\d+)$/.exec(base);
  return { head: { report, asOf, version }, base: match && { report: match[1]!, asOf: match[2]!, version: Number(match[3]) } };
}

function isCut({ restated }: ChangeRecord): boolean {
  if (restated === null) return false;
  const { added, removed, modified } = restated.rows;
  return added + removed + modified > restated.first_rows.length || restated.metrics > restated.first_metrics.length;
}

/** Of both snapshots, and of what the definition says about comparing them. */
function idOf({ head, base }: Task, { reports }: Definitions): string {
  const { key, time, metrics, personal } = reports.get(head.report) ?? {};
  return digestJson({ head: citation(head), base: base && citation(base), key, time, metrics: metrics?.map(({ name, value }) => [name, value]), personal });
}

async function computeOne(world: World, { reports }: Definitions, ledger: LedgerState, { head, base }: Task, all: boolean): Promise<ChangeRecord | { unknown: string }> {
  const report = reports.get(head.report);
  if (!report) return { unknown: 'its definition is gone, which said what identifies a row' };
  try {
    const before = base && (await readKept(world, ledger, base));
    return changeRecord(before, await readKept(world, ledger, head), report, { all });
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    return { unknown: cause.message };
  }
}

const CACHE_FORMAT = 'daybook/audit-cache/1';

/** An entry is never changed, and neither is what follows from it. */
class EntryCache {
  readonly #file: string;
  #records: { [id: string]: ChangeRecord } = {};
  #changed = false;

  private constructor(file: string) {
    this.#file = file;
  }

  static async read(root: string, entry: Entry): Promise<EntryCache> {
    const cache = new EntryCache(path.join(root, '.daybook/cache/audit', `${entryDigest(entry).slice('sha256:'.length)}.json`));
    const found = await readJson<{ format: string; records: { [id: string]: ChangeRecord } }>(cache.#file);
    if (found?.format === CACHE_FORMAT) cache.#records = found.records;
    return cache;
  }

  get(id: string): ChangeRecord | undefined {
    return this.#records[id];
  }

  set(id: string, record: ChangeRecord): void {
    this.#records[id] = record;
    this.#changed = true;
  }

  /** A cache that cannot be written costs time, not truth. */
  async write(): Promise<void> {
    if (this.#changed) await writeWhole(this.#file, JSON.stringify({ format: CACHE_FORMAT, records: this.#records })).catch(() => undefined);
  }
}
