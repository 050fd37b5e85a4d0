import { wordsOf } from './words.ts';

/** A file for each table that a query reads and nobody has described. */
export type Assignment = ReadonlyMap<string, string>;

const COPIES = /^(copy|copies|old|backup|bak|tmp|temp|draft|archive|kopie|alt)$/;

/** How far a name resembles that of a table, from 0 to 1; it settles nothing, and says what to show first. */
export function resemblance(table: string, file: string): number {
  const [asked, named] = [wordsOf(table), wordsOf(file.split('/').at(-1)!.replace(/\.\w+$/, ''))];
  const plain = (word: string): string => word.replace(/s$/, '');
  // A copy is seldom meant where the file itself is there.
  if (named.some((word) => COPIES.test(word)) && !asked.some((word) => COPIES.test(word))) return 0;
  const shared = asked.filter((word) => named.some((one) => plain(one) === plain(word))).length;
  if (shared > 0) return shared / Math.max(asked.length, named.length, 1) / 2 + 0.5;
  const [whole, other] = [plain(asked.join('')), named.join('')];
  return whole !== '' && other.includes(whole) ? 0.4 : 0;
}

/** Files by how likely they are a table: by name, then the largest, then by path. */
export function ranked<T extends { file: string; bytes: number }>(table: string, files: readonly T[]): T[] {
  return files.toSorted((a, b) => resemblance(table, b.file) - resemblance(table, a.file) || b.bytes - a.bytes || (a.file < b.file ? -1 : 1));
}

/**
 * Every way to give each table a file of its own; null where there are more than `most`.
 * @param must files that have to be among them
 */
export function assignmentsOf(candidates: ReadonlyMap<string, readonly string[]>, must: readonly string[], most: number): Assignment[] | null {
  let found: Map<string, string>[] = [new Map()];
  for (const [table, files] of candidates) {
    found = found.flatMap((before) => files.filter((file) => ![...before.values()].includes(file)).slice(0, most + 1).map((file) => new Map([...before, [table, file]])));
    if (found.length > most) return null;
  }
  return found.filter((one) => must.every((file) => [...one.values()].includes(file)));
}

/** What each query leaves for each table: the files that all queries agree on which go with any. */
export function filesLeft(fits: readonly (readonly Assignment[])[]): Map<string, string[]> {
  const left = new Map<string, string[]>();
  for (const assignments of fits) {
    for (const table of new Set(assignments.flatMap((one) => [...one.keys()]))) {
      const files = [...new Set(assignments.map((one) => one.get(table)!))];
      const both = left.get(table)?.filter((file) => files.includes(file)) ?? files;
      // Where two queries contradict each other, a person has to say which is right.
      left.set(table, both.length > 0 ? both : [...new Set([...left.get(table)!, ...files])]);
    }
  }
  return left;
}
