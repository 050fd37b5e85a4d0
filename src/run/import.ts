import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { asDaybookError, DaybookError, type ErrorLocation } from '../error.ts';
import type { Source } from '../report/report.ts';
import { digestJson } from '../snapshot/canonical.ts';
import { Child, ChildFailure, outOfTime } from './child.ts';
import { ENGINE } from './engine.ts';
import type { Fingerprints } from './fingerprint.ts';
import { delimiterOf } from './import-sql.ts';
import type { Imported, ImportRequest } from './imported.ts';
import { isRunning } from './leftovers.ts';
import type { Located } from './sources.ts';

export interface ImportedSource extends Imported {
  name: string;
  /** Absolute path of the DuckDB file. */
  database: string;
}

interface ImportOptions {
  /** Folder of the imported files, and an empty one. */
  folder: string;
  empty: string;
  threads: number;
  memoryMb: number;
  /** Most disk for one import. */
  diskMb: number;
  fingerprints: Fingerprints;
  secondsLeft: () => number;
}

const PROGRAM = new URL('./import-child.ts', import.meta.url);
/** An import is trusted code at work on large files: this limit only ends one that hangs. */
const SECONDS = 6 * 3600;
/** Raise it when the same files are imported in another way. */
const VERSION = 1;
const KEPT = 2;

let count = 0;

/**
 * A DuckDB file with the rows of a source, named by the files' digests and how they are read; made if it is not there.
 * Two processes may make it at once: each makes its own and one of the two stays.
 * @throws `source-empty`, `source-broken`, `source-too-large`, `disk-full`, `query-memory`, `wrong-value`.
 */
export async function importSource(source: Source, located: Located, options: ImportOptions): Promise<ImportedSource> {
  const { name } = source;
  const { files, reading } = located.input;
  const digest = digestJson({ files: files.map(({ sha256 }) => sha256), reading, ...byName(source, located), freshness: source.freshness?.column ?? null, engine: ENGINE.version, version: VERSION });
  const stem = path.join(options.folder, `${name}-${digest.slice('sha256:'.length, 'sha256:'.length + 16)}`);
  const database = `${stem}.duckdb`;
  const known = await readMeta(stem);
  if (known) return { name, database, ...known };
  const temporary = path.join(options.folder, `${name}.${process.pid}.${count++}.tmp`);
  try {
    await mkdir(options.folder, { recursive: true });
    await removeLeftovers(options.folder, name);
    const imported = await importInto(temporary, source, located, options);
    await refuseChanged(located, options.fingerprints);
    await rename(`${temporary}/data.duckdb`, database);
    await writeFile(`${temporary}/meta.json`, JSON.stringify(imported));
    await rename(`${temporary}/meta.json`, `${stem}.json`);
    await removeOld(options.folder, name, path.basename(stem));
    return { name, database, ...imported };
  } catch (cause) {
    throw cacheError(cause, { file: source.file });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The empty folder that the processes of queries work in, made where there is none. @param cache absolute path of .daybook/ @throws `write-denied`, `disk-full` */
export async function emptyFolder(cache: string): Promise<string> {
  const folder = path.join(cache, 'empty');
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw cacheError(cause, { file: '.daybook' });
  });
  return folder;
}

/** What the system refuses below .daybook/ is told without the machine's paths; anything else stays as it is. */
export function cacheError(cause: unknown, place: ErrorLocation): unknown {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  if (cause instanceof DaybookError || syscall === undefined) return cause;
  const { code: known } = asDaybookError(cause, 'write-denied');
  return new DaybookError(known, `.daybook/ cannot be written (${code})`, place);
}

/** What the names of files say of how they are read: the same bytes are others in a .tsv, or packed. */
function byName({ csv }: Source, { files, format }: Located): { delimiter?: string; packed: string[] } {
  return { ...(format === 'csv' && { delimiter: delimiterOf(csv, files) }), packed: files.map((file) => /\.(gz|zst)$/i.exec(file)?.[1]?.toLowerCase() ?? '') };
}

async function importInto(temporary: string, source: Source, { files, input, format }: Located, { empty, threads, memoryMb, diskMb, secondsLeft }: ImportOptions): Promise<Imported> {
  const spill = path.join(temporary, 'spill');
  await mkdir(spill, { recursive: true });
  const { columns, csv, cluster_by } = source;
  const request: ImportRequest = {
    source: { name: source.name, file: source.file },
    files: files.map((file, index) => ({ path: file, name: input.files[index]!.path })),
    reading: { format, columns, csv, cluster_by },
    database: path.join(temporary, 'data.duckdb'), spill, threads, memoryMb, disk: { folder: temporary, megabytes: diskMb, file: source.file },
    freshness: source.freshness?.column ?? null,
  };
  const left = secondsLeft();
  if (left <= 0) throw outOfTime();
  const child = new Child(PROGRAM, empty);
  try {
    return await child.request<Imported>(request, Math.min(left, SECONDS));
  } catch (cause) {
    if (!(cause instanceof ChildFailure)) throw cause;
    if (cause.kind === 'timeout' && left < SECONDS) throw outOfTime();
    const what = { timeout: 'did not end', memory: `needs more than ${memoryMb} MB`, death: 'ended the engine’s process' }[cause.kind];
    throw new DaybookError('source-broken', `reading ${input.files.map((file) => file.path).slice(0, 3).join(', ')} ${what}`, { file: source.file });
  } finally {
    child.kill();
  }
}

/** The digests must be those of the bytes that were imported. */
async function refuseChanged({ files, input }: Located, fingerprints: Fingerprints): Promise<void> {
  for (const [index, file] of files.entries()) {
    const { path: name, sha256 } = input.files[index]!;
    if ((await fingerprints.of(file)).sha256 !== sha256) throw new DaybookError('source-broken', 'it changed while it was read', { file: name }, 'Run the command again when the export is complete.');
  }
}

/** The description is written last, so it stands for a complete import. */
async function readMeta(stem: string): Promise<Imported | null> {
  try {
    await stat(`${stem}.duckdb`);
    return JSON.parse(await readFile(`${stem}.json`, 'utf8')) as Imported;
  } catch {
    return null;
  }
}

/** Older imports of the source go, but for the one before: another process may be about to open it. Open files stay readable. */
async function removeOld(folder: string, name: string, newest: string): Promise<void> {
  const stems = (await readdir(folder)).filter((file) => new RegExp(`^${name}-[0-9a-f]{16}\\.duckdb$`).test(file)).map((file) => file.slice(0, -'.duckdb'.length));
  const aged = await Promise.all(stems.filter((stem) => stem !== newest).map(async (stem) => ({ stem, time: await timeOf(path.join(folder, `${stem}.duckdb`)) })));
  for (const { stem } of aged.sort((a, b) => b.time - a.time).slice(KEPT - 1)) {
    await rm(path.join(folder, `${stem}.json`), { force: true });
    await rm(path.join(folder, `${stem}.duckdb`), { force: true });
  }
}

async function timeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => null))?.mtimeMs ?? 0;
}

/** Folders of imports whose process was killed. */
async function removeLeftovers(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const pid = new RegExp(`^${name}\\.(\\d+)\\.\\d+\\.tmp$`).exec(entry)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(path.join(folder, entry), { recursive: true, force: true });
  }
}
