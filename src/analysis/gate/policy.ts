import { LEVELS, type GateName, type Level, type ReportReviewPolicy, type ReviewPolicy, type Threshold } from '../../report/schema.ts';

/** What one report is held against. */
export interface EffectivePolicy extends Omit<ReviewPolicy, 'minutes' | 'waivers'> {
  /** Most change of a metric of its own, as a share of the value before; never more than `metric_change`. */
  metrics: { [name: string]: number };
}

/**
 * The strictest of what the instance says and of what the report says on either side: a report is held to more than the
 * instance, never to less, and no change lowers what it is held against itself.
 * @param instance of the base
 * @param reports `review` of the report on both sides; undefined where it says nothing, or is not there
 */
export function effectivePolicy(instance: ReviewPolicy, ...reports: readonly (ReportReviewPolicy | undefined)[]): EffectivePolicy {
  const said = reports.filter((one) => one !== undefined);
  const least = (name: Threshold): number => Math.min(instance[name], ...said.map((one) => one[name] ?? Infinity));
  const gates = Object.fromEntries(Object.entries(instance.gates).map(([gate, level]) => [gate, said.reduce((worst, one) => stricter(worst, one.gates[gate as GateName] ?? 'off'), level)])) as EffectivePolicy['gates'];
  const metricChange = least('metric_change');
  const names = new Set(said.flatMap(({ metrics }) => Object.keys(metrics)));
  const metrics = Object.fromEntries([...names].map((name) => [name, Math.min(metricChange, ...said.map((one) => (Object.hasOwn(one.metrics, name) ? one.metrics[name]! : Infinity)))]));
  return { gates, rows_change: least('rows_change'), nulls_change: least('nulls_change'), values_change: least('values_change'), metric_change: metricChange, cost_change: least('cost_change'), backtest: instance.backtest, metrics };
}

/** As a share of the value before. */
export function metricLimit(policy: EffectivePolicy, name: string): number {
  return Object.hasOwn(policy.metrics, name) ? policy.metrics[name]! : policy.metric_change;
}

function stricter(a: Level, b: Level): Level {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b;
}
