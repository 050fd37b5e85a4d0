import { isIdPart } from '../../report/load.ts';
import { slugOf } from './words.ts';

/** Parts of an id from a path without its ending: `Sales/index` becomes `sales/overview`. */
export function segmentsOf(file: string): string[] {
  return file.split('/').map((part, index, all) => {
    const slug = slugOf(part) || 'page';
    if (slug === 'index' && index === all.length - 1) return 'overview';
    return isIdPart(slug) ? slug : `${slug}-report`;
  });
}

/** The name, or the name with a number where it is taken; it is taken then. */
export function uniqueName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}-${count}`;
  taken.add(free);
  return free;
}
