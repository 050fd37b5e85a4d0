import { isReadBy, patternsOf } from '../src/report/source-files.ts';
import type { Change } from './review-change.ts';

/** The data files that a change touches: those that the sources of either side read. */
export function dataFilesOf({ files, base, head }: Pick<Change, 'files' | 'base' | 'head'>): string[] {
  const patterns = patternsOf([base, head].flatMap(({ definitions }) => [...definitions.sources.values()]));
  return files.map((file) => file.path).filter((file) => isReadBy(patterns, file));
}
