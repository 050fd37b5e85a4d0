import type { Metric, Report } from '../../report/report.ts';
import type { Row } from '../../snapshot/csv.ts';
import { citation, type Column, type Manifest } from '../../snapshot/manifest.ts';
import { periodOf } from '../../snapshot/period.ts';
import type { AttributedRecord } from '../../snapshot/records.ts';
import { fittingPart, type Rows } from '../facts/definition-change.ts';
import type { AttributionFacts, MetricFacts } from '../facts/facts.ts';
import { differenceOf } from './amount.ts';
import { changedParts, dimensionsOf } from './attribution.ts';
import { breakdownOf, type Breakdown } from './breakdown.ts';
import type { MetricSide } from './swap.ts';

/** What the ledger and Git say of a newest snapshot whose definition differs from that of the one before. */
export interface Blamed {
  record: AttributedRecord;
  /** Who changed the definition last, where Git tells. */
  commit: string | null;
  author: string | null;
}

/** The snapshot before the newest as-of: what a series of snapshots compares with. */
export interface Earlier {
  manifest: Manifest;
  /** Null where they are out of reach, or not for readers. */
  rows: Rows | null;
  blamed: Blamed | null;
}

type Definition = Pick<Report, 'metrics' | 'time' | 'dimensions' | 'key' | 'personal'>;
interface Latest {
  manifest: Manifest;
  rows: Rows | null;
}

const SHOWN = 3;

/**
 * Adds to metrics what their change against the value before came from. Of a report with `time` these are two periods of the
 * same rows; else two snapshots.
 * @param report what fits the newest snapshot of today's definition
 */
export function withAttribution(metrics: MetricFacts[], report: Report, latest: Latest, earlier: Earlier | null): MetricFacts[] {
  const { columns } = latest.manifest;
  const [dimension = null] = dimensionsOf(report, columns);
  const periods = report.time && dimension !== null ? periodRows(report.time, columns, latest.rows ?? []) : null;
  const label = dimension === null ? null : (report.dimensions[dimension]?.label ?? report.columns[dimension]?.label ?? dimension);
  return metrics.map((metric) => {
    const change = metric.changes.previous;
    const defined = report.metrics.find(({ name }) => name === metric.name);
    if (!defined || (change.kind !== 'up' && change.kind !== 'down') || !metric.headline?.period) return metric;
    const attribution = metric.step === 'snapshot'
      ? ofSnapshots(defined, report, latest, earlier?.manifest.as_of === change.from.period ? earlier : null, dimension, label)
      : ofPeriods(defined, columns, periods, change.from.period, metric.headline.period, dimension, label);
    return attribution ? { ...metric, attribution } : metric;
  });
}

type RowsOfPeriod = (period: string) => Row[];

/** A report has few periods that are asked for, and many rows. */
function periodRows({ column, period }: NonNullable<Report['time']>, columns: readonly Column[], rows: Rows): RowsOfPeriod {
  const at = columns.findIndex(({ name }) => name === column);
  const starts = new Map<string | null, string | null>();
  const startOf = (cell: string | null): string | null => {
    if (!starts.has(cell)) starts.set(cell, cell === null ? null : periodOf(cell, period));
    return starts.get(cell)!;
  };
  const found = new Map<string, Row[]>();
  return (wanted) => {
    const known = found.get(wanted) ?? rows.filter((row) => startOf(row[at] ?? null) === wanted);
    found.set(wanted, known);
    return known;
  };
}

function ofPeriods({ expression }: Metric, columns: readonly Column[], rowsOf: RowsOfPeriod | null, since: string, until: string, dimension: string | null, label: string | null): AttributionFacts | null {
  if (!rowsOf || dimension === null) return null;
  const [before, after] = [since, until].map((period): MetricSide => ({ expression, columns, rows: rowsOf(period) }));
  const breakdown = breakdownOf(before!, after!, [dimension], false);
  return breakdown && isTelling(breakdown) ? { since, total: breakdown.total, split: null, ...partsOf(breakdown, label) } : null;
}

function ofSnapshots({ name, expression }: Metric, report: Report, { manifest, rows }: Latest, earlier: Earlier | null, dimension: string | null, label: string | null): AttributionFacts | null {
  if (!earlier) return null;
  const [before, after] = [earlier.manifest, manifest].map(({ metrics }) => metrics.find((metric) => metric.name === name));
  const total = before && after ? differenceOf(before, after) : null;
  if (total === null) return null;
  const isChanged = changedParts(earlier.manifest.inputs, manifest.inputs).length > 0;
  const split = isChanged ? splitOf(name, manifest, earlier, before!.type) : null;
  if (isChanged && !split) return null;
  // Rows of another definition are compared where this one makes the same number of them.
  const fits = earlier.rows && (!isChanged || fittingPart(report, earlier.manifest, earlier.rows).metrics.some((metric) => metric.name === name));
  const breakdown = dimension !== null && fits && rows
    ? breakdownOf({ expression, columns: earlier.manifest.columns, rows: earlier.rows! }, { expression, columns: manifest.columns, rows }, [dimension], false)
    : null;
  const parts = breakdown && isTelling(breakdown) ? partsOf(breakdown, label) : NO_PARTS;
  return split || parts.parts.length > 0 ? { since: earlier.manifest.as_of, total, split, ...parts } : null;
}

function splitOf(name: string, { report, as_of: asOf, version }: Manifest, { manifest, blamed }: Earlier, type: string): AttributionFacts['split'] {
  const { record } = blamed ?? {};
  const isIts = record?.report === report && record.as_of === asOf && record.version === version && record.base === citation({ report, asOf: manifest.as_of, version: manifest.version });
  const found = isIts ? record.metrics.find((metric) => metric.name === name) : undefined;
  if (!found) return null;
  const [before, data, after] = [found.before, found.data, found.after].map((value) => ({ value, type }));
  const parts = { data: differenceOf(before!, data!), definition: differenceOf(data!, after!) };
  return parts.data === null || parts.definition === null ? null : { data: parts.data, definition: parts.definition, commit: blamed!.commit, author: blamed!.author };
}

/** Of one value alone there is nothing to tell that the total does not. */
function isTelling({ parts, values }: Breakdown): boolean {
  return parts.length > 0 && values > 1;
}

type Parts = Pick<AttributionFacts, 'dimension' | 'parts' | 'more' | 'kind'>;
const NO_PARTS: Parts = { dimension: null, parts: [], more: 0, kind: 'sum' };

function partsOf({ parts, kind }: Breakdown, dimension: string | null): Parts {
  const shown = parts.slice(0, SHOWN).map(({ value, difference }) => ({ value: value[0] ?? null, difference }));
  return { dimension, parts: shown, more: Math.max(0, parts.length - SHOWN), kind };
}

/** Whether the rows of the snapshot before would tell anything. */
export function needsEarlierRows(report: Definition | undefined, columns: readonly Column[]): boolean {
  return report !== undefined && !report.time && dimensionsOf(report, columns).length > 0;
}
