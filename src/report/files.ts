import { readdirSync, readFileSync, realpathSync, type Dirent } from 'node:fs';
import path from 'node:path';
import { asDaybookError, DaybookError, type ErrorLocation } from '../error.ts';

// Synchronous on purpose: definitions are thousands of small files, and a hop through the thread
// pool costs more than reading one.

/**
 * A text with LF alone, or null where there is none. The file must lie, links followed, below a folder of the
 * root: a link must not lead to other files.
 * @param place where the file is named, for an error
 * @throws `file-outside`, `file-unreadable`, `write-denied`
 */
export function readText(root: string, file: string, below: string, place: () => ErrorLocation = () => ({ file })): string | null {
  try {
    const folder = realpathSync.native(path.join(root, below));
    const real = realpathSync.native(path.join(root, file));
    if (!real.startsWith(folder + path.sep)) throw new DaybookError('file-outside', `${file} leads out of ${below}/`, place(), `Keep the file below ${below}/.`);
    // Line endings are the checkout's: within a text of SQL, too, they move no number.
    return readFileSync(real, 'utf8').replaceAll('\r\n', '\n');
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw asDaybookError(cause, 'file-unreadable', place());
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
