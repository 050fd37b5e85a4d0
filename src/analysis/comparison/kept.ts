import { DaybookError } from '../../error.ts';
import { decodeCsv, type Row } from '../../snapshot/csv.ts';
import type { Column, Manifest } from '../../snapshot/manifest.ts';
import { equalCells, normal } from './cell-equality.ts';
import { pairColumns, type Pair, type Renames } from './column-pairs.ts';
import type { ColumnComparison, Comparison, KeyHealth, Sample, Samples, WholeRow } from './comparison.ts';
import { nullabilityOf } from './nullability.ts';
import { RENAME_ROUNDS } from './rename-candidates.ts';
import { inferKeptRenames, type KeptSide } from './renames-kept.ts';
import { isSingle, matchRows, matchSingle, samplesOf, type RowMatch, type RowPair } from './row-match.ts';
import { conclude, identicalRows, pairsOf, type ComparedSide } from './sides.ts';
import type { RowDifferences } from './tables.ts';

/** A kept snapshot with its rows as canonical CSV. */
export interface KeptResult {
  manifest: Manifest;
  csv: Uint8Array;
}

/**
 * Compares two kept snapshots in script: what `compareResults` says of them, without the profiles of columns. For
 * results of a report's size; needs nothing that a browser does not have.
 * @param key names of the columns that identify a row; none for a multiset
 * @param limit most rows of each sample; null for all
 * @param declared what the report says of its columns; those that only look renamed are found
 * @throws `snapshot-broken` where the rows are not what the manifest says
 */
export function compareKept(base: KeptResult, head: KeptResult, key: readonly string[], limit: number | null, declared: Renames = {}): Comparison {
  const [before, after] = [sideOf(base.manifest), sideOf(head.manifest)];
  const pairs = pairsOf(before, after, declared);
  if (!Array.isArray(pairs)) return pairs;
  const identical = identicalRows(before, after, pairs, key, limit);
  if (identical) return conclude(before, after, pairs, identical, declared);
  const [a, b] = [{ columns: base.manifest.columns, rows: rowsOf(base) }, { columns: head.manifest.columns, rows: rowsOf(head) }];
  const { match, pairs: all } = matchRenamed(a, b, pairs, key, declared);
  return conclude(before, after, all, differencesOf(a, b, match, all, key, limit), declared);
}

/** Rows as they match once columns that look renamed are found. */
function matchRenamed(base: KeptSide, head: KeptSide, known: readonly Pair[], key: readonly string[], declared: Renames): { match: RowMatch; pairs: readonly Pair[] } {
  let [pairs, renames] = [known, declared];
  const matched = (): RowMatch => (isSingle(key, base.rows.length, head.rows.length) ? matchSingle(base.rows[0]!, head.rows[0]!, pairs) : matchRows(base.rows, head.rows, pairs, key));
  let match = matched();
  for (let round = 0; round < RENAME_ROUNDS; round += 1) {
    const inferred = inferKeptRenames(base, head, pairs, key, match);
    if (Object.keys(inferred).length === 0) break;
    renames = { ...inferred, ...renames };
    pairs = pairColumns(base.columns, head.columns, renames);
    match = matched();
  }
  return { match, pairs };
}

function sideOf(manifest: Manifest): ComparedSide {
  const { report, as_of: asOf, version, data } = manifest;
  return { label: `${report}@${asOf}.v${version}`, report, asOf, data, result: manifest };
}

function rowsOf({ manifest, csv }: KeptResult): Row[] {
  const { names, rows } = decodeCsv(csv);
  if (rows.length !== manifest.rows.count || names.length !== manifest.columns.length || names.some((name, index) => name !== manifest.columns[index]!.name)) {
    throw new DaybookError('snapshot-broken', `the rows of ${sideOf(manifest).label} are not what its manifest says`);
  }
  return rows;
}

function differencesOf({ columns: a, rows: before }: KeptSide, { columns: b, rows: after }: KeptSide, match: RowMatch, pairs: readonly Pair[], key: readonly string[], limit: number | null): RowDifferences {
  const keyed = match.mode === 'keyed';
  const keyPairs = key.flatMap((name) => pairs.filter((pair) => pair.name === name));
  const others = keyed ? pairs.filter((pair) => !keyPairs.includes(pair)) : [];
  const cells = new Map(others.map((pair) => [pair, cellsOf(pair, match)]));
  const rows = { base: before.length, head: after.length, added: match.added.length, removed: match.removed.length, modified: match.modified.length, unchanged: match.unchanged };
  const sum = (count: 'changed' | 'withinTolerance'): number => [...cells.values()].reduce((total, one) => total + one[count], 0);
  const current = b.map(({ name }, index): ColumnComparison => {
    const pair = pairs.find((one) => one.head === index);
    return { name, comparing: pair?.comparing ?? null, ...((pair && cells.get(pair)) ?? NO_CELLS), base: null, head: null };
  });
  const gone = a.filter((_, index) => !pairs.some((pair) => pair.base === index)).map(({ name }): ColumnComparison => ({ name, comparing: null, ...NO_CELLS, base: null, head: null }));
  return {
    key: keyHealth(match, keyPairs, key, before, after), rows,
    cells: keyed ? { compared: (rows.base - rows.removed) * others.length, changed: sum('changed'), withinTolerance: sum('withinTolerance') } : null,
    columns: [...current, ...gone],
    nullability: nullabilityOf(pairs.map(({ name, ...at }) => ({ name, base: nullsOf(before, at.base), head: nullsOf(after, at.head) })), rows),
    samples: keyed ? samplesOf(match, a, b, pairs, key, limit) : counted(match, keyPairs, a, b, limit),
  };
}

function nullsOf(rows: readonly Row[], column: number): number {
  return rows.reduce((count, row) => count + (row[column] === null ? 1 : 0), 0);
}

const NO_CELLS = { changed: null, withinTolerance: null };

/** How many cells of a column differ, and how many only within the tolerance: doubles alone can. */
function cellsOf({ comparing, base, head }: Pair, { modified, near }: RowMatch): { changed: number; withinTolerance: number } {
  const count = (pairs: readonly RowPair[], isCounted: (a: string | null, b: string | null) => boolean): number => pairs.filter(({ before, after }) => isCounted(before[base]!, after[head]!)).length;
  const isNear = (a: string | null, b: string | null): boolean => a !== null && b !== null && Number(a) !== Number(b) && Number.isFinite(Number(a)) && equalCells(comparing, a, b);
  return { changed: count(modified, (a, b) => !equalCells(comparing, a, b)), withinTolerance: comparing === 'double' ? count([...modified, ...near], isNear) : 0 };
}

function keyText(side: 'base' | 'head', row: Row, keyPairs: readonly Pair[]): string {
  return JSON.stringify(keyPairs.map((pair) => { const cell = row[pair[side]]!; return cell === null ? null : normal(pair.comparing, cell); }));
}

function keyHealth({ mode }: RowMatch, keyPairs: readonly Pair[], key: readonly string[], base: readonly Row[], head: readonly Row[]): KeyHealth {
  const columns = [...key];
  if (isSingle(key, base.length, head.length)) return { mode, reason: null, columns, duplicates: { base: 0, head: 0 }, nulls: { base: 0, head: 0 } };
  if (key.length === 0 || keyPairs.length < key.length) return { mode: 'multiset', reason: key.length === 0 ? 'none' : 'absent', columns, duplicates: null, nulls: null };
  const both = (count: (side: 'base' | 'head', rows: readonly Row[]) => number): { base: number; head: number } => ({ base: count('base', base), head: count('head', head) });
  const duplicates = both((side, rows) => rows.length - new Set(rows.map((row) => keyText(side, row, keyPairs))).size);
  const nulls = both((side, rows) => rows.filter((row) => keyPairs.some((pair) => row[pair[side]] === null)).length);
  return { mode, reason: mode === 'keyed' ? null : 'duplicates', columns, duplicates, nulls };
}

/** Of a multiset, equal rows are told once, with how often. */
function counted({ added, removed }: RowMatch, keyPairs: readonly Pair[], base: readonly Column[], head: readonly Column[], limit: number | null): Samples {
  const fold = (rows: readonly Row[], columns: readonly Column[]): Sample<WholeRow> => {
    const groups = [...Map.groupBy(rows, (row) => JSON.stringify(row)).values()];
    return { total: rows.length, columns: columns.map(({ name }) => name), rows: groups.slice(0, limit ?? groups.length).map((same) => ({ cells: [...same[0]!], count: same.length })) };
  };
  return { limit, added: fold(added, head), removed: fold(removed, base), modified: { total: 0, columns: keyPairs.map(({ name }) => name), rows: [] } };
}
