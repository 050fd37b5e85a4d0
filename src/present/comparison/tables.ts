import type { Cell, Comparison, ConclusiveComparison, MetricComparison, ModifiedRow, Sample, WholeRow } from '../../analysis/comparison/comparison.ts';
import { count } from '../../snapshot/count.ts';
import { firstDifference } from '../cell.ts';
import { NO_VALUE } from '../number.ts';
import { bySize, comparisonWords, IN_COMMON, metricCells, type MetricNames } from './comparison.ts';
import { readable } from './readable.ts';

/** A comparison as tables for a page: plain text, cell by cell. */
export interface ComparisonTables {
  kind: Comparison['kind'];
  /** One sentence. */
  verdict: string;
  /** How the rows add up, how they were matched, what else is to be said in lines. */
  notes: { title: string; lines: string[] }[];
  tables: ComparisonTable[];
}

export interface ComparisonTable {
  title: string;
  head: string[];
  rows: TableCell[][];
  /** Places of the columns with numbers. */
  numbers: number[];
  /** What is not listed; null where all is. */
  more: string | null;
}

export interface TableCell {
  text: string;
  /** There is no value. */
  missing: boolean;
}

/** Longer texts are cut: around where they differ, else at their end. */
const LONGEST = 400;
/** Characters before the first that differs. */
const BEFORE = 100;

/** What a review knows of metrics besides: their order, where it is not that of their changes, and what else is to be said of one’s change. */
export interface ReviewedMetrics {
  metrics: readonly MetricComparison[];
  /** By a metric’s name; empty where there is nothing. */
  more: (metric: string) => string;
}

/**
 * Empty tables and notes are left out. Of `incomparable` there is nothing but the verdict.
 * @param reviewed where the comparison is part of a review
 */
export function comparisonTables(comparison: Comparison, names: MetricNames, reviewed?: ReviewedMetrics): ComparisonTables {
  const { verdict, sections } = comparisonWords(comparison, names);
  if (comparison.kind === 'incomparable') return { kind: comparison.kind, verdict, notes: [], tables: [] };
  const { samples, key } = readable(comparison);
  const metrics = reviewed?.metrics ?? bySize(comparison.metrics);
  const lines = (title: string): string[] => sections.find((section) => section.title === title)?.lines ?? [];
  const notes = [
    { title: IN_COMMON, lines: lines(IN_COMMON) },
    { title: 'Rows', lines: [invariantWords(comparison), ...lines('Rows').slice(1)] },
    { title: 'Columns', lines: lines('Columns') },
    { title: 'Checks', lines: lines('Checks') },
  ];
  const tables: ComparisonTable[] = [
    { title: 'Metrics', head: ['Metric', 'Before', 'After', 'Change'], rows: metrics.map((metric) => metricRow(metricCells(metric, names), reviewed?.more(metric.name))), numbers: [1, 2], more: null },
    {
      title: 'Rows changed', head: [...samples.modified.columns, 'Column', 'Before', 'After'], numbers: [],
      rows: samples.modified.rows.flatMap(modifiedCells), more: moreWords(samples.modified, 'row'),
    },
    wholeTable('Rows added', samples.added, key.mode === 'multiset'),
    wholeTable('Rows removed', samples.removed, key.mode === 'multiset'),
  ];
  return { kind: comparison.kind, verdict, notes: notes.filter((note) => note.lines.length > 0), tables: tables.filter(({ rows }) => rows.length > 0) };
}

/** `1,000 before − 2 removed + 3 added = 1,001 after; of the 998 in both, 12 changed and 986 are the same` */
function invariantWords({ rows, key }: ConclusiveComparison): string {
  const { base, head, added, removed, modified, unchanged } = rows;
  const same = `${count(unchanged)} ${unchanged === 1 ? 'is' : 'are'} the same`;
  const both = key.mode === 'multiset' ? same : `of the ${count(base - removed)} in both, ${count(modified)} changed and ${same}`;
  return `${count(base)} before − ${count(removed)} removed + ${count(added)} added = ${count(head)} after; ${both}`;
}

function metricRow({ label, before, after, difference }: ReturnType<typeof metricCells>, more = ''): TableCell[] {
  return [label, before, after, [difference, more].filter(Boolean).join('; ')].map((text) => ({ text, missing: text === NO_VALUE }));
}

/** A line a cell; the key stands before each. */
function modifiedCells({ key, changes }: ModifiedRow): TableCell[][] {
  return changes.map(({ column, before, after }) => {
    return [...key.map((cell) => cellOf(cell)), { text: column, missing: false }, ...pairOf(before, after)];
  });
}

/** Long ones show where they differ. */
export function pairOf(before: Cell, after: Cell): [before: TableCell, after: TableCell] {
  const from = before !== null && after !== null ? Math.max(0, firstDifference(before, after) - BEFORE) : 0;
  return [cellOf(before, from), cellOf(after, from)];
}

function wholeTable(title: string, sample: Sample<WholeRow>, isCounted: boolean): ComparisonTable {
  const often = isCounted && sample.rows.some((row) => row.count > 1);
  return {
    title, head: [...sample.columns, ...(often ? ['Times'] : [])], numbers: often ? [sample.columns.length] : [],
    rows: sample.rows.map((row) => [...row.cells.map((cell) => cellOf(cell)), ...(often ? [{ text: count(row.count), missing: false }] : [])]), more: moreWords(sample, 'row'),
  };
}

function moreWords({ total, rows }: Sample<WholeRow> | Sample<ModifiedRow>, noun: string): string | null {
  const listed = rows.reduce((sum, row) => sum + ('count' in row ? row.count : 1), 0);
  return listed < total ? `The first ${count(listed)} of ${count(total)} ${noun}s.` : null;
}

/**
 * A cell of at most 400 characters; `missing` for NULL and for empty text, which are told apart in words.
 * @param from where the part of a longer one begins
 */
export function cellOf(cell: Cell, from = 0): TableCell {
  if (cell === null) return { text: NO_VALUE, missing: true };
  if (cell === '') return { text: 'empty text', missing: true };
  if (cell.length <= LONGEST) return { text: cell, missing: false };
  return { text: `${from > 0 ? '…' : ''}${cell.slice(from, from + LONGEST)}${from + LONGEST < cell.length ? '…' : ''}`, missing: false };
}
