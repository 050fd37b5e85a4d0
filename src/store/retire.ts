import type { KeepSpec } from '../report/schema.ts';
import { monthOf, type AsOf } from '../snapshot/as-of.ts';
import { isSalted } from '../snapshot/canonical.ts';
import type { ReportState, Version } from '../snapshot/ledger-state.ts';
import { pathsOf } from '../snapshot/manifest.ts';
import type { RetiredRecord } from '../snapshot/records.ts';
import { listBlobs } from './objects.ts';
import type { Repository } from './repository.ts';

/**
 * The versions whose files may leave the work tree, by what `keep` says, in the order of as-ofs and versions.
 *
 * Counted are as-ofs of which a version was published, also those that are retired already. Kept are
 * 1. every as-of of the newest `daily` days that have one, and whatever is later;
 * 2. of the newest `monthly` months before the month of the oldest of these days, the last as-of of each;
 * 3. of the newest `yearly` years before the year of the oldest of these months (or days), the last as-of of each.
 *
 * All versions of a kept as-of stay, and all of one whose latest version is held. So the last as-of of a month is kept
 * on its way from rule to rule, and saying more in `keep` never retires more.
 */
export function retirable(state: ReportState, keep: KeepSpec): Version[] {
  const published = [...state.versions].filter(([, versions]) => versions.some(({ standing }) => standing === 'published')).map(([asOf]) => asOf).sort();
  const kept = keptAsOfs(published, keep);
  const oldestDay = kept.days[0];
  if (oldestDay === undefined) return [];
  const gone = [...state.versions].filter(([asOf, versions]) => asOf < oldestDay && !kept.asOfs.has(asOf) && versions.at(-1)!.standing !== 'held');
  return gone.sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, versions]) => versions.filter(({ retired }) => retired === null));
}

/** @param published in order */
function keptAsOfs(published: AsOf[], { daily, monthly = 0, yearly = 0 }: KeepSpec): { days: string[]; asOfs: Set<AsOf> } {
  const newest = (names: string[], count: number | 'all'): string[] => (count === 'all' ? names : names.slice(Math.max(0, names.length - count)));
  const days = newest([...new Set(published.map((asOf) => asOf.slice(0, 10)))], daily);
  const months = lastOfEach(published.filter((asOf) => monthOf(asOf) < monthOf(days[0] ?? '')), monthOf);
  const keptMonths = newest([...months.keys()], monthly);
  const oldest = keptMonths[0] ?? days[0] ?? '';
  const years = lastOfEach(published.filter((asOf) => yearOf(asOf) < yearOf(oldest)), yearOf);
  const keptYears = newest([...years.keys()], yearly);
  return { days, asOfs: new Set([...keptMonths.map((month) => months.get(month)!), ...keptYears.map((year) => years.get(year)!)]) };
}

function yearOf(asOf: AsOf): string {
  return asOf.slice(0, 4);
}

function lastOfEach(asOfs: AsOf[], nameOf: (asOf: AsOf) => string): Map<string, AsOf> {
  return new Map(asOfs.map((asOf) => [nameOf(asOf), asOf]));
}

export interface Retirements {
  records: RetiredRecord[];
  /** Files that somebody took away already: their snapshots do not retire, and stop no job. Verification tells. */
  missing: string[];
}

/**
 * What the ledger says of versions that retire: which commit and which blobs have them from now on.
 * @param commit the branch's head, which has the files
 */
export async function retiredRecords(repository: Repository, commit: string, versions: readonly Version[]): Promise<Retirements> {
  const found: Retirements = { records: [], missing: [] };
  if (versions.length === 0) return found;
  const months = new Set(versions.map(({ as_of: asOf }) => `${repository.prefix}snapshots/${monthOf(asOf).replace('-', '/')}`));
  const blobs = await listBlobs(repository, commit, [...months]);
  for (const { report, as_of: asOf, version, manifest, rows } of versions) {
    const paths = pathsOf({ report, asOf, version });
    // Rows with personal data never were in Git.
    const files = (isSalted(rows) ? [paths.manifest] : [paths.manifest, paths.rows]).map((path) => ({ path, blob: blobs.get(repository.prefix + path) ?? '' }));
    const missing = files.filter(({ blob }) => blob === '').map(({ path }) => path);
    if (missing.length > 0) found.missing.push(...missing);
    else found.records.push({ report, as_of: asOf, version, manifest, commit, files });
  }
  return found;
}
