import { textOf } from '../../snapshot/accumulator.ts';
import type { CheckResult, MetricValue } from '../../snapshot/manifest.ts';
import { kindOf } from '../../snapshot/types.ts';
import { comparingOf, equalCells } from './cell-equality.ts';
import type { CheckComparison, MetricChange, MetricComparison, SchemaChange } from './comparison.ts';

/** Metrics by name: those of the head in its order, then those that are gone. */
export function compareMetrics(base: readonly MetricValue[], head: readonly MetricValue[]): MetricComparison[] {
  const names = new Set([...head, ...base].map(({ name }) => name));
  return [...names].map((name) => {
    const before = base.find((metric) => metric.name === name) ?? null;
    const after = head.find((metric) => metric.name === name) ?? null;
    return { name, before, after, change: metricChange(before, after) };
  });
}

/** Exact for integers and decimals, within the tolerance of cells for doubles. */
export function metricChange(before: Pick<MetricValue, 'value' | 'type'> | null, after: Pick<MetricValue, 'value' | 'type'> | null): MetricChange {
  if (before === null) return { kind: 'added' };
  if (after === null) return { kind: 'removed' };
  if (equalCells(comparingOf(before.type, after.type), before.value, after.value)) return { kind: 'same' };
  if (before.value === null) return { kind: 'incomparable', reason: 'no-value-before' };
  if (after.value === null) return { kind: 'incomparable', reason: 'no-value-after' };
  const [from, to] = [Number(before.value), Number(after.value)];
  if (!Number.isFinite(from) || !Number.isFinite(to)) return { kind: 'incomparable', reason: 'not-finite' };
  const exact = kindOf(before.type) !== 'double' && kindOf(after.type) !== 'double';
  const difference = exact ? exactDifference(before.value, after.value) : String(to - from);
  return { kind: 'changed', difference, ratio: from === 0 ? null : Number(difference) / Math.abs(from) };
}

/** @param before, after texts of integers or decimals */
function exactDifference(before: string, after: string): string {
  const scale = Math.max(placesOf(before), placesOf(after));
  return textOf({ digits: scaled(after, scale) - scaled(before, scale), scale });
}

function placesOf(text: string): number {
  return text.split('.')[1]?.length ?? 0;
}

function scaled(text: string, scale: number): bigint {
  return BigInt(text.replace('.', '') + '0'.repeat(scale - placesOf(text)));
}

/**
 * Checks are the same where they ask the same of the same column; what they found may differ from day to day.
 * @param renamed a column under its new name is the same one
 */
export function compareChecks(base: readonly CheckResult[], head: readonly CheckResult[], renamed: SchemaChange['renamed'] = []): CheckComparison[] {
  const changes: CheckComparison[] = [];
  const left = new Map<string, CheckResult[]>();
  for (const check of base) {
    const subject = subjectOf({ ...check, column: renamed.find(({ from }) => from === check.column)?.to ?? check.column });
    left.set(subject, [...(left.get(subject) ?? []), check]);
  }
  for (const after of head) {
    const before = left.get(subjectOf(after))?.shift() ?? null;
    if (before === null) changes.push({ kind: 'added', before, after });
    else if (before.passed !== after.passed) changes.push({ kind: after.passed ? 'passes' : 'fails', before, after });
    else if (before.expected !== after.expected || before.level !== after.level) changes.push({ kind: 'bound', before, after });
  }
  for (const before of [...left.values()].flat()) changes.push({ kind: 'removed', before, after: null });
  return changes;
}

function subjectOf({ column, operator }: Pick<CheckResult, 'column' | 'operator'>): string {
  return JSON.stringify([column, operator]);
}
