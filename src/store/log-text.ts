import { DaybookError } from '../error.ts';
import { pipeGit, type GitPlace } from './git.ts';
import { fetchBlobs, readObjects } from './objects.ts';

/** What a partial clone leaves out, e.g. `blob:none`; null where all is there. */
export async function promisorFilter(place: GitPlace): Promise<string | null> {
  const text = await pipeGit(place, ['config', '--get-regexp', '^remote\\..*\\.partialclonefilter$']).catch(() => null);
  return text === null ? null : text.toString().trim().split('\n').at(-1)!.split(' ')[1] ?? null;
}

/**
 * Texts by their ids. Null for one that is larger than so many bytes, or is not in a partial clone and cannot be fetched.
 * @param most bytes
 */
export async function readTexts(place: GitPlace, oids: Iterable<string>, most: number): Promise<Map<string, string | null>> {
  const wanted = [...new Set(oids)];
  const partial = (await promisorFilter(place)) !== null;
  // Offline, what is not here is told below.
  if (partial) await fetchBlobs(place, wanted).catch(() => undefined);
  const texts = new Map<string, string | null>();
  try {
    for await (const bytes of readObjects(place, wanted)) texts.set(wanted[texts.size]!, bytes === null || bytes.length > most ? null : bytes.toString());
  } catch (cause) {
    // Offline, what is not here ends Git.
    if (!partial || !(cause instanceof DaybookError)) throw cause;
  }
  return new Map(wanted.map((oid) => [oid, texts.get(oid) ?? null]));
}
