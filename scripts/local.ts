import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { digestBytes, digestJson, type Digest } from '../src/snapshot/canonical.ts';
import { dataDigest, pathsOf, SNAPSHOT_FORMAT, writeManifest, type Manifest } from '../src/snapshot/manifest.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import type { ReportState } from '../src/snapshot/ledger-state.ts';
import type { KeptRecord } from '../src/snapshot/records.ts';
import { writeWhole } from './files.ts';

/** Results of local runs, one a report: laid out as snapshots/, never committed, marked on the site. */
export function localRoot(root: string): string {
  return path.join(root, '.daybook/local');
}

/** A local result and what was asked for it: the digest of definition and query. */
export type LocalRecord = KeptRecord & { sequence: null; time: string; definition: Digest };

type Index = { [report: string]: LocalRecord };

/**
 * The local results that say something the ledger does not. One whose data is kept meanwhile, or that
 * is older than what was kept of its report since, is forgotten.
 */
export async function openLocal(root: string, ledger: Map<string, ReportState>): Promise<Map<string, LocalRecord>> {
  const local = await readLocal(root);
  await forgetLocal(root, [...local].filter(([id, record]) => isOvertaken(record, ledger.get(id))).map(([id]) => id));
  return readLocal(root);
}

function isOvertaken({ as_of: asOf, data, time }: LocalRecord, state: ReportState | undefined): boolean {
  if (!state) return false;
  if (state.versions.get(asOf)?.some((kept) => kept.data === data)) return true;
  return [...state.versions.values()].flat().some((kept) => Date.parse(kept.time) > Date.parse(time));
}

async function readLocal(root: string): Promise<Map<string, LocalRecord>> {
  const text = await readFile(path.join(localRoot(root), 'index.json'), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '{}';
    throw cause;
  });
  return new Map(Object.entries(JSON.parse(text) as Index));
}

/** Keeps the result of a local run in place of the one before. */
export async function writeLocal(root: string, report: string, definition: Digest, outcome: Outcome & { kind: 'result' }, time: Date): Promise<void> {
  const { asOf, inputs, result, csv } = outcome;
  const manifest: Manifest = { format: SNAPSHOT_FORMAT, report, as_of: asOf, version: 0, supersedes: null, inputs, inputs_digest: digestJson(inputs), data: dataDigest(result), ...result };
  const record: LocalRecord = { report, as_of: asOf, version: 0, manifest: digestJson(manifest), rows: digestBytes(csv), data: manifest.data, sequence: null, time: time.toISOString(), definition };
  const files = pathsOf({ report, asOf, version: 0 });
  await mkdir(path.dirname(path.join(localRoot(root), files.rows)), { recursive: true });
  await writeWhole(path.join(localRoot(root), files.rows), csv);
  await writeWhole(path.join(localRoot(root), files.manifest), writeManifest(manifest));
  await update(root, (index) => void (index[report] = record));
}

/** A kept snapshot takes the place of what was tried out locally. */
export async function forgetLocal(root: string, reports: string[]): Promise<void> {
  const local = await readLocal(root);
  if (!reports.some((report) => local.has(report))) return;
  await update(root, (index) => reports.forEach((report) => delete index[report]));
  if ((await readLocal(root)).size === 0) await rm(localRoot(root), { recursive: true, force: true });
}

async function update(root: string, change: (index: Index) => void): Promise<void> {
  const index = Object.fromEntries(await readLocal(root));
  change(index);
  await mkdir(localRoot(root), { recursive: true });
  await writeWhole(path.join(localRoot(root), 'index.json'), JSON.stringify(index));
}
