import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import { factsFolder } from '../site/facts.ts';
import { derivedFolder, siteFolder, type Placed } from '../world/files.ts';

/** Names below `.daybook` that a site rests on. Local results of a machine are no part of a proposal. */
const RECORD = 'built.json';

/**
 * Lays the site that stands, and its facts, into the folders of a preview, so that only what differs is built. Files are
 * linked, not copied: whoever changes one of them must write it anew beside it.
 */
export async function layStanding(world: Placed, preview: Placed): Promise<void> {
  await Promise.all([rm(derivedFolder(preview), { recursive: true, force: true }), rm(siteFolder(preview), { recursive: true, force: true })]);
  await linkTree(factsFolder(world), factsFolder(preview));
  await linkTree(siteFolder(world), siteFolder(preview));
  await mkdir(derivedFolder(preview), { recursive: true });
  await linkFile(path.join(derivedFolder(world), RECORD), path.join(derivedFolder(preview), RECORD));
}

/** Where a preview may be written: a new or empty folder, or that of an earlier preview. @throws `wrong-use` for any other */
export async function previewPlace(root: string, out: string): Promise<string> {
  const folder = path.resolve(root, out);
  const inside = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    if (cause.code === 'ENOTDIR') return ['a file'];
    throw cause;
  });
  const isOurs = inside.length === 0 || (inside.includes('review') && inside.includes('index.html') && inside.includes('_astro'));
  const isAbove = `${path.resolve(root)}${path.sep}`.startsWith(`${folder}${path.sep}`);
  if (!isOurs || isAbove) throw new DaybookError('wrong-use', `${out} holds something else than a preview`, {}, 'Name a new or empty folder.');
  return folder;
}

/** All files below a folder, in another: linked, or copied where the disk is another. */
export async function linkTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause;
  });
  await mkdir(to, { recursive: true });
  for (const entry of entries.filter((one) => one.isDirectory())) await linkTree(path.join(from, entry.name), path.join(to, entry.name));
  await Promise.all(entries.filter((one) => one.isFile()).map(async ({ name }) => linkFile(path.join(from, name), path.join(to, name))));
}

/** Another disk, or another owner's file, is copied. */
async function linkFile(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return;
    if (cause.code !== 'EXDEV' && cause.code !== 'EPERM' && cause.code !== 'EMLINK') throw cause;
    await copyFile(from, to);
  });
}
