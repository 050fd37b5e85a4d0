import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Where Daybook's own code lies: the instance's folder, unless a test has another instance. */
export const packageRoot = path.resolve(import.meta.dirname, '../..');

/** All of Daybook's code: facts and pages are made by it, and are made again where it has changed. */
export const CODE = ['src', 'scripts', 'astro.config.mjs'] as const;

/** What a folder of derived files is found by: an instance's root, or a world. */
export interface Placed {
  root: string;
  derived?: string;
  dist?: string;
  facts?: string;
}

/** What is derived, and made again where it is deleted: caches, imports, local results, facts. */
export function derivedFolder({ root, derived = path.join(root, '.daybook') }: Placed): string {
  return derived;
}

/** Where the built site lies. */
export function siteFolder({ root, dist = path.join(root, 'dist') }: Placed): string {
  return dist;
}

/** Writes a file so that nobody ever reads half of it. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}

/** All files below a folder, absolute; none where there is no such folder. */
export async function filesOf(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause;
  });
  return found.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** What a derived file holds; null where it is missing or broken. */
export async function readJson<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (cause) {
    // What is derived can be derived again: a missing or broken cache is no error.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || cause instanceof SyntaxError) return null;
    throw cause;
  }
}

/** One digest over the names and contents of files, and of all files below folders. */
export async function digestTree(root: string, places: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const place of places) {
    const files = (await stat(path.join(root, place))).isFile() ? [path.join(root, place)] : await filesOf(path.join(root, place));
    for (const file of files.sort()) hash.update(path.relative(root, file)).update('\0').update(await readFile(file)).update('\0');
  }
  return hash.digest('hex');
}
