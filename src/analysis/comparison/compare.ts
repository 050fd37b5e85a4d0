import { DaybookError } from '../../error.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { Row } from '../../snapshot/csv.ts';
import { dataDigest, type Result } from '../../snapshot/manifest.ts';
import { findPatterns } from '../pattern/find.ts';
import { pairColumns, type Renames } from './column-pairs.ts';
import type { Comparison } from './comparison.ts';
import { profileColumns, type Query } from './profile.ts';
import { RENAME_ROUNDS } from './rename-candidates.ts';
import { inferRenames } from './renames.ts';
import { conclude, identicalRows, pairsOf, type ComparedSide } from './sides.ts';
import { heldPairs, heldTypes, type SideName } from './sql.ts';
import { compareTables, pairsOfKey, type ComparedTables, type RowDifferences, type Tables } from './tables.ts';

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
  /** What the report says of its columns; those that only look renamed are found. */
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
  return (await compareLoaded(base, head, engine, options)).comparison;
}

/**
 * The same, with what was loaded for it; null where nothing was: both have the same bytes, or they are incomparable.
 * @throws as `compareResults`
 */
export async function compareLoaded(base: ComparedResult, head: ComparedResult, engine: ComparisonEngine, { key, renames = {}, limit = LIMIT }: CompareOptions): Promise<{ comparison: Comparison; tables: ComparedTables | null }> {
  const [before, after] = [sideOf(base), sideOf(head)];
  const pairs = pairsOf(before, after, renames);
  if (!Array.isArray(pairs)) return { comparison: pairs, tables: null };
  const identical = identicalRows(before, after, pairs, key, limit);
  if (identical) return { comparison: conclude(before, after, pairs, identical, renames), tables: null };
  const { tables, found } = await compareRows(base, head, engine, key, renames, limit);
  const matched = found.key.mode === 'keyed' ? pairsOfKey(tables.pairs, key) : null;
  return { comparison: conclude(before, after, tables.pairs, found, renames), tables: { ...tables, key: matched, counts: found.rows, columns: found.columns } };
}

/**
 * A result that has nothing to be compared with, for its distributions.
 * @throws as `compareResults`
 */
export async function loadAlone(result: ComparedResult, engine: ComparisonEngine): Promise<ComparedTables> {
  const { columns, rows } = result.result;
  const types = heldTypes('head', columns, []);
  await load(engine, 'head', result, types);
  const query: Query = (sql, inOrder) => engine.query(sql, inOrder);
  const profiles = await profileColumns(query, 'head', columns, types, [...columns.keys()], null);
  return {
    query, base: null, head: { columns, types, rows: rows.count }, pairs: [], key: null,
    counts: { base: 0, head: rows.count, added: rows.count, removed: 0, modified: 0, unchanged: 0 },
    columns: columns.map(({ name }, index) => ({ name, comparing: null, changed: null, withinTolerance: null, base: null, head: profiles[index]! })),
  };
}

function sideOf({ label, report, asOf, result }: ComparedResult): ComparedSide {
  return { label, report, asOf, data: dataDigest(result), result };
}

async function compareRows(base: ComparedResult, head: ComparedResult, engine: ComparisonEngine, key: readonly string[], declared: Renames, limit: number | null): Promise<{ tables: Tables; found: RowDifferences }> {
  const [a, b] = [base.result, head.result];
  let renames = declared;
  const tablesOf = (): Tables => {
    const pairs = heldPairs(pairColumns(a.columns, b.columns, renames), a.columns, b.columns);
    const sides = { base: { columns: a.columns, types: heldTypes('base', a.columns, pairs), rows: a.rows.count }, head: { columns: b.columns, types: heldTypes('head', b.columns, pairs), rows: b.rows.count } };
    return { query: (sql, inOrder) => engine.query(sql, inOrder), ...sides, pairs, key, limit };
  };
  let tables = tablesOf();
  // Where one side is refused, the other one has to be done with too: the engine may be asked for the next comparison at once.
  const loads = await Promise.allSettled([load(engine, 'base', base, tables.base.types), load(engine, 'head', head, tables.head.types)]);
  for (const one of loads) if (one.status === 'rejected') throw one.reason;
  let found = await compareTables(tables);
  for (let round = 0; round < RENAME_ROUNDS; round += 1) {
    const inferred = await inferRenames(tables, found);
    if (Object.keys(inferred).length === 0) break;
    renames = { ...inferred, ...renames };
    // Columns of one type are held as they were, so that nothing has to be loaded again.
    tables = tablesOf();
    found = await compareTables(tables);
  }
  const patterns = await findPatterns(tables, found);
  return { tables, found: patterns.length > 0 ? { ...found, patterns } : found };
}

async function load(engine: ComparisonEngine, side: SideName, { label, result, csv }: ComparedResult, types: readonly string[]): Promise<void> {
  const count = await engine.load(side, csv, types);
  if (count !== result.rows.count) throw new DaybookError('snapshot-broken', `${label} has ${count} rows where its manifest says ${result.rows.count}`);
}
