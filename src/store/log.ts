import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKPOINT_PATH } from '../snapshot/entry.ts';
import { pipeGit } from './git.ts';
import { readLogCommits, type LogMeta } from './log-commit.ts';
import { firstParents, landings, readGraph, shallowCommits } from './log-graph.ts';
import { promisorFilter } from './log-text.ts';
import { readObjects } from './objects.ts';
import type { Repository } from './repository.ts';

/** One file that a commit left otherwise than it was. */
interface LoggedFile {
  /** From the root of the instance. */
  path: string;
  /** Where it was before, where Git takes it for a renamed one. */
  from: string | null;
  status: 'added' | 'changed' | 'removed' | 'renamed';
  /** Ids of the texts; null where there is none. */
  before: string | null;
  after: string | null;
}

/** A commit that changed definitions, or that touched snapshots/ and is not the job's. */
export interface LoggedCommit extends LogMeta {
  /** `merge`: what the merge itself left otherwise than every commit that it brought. */
  how: 'commit' | 'merge';
  /** The merge that brought it to the branch; null where it was made there. */
  landed: LogMeta | null;
  /** When it came to the branch by its commit's own clock, ISO 8601 UTC: anybody can set such a clock. */
  time: string;
  /** The newest ledger entry before it on the branch: the order that no clock can change; 0 before the first. */
  after: number;
  /** Definitions: daybook.yml, reports/, queries/. */
  files: LoggedFile[];
  /** Files below snapshots/ that a commit touched which is not the job's, at most 200 of them, and how many. */
  snapshots: { path: string; status: LoggedFile['status'] }[];
  snapshotCount: number;
}

export interface DefinitionLog {
  /** The branch's commit up to which it was read. */
  head: string;
  /** In the order in which they came to the branch, oldest first. */
  commits: LoggedCommit[];
  /** The commit that brought each ledger entry. */
  entries: [sequence: number, commit: string][];
  /** Where this ledger took the place of another instance's, which is not told; null where it is the first. */
  founded: { commit: string; before: string } | null;
  /** What could not be seen, in sentences. */
  notes: string[];
}

export const NO_LOG: DefinitionLog = { head: '', commits: [], entries: [], founded: null, notes: [] };

/** Whose ledger it is, and the name and address that its job commits with. */
interface LogOwner {
  instance: string;
  name: string;
  email: string;
}

const MOST_SNAPSHOTS = 200;
const DEFINITIONS = ['daybook.yml', 'reports', 'queries'];
const LEDGER_ENTRY = /^snapshots\/ledger\/\d{4}\/(\d+)\.json$/;

/**
 * Who changed definitions, from the history of a commit: by plumbing, so that no setting of the machine counts.
 * A commit inside a merged branch is told as its own; what a merge changed by itself, as the merge's.
 * Before a clone of another instance became this one, its history is that one's: it is left out, and said.
 * @param job another's commit below snapshots/ is told
 * @param known what was read up to an earlier commit: only what is new is read
 */
export async function definitionLog(repository: Repository, head: string, job: LogOwner, known: DefinitionLog | null = null): Promise<DefinitionLog> {
  if (known?.head === head) return known;
  if ((await promisorFilter(repository))?.startsWith('tree:')) return { ...NO_LOG, head, notes: ['This clone has no trees (--filter=tree:0): what commits changed is not told.'] };
  const graph = await readGraph(repository, head, known?.head);
  const mainline = firstParents(graph, head);
  const start = mainline[0] === undefined ? null : (graph.get(mainline[0])![0] ?? null);
  // The earlier head may be a side of a merge by now, or of another history altogether.
  if (known && start !== known.head) return definitionLog(repository, head, job);
  const cut = await shallowCommits(repository);
  const landed = landings(graph, mainline);
  const reader = new Reader(repository, graph, landed, cut);
  const read = await reader.read(mainline, job, known?.entries.at(-1)?.[0] ?? 0);
  const before = read.founded ? null : known;
  const founded = read.founded ?? known?.founded ?? null;
  return { head, commits: [...(before?.commits ?? []), ...read.commits], entries: [...(before?.entries ?? []), ...read.entries], founded, notes: await notesOf(repository, cut.size > 0, founded) };
}

async function notesOf(repository: Repository, shallow: boolean, founded: DefinitionLog['founded']): Promise<string[]> {
  const grafts = await readFile(join(repository.commonDir, 'info/grafts'), 'utf8').catch(() => '');
  return [
    ...(founded ? [`Before commit ${founded.commit.slice(0, 10)}, this was a clone of "${founded.before}", whose history is not told.`] : []),
    ...(shallow ? ['This is a shallow clone: commits before its first one are not told. Run git fetch --unshallow to bring them.'] : []),
    ...(/^\s*[0-9a-f]{40}/m.test(grafts) ? ['This repository has grafts (info/grafts), which show another history than its commits have.'] : []),
  ];
}

type Changes = Map<string, LoggedFile[]>;

/** Reads what commits changed, and puts it down to those who changed it. */
class Reader {
  readonly #repository: Repository;
  readonly #graph: ReadonlyMap<string, string[]>;
  readonly #landed: ReadonlyMap<string, string>;
  readonly #cut: ReadonlySet<string>;

  constructor(repository: Repository, graph: ReadonlyMap<string, string[]>, landed: ReadonlyMap<string, string>, cut: ReadonlySet<string>) {
    this.#repository = repository;
    this.#graph = graph;
    this.#landed = landed;
    this.#cut = cut;
  }

  async read(whole: string[], job: LogOwner, known: number): Promise<Pick<DefinitionLog, 'commits' | 'entries' | 'founded'>> {
    const isMain = new Set(whole);
    const followed = [...this.#graph.keys()].filter((commit) => isMain.has(commit) || !this.#isMerge(commit));
    const changes = await this.#changesOf(followed, [...DEFINITIONS, 'snapshots/ledger']);
    const founded = await this.#founding(whole, changes, job.instance);
    const mainline = founded ? whole.slice(whole.indexOf(founded.commit)) : whole;
    if (founded) this.#forget(changes, founded.commit, new Set(mainline));
    const sequence = founded ? 0 : known;
    const { entries, after } = sequencesOf(mainline, changes, this.#landed, sequence);
    const definitions: Changes = new Map([...changes].flatMap(([commit, files]) => {
      const own = files.filter(({ path }) => !path.startsWith('snapshots/'));
      return own.length === 0 ? [] : [[commit, own] as const];
    }));
    this.#keepOwn(definitions, mainline);
    const foreign = await this.#foreign(founded ? mainline.slice(1) : mainline, new Set(entries.map(([, commit]) => commit)), job);
    const order = new Map([...this.#graph.keys()].reverse().map((commit, index) => [commit, index]));
    const place = new Map(mainline.map((commit, index) => [commit, index]));
    const mainOf = (commit: string): string => this.#landed.get(commit) ?? commit;
    const told = [...new Set([...definitions.keys(), ...foreign.keys()])].sort((a, b) => place.get(mainOf(a))! - place.get(mainOf(b))! || order.get(a)! - order.get(b)!);
    const metas = await readLogCommits(this.#repository, [...new Set(told.flatMap((commit) => [commit, mainOf(commit)]))]);
    const commits = told.map((commit): LoggedCommit => {
      const merge = this.#landed.get(commit);
      const main = metas.get(mainOf(commit))!;
      const touched = foreign.get(commit) ?? [];
      return {
        ...metas.get(commit)!, how: this.#isMerge(commit) ? 'merge' : 'commit', landed: merge === undefined ? null : metas.get(merge)!, time: main.committer.time, after: after.get(mainOf(commit)) ?? sequence,
        files: definitions.get(commit) ?? [], snapshots: touched.slice(0, MOST_SNAPSHOTS).map(({ path, status }) => ({ path, status })), snapshotCount: touched.length,
      };
    });
    return { commits, entries, founded };
  }

  /** The last commit that took another instance's ledger away: as its checkpoint named it. */
  async #founding(mainline: readonly string[], changes: Changes, instance: string): Promise<DefinitionLog['founded']> {
    const removing = mainline.filter((commit) => changes.get(commit)?.some(({ path, from, status }) => Number(LEDGER_ENTRY.exec((status === 'removed' ? path : from) ?? '')?.[1]) === 1));
    const names = removing.map((commit) => `${this.#graph.get(commit)![0]!}:${this.#repository.prefix}${CHECKPOINT_PATH}`);
    const found: NonNullable<DefinitionLog['founded']>[] = [];
    let at = 0;
    for await (const bytes of readObjects(this.#repository, names)) {
      const commit = removing[at++]!;
      const before = bytes?.toString().split('\n')[0] ?? instance;
      if (before !== instance) found.push({ commit, before });
    }
    return found.at(-1) ?? null;
  }

  /** What was before is another's; what the founding itself removed was, too. */
  #forget(changes: Changes, founding: string, mainline: ReadonlySet<string>): void {
    for (const [commit, files] of changes) {
      if (!mainline.has(this.#landed.get(commit) ?? commit)) changes.delete(commit);
      else if (commit === founding) changes.set(commit, files.filter(({ status }) => status !== 'removed'));
    }
  }

  /** Against the first parent; the first commit against nothing, unless the clone is cut off there. */
  async #changesOf(commits: readonly string[], paths: readonly string[]): Promise<Changes> {
    const { prefix } = this.#repository;
    // Similar texts are searched for by reading them: a clone without them would fetch each.
    const renames = (await promisorFilter(this.#repository)) === null ? '-M60%' : '-M100%';
    const args = ['diff-tree', '--stdin', '--root', '-r', '-z', '--raw', '--no-abbrev', renames, '-l400', '--', ...paths.map((path) => `:(top,literal)${prefix}${path}`)];
    const input = commits.filter((commit) => !this.#cut.has(commit)).map((commit) => `${[commit, ...this.#graph.get(commit)!.slice(0, 1)].join(' ')}\n`);
    const fields = (await pipeGit(this.#repository, args, { input })).toString().split('\0');
    const changes: Changes = new Map();
    let commit = '';
    for (let index = 0; index < fields.length; index += 1) {
      const field = fields[index]!.replace(/^\n/, '');
      if (!field.startsWith(':')) {
        commit = field.trim() || commit;
        continue;
      }
      const [, , before = '', after = '', letter = ''] = field.split(' ');
      const from = letter.startsWith('R') ? fields[(index += 1)]!.slice(prefix.length) : null;
      const path = fields[(index += 1)]!.slice(prefix.length);
      changes.set(commit, [...(changes.get(commit) ?? []), { path, from, status: STATUS[letter[0]!] ?? 'changed', before: idOf(before), after: idOf(after) }]);
    }
    return changes;
  }

  /** Of a merge stays what no commit that it brought had left so. */
  #keepOwn(definitions: Changes, mainline: readonly string[]): void {
    const brought = Map.groupBy(this.#landed, ([, merge]) => merge);
    for (const merge of mainline.filter((commit) => this.#isMerge(commit))) {
      const made = new Set((brought.get(merge) ?? []).flatMap(([commit]) => (definitions.get(commit) ?? []).flatMap(leftBy)));
      const own = (definitions.get(merge) ?? []).filter((file) => !leftBy(file).every((one) => made.has(one)));
      if (own.length > 0) definitions.set(merge, own);
      else definitions.delete(merge);
    }
  }

  /** Commits that touched snapshots/ without an entry, or under another name than the job's. */
  async #foreign(mainline: readonly string[], withEntry: ReadonlySet<string>, job: LogOwner): Promise<Changes> {
    const touching = await this.#touching(mainline);
    const merges = new Set(touching.filter((commit) => this.#isMerge(commit)));
    const sides = [...this.#landed].filter(([commit, merge]) => merges.has(merge) && !this.#isMerge(commit)).map(([commit]) => commit);
    const metas = await readLogCommits(this.#repository, [...touching, ...sides].filter((commit) => withEntry.has(commit) && !this.#isMerge(commit)));
    const isJob = (commit: string): boolean => {
      const meta = metas.get(commit);
      return meta !== undefined && [meta.author, meta.committer].every(({ name, email }) => name === job.name && email === job.email);
    };
    const changes = await this.#changesOf([...touching.filter((commit) => !isJob(commit)), ...sides], ['snapshots']);
    this.#keepOwn(changes, touching);
    for (const commit of sides.filter(isJob)) changes.delete(commit);
    return changes;
  }

  /** Commits of the branch after which snapshots/ is another tree than before. */
  async #touching(mainline: readonly string[]): Promise<string[]> {
    const nothing = '0'.repeat(40);
    const names = mainline.flatMap((commit) => [commit, this.#graph.get(commit)![0] ?? nothing]);
    const input = names.map((commit) => `${commit}:${this.#repository.prefix}snapshots\n`);
    const answers = (await pipeGit(this.#repository, ['cat-file', '--batch-check=%(objectname)'], { input })).toString().split('\n');
    const trees = answers.map((line) => (line.endsWith(' missing') ? null : line));
    return mainline.filter((commit, index) => !this.#cut.has(commit) && trees[2 * index] !== trees[2 * index + 1]);
  }

  #isMerge(commit: string): boolean {
    return this.#graph.get(commit)!.length > 1;
  }
}

const STATUS: { [letter: string]: LoggedFile['status'] } = { A: 'added', D: 'removed', R: 'renamed' };

function idOf(oid: string): string | null {
  return /^0+$/.test(oid) ? null : oid;
}

/** How a change left the files that it touched. */
function leftBy({ path, from, after }: LoggedFile): string[] {
  return [`${path}\0${after ?? ''}`, ...(from === null ? [] : [`${from}\0`])];
}

/** The commit of each new entry: the one that made it, also where a merge brought that; and the newest entry before each commit of the branch. */
function sequencesOf(mainline: readonly string[], changes: Changes, landed: ReadonlyMap<string, string>, sequence: number): { entries: DefinitionLog['entries']; after: Map<string, number> } {
  const addedBy = (commit: string): number[] => (changes.get(commit) ?? []).flatMap(({ path, status }) => (status === 'added' ? [Number(LEDGER_ENTRY.exec(path)?.[1] ?? 0)] : [])).filter((found) => found > 0);
  const brought = new Map([...landed.keys()].flatMap((commit) => addedBy(commit).map((found) => [found, commit] as const)));
  const entries: DefinitionLog['entries'] = [];
  const after = new Map<string, number>();
  let newest = sequence;
  for (const commit of mainline) {
    after.set(commit, newest);
    const added = addedBy(commit).sort((a, b) => a - b);
    for (const found of added) entries.push([found, brought.get(found) ?? commit]);
    newest = Math.max(newest, ...added);
  }
  return { entries, after };
}
