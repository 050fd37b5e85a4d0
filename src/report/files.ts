import { readdirSync, readFileSync, realpathSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { asDaybookError, DaybookError, type ErrorLocation } from '../error.ts';

// Synchronous on purpose: definitions are thousands of small files, and a hop through the thread
// pool costs more than reading one.

interface Folder {
  real: string;
  entries: ReadonlyMap<string, Dirent>;
}

/** The texts below a root. It asks once where a folder leads and what it holds, and so serves one reading: what moves meanwhile is not followed. */
export class Texts {
  readonly root: string;
  readonly #folders = new Map<string, Folder>();

  constructor(root: string) {
    this.root = root;
  }

  /**
   * A text with LF alone, or null where there is none. The file must lie, links followed, below a folder of the
   * root: a link must not lead to other files.
   * @param place where the file is named, for an error
   * @throws `file-outside`, `file-unreadable`, `write-denied`
   */
  read(file: string, below: string, place: () => ErrorLocation = () => ({ file })): string | null {
    try {
      const real = this.#realFile(file);
      if (real === null) return null;
      if (!real.startsWith(this.#folder(below).real + path.sep)) throw new DaybookError('file-outside', `${file} leads out of ${below}/`, place(), `Keep the file below ${below}/.`);
      // Line endings are the checkout's: within a text of SQL, too, they move no number.
      return readFileSync(real, 'utf8').replaceAll('\r\n', '\n');
    } catch (cause) {
      if (isMissing(cause)) return null;
      throw asDaybookError(cause, 'file-unreadable', place());
    }
  }

  /** Following a path through all its folders, or asking for each file what it is, takes longer than reading the small file at its end. */
  #realFile(file: string): string | null {
    const name = path.basename(file);
    const { real, entries } = this.#folder(path.dirname(file));
    const entry = entries.get(name);
    if (!entry) return null;
    return entry.isSymbolicLink() ? realpathSync.native(path.join(real, name)) : real + path.sep + name;
  }

  #folder(written: string): Folder {
    let folder = this.#folders.get(written);
    if (!folder) {
      const real = realpathSync.native(path.join(this.root, written));
      const entries = readdirSync(real, { withFileTypes: true }).map((entry) => [entry.name, entry] as const);
      this.#folders.set(written, (folder = { real, entries: new Map(entries) }));
    }
    return folder;
  }
}

/** Files below a folder, relative to the root with forward slashes, in byte order; none where there is no folder. */
export function filesBelow(root: string, folder: string, ending: RegExp): string[] {
  return entriesOf(root, folder)
    .filter((entry) => !entry.isDirectory() && ending.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

function entriesOf(root: string, folder: string): Dirent[] {
  try {
    return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true });
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw asDaybookError(cause, 'file-unreadable', { file: folder });
  }
}

function isMissing(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
}
