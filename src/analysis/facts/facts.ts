import type { ChartType, Period } from '../../report/schema.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import type { Job, MissedRecord, RunRecord } from '../../snapshot/entry.ts';
import type { CheckResult, Column, SourceInput } from '../../snapshot/manifest.ts';
import type { ChangeRecord, RestatedValue } from '../../snapshot/records.ts';
import type { Renames } from '../comparison/column-pairs.ts';
import type { Input } from '../travel/travel.ts';
import type { PartFacts } from './part-facts.ts';
import type { Withheld } from './withheld.ts';

/**
 * What the site knows: JSON files below `.daybook/site/`, written before the build and read by its
 * pages. They are functions of definitions, snapshots and ledger alone (no clock), so that a page
 * whose facts are unchanged need not be built again.
 *
 *   site.json               SiteFacts
 *   reports/<id>.json       ReportFacts
 *   files/<id>/…            the downloads, copied beside the report's page
 */
export interface SiteFacts {
  title: string;
  description: string | null;
  url: string | null;
  repository: string | null;
  instance: string;
  teams: TeamFacts[];
  /** The board: every report of a team, in the order of teams and titles. */
  reports: ReportCard[];
  /** Reports that are no team's any more, by id: definitions that are gone or too broken to tell. Their pages stay. */
  withdrawn: ReportCard[];
  /** Newest first. */
  runs: JobFacts[];
  /** `checkpoint`: the note as its file has it; null where there is none. `signers`: names of the keys under it. */
  ledger: { sequence: number; head: Digest; time: string; checkpoint: string | null; signers: string[] } | null;
  /** Published snapshots that say otherwise what had been published: the newest ones, newest first. */
  restatements: RestatementFacts[];
  /** How many each report has in all, most first. */
  restated: { report: string; count: number }[];
  /** Definitions that could not be read: the reports' last good snapshots stay. */
  problems: ProblemFacts[];
  /** Results of a local run are shown, which are not in the ledger. */
  local: boolean;
}

interface TeamFacts {
  name: string;
  title: string;
  description: string | null;
}

/** `where` names file and line; texts are plain text from people or data. */
export interface ProblemFacts {
  code: string;
  where: string;
  message: string;
  remedy: string;
}

/**
 * Of the largest slot that was run, whatever ran after it: `current`: kept or confirmed the snapshot. `failed`: it failed and an older
 * snapshot is shown, if there is one. `waiting`: never ran. `ended`: the data has ended (archive).
 * `withdrawn`: the definition is gone or broken and the last good snapshot stays.
 */
export type Status = 'current' | 'failed' | 'waiting' | 'ended' | 'withdrawn';

/** A report on the board. */
export interface ReportCard {
  id: string;
  title: string;
  team: string;
  description: string;
  status: Status;
  asOf: AsOf | null;
  /** ISO 8601 UTC; null where nothing more is due, or where the job has never run the report. */
  nextDue: string | null;
  /** IANA zone that the schedule is written in. */
  timezone: string;
  failure: FailureFacts | null;
  metrics: MetricFacts[];
  local: boolean;
  /** Published ones, without a local result. */
  snapshots: number;
}

export interface FailureFacts {
  code: string;
  message: string;
  /** Time of the job, ISO 8601 UTC. */
  time: string;
  /** Sequence of the ledger entry, null for a local run. */
  sequence: number | null;
}

export interface Point {
  /** First day (`2001-06-30`) or instant (`2001-06-30T14:00:00Z`) of the period, or the snapshot's as-of. */
  period: string;
  /** Null: the period is there and has no value. */
  value: number | null;
}

export interface MetricFacts {
  name: string;
  label: string;
  /** A d3-format. */
  format: string;
  unit: string | null;
  better: 'higher' | 'lower' | null;
  target: number | null;
  description: string | null;
  /** The headline: the last complete period. `text` is exact, as the snapshot's file says it. */
  headline: { period: string | null; value: number | null; text: string | null } | null;
  /** Against the period before, 7 and 30 days earlier; for weeks 1 and 4 of them, for months the one before. */
  changes: { previous: HeadlineChange; days7: HeadlineChange; days30: HeadlineChange };
  /** At most the last 60 points on cards (for a sparkline), all points on the report's page; in time order. */
  series: Point[];
  /** What a step of the series is, `snapshot` where each point is a snapshot. */
  step: Period | 'snapshot';
  /** Where the change against the period before came from; absent where nothing is to be said. */
  attribution?: AttributionFacts;
}

/**
 * A change is a difference of two periods, or says why there is none. `incomparable` never carries
 * a number: `no-value` (the headline is missing), `no-earlier` (nothing that early is known),
 * `missing` (that period exists and has no value, or is absent), `too-coarse` (a step is longer than the span).
 */
export type HeadlineChange =
  | { kind: 'same'; from: Point }
  | {
      kind: 'up' | 'down';
      from: Point;
      difference: number;
      /** Of the earlier value; null from zero. */
      ratio: number | null;
      /** What the direction means; null where the metric has no good direction. */
      meaning: 'better' | 'worse' | null;
    }
  | { kind: 'incomparable'; reason: 'no-value' | 'no-earlier' | 'missing' | 'too-coarse' };

/**
 * Where a headline's move against the value before it came from: "+312 since 29 June: +298 data, +14 definition (3f2a91c,
 * Jane Roe); SEA +121, ORD +80". Differences are text, as exact as the metric.
 */
export interface AttributionFacts {
  /** The period, or the as-of of the snapshot, that it is measured against. */
  since: string;
  total: string;
  /** What came from data and what from a changed definition; null where both values are of one definition. */
  split: { data: string; definition: string; commit: string | null; author: string | null } | null;
  /** What people call the dimension of `parts`; null where there are no parts. */
  dimension: string | null;
  /** Values of the dimension that moved the number most, in that order; null is no value. They are parts of `total`. */
  parts: { value: string | null; difference: string }[];
  /** How many more of them moved it. */
  more: number;
  /** `sum`: all parts add up to `total`. `swap`: what each value alone would have changed; they need not add up. */
  kind: 'sum' | 'swap';
}

export interface ColumnFacts extends Column {
  label: string;
  kind: 'number' | 'text' | 'date' | 'time' | 'boolean' | 'nested';
  /** A d3-format for numbers. */
  format: string | null;
  unit: string | null;
  key: boolean;
}

export interface ChartFacts {
  type: ChartType;
  title: string;
  x: { label: string; kind: 'time' | 'category' };
  y: { label: string; format: string; unit: string | null; target: number | null };
  /** One series without a name, or one for each value of `by`. */
  series: { name: string | null; points: { x: string; y: number | null }[] }[];
  /** How many values of the dimension were left out. */
  omitted: number;
}

export interface SnapshotFacts {
  /** `aviation/flights-daily@2001-06-30.v1` */
  citation: string;
  asOf: AsOf;
  version: number;
  data: Digest;
  manifest: Digest;
  /** Ledger entry that kept it; null for a local run. */
  sequence: number | null;
  /** Time it was kept, ISO 8601 UTC. */
  time: string;
  /** Null where it is retired and this clone of the repository does not reach back to it. */
  rows: number | null;
  metrics: { name: string; value: number | null; text: string | null; period: string | null }[];
  /** Paths relative to the root: manifest and rows; null where the rows are kept outside of Git. */
  files: { manifest: string; rows: string | null };
  /** Since when readers see it, where somebody had to approve it. */
  approved: { sequence: number; time: string } | null;
  /** What it changed against the one before; null where the ledger does not say. */
  change: ChangeRecord | null;
  /** Its files have left the work tree: a commit that has them still. */
  retired: { commit: string } | null;
  /** The commit whose reports and queries ran; null for a local run. */
  code: string | null;
  /** Place in the report's `inputs` of what it was made from; null where that is not known here. */
  inputs: number | null;
  /** Its rows were destroyed. */
  erased: { time: string; sequence: number; reason: string; ticket: string } | null;
  /** Manifest and rows lie beside the compare page. */
  beside: boolean;
}

/** A kept snapshot that readers do not see: none of its numbers is here. */
export interface UnpublishedFacts {
  asOf: AsOf;
  version: number;
  standing: 'held' | 'rejected';
  approvers: number;
  sequence: number;
  time: string;
}

/** One line of the list of restatements. */
export interface RestatementFacts {
  /** In the order in which they were published, from 1: it stays. */
  number: number;
  report: string;
  asOf: AsOf;
  version: number;
  /** Citation of the snapshot before. */
  base: string | null;
  /** When readers saw it, and the entry that says so. */
  time: string;
  sequence: number;
  periods: { from: string; to: string } | null;
  rows: { added: number; removed: number; modified: number };
  metrics: number;
  /** The first of the metrics. */
  first: RestatedValue | null;
}

export interface ReportFacts extends ReportCard {
  owner: string;
  reader: string | null;
  decision: string | null;
  /** The schedule in words, English. */
  schedule: string;
  cron: string;
  /** Markdown as written: hostile text. */
  narrative: string | null;
  snapshot: SnapshotFacts | null;
  /** Of the newest entry, whichever slot it was for. */
  lastRun: { time: string; sequence: number | null; run: RunRecord } | null;
  /** Whether today's definition made (or has since confirmed) the snapshot, and the commit that has the one that did: null for a local run. */
  definition: { current: boolean; commit: string | null };
  columns: ColumnFacts[];
  /** The first 500 rows as readers see them: text cells of the CSV, null for NULL. */
  rows: (string | null)[][];
  rowCount: number;
  /** What of the rows is on no page and in no download, because it says something of a person. */
  withheld: Withheld | null;
  charts: ChartFacts[];
  /** What a reader may choose a part of the rows by; null where there is nothing to choose. */
  part: PartFacts | null;
  checks: CheckResult[];
  sources: (SourceInput & { title: string; publisher: string | null; license: string | null; url: string | null; archive: string | null; late: string | null })[];
  /** The query that made the snapshot; null where its text is in `definition.commit` alone. */
  sql: string | null;
  parameters: { [name: string]: string | number | boolean };
  /** All published snapshots, newest as-of and version first. */
  history: SnapshotFacts[];
  /** The others, newest first. */
  unpublished: UnpublishedFacts[];
  /** Names of the columns that identify a row. */
  key: string[];
  /** What columns were called before, as the definition says. */
  renames: Renames;
  /** What snapshots of the history were made from, each list of sources once. */
  inputs: Input[][];
  /** The file of the query, today. */
  queryFile: string;
}

export interface JobFacts {
  sequence: number;
  time: string;
  digest: Digest;
  job: Job;
  counts: { succeeded: number; unchanged: number; failed: number; skipped: number; kept: number; missed: number };
  /** Failures and kept snapshots; unchanged runs are only counted. */
  failures: RunRecord[];
  kept: { citation: string; report: string; asOf: AsOf; version: number }[];
  missed: MissedRecord[];
  /** What became of snapshots that were kept before. */
  marked: { held: number; approved: number; rejected: number; retired: number; erased: number };
}
