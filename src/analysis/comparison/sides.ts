import type { AsOf } from '../../snapshot/as-of.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import type { Result } from '../../snapshot/manifest.ts';
import { pairColumns, schemaChange, type Pair, type Renames } from './column-pairs.ts';
import { COMPARISON_FORMAT, TOLERANCE, type Comparison, type SideSummary } from './comparison.ts';
import { compareChecks, compareMetrics } from './metrics.ts';
import type { RowDifferences } from './tables.ts';

/*
 * What a comparison is made of besides the matching of rows: by SQL (compare.ts) or in script (kept.ts). Nothing
 * here needs more than a browser has.
 */

/** One of the two results, without its rows. */
export interface ComparedSide {
  /** A snapshot's citation, or a commit's name. */
  label: string;
  report: string;
  asOf: AsOf | null;
  data: Digest;
  result: Result;
}

/** The columns that both have; or why nothing may be concluded. */
export function pairsOf(base: ComparedSide, head: ComparedSide, renames: Renames): Pair[] | Comparison {
  const compared = { format: COMPARISON_FORMAT, base: sideOf(base), head: sideOf(head), kind: 'incomparable' } as const;
  if (base.report !== head.report) return { ...compared, reason: 'report' };
  const pairs = pairColumns(base.result.columns, head.result.columns, renames);
  return pairs.length === 0 ? { ...compared, reason: 'columns' } : pairs;
}

/** See comparison.ts for what equal means. */
export function conclude(base: ComparedSide, head: ComparedSide, pairs: readonly Pair[], { nullability, ...found }: RowDifferences, declared: Renames = {}): Comparison {
  const schema = { ...schemaChange(base.result.columns, head.result.columns, pairs, declared), nullability };
  const metrics = compareMetrics(base.result.metrics, head.result.metrics);
  const checks = compareChecks(base.result.checks, head.result.checks, schema.renamed);
  const same = [schema.added, schema.removed, schema.retyped, schema.renamed, checks].every((list) => list.length === 0) && !schema.reordered
    && found.rows.added + found.rows.removed + found.rows.modified === 0 && metrics.every(({ change }) => change.kind === 'same');
  return { format: COMPARISON_FORMAT, base: sideOf(base), head: sideOf(head), kind: same ? 'equal' : 'different', schema, tolerance: TOLERANCE, metrics, checks, ...found };
}

function sideOf({ label, report, asOf, data, result }: ComparedSide): SideSummary {
  return { label, report, asOf, rows: result.rows.count, data };
}

/** The same bytes are the same rows: nothing is read. Null where they differ, or their columns do. */
export function identicalRows({ result: a }: ComparedSide, { result: b }: ComparedSide, pairs: readonly Pair[], key: readonly string[], limit: number | null): RowDifferences | null {
  const sameColumns = a.columns.length === b.columns.length && a.columns.every(({ name, type }, index) => name === b.columns[index]!.name && type === b.columns[index]!.type);
  if (a.rows.sha256 !== b.rows.sha256 || !sameColumns) return null;
  const { count } = b.rows;
  const names = b.columns.map(({ name }) => name);
  const keyed = key.length > 0 && key.every((name) => names.includes(name));
  const others = pairs.filter(({ name }) => !keyed || !key.includes(name));
  const none = { total: 0, columns: names, rows: [] };
  return {
    key: { mode: 'identical', reason: null, columns: [...key], duplicates: null, nulls: null },
    rows: { base: count, head: count, added: 0, removed: 0, modified: 0, unchanged: count },
    cells: { compared: count * others.length, changed: 0, withinTolerance: 0 },
    columns: pairs.map((pair) => ({ name: pair.name, comparing: pair.comparing, changed: others.includes(pair) ? 0 : null, withinTolerance: others.includes(pair) ? 0 : null, base: null, head: null })),
    samples: { limit, added: none, removed: none, modified: { ...none, columns: keyed ? [...key] : [] } },
    nullability: [],
  };
}
