import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ReportCard, ReportFacts, SiteFacts } from '../analysis/facts/facts.ts';
import { DaybookError } from '../error.ts';

/*
 * Pages read their facts through these functions and not through Astro's file loader, which logs a
 * missing or corrupt file and builds an empty page. A build fails here instead.
 */
const folder = import.meta.env.DAYBOOK_FACTS;

let site: SiteFacts | undefined;
/** A report's pages of history follow one another: its file is read once for all of them. */
let latest: ReportFacts | undefined;
let ids: Set<string> | undefined;
/** Which site.json all of this was read with. */
let written: string | undefined;

/** Facts stay as they are during a build; under `daybook start` they are written again at every save. */
function forgetOld(): void {
  if (!import.meta.env.DAYBOOK_LIVE) return;
  const { ino, mtimeMs } = statSync(resolve(folder, 'site.json'));
  const now = `${ino} ${mtimeMs}`;
  if (now !== written) [written, site, latest, ids] = [now, undefined, undefined, undefined];
}

/** @throws `site-failed` where site.json is missing or is not what the pages expect. */
export function readSite(): SiteFacts {
  forgetOld();
  site ??= read<SiteFacts>('site.json', ['title', 'teams', 'reports', 'withdrawn', 'runs', 'restatements', 'restated', 'problems']);
  return site;
}

/** @throws `site-failed` where the report's facts are missing or are not what the pages expect. */
export function readReport(id: string): ReportFacts {
  forgetOld();
  if (latest?.id === id) return latest;
  const file = `reports/${id}.json`;
  const report = read<ReportFacts>(file, ['title', 'metrics', 'columns', 'rows', 'charts', 'sources', 'history', 'unpublished', 'definition']);
  if (report.id !== id) throw new DaybookError('site-failed', `holds the report ${report.id}`, { file });
  latest = report;
  return report;
}

/** The reports whose pages this build writes: all, or those that have changed. */
export function reportsToBuild(): ReportCard[] {
  const only = onlyListed();
  return only === null ? withPages() : withPages().filter(({ id }) => only.has(id));
}

/** What this build was told to write; null for everything. */
export function onlyListed(): Set<string> | null {
  const list = import.meta.env.DAYBOOK_ONLY;
  return list ? new Set(parse(list) as string[]) : null;
}

/** Every report that has a page: the board's, and those whose definition is gone. */
function withPages(): ReportCard[] {
  const { reports, withdrawn } = readSite();
  return [...reports, ...withdrawn];
}

/** Whether a report that the ledger names has a page: one that never kept anything goes with its definition. */
export function hasPage(id: string): boolean {
  forgetOld();
  ids ??= new Set(withPages().map((report) => report.id));
  return ids.has(id);
}

/** Whether two snapshots of the report can be compared on a page of their own: another report may have its address. */
export function hasCompare({ id, snapshots }: Pick<ReportCard, 'id' | 'snapshots'>): boolean {
  return snapshots > 1 && !hasPage(`${id}/compare`);
}

/** The title of a report's team; its name where daybook.yml no longer has the team. */
export function teamTitle(name: string): string {
  return readSite().teams.find((team) => team.name === name)?.title ?? name;
}

/** @throws `site-failed` */
export function read<T extends object>(file: string, keys: (keyof T)[]): T {
  const value = parse(file) as T;
  if (typeof value !== 'object' || value === null) throw new DaybookError('site-failed', 'is not an object', { file });
  for (const key of keys) {
    if (value[key] === undefined) throw new DaybookError('site-failed', `has no ${String(key)}`, { file });
  }
  return value;
}

/** @param file Relative to the facts' folder, or absolute. */
function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(folder, file), 'utf8'));
  } catch (cause) {
    throw new DaybookError('site-failed', `cannot be read as JSON: ${(cause as Error).message}`, { file });
  }
}
