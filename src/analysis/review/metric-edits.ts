import { truncate } from '../../error.ts';
import type { Metric } from '../../report/report.ts';
import { digestJson } from '../../snapshot/canonical.ts';

/** One thing of a metric’s definition that differs; text as a person would read it, null where there is none. */
export interface MetricEdit {
  property: 'value' | 'label' | 'format' | 'unit' | 'better' | 'target';
  before: string | null;
  after: string | null;
}

/** What readers take a number for, beside its formula: a label names it, and no more. */
const MEANING: readonly MetricEdit['property'][] = ['format', 'unit', 'better', 'target'];
/** What decides whether a target was missed. */
const JUDGED: readonly MetricEdit['property'][] = ['better', 'target'];

const PROPERTIES = ['value', 'label', 'format', 'unit', 'better', 'target'] as const;
const LONGEST = 200;

/** What differs of one metric between two definitions. A formula of the same meaning is the same. */
export function metricEdits(before: Metric | undefined, after: Metric | undefined): MetricEdit[] {
  if (!before || !after) return [];
  const isSame = (property: MetricEdit['property']): boolean => (property === 'value' ? digestJson(before.expression) === digestJson(after.expression) : before[property] === after[property]);
  const textOf = (metric: Metric, property: MetricEdit['property']): string | null => (metric[property] === undefined ? null : truncate(String(metric[property]).replace(/\s+/g, ' '), LONGEST));
  return PROPERTIES.filter((property) => !isSame(property)).map((property) => ({ property, before: textOf(before, property), after: textOf(after, property) }));
}

/** The edits by which the same number is read as another, or is good where it was bad. */
export function meaningEdits(edits: readonly MetricEdit[]): MetricEdit[] {
  return edits.filter(({ property }) => MEANING.includes(property));
}

/** Whether another target is missed, or is missed by others. */
export function judgesOtherwise(edits: readonly MetricEdit[]): boolean {
  return edits.some(({ property }) => JUDGED.includes(property));
}
