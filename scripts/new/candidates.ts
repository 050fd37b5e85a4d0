import { lstatSync, realpathSync } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Definitions } from '../../src/report/load.ts';
import { isReadBy, patternsOf } from '../../src/report/source-files.ts';
import { isNameable } from '../../src/review/onboard/key.ts';
import type { DataFile } from '../../src/run/columns.ts';
import { homeOf } from './source.ts';

/** A data file that no source reads. */
export interface Candidate {
  /** From the instance's root, with forward slashes. */
  file: string;
  bytes: number;
  format: DataFile['format'];
}

export interface Candidates {
  files: Candidate[];
  /** There are so many files that not all were looked at. */
  cut: boolean;
}

const FORMATS: { [ending: string]: DataFile['format'] } = { parquet: 'parquet', csv: 'csv', tsv: 'csv', ndjson: 'ndjson', jsonl: 'ndjson', json: 'json' };
const MOST_FILES = 500;
const MOST_ENTRIES = 20_000;
const DEEPEST = 8;
/** What an instance holds beside its data: definitions, results, code. */
const OWN: ReadonlySet<string> = new Set(['reports', 'queries', 'snapshots', 'src', 'scripts', 'tests', 'docs', 'dist']);

/** The format that the name of a file says; null where it is none of data. */
export function formatOf(file: string): DataFile['format'] | null {
  return FORMATS[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? ''] ?? null;
}

/** Files that have the name of a table, where a person is told to put them: below each source root, in the folder of the schema. */
export function namedFiles({ schema, name }: { schema: string; name: string }, root: string, roots: readonly string[]): string[] {
  const home = realpathSync(root);
  const files = [homeOf(roots), ...roots].flatMap((one) => Object.keys(FORMATS).map((ending) => path.join(one, schema, `${name}.${ending}`).split(path.sep).join('/')));
  return [...new Set(files)].filter((file) => isDataPlace(file, roots) && isFile(path.join(home, file)));
}

/** Whether a path may be that of a source's file. */
export function isDataPlace(file: string, roots: readonly string[]): boolean {
  if (file.startsWith('../') || path.isAbsolute(file) || !isNameable(file) || file.split('/').some((part) => part.startsWith('.'))) return false;
  return roots.some((one) => path.posix.normalize(one) === '.' || file.startsWith(`${path.posix.normalize(one).replace(/\/$/, '')}/`));
}

/** A regular file, not a link; a name that no file can have is none. */
export function isFile(file: string): boolean {
  try {
    return lstatSync(file).isFile();
  } catch {
    return false;
  }
}

/** Regular files of data below the source roots which no source reads; no link is followed, and no package looked into that no source root names. @param taken files that are spoken for */
export async function candidatesOf(root: string, { instance, sources }: Pick<Definitions, 'instance' | 'sources'>, taken: ReadonlySet<string>): Promise<Candidates> {
  const home = await realpath(root);
  const patterns = patternsOf(sources.values());
  const found = new Map<string, Candidate>();
  const count = { entries: 0, cut: false };
  const walk = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(path.join(home, folder), { withFileTypes: true }).catch(() => [])) {
      if (count.cut || ++count.entries > MOST_ENTRIES || found.size > MOST_FILES) {
        count.cut = true;
        return;
      }
      const { name } = entry;
      const file = folder === '.' ? name : `${folder}/${name}`;
      if (name.startsWith('.') || entry.isSymbolicLink()) continue;
      if (entry.isDirectory()) {
        if (name === 'node_modules' || (folder === '.' && OWN.has(name))) continue;
        if (depth >= DEEPEST) count.cut = true;
        else await walk(file, depth + 1);
      } else if (entry.isFile()) {
        const format = formatOf(name);
        if (format === null || !isNameable(file) || /[*{]/.test(file) || file.length > 500 || taken.has(file) || isReadBy(patterns, file)) continue;
        const bytes = (await lstat(path.join(home, file)).catch(() => null))?.size ?? 0;
        if (bytes > 0) found.set(file, { file, bytes, format });
      }
    }
  };
  for (const one of instance.source_roots) {
    const folder = path.posix.normalize(one).replace(/\/$/, '');
    // What leads elsewhere by a link is left to those who name it.
    if ((await realpath(path.join(home, folder)).catch(() => null)) === path.join(home, folder)) await walk(folder, 0);
  }
  return { files: [...found.values()].sort((a, b) => (a.file < b.file ? -1 : 1)), cut: count.cut };
}
