import { spawn } from 'node:child_process';
import { cp, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ReportFacts } from '../../src/analysis/facts/facts.ts';
import { DaybookError } from '../../src/error.ts';
import { clearKilled } from '../../src/run/leftovers.ts';
import { digestBytes, digestJson } from '../../src/snapshot/canonical.ts';
import { CODE, derivedFolder, digestTree, packageRoot, readJson, siteFolder, writeWhole } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { overlaySite, replaceSite } from './dist.ts';
import { writeCheckpointFile, writeDownloads } from './downloads.ts';
import { factsFolder, type Facts } from './facts.ts';
import { writePreviews } from './previews.ts';
import { writeSearchIndex } from './search-index.ts';
import { TravelWriter, type Standing, type TravelRecord } from './travel.ts';

export interface Built {
  /** Report pages that were built. */
  pages: number;
  /** The pages that all reports share (board, runs, documents) were built. */
  shared: boolean;
}

/** What dist/ was built from. */
interface Record {
  code: string;
  site: string;
  pages: Facts['digests'];
  audit: Facts['audit'];
  /** Files of other days; those of the site that stands until there are new ones. */
  travel: TravelRecord | null;
}

/**
 * Builds the pages whose facts have changed beside the site that stands, then moves them into it: a
 * failed build leaves the site as it was. A change of Daybook's own code builds everything.
 * @throws `site-failed`
 */
export async function buildSite(world: World, facts: Facts, full: boolean): Promise<Built> {
  const dist = siteFolder(world);
  const recordFile = path.join(derivedFolder(world), 'built.json');
  const before = await readJson<Record>(recordFile);
  const now: Record = { code: await commonDigest(facts), site: digestBytes(JSON.stringify(facts.site)), pages: facts.digests, audit: facts.audit, travel: before?.travel ?? null };
  const fresh = full || before?.code !== now.code || !(await exists(path.join(dist, 'index.html')));
  const changed = Object.keys(now.pages).filter((id) => fresh || before?.pages[id] !== now.pages[id]);
  const gone = fresh ? [] : Object.keys(before?.pages ?? {}).filter((id) => !(id in now.pages));
  const audited = Object.keys(now.audit).filter((month) => fresh || before?.audit?.[month] !== now.audit[month]);
  if (!fresh && changed.length === 0 && gone.length === 0 && audited.length === 0 && before?.site === now.site) return { pages: 0, shared: false };

  // A folder of its own for each process: `npm start` may build while the job does. Astro shares one
  // folder between all builds whose output lies outside of its root, so this one lies inside.
  const work = path.join(packageRoot, '.daybook/build', String(process.pid));
  await clearKilled(path.dirname(work));
  try {
    const { out, beside, travel } = await buildPages(world, facts, { changed, audited }, work, fresh || !now.travel ? null : { dist, travel: now.travel });
    const years = Object.entries(travel.reports).flatMap(([id, report]) => Object.keys(report.years).map((year) => `reports/${id}/history/${year}.json`));
    await rm(recordFile, { force: true });
    if (fresh) await replaceSite(dist, out);
    // A report's page can stand where another report's compare page would.
    else await overlaySite(dist, out, [...changed, ...gone], new Set([...beside, ...years, ...Object.keys(now.pages).map((id) => `reports/${id}/index.html`)]));
    await writeWhole(recordFile, JSON.stringify({ ...now, travel }));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { pages: changed.length, shared: true };
}

/** Pages, search index, previews, downloads and other days in a folder of their own; returns it, and what the site has of the last two. */
async function buildPages(world: World, facts: Facts, { changed, audited }: { changed: string[]; audited: string[] }, work: string, standing: Standing | null): Promise<{ out: string; beside: string[]; travel: TravelRecord }> {
  const [out, beside, only] = [path.join(work, 'dist'), path.join(work, 'beside'), path.join(work, 'only.json')];
  await writeWhole(only, JSON.stringify([...changed, ...audited.map((month) => `audit:${month}`)]));
  // Astro works in a process of its own; what pages only link to is made beside it.
  const [built, written] = await Promise.allSettled([runAstro(world, { DAYBOOK_FACTS: factsFolder(world), DAYBOOK_OUT: out, DAYBOOK_ONLY: only }), writeLinked(world, facts.site, changed, beside, standing)]);
  if (built.status === 'rejected') throw built.reason;
  if (written.status === 'rejected') throw written.reason;
  await cp(beside, out, { recursive: true });
  return { out, ...written.value };
}

/** What pages link to and fetch: search index, previews, downloads, other days. Returns what lies below `compare/`, and the record of other days. */
export async function writeLinked(world: World, site: Facts['site'], reports: string[], out: string, standing: Standing | null): Promise<{ beside: string[]; travel: TravelRecord }> {
  const wanted = new Set(reports);
  await world.stage('index', () => writeSearchIndex(site, out));
  await writePreviews([...site.reports, ...site.withdrawn].filter(({ id }) => wanted.has(id)), site, out);
  await writeCheckpointFile(world, out);
  const travel = new TravelWriter(site, standing, out);
  const beside = await writeDownloads(world, reports, out, standing?.dist ?? null, (facts) => travel.add(facts));
  return { beside, travel: await travel.finish((id) => readJson<ReportFacts>(path.join(factsFolder(world), 'reports', `${id}.json`))) };
}

/** What every page rests on besides its own facts: Daybook's code, and what all pages say of the site. */
async function commonDigest({ site: { title, description, url, repository, local, teams } }: Facts): Promise<string> {
  const tree = await digestTree(packageRoot, CODE);
  const packages = await readFile(path.join(packageRoot, 'package-lock.json')).then(digestBytes, () => null);
  return digestJson({ tree, packages, title, description, url, repository, local, teams });
}

async function runAstro(world: World, variables: { [name: string]: string }): Promise<void> {
  const astro = path.join(packageRoot, 'node_modules/astro/bin/astro.mjs');
  const child = spawn(process.execPath, [astro, 'build', '--root', packageRoot, '--silent'], { cwd: packageRoot, env: { ...world.env, ...variables, ASTRO_TELEMETRY_DISABLED: '1', TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data));
  child.stderr.on('data', (data: Buffer) => output.push(data));
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new DaybookError('site-failed', `the pages could not be built (exit ${code}):\n${Buffer.concat(output).toString().trim().slice(-4_000)}`);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}
