import { constants } from 'node:fs';
import { copyFile, glob, link, mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { isBelow, isReadBy, patternsOf } from '../../src/report/source-files.ts';
import { temporaryBelow } from '../../src/run/leftovers.ts';
import { unlikeWorkTree } from '../../src/store/changed-files.ts';
import { readObjects } from '../../src/store/objects.ts';
import type { Repository } from '../../src/store/repository.ts';
import type { World } from '../world/world.ts';
import { dataLinks } from './data-links.ts';

/** A Git host takes no larger one. */
const LARGEST = 100_000_000;

/** The data files of commits, laid out so that definitions can be run on them: both sides of a review read the same ones. */
interface FrozenInputs {
  /**
   * A root that has the data files as the commit has them; what Git does not have (packages, exports that a job prepares) is the
   * work tree's. The work tree itself where nothing differs, and for null. @throws `file-unreadable` for one that is too large
   */
  rootAt(commit: string | null): Promise<string>;
  close(): Promise<void>;
}

/** @param sides definitions whose sources say what counts as data */
export function openFrozen(world: World, repository: Repository, sides: readonly Definitions[]): FrozenInputs {
  const folders: string[] = [];
  const roots = new Map<string, Promise<string>>();
  const patterns = patternsOf(sides.flatMap(({ sources }) => [...sources.values()])).filter(isBelow);

  async function layOut(commit: string): Promise<string> {
    const links = await dataLinks(world.root, patterns);
    const targets = new Set(links.values());
    const unlike = new Set([...(await unlikeWorkTree(repository, commit))].filter((file) => isBelow(file) && (isReadBy(patterns, file) || targets.has(file))));
    if (unlike.size === 0) return world.root;
    const folder = await reviewFolder(world);
    folders.push(folder);
    for (const pattern of patterns) {
      for await (const name of glob(pattern, { cwd: world.root })) {
        const file = name.split(path.sep).join('/');
        if (!unlike.has(file) && !unlike.has(links.get(file) ?? '')) await place(path.join(world.root, file), path.join(folder, file));
      }
    }
    const names = [...unlike];
    let at = 0;
    for await (const bytes of readObjects(repository, names.map((name) => `${commit}:${repository.prefix}${name}`))) {
      const name = names[at++]!;
      if (bytes === null) continue;
      if (bytes.length > LARGEST) throw new DaybookError('file-unreadable', `${name} has ${bytes.length} bytes, more than ${LARGEST}`, { file: name });
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), bytes);
    }
    for (const [name, target] of links) if (unlike.has(target)) await place(path.join(folder, target), path.join(folder, name));
    return folder;
  }

  return {
    rootAt: (commit) => {
      if (commit === null) return Promise.resolve(world.root);
      const known = roots.get(commit) ?? layOut(commit);
      roots.set(commit, known);
      return known;
    },
    close: async () => {
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })));
    },
  };
}

/** A new folder for this process alone; those of processes that were killed go. */
export async function reviewFolder({ root }: Pick<World, 'root'>): Promise<string> {
  return temporaryBelow(path.join(root, '.daybook/review'));
}

/** Without its bytes where the system can do that; of a link, what it leads to. */
async function place(named: string, to: string): Promise<void> {
  const found = await stat(named).catch(() => null);
  if (!found?.isFile()) return;
  const from = await realpath(named);
  await mkdir(path.dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE));
}
