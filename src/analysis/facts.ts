import type { AsOf } from '../snapshot/as-of.ts';
import type { Digest } from '../snapshot/canonical.ts';
import type { CheckResult, Column, SourceInput } from '../snapshot/manifest.ts';
import type { Job, MissedRecord, RunRecord } from '../snapshot/entry.ts';

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
  ledger: { sequence: number; head: Digest; time: string } | null;
  /** Definitions that could not be read: the reports' last good snapshots stay. */
  problems: ProblemFacts[];
  /** Results of a local run are shown, which are not in the ledger. */
  local: boolean;
}

export interface TeamFacts {
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
  changes: { previous: Change; days7: Change; days30: Change };
  /** At most the last 60 points on cards (for a sparkline), all points on the report's page; in time order. */
  series: Point[];
  /** What a step of the series is, `snapshot` where each point is a snapshot. */
  step: 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year' | 'snapshot';
}

/**
 * A change is a difference of two periods, or says why there is none. `incomparable` never carries
 * a number: `no-value` (the headline is missing), `no-earlier` (nothing that early is known),
 * `missing` (that period exists and has no value, or is absent), `too-coarse` (a step is longer than the span).
 */
export type Change =
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

export interface ColumnFacts extends Column {
  label: string;
  kind: 'number' | 'text' | 'date' | 'time' | 'boolean' | 'nested';
  /** A d3-format for numbers. */
  format: string | null;
  unit: string | null;
  key: boolean;
}

export interface ChartFacts {
  type: 'line' | 'area' | 'bar' | 'dot';
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
  rows: number;
  metrics: { name: string; value: number | null; text: string | null; period: string | null }[];
  /** Paths relative to the root: manifest and rows. */
  files: { manifest: string; rows: string };
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
  charts: ChartFacts[];
  checks: CheckResult[];
  sources: (SourceInput & { title: string; publisher: string | null; license: string | null; url: string | null; archive: string | null; late: string | null })[];
  /** The query that made the snapshot; null where its text is in `definition.commit` alone. */
  sql: string | null;
  parameters: { [name: string]: string | number | boolean };
  /** All snapshots, newest as-of and version first. */
  history: SnapshotFacts[];
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
}
