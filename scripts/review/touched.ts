import path from 'node:path';
import type { Touched } from '../../src/analysis/gate/change.ts';
import { listed } from '../../src/analysis/gate/words.ts';
import { isReadBy, patternsOf } from '../../src/report/source-files.ts';
import { entriesIn, type ChangedFile } from '../../src/store/changed-files.ts';
import { folded, isInSnapshots } from '../../src/store/folded-path.ts';
import type { Repository } from '../../src/store/repository.ts';
import { filesOf } from '../world/files.ts';
import type { ReviewedChange } from './change.ts';
import { commandsOf, policyOf } from './rules.ts';

const DEFINITION = /^(daybook\.yml$|reports\/|queries\/)/;
/** What is written to be read, and data that no source reads. */
const INERT = /^(?!(.*\/)?(requirements|constraints)[^/]*\.txt$)(?!\/|(.*\/)?\.|(src|scripts|tests|node_modules)\/).*(\.(md|txt|csv|tsv|parquet|ndjson|jsonl|geojson|png|jpe?g|gif|webp|pdf|xlsx|gz|zst)|(^|\/)(LICENSE|NOTICE|AUTHORS|README|CHANGELOG))$/;

/** What assistants that write code take their orders from: text that tells a tool what to run. */
const ORDERS = /(^|\/)((agents|claude|gemini)(\.[^/]+)?\.md|[^/]*\.instructions\.md|copilot-instructions\.md)$/i;

/**
 * What a change touches besides definitions, told by its paths alone.
 * @param data the files of it that sources of either side read
 */
export async function touchedBy(repository: Repository, change: ReviewedChange, data: readonly string[]): Promise<Touched> {
  const { files, base, head, range } = change;
  // That a change reads a file as data from now on makes none of its programs data.
  const patterns = patternsOf(base.definitions.sources.values());
  const isRead = (file: string): boolean => isReadBy(patterns, file);
  const present = files.filter(({ change: what }) => what !== 'deleted').map((file) => file.path);
  const twins = new PathTwins([...present, ...(await besides(repository, range.head, files))]);
  const read = range.head === null ? null : new Set((await filesOf(head.folder)).map((file) => path.relative(head.folder, file).split(path.sep).join('/')));
  const strange = files.flatMap((file) => {
    const reason = strangeness(file, twins, read);
    return reason === null ? [] : [{ path: file.path, reason }];
  });
  const isNamed = namedIn([...base.definitions.sources.values()].flatMap(({ prepare }) => prepare ?? []));
  const refused = new Set(strange.map((one) => one.path));
  const others = files.map((file) => file.path).filter((file) => !refused.has(file));
  return { ...dataOf(change, data.filter((file) => !refused.has(file)), isRead), files: strange, code: [...others.filter((file) => !isRead(file) && (isCode(file) || isNamed(file))), ...commandsOf(change)], policy: policyOf(change) };
}

/** @param wasRead whether a source of the base reads it */
function dataOf({ base, head }: ReviewedChange, data: readonly string[], wasRead: (file: string) => boolean): Pick<Touched, 'data' | 'brought'> {
  const reports = [...head.definitions.reports, ...head.definitions.broken].map(([id, { sources }]) => ({ id, sources: sources ?? [], isOld: base.definitions.reports.has(id) || base.definitions.broken.has(id) }));
  const fresh = data.filter((file) => !wasRead(file)).map((file) => {
    const sources = new Set([...head.definitions.sources.values()].filter((source) => isReadBy(patternsOf([source]), file)).map(({ name }) => name));
    const readers = reports.filter((report) => report.sources.some((name) => sources.has(name)));
    const old = readers.filter(({ isOld }) => isOld);
    return { path: file, isMoving: old.length > 0, readers: listed((old.length > 0 ? old : readers).map(({ id }) => id), 3) };
  });
  return {
    data: [...data.filter(wasRead), ...fresh.filter(({ isMoving }) => isMoving).map(({ path: file, readers }) => ({ path: file, reason: `new to ${readers}` }))],
    brought: fresh.filter(({ isMoving }) => !isMoving).map(({ path: file, readers }) => ({ path: file, reason: readers === '' ? 'read by none' : `for ${readers}` })),
  };
}

/** What stands beside files that are new, where another of nearly the same name may be. A work tree that has both tells by itself. */
function besides(repository: Repository, commit: string | null, files: readonly ChangedFile[]): Promise<string[]> {
  if (commit === null) return Promise.resolve([]);
  const added = files.filter((file) => file.change === 'added' && !file.path.startsWith('/') && !leadsElsewhere(file.path)).flatMap((file) => placesOf(file.path));
  return entriesIn(repository, commit, [...new Set(added.map((place) => place.split('/').slice(0, -1).join('/')))]);
}

/** What runs, or may say how: nothing of it is run in a review, and nobody has looked at it yet. A program’s name may end in anything. */
function isCode(file: string): boolean {
  const isDefinition = DEFINITION.test(file) && /\.(ya?ml|sql|md)$/i.test(file);
  return ORDERS.test(file) || (!isDefinition && !INERT.test(file));
}

/** Whether commands name a file, by its path or its name, or a folder that it lies in: what it holds is what they do. */
function namedIn(commands: readonly string[]): (file: string) => boolean {
  const words = new Set(commands.flatMap((command) => command.split(/[^\p{L}\p{N}._/-]+/u)).map((word) => word.replace(/^(\.{0,2}\/)+|\/+$/g, '')).filter(Boolean));
  return (file) => words.has(path.posix.basename(file)) || placesOf(file).some((place) => words.has(place));
}

/** Why a file is none that a proposal may have. @param read definitions that were read; null: all that are there */
function strangeness({ path: file, kind, change: what }: ChangedFile, twins: PathTwins, read: ReadonlySet<string> | null): string | null {
  if (isInSnapshots(file)) return 'the job alone writes there';
  if (kind === 'link') return 'a symbolic link';
  if (kind === 'submodule') return 'a submodule';
  if (what === 'deleted') return null;
  if (/\p{Cc}|\p{Bidi_Control}/u.test(file)) return 'its name holds a control character';
  if (leadsElsewhere(file)) return 'its path leads elsewhere';
  const twin = twins.of(file);
  if (twin !== null) return `some machines take it for ${twin}`;
  const isUnread = read !== null && DEFINITION.test(file) && /\.(ya?ml|sql|md)$/i.test(file) && !read.has(file);
  return isUnread ? 'not read: its name or its size is that of no definition' : null;
}

/** A tree that somebody made by hand can name any path. */
function leadsElsewhere(file: string): boolean {
  return file.replace(/^\//, '').split('/').some((part) => /^(\.{0,2}|\.git)$/i.test(part));
}

/** Files and folders that some machines take for one. */
class PathTwins {
  readonly #spellings = new Map<string, Set<string>>();

  constructor(files: readonly string[]) {
    for (const place of files.flatMap(placesOf)) {
      const key = folded(place);
      this.#spellings.set(key, (this.#spellings.get(key) ?? new Set()).add(place));
    }
  }

  /** Another spelling of the file, or of a folder that it lies in. */
  of(file: string): string | null {
    for (const place of placesOf(file)) {
      const other = [...(this.#spellings.get(folded(place)) ?? [])].find((one) => one !== place);
      if (other !== undefined) return other;
    }
    return null;
  }
}

/** `a/b/c.yml`, `a/b`, `a` */
function placesOf(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
