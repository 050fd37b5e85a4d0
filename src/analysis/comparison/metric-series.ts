import type { Report } from '../../report/report.ts';
import type { Column, MetricValue } from '../../snapshot/manifest.ts';
import { metricSql, quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { sqlPeriod } from '../../snapshot/period.ts';
import { heldType } from './cell-equality.ts';
import type { ComparisonEngine } from './compare.ts';
import type { Cell } from './comparison.ts';
import { metricChange } from './metrics.ts';

/** A metric at the periods of both sides, where one of them differs. */
export interface SeriesDifference {
  /** Complete periods of either side, and of those how many differ. */
  periods: number;
  differing: number;
  /** The one that differs most, in the engine's spelling; null where a side has no value there. `ratio`: of the value before; null where that is none. */
  most: { period: string; before: Cell; after: Cell; ratio: number | null };
}

/** What a definition makes of a result of its own. */
export interface SideSeries {
  report: Pick<Report, 'metrics' | 'time'>;
  columns: readonly Column[];
  /** Headlines: their periods are the last complete ones. */
  metrics: readonly MetricValue[];
  csv: Uint8Array;
}

/**
 * Where the periods of metrics differ between two sides, by name: a headline is one of many numbers that a page shows. None for a
 * report without `time` on both sides by the same period.
 * @param engine its tables are made again
 * @throws what the engine does, also for a value that it cannot compute: then nothing is known of any metric
 */
export async function seriesDifferences(base: SideSeries, head: SideSeries, engine: ComparisonEngine): Promise<Map<string, SeriesDifference>> {
  const found = new Map<string, SeriesDifference>();
  if (!base.report.time || base.report.time.period !== head.report.time?.period) return found;
  const [before, after] = [await seriesOf('base', base, engine), await seriesOf('head', head, engine)];
  for (const [name, own] of after) {
    const other = before.get(name);
    const difference = other && differenceOf(other, own);
    if (difference) found.set(name, difference);
  }
  return found;
}

interface Series {
  type: string;
  values: Map<string, Cell>;
}

async function seriesOf(side: 'base' | 'head', { report: { metrics: defined, time }, columns, metrics, csv }: SideSeries, engine: ComparisonEngine): Promise<Map<string, Series>> {
  const named = columns.map(({ name }, index) => `c${index} AS ${quoteIdentifier(name)}`);
  const values = defined.map(({ expression }) => metricSql(expression, columns));
  await engine.load(side, csv, columns.map(({ type }) => heldType(type, null, null)));
  // As at the run: in the order of rows, on which sums of doubles depend.
  const rows = await engine.query(`SELECT ${[`${sqlPeriod(quoteIdentifier(time!.column), time!.period)} AS period`, ...values].join(', ')} FROM (SELECT ${named.join(', ')} FROM ${side}) GROUP BY period HAVING period IS NOT NULL`, true);
  return new Map(defined.flatMap(({ name }, index) => {
    const headline = metrics.find((metric) => metric.name === name);
    if (!headline) return [];
    const complete = rows.filter(([period]) => headline.period === null || period! <= headline.period);
    return [[name, { type: headline.type, values: new Map(complete.map((row) => [row[0]!, row[index + 1] ?? null])) }] as const];
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
  return { periods: periods.length, differing: apart.length, most: apart.reduce((worst, one) => (sizeOf(one) >= sizeOf(worst) ? one : worst)) };
}

/** What has no share, such as a value that is gone, counts most. */
function sizeOf({ ratio }: Pick<SeriesDifference['most'], 'ratio'>): number {
  return ratio === null ? Infinity : Math.abs(ratio);
}
