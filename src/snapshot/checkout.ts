import { readdirSync, readFileSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { DaybookError } from '../error.ts';
import { digestBytes, digestJson, type Digest } from './canonical.ts';
import { decodeCsv } from './csv.ts';
import { readEntry, type Entry } from './entry.ts';
import { pathsOf, readManifest, type Manifest, type SnapshotName } from './manifest.ts';

/** Ledger entries of a checkout in sequence, after the given one; an empty list where there is none. */
export function readEntries(root: string, after = 0): Entry[] {
  const folder = 'snapshots/ledger';
  const years = entriesOf(path.join(root, folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const files = years.flatMap((year) => entriesOf(path.join(root, folder, year)).map(({ name }) => ({ file: `${folder}/${year}/${name}`, sequence: Number.parseInt(name, 10) })));
  const newer = files.filter(({ sequence }) => sequence > after).sort((a, b) => a.sequence - b.sequence);
  return newer.map(({ file }) => readEntry(readFileSync(path.join(root, file), 'utf8'), file));
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}

export interface KeptSnapshot {
  manifest: Manifest;
  /** Canonical CSV. */
  csv: Buffer;
}

/**
 * Reads one snapshot from a folder that has the layout of a checkout.
 * @param digest of the manifest, as the ledger (or the index of local results) has it
 * @throws `snapshot-broken` where a file is missing, or is not what the ledger and the manifest say.
 */
export function readSnapshot(root: string, name: SnapshotName, digest: Digest): KeptSnapshot {
  const file = pathsOf(name).rows;
  const manifest = readManifestFile(root, name, digest);
  const csv = readKept(root, file);
  if (digestBytes(csv) !== manifest.rows.sha256) throw new DaybookError('snapshot-broken', 'the rows are not those that the manifest names', { file });
  return { manifest, csv };
}

/** A number that somebody changed by hand is not read as if it had been kept. @throws `snapshot-broken` */
export function readManifestFile(root: string, name: SnapshotName, digest: Digest): Manifest {
  const file = pathsOf(name).manifest;
  const manifest = readManifest(readKept(root, file).toString(), file);
  if (digestJson(manifest) !== digest) throw new DaybookError('snapshot-broken', 'this is not the manifest that the ledger names', { file });
  return manifest;
}

function readKept(root: string, file: string): Buffer {
  try {
    return readFileSync(path.join(root, file));
  } catch (cause) {
    throw new DaybookError('snapshot-broken', (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'the file is missing' : String(cause), { file });
  }
}

/** The rows as text cells, null for NULL. */
export function rowsOf(csv: Buffer): (string | null)[][] {
  return decodeCsv(csv).rows;
}
