import { entryPath, type Entry } from '../../snapshot/entry.ts';
import { citationOf } from '../../snapshot/manifest.ts';
import type { KeptRecord } from '../../snapshot/records.ts';
import { askedIn } from '../branch-policy.ts';
import { definitionPaths } from '../erasure.ts';
import { pipeGit } from '../git.ts';
import { readObjects } from '../objects.ts';
import type { CommitPlace } from './clone.ts';
import { enteringCommits } from './erasures.ts';
import { finding, type Finding } from './layer.ts';

/**
 * Results that readers saw with fewer approvals than their definition asked for, in the commit that the entry stands on.
 * Looked at are reports of which anything was ever held, and those that ask for approvals now.
 */
export async function unaskedOf(place: CommitPlace, entries: readonly Entry[]): Promise<Finding[]> {
  const careful = new Set([...entries.flatMap(({ held = [] }) => held.map(({ report }) => report)), ...(await reportsThatSay(place, 'approval'))]);
  const kept = entries.flatMap((entry) => entry.kept.filter(({ report }) => careful.has(report)).map((record) => ({ entry, record, approvers: approversOf(entry, record) })));
  if (kept.length === 0) return [];
  const commits = await enteringCommits(place, new Set(kept.map(({ entry }) => entryPath(entry))));
  // What was put into one commit with others has no commit before it that could tell.
  const parents = (entry: Entry): string[] => (commits.get(entryPath(entry)) ?? []).map(([, parent]) => parent);
  const needed = await approversAt(place, kept.flatMap(({ entry, record }) => parents(entry).flatMap((parent) => definitionPaths(record.report).map((path) => `${parent}:${place.prefix}${path}`))));
  return kept.flatMap(({ entry, record, approvers }) => {
    // More than one where another instance's ledger was here before: then it is not known whose it is.
    const asked = parents(entry).map((parent) => ({ parent, most: Math.max(...definitionPaths(record.report).map((path) => needed.get(`${parent}:${place.prefix}${path}`) ?? 0)) }));
    if (asked.length === 0 || asked.some(({ most }) => most <= approvers)) return [];
    const { parent, most } = asked[0]!;
    return [finding(`it keeps ${citationOf(record)}, held for ${approvers}, and the definition in commit ${parent.slice(0, 12)} asks for ${most} to approve it`, { file: entryPath(entry), sequence: entry.sequence })];
  });
}

/** @param names of definitions, as Git calls them at a commit */
async function approversAt(place: CommitPlace, names: readonly string[]): Promise<Map<string, number>> {
  const approvers = new Map<string, number>();
  const known = new Map<string, number>();
  let index = 0;
  for await (const bytes of readObjects(place, names)) {
    const text = bytes?.toString() ?? '';
    known.set(text, known.get(text) ?? askedIn(text)?.approvers ?? 0);
    approvers.set(names[index++]!, known.get(text)!);
  }
  return approvers;
}

function approversOf({ held = [] }: Entry, { manifest }: KeptRecord): number {
  return held.find((one) => one.manifest === manifest)?.approvers ?? 0;
}

/** By one search of Git's own, since there are thousands. */
async function reportsThatSay({ prefix, commit, ...place }: CommitPlace, word: string): Promise<string[]> {
  const folder = `${prefix}reports`;
  // git-grep(1): it ends with 1 where it finds nothing.
  const found = await pipeGit(place, ['grep', '-l', '-z', '-F', '--full-name', word, commit, '--', `:(top,literal)${folder}`]).catch(() => '');
  const names = found.toString().split('\0').filter(Boolean).map((name) => name.slice(commit.length + 1 + folder.length + 1));
  return names.flatMap((name) => /^(.+)\.ya?ml$/.exec(name)?.[1] ?? []);
}
