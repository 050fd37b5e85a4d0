import { digestBytes } from '../snapshot/canonical.ts';
import type { SourceFile } from '../snapshot/manifest.ts';
import { sizesOf, type TreePlace } from './definitions-at.ts';
import { pipeGit } from './git.ts';
import { readObjects } from './objects.ts';

/** How many versions of a path are looked at. */
const MOST_VERSIONS = 500;

/**
 * The bytes of a source file as a snapshot recorded it, from Git: first where the run's commit has the path, then wherever the
 * history of `head` had it. Versions of another size are not read. Null where no version is the one.
 * @param commits the run's commit, then the one whose history is searched
 */
export async function readRecorded(place: TreePlace, file: SourceFile, { code, head }: { code: string | null; head: string }): Promise<Buffer | null> {
  if (!isInside(file.path)) return null;
  const path = `${place.prefix}${file.path}`;
  if (code !== null) {
    const found = await matching(place, file, [`${code}:${path}`]);
    if (found) return found;
  }
  return matching(place, file, await versionsOf(place, path, head));
}

function isInside(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.includes('\n') && !path.split('/').some((part) => part === '..' || part === '.git');
}

/** Ids of the path's blobs, newest first. */
async function versionsOf(place: TreePlace, path: string, head: string): Promise<string[]> {
  const args = ['log', '-m', `-n${MOST_VERSIONS}`, '--raw', '--no-abbrev', '--no-renames', '--format=', head, '--', `:(top,literal)${path}`];
  const output = await pipeGit(place, args).catch(() => null);
  const ids = (output?.toString() ?? '').split('\n').flatMap((line) => /^:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [AM]/.exec(line)?.[1] ?? []);
  return [...new Set(ids)];
}

async function matching(place: TreePlace, { bytes, sha256 }: SourceFile, names: string[]): Promise<Buffer | null> {
  const sizes = await sizesOf(place, names);
  const sized = names.filter((_, index) => sizes[index] === bytes);
  for await (const content of readObjects(place, sized)) if (content && digestBytes(content) === sha256) return content;
  return null;
}
