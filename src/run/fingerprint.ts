import { createHash } from 'node:crypto';
import { createReadStream, type BigIntStats } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Digest } from '../snapshot/canonical.ts';

/** What tells that a file is the one hashed before, without reading it. */
interface FileStamp {
  size: string;
  mtime: string;
  ctime: string;
  inode: string;
  sha256: Digest;
}

export interface Fingerprints {
  /** Size in bytes and SHA-256 of a file, by its absolute path. A file that changed meanwhile is read again. */
  of(file: string): Promise<{ bytes: number; sha256: Digest }>;
  /** Writes what was learned; a cache that cannot be written is only slower. */
  save(): Promise<void>;
  /** Bytes that had to be read so far. */
  readonly bytesRead: number;
}

/**
 * File systems keep times in steps of up to some milliseconds, so a file that changed this shortly
 * before the cache was written could change once more without showing it.
 */
const STEP_NS = 50_000_000n;

/** Opens the cache of fingerprints; one that is missing or broken is an empty one. */
export async function openFingerprints(cacheFile: string): Promise<Fingerprints> {
  const known = await readKnown(cacheFile);
  const under = new Map<string, Promise<{ bytes: number; sha256: Digest }>>();
  let bytesRead = 0;
  let learned = false;
  let saving = Promise.resolve();

  async function fingerprint(file: string): Promise<{ bytes: number; sha256: Digest }> {
    for (let tries = 0; tries < 3; tries++) {
      const before = await stat(file, { bigint: true });
      const identity = identityOf(before);
      const old = known.get(file);
      if (old && sameIdentity(old, identity)) return { bytes: Number(before.size), sha256: old.sha256 };
      const sha256 = await hash(file);
      bytesRead += Number(before.size);
      if (!sameIdentity(identity, identityOf(await stat(file, { bigint: true })))) continue;
      known.set(file, { ...identity, sha256 });
      learned = true;
      return { bytes: Number(before.size), sha256 };
    }
    throw new Error(`${path.basename(file)} changes while it is read`);
  }

  async function write(): Promise<void> {
    if (!learned) return;
    learned = false;
    await writeKnown(cacheFile, known).catch(() => undefined);
  }

  return {
    of(file) {
      const running = under.get(file) ?? fingerprint(file).finally(() => under.delete(file));
      under.set(file, running);
      return running;
    },
    save() {
      // One after another: a later one knows more.
      saving = saving.then(write);
      return saving;
    },
    get bytesRead() {
      return bytesRead;
    },
  };
}

type Identity = Omit<FileStamp, 'sha256'>;

function identityOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): Identity {
  return { size: String(size), mtime: String(mtimeNs), ctime: String(ctimeNs), inode: String(ino) };
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime && a.inode === b.inode;
}

async function hash(file: string): Promise<Digest> {
  const sha = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) sha.update(chunk as Buffer);
  return `sha256:${sha.digest('hex')}`;
}

async function readKnown(cacheFile: string): Promise<Map<string, FileStamp>> {
  try {
    const written = (await stat(cacheFile, { bigint: true })).mtimeNs;
    const entries = Object.entries(JSON.parse(await readFile(cacheFile, 'utf8')) as Record<string, FileStamp>);
    return new Map(entries.filter(([, entry]) => BigInt(entry.ctime) + STEP_NS < written && /^sha256:[0-9a-f]{64}$/.test(entry.sha256)));
  } catch {
    return new Map();
  }
}

async function writeKnown(cacheFile: string, known: Map<string, FileStamp>): Promise<void> {
  await mkdir(path.dirname(cacheFile), { recursive: true });
  const temporary = `${cacheFile}.${process.pid}`;
  try {
    await writeFile(temporary, JSON.stringify(Object.fromEntries(known)));
    await rename(temporary, cacheFile);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
}
