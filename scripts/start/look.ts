import { globSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Texts } from '../../src/report/files.ts';
import { queryFileOf, type Definitions } from '../../src/report/load.ts';

/** How the files that reports rest on stand at a moment: two looks that are equal have seen the same. */
export interface Look {
  /** Size, time and inode by path, relative to the root; a file that is not there has none. */
  files: Map<string, string>;
  /** Folders that tell of them when they change, absolute. */
  folders: Set<string>;
  /** How the data of each source stands that a report reads. */
  data: Map<string, string>;
}

/** Files that changed, came or went. */
export function changedFiles(before: Look, after: Look): string[] {
  return [...new Set([...before.files.keys(), ...after.files.keys()])].filter((file) => before.files.get(file) !== after.files.get(file)).sort();
}

/**
 * Looks at all that the reports rest on: daybook.yml, their YAML, text and SQL, macros, sources and the data of these.
 * @param definitions as they were last read; null where they could not be
 */
export function look(root: string, ids: readonly string[], definitions: Pick<Definitions, 'reports' | 'sources'> | null): Look {
  const files = new Map<string, string>();
  const folders = new Set<string>();
  const add = (file: string): string => {
    folders.add(existingFolder(path.dirname(path.join(root, file))));
    const stamp = stampOf(path.join(root, file));
    if (stamp !== null) files.set(file, stamp);
    return stamp ?? 'none';
  };
  add('daybook.yml');
  for (const id of ids) {
    for (const ending of ['yml', 'yaml', 'md']) add(`reports/${id}.${ending}`);
    add(definitions?.reports.get(id)?.query.file ?? queryFileOf(id));
  }
  const texts = new Texts(root);
  for (const folder of ['queries/macros', 'queries/sources']) {
    folders.add(existingFolder(path.join(root, folder)));
    texts.below(folder, /\.(sql|ya?ml)$/).forEach(add);
  }
  const data = new Map<string, string>();
  for (const name of new Set(ids.flatMap((id) => definitions?.reports.get(id)?.sources ?? []))) {
    const patterns = [definitions!.sources.get(name)?.files ?? []].flat();
    data.set(name, patterns.flatMap((pattern) => matchesOf(root, pattern, folders)).map((file) => `${file} ${add(file)}`).join('\n'));
  }
  return { files, folders, data };
}

/** A name that exists is taken as it is, even if it looks like a pattern; one that leads out of the root is refused when it is read. */
function matchesOf(root: string, pattern: string, folders: Set<string>): string[] {
  if (path.isAbsolute(pattern) || pattern.split(/[\\/]/).includes('..')) return [];
  const fixed = pattern.split('/').slice(0, -1);
  const at = fixed.findIndex((part) => /[*?[{(!]/.test(part));
  folders.add(existingFolder(path.join(root, ...fixed.slice(0, at === -1 ? undefined : at))));
  return stampOf(path.join(root, pattern)) !== null ? [pattern] : globSync(pattern, { cwd: root }).sort();
}

function stampOf(file: string): string | null {
  try {
    const found = statSync(file, { bigint: true });
    return found.isFile() ? `${found.size} ${found.mtimeNs} ${found.ctimeNs} ${found.ino}` : null;
  } catch {
    return null;
  }
}

/** The folder, or the nearest one above it that exists. */
function existingFolder(folder: string): string {
  try {
    readdirSync(folder);
    return folder;
  } catch {
    return existingFolder(path.dirname(folder));
  }
}
