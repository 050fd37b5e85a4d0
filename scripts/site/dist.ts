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
 * @param stays What was not built again and stays all the same, relative to the site.
 */
export async function overlaySite(dist: string, out: string, reports: string[], stays: ReadonlySet<string> = new Set()): Promise<void> {
  // Shared pages are all built anew: those of teams, runs and restatements that are gone must not stay.
  for (const part of ['pagefind', 'teams', 'runs', 'restatements']) await rm(path.join(dist, part), { recursive: true, force: true });
  for (const id of reports) await sweep(dist, out, id, stays);
  await cp(out, dist, { recursive: true });
  await rm(out, { recursive: true, force: true });
}

/** The compare page and the snapshots beside it. */
const COMPARED = /^(index\.html|\d{4}-\d{2}-\d{2}(-t\d{4})?\.v\d+\.(csv|json))$/;

/** Removes what belongs to one report and was not built again. Folders of other reports (`a/b` of `a`) lie within its own. */
async function sweep(dist: string, out: string, id: string, stays: ReadonlySet<string>): Promise<void> {
  const name = path.basename(id);
  const months = (await readdir(path.join(dist, 'history', id)).catch(() => [])).filter((month) => /^\d{4}-\d{2}$/.test(month));
  const compared = (await readdir(path.join(dist, 'reports', id, 'compare')).catch(() => [])).filter((file) => COMPARED.test(file)).map((file) => `compare/${file}`);
  const years = (await readdir(path.join(dist, 'reports', id, 'history')).catch(() => [])).filter((file) => /^\d{4}\.json$/.test(file)).map((file) => `history/${file}`);
  const own = [...['index.html', 'preview.png', `${name}.csv`, `${name}.json`, ...compared, ...years].map((file) => `reports/${id}/${file}`), ...months.map((month) => `history/${id}/${month}/index.html`)];
  for (const file of own) {
    if (stays.has(file) || (await exists(path.join(out, file)))) continue;
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
