import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { besidePage, COMPARED } from '../../src/analysis/comparison/files.ts';
import type { Rows } from '../../src/analysis/facts/definition-change.ts';
import { newestFirst, type KeptAt, type SnapshotNumbers, type PublishedSnapshot } from '../../src/analysis/facts/snapshot-facts.ts';
import { DaybookError } from '../../src/error.ts';
import { isSalted, type Digest } from '../../src/snapshot/canonical.ts';
import { readManifestFile, readSnapshot, rowsOf } from '../../src/snapshot/checkout.ts';
import type { LedgerState, Version } from '../../src/snapshot/ledger-state.ts';
import { nameOf, pathsOf, type Manifest } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord } from '../../src/snapshot/records.ts';
import { readKept, readKeptManifests } from '../instance/kept.ts';
import { localRoot } from '../instance/local.ts';
import { readJson, writeWhole } from '../world/files.ts';
import type { World } from '../world/world.ts';

/** What retired manifests say, by their digest: it cannot change, and reading it again out of Git's history takes time. */
type Retired = { [manifest: Digest]: SnapshotNumbers };

/** Numbers of the retired snapshots of these reports: what is remembered, the rest by one process of Git. */
export async function readRetired(world: World, folder: string, reports: ReadonlyMap<string, readonly Version[]>): Promise<Map<string, Retired>> {
  const known = new Map<string, Retired>();
  const unknown: Version[] = [];
  for (const [id, versions] of reports) {
    const retired = versions.filter((version) => version.retired);
    if (retired.length === 0) continue;
    const remembered = (await readJson<Retired>(fileOf(folder, id))) ?? {};
    known.set(id, remembered);
    unknown.push(...retired.filter(({ manifest }) => !remembered[manifest]));
  }
  if (unknown.length === 0) return known;
  const manifests = await readKeptManifests(world, unknown).catch((cause: unknown) => {
    // A shallow clone is enough to publish from: these numbers are told as out of its reach.
    if (cause instanceof DaybookError && cause.code === 'snapshot-retired') return [];
    throw cause;
  });
  for (const [index, { report, manifest }] of unknown.entries()) {
    const found = manifests[index];
    if (found) known.get(report)![manifest] = { metrics: found.metrics, rows: { count: found.rows.count }, inputs: { sources: found.inputs.sources } };
  }
  if (manifests.length > 0) for (const id of new Set(unknown.map(({ report }) => report))) await writeWhole(fileOf(folder, id), JSON.stringify(known.get(id)));
  return known;
}

function fileOf(folder: string, id: string): string {
  return path.join(folder, 'retired', `${id}.json`);
}

/** Snapshots that may lie beside a compare page, the too large ones among them. */
const LOOKED_AT = 2 * COMPARED.snapshots;

/**
 * Every snapshot that readers see, with its numbers, the newest first.
 * @param share bytes that may lie beside the report's compare page; 0 where nothing may
 * @throws `snapshot-broken`
 */
export function publishedSnapshots(world: World, versions: readonly Version[], retired: Retired, changes: ReadonlyMap<string, ChangeRecord>, share: number, codeOf: (sequence: number) => string): PublishedSnapshot[] {
  const sized = versions.toSorted(newestFirst).map((record) => {
    const manifest = record.retired ? null : readManifestFile(world.root, nameOf(record), record.manifest);
    const numbers = manifest ?? retired[record.manifest] ?? null;
    return { record, numbers, rowBytes: manifest?.rows.bytes ?? 0, isHere: manifest !== null && !record.erased && !isSalted(record.rows) };
  });
  // A sparse checkout has the rows of the newest ones alone.
  const candidates = (share > 0 ? sized : []).filter(({ isHere }) => isHere).slice(0, LOOKED_AT).filter(({ record }) => existsSync(path.join(world.root, pathsOf(nameOf(record)).rows)))
    .map((one) => ({ ...one, bytes: one.rowBytes + statSync(path.join(world.root, pathsOf(nameOf(one.record)).manifest)).size }));
  const beside = new Set(besidePage(candidates, share).map(({ record }) => record));
  return sized.map(({ record, numbers }) => ({ record, numbers, change: changes.get(`${record.as_of}.v${record.version}`) ?? null, code: codeOf(record.sequence), beside: beside.has(record) }));
}

/**
 * Manifest and rows of the snapshot that a report's page shows. Rows are null where they were destroyed, or nobody asks
 * for them: rows with personal data are then not fetched from their store.
 * @throws as `readKept`
 */
export async function readLatest(world: World, ledger: LedgerState, record: KeptAt, defined: boolean): Promise<{ record: KeptAt; manifest: Manifest; rows: Rows | null }> {
  const name = nameOf(record);
  if (record.sequence === null) {
    const { manifest, csv } = readSnapshot(localRoot(world), name, record.manifest);
    return { record, manifest, rows: rowsOf(csv) };
  }
  const rowless = record.erased !== null || (!defined && isSalted(record.rows));
  if (!rowless && !record.retired && !isSalted(record.rows)) {
    const { manifest, csv } = readSnapshot(world.root, name, record.manifest);
    return { record, manifest, rows: rowsOf(csv) };
  }
  if (rowless) return { record, manifest: (await readKeptManifests(world, [record]))[0]!, rows: null };
  const { manifest, csv } = await readKept(world, ledger, name);
  return { record, manifest, rows: rowsOf(csv) };
}
