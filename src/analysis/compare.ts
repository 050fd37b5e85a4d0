import { DaybookError } from '../error.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import type { Row } from '../snapshot/csv.ts';
import { dataDigest, type Result } from '../snapshot/manifest.ts';
import type { Pair, Renames } from './column-pairs.ts';
import { conclude, identicalRows, pairsOf, type ComparedSide } from './compare-sides.ts';
import { heldPairs, heldTypes, type SideName } from './compare-sql.ts';
import { compareTables, type RowDifferences } from './compare-tables.ts';
import type { Comparison } from './comparison.ts';

/** One of the two results, with its rows as canonical CSV. */
export interface ComparedResult {
  /** A snapshot's citation, or a commit's name. */
  label: string;
  report: string;
  asOf: AsOf | null;
  result: Result;
  csv: Uint8Array;
}

/** What runs the SQL of a comparison, in the order of asking; it serves one comparison at a time. */
export interface ComparisonEngine {
  /** Makes, or makes again, a table with columns c0, c1, … of these types from canonical CSV. Returns its number of rows. */
  load(table: SideName, csv: Uint8Array, types: readonly string[]): Promise<number>;
  /**
   * Runs one statement; rows are text cells as a snapshot's.
   * @param inOrder row after row: sums of doubles depend on the order
   */
  query(sql: string, inOrder?: boolean): Promise<Row[]>;
}

export interface CompareOptions {
  /** Names of the columns that identify a row; none for a multiset. */
  key: readonly string[];
  renames?: Renames;
  /** Most rows of each sample; null for all. */
  limit?: number | null;
}

const LIMIT = 20;

/**
 * Compares two results of one report. See comparison.ts for what equal means.
 * @throws `snapshot-broken` where the rows are not as many as the result says, and what the engine throws
 */
export async function compareResults(base: ComparedResult, head: ComparedResult, engine: ComparisonEngine, options: CompareOptions): Promise<Comparison> {
  const [before, after] = [sideOf(base), sideOf(head)];
  const pairs = pairsOf(before, after, options.renames ?? {});
  if (!Array.isArray(pairs)) return pairs;
  const { key, limit = LIMIT } = options;
  const found = identicalRows(before, after, pairs, key, limit) ?? (await compareRows(base, head, pairs, engine, key, limit));
  return conclude(before, after, pairs, found);
}

function sideOf({ label, report, asOf, result }: ComparedResult): ComparedSide {
  return { label, report, asOf, data: dataDigest(result), result };
}

async function compareRows(base: ComparedResult, head: ComparedResult, pairs: readonly Pair[], engine: ComparisonEngine, key: readonly string[], limit: number | null): Promise<RowDifferences> {
  const [a, b] = [base.result, head.result];
  const held = heldPairs(pairs, a.columns, b.columns);
  const sides = { base: { columns: a.columns, types: heldTypes('base', a.columns, held), rows: a.rows.count }, head: { columns: b.columns, types: heldTypes('head', b.columns, held), rows: b.rows.count } };
  await Promise.all([load(engine, 'base', base, sides.base.types), load(engine, 'head', head, sides.head.types)]);
  return compareTables({ query: (sql, inOrder) => engine.query(sql, inOrder), ...sides, pairs: held, key, limit });
}

async function load(engine: ComparisonEngine, side: SideName, { label, result, csv }: ComparedResult, types: readonly string[]): Promise<void> {
  const count = await engine.load(side, csv, types);
  if (count !== result.rows.count) throw new DaybookError('snapshot-broken', `${label} has ${count} rows where its manifest says ${result.rows.count}`);
}
