import { legalHoldOf } from '../../report/legal-hold.ts';
import { entryPath, type Entry } from '../../snapshot/entry.ts';
import type { ErasedRecord } from '../../snapshot/records.ts';
import { definitionPaths } from '../erasure.ts';
import { pipeGit } from '../git.ts';
import { readObjects } from '../objects.ts';
import type { CommitPlace } from './clone.ts';
import { finding, layer, type Finding, type Layer } from './layer.ts';

/** An erasure, with the entry that has it. */
export interface Erasure extends ErasedRecord {
  sequence: number;
  time: string;
  /** Of the entry. */
  file: string;
}

/** All of a ledger, in its order. */
export function erasuresOf(entries: readonly Entry[]): Erasure[] {
  return entries.flatMap((entry) => (entry.erased ?? []).map((one) => ({ ...one, sequence: entry.sequence, time: entry.time, file: entryPath(entry) })));
}

/** What the ledger itself cannot say: whether a report was under a legal hold when its rows were erased. */
export async function erasuresLayer(place: CommitPlace, erasures: readonly Erasure[]): Promise<Layer> {
  if (erasures.length === 0) return layer('erasures', 'Nothing was erased.');
  const commits = await enteringCommits(place, new Set(erasures.map(({ file }) => file)));
  const findings: Finding[] = [];
  const asked: { erasure: Erasure; parent: string; commit: string; name: string }[] = [];
  for (const erasure of erasures) {
    const entered = commits.get(erasure.file) ?? [];
    if (entered.length === 0) return { id: 'erasures', status: 'cannot-tell', detail: 'No commit of this history entered one by itself, so that a legal hold cannot be ruled out.', findings: [about(erasure, 'no commit of this history entered its erasure by itself')] };
    for (const [commit, parent] of entered) for (const path of definitionPaths(erasure.report)) asked.push({ erasure, commit, parent, name: `${parent}:${place.prefix}${path}` });
  }
  let index = 0;
  for await (const bytes of readObjects(place, asked.map(({ name }) => name))) {
    const { erasure, parent, commit } = asked[index++]!;
    const hold = bytes === null ? false : legalHoldOf(bytes.toString());
    if (hold === false) continue;
    findings.push({ ...about(erasure, hold ? `was under a legal hold in commit ${parent.slice(0, 12)} when it was erased` : `cannot be read in commit ${parent.slice(0, 12)}: whether it was under a legal hold when it was erased is not known`), commit });
  }
  return layer('erasures', `${erasures.length} ${erasures.length === 1 ? 'erasure' : 'erasures'}, each with a reason, a ticket and an approver, and none under a legal hold.`, findings);
}

function about({ report, file, sequence }: Erasure, what: string): Finding {
  return finding(`${report} ${what}`, { file, sequence });
}

/** Commits that added each file, with their first parents; the first commit of a history has none and is left out. */
export async function enteringCommits(place: CommitPlace, files: ReadonlySet<string>): Promise<Map<string, [string, string][]>> {
  // The folder, since there may be more files than a command takes.
  const args = ['log', '--full-history', '--no-renames', '--diff-filter=A', '--name-only', '-z', '--format=%x01%H %P', place.commit, '--', `:(top,literal)${place.prefix}snapshots/ledger`];
  const found = new Map<string, [string, string][]>();
  let commit: [string, string] | null = null;
  for (const field of (await pipeGit(place, args)).toString().split('\0')) {
    const word = field.trim();
    if (word.startsWith('\u0001')) {
      const [own = '', first] = word.slice(1).split(' ');
      commit = first === undefined ? null : [own, first];
    } else if (word !== '' && commit) {
      const file = word.slice(place.prefix.length);
      if (files.has(file)) found.set(file, [...(found.get(file) ?? []), commit]);
    }
  }
  return found;
}
