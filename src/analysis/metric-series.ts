import type { Report } from '../report/report.ts';
import type { Column, MetricValue } from '../snapshot/manifest.ts';
import { metricChange } from './compare-metrics.ts';
import type { Rows } from './definition-change.ts';
import { seriesOfRows } from './metric-facts.ts';

/** A metric at the periods of both sides, where one of them differs. */
export interface SeriesDifference {
  /** Complete periods of either side, and of those how many differ. */
  periods: number;
  differing: number;
  /** The one that differs most, in the engine's spelling; null where a side has no value there. */
  most: { period: string; before: string | null; after: string | null; /** Of the value before; null where that is none. */ ratio: number | null };
}

/** What a definition makes of a result of its own. */
export interface SideSeries {
  report: Pick<Report, 'metrics' | 'time'>;
  columns: Column[];
  /** Headlines: their periods are the last complete ones. */
  metrics: readonly MetricValue[];
  rows: Rows;
}

/**
 * Where the periods of metrics differ between two sides, by name: a headline is one of many numbers that a page shows.
 * None for a report without `time` on both sides by the same period; a series that cannot be computed has none either.
 */
export function seriesDifferences(base: SideSeries, head: SideSeries): Map<string, SeriesDifference> {
  const found = new Map<string, SeriesDifference>();
  if (!base.report.time || !head.report.time || base.report.time.period !== head.report.time.period) return found;
  const [before, after] = [seriesOf(base), seriesOf(head)];
  for (const [name, own] of after) {
    const other = before.get(name);
    const difference = other && differenceOf(other, own);
    if (difference) found.set(name, difference);
  }
  return found;
}

interface Series {
  type: string;
  values: Map<string, string | null>;
}

function seriesOf({ report, columns, metrics, rows }: SideSeries): Map<string, Series> {
  const groups = seriesOfRows(report.metrics, report.time!, columns, rows) ?? [];
  return new Map(report.metrics.flatMap(({ name }, at) => {
    const headline = metrics.find((metric) => metric.name === name);
    if (!headline) return [];
    const complete = groups.filter(({ period }) => headline.period === null || period <= headline.period);
    return [[name, { type: headline.type, values: new Map(complete.map(({ period, texts }) => [period, texts[at] ?? null])) }] as const];
  }));
}

function differenceOf(base: Series, head: Series): SeriesDifference | null {
  const periods = [...new Set([...base.values.keys(), ...head.values.keys()])].sort();
  const apart = periods.flatMap((period) => {
    const [before, after] = [base.values.get(period) ?? null, head.values.get(period) ?? null];
    const change = metricChange({ value: before, type: base.type }, { value: after, type: head.type });
    return change.kind === 'same' && base.values.has(period) === head.values.has(period) ? [] : [{ period, before, after, ratio: change.kind === 'changed' ? change.ratio : null }];
  });
  if (apart.length === 0) return null;
  // Of equal ones the newest: readers look there first.
  const most = apart.reduce((worst, one) => (sizeOf(one) >= sizeOf(worst) ? one : worst));
  return { periods: periods.length, differing: apart.length, most };
}

/** What has no share, such as a value that is gone, counts most. */
function sizeOf({ ratio }: Pick<SeriesDifference['most'], 'ratio'>): number {
  return ratio === null ? Infinity : Math.abs(ratio);
}
