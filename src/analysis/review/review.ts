import type { Period } from '../../report/schema.ts';
import type { Verdict } from '../../report/verdict.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import type { Inputs, Result } from '../../snapshot/manifest.ts';
import type { Comparison } from '../comparison/comparison.ts';
import type { ColumnDistribution } from '../comparison/distribution.ts';
import type { SeriesDifference } from '../comparison/metric-series.ts';
import type { GateResult } from '../gate/gates.ts';
import type { SqlDifference } from '../sql/difference.ts';
import type { Backtest } from './backtest.ts';
import type { Cause, ChangeKind } from './impact.ts';
import type { MetricEdit } from './metric-edits.ts';

/*
 * A review is data: what a change, from the commit `base` to the commit `head`, does to the reports that it affects.
 * Terminal, Markdown, JSON and the pages of a preview are made from it, each by a pure function.
 */

export const REVIEW_FORMAT = 'daybook/review/1';

export interface Review {
  format: typeof REVIEW_FORMAT;
  base: Revision;
  /** The newest commit of the branch that the change is for: its rules judge, and in a job its code. 40 or 64 hexadecimal digits. */
  tip: string;
  head: Revision;
  /** When it was made: ISO 8601 UTC, whole seconds. */
  time: string;
  engine: Inputs['engine'];
  /** The CI system’s page of the job that made it; missing where no job did. */
  job?: string;
  /** The worst of `gates` and of all reports. */
  verdict: Verdict;
  /** Of the change as a whole. */
  gates: GateResult[];
  /** The affected ones, the worst first. */
  reports: ReportReview[];
  /** Reports of the head that the change does not touch. */
  unaffected: number;
  /** Affected reports that are not in `reports`, the least worrying, since the document would be too large; without it, none. */
  unlisted?: number;
  /** What is wrong, by file and line. */
  problems: ReviewProblem[];
  /** What was left out so that it fits, in sentences; empty: nothing. */
  omitted: string[];
}

export interface Revision {
  /** 40 or 64 hexadecimal digits; null for a work tree, which has what nobody committed. */
  commit: string | null;
  /** What people call it: a branch, `work tree`, or the first ten digits. */
  label: string;
}

export interface ReviewProblem {
  /** The report that it stops; null for daybook.yml, sources, macros and other files. */
  report: string | null;
  code: string;
  message: string;
  remedy: string;
  /** Relative to the instance's root. */
  file: string | null;
  line: number | null;
  column: number | null;
}

export interface ReportReview {
  report: string;
  title: string;
  team: string;
  owner: string;
  change: ChangeKind;
  /** The id that the base has it under, where that is another. */
  was?: string;
  /** How long the periods of its metrics are; missing where it has no `time`. */
  period?: Period;
  causes: Cause[];
  verdict: Verdict;
  gates: GateResult[];
  /** Null where the report is not there on that side. */
  base: ReviewSide | null;
  head: ReviewSide | null;
  inputs: ReviewInputs;
  /** Null unless both sides have a result. */
  comparison: Comparison | null;
  /** Of columns whose values differ; of a new report, all. */
  distributions: ColumnDistribution[];
  sql: SqlDifference | null;
  /** How readers call metrics and write their values; the head's where it is there. `edits`: what of a metric’s definition was otherwise before; `series`: periods that differ. */
  metrics: { name: string; label: string; format: string; unit: string | null; better: 'higher' | 'lower' | null; target: number | null; edits?: MetricEdit[]; series?: SeriesDifference }[];
  backtest: Backtest | null;
  /** All changed rows, beside this document; null where there are none, or where they are personal. */
  changes: { file: string; sha256: Digest; rows: number; bytes: number } | null;
  /** Values of rows are withheld, since columns say something of people. */
  personal: boolean;
}

export interface ReviewSide {
  status: 'ok' | 'failed' | 'timeout' | 'memory' | 'refused' | 'unreadable';
  /** Null where the status is ok. */
  error: ReviewProblem | null;
  /** Of what people wrote: definition, query and macros. Null where it cannot be read. */
  definition: Digest | null;
  requested: AsOf | null;
  asOf: AsOf | null;
  /** Null unless the status is ok. */
  result: Result | null;
  data: Digest | null;
  /** Of the faster of two runs; null where nothing ran. */
  milliseconds: number | null;
  /** Whether a second run gave the same result, doubles within what rows in another order round otherwise; null where it did not run. */
  deterministic: boolean | null;
  /** What the order of rows in files decides; null where that is not known. */
  order: RowOrder | null;
  warnings: string[];
}

export interface RowOrder {
  /** Names of the sources whose rows in another order give another result; empty: none. */
  sources: string[];
  /** The code of the error that the other order ends in; null where it has a result. */
  error: string | null;
  /** Parts of each source changed places, since all rows in the opposite order took more than a query may have. */
  partly: boolean;
}

interface ReviewInputs {
  /** Every file that both sides read had the same bytes, and both were asked for the same as-of. */
  identical: boolean;
  files: InputFile[];
  /** Rows of each source; null where that side did not read it, or failed. Missing in reviews that were made before it was told. */
  rows?: { source: string; base: number | null; head: number | null }[];
  /** What the change does to data files that the report reads, apart from definitions; null where it changes none, and of a new report, which has no before. */
  drift: Drift | null;
}

interface InputFile {
  source: string;
  path: string;
  bytes: number;
  sha256: Digest;
  readBy: 'both' | 'base' | 'head';
}

/** The base's definition on the base's files against the same on the head's: told apart from what the definition does, by a gate of its own. */
export interface Drift {
  files: string[];
  comparison: Comparison | null;
  /** Why there is none. */
  error: string | null;
}
