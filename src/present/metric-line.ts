import type { Metric } from '../report/report.ts';
import type { MetricValue } from '../snapshot/manifest.ts';
import { formatText, NO_VALUE, withUnit } from './number.ts';

/**
 * `on_time = 66.8% (2001-06-30), exactly 0.6676692691667733`: a metric by its name, as readers will see it, and as it is
 * kept where a format leaves digits out.
 * @param said how the report writes it; without, it stands as it is kept
 */
export function metricLine({ name, value, period }: Pick<MetricValue, 'name' | 'value' | 'period'>, said?: Pick<Metric, 'format' | 'unit'>): string {
  const when = period === null ? '' : ` (${period})`;
  if (value === null || said === undefined) return `${name} = ${value ?? NO_VALUE}${when}`;
  const text = formatText(value, said.format);
  const exactly = text.replaceAll(',', '').replace('−', '-') === value ? '' : `, exactly ${value}`;
  return `${name} = ${withUnit(text, said.unit ?? null)}${when}${exactly}`;
}
