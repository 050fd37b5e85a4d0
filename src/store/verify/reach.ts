import { pipeGit } from '../git.ts';
import { readObjects } from '../objects.ts';
import type { CommitPlace } from './clone.ts';
import { finding, type Finding } from './layer.ts';
import type { RetiredFile } from './ledger.ts';
import { factsOf, type FileFacts } from './snapshots.ts';

/** Retired files as Git's history has them. */
export interface Reached {
  /** By path; what Git has lost is left out. */
  facts: Map<string, FileFacts>;
  bytes: number;
  /** Files that the commit does not have which the ledger names. */
  findings: Finding[];
}

/** Reads retired files by their ids, and looks for each at the commit that should have it. */
export async function reachRetired(place: CommitPlace, files: readonly RetiredFile[]): Promise<Reached> {
  const reached: Reached = { facts: new Map(), bytes: 0, findings: [] };
  if (files.length === 0) return reached;
  const groups = [...Map.groupBy(files, ({ blob, path }) => `${blob} ${path.slice(path.lastIndexOf('.'))}`).values()];
  let index = 0;
  for await (const bytes of readObjects(place, groups.map(([first]) => first!.blob))) {
    const same = groups[index++]!;
    if (bytes === null) continue;
    reached.bytes += bytes.length * same.length;
    const facts = factsOf(same[0]!.path, bytes);
    for (const { path } of same) reached.facts.set(path, facts);
  }
  const [ancestors, found] = await Promise.all([ancestorsOf(place), idsOf(place, files)]);
  for (const [at, { path, commit, blob, sequence }] of files.entries()) {
    const short = commit.slice(0, 12);
    if (!ancestors.has(commit)) reached.findings.push(finding(`retired, and commit ${short}, which should have it, is not in this history`, { file: path, sequence }));
    else if (found[at] !== blob) reached.findings.push(finding(`retired, and commit ${short} does not have it as the ledger says`, { file: path, sequence }));
  }
  return reached;
}

/** Ids of every commit that the judged one stands on, and its own. */
export async function ancestorsOf(place: Omit<CommitPlace, 'prefix'>): Promise<Set<string>> {
  return new Set((await pipeGit(place, ['rev-list', place.commit])).toString().split('\n'));
}

async function idsOf(place: Omit<CommitPlace, 'commit'>, files: readonly RetiredFile[]): Promise<(string | undefined)[]> {
  const input = files.map(({ commit, path }) => `${commit}:${place.prefix}${path}\n`);
  const lines = (await pipeGit(place, ['cat-file', '--batch-check=%(objectname)'], { input })).toString().split('\n');
  return files.map((_, index) => lines[index]);
}
