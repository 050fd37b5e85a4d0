import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../src/error.ts';
import { readPreviews } from '../src/store/previews.ts';
import { openRepository } from '../src/store/repository.ts';
import { linkTree } from './preview/standing.ts';
import { siteFolder } from './world/files.ts';
import { hostOf } from './world/host.ts';
import type { World } from './world/world.ts';

/**
 * Lays the site that stands and the previews of open pull requests into a folder, to be published as one. The site's own
 * folder stays without them: the next build stands on it. Returns the exit code.
 */
export async function layPreviews(world: World, { out }: { out: string }): Promise<number> {
  const repository = await openRepository(world.root, world.env);
  const host = await hostOf(world, repository);
  if (host === null) throw new DaybookError('wrong-use', 'there is no Git host to ask which pull requests are open', {}, 'Give a token in GITHUB_TOKEN and the repository, as owner/name, in GITHUB_REPOSITORY.');
  const site = siteFolder(world);
  if (!(await stat(path.join(site, 'index.html')).catch(() => null))?.isFile()) throw new DaybookError('wrong-use', 'there is no site', {}, 'Build it first: `npx daybook build`.');
  const folder = path.resolve(world.root, out);
  if ((await readdir(folder).catch(() => [])).length > 0) throw new DaybookError('wrong-use', `${out} is not empty`, {}, 'Name a new or empty folder.');
  const open = await host.openPulls(null, '');
  await linkTree(site, folder);
  const laid = await readPreviews(repository, new Set(open.map(({ number }) => number)), async (name, bytes) => {
    const file = path.join(folder, 'preview', name);
    await mkdir(path.dirname(file), { recursive: true });
    // Never over a file of the site, which this folder shares with it.
    await writeFile(file, bytes, { flag: 'wx' });
  });
  world.out(laid.length === 0 ? `The site is in ${out}, without previews.` : `The site is in ${out}, with previews of the pull requests ${laid.join(', ')}.`);
  return 0;
}
