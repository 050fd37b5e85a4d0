import type { Metric, Report } from '../report/report.ts';
import { evaluateBy } from '../snapshot/evaluate.ts';
import type { Column, Manifest } from '../snapshot/manifest.ts';
import { periodOf } from '../snapshot/period.ts';
import type { MetricFacts, Point } from './facts.ts';
import { changesOf } from './trend.ts';

export type Rows = (string | null)[][];

/** The newest version of every as-of, oldest first: what the series of snapshots is made of. */
export type History = Manifest[];

/**
 * Metrics with their series and changes. With `time`, the series is the periods of the latest
 * snapshot's rows, up to the last complete one; else it is the headline of every snapshot.
 */
export function metricFacts(report: Report, latest: Manifest, rows: Rows, history: History): MetricFacts[] {
  const series = report.time ? seriesOfRows(report, report.time, latest.columns, rows) : null;
  return report.metrics.map((metric, index) => {
    const kept = latest.metrics.find(({ name }) => name === metric.name);
    const points = series ? upTo(series.map(({ period, texts }) => point(period, texts[index]!)), kept?.period ?? null) : seriesOfSnapshots(metric.name, history);
    const headline = kept ? { period: kept.period ?? latest.as_of, value: numberOf(kept.value), text: kept.value } : null;
    return { ...labels(metric), headline, series: points, step: report.time?.period ?? 'snapshot', changes: changesOf(points, points.length - 1, report.time?.period ?? 'snapshot', metric.better ?? null) };
  });
}

/** What a kept snapshot says of its metrics where the definition is broken: names stand for labels. */
export function bareMetricFacts(latest: Manifest, history: History): MetricFacts[] {
  return latest.metrics.map(({ name, value, period }) => {
    const series = seriesOfSnapshots(name, history);
    return {
      name, label: name, format: ',.4~g', unit: null, better: null, target: null, description: null,
      headline: { period: period ?? latest.as_of, value: numberOf(value), text: value },
      series, step: 'snapshot', changes: changesOf(series, series.length - 1, 'snapshot', null),
    };
  });
}

function labels({ name, label, format, unit, better, target, description }: Metric): Pick<MetricFacts, 'name' | 'label' | 'format' | 'unit' | 'better' | 'target' | 'description'> {
  return { name, label, format, unit: unit ?? null, better: better ?? null, target: target ?? null, description: description ?? null };
}

function seriesOfRows(report: Report, time: NonNullable<Report['time']>, columns: Column[], rows: Rows): { period: string; texts: (string | null)[] }[] {
  const at = columns.findIndex(({ name }) => name === time.column);
  const dated = rows.filter((row) => row[at] != null);
  const groups = evaluateBy(report.metrics.map(({ expression }) => expression), columns, dated, (row) => periodOf(row[at]!, time.period));
  return [...groups].map(([period, texts]) => ({ period, texts })).sort((a, b) => (a.period < b.period ? -1 : 1));
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
