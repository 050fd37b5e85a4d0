import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ReportFacts } from '../analysis/facts/facts.ts';
import type { ReviewFacts, ReviewIndex, ReviewLine } from '../analysis/review/facts.ts';
import { proposalWords } from '../present/review/page.ts';
import { read } from './facts.ts';

const INDEX = 'review/index.json';

let index: ReviewIndex | null | undefined;

/** What is reviewed; null on the site itself, which reviews nothing. @throws `site-failed` where it is not what the pages expect */
export function readReviewIndex(): ReviewIndex | null {
  if (index === undefined) index = existsSync(resolve(import.meta.env.DAYBOOK_FACTS, INDEX)) ? read<ReviewIndex>(INDEX, ['sentence', 'verdict', 'gates', 'reports', 'problems']) : null;
  return index;
}

/** @throws `site-failed` */
export function readReview(id: string): ReviewFacts {
  return read<ReviewFacts>(`review/reports/${id}.json`, ['review', 'overlays']);
}

/** What the change under review does to a report; null where it does nothing, or nothing is reviewed. */
export function reviewOf(id: string): ReviewLine | null {
  return readReviewIndex()?.reports.find(({ report }) => report === id) ?? null;
}

/** What a report's page shows in a preview, in words: whose definition, on what; null where it shows what readers have. */
export function proposalOf({ id, local }: Pick<ReportFacts, 'id' | 'local'>): string | null {
  return local && reviewOf(id) ? proposalWords(readReviewIndex()!.head, readReview(id).review) : null;
}
