import { DaybookError } from '../error.ts';
import { pipeGit, type GitPlace } from './git.ts';
import { resolveCommit, type Repository } from './repository.ts';

/** A file that differs between two commits, or between a commit and the work tree. */
export interface ChangedFile {
  /** From the instance's root; of files outside of it, from the top of the work tree, after `/`. */
  path: string;
  change: 'added' | 'changed' | 'deleted';
  /** What it is now: links and submodules lead elsewhere, and are not followed. */
  kind: 'file' | 'link' | 'submodule' | 'gone';
}

/** From where to where; `head` null: the work tree, with what nobody committed. */
export interface Range {
  /** Where both sides parted. */
  base: string;
  /** Other commits where they parted too: against each of them, another part of the change is seen. */
  alsoParted: string[];
  /** The newest commit of the branch that the change is for: its rules hold. */
  tip: string;
  head: string | null;
  /** What people call the base where nothing has come to it since, and the head; else their commits. */
  labels: { base: string; head: string };
}

const MAIN = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'];

/**
 * The range that words name, from the commit where both sides parted: `base..head`, `base` (to the work tree), or nothing: from
 * the main branch to the work tree.
 * @throws `wrong-use` where a name stands for no commit, `history-incomplete` where the sides have no commit in common here
 */
export async function rangeOf(repository: Repository, words: string | undefined): Promise<Range> {
  const [from, to] = words === undefined ? [null, null] : (/^(.+?)\.{2,3}(.+)$/.exec(words)?.slice(1) ?? [words, null]);
  const base = from === null ? await mainCommit(repository) : await commitOf(repository, from!);
  const head = to === null || to === undefined ? null : await commitOf(repository, to);
  const [parted, ...alsoParted] = await partings(repository, base, head ?? repository.head);
  if (parted === undefined) throw new DaybookError('history-incomplete', `${base.slice(0, 10)} and ${(head ?? repository.head).slice(0, 10)} have no commit in common in this clone`);
  return { base: parted, alsoParted, tip: base, head, labels: { base: labelOf(parted === base && from !== null ? from! : parted, parted), head: head === null ? 'work tree' : labelOf(to!, head) } };
}

function labelOf(name: string, commit: string): string {
  return /^[0-9a-f]{20,}$/.test(name) ? commit.slice(0, 10) : name;
}

async function mainCommit({ git }: Repository): Promise<string> {
  for (const name of MAIN) {
    const commit = await resolveCommit(git, name);
    if (commit !== null) return commit;
  }
  throw new DaybookError('wrong-use', 'this clone has no main branch to compare with', {}, 'Name the base, as in `npx daybook review <base>..<head>`; in a shallow clone, fetch it first.');
}

async function commitOf({ git }: Repository, name: string): Promise<string> {
  const commit = await resolveCommit(git, name);
  if (commit === null) throw new DaybookError('wrong-use', `"${name}" is no commit here`, {}, 'Name branches, tags or commits, as in `main..my-branch`; fetch them first.');
  return commit;
}

/**
 * The newest commits that two have in common: what the base has done since is none of the change. None where the clone has none. Of
 * several, whoever makes the head can choose which are; Git merges against all of them, and shows a change against the first.
 */
export async function partings(place: GitPlace, base: string, head: string): Promise<string[]> {
  const commits = await pipeGit(place, ['merge-base', '--all', '--end-of-options', base, head]).catch(() => '');
  return commits.toString().split('\n').filter(Boolean);
}

/** What differs, in the order of paths. Files that Git ignores do not count. */
export async function changedFiles(repository: Repository, { base, head }: Pick<Range, 'base' | 'head'>): Promise<ChangedFile[]> {
  const common = ['-r', '-z', '--no-renames', '--no-relative', '--no-abbrev'];
  const output = head === null
    // Unlike diff-index, it looks into files whose times alone have changed.
    ? await pipeGit(repository, ['diff', '--raw', '--no-ext-diff', '--no-textconv', '--ignore-submodules=none', ...common.slice(1), base, '--'])
    : await pipeGit(repository, ['diff-tree', ...common, base, head, '--']);
  const fields = output.toString().split('\0');
  const changes: ChangedFile[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, mode, , , status] = fields[index]!.split(' ');
    changes.push({ path: pathOf(repository, fields[index + 1]!), change: status === 'A' ? 'added' : status === 'D' ? 'deleted' : 'changed', kind: kindOf(mode!) });
  }
  if (head === null) {
    changes.push(...(await untrackedFiles(repository)).map((path): ChangedFile => ({ path: pathOf(repository, path), change: 'added', kind: 'file' })));
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What Git neither has nor ignores, from the top of the work tree, with forward slashes. @throws `git-failed` */
export async function untrackedFiles(repository: Repository): Promise<string[]> {
  const listed = await pipeGit({ ...repository, cwd: repository.workTree }, ['ls-files', '-z', '--others', '--exclude-standard', '--full-name']);
  return listed.toString().split('\0').filter(Boolean);
}

const AT_ONCE = 200;

/** What a commit has in folders of the instance, by path from its root; `` is the root itself. */
export async function entriesIn(repository: Repository, commit: string, folders: readonly string[]): Promise<string[]> {
  const places = folders.map((folder) => `${repository.prefix}${folder === '' ? '' : `${folder}/`}`);
  const list = async (below: readonly string[]): Promise<string> => (await pipeGit(repository, ['ls-tree', '-z', '--name-only', '--full-tree', commit, '--', ...below])).toString();
  const inside = places.filter((place) => place !== '');
  const listed = places.length > inside.length ? await list([]) : '';
  const others: string[] = [];
  for (let from = 0; from < inside.length; from += AT_ONCE) others.push(await list(inside.slice(from, from + AT_ONCE)));
  return [listed, ...others].flatMap((names) => names.split('\0')).filter(Boolean).map((name) => pathOf(repository, name));
}

function pathOf({ prefix }: Repository, path: string): string {
  return path.startsWith(prefix) ? path.slice(prefix.length) : `/${path}`;
}

function kindOf(mode: string): ChangedFile['kind'] {
  switch (mode) {
    case '000000': return 'gone';
    case '120000': return 'link';
    case '160000': return 'submodule';
    default: return 'file';
  }
}

/** Of these files, those that the work tree has otherwise than the commit, or not at all. */
export async function unlikeWorkTree(repository: Repository, commit: string): Promise<Set<string>> {
  return new Set((await changedFiles(repository, { base: commit, head: null })).map(({ path }) => path));
}
