import { DaybookError } from '../error.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import type { Row } from '../snapshot/csv.ts';
import { digestJson } from '../snapshot/canonical.ts';
import { dataDigest, type Result } from '../snapshot/manifest.ts';
import { pairColumns, schemaChange, type Pair, type Renames } from './column-pairs.ts';
import { compareChecks, compareMetrics } from './compare-metrics.ts';
import { heldPairs, heldTypes, type SideName } from './compare-sql.ts';
import { compareTables, type RowDifferences } from './compare-tables.ts';
import { COMPARISON_FORMAT, TOLERANCE, type Comparison, type Side } from './comparison.ts';

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
  const compared = { format: COMPARISON_FORMAT, base: sideOf(base), head: sideOf(head) } as const;
  if (base.report !== head.report) return { ...compared, kind: 'incomparable', reason: 'report' };
  const pairs = pairColumns(base.result.columns, head.result.columns, options.renames ?? {});
  if (pairs.length === 0) return { ...compared, kind: 'incomparable', reason: 'columns' };
  const schema = schemaChange(base.result.columns, head.result.columns, pairs);
  const found = await compareRows(base, head, pairs, engine, options);
  const metrics = compareMetrics(base.result.metrics, head.result.metrics);
  const checks = compareChecks(base.result.checks, head.result.checks);
  const same = [schema.added, schema.removed, schema.retyped, schema.renamed, checks].every((list) => list.length === 0) && !schema.reordered
    && found.rows.added + found.rows.removed + found.rows.modified === 0 && metrics.every(({ change }) => change.kind === 'same');
  return { ...compared, kind: same ? 'equal' : 'different', schema, tolerance: TOLERANCE, metrics, checks, ...found };
}

function sideOf({ label, report, asOf, result }: ComparedResult): Side {
  return { label, report, asOf, rows: result.rows.count, data: dataDigest(result) };
}

async function compareRows(base: ComparedResult, head: ComparedResult, pairs: readonly Pair[], engine: ComparisonEngine, { key, limit = LIMIT }: CompareOptions): Promise<RowDifferences> {
  const [a, b] = [base.result, head.result];
  if (a.rows.sha256 === b.rows.sha256 && digestJson(a.columns) === digestJson(b.columns)) return identicalRows(b, pairs, key, limit);
  const held = heldPairs(pairs, a.columns, b.columns);
  const sides = { base: { columns: a.columns, types: heldTypes('base', a.columns, held), rows: a.rows.count }, head: { columns: b.columns, types: heldTypes('head', b.columns, held), rows: b.rows.count } };
  await Promise.all([load(engine, 'base', base, sides.base.types), load(engine, 'head', head, sides.head.types)]);
  return compareTables({ query: (sql, inOrder) => engine.query(sql, inOrder), ...sides, pairs: held, key, limit });
}

async function load(engine: ComparisonEngine, side: SideName, { label, result, csv }: ComparedResult, types: readonly string[]): Promise<void> {
  const count = await engine.load(side, csv, types);
  if (count !== result.rows.count) throw new DaybookError('snapshot-broken', `${label} has ${count} rows where its manifest says ${result.rows.count}`);
}

/** The same bytes are the same rows: nothing is read. */
function identicalRows({ columns, rows: { count } }: Result, pairs: readonly Pair[], key: readonly string[], limit: number | null): RowDifferences {
  const names = columns.map(({ name }) => name);
  const keyed = key.length > 0 && key.every((name) => names.includes(name));
  const others = pairs.filter(({ name }) => !keyed || !key.includes(name));
  const none = { total: 0, columns: names, rows: [] };
  return {
    key: { mode: 'identical', reason: null, columns: [...key], duplicates: null, nulls: null },
    rows: { base: count, head: count, added: 0, removed: 0, modified: 0, unchanged: count },
    cells: { compared: count * others.length, changed: 0, withinTolerance: 0 },
    columns: pairs.map((pair) => ({ name: pair.name, comparing: pair.comparing, changed: others.includes(pair) ? 0 : null, withinTolerance: others.includes(pair) ? 0 : null, base: null, head: null })),
    samples: { limit, added: none, removed: none, modified: { ...none, columns: keyed ? [...key] : [] } },
  };
}
