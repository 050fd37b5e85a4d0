import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cause, Impact } from '../../src/analysis/review/impact.ts';
import { firstChangedLine } from '../../src/analysis/sql/line-difference.ts';
import type { ReviewedChange } from './change.ts';

/** Each cause with the line where its file begins to differ, which is where people look. Data has none. */
export async function withLines(impacts: readonly Impact[], { base, head, files }: ReviewedChange): Promise<Impact[]> {
  const changed = new Set(files.map((file) => file.path));
  const named = new Set(impacts.flatMap(({ causes }) => causes.flatMap(({ kind, file }) => (kind !== 'data' && changed.has(file) ? [file] : []))));
  const lines = new Map<string, number | null>();
  // One after the other: a change can touch more files than a process may have open.
  for (const file of named) lines.set(file, firstChangedLine(await textIn(base.folder, file), await textIn(head.folder, file)));
  const withLine = (cause: Cause): Cause => {
    const line = lines.get(cause.file);
    return typeof line === 'number' && cause.kind !== 'data' ? { ...cause, line } : cause;
  };
  return impacts.map((impact) => ({ ...impact, causes: impact.causes.map(withLine) }));
}

/** Empty where the side has no such file. */
async function textIn(folder: string, file: string): Promise<string> {
  return readFile(path.join(folder, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(cause.code ?? '')) return '';
    throw cause;
  });
}
