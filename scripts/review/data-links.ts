import { glob, realpath } from 'node:fs/promises';
import path from 'node:path';

/**
 * Of the files that sources read, those that are links or lie behind one, with the file below the root that they lead to, in Git's
 * spelling: a source reads that one, whatever the pattern names.
 * @param patterns relative to the root, and not leading out of it
 */
export async function dataLinks(root: string, patterns: readonly string[]): Promise<Map<string, string>> {
  const home = await realpath(root);
  const links = new Map<string, string>();
  for (const pattern of patterns) {
    for await (const name of glob(pattern, { cwd: root })) {
      const real = await realpath(path.join(root, name)).catch(() => null);
      const target = real === null ? '..' : slashed(path.relative(home, real));
      if (target !== slashed(name) && !target.startsWith('..') && !path.isAbsolute(target)) links.set(slashed(name), target);
    }
  }
  return links;
}

function slashed(file: string): string {
  return file.split(path.sep).join('/');
}
