import path from 'node:path';
import type { Change } from './review-change.ts';

/** The data files that a change touches: those that the sources of either side read. */
export function dataFilesOf({ files, base, head }: Pick<Change, 'files' | 'base' | 'head'>): string[] {
  const sources = [base, head].flatMap(({ definitions }) => [...definitions.sources.values()]);
  const patterns = [...new Set(sources.flatMap((source) => [source.files].flat()))];
  return files.map((file) => file.path).filter((file) => patterns.some((pattern) => pattern === file || path.matchesGlob(file, pattern)));
}
