import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Where Daybook's own code lies: the instance's folder, unless a test has another instance. */
export const packageRoot = path.resolve(import.meta.dirname, '..');

/** Writes a file so that nobody ever reads half of it. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, file);
}

export async function readJson<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (cause) {
    // What is derived can be derived again: a missing or broken cache is no error.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT' || cause instanceof SyntaxError) return null;
    throw cause;
  }
}

/** One digest over the names and contents of files below folders: what built pages depend on besides facts. */
export async function digestTree(root: string, folders: string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const found = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(() => []);
    const files = found.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    for (const file of files.sort()) hash.update(path.relative(root, file)).update('\0').update(await readFile(file)).update('\0');
  }
  return hash.digest('hex');
}
