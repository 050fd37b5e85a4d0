import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cause, Impact } from '../src/analysis/impact.ts';
import { firstDifference } from '../src/analysis/line-difference.ts';
import type { Change } from './review-change.ts';

/** Each cause with the line where its file begins to differ, which is where people look. Data has none. */
export async function withLines(impacts: readonly Impact[], { base, head, files }: Change): Promise<Impact[]> {
  const changed = new Set(files.map((file) => file.path));
  const named = new Set(impacts.flatMap(({ causes }) => causes.flatMap(({ kind, file }) => (kind !== 'data' && changed.has(file) ? [file] : []))));
  const lines = new Map(await Promise.all([...named].map(async (file) => {
    const [old, now] = await Promise.all([base, head].map(({ folder }) => readFile(path.join(folder, file), 'utf8').catch(() => '')));
    return [file, firstDifference(old!, now!)] as const;
  })));
  const withLine = (cause: Cause): Cause => {
    const line = lines.get(cause.file);
    return typeof line === 'number' && cause.kind !== 'data' ? { ...cause, line } : cause;
  };
  return impacts.map((impact) => ({ ...impact, causes: impact.causes.map(withLine) }));
}
