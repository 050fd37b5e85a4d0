import { lstatSync, readdirSync, readFileSync, realpathSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { asDaybookError, DaybookError, type ErrorLocation } from '../error.ts';

// Synchronous on purpose: definitions are thousands of small files, and a hop through the thread
// pool costs more than reading one.

/** The texts below a root. It asks once where a folder leads, and so serves one reading: a folder that moves meanwhile is not followed. */
export class Texts {
  readonly root: string;
  readonly #folders = new Map<string, string>();

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
      if (!real.startsWith(this.#realFolder(below) + path.sep)) throw new DaybookError('file-outside', `${file} leads out of ${below}/`, place(), `Keep the file below ${below}/.`);
      // Line endings are the checkout's: within a text of SQL, too, they move no number.
      return readFileSync(real, 'utf8').replaceAll('\r\n', '\n');
    } catch (cause) {
      if (isMissing(cause)) return null;
      throw asDaybookError(cause, 'file-unreadable', place());
    }
  }

  /** Following a path through all its folders takes longer than reading the small file at its end. */
  #realFile(file: string): string | null {
    const written = path.join(this.root, file);
    const entry = lstatSync(written, { throwIfNoEntry: false });
    if (!entry) return null;
    return entry.isSymbolicLink() ? realpathSync.native(written) : path.join(this.#realFolder(path.dirname(file)), path.basename(file));
  }

  #realFolder(folder: string): string {
    let real = this.#folders.get(folder);
    if (real === undefined) this.#folders.set(folder, (real = realpathSync.native(path.join(this.root, folder))));
    return real;
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
