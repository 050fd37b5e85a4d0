import { DaybookError } from '../error.ts';
import { feed, pipeGit, startGit, type GitPlace } from './git.ts';

export interface TreeChange {
  /** `000000` where the path is gone. */
  mode: string;
  oid: string;
  /** From the top of the work tree. */
  path: string;
}

/**
 * The objects that Git knows by these names (`<commit>:<path>`, an id), in their order; null where
 * there is none. One process, one object in memory at a time. Git is asked by lines, so a name with a line break stands for nothing:
 * its second line would be answered as the next name.
 */
export async function* readObjects(place: GitPlace, names: Iterable<string>): AsyncGenerator<Buffer | null> {
  const { child, failure } = startGit(place, ['cat-file', '--batch']);
  const asked = [...names].map((name) => (name.includes('\n') ? NOTHING : name));
  const fed = feed(child.stdin, lines(asked));
  const output = new Bytes(child.stdout);
  try {
    for (const _ of asked) {
      const header = await output.line();
      if (header === null) throw (await failure) ?? new DaybookError('git-failed', 'git cat-file ended early');
      const size = / (\d+)$/.exec(header)?.[1];
      if (size === undefined) {
        yield null;
        continue;
      }
      yield await output.take(Number(size));
      await output.take(1);
    }
  } finally {
    // A reader that stopped early leaves Git writing to nobody.
    if (child.exitCode === null) child.kill();
    child.stdout.destroy();
    await fed;
  }
}

/** Names no object. */
const NOTHING = '0'.repeat(40);

function* lines(names: Iterable<string>): Generator<string> {
  for (const name of names) yield `${name}\n`;
}

/** Which of the names exist. */
export async function existing(place: GitPlace, names: string[]): Promise<string[]> {
  const output = await pipeGit(place, ['cat-file', '--batch-check'], { input: lines(names) });
  const answers = output.toString().split('\n');
  return names.filter((_, index) => !answers[index]?.endsWith(' missing'));
}

/** Paths of the files below a folder at a commit, both from the top of the work tree. */
export async function listTree(place: GitPlace, commit: string, folder: string): Promise<string[]> {
  const output = await pipeGit(place, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit, '--', `${folder}/`]);
  return output.toString().split('\0').filter(Boolean);
}

/** Ids of files, and of those below folders, at a commit, by path; all paths from the top of the work tree. */
export async function listBlobs(place: GitPlace, commit: string, paths: string[]): Promise<Map<string, string>> {
  const output = await pipeGit(place, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...paths]);
  const lines = output.toString().split('\0').filter(Boolean);
  return new Map(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.split(/[ \t]/)[2]!] as const));
}

/** What differs between two commits below a folder (all, without one). */
export async function treeChanges(place: GitPlace, from: string, to: string, folder?: string): Promise<TreeChange[]> {
  const limit = folder === undefined ? [] : ['--', `:(top,literal)${folder}`];
  const output = await pipeGit(place, ['diff-tree', '-r', '-z', '--no-renames', '--no-relative', from, to, ...limit]);
  const fields = output.toString().split('\0');
  const changes: TreeChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode, , oid] = fields[index]!.split(' ');
    changes.push({ mode: mode!, oid: oid!, path: fields[index + 1]! });
  }
  return changes;
}

/**
 * In a clone without blobs, brings those that differ (`from` null: all) in one request: one by one,
 * each would be a request of its own. Counting lines makes Git read them.
 */
export async function prefetch(place: GitPlace, from: string | null, to: string, folder: string): Promise<void> {
  if ((await promisorOf(place)) === null) return;
  const start = from ?? (await pipeGit(place, ['hash-object', '-t', 'tree', '--stdin'])).toString().trim();
  await pipeGit(place, ['diff-tree', '-r', '--shortstat', '--no-renames', start, to, '--', `:(top,literal)${folder}`]);
}

/** The remote that has what a partial clone lacks; null for a whole clone. */
async function promisorOf(place: GitPlace): Promise<string | null> {
  const setting = await pipeGit(place, ['config', '--get-regexp', '^remote\\..*\\.promisor$']).catch(() => null);
  return setting === null ? null : (/^remote\.(.*)\.promisor /.exec(setting.toString())?.[1] ?? null);
}

const AT_ONCE = 1000;

/**
 * In a clone without blobs, brings these files of a commit in few requests; those that are not there are left out.
 * @param paths from the top of the work tree
 */
export async function fetchFiles(place: GitPlace, commit: string, paths: string[]): Promise<void> {
  const remote = paths.length > 1 ? await promisorOf(place) : null;
  if (remote === null) return;
  const oids: string[] = [];
  for (let from = 0; from < paths.length; from += AT_ONCE) {
    const listed = await pipeGit(place, ['ls-tree', '-z', '--full-tree', commit, '--', ...paths.slice(from, from + AT_ONCE)]);
    oids.push(...listed.toString().split('\0').filter(Boolean).map((line) => line.split(/[ \t]/)[2]!));
  }
  await fetchFrom(place, remote, oids);
}

/** The same for blobs by their ids, in one request. */
export async function fetchBlobs(place: GitPlace, oids: string[]): Promise<void> {
  const remote = oids.length > 1 ? await promisorOf(place) : null;
  if (remote !== null) await fetchFrom(place, remote, oids);
}

/** The same for all of a commit’s own objects that are not here yet: what a fetch leaves out since the remote takes it to be here. */
export async function fetchMissing(place: GitPlace, commit: string): Promise<void> {
  const remote = await promisorOf(place);
  if (remote === null) return;
  for (let before = ''; ;) {
    const listed = await pipeGit(place, ['rev-list', '--objects', '--no-object-names', '--missing=print', '--max-count=1', commit]);
    const missing = listed.toString().split('\n').flatMap((line) => (line.startsWith('?') ? [line.slice(1)] : []));
    const asked = missing.join();
    if (asked === before) return;
    await fetchFrom(place, remote, missing);
    // Where folders were missing too, what lies in them is known now.
    before = asked;
  }
}

/** As Git itself asks for what it lacks. */
async function fetchFrom(place: GitPlace, remote: string, oids: string[]): Promise<void> {
  if (oids.length === 0) return;
  const quiet = ['--no-tags', '--no-write-fetch-head', '--recurse-submodules=no', '--filter=blob:none', '--no-auto-gc'];
  const input = [...new Set(oids)].map((oid) => `${oid}\n`);
  await pipeGit(place, ['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...quiet, '--stdin', remote], { input });
}

/** Reads a stream by lines and counts of bytes. */
class Bytes {
  #source: AsyncIterator<Buffer>;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  /** The next line without its end; null where there is none. */
  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#joined().indexOf(10);
      if (end >= 0) return (await this.take(end + 1)).toString('utf8', 0, end);
      if (!(await this.#more())) return null;
    }
  }

  async take(count: number): Promise<Buffer> {
    while (this.#length < count) {
      if (!(await this.#more())) throw new DaybookError('git-failed', 'Git ended in the middle of an object');
    }
    const bytes = this.#joined();
    this.#chunks = [bytes.subarray(count)];
    this.#length -= count;
    return bytes.subarray(0, count);
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next();
    if (done) return false;
    this.#chunks.push(value);
    this.#length += value.length;
    return true;
  }
}
