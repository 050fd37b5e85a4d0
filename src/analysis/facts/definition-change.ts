import { DaybookError } from '../../error.ts';
import type { Metric, Report } from '../../report/report.ts';
import { evaluateMetrics } from '../../snapshot/evaluate.ts';
import type { Manifest } from '../../snapshot/manifest.ts';
import { periodOf } from '../../snapshot/period.ts';

export type Rows = (string | null)[][];

/**
 * The part of today's definition that says of an older one's snapshot what the snapshot says itself: its
 * metrics that, computed from the kept rows, come to the kept values, and the charts of those. The
 * rest waits for a run. (The older definition's text is in Git alone, so texts cannot be compared.)
 */
export function fittingPart<R extends Pick<Report, 'metrics' | 'time' | 'charts'>>(report: R, manifest: Pick<Manifest, 'columns' | 'metrics'>, rows: Rows): R {
  const names = new Set(manifest.columns.map(({ name }) => name));
  const has = (column: string | undefined): boolean => column === undefined || names.has(column);
  const metrics = has(report.time?.column) ? report.metrics.filter((metric) => fits(metric, report.time, manifest, rows)) : [];
  const charts = report.charts.filter(({ y, x, by }) => metrics.some(({ name }) => name === y) && has(x) && has(by));
  return { ...report, metrics, charts };
}

function fits({ name, expression }: Metric, time: Report['time'], { metrics, columns }: Pick<Manifest, 'columns' | 'metrics'>, rows: Rows): boolean {
  const kept = metrics.find((metric) => metric.name === name);
  if (!kept || (kept.period !== null && !time)) return false;
  // With `time`, a metric without a period has no complete one, and no value.
  if (time && kept.period === null) return kept.value === null;
  const at = time ? columns.findIndex((column) => column.name === time.column) : -1;
  const own = time ? rows.filter((row) => row[at] != null && periodOf(row[at], time.period) === kept.period) : rows;
  const values = ifComputable(() => evaluateMetrics([expression], columns, own));
  return values !== null && isSame(values[0] ?? null, kept.value);
}

/** Doubles of SQL and of script agree to 1e-9; all else to the last digit. */
function isSame(a: string | null, b: string | null): boolean {
  if (a === null || b === null || a === b) return a === b;
  const [x, y] = [Number(a), Number(b)];
  const isDouble = !/^-?\d+$/.test(a) || !/^-?\d+$/.test(b);
  return isDouble && Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
}

/** Null where a metric does not fit the rows that it is asked of. Broken rows are still an error. */
export function ifComputable<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch (error) {
    if (error instanceof DaybookError && (error.code === 'result-column' || error.code === 'metric-failed')) return null;
    throw error;
  }
}
