import type { Verdict } from '../../report/verdict.ts';
import type { ChangedRows } from '../comparison/changed-rows.ts';
import type { Overlay } from './charts.ts';
import type { ReportReview, Review } from './review.ts';

/*
 * What the pages of a review know, beside the site's facts:
 *
 *   review/index.json          ReviewIndex
 *   review/reports/<id>.json   ReviewFacts
 */

export interface ReviewIndex extends Omit<Review, 'reports'> {
  /** One sentence, the same wherever the review is told. */
  sentence: string;
  /** The worst first. */
  reports: ReviewLine[];
}

/** A report in the list, in words; what does not apply is empty. */
export interface ReviewLine {
  report: string;
  title: string;
  verdict: Verdict;
  /** Of all that is to be said of it, the first. */
  reason: string;
  what: string;
  rows: string;
  difference: string;
  columns: string;
  metrics: string;
  /** What the differences have in common, sentence by sentence. */
  common: string[];
}

export interface ReviewFacts {
  review: ReportReview;
  overlays: Overlay[];
  /** The first rows that differ; null where none do, or none may be shown. */
  rows: ChangedRows | null;
  /** The name of the file with all of them, beside the page. */
  download: string | null;
  /** The site has a page of the report; and that page shows what the change would publish. */
  page: 'none' | 'published' | 'proposed';
}
