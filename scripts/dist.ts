import { cp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** The new site takes the place of the old one. */
export async function replaceSite(dist: string, out: string): Promise<void> {
  const old = `${dist}.old`;
  await rm(old, { recursive: true, force: true });
  if (await exists(dist)) await rename(dist, old);
  await rename(out, dist).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EXDEV') throw cause;
    return cp(out, dist, { recursive: true });
  });
  await rm(old, { recursive: true, force: true });
}

/**
 * Lays the pages that were built over the site that stands.
 * @param reports Those that were built anew or are gone: of them only what was built stays.
 */
export async function overlaySite(dist: string, out: string, reports: string[]): Promise<void> {
  // Shared pages are all built anew: those of teams and runs that are gone must not stay.
  for (const part of ['pagefind', 'teams', 'runs']) await rm(path.join(dist, part), { recursive: true, force: true });
  for (const id of reports) await sweep(dist, out, id);
  await cp(out, dist, { recursive: true });
  await rm(out, { recursive: true, force: true });
}

/** Removes what belongs to one report and was not built again. Folders of other reports (`a/b` of `a`) lie within its own. */
async function sweep(dist: string, out: string, id: string): Promise<void> {
  const name = path.basename(id);
  const months = (await readdir(path.join(dist, 'history', id)).catch(() => [])).filter((month) => /^\d{4}-\d{2}$/.test(month));
  const own = [...['index.html', 'preview.png', `${name}.csv`, `${name}.json`].map((file) => `reports/${id}/${file}`), ...months.map((month) => `history/${id}/${month}/index.html`)];
  for (const file of own) {
    if (await exists(path.join(out, file))) continue;
    await rm(path.join(dist, file), { force: true });
    await removeEmpty(dist, path.dirname(file));
  }
}

/** The folder and those above it, as far as they are empty. */
async function removeEmpty(dist: string, folder: string): Promise<void> {
  for (let at = folder; at !== '.'; at = path.dirname(at)) {
    // Not empty, or not there: both end it.
    if (!(await rmdir(path.join(dist, at)).then(() => true, () => false))) return;
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}
