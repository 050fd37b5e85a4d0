import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { asDaybookError, DaybookError } from '../../src/error.ts';
import type { ImportFinding } from '../../src/review/onboard/import-plan.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';

/** What an import may read: more is no collection of reports. */
const MOST_FILES = 5_000;
const MOST_BYTES = 50_000_000;
const LARGEST = 500_000;
const DEEPEST = 12;
/** Folders that hold what others wrote, or what was built. */
const SKIPPED = /^(node_modules|\.git|\.evidence|\.daybook|\.svelte-kit|build|dist|target|dbt_packages|\.venv)$/;
const TEXT = /\.(sql|md|ya?ml)$/i;
const DATA = /\.(csv|tsv|parquet|json|ndjson|jsonl)$/i;

export interface Folder {
  /** Absolute, links followed. */
  root: string;
  /** SQL, Markdown and YAML by their paths with forward slashes. */
  texts: Map<string, string>;
  /** Files of data; they are not read here. */
  data: string[];
  findings: ImportFinding[];
}

/** Reads a folder that others made: no link is followed, nothing outside of it is read. @throws `wrong-use`, `file-unreadable` */
export async function readFolder(from: string, folder: string): Promise<Folder> {
  const given = path.resolve(from, folder);
  const root = await realpath(given).catch(() => {
    throw new DaybookError('wrong-use', 'there is no such folder', { file: oneLineOf(folder, 200) }, 'Correct the path.');
  });
  if (!(await lstat(root)).isDirectory()) throw new DaybookError('wrong-use', 'this is no folder', { file: oneLineOf(folder, 200) }, 'Give the folder of the SQL files, or of the Evidence project.');
  const read: Folder = { root, texts: new Map(), data: [], findings: [] };
  await walk(read, '', 0, { files: 0, bytes: 0 });
  return read;
}

async function walk(read: Folder, folder: string, depth: number, count: { files: number; bytes: number }): Promise<void> {
  const skip = (file: string, what: string, remedy = 'Bring it here as a file, if it is needed.'): void => void read.findings.push({ kind: 'decide', file, line: 1, what, remedy });
  const entries = await readdir(path.join(read.root, folder), { withFileTypes: true }).catch((cause: unknown) => {
    throw asDaybookError(cause, 'file-unreadable', { file: folder });
  });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isSymbolicLink()) {
      if (TEXT.test(entry.name) || DATA.test(entry.name) || !entry.name.includes('.')) skip(file, 'a link, and links are not followed');
    } else if (entry.isDirectory()) {
      if (SKIPPED.test(entry.name)) continue;
      if (depth >= DEEPEST) skip(file, `more than ${DEEPEST} folders deep`);
      else await walk(read, file, depth + 1, count);
    } else if (entry.isFile() && (TEXT.test(entry.name) || DATA.test(entry.name))) {
      if (++count.files > MOST_FILES) throw new DaybookError('wrong-use', `the folder holds more than ${MOST_FILES} files`, {}, 'Import its parts one by one.');
      if (DATA.test(entry.name)) read.data.push(file);
      if (!TEXT.test(entry.name)) continue;
      const text = await readSmall(path.join(read.root, file));
      if (typeof text !== 'string') skip(file, text.what, 'Import it by hand.');
      else read.texts.set(file, text);
      count.bytes += typeof text === 'string' ? text.length : 0;
      if (count.bytes > MOST_BYTES) throw new DaybookError('wrong-use', `the folder holds more than ${MOST_BYTES} characters of SQL and Markdown`, {}, 'Import its parts one by one.');
    }
  }
}

/** A regular file's text; what was a file a moment ago may be a link now. */
async function readSmall(file: string): Promise<string | { what: string }> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const about = await handle.stat();
      if (!about.isFile()) return { what: 'no regular file' };
      if (about.size > LARGEST) return { what: `larger than ${LARGEST} bytes` };
      const bytes = await handle.readFile();
      if (bytes.includes(0)) return { what: 'no text' };
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof TypeError) return { what: 'no text in UTF-8' };
    return { what: `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})` };
  }
}
