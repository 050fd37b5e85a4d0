import { isBelow, isReadBy, patternsOf } from '../../src/report/source-files.ts';
import type { World } from '../world/world.ts';
import type { ReviewedChange } from './change.ts';
import { dataLinks } from './data-links.ts';

/** The data files that a change touches, as sources name them: those that the sources of either side read, also through a link. */
export async function dataFilesOf({ root }: Pick<World, 'root'>, { files, base, head }: Pick<ReviewedChange, 'files' | 'base' | 'head'>): Promise<string[]> {
  const patterns = patternsOf([base, head].flatMap(({ definitions }) => [...definitions.sources.values()]));
  const changed = new Set(files.map((file) => file.path));
  const linked = [...(await dataLinks(root, patterns.filter(isBelow)))].flatMap(([name, target]) => (changed.has(target) ? [name] : []));
  return [...new Set([...[...changed].filter((file) => isReadBy(patterns, file)), ...linked])];
}
