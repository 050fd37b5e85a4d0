import type { AsOf } from '../../snapshot/as-of.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import type { CheckResult, MetricValue } from '../../snapshot/manifest.ts';
import type { Pattern } from '../pattern/pattern.ts';

/*
 * A comparison is data: what differs between two results of a report, `base` and `head`. It judges nothing and
 * words nothing; severity, gates and rendering are made from it.
 */

export const COMPARISON_FORMAT = 'daybook/comparison/1';

export type Cell = string | null;

export interface SideSummary {
  /** A snapshot's citation, or a commit's name. */
  label: string;
  report: string;
  asOf: AsOf | null;
  rows: number;
  data: Digest;
}

interface ComparedSides {
  format: typeof COMPARISON_FORMAT;
  base: SideSummary;
  head: SideSummary;
}

/**
 * `equal`: same columns, rows, metrics and check outcomes, doubles within the tolerance. `incomparable` is neither
 * equal nor different: nothing may be concluded from it.
 */
export type Comparison = (ComparedSides & { kind: 'equal' | 'different' } & Differences) | (ComparedSides & { kind: 'incomparable'; reason: 'report' | 'columns' });

/** One that something may be concluded from. */
export type ConclusiveComparison = Exclude<Comparison, { kind: 'incomparable' }>;

export interface Differences {
  schema: SchemaChange;
  key: KeyHealth;
  rows: RowCounts;
  cells: CellCounts | null;
  tolerance: typeof TOLERANCE;
  columns: ColumnComparison[];
  metrics: MetricComparison[];
  /** Only those that differ in more than the value found. */
  checks: CheckComparison[];
  samples: Samples;
  /** What the rows that differ have in common, the most telling first; without it, nothing that is looked for. Rows that were matched in script are not looked at. */
  patterns?: Pattern[];
}

/** Doubles are equal within |a − b| ≤ max(absolute, relative × max(|a|, |b|)); all else is equal or not. */
export const TOLERANCE = { relative: 1e-9, absolute: 1e-12 } as const;

export interface SchemaChange {
  added: { name: string; type: string }[];
  removed: { name: string; type: string }[];
  /** `lossy`: the new type does not hold every value of the old one. */
  retyped: { name: string; from: string; to: string; lossy: boolean }[];
  /**
   * `declared`: the report says so. The others only look renamed: of one type, one gone and one new, with the same values
   * in all rows that match. Any other column of another name is another column.
   */
  renamed: { from: string; to: string; declared: boolean }[];
  /** Of columns that both have: in which rows they are NULL, where that is another part of them, however small. Empty where a side has no rows. */
  nullability: { column: string; from: 'never' | 'sometimes' | 'always'; to: 'never' | 'sometimes' | 'always' }[];
  /** The columns that both have stand in another order. */
  reordered: boolean;
}

export interface KeyHealth {
  /**
   * How rows were matched: by key where it is there and unique on both sides, or has no column and each side has one row; else
   * as a multiset, in which equal rows cancel out one by one and a changed row is one removed and one added. `identical`:
   * both sides have the same bytes, and nothing was matched.
   */
  mode: 'keyed' | 'multiset' | 'identical';
  /** Why not by key. */
  reason: 'none' | 'absent' | 'duplicates' | null;
  /** Names on the head's side. */
  columns: string[];
  /** Rows whose key another row has too, beyond the first; rows with a NULL in the key. Null where that was not counted. */
  duplicates: { base: number; head: number } | null;
  nulls: { base: number; head: number } | null;
}

/** base − removed + added = head, and base − removed − modified = unchanged. */
export interface RowCounts {
  base: number;
  head: number;
  added: number;
  removed: number;
  modified: number;
  unchanged: number;
}

/** Cells of the rows that are on both sides, in the columns that are, without the key's. Null for a multiset. */
interface CellCounts {
  compared: number;
  changed: number;
  /** Doubles that differ, but within the tolerance. */
  withinTolerance: number;
}

/**
 * How a pair of columns was compared: by exact canonical text; as decimal numbers (19.990 = 19.99); as doubles, with
 * tolerance; a date as the first instant of its day; or, where the types have nothing in common, by their texts.
 */
export type Comparing = 'exact' | 'number' | 'double' | 'instant' | 'text';

export interface ColumnComparison {
  /** On the head's side, where it is there. */
  name: string;
  comparing: Comparing | null;
  /** Cells that differ beyond the tolerance, and within it; null for a key, a multiset and a column of one side. */
  changed: number | null;
  withinTolerance: number | null;
  /** Null where the column is not there, where both sides have the same bytes, and where rows were matched in script. */
  base: Profile | null;
  head: Profile | null;
}

export interface Profile {
  nulls: number;
  distinct: number;
  /** Text as in the rows; null without values, and for types without an order. */
  min: Cell;
  max: Cell;
  /** Null for what is no number; exact unless it has more than 38 digits. */
  sum: Cell;
  mean: number | null;
}

export interface MetricComparison {
  name: string;
  before: MetricValue | null;
  after: MetricValue | null;
  change: MetricChange;
}

/** `ratio`: the difference as a share of the value before; null from zero, which has no percentage. */
export type MetricChange =
  | { kind: 'same' }
  | { kind: 'changed'; difference: string; ratio: number | null }
  | { kind: 'added' }
  | { kind: 'removed' }
  | { kind: 'incomparable'; reason: 'no-value-before' | 'no-value-after' | 'not-finite' };

/** A check that came, went, passes no more or again, or has another bound. */
export interface CheckComparison {
  kind: 'added' | 'removed' | 'fails' | 'passes' | 'bound';
  before: CheckResult | null;
  after: CheckResult | null;
}

/** The first rows of each kind in the order of the rows; `total` says how many there are. */
export interface Samples {
  /** Most rows of each; null: all of them. */
  limit: number | null;
  added: Sample<WholeRow>;
  removed: Sample<WholeRow>;
  modified: Sample<ModifiedRow>;
}

export interface Sample<T> {
  total: number;
  /** Names of the columns of `cells`, or of `key`. */
  columns: string[];
  rows: T[];
}

export interface WholeRow {
  cells: Cell[];
  /** How often the row came or went; 1 where rows are matched by key. */
  count: number;
}

export interface ModifiedRow {
  key: Cell[];
  changes: { column: string; before: Cell; after: Cell }[];
}
