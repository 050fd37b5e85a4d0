import { changedParts, measureKept } from '../../src/analysis/attribution/attribution.ts';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { rowsOf } from '../../src/snapshot/checkout.ts';
import { entryPath, readEntry } from '../../src/snapshot/entry.ts';
import type { LedgerState, ReportState, Version } from '../../src/snapshot/ledger-state.ts';
import { citation, type Manifest, type MetricValue } from '../../src/snapshot/manifest.ts';
import type { AttributedRecord } from '../../src/snapshot/records.ts';
import { readBlob } from '../../src/store/history.ts';
import type { Repository } from '../../src/store/repository.ts';
import type { Attempted } from '../../src/store/request.ts';
import { readKeptManifests } from '../instance/kept.ts';
import { instancePlace, isDefinitionOf, openReplay, type Replay } from '../instance/replay.ts';
import type { World } from '../world/world.ts';
import type { JobBench } from './attempt.ts';

type Attempt = Attempted & { kind: 'result' };
type Attributed = Omit<AttributedRecord, 'version'>;

/** A result whose definition is not the one that made the snapshot before it. */
interface Changed {
  attempt: Attempt;
  base: Version;
  manifest: Manifest;
  code: string;
}

/**
 * What of the new results’ numbers came from a changed definition: now, while both the old definition and the new inputs are
 * here. One query for each report whose definition changed, and none for the others. What cannot be told is left out.
 */
export async function attribute({ world, repository, ledger }: JobBench, attempts: readonly Attempted[]): Promise<Attributed[]> {
  const changed = await changedSince(world, repository, ledger, attempts);
  if (changed.length === 0) return [];
  const replay = openReplay(instancePlace(world, repository, repository.head));
  try {
    const groups = Map.groupBy(changed, ({ code }) => code);
    const found = [...groups].map(async ([code, some]) => {
      const definitions = await replay.definitionsAt(code, some.map(({ attempt }) => attempt.report));
      return Promise.all(some.map((one) => attributed(replay, definitions, one)));
    });
    const told = await Promise.all(found.map((group) => group.catch(whatCannotBeTold)));
    return told.flat().filter((record) => record !== null);
  } finally {
    await replay.close();
  }
}

/** An old definition that is out of reach, or fails today, is no reason to keep nothing. */
function whatCannotBeTold(cause: unknown): [] {
  if (cause instanceof DaybookError) return [];
  throw cause;
}

/** The newest result of each report whose base stands in the ledger, where the definition differs from the base's. */
async function changedSince(world: World, repository: Repository, ledger: LedgerState, attempts: readonly Attempted[]): Promise<Changed[]> {
  const results = Map.groupBy(attempts.filter((one): one is Attempt => one.kind === 'result' && one.result.metrics.length > 0), ({ report }) => report);
  const candidates = [...results].flatMap(([report, own]) => {
    const state = ledger.reports.get(report);
    const pairs = own.flatMap((attempt) => {
      const base = state && baseOf(state, attempt.asOf);
      const isFirst = base && !own.some(({ asOf }) => asOf >= base.as_of && asOf < attempt.asOf);
      return isFirst ? [{ attempt, base }] : [];
    });
    const newest = pairs.sort((a, b) => (a.attempt.asOf < b.attempt.asOf ? -1 : 1)).at(-1);
    const last = state?.newestGood?.run;
    // The same definition has confirmed the base since.
    const isConfirmed = newest && last && last.definition === newest.attempt.definition && last.as_of === newest.base.as_of && last.data === newest.base.data;
    return newest && !isConfirmed ? [newest] : [];
  });
  const found = await Promise.all(candidates.map(async ({ attempt, base }): Promise<Changed[]> => {
    const [manifest] = await readKeptManifests(world, [base]).catch(whatCannotBeTold);
    if (!manifest || changedParts(manifest.inputs, attempt.inputs).length === 0) return [];
    return [{ attempt, base, manifest, code: await codeOf(repository, base) }];
  }));
  return found.flat();
}

/** The newest version that readers had been told until then; without sorting, since there are many. */
function baseOf({ versions }: ReportState, asOf: string): Version | undefined {
  let base: Version | undefined;
  for (const [own, all] of versions) {
    if (own > asOf || (base && own < base.as_of)) continue;
    base = all.findLast(({ standing, erased }) => standing === 'published' && !erased) ?? base;
  }
  return base;
}

/** The commit that the job of a kept version ran. */
async function codeOf(repository: Repository, version: Version): Promise<string> {
  const file = entryPath(version);
  return readEntry((await readBlob(repository, repository.head, file))?.toString() ?? '', file).job.code;
}

async function attributed(replay: Replay, definitions: Definitions, { attempt, base, manifest, code }: Changed): Promise<Attributed | null> {
  if (!isDefinitionOf(definitions, manifest.inputs)) return null;
  const middle = await byOldDefinition(replay, definitions, { attempt, base, manifest, code });
  const metrics = attempt.result.metrics.flatMap(({ name, value: after }) => {
    const before = manifest.metrics.find((metric) => metric.name === name);
    const data = middle.find((metric) => metric.name === name);
    return before && data ? [{ name, before: before.value, data: data.value, after }] : [];
  });
  const { report, as_of: asOf, version } = base;
  return metrics.length === 0 ? null : { report, as_of: attempt.asOf, base: citation({ report, asOf, version }), metrics };
}

/** The same query over the same inputs gives the same rows: then no query is needed. */
async function byOldDefinition(replay: Replay, definitions: Definitions, { attempt, manifest, code }: Changed): Promise<MetricValue[]> {
  const { report, inputs, asOf, result, csv, requested, slot } = attempt;
  if (changedParts(manifest.inputs, inputs).every((part) => part === 'definition')) {
    const { metrics, time } = definitions.reports.get(report)!;
    const rows = rowsOf(csv);
    return metrics.flatMap((metric) => measureKept(metric, time, { columns: result.columns, as_of: asOf }, rows)?.value ?? []);
  }
  const outcome = await replay.run({ report, definitions, sources: null, code, requested, slot: new Date(slot) });
  return outcome.kind === 'result' ? outcome.result.metrics : [];
}
