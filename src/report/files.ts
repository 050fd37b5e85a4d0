import { readdirSync, readFileSync, realpathSync, statSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { asDaybookError, DaybookError, type ErrorLocation } from '../error.ts';

// Synchronous on purpose: definitions are thousands of small files, and a hop through the thread
// pool costs more than reading one.

interface Folder {
  real: string;
  entries: ReadonlyMap<string, Dirent>;
}

/**
 * The texts below a root, named relative to it with forward slashes. Each folder is listed once, which is cheaper than to ask of
 * each file what it is and where it leads. So it serves one reading: what moves meanwhile is not followed.
 */
export class Texts {
  readonly #root: string;
  readonly #folders = new Map<string, Folder | null>();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * A text with LF alone, or null where there is none. The file must lie, links followed, below a folder of the
   * root: a link must not lead to other files.
   * @param place where the file is named, for an error
   * @throws `file-outside`, `file-unreadable`, `write-denied`
   */
  read(file: string, below: string, place: () => ErrorLocation = () => ({ file })): string | null {
    try {
      const isNamedOutside = /^(\.\.)?\//.test(file);
      const real = isNamedOutside ? null : this.#realFile(file);
      if (isNamedOutside || (real !== null && !real.startsWith(this.#folder(below)!.real + path.sep))) throw new DaybookError('file-outside', `${file} leads out of ${below}/`, place(), `Keep the file below ${below}/.`);
      if (real === null) return null;
      // Line endings are the checkout's: within a text of SQL, too, they move no number.
      return readFileSync(real, 'utf8').replaceAll('\r\n', '\n');
    } catch (cause) {
      if (isMissing(cause)) return null;
      throw asDaybookError(cause, 'file-unreadable', place());
    }
  }

  /** Files below a folder, in byte order; none where there is no folder. A link to a folder is not followed. @throws `file-unreadable` */
  below(folder: string, ending: RegExp): string[] {
    return this.#entriesBelow(folder).flatMap(({ file }) => (ending.test(file) ? [file] : [])).sort();
  }

  /** Links to folders, which `below` does not follow, in byte order. @throws `file-unreadable` */
  folderLinks(folder: string): string[] {
    const links = this.#entriesBelow(folder).filter(({ entry }) => entry.isSymbolicLink());
    return links.flatMap(({ file, real }) => (isFolder(real) ? [file] : [])).sort();
  }

  /** All but folders. */
  #entriesBelow(folder: string): { file: string; real: string; entry: Dirent }[] {
    const found: { file: string; real: string; entry: Dirent }[] = [];
    const visit = (within: string): void => {
      const { real = '', entries = [] } = this.#folder(within) ?? {};
      for (const [name, entry] of entries) {
        if (entry.isDirectory()) visit(`${within}/${name}`);
        else found.push({ file: `${within}/${name}`, real: real + path.sep + name, entry });
      }
    };
    try {
      visit(folder);
    } catch (cause) {
      throw asDaybookError(cause, 'file-unreadable', { file: folder });
    }
    return found;
  }

  #realFile(file: string): string | null {
    // Not what path calls the base name: `x.sql/` is no other spelling of a file.
    const name = file.slice(file.lastIndexOf('/') + 1);
    const folder = this.#folder(path.posix.dirname(file));
    const entry = folder?.entries.get(name);
    if (!folder || !entry) return null;
    return entry.isSymbolicLink() ? realpathSync.native(path.join(folder.real, name)) : folder.real + path.sep + name;
  }

  #folder(named: string): Folder | null {
    let folder = this.#folders.get(named);
    if (folder === undefined) this.#folders.set(named, (folder = this.#list(named)));
    return folder;
  }

  #list(named: string): Folder | null {
    try {
      const real = named === '.' ? realpathSync.native(this.#root) : this.#realFile(named);
      return real === null ? null : { real, entries: new Map(readdirSync(real, { withFileTypes: true }).map((entry) => [entry.name, entry])) };
    } catch (cause) {
      if (isMissing(cause)) return null;
      throw cause;
    }
  }
}

/** A link that leads nowhere, or round, is none. */
function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

function isMissing(cause: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
}
