import { DaybookError } from '../src/error.ts';
import { didYouMean } from '../src/report/near.ts';

/** The ids that words on a command line mean, each once: an id, or a unique end of one. */
export function selectIds(words: string[], ids: Iterable<string>): string[] {
  const all = [...ids].sort();
  return [...new Set(words.map((word) => selectId(word, all)))];
}

/** @throws `report-unknown`, `report-ambiguous` */
export function selectId(word: string, ids: string[]): string {
  if (ids.includes(word)) return word;
  const ends = ids.filter((id) => id.endsWith(`/${word}`));
  const found = ends.length > 0 ? ends : ids.filter((id) => id.endsWith(word));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) throw new DaybookError('report-ambiguous', `"${word}" could be ${found.slice(0, 5).join(', ')}`);
  throw new DaybookError('report-unknown', `there is no report "${word}"${didYouMean(word, [...ids, ...ids.map((id) => id.split('/').at(-1)!)])}`);
}
