import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { digestBytes, digestJson, type Digest } from '../../src/snapshot/canonical.ts';
import type { ReportState } from '../../src/snapshot/ledger-state.ts';
import { dataDigest, pathsOf, SNAPSHOT_FORMAT, writeManifest, type Manifest } from '../../src/snapshot/manifest.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import type { KeptRecord } from '../../src/snapshot/records.ts';
import { derivedFolder, writeWhole, type Placed } from '../world/files.ts';

/** Results of local runs, one a report: laid out as snapshots/, never committed, marked on the site. */
export function localRoot(place: Placed): string {
  return path.join(derivedFolder(place), 'local');
}

/** A local result and what was asked for it: the digest of definition and query. */
export type LocalRecord = KeptRecord & { sequence: null; time: string; definition: Digest };

type Index = { [report: string]: LocalRecord };

/**
 * The local results that say something the ledger does not. One whose data is kept meanwhile, or that
 * is older than what was kept of its report since, is forgotten.
 */
export async function openLocal(place: Placed, ledger: Map<string, ReportState>): Promise<Map<string, LocalRecord>> {
  const local = await readLocal(place);
  await forgetLocal(place, [...local].filter(([id, record]) => isOvertaken(record, ledger.get(id))).map(([id]) => id));
  return readLocal(place);
}

function isOvertaken({ as_of: asOf, data, time }: LocalRecord, state: ReportState | undefined): boolean {
  if (!state) return false;
  if (state.versions.get(asOf)?.some((kept) => kept.data === data)) return true;
  return [...state.versions.values()].flat().some((kept) => Date.parse(kept.time) > Date.parse(time));
}

async function readLocal(place: Placed): Promise<Map<string, LocalRecord>> {
  const text = await readFile(path.join(localRoot(place), 'index.json'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '{}';
    throw cause;
  });
  return new Map(Object.entries(JSON.parse(text) as Index));
}

/** Keeps the result of a local run in place of the one before. */
export async function writeLocal(place: Placed, report: string, definition: Digest, outcome: Outcome & { kind: 'result' }, time: Date): Promise<void> {
  const { asOf, inputs, result, csv } = outcome;
  const manifest: Manifest = { format: SNAPSHOT_FORMAT, report, as_of: asOf, version: 0, supersedes: null, inputs, inputs_digest: digestJson(inputs), data: dataDigest(result), ...result };
  const record: LocalRecord = { report, as_of: asOf, version: 0, manifest: digestJson(manifest), rows: digestBytes(csv), data: manifest.data, sequence: null, time: time.toISOString(), definition };
  const files = pathsOf({ report, asOf, version: 0 });
  await mkdir(path.dirname(path.join(localRoot(place), files.rows)), { recursive: true });
  await writeWhole(path.join(localRoot(place), files.rows), csv);
  await writeWhole(path.join(localRoot(place), files.manifest), writeManifest(manifest));
  await update(place, (index) => void (index[report] = record));
}

/** A kept snapshot takes the place of what was tried out locally. */
export async function forgetLocal(place: Placed, reports: string[]): Promise<void> {
  const local = await readLocal(place);
  if (!reports.some((report) => local.has(report))) return;
  await update(place, (index) => reports.forEach((report) => delete index[report]));
  if ((await readLocal(place)).size === 0) await rm(localRoot(place), { recursive: true, force: true });
}

async function update(place: Placed, change: (index: Index) => void): Promise<void> {
  const index = Object.fromEntries(await readLocal(place));
  change(index);
  await mkdir(localRoot(place), { recursive: true });
  await writeWhole(path.join(localRoot(place), 'index.json'), JSON.stringify(index));
}
