import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../error.ts';
import { digestBytes } from './canonical.ts';
import { decodeCsv } from './csv.ts';
import { readEntry, type Entry } from './entry.ts';
import { pathsOf, readManifest, type Manifest, type SnapshotName } from './manifest.ts';

/** Ledger entries of a checkout in sequence, after the given one; an empty list where there is none. */
export async function readEntries(root: string, after = 0): Promise<Entry[]> {
  const folder = path.join(root, 'snapshots/ledger');
  const years = (await readdir(folder, { withFileTypes: true }).catch(missing)).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  const entries: Entry[] = [];
  for (const year of years) {
    for (const name of (await readdir(path.join(folder, year))).sort()) {
      if (Number.parseInt(name, 10) <= after) continue;
      const file = `snapshots/ledger/${year}/${name}`;
      entries.push(readEntry(await readFile(path.join(root, file), 'utf8'), file));
    }
  }
  return entries.sort((a, b) => a.sequence - b.sequence);
}

function missing(cause: NodeJS.ErrnoException): [] {
  if (cause.code === 'ENOENT') return [];
  throw cause;
}

export interface Kept {
  manifest: Manifest;
  /** Canonical CSV. */
  csv: Buffer;
}

/**
 * Reads one snapshot from a folder that has the layout of a checkout.
 * @throws `snapshot-broken` where a file is missing, or is not what the manifest says.
 */
export async function readSnapshot(root: string, name: SnapshotName): Promise<Kept> {
  const files = pathsOf(name);
  const manifest = await readManifestFile(root, name);
  const csv = await readFile(path.join(root, files.rows)).catch((cause: NodeJS.ErrnoException) => {
    throw new DaybookError('snapshot-broken', cause.code === 'ENOENT' ? 'the rows are missing' : cause.message, { file: files.rows });
  });
  if (digestBytes(csv) !== manifest.rows.sha256) throw new DaybookError('snapshot-broken', 'the rows are not those that the manifest names', { file: files.rows });
  return { manifest, csv };
}

/** @throws `snapshot-broken` */
export async function readManifestFile(root: string, name: SnapshotName): Promise<Manifest> {
  const file = pathsOf(name).manifest;
  const text = await readFile(path.join(root, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DaybookError('snapshot-broken', cause.code === 'ENOENT' ? 'the manifest is missing' : cause.message, { file });
  });
  return readManifest(text, file);
}

/** The rows as text cells, null for NULL. */
export function rowsOf(csv: Buffer): (string | null)[][] {
  return decodeCsv(csv).rows;
}
