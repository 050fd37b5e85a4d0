import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SiteFacts } from '../../src/analysis/facts/facts.ts';
import { factsFolder } from '../site/facts.ts';
import { writeLinked } from '../site/site.ts';
import { readJson } from '../world/files.ts';
import type { World } from '../world/world.ts';

/** What pages link to and fetch: downloads, link previews, search, other days. */
interface Linked {
  /** The folder that has them for a version of the pages. They are made when somebody first asks: most saves are looked at, and no more. */
  folder(version: number): Promise<string>;
}

/** @param ids reports whose files are made @param place a folder for this alone: what is in it is removed */
export function openLinked(world: World, ids: readonly string[], place: string): Linked {
  let made: { version: number; folder: Promise<string> } | null = null;

  async function make(folder: string): Promise<string> {
    await rm(place, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const site = await readJson<SiteFacts>(path.join(factsFolder(world), 'site.json'));
    const there = new Set([...(site?.reports ?? []), ...(site?.withdrawn ?? [])].map(({ id }) => id));
    if (site) await writeLinked(world, site, ids.filter((id) => there.has(id)), folder, null);
    return folder;
  }

  return {
    folder(version) {
      if (made?.version !== version) {
        const before = made?.folder.catch(() => undefined);
        made = { version, folder: Promise.resolve(before).then(() => make(path.join(place, String(version)))) };
      }
      return made.folder;
    },
  };
}
