import { pipeline } from 'node:stream/promises';
import { gitError, pipeGit, startGit, type GitPlace } from './git.ts';
import type { Repository } from './repository.ts';

/** What a set of objects costs. */
export interface Size {
  objects: number;
  /** Bytes as they come out of Git. */
  raw: number;
  /** Bytes in packs and loose files. */
  disk: number;
  /** Objects that are kept as a difference to another one. */
  deltas: number;
}

export interface ReportSize {
  report: string;
  /** By the year in which the files were committed; equal files are one object, counted with the first. */
  years: { [year: string]: Size };
  /** Its rows alone: the CSV files. */
  rows: Size;
  /** Of its rows, in bytes. */
  largest: number;
}

export interface Sizes {
  /** Sum of each kind, over the whole history that is here. */
  snapshots: Size;
  ledger: Size;
  /** Files that people write: definitions, queries, code. */
  files: Size;
  /** Git's own: folders and commits. */
  trees: Size;
  reports: ReportSize[];
  /** Bytes on disk that came with the snapshots' commits, by day (UTC) of the commit. */
  days: { [day: string]: number };
  /** The largest files of the whole history, largest first. */
  largest: { path: string; raw: number }[];
}

/** How the clone was made, and how it lies on the disk. */
export interface CloneState {
  git: string;
  shallow: boolean;
  /** The filter of a partial clone, such as `blob:none`; null where it is whole. */
  filter: string | null;
  sparse: boolean;
  /** Loose objects, packs, and the bytes of both. */
  loose: { count: number; bytes: number };
  packs: { count: number; bytes: number };
  /** Bytes of what a broken-off Git left. */
  garbage: number;
}

/** What lies below the top at a commit. */
export interface Folders {
  snapshotFiles: number;
  entries: number;
  /** Folders by the number of their entries, fullest first. */
  fullest: { folder: string; entries: number }[];
}

const MOST = 10;
/** A partial clone is measured as it is: nothing is fetched. */
const HERE_ALONE = { GIT_NO_LAZY_FETCH: '1' };
const DAY = 86_400_000;

/** @throws `git-failed` */
export async function cloneState(repository: Repository): Promise<CloneState> {
  const ask = async (...words: string[]): Promise<string> => (await pipeGit(repository, words)).toString().trim();
  const [version, shallow, promisors, sparse, counted] = await Promise.all([
    ask('version'), ask('rev-parse', '--is-shallow-repository'), ask('config', '--get-regexp', '^remote\\..*\\.(promisor|partialclonefilter)$').catch(() => ''),
    ask('config', '--type=bool', 'core.sparseCheckout').catch(() => 'false'), ask('count-objects', '-v'),
  ]);
  const count = new Map(counted.split('\n').map((line) => line.split(': ') as [string, string]));
  const number = (key: string): number => Number(count.get(key) ?? 0);
  const filter = /partialclonefilter (.+)$/m.exec(promisors)?.[1] ?? null;
  return {
    git: version.replace('git version ', ''), shallow: shallow === 'true', filter: promisors === '' ? null : (filter ?? 'unknown'), sparse: sparse === 'true',
    loose: { count: number('count'), bytes: 1024 * number('size') }, packs: { count: number('packs'), bytes: 1024 * number('size-pack') }, garbage: 1024 * number('size-garbage'),
  };
}

/**
 * What the history of a commit costs, in one pass over its objects from the oldest commit on; in
 * memory are sums alone.
 * @throws `git-failed`
 */
export async function measureObjects(repository: Repository, commit: string): Promise<Sizes> {
  const place: GitPlace = { ...repository, env: { ...repository.env, ...HERE_ALONE } };
  const listing = startGit(place, ['rev-list', '--objects', '--in-commit-order', '--reverse', '--timestamp', '--missing=allow-any', commit]);
  const asking = startGit(place, ['cat-file', '--buffer', '--batch-check=%(objecttype) %(objectsize) %(objectsize:disk) %(deltabase) %(rest)']);
  listing.child.stdin.end();
  const feeding = pipeline(listing.child.stdout, dated, asking.child.stdin).catch((cause: Error) => cause);
  const sums = new Sums(repository.prefix);
  for await (const line of split(asking.child.stdout, '\n')) sums.add(line);
  const failed = (await listing.failure) ?? (await asking.failure) ?? (await feeding);
  if (failed) throw gitError(failed);
  return sums.sizes();
}

/** `git rev-list`'s lines as questions to `git cat-file`: id, day of the commit, path. */
async function* dated(lines: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let day = '';
  let batch = '';
  for await (const line of split(lines, '\n')) {
    const [, time, oid] = /^(\d{1,12}) ([0-9a-f]{40,})$/.exec(line) ?? [];
    if (time !== undefined) day = new Date(1000 * Number(time)).toISOString().slice(0, 10);
    const end = oid === undefined ? line.indexOf(' ') : -1;
    batch += end < 0 ? `${oid ?? line} ${day} \n` : `${line.slice(0, end)} ${day} ${line.slice(end + 1)}\n`;
    if (batch.length < 65_536) continue;
    yield batch;
    batch = '';
  }
  yield batch;
}

async function* split(stream: AsyncIterable<Buffer>, end: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(end);
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== '') yield rest;
}

function none(): Size {
  return { objects: 0, raw: 0, disk: 0, deltas: 0 };
}

/** `snapshots/2001/06/30/v1/team/report.csv`: the report and the kind of file. */
const SNAPSHOT = /^snapshots\/\d{4}\/\d\d\/\d\d\/(?:t\d{4}\/)?v\d+\/(.+)\.(csv|json)$/;

class Sums {
  readonly #prefix: string;
  readonly #total = { snapshots: none(), ledger: none(), files: none(), trees: none() };
  readonly #reports = new Map<string, ReportSize>();
  readonly #days = new Map<string, number>();
  #largest: { path: string; raw: number }[] = [];

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  add(line: string): void {
    const [, type, size, onDisk, base, day = '', path = ''] = /^(\w+) (\d+) (\d+) (\w+) (\S*) ?(.*)$/.exec(line) ?? [];
    if (type === undefined) return;
    const one: Size = { objects: 1, raw: Number(size), disk: Number(onDisk), deltas: /^0+$/.test(base!) ? 0 : 1 };
    const inside = path.startsWith(this.#prefix) ? path.slice(this.#prefix.length) : path;
    const kind = type !== 'blob' ? 'trees' : !inside.startsWith('snapshots/') ? 'files' : inside.startsWith('snapshots/ledger/') ? 'ledger' : 'snapshots';
    plus(this.#total[kind], one);
    if (kind !== 'files') this.#days.set(day, (this.#days.get(day) ?? 0) + one.disk);
    if (type === 'blob') this.#note(path, one.raw);
    const [, report, ending] = kind === 'snapshots' ? (SNAPSHOT.exec(inside) ?? []) : [];
    if (report !== undefined) this.#snapshot(report, ending!, day.slice(0, 4), one);
  }

  #snapshot(report: string, ending: string, year: string, one: Size): void {
    let of = this.#reports.get(report);
    if (!of) this.#reports.set(report, (of = { report, years: {}, rows: none(), largest: 0 }));
    plus((of.years[year] ??= none()), one);
    if (ending !== 'csv') return;
    plus(of.rows, one);
    of.largest = Math.max(of.largest, one.raw);
  }

  #note(path: string, raw: number): void {
    if (this.#largest.length === MOST && raw <= this.#largest.at(-1)!.raw) return;
    // A file that is edited is one file.
    const same = this.#largest.find((one) => one.path === path);
    const others = this.#largest.filter((one) => one !== same);
    this.#largest = [...others, { path, raw: Math.max(raw, same?.raw ?? 0) }].sort((a, b) => b.raw - a.raw).slice(0, MOST);
  }

  sizes(): Sizes {
    return { ...this.#total, reports: [...this.#reports.values()], days: Object.fromEntries([...this.#days].sort(([a], [b]) => (a < b ? -1 : 1))), largest: this.#largest };
  }
}

function plus(sum: Size, one: Size): void {
  sum.objects += one.objects;
  sum.raw += one.raw;
  sum.disk += one.disk;
  sum.deltas += one.deltas;
}

/** Null in a treeless clone, which does not know its files. */
export async function measureFolders(repository: Repository, commit: string): Promise<Folders | null> {
  const { child, failure } = startGit(repository, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit], HERE_ALONE);
  child.stdin.end();
  const inside = `${repository.prefix}snapshots/`;
  const entries = new Map<string, number>();
  const found = { snapshotFiles: 0, entries: 0 };
  let above = '';
  for await (const path of split(child.stdout, '\0')) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    entries.set(folder, (entries.get(folder) ?? 0) + 1);
    // Paths come sorted: a folder is an entry of the one above when it is first met.
    if (folder !== above) for (const [parent] of newFolders(folder, above)) entries.set(parent, (entries.get(parent) ?? 0) + 1);
    above = folder;
    if (!path.startsWith(inside)) continue;
    if (!path.startsWith(`${inside}ledger/`)) found.snapshotFiles += 1;
    else if (path.endsWith('.json')) found.entries += 1;
  }
  if (await failure) return null;
  const fullest = [...entries].map(([folder, count]) => ({ folder, entries: count })).sort((a, b) => b.entries - a.entries || (a.folder < b.folder ? -1 : 1));
  return { ...found, fullest: fullest.slice(0, MOST) };
}

/** The folders on the way to `folder` that are not on the way to the one before, each with its parent. */
function* newFolders(folder: string, before: string): Generator<[parent: string, folder: string]> {
  const parts = folder.split('/');
  const old = before.split('/');
  let shared = 0;
  while (shared < parts.length && parts[shared] === old[shared]) shared += 1;
  for (let depth = shared; depth < parts.length; depth += 1) {
    if (parts[depth] !== '') yield [parts.slice(0, depth).join('/'), parts.slice(0, depth + 1).join('/')];
  }
}

/** Bytes a day that snapshots added over the last year of commits; null in less than two weeks. */
export function growthADay(days: Sizes['days']): number | null {
  const all = Object.keys(days).filter(Boolean);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return null;
  const end = Date.parse(last);
  const start = Math.max(Date.parse(first), end - 365 * DAY);
  if (end - start < 14 * DAY) return null;
  const added = all.filter((day) => Date.parse(day) > start).reduce((sum, day) => sum + days[day]!, 0);
  return added / ((end - start) / DAY);
}
