import type { Report } from '../../report/report.ts';
import { isSalted } from '../../snapshot/canonical.ts';
import type { KeptSnapshot } from '../../snapshot/checkout.ts';
import { decodeCsv, type Row } from '../../snapshot/csv.ts';
import { citationOf, type Column, type Manifest } from '../../snapshot/manifest.ts';
import type { ChangeRecord, RestatedRow } from '../../snapshot/records.ts';
import { pairColumns, type Pair } from '../comparison/column-pairs.ts';
import { matchRows, samplesOf, type RowMatch } from '../comparison/row-match.ts';
import { datedRows, restatedValues, spansOf, type DatedRows } from './restatement.ts';

/** What of a report says how two of its snapshots are told apart. */
export type ChangeDefinition = Pick<Report, 'key' | 'time' | 'metrics' | 'personal'>;

/** Most that an entry has of each; a job may correct thousands of reports, and its entry is read by every later one. */
const FIRST = { rows: 50, metrics: 50, characters: 20_000 };
const ALL: typeof FIRST = { rows: Infinity, metrics: Infinity, characters: Infinity };

interface ChangeOptions {
  /** Every restated row and metric, not only the first that an entry has. */
  all?: boolean;
}

const NONE: ChangeRecord['rows'] = { entered: 0, modified: 0, deleted: 0, left: 0 };

/**
 * What a kept snapshot changes against the one before it: rows, and what of them and of the metrics readers had been
 * told otherwise. Restated are periods that the base's as-of had completed and that both speak of; without `time`, all
 * where the as-of is the same. A new period is no restatement, and neither is one that a moving window left behind, nor
 * what cannot be compared: a new column or metric, rows of another grain.
 * @throws `snapshot-broken` where rows are not canonical, or a cell is not of its column's type
 */
export function changeRecord(base: KeptSnapshot | null, head: KeptSnapshot, report: ChangeDefinition, { all = false }: ChangeOptions = {}): ChangeRecord {
  const { manifest } = head;
  const record = { report: manifest.report, as_of: manifest.as_of, version: manifest.version, base: base && citationOf(base.manifest) };
  if (base === null) return { ...record, rows: { ...NONE, entered: manifest.rows.count }, restated: null };
  if (isSame(base.manifest, manifest)) return { ...record, rows: NONE, restated: null };
  return { ...record, ...differences(base, head, report, all ? ALL : FIRST) };
}

/** The same rows and headlines: nothing is read. */
function isSame(base: Manifest, head: Manifest): boolean {
  const told = ({ rows, columns, metrics }: Manifest): string => JSON.stringify([rows.sha256, columns, metrics]);
  return told(base) === told(head);
}

function differences(earlier: KeptSnapshot, later: KeptSnapshot, report: ChangeDefinition, most: typeof FIRST): Pick<ChangeRecord, 'rows' | 'restated'> {
  const { key, time } = report;
  const [base, head] = [earlier, later].map(({ manifest, csv }) => datedRows(manifest, decodeCsv(csv).rows, time)) as [DatedRows, DatedRows];
  const [from, to] = [earlier.manifest.columns, later.manifest.columns];
  const pairs = pairColumns(from, to, {});
  if (pairs.length === 0) return { rows: { ...NONE, entered: head.rows.length, deleted: base.rows.length }, restated: null };

  const match = matchRows(base.rows, head.rows, pairs, key);
  const spans = time ? spansOf(base, head, time) : null;
  const left = spans ? match.removed.filter((row) => spans.hasLeft(base.periodOf(row))).length : 0;
  const rows = { entered: match.added.length, modified: match.modified.length, deleted: match.removed.length - left, left };

  if (spans ? spans.published === null : earlier.manifest.as_of !== later.manifest.as_of) return { rows, restated: null };
  const published = spans?.published ?? null;
  const within = (period: string | null): boolean => published === null || (period !== null && period >= published.from && period <= published.to);
  const restated = isOneGrain(match, pairs, from, to, key) ? restatedRows(match, (row) => within(base.periodOf(row)), (row) => within(head.periodOf(row))) : nothing(match);
  const touched = isSameColumns(from, to) ? touchedPeriods(match, base.periodOf, head.periodOf) : null;
  // What a definition calls personal today says nothing of rows that were kept when it said otherwise.
  const isPersonal = [earlier, later].some(({ manifest }) => isSalted(manifest.rows.sha256));
  const isOther = isPersonal && earlier.manifest.inputs.definition !== later.manifest.inputs.definition;
  const metrics = restatedValues(base, head, report, published, touched, isOther ? 'headlines' : 'series');
  const counts = { added: restated.added.length, removed: restated.removed.length, modified: restated.modified.length };
  if (counts.added + counts.removed + counts.modified + metrics.length === 0) return { rows, restated: null };
  const samples = isPersonal || report.personal.length > 0 ? [] : firstRows(restated, pairs, from, to, key, most);
  return { rows, restated: { periods: published, rows: counts, metrics: metrics.length, first_rows: samples, first_metrics: metrics.slice(0, most.metrics) } };
}

function isSameColumns(base: readonly Column[], head: readonly Column[]): boolean {
  return JSON.stringify(base) === JSON.stringify(head);
}

/** Rows that are matched as wholes say nothing of each other once they have other columns, or the key has. */
function isOneGrain({ mode }: RowMatch, pairs: readonly Pair[], base: readonly Column[], head: readonly Column[], key: readonly string[]): boolean {
  if (mode === 'keyed') return true;
  return pairs.length === base.length && pairs.length === head.length && key.every((name) => pairs.some((pair) => pair.name === name));
}

type Restated = Pick<RowMatch, 'mode' | 'added' | 'removed' | 'modified'>;

function nothing({ mode }: RowMatch): Restated {
  return { mode, added: [], removed: [], modified: [] };
}

/** Of what differs, the rows in published periods; one that went from a published period to another that is not is removed there. */
function restatedRows(match: RowMatch, wasPublished: (row: Row) => boolean, isPublished: (row: Row) => boolean): Restated {
  const moved = match.modified.filter(({ before, after }) => wasPublished(before) !== isPublished(after));
  return {
    mode: match.mode,
    added: [...match.added, ...moved.map(({ after }) => after)].filter(isPublished),
    removed: [...match.removed, ...moved.map(({ before }) => before)].filter(wasPublished),
    modified: match.modified.filter(({ before, after }) => wasPublished(before) && isPublished(after)),
  };
}

/** Where all rows are the same to the letter, metrics are too. */
function touchedPeriods({ added, removed, modified, near }: RowMatch, wasIn: (row: Row) => string | null, isIn: (row: Row) => string | null): Set<string> {
  const touched = new Set<string | null>();
  for (const row of added) touched.add(isIn(row));
  for (const row of removed) touched.add(wasIn(row));
  for (const { before, after } of [...modified, ...near]) touched.add(wasIn(before)).add(isIn(after));
  touched.delete(null);
  return touched as Set<string>;
}

function firstRows(restated: Restated, pairs: readonly Pair[], base: readonly Column[], head: readonly Column[], key: readonly string[], most: typeof FIRST): RestatedRow[] {
  const { modified, removed, added } = samplesOf(restated, base, head, pairs, key, most.rows);
  const named = (columns: string[], cells: (string | null)[]): { [column: string]: string | null } => Object.fromEntries(columns.map((column, index) => [column, cells[index]!]));
  const rows: RestatedRow[] = [
    ...modified.rows.map((row) => ({ kind: 'modified' as const, key: named(modified.columns, row.key), cells: row.changes })),
    ...removed.rows.map(({ cells }) => ({ kind: 'removed' as const, row: named(removed.columns, cells) })),
    ...added.rows.map(({ cells }) => ({ kind: 'added' as const, row: named(added.columns, cells) })),
  ];
  return fitting(rows.slice(0, most.rows), most.characters);
}

function fitting(rows: RestatedRow[], characters: number): RestatedRow[] {
  const fit: RestatedRow[] = [];
  let left = characters;
  for (const row of rows) {
    left -= JSON.stringify(row).length;
    if (left < 0) break;
    fit.push(row);
  }
  return fit;
}
