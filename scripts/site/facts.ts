import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Earlier } from '../../src/analysis/attribution/facts.ts';
import { shareOfSite } from '../../src/analysis/comparison/files.ts';
import type { ReportCard, ReportFacts, SiteFacts } from '../../src/analysis/facts/facts.ts';
import { cardOf, reportFacts, withdrawnFacts, type BrokenReport, type ReportHistory } from '../../src/analysis/facts/report-facts.ts';
import type { KeptAt } from '../../src/analysis/facts/snapshot-facts.ts';
import type { Definitions } from '../../src/report/load.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import { digestBytes, type Digest } from '../../src/snapshot/canonical.ts';
import { readEntries, readManifestFile } from '../../src/snapshot/checkout.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState, publishedVersions, type LedgerState, type ReportState, type Version } from '../../src/snapshot/ledger-state.ts';
import { nameOf } from '../../src/snapshot/manifest.ts';
import type { ChangeRecord } from '../../src/snapshot/records.ts';
import { writeAuditFacts } from '../audit/facts.ts';
import { openEarlier } from '../explain/facts.ts';
import { localRoot, openLocal, type LocalRecord } from '../instance/local.ts';
import { CODE, derivedFolder, digestTree, filesOf, packageRoot, readJson, writeWhole, type Placed } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { publishedSnapshots, readLatest, readRetired } from './report-history.ts';
import { siteFacts } from './site-facts.ts';

/** Where the site's facts lie: derived, and written again wherever something they rest on has changed. */
export function factsFolder(place: Placed): string {
  return place.facts ?? path.join(derivedFolder(place), 'site');
}

export interface Facts {
  site: SiteFacts;
  /** Digest of the audit's facts, by month. */
  audit: { [month: string]: string };
  /** Digest of every report's facts, by id. */
  digests: { [report: string]: string };
}

/** The definitions are those of a change that nobody has published: its local results are what the whole site is about. */
interface UnpublishedChange {
  /** Those before the change: reports that it does not touch reach no other ones. */
  macros: Definitions['macros'];
  affected: ReadonlySet<string>;
}

/** What each report's facts were made from, so that unchanged ones are not made again. */
interface Index {
  [report: string]: { key: string; digest: string; card: ReportCard };
}

/**
 * Writes the facts of the site from definitions and checkout; with `full`, also those that nothing
 * has changed. A report whose definition is gone keeps its pages as long as the ledger has its snapshots.
 * @param proposal null: the site as it is
 * @param only reports that the site is to have, without the audit; null: all, with it
 * @throws `snapshot-broken`, `ledger-broken`: a broken file is no empty page. `personal-store` where rows are not within reach.
 */
export async function writeFacts(world: World, definitions: Definitions, full = false, proposal: UnpublishedChange | null = null, only: ReadonlySet<string> | null = null): Promise<Facts> {
  const { root } = world;
  const folder = factsFolder(world);
  const entries = readEntries(root);
  const ledger = entries.reduce(applyEntry, emptyState());
  const local = await openLocal(world, ledger.reports);
  const shown = shownOf(definitions, ledger, local, proposal);
  if (only) for (const id of shown.keys()) if (!only.has(id)) shown.delete(id);
  const code = await digestTree(packageRoot, CODE);
  const before = (await readJson<Index>(path.join(folder, 'index.json'))) ?? {};
  const written = new Set(await filesOf(path.join(folder, 'reports')));
  const index: Index = {};

  const share = shareOfSite(shown.size);
  const made = madeBy(entries, shown);
  const todo: { id: string; one: PageCandidate; key: string }[] = [];
  for (const [id, one] of shown) {
    const definition = definitionOf(one, made.get(id));
    const key = keyOf(id, definitions, ledger.reports.get(id), one, definition, [code, share]);
    if (!full && before[id]?.key === key && written.has(path.join(folder, 'reports', `${id}.json`))) index[id] = before[id];
    else todo.push({ id, one, key });
  }
  const retired = await readRetired(world, folder, new Map(todo.map(({ id, one }) => [id, one.published])));
  const changes = changesOf(entries, new Set(todo.map(({ id }) => id)));
  const earlierOf = openEarlier(world, entries);
  const writes: Promise<void>[] = [];
  for (const { id, one, key } of todo) {
    const history = await historyOf(world, ledger, id, one, { definition: definitionOf(one, made.get(id)), retired: retired.get(id) ?? {}, changes: changes.get(id) ?? new Map<string, ChangeRecord>(), share: definitions.reports.get(id)?.personal.length ? 0 : share, codeOf: (sequence) => entries[sequence - 1]!.job.code, earlierOf: (published, latest) => earlierOf(definitions.reports.get(id), published, latest) });
    const facts = factsOf(id, definitions, history);
    if (!facts) continue;
    const text = JSON.stringify(facts);
    writes.push(writeWhole(path.join(folder, 'reports', `${id}.json`), text));
    // What is out of reach today may be within it tomorrow.
    const isWhole = history.published.every(({ numbers }) => numbers !== null);
    index[id] = { key: isWhole ? key : '', digest: digestBytes(text), card: cardOf(facts) };
  }
  for (const id of Object.keys(before)) if (!index[id]) writes.push(rm(path.join(folder, 'reports', `${id}.json`), { force: true }));
  await Promise.all(writes);

  const site = siteFacts(root, definitions, entries, ledger, shownCards(shown, index), local.size > 0 && proposal === null);
  await writeWhole(path.join(folder, 'site.json'), JSON.stringify(site));
  await writeWhole(path.join(folder, 'index.json'), JSON.stringify(index));
  const audit = only ? {} : await writeAuditFacts(world, definitions, { folder, entries, ledger, code });
  return { site, audit, digests: Object.fromEntries(Object.entries(index).map(([id, { digest }]) => [id, digest])) };
}

/** In the order of ids, whichever were made anew. */
function shownCards(shown: Map<string, PageCandidate>, index: Index): ReportCard[] {
  return [...shown.keys()].flatMap((id) => index[id]?.card ?? []);
}

/** A report that may have a page. */
interface PageCandidate {
  /** The digest of what its definition asks today; null where it is broken or gone. */
  definition: Digest | null;
  /** Whether the definition is there and can be read. */
  defined: boolean;
  local: LocalRecord | undefined;
  /** What readers see of the ledger. */
  published: Version[];
  /** The newest of it; a local one first. */
  latest: KeptAt | undefined;
}

/** By id: what is defined, and what was once kept. */
function shownOf({ reports, broken, macros }: Definitions, { reports: states }: LedgerState, local: Map<string, LocalRecord>, proposal: UnpublishedChange | null): Map<string, PageCandidate> {
  const kept = [...states].filter(([, { versions }]) => versions.size > 0).map(([id]) => id);
  const ids = new Set([...reports.keys(), ...broken.keys(), ...kept]);
  return new Map([...ids].sort().map((id) => {
    const report = reports.get(id);
    const own = report || broken.has(id) ? local.get(id) : undefined;
    const state = states.get(id);
    const published = state ? publishedVersions(state) : [];
    return [id, { definition: report ? definitionDigest(report, proposal && !proposal.affected.has(id) ? proposal.macros : macros) : null, defined: report !== undefined, local: own, published, latest: own ?? published.at(-1) }];
  }));
}

/** Which definition made, or has since confirmed, each newest snapshot, and the commit that holds its text: today's, where that is one of them. */
function madeBy(entries: Entry[], shown: Map<string, PageCandidate>): Map<string, { definition: Digest; commit: string | null }> {
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

function definitionOf({ latest, definition }: PageCandidate, made: { definition: Digest; commit: string | null } | undefined): ReportFacts['definition'] {
  return { current: !latest || made?.definition === definition, commit: made?.commit ?? null };
}

/** By report, then by `<as-of>.v<version>`. */
function changesOf(entries: readonly Entry[], reports: ReadonlySet<string>): Map<string, Map<string, ChangeRecord>> {
  const found = new Map<string, Map<string, ChangeRecord>>();
  for (const change of entries.flatMap(({ changes = [] }) => changes)) {
    if (!reports.has(change.report)) continue;
    const own = found.get(change.report) ?? new Map<string, ChangeRecord>();
    found.set(change.report, own.set(`${change.as_of}.v${change.version}`, change));
  }
  return found;
}

/** The changes of a snapshot are entered with it, so that its versions stand for them. */
function keyOf(id: string, { reports, broken, sources }: Definitions, state: ReportState | undefined, { local }: PageCandidate, definition: ReportFacts['definition'], common: unknown[]): string {
  const report = reports.get(id) ?? broken.get(id)?.problems.map((problem) => [problem.code, problem.message]);
  const used = reports.get(id)?.sources.map((name) => sources.get(name)) ?? [];
  const seen = state && { lastSlot: state.lastSlot, lastRun: state.lastRun, newest: state.newest, newestGood: state.newestGood, versions: [...state.versions.values()] };
  return digestBytes(JSON.stringify({ report, used, seen, local, definition, common }));
}

interface HistoryContext {
  definition: ReportFacts['definition'];
  retired: Parameters<typeof publishedSnapshots>[2];
  changes: Map<string, ChangeRecord>;
  share: number;
  /** The commit that the job of an entry ran. */
  codeOf: (sequence: number) => string;
  earlierOf: (published: readonly Version[], latest: ReportHistory['latest']) => Promise<Earlier | null>;
}

async function historyOf(world: World, ledger: LedgerState, id: string, { defined, local, published: versions, latest: record }: PageCandidate, { definition, retired, changes, share, codeOf, earlierOf }: HistoryContext): Promise<ReportHistory> {
  const latest = record ? await readLatest(world, ledger, record, defined) : null;
  const published = publishedSnapshots(world, versions, retired, changes, share, codeOf);
  const earlier = await earlierOf(versions, latest);
  if (local) published.push({ record: local, numbers: readManifestFile(localRoot(world), nameOf(local), local.manifest), change: null, code: null, beside: false });
  return { state: ledger.reports.get(id), published, latest, local: local !== undefined, definition, earlier };
}

function factsOf(id: string, { reports, broken, sources }: Definitions, history: ReportHistory): ReportFacts | null {
  const report = reports.get(id);
  return report ? reportFacts(report, sources, history) : withdrawnFacts({ id, ...(broken.get(id) ?? gone(id)) }, history);
}

/** Only the ledger knows it still. */
function gone(id: string): Omit<BrokenReport, 'id'> {
  return { title: id, team: '', problems: [] };
}
