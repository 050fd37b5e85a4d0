import { digestBytes } from '../snapshot/canonical.ts';
import type { KeptSnapshot } from '../snapshot/checkout.ts';
import type { Entry } from '../snapshot/entry.ts';
import type { LedgerState, Version } from '../snapshot/ledger-state.ts';
import { citation, citationOf, nameOf, pathsOf, readManifest, type SnapshotName } from '../snapshot/manifest.ts';
import type { ChangeRecord, KeptRecord } from '../snapshot/records.ts';
import { fetchFiles, readObjects } from './objects.ts';
import type { Repository } from './repository.ts';
import type { KeepRequest, PersonalPlace } from './request.ts';
import type { Versions } from './versions.ts';

/** A new snapshot, and the one before it. */
interface Follows {
  head: KeptRecord;
  /** Null for the first. */
  base: SnapshotName | null;
  /** The commit that has the base's files; null where this entry adds it, or there is none. */
  commit: string | null;
}

/**
 * The snapshot before each one that an entry keeps: what readers had been told until then, also by this very entry's
 * approvals. The version before, else the newest published one of an earlier as-of; what was erased is passed over.
 * @param state before the entry
 * @param parent the commit that the entry stands on
 */
export function followsOf(state: LedgerState, { kept, held = [], decided = [] }: Pick<Entry, 'kept' | 'held' | 'decided'>, parent: string): Follows[] {
  const silent = new Set(held.map((one) => citationOf(one)));
  const approved = new Set(decided.filter(({ decision }) => decision === 'approved').map((one) => citationOf(one)));
  const isShown = (one: Version): boolean => !one.erased && (one.standing === 'published' || approved.has(citationOf(one)));
  const added = new Map<string, KeptRecord[]>();
  return kept.map((head) => {
    const own = added.get(head.report) ?? [];
    const known = newestOf([...(state.reports.get(head.report)?.versions.values() ?? [])].flat(), (one) => one.as_of <= head.as_of && isShown(one));
    const fresh = newestOf(own, (one) => one.as_of <= head.as_of);
    if (!silent.has(citationOf(head))) added.set(head.report, [...own, head]);
    if (fresh && (!known || fresh.as_of >= known.as_of)) return { head, base: nameOf(fresh), commit: null };
    return known ? { head, base: nameOf(known), commit: known.retired?.commit ?? parent } : { head, base: null, commit: null };
  });
}

/** The last by as-of and version among those that count. */
function newestOf<T extends KeptRecord>(all: readonly T[], counts: (one: T) => boolean): T | undefined {
  let newest: T | undefined;
  for (const one of all) {
    const isNewer = !newest || one.as_of > newest.as_of || (one.as_of === newest.as_of && one.version > newest.version);
    if (isNewer && counts(one)) newest = one;
  }
  return newest;
}

/** What each snapshot of an entry changes; none for one whose base cannot be read. */
export async function changesOf(repository: Repository, follows: readonly Follows[], versions: Versions, changeOf: NonNullable<KeepRequest['changeOf']>, personal: PersonalPlace | null): Promise<ChangeRecord[]> {
  const inGit = follows.filter(({ commit }) => commit !== null);
  for (const [commit, some] of Map.groupBy(inGit, (one) => one.commit!)) {
    await fetchFiles(repository, commit, some.flatMap(({ base }) => Object.values(pathsOf(base!))).map((path) => repository.prefix + path));
  }
  // One process for all: thousands of snapshots, of which two are in memory at a time.
  const blobs = readObjects(repository, inGit.flatMap(({ base, commit }) => Object.values(pathsOf(base!)).map((path) => `${commit}:${repository.prefix}${path}`)));
  const next = async (): Promise<Buffer | null> => (await blobs.next()).value ?? null;
  const changes: ChangeRecord[] = [];
  try {
    for (const { head, base, commit } of follows) {
      const before = base && (commit === null ? (versions.contentOf({ ...base, as_of: base.asOf }) ?? null) : await keptOf(base, await next(), await next(), personal));
      if (base && !before) continue;
      const change = changeOf(before, versions.contentOf(head)!);
      if (change) changes.push(change);
    }
  } finally {
    await blobs.return(undefined);
  }
  return changes;
}

/** Null where it cannot be read: `text` and `inGit` are manifest and rows as Git has them. */
async function keptOf(name: SnapshotName, text: Buffer | null, inGit: Buffer | null, personal: PersonalPlace | null): Promise<KeptSnapshot | null> {
  if (!text) return null;
  const manifest = readManifest(text.toString(), pathsOf(name).manifest);
  if (inGit) return digestBytes(inGit) === manifest.rows.sha256 ? { manifest, csv: inGit } : null;
  const csv = (await personal?.read(name, manifest.rows.sha256)) ?? null;
  return csv && { manifest, csv };
}

/** The attributions that speak of what the entry keeps, against the snapshot that is before it in the end. */
export function attributedOf(follows: readonly Follows[], attributed: NonNullable<KeepRequest['attributed']>): NonNullable<Entry['attributed']> {
  return follows.flatMap(({ head, base }) => {
    const found = base && attributed.find((one) => one.report === head.report && one.as_of === head.as_of && one.base === citation(base));
    return found ? [{ ...found, version: head.version }] : [];
  });
}
