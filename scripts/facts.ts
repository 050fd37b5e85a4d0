import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { JobFacts, ProblemFacts, ReportCard, ReportFacts, SiteFacts } from '../src/analysis/facts.ts';
import { cardOf, reportFacts, withdrawnFacts, type BrokenReport, type KeptAt, type ReportHistory } from '../src/analysis/report-facts.ts';
import type { DaybookError } from '../src/error.ts';
import { problemsOf, type Definitions } from '../src/report/load.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import { digestBytes, type Digest } from '../src/snapshot/canonical.ts';
import { readEntries, readManifestFile, readSnapshot, rowsOf } from '../src/snapshot/checkout.ts';
import { entryDigest, type Entry } from '../src/snapshot/entry.ts';
import { applyEntry, emptyState, type LedgerState, type ReportState } from '../src/snapshot/ledger-state.ts';
import { citation } from '../src/snapshot/manifest.ts';
import { CODE, digestTree, filesOf, packageRoot, readJson, writeWhole } from './files.ts';
import { localRoot, openLocal, type LocalRecord } from './local.ts';
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

/**
 * Writes the facts of the site from definitions and checkout; with `full`, also those that nothing
 * has changed. A report whose definition is gone keeps its pages as long as the ledger has its snapshots.
 * @throws `snapshot-broken`, `ledger-broken`: a broken file is no empty page.
 */
export async function writeFacts(world: World, definitions: Definitions, full = false): Promise<Facts> {
  const { root } = world;
  const folder = factsFolder(root);
  const entries = readEntries(root);
  const ledger = entries.reduce(applyEntry, emptyState());
  const local = await openLocal(root, ledger.reports);
  const shown = shownOf(definitions, ledger, local);
  const code = await digestTree(packageRoot, CODE);
  const before = (await readJson<Index>(path.join(folder, 'index.json'))) ?? {};
  const written = new Set(await filesOf(path.join(folder, 'reports')));
  const index: Index = {};

  const writes: Promise<void>[] = [];
  const made = madeBy(entries, shown);
  for (const [id, one] of shown) {
    const state = ledger.reports.get(id);
    const definition = { current: !one.latest || made.get(id)?.definition === one.definition, commit: made.get(id)?.commit ?? null };
    const key = keyOf(id, definitions, state, one, definition, code);
    if (!full && before[id]?.key === key && written.has(path.join(folder, 'reports', `${id}.json`))) {
      index[id] = before[id];
      continue;
    }
    const facts = factsOf(root, id, definitions, state, one, definition);
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

/** A report that may have a page. */
interface Shown {
  /** The digest of what its definition asks today; null where it is broken or gone. */
  definition: Digest | null;
  local: LocalRecord | undefined;
  /** The newest snapshot, a local one first. */
  latest: KeptAt | undefined;
}

/** By id: what is defined, and what was once kept. */
function shownOf({ reports, broken, macros }: Definitions, { reports: states }: LedgerState, local: Map<string, LocalRecord>): Map<string, Shown> {
  const kept = [...states].filter(([, { versions }]) => versions.size > 0).map(([id]) => id);
  const ids = new Set([...reports.keys(), ...broken.keys(), ...kept]);
  return new Map([...ids].sort().map((id) => {
    const report = reports.get(id);
    const own = report || broken.has(id) ? local.get(id) : undefined;
    const versions = states.get(id)?.versions ?? new Map<string, KeptAt[]>();
    const asOf = [...versions.keys()].sort().at(-1);
    return [id, { definition: report ? definitionDigest(report, macros) : null, local: own, latest: own ?? (asOf === undefined ? undefined : versions.get(asOf)!.at(-1)) }];
  }));
}

/** Which definition made, or has since confirmed, each newest snapshot, and the commit that holds its text: today's, where that is one of them. */
function madeBy(entries: Entry[], shown: Map<string, Shown>): Map<string, { definition: Digest; commit: string | null }> {
  const made = new Map<string, { definition: Digest; commit: string | null }>();
  for (const [id, { local }] of shown) if (local) made.set(id, { definition: local.definition, commit: null });
  for (const { runs, job } of entries) {
    for (const { report, as_of: asOf, data, definition } of runs) {
      const one = shown.get(report);
      if (!one?.latest || one.local || asOf !== one.latest.as_of || data !== one.latest.data) continue;
      if (made.get(report)?.definition !== one.definition) made.set(report, { definition, commit: job.code });
    }
  }
  return made;
}

function keyOf(id: string, { reports, broken, sources }: Definitions, state: ReportState | undefined, { local }: Shown, definition: ReportFacts['definition'], code: string): string {
  const report = reports.get(id) ?? broken.get(id)?.problems.map((problem) => [problem.code, problem.message]);
  const used = reports.get(id)?.sources.map((name) => sources.get(name)) ?? [];
  const seen = state && { lastSlot: state.lastSlot, lastRun: state.lastRun, newest: state.newest, newestGood: state.newestGood, versions: [...state.versions.values()] };
  return digestBytes(JSON.stringify({ report, used, seen, local, definition, code }));
}

function factsOf(root: string, id: string, { reports, broken, sources }: Definitions, state: ReportState | undefined, { local, latest }: Shown, definition: ReportFacts['definition']): ReportFacts | null {
  const records: KeptAt[] = [...(state?.versions.values() ?? [])].flat();
  const kept = records.map((record) => ({ record, manifest: readManifestFile(root, nameOf(record)) }));
  if (local) kept.push({ record: local, manifest: readManifestFile(localRoot(root), nameOf(local)) });
  const rows = latest ? rowsOf((readSnapshot(local ? localRoot(root) : root, nameOf(latest))).csv) : [];
  const history: ReportHistory = { state, kept, rows, local: local !== undefined, definition };
  const report = reports.get(id);
  return report ? reportFacts(report, sources, history) : withdrawnFacts({ id, ...(broken.get(id) ?? gone(id)) }, history);
}

/** Only the ledger knows it still. */
function gone(id: string): Omit<BrokenReport, 'id'> {
  return { title: id, team: '', problems: [] };
}

function nameOf({ report, as_of, version }: KeptAt): { report: string; asOf: string; version: number } {
  return { report, asOf: as_of, version };
}

function siteFacts(definitions: Definitions, entries: Entry[], ledger: LedgerState, cards: ReportCard[], local: boolean): SiteFacts {
  const { instance } = definitions;
  const teams = Object.entries(instance.teams).map(([name, { title, description }]) => ({ name, title, description: description ?? null }));
  const order = new Map(teams.map(({ name }, position) => [name, position]));
  const byTeamAndTitle = (a: ReportCard, b: ReportCard): number => order.get(a.team)! - order.get(b.team)! || (a.title < b.title ? -1 : 1);
  return {
    title: instance.title, description: instance.description ?? null, url: instance.url ?? null, repository: instance.repository ?? null, instance: instance.instance,
    teams, reports: cards.filter(({ team }) => order.has(team)).sort(byTeamAndTitle), withdrawn: cards.filter(({ team }) => !order.has(team)), runs: entries.slice(-SHOWN_JOBS).reverse().map(jobFacts),
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
