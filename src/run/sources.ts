import { glob, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError, withCode } from '../error.ts';
import type { Source } from '../report/report.ts';
import { digestJson, type Digest } from '../snapshot/canonical.ts';
import type { SourceInput } from '../snapshot/manifest.ts';
import type { Fingerprints } from './fingerprint.ts';

export type Format = 'csv' | 'parquet' | 'json' | 'ndjson';

export interface Located {
  input: SourceInput;
  format: Format;
  /** Absolute paths, links followed, in the order of `input.files`. */
  files: string[];
}

/**
 * Finds and fingerprints the files of a source.
 * @param roots folders below the root that sources may read
 * @throws `file-missing`, `file-outside`, `file-unreadable`, `source-pointer`, `wrong-value`, naming the source's definition.
 */
export async function locate(source: Source, root: string, roots: readonly string[], fingerprints: Fingerprints): Promise<Located> {
  const names = await namesOf(source, root);
  const files = await Promise.all(names.map((name) => follow(name, source, root, roots)));
  const prints = await withCode('file-unreadable', placeOf(source), () => Promise.all(files.map((file) => fingerprints.of(file))));
  for (const [index, file] of files.entries()) {
    if (prints[index]!.bytes < POINTER_BYTES && (await isPointer(file))) throw new DaybookError('source-pointer', `"${names[index]!}" is a pointer of Git LFS, and not the data that it stands for`, placeOf(source));
  }
  return {
    input: {
      name: source.name,
      files: names.map((name, index) => ({ path: name, ...prints[index]! })),
      reading: readingOf(source, names),
    },
    format: formatOf(source, names),
    files,
  };
}

/**
 * The digest of how a source reads files of these names, as a manifest records it.
 * @throws `wrong-value` where their endings do not tell the format
 */
export function readingOf(source: Source, names: readonly string[]): Digest {
  const { columns, csv, cluster_by } = source;
  return digestJson({ format: formatOf(source, names), columns, csv, cluster_by });
}

/** A pointer is shorter, as its specification says. */
const POINTER_BYTES = 1_024;
const POINTER = 'version https://git-lfs.github.com/spec/v1\n';

/** Where Git LFS has not been at work, a clone has such a file in the place of the data. */
async function isPointer(file: string): Promise<boolean> {
  return (await readFile(file, 'utf8')).startsWith(POINTER);
}

function placeOf({ file }: Source): { file: string; key: string } {
  return { file, key: 'files' };
}

/** Paths relative to the root with forward slashes, in byte order. A name that exists is taken as it is, even if it looks like a pattern. */
async function namesOf(source: Source, root: string): Promise<string[]> {
  const names = new Set<string>();
  for (const pattern of [source.files].flat()) {
    if (path.isAbsolute(pattern) || pattern.split(/[\\/]/).includes('..')) {
      throw new DaybookError('file-outside', `"${pattern}" leads out of the instance's folder`, placeOf(source));
    }
    const matches = (await isFile(path.join(root, pattern))) ? [pattern] : await matchesOf(pattern, root);
    if (matches.length === 0) throw new DaybookError('file-missing', `no file matches "${pattern}"`, placeOf(source), 'Correct the path, or let `prepare` create the file.');
    for (const match of matches) names.add(path.normalize(match).split(path.sep).join('/'));
  }
  return [...names].sort();
}

async function matchesOf(pattern: string, root: string): Promise<string[]> {
  const matches: string[] = [];
  for await (const match of glob(pattern, { cwd: root })) if (await isFile(path.join(root, match))) matches.push(match);
  return matches;
}

/** A broken link counts as a file: what is wrong with it is said when it is followed. */
async function isFile(file: string): Promise<boolean> {
  try {
    return !(await stat(file)).isDirectory();
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ELOOP';
  }
}

/**
 * The file that a name leads to, which must be a regular one below the source roots. What begins with a dot is never data: Git's and
 * Daybook's own folders do, and files of secrets.
 */
async function follow(name: string, source: Source, root: string, roots: readonly string[]): Promise<string> {
  try {
    const home = await realpath(root);
    const real = await realpath(path.join(root, name));
    const allowed = await Promise.all(roots.map((folder) => realpath(path.join(root, folder)).catch(() => null)));
    const inside = allowed.some((folder) => folder !== null && isBelow(home, folder) && isBelow(folder, real));
    const hidden = path.relative(home, real).split(path.sep).some((part) => part.startsWith('.'));
    if (inside && hidden) throw new DaybookError('file-outside', `"${name}" is hidden: what begins with a dot is no data`, placeOf(source), 'Keep data in files and folders whose names begin with something else.');
    if (!inside) throw new DaybookError('file-outside', `"${name}" ${outsideWords(path.normalize(path.join(home, name)), real, home, roots)}`, placeOf(source));
    if (!(await stat(real)).isFile()) throw new DaybookError('file-unreadable', `"${name}" is not a regular file`, placeOf(source));
    return real;
  } catch (cause) {
    if (cause instanceof DaybookError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new DaybookError('file-unreadable', `"${name}" cannot be read (${code ?? String(cause)})`, placeOf(source));
  }
}

/** Where a link leads is the cause; what lies outside of the instance stays unnamed. */
function outsideWords(written: string, real: string, home: string, roots: readonly string[]): string {
  const below = roots.map((folder) => `"${folder}"`).join(' or ');
  if (written === real || !isBelow(home, written)) return `does not lie below ${below}`;
  if (!isBelow(home, real)) return 'is a link that leads out of the instance’s folder';
  return `is a link to "${path.relative(home, real).split(path.sep).join('/')}", which does not lie below ${below}`;
}

/** A source root may be the root itself. */
function isBelow(folder: string, file: string): boolean {
  return file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

const ENDINGS: Record<string, Format> = { csv: 'csv', tsv: 'csv', txt: 'csv', parquet: 'parquet', json: 'json', geojson: 'json', ndjson: 'ndjson', jsonl: 'ndjson' };

function formatOf(source: Source, names: readonly string[]): Format {
  if (source.format) return source.format;
  const formats = new Set(names.map((name) => ENDINGS[/\.([a-z]+)(\.(gz|zst))?$/i.exec(name)?.[1]?.toLowerCase() ?? '']));
  const [format] = formats;
  if (format !== undefined && formats.size === 1) return format;
  const what = formats.size > 1 ? 'the files have endings of different formats' : `the ending of "${names[0]}" names no format`;
  throw new DaybookError('wrong-value', what, { file: source.file, key: 'format' }, 'Write `format: csv`, parquet, json or ndjson.');
}
