import type { Definitions } from '../../src/report/load.ts';
import { count } from '../../src/snapshot/count.ts';
import { growthADay, type CloneState, type Folders, type ReportSize, type Sizes } from '../../src/store/size.ts';

const [KB, MB, GB] = [1e3, 1e6, 1e9];

/** Limits of Git hosts, as GitHub documents them for repositories, and those that Daybook stays below for their sake. */
export const LIMITS = {
  /** Bytes of Git's folder: look after it, begin a new instance, the host's recommendation. */
  repository: { alarm: 2 * GB, segment: 5 * GB, most: 10 * GB },
  /** Bytes of one file: good, allowed by default, refused by the host. */
  file: { target: MB, allowed: 25 * MB, most: 100 * MB },
  /** Entries of one folder. */
  folder: { near: 2_700, most: 3_000 },
} as const;

/** `over`: a limit is passed; `near`: it soon will be; `look`: worth doing, no limit is near. */
type Severity = 'over' | 'near' | 'look';

export interface DoctorFinding {
  severity: Severity;
  what: string;
  /** What to do. */
  remedy: string;
}

export interface Forecast {
  bytesADay: number;
  limit: number;
  /** ISO date on which the limit is reached at this pace; null where that is over a century away. */
  reached: string | null;
}

export interface Measured {
  clone: CloneState;
  sizes: Sizes;
  folders: Folders | null;
}

/** Bytes of Git's folder: packs and loose objects. */
export function gitBytes({ packs, loose }: CloneState): number {
  return packs.bytes + loose.bytes;
}

const DAY = 86_400_000;
/** Warn this long before: time to begin a new instance without haste. */
const AHEAD = 365 * DAY;
const CENTURY = 36_500 * DAY;

/** When the next limit of the repository is reached; null where the history is too short to tell. */
export function forecast({ clone, sizes }: Measured, now: Date): Forecast | null {
  const bytesADay = growthADay(sizes.days);
  if (bytesADay === null) return null;
  const { alarm, segment, most } = LIMITS.repository;
  const limit = [alarm, segment, most].find((bytes) => bytes > gitBytes(clone)) ?? most;
  const wait = bytesADay > 0 ? ((limit - gitBytes(clone)) / bytesADay) * DAY : Infinity;
  return { bytesADay, limit, reached: wait > CENTURY ? null : new Date(now.getTime() + Math.max(0, wait)).toISOString().slice(0, 10) };
}

/** What is worth saying, worst first. */
export function judge(measured: Measured, { reports }: Pick<Definitions, 'reports'>, now: Date): DoctorFinding[] {
  const findings = [...ofRepository(measured, now), ...ofFiles(measured.sizes), ...ofFolders(measured.folders), ...ofMaintenance(measured.clone), ...ofDeltas(measured, reports)];
  const order: Severity[] = ['over', 'near', 'look'];
  return findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

const SEGMENT = 'Begin a new instance for the years to come, and keep this one as their archive.';

function* ofRepository(measured: Measured, now: Date): Generator<DoctorFinding> {
  const bytes = gitBytes(measured.clone);
  const { alarm, segment, most } = LIMITS.repository;
  const told = `The repository takes ${sizeText(bytes)}`;
  if (bytes >= most) yield { severity: 'over', what: `${told}; hosts recommend at most ${sizeText(most)}.`, remedy: SEGMENT };
  else if (bytes >= segment) yield { severity: 'near', what: `${told} of ${sizeText(most)}.`, remedy: SEGMENT };
  else if (bytes >= alarm) yield { severity: 'near', what: `${told} of ${sizeText(most)}.`, remedy: 'See below which reports grow most, and keep fewer rows of them.' };
  const ahead = forecast(measured, now);
  if (bytes < segment && ahead?.reached && Date.parse(ahead.reached) - now.getTime() < AHEAD) {
    yield { severity: 'near', what: `At ${sizeText(ahead.bytesADay)} a day it reaches ${sizeText(ahead.limit)} on ${ahead.reached}.`, remedy: 'See below which reports grow most, and keep fewer rows of them.' };
  }
}

function* ofFiles({ largest }: Sizes): Generator<DoctorFinding> {
  const { target, allowed, most } = LIMITS.file;
  for (const { path, raw } of largest) {
    if (raw >= most) yield { severity: 'over', what: `${path} has ${sizeText(raw)}; hosts refuse files of ${sizeText(most)}.`, remedy: 'Aggregate further: a report is read by people.' };
    else if (raw > allowed) yield { severity: 'near', what: `${path} has ${sizeText(raw)}; hosts refuse files of ${sizeText(most)}.`, remedy: 'Aggregate further: a report is read by people.' };
    else if (raw > target && path.includes('snapshots/')) yield { severity: 'look', what: `${path} has ${sizeText(raw)}.`, remedy: `Hosts recommend files below ${sizeText(target)}.` };
  }
}

function* ofFolders(folders: Folders | null): Generator<DoctorFinding> {
  const { near, most } = LIMITS.folder;
  for (const { folder, entries } of folders?.fullest ?? []) {
    if (entries < near) continue;
    const remedy = folder.includes('snapshots/ledger/') ? 'Run the job less often: an entry is made each time that something was due. The next year has a folder of its own.' : 'Put reports into more teams and folders.';
    yield { severity: entries > most ? 'over' : 'near', what: `${folder || 'The top folder'} has ${count(entries)} entries; hosts recommend at most ${count(most)}.`, remedy };
  }
}

/** From where on Git itself would clean up (`gc.auto`, `gc.autoPackLimit`). */
const [MANY_LOOSE, MANY_PACKS] = [6_700, 50];

function* ofMaintenance({ loose, packs, garbage }: CloneState): Generator<DoctorFinding> {
  if (loose.count > MANY_LOOSE || packs.count > MANY_PACKS) {
    yield { severity: 'look', what: `${count(loose.count)} loose objects and ${count(packs.count)} packs: Git is slower, and takes more room, than it has to.`, remedy: 'Run `git gc` while no job runs: the job leaves maintenance to Git.' };
  }
  if (garbage > MB) yield { severity: 'look', what: `${sizeText(garbage)} of what a broken-off Git left.`, remedy: 'Run `git gc --prune=now` while no job runs.' };
}

/** Fewer snapshots, or less, say nothing yet. */
const ENOUGH = { files: 5, bytes: 256 * KB };
/** Compression alone makes text this much smaller. */
const COMPRESSED = 6;

/** Loose objects are never kept as differences: their number says how far the figures on disk can be trusted. */
export function isPacked({ clone: { loose }, sizes }: Pick<Measured, 'clone' | 'sizes'>): boolean {
  const all = sizes.snapshots.objects + sizes.ledger.objects + sizes.files.objects + sizes.trees.objects;
  return loose.count < all / 5;
}

function* ofDeltas(measured: Measured, reports: Definitions['reports']): Generator<DoctorFinding> {
  if (!isPacked(measured)) {
    const { snapshots } = measured.sizes;
    if (snapshots.raw > ENOUGH.bytes) yield { severity: 'look', what: 'Most objects are not packed yet: sizes on disk are larger than at the host.', remedy: 'Run `git gc`, then `npx daybook doctor` again.' };
    return;
  }
  for (const one of weakest(measured.sizes.reports)) {
    yield { severity: 'look', what: `${one.report}: rows take ${sizeText(one.rows.disk)} for ${sizeText(one.rows.raw)}; ${one.rows.deltas} of ${one.rows.objects} are kept as differences.`, remedy: whyWeak(one, measured.sizes.reports, reports) };
  }
}

/** Reports whose rows Git cannot keep as small differences, costliest first. */
function weakest(all: ReportSize[]): ReportSize[] {
  const weak = all.filter(({ rows }) => rows.objects >= ENOUGH.files && rows.raw >= ENOUGH.bytes && rows.raw < COMPRESSED * rows.disk);
  return weak.sort((a, b) => b.rows.disk - a.rows.disk).slice(0, 5);
}

/** Git looks for a file's like by the last 16 bytes of its path. */
const TOLD_APART = 16;

function whyWeak({ report, rows, largest }: ReportSize, all: ReportSize[], reports: Definitions['reports']): string {
  const ending = (id: string): string => `/v1/${id}.csv`.slice(-TOLD_APART);
  const twin = all.find((other) => other.report !== report && ending(other.report) === ending(report));
  if (twin && rows.deltas < rows.objects) return `${twin.report} ends alike, and Git looks for a file’s like by the end of its path: let ids differ in their last 12 letters.`;
  if (reports.get(report)?.key.length === 0) return 'It has no `key`: rows stand in the order of all columns, so that a changed value moves its row.';
  if (largest > LIMITS.file.target) return 'Its files are large, and most rows differ from one snapshot to the next: return fewer rows or fewer columns.';
  return 'Most rows differ from one snapshot to the next: leave out what changes each time, such as a time of export.';
}

/** `9.9 KB`, `1.5 GB`: units of 1,000, two digits where the number has one. */
export function sizeText(bytes: number): string {
  for (const [unit, size] of [['GB', GB], ['MB', MB], ['KB', KB]] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(bytes < 10 * size ? 1 : 0).replace(/\.0$/, '')} ${unit}`;
  }
  return `${Math.round(bytes)} B`;
}
