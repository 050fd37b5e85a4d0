import type { Words } from '../words.ts';

/** A report of a review in parts, for a terminal or for Markdown: the most important first. */
export interface ReviewSection {
  title: string;
  blocks: ReviewBlock[];
}

export type ReviewBlock =
  | { kind: 'lines'; lines: Words[] }
  | { kind: 'table'; head: string[] | Words[]; rows: Words[][]; more: string | null }
  | { kind: 'difference'; lines: readonly string[] }
  /** What a person is asked to look at. */
  | { kind: 'tasks'; lines: Words[] };
