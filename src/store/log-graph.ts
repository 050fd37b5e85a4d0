import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeGit } from './git.ts';
import type { Repository } from './repository.ts';

/** Commits with their parents, newest first, those before `since` left out. */
export async function readGraph(repository: Repository, head: string, since: string | undefined): Promise<Map<string, string[]>> {
  const args = ['rev-list', '--topo-order', '--parents', head, ...(since === undefined ? [] : [`^${since}`])];
  const text = await pipeGit(repository, args).catch((cause: unknown) => {
    // The earlier head is gone: its history was replaced.
    if (since === undefined) throw cause;
    return pipeGit(repository, args.slice(0, 4));
  });
  return new Map(text.toString().split('\n').filter(Boolean).map((line) => {
    const [commit = '', ...parents] = line.split(' ');
    return [commit, parents] as const;
  }));
}

/** Oldest first. */
export function firstParents(graph: ReadonlyMap<string, string[]>, head: string): string[] {
  const line: string[] = [];
  for (let at: string | undefined = head; at !== undefined && graph.has(at); at = graph.get(at)![0]) line.push(at);
  return line.reverse();
}

/** The commit of the branch that brought each commit beside it. */
export function landings(graph: ReadonlyMap<string, string[]>, mainline: readonly string[]): Map<string, string> {
  const seen = new Set(mainline);
  const landed = new Map<string, string>();
  for (const merge of mainline) {
    const stack = graph.get(merge)!.slice(1);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (seen.has(at) || !graph.has(at)) continue;
      seen.add(at);
      landed.set(at, merge);
      stack.push(...graph.get(at)!);
    }
  }
  return landed;
}

/** Commits whose parents a shallow clone lacks; none in a whole clone. */
export async function shallowCommits({ commonDir }: Repository): Promise<Set<string>> {
  const text = await readFile(join(commonDir, 'shallow'), 'utf8').catch(() => '');
  return new Set(text.split('\n').filter(Boolean));
}
