import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { JobFacts, ProblemFacts, ReportCard, ReportFacts, SiteFacts } from '../src/analysis/facts.ts';
import { cardOf, reportFacts, withdrawnFacts, type KeptAt, type ReportHistory } from '../src/analysis/report-facts.ts';
import type { DaybookError } from '../src/error.ts';
import { problemsOf, type Definitions } from '../src/report/load.ts';
import { digestBytes } from '../src/snapshot/canonical.ts';
import { readEntries, readManifestFile, readSnapshot, rowsOf } from '../src/snapshot/checkout.ts';
import { entryDigest, type Entry } from '../src/snapshot/entry.ts';
import { applyEntry, emptyState, type LedgerState, type ReportState } from '../src/snapshot/ledger-state.ts';
import { citation } from '../src/snapshot/manifest.ts';
import { digestTree, packageRoot, readJson, writeWhole } from './files.ts';
import { localRoot, readLocal } from './local.ts';
import type { World } from './world.ts';

/** Where the site's facts lie: derived, and written again wherever something they rest on has changed. */
export function factsFolder(root: string): string {
  return path.join(root, '.daybook/site');
}

export interface Facts {
  site: SiteFacts;
  /** Digest of every report's facts, by id. */
  digests: { [report: string]: string };
}

/** What each report's facts were made from, so that unchanged ones are not made again. */
interface Index {
  [report: string]: { key: string; digest: string; card: ReportCard };
}

/** Job entries that the site lists; older ones stay in the ledger. */
const SHOWN_JOBS = 1_000;

/** Writes the facts of the site from definitions and checkout. @throws `snapshot-broken`, `ledger-broken`: a broken file is no empty page. */
export async function writeFacts(world: World, definitions: Definitions): Promise<Facts> {
  const { root } = world;
  const folder = factsFolder(root);
  const entries = readEntries(root);
  const ledger = entries.reduce(applyEntry, emptyState());
  const local = await readLocal(root);
  const code = await digestTree(packageRoot, ['src/analysis', 'src/snapshot', 'src/report']);
  const before = (await readJson<Index>(path.join(folder, 'index.json'))) ?? {};
  const index: Index = {};

  const writes: Promise<void>[] = [];
  for (const id of [...definitions.reports.keys(), ...definitions.broken.keys()].sort()) {
    const key = keyOf(id, definitions, ledger.reports.get(id), local.get(id), code);
    if (before[id]?.key === key) {
      index[id] = before[id];
      continue;
    }
    const facts = factsOf(root, id, definitions, ledger.reports.get(id), local.get(id));
    if (!facts) continue;
    const text = JSON.stringify(facts);
    writes.push(writeWhole(path.join(folder, 'reports', `${id}.json`), text));
    index[id] = { key, digest: digestBytes(text), card: cardOf(facts) };
  }
  for (const id of Object.keys(before)) if (!index[id]) writes.push(rm(path.join(folder, 'reports', `${id}.json`), { force: true }));
  await Promise.all(writes);

  const site = siteFacts(definitions, entries, ledger, Object.values(index).map(({ card }) => card), local.size > 0);
  await writeWhole(path.join(folder, 'site.json'), JSON.stringify(site));
  await writeWhole(path.join(folder, 'index.json'), JSON.stringify(index));
  return { site, digests: Object.fromEntries(Object.entries(index).map(([id, { digest }]) => [id, digest])) };
}

function keyOf(id: string, { reports, broken, sources }: Definitions, state: ReportState | undefined, local: KeptAt | undefined, code: string): string {
  const report = reports.get(id) ?? broken.get(id)?.problems.map((problem) => [problem.code, problem.message]);
  const used = reports.get(id)?.sources.map((name) => sources.get(name)) ?? [];
  const seen = state && { lastSlot: state.lastSlot, lastRun: state.lastRun, versions: [...state.versions.values()] };
  return digestBytes(JSON.stringify({ report, used, seen, local, code }));
}

function factsOf(root: string, id: string, { reports, broken, sources }: Definitions, state: ReportState | undefined, local: KeptAt | undefined): ReportFacts | null {
  const records: KeptAt[] = [...(state?.versions.values() ?? [])].flat();
  const kept = records.map((record) => ({ record, manifest: readManifestFile(root, nameOf(record)) }));
  if (local) kept.push({ record: local, manifest: readManifestFile(localRoot(root), nameOf(local)) });
  const latest = local ?? records.toSorted((a, b) => (a.as_of === b.as_of ? b.version - a.version : a.as_of < b.as_of ? 1 : -1))[0];
  const rows = latest ? rowsOf((readSnapshot(local ? localRoot(root) : root, nameOf(latest))).csv) : [];
  const history: ReportHistory = { state, kept, rows, local: local !== undefined };
  const report = reports.get(id);
  return report ? reportFacts(report, sources, history) : withdrawnFacts({ id, ...broken.get(id)! }, history);
}

function nameOf({ report, as_of, version }: KeptAt): { report: string; asOf: string; version: number } {
  return { report, asOf: as_of, version };
}

function siteFacts(definitions: Definitions, entries: Entry[], ledger: LedgerState, cards: ReportCard[], local: boolean): SiteFacts {
  const { instance } = definitions;
  const teams = Object.entries(instance.teams).map(([name, { title, description }]) => ({ name, title, description: description ?? null }));
  if (cards.some(({ team }) => team === '')) teams.push({ name: '', title: 'Without a team', description: null });
  const order = new Map(teams.map(({ name }, position) => [name, position]));
  const byTeamAndTitle = (a: ReportCard, b: ReportCard): number => order.get(a.team)! - order.get(b.team)! || (a.title < b.title ? -1 : 1);
  return {
    title: instance.title, description: instance.description ?? null, url: instance.url ?? null, repository: instance.repository ?? null, instance: instance.instance,
    teams, reports: cards.sort(byTeamAndTitle), runs: entries.slice(-SHOWN_JOBS).reverse().map(jobFacts),
    ledger: ledger.head && ledger.time ? { sequence: ledger.sequence, head: ledger.head, time: ledger.time } : null,
    problems: problemsOf(definitions).map(problemFacts), local,
  };
}

function problemFacts({ code, message, place, remedy }: DaybookError): ProblemFacts {
  return { code, where: [place.file, place.line].filter(Boolean).join(':') + (place.key ? ` ${place.key}` : ''), message, remedy };
}

function jobFacts(entry: Entry): JobFacts {
  const count = (status: string): number => entry.runs.filter((run) => run.status === status).length;
  return {
    sequence: entry.sequence, time: entry.time, digest: entryDigest(entry), job: entry.job, missed: entry.missed,
    counts: { succeeded: count('succeeded'), unchanged: count('unchanged'), failed: count('failed'), skipped: count('skipped'), kept: entry.kept.length, missed: entry.missed.reduce((sum, { count: n }) => sum + n, 0) },
    failures: entry.runs.filter((run) => run.status === 'failed'),
    kept: entry.kept.map(({ report, as_of: asOf, version }) => ({ citation: citation({ report, asOf, version }), report, asOf, version })),
  };
}
