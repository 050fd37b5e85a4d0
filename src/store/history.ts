import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DaybookError } from '../error.ts';
import { readCheckpoint, type Checkpoint } from '../snapshot/checkpoint.ts';
import { CHECKPOINT_PATH, entryDigest, entryPath, readEntry, sequenceOf, type Entry } from '../snapshot/entry.ts';
import { applyEntry, decodeState, emptyState, encodeState, type LedgerState } from '../snapshot/ledger-state.ts';
import { fetchFiles, listTree, readObjects } from './objects.ts';
import type { Repository } from './repository.ts';

const CACHE_FORMAT = 'daybook/ledger-cache/4';

/**
 * Files at a commit, in the order of the paths; null where there is none.
 * @param paths relative to the instance's root
 */
export async function readBlobs(repository: Repository, commit: string, paths: string[]): Promise<(Buffer | null)[]> {
  const blobs: (Buffer | null)[] = [];
  for await (const blob of readObjects(repository, paths.map((path) => `${commit}:${repository.prefix}${path}`))) blobs.push(blob);
  return blobs;
}

/** A file of a commit; null where it has none. @param path from the instance’s root */
export async function readBlob(repository: Repository, commit: string, path: string): Promise<Buffer | null> {
  return (await readBlobs(repository, commit, [path]))[0] ?? null;
}

/**
 * The ledger as a commit holds it, whatever lies in the work tree. What the cache knows already is
 * not read again; a cache that is broken or of another ledger is not used.
 * @throws `ledger-broken`
 */
export async function readLedger(repository: Repository, commit: string, cacheFile?: string): Promise<LedgerState> {
  const note = await readBlob(repository, commit, CHECKPOINT_PATH);
  const checkpoint = note && readCheckpoint(note.toString());
  const cached = checkpoint && cacheFile !== undefined ? await readCache(cacheFile) : null;
  if (cached && isAt(cached, checkpoint!)) return cached;

  const files = await ledgerFiles(repository, commit);
  if (!checkpoint && files.length > 0) {
    throw new DaybookError('ledger-broken', 'The checkpoint is missing', { file: CHECKPOINT_PATH });
  }
  if (!checkpoint) return emptyState();

  const state = (cached && (await extendsCache(repository, commit, files, cached))) ? cached : emptyState();
  const rest = files.slice(state.sequence);
  await fetchFiles(repository, commit, rest.map((file) => `${repository.prefix}${file}`));
  for await (const entry of readEntries(repository, commit, rest)) applyEntry(state, entry);
  state.instance = checkpoint.instance;
  if (!isAt(state, checkpoint)) {
    throw new DaybookError('ledger-broken', `The checkpoint names entry ${checkpoint.sequence}, ${checkpoint.head}; the entries end at ${state.sequence}, ${state.head}`, { file: CHECKPOINT_PATH });
  }
  if (cacheFile !== undefined) await writeCache(cacheFile, state);
  return state;
}

/** Keeps the state for the next `readLedger`; a cache that cannot be written costs time, not truth. */
export async function writeCache(cacheFile: string, state: LedgerState): Promise<void> {
  const partial = `${cacheFile}.${process.pid}`;
  try {
    await mkdir(dirname(cacheFile), { recursive: true });
    await pipeline(cacheLines(state), createWriteStream(partial));
    await rename(partial, cacheFile);
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

/** The format, the lines of the state, and the digest of all before it. */
function* cacheLines(state: LedgerState): Generator<Buffer> {
  const hash = createHash('sha256');
  let chunk = `${CACHE_FORMAT}\n`;
  const take = (): Buffer => {
    const bytes = Buffer.from(chunk);
    hash.update(bytes);
    chunk = '';
    return bytes;
  };
  for (const line of encodeState(state)) {
    chunk += `${line}\n`;
    if (chunk.length >= 1 << 20) yield take();
  }
  yield take();
  yield Buffer.from(hash.digest('hex'));
}

async function readCache(cacheFile: string): Promise<LedgerState | null> {
  const bytes = await readFile(cacheFile).catch(() => Buffer.alloc(0));
  const start = CACHE_FORMAT.length + 1;
  const end = bytes.lastIndexOf(10) + 1;
  const body = bytes.subarray(0, end);
  if (end < start || body.toString('latin1', 0, start) !== `${CACHE_FORMAT}\n`) return null;
  if (createHash('sha256').update(body).digest('hex') !== bytes.toString('latin1', end)) return null;
  return decodeState(linesOf(body.subarray(start)));
}

function* linesOf(bytes: Buffer): Generator<string> {
  for (let at = 0, end = bytes.indexOf(10); end >= 0; at = end + 1, end = bytes.indexOf(10, at)) yield bytes.toString('utf8', at, end);
}

/** Every entry follows from the one before, so that one equal digest makes all before it equal. */
async function extendsCache(repository: Repository, commit: string, files: string[], cached: LedgerState): Promise<boolean> {
  const file = files[cached.sequence - 1];
  if (file === undefined) return false;
  for await (const entry of readEntries(repository, commit, [file])) return entryDigest(entry) === cached.head;
  return false;
}

/** Paths of the entries in the order of their sequence, relative to the root. */
async function ledgerFiles(repository: Repository, commit: string): Promise<string[]> {
  const paths = await listTree(repository, commit, `${repository.prefix}snapshots/ledger`);
  const entries = paths.map((path) => path.slice(repository.prefix.length)).filter((path) => path.endsWith('.json'));
  return entries.sort((a, b) => sequenceOf(a) - sequenceOf(b));
}

async function* readEntries(repository: Repository, commit: string, files: string[]): AsyncGenerator<Entry> {
  let index = 0;
  for await (const bytes of readObjects(repository, files.map((file) => `${commit}:${repository.prefix}${file}`))) {
    const file = files[index++]!;
    const entry = readEntry(bytes?.toString() ?? '', file);
    if (entryPath(entry) !== file) throw new DaybookError('ledger-broken', `This is the entry of ${entryPath(entry)}`, { file });
    yield entry;
  }
}

function isAt(state: LedgerState, { instance, sequence, head }: Checkpoint): boolean {
  return state.instance === instance && state.sequence === sequence && state.head === head;
}
