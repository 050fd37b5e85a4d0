import type { MetricFacts, ReportFacts } from '../analysis/facts/facts.ts';
import type { ChangeNames } from '../present/change-record.ts';
import type { MetricNames } from '../present/comparison/comparison.ts';
import { formatPeriod } from '../present/date.ts';

/** How the words of a change call and write the metrics and periods of a report. */
export function changeNames({ metrics, key }: Pick<ReportFacts, 'metrics' | 'key'>): ChangeNames {
  const step = metrics.find((metric) => metric.step !== 'snapshot')?.step;
  return { metrics: metricNames(metrics), key, ...(step ? { period: (start) => formatPeriod(start, step) } : {}) };
}

export function metricNames(metrics: readonly Pick<MetricFacts, 'name' | 'label' | 'format' | 'unit'>[]): MetricNames {
  return new Map(metrics.map(({ name, label, format, unit }) => [name, { label, format, ...(unit === null ? {} : { unit }) }]));
}
