import type { Metric, Report } from '../../report/report.ts';
import { evaluateBy } from '../../snapshot/evaluate.ts';
import type { Column, Manifest } from '../../snapshot/manifest.ts';
import { periodOf } from '../../snapshot/period.ts';
import { ifComputable, type Rows } from './definition-change.ts';
import type { MetricFacts, Point } from './facts.ts';
import { changesOf } from './trend.ts';

/** The newest version of every as-of, oldest first: what the series of snapshots is made of. */
export type History = readonly Pick<Manifest, 'as_of' | 'metrics'>[];

/**
 * The metrics of the latest snapshot with their series and changes. With `time`, the series is the
 * periods of the snapshot's rows, up to the last complete one; else it is the headline of every
 * snapshot. A metric that `report` does not define (null: no definition at all) stands under its name.
 */
export function metricFacts(report: Pick<Report, 'metrics' | 'time'> | null, latest: Pick<Manifest, 'as_of' | 'columns' | 'metrics'>, rows: Rows, history: History): MetricFacts[] {
  const defined = report?.metrics ?? [];
  const byPeriod = report?.time ? seriesOfRows(defined, report.time, latest.columns, rows) : null;
  return latest.metrics.map(({ name, value, period }) => {
    const at = defined.findIndex((metric) => metric.name === name);
    const series = byPeriod && at >= 0 ? upTo(byPeriod.map((group) => point(group.period, group.texts[at]!)), period) : seriesOfSnapshots(name, history);
    const step = byPeriod && at >= 0 ? report!.time!.period : 'snapshot';
    const shown = at >= 0 ? labels(defined[at]!) : bare(name);
    return { ...shown, headline: { period: period ?? latest.as_of, value: numberOf(value), text: value }, series, step, changes: changesOf(series, series.length - 1, step, shown.better) };
  });
}

type Labels = Pick<MetricFacts, 'name' | 'label' | 'format' | 'unit' | 'better' | 'target' | 'description'>;

/** How a number is shown of which only the name is known. */
function bare(name: string): Labels {
  return { name, label: name, format: ',.4~g', unit: null, better: null, target: null, description: null };
}

function labels({ name, label, format, unit, better, target, description }: Metric): Labels {
  return { name, label, format, unit: unit ?? null, better: better ?? null, target: target ?? null, description: description ?? null };
}

/** Null where a period's value cannot be computed: one report's number is no reason to show none of the others. */
function seriesOfRows(metrics: readonly Metric[], time: NonNullable<Report['time']>, columns: Column[], rows: Rows): { period: string; texts: (string | null)[] }[] | null {
  const at = columns.findIndex(({ name }) => name === time.column);
  const dated = rows.filter((row) => row[at] != null);
  const groups = ifComputable(() => evaluateBy(metrics.map(({ expression }) => expression), columns, dated, (row) => periodOf(row[at]!, time.period)));
  return groups && [...groups].map(([period, texts]) => ({ period, texts })).sort((a, b) => (a.period < b.period ? -1 : 1));
}

function seriesOfSnapshots(name: string, history: History): Point[] {
  return history.map((manifest) => point(manifest.as_of, manifest.metrics.find((metric) => metric.name === name)?.value ?? null));
}

function upTo(points: Point[], last: string | null): Point[] {
  return last === null ? points : points.filter(({ period }) => period <= last);
}

function point(period: string, text: string | null): Point {
  return { period, value: numberOf(text) };
}

/** A finite number, or null: NaN and infinities have no place on an axis; the text keeps them. */
export function numberOf(text: string | null): number | null {
  if (text === null) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
