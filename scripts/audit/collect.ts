import path from 'node:path';
import { auditOf, isWithin, placeInTime, type HistoryCommit } from '../../src/analysis/audit/audit.ts';
import type { Audit } from '../../src/analysis/audit/document.ts';
import { DaybookError, sentence } from '../../src/error.ts';
import type { NamesOfReports } from '../../src/present/audit/words.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Instance } from '../../src/report/report.ts';
import { tokenize } from '../../src/report/tokens.ts';
import { readManifestFile } from '../../src/snapshot/checkout.ts';
import { entryDigest, type Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState, type LedgerState } from '../../src/snapshot/ledger-state.ts';
import { citation, nameOf } from '../../src/snapshot/manifest.ts';
import { readTexts } from '../../src/store/log-text.ts';
import { definitionLog, NO_LOG, type DefinitionLog } from '../../src/store/log.ts';
import { openRepository, type Repository } from '../../src/store/repository.ts';
import { readJson, writeWhole } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { computeChanges } from './changes.ts';

/** A definition is a page or two; what is larger is told without saying what in it changed. */
const LARGEST_TEXT = 256_000;
const LOG_FORMAT = 'daybook/audit-log/2';

export interface Period {
  /** Days of UTC, both inclusive. */
  from: string;
  to: string;
}

/** What audits of several periods share. */
export interface Archive {
  entries: Entry[];
  /** What the entries add up to: folded only where it is needed, since a year of it takes seconds. */
  ledger: () => LedgerState;
  /** With times that fit the ledger's order. */
  commits: HistoryCommit[];
  commitOf: ReadonlyMap<number, string>;
  history: Audit['history'];
  repository: Repository | null;
}

/**
 * Git's part of it is cached up to the commit that was read last.
 * @param entries all of the ledger, and what they add up to, computed once
 */
export async function openArchive(world: World, { git, instance }: Instance, entries: Entry[], ledger: () => LedgerState): Promise<Archive> {
  const file = path.join(world.root, '.daybook/cache/audit-log.json');
  const { repository, note } = await repositoryOf(world);
  const known = await readJson<{ format: string; job: string; log: DefinitionLog }>(file);
  const owner = { ...git, instance };
  const job = JSON.stringify(owner);
  const usable = known?.format === LOG_FORMAT && known.job === job ? known.log : null;
  const log = repository ? await definitionLog(repository, repository.head, owner, usable) : NO_LOG;
  if (repository && log !== usable) await writeWhole(file, JSON.stringify({ format: LOG_FORMAT, job, log })).catch(() => undefined);
  const commits = placeInTime(log.commits, entries.map(({ time }) => time), world.now().toISOString());
  return { entries, ledger, commits, commitOf: new Map(log.entries), history: { commit: repository?.head ?? null, notes: [...note, ...log.notes] }, repository };
}

/** Without Git, the ledger can still be told. */
async function repositoryOf({ root, env }: World): Promise<{ repository: Repository | null; note: string[] }> {
  try {
    return { repository: await openRepository(root, env), note: [] };
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    return { repository: null, note: [`Git could not be asked, and who changed definitions is not told: ${sentence(cause.message.split('\n')[0]!)}`] };
  }
}

interface AuditScope extends Period {
  /** Id of the one report; null for all. */
  report: string | null;
  /** All rows that were restated, also those that the ledger only counts. */
  allRows: boolean;
  /** Most snapshots that are compared again because the ledger does not say what they changed. */
  most: number;
}

/** The audit of one period. @throws `ledger-broken` */
export async function collectAudit(world: World, definitions: Definitions, archive: Archive, scope: AuditScope): Promise<Audit> {
  const within = archive.entries.filter(({ time }) => isWithin(time, scope));
  const commits = archive.commits.filter(({ time }) => isWithin(time, scope));
  const oids = commits.flatMap(({ files }) => files.flatMap(({ before, after }) => [before, after])).filter((oid) => oid !== null);
  const texts = archive.repository && oids.length > 0 ? await readTexts(archive.repository, oids, LARGEST_TEXT) : new Map<string, string | null>();
  const computed = await computeChanges(world, definitions, archive, within, scope);
  const last = archive.entries.at(-1);
  const own = scope.report === null ? null : { id: scope.report, isItsFile: filesOfReport(definitions, scope.report) };
  return auditOf({
    instance: definitions.instance.instance, from: scope.from, to: scope.to, report: own,
    entries: within, ledger: { sequence: archive.entries.length, head: last ? entryDigest(last) : null }, commits, history: archive.history, commitOf: archive.commitOf,
    computed, decisions: decisionsOf(archive.entries), engines: enginesOf(world.root, archive.entries, within), texts, normalSql, reportOfQuery: queriesOf(definitions),
  });
}

/** How words call and write what is of a report. */
export function namesOf({ reports }: Definitions): NamesOfReports {
  return new Map([...reports].map(([id, { key, metrics }]) => [id, { key, metrics: new Map(metrics.map((metric) => [metric.name, metric])) }]));
}

function decisionsOf(entries: readonly Entry[]): Map<string, 'approved' | 'rejected'> {
  return new Map(entries.flatMap(({ decided = [] }) => decided.map(({ report, as_of: asOf, version, decision }) => [citation({ report, asOf, version }), decision] as const)));
}

function normalSql(sql: string): string {
  return JSON.stringify(tokenize(sql).map(({ kind, value }) => [kind, value]));
}

function queriesOf({ reports }: Definitions): Map<string, string> {
  return new Map([...reports.values()].map(({ id, query }) => [query.file, id]));
}

/** What can change its numbers: its own files, its sources, and macros, of which the engine alone knows who uses them. */
function filesOfReport({ reports, sources }: Definitions, id: string): (file: string) => boolean {
  const report = reports.get(id);
  const named = new Set([report?.query.file, ...(report?.sources ?? []).map((name) => sources.get(name)?.file ?? `queries/sources/${name}.yml`)]);
  return (file) => named.has(file) || file.startsWith('queries/macros/') || [`reports/${id}.`, `queries/${id}.`].some((start) => file.startsWith(start));
}

/** One manifest an entry: the engine is Daybook's, the same for all reports. */
function enginesOf(root: string, entries: readonly Entry[], within: readonly Entry[]): Map<number, string> {
  const engines = new Map<number, string>();
  const before = entries.slice(0, entries.indexOf(within[0]!)).findLast(({ kept }) => kept.length > 0);
  for (const entry of within.length === 0 ? [] : [...(before ? [before] : []), ...within]) {
    const kept = entry.kept[0];
    if (!kept) continue;
    try {
      const { inputs: { engine } } = readManifestFile(root, nameOf(kept), kept.manifest);
      engines.set(entry === before ? 0 : entry.sequence, `${engine.name} ${engine.version} ${JSON.stringify(engine.settings)}`);
    } catch (cause) {
      // Retired, or broken: verification tells.
      if (!(cause instanceof DaybookError)) throw cause;
    }
  }
  return engines;
}

/** The fold of the entries, made when it is first asked for. @throws `ledger-broken` */
export function foldOnce(entries: readonly Entry[]): () => LedgerState {
  let state: LedgerState | null = null;
  return () => (state ??= entries.reduce(applyEntry, emptyState()));
}
