import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeGit, type GitPlace } from './git.ts';
import { ORIGIN } from './remote.ts';
import type { Repository } from './repository.ts';

/** The commit on the branch itself that brought a file as it is: where it came by a merge, the merge. */
export interface Brought {
  commit: string;
  /** ISO 8601 UTC, whole seconds, as its committer's clock said. */
  at: string;
  author: Person;
  /** Whom its message names in lines `Approved-by:` and `Reviewed-by:`. */
  named: Person[];
}

interface Person {
  name: string;
  email: string;
}

/**
 * Who brought a file to the branch.
 * @param path relative to the root
 * @param since ISO 8601: it cannot have come before; a shallow clone is deepened to there
 * @returns null where the clone does not say
 */
export async function broughtBy(repository: Repository, commit: string, path: string, since: string): Promise<Brought | null> {
  const first = await lastChange(repository, commit, path);
  if (first === null || !(await isBoundary(repository, first.commit))) return first;
  // In a shallow clone, the oldest commit seems to bring every file.
  const until = new Date(Date.parse(since) - 86_400_000).toISOString();
  const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules'];
  await pipeGit(repository, ['fetch', ...quiet, `--shallow-since=${until}`, ORIGIN, commit]).catch(() => undefined);
  const again = await lastChange(repository, commit, path);
  return again !== null && (await isBoundary(repository, again.commit)) ? null : again;
}

async function isBoundary({ commonDir }: Repository, commit: string): Promise<boolean> {
  const cut = await readFile(join(commonDir, 'shallow'), 'utf8').catch(() => '');
  return cut.split('\n').includes(commit);
}

const NAMED = '%(trailers:key=Approved-by,key=Reviewed-by,valueonly,unfold)';
const FORMAT = ['%H', '%ct', '%an', '%ae', NAMED].join('%x00');

async function lastChange(repository: Repository, commit: string, path: string): Promise<Brought | null> {
  const args = ['log', '-1', '--first-parent', '-m', '--no-renames', '--no-show-signature', '--no-mailmap', `--format=${FORMAT}`, '--no-patch', commit, '--', `:(top,literal)${repository.prefix}${path}`];
  const [id, seconds, name, email, trailers = ''] = (await pipeGit(repository, args)).toString().trim().split('\0');
  if (!id || name === undefined || email === undefined) return null;
  return { commit: id, at: `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`, author: { name, email }, named: trailers.split('\n').flatMap((line) => personOf(line) ?? []) };
}

/**
 * Who stands behind each commit, as an entry names people: its author, and whom its message names.
 * @param commits that are here
 */
export async function peopleOf(place: GitPlace, commits: readonly string[]): Promise<Map<string, string[]>> {
  if (commits.length === 0) return new Map();
  const args = ['log', '--no-walk=unsorted', '--stdin', '-z', '--no-show-signature', '--no-mailmap', `--format=%H%n%an%n%ae%n${NAMED}`, '--no-patch'];
  const told = (await pipeGit(place, args, { input: [...new Set(commits)].map((commit) => `${commit}\n`) })).toString().split('\0').filter(Boolean);
  return new Map(told.map((one) => {
    const [commit = '', name = '', email = '', ...lines] = one.split('\n');
    return [commit, [{ name, email }, ...lines.flatMap((line) => personOf(line) ?? [])].map(personWords)];
  }));
}

/** `Name <address>` */
export function personWords({ name, email }: Person): string {
  return `${name} <${email}>`;
}

function personOf(line: string): Person | null {
  const [, name, email] = /^\s*(.*?)\s*<([^<>\s]+)>\s*$/.exec(line) ?? [];
  return name === undefined || email === undefined ? null : { name, email };
}
