import type { Metric } from '../../report/report.ts';
import type { AsOf } from '../../snapshot/as-of.ts';
import type { CheckResult, MetricValue } from '../../snapshot/manifest.ts';
import { comparingOf, equalCells } from '../comparison/cell-equality.ts';
import type { Cell } from '../comparison/comparison.ts';

/** Why an as-of was left out that could have been run. */
export const OUT_OF_TIME = 'not run: time was up';

/** A changed definition on the inputs of as-ofs of the past: what would have been published. */
export interface Backtest {
  /** As-ofs that were asked for; fewer are in `points` where inputs are out of reach. */
  asked: number;
  points: BacktestPoint[];
  /** As-ofs whose inputs are out of reach, with the reason. */
  unreachable: { asOf: AsOf; reason: string }[];
}

export interface BacktestPoint {
  asOf: AsOf;
  /** The snapshot that readers have, cited; null where there is none. */
  snapshot: string | null;
  /** Values that are equal as those of a comparison are have one text: the earliest of published, before and after. */
  metrics: { name: string; type: string; published: Cell; base: Cell; head: Cell }[];
  /** Checks that would have failed and targets that would have been missed, by name. */
  alerts: { base: string[]; head: string[] };
  /** A run that failed: its code. */
  failed: { base: string | null; head: string | null };
}

/** What a definition makes of the inputs of one as-of, or why nothing. */
export type Replayed = { kind: 'result'; metrics: readonly MetricValue[]; checks: readonly CheckResult[] } | { kind: 'failed'; code: string };

/** What readers would have been warned of: checks that fail, and targets that are missed. Plain text, of one line each. */
function alertsOf(result: Pick<Extract<Replayed, { kind: 'result' }>, 'metrics' | 'checks'>, targets: readonly Pick<Metric, 'name' | 'label' | 'target' | 'better'>[]): string[] {
  const failed = result.checks.filter(({ passed }) => !passed).map(({ name }) => `check: ${name}`);
  const missed = targets.filter((metric) => isMissed(metric, result.metrics)).map(({ label }) => `target: ${label}`);
  return [...failed, ...missed];
}

function isMissed({ name, target, better = 'higher' }: Pick<Metric, 'name' | 'target' | 'better'>, metrics: readonly MetricValue[]): boolean {
  const value = metrics.find((metric) => metric.name === name)?.value ?? null;
  if (target === undefined || value === null) return false;
  return better === 'higher' ? Number(value) < target : Number(value) > target;
}

/**
 * One as-of of a backtest.
 * @param published what readers have; null where no snapshot is meant
 * @param targets metrics of each side's definition
 */
export function backtestPoint(asOf: AsOf, published: { snapshot: string; metrics: readonly MetricValue[] } | null, base: Replayed, head: Replayed, targets: { base: readonly Metric[]; head: readonly Metric[] }): BacktestPoint {
  const metricsOf = (side: Replayed): readonly MetricValue[] => (side.kind === 'result' ? side.metrics : []);
  const [before, after] = [metricsOf(base), metricsOf(head)];
  const shown = published?.metrics ?? [];
  const names = [...new Set([...after, ...before, ...shown].map(({ name }) => name))];
  const numbers = names.map((name) => {
    const [old, was, now] = [shown, before, after].map((metrics) => metrics.find((metric) => metric.name === name));
    const base = told(was, old);
    return { name, type: (now ?? was ?? old)!.type, published: old?.value ?? null, base, head: told(now, was && { ...was, value: base }, old) };
  });
  return {
    asOf, snapshot: published?.snapshot ?? null,
    metrics: numbers,
    alerts: { base: base.kind === 'result' ? alertsOf(base, targets.base) : [], head: head.kind === 'result' ? alertsOf(head, targets.head) : [] },
    failed: { base: base.kind === 'failed' ? base.code : null, head: head.kind === 'failed' ? head.code : null },
  };
}

/** The text of a value, or that of the first of others which is the same number. */
function told(value: MetricValue | undefined, ...others: (MetricValue | undefined)[]): Cell {
  const same = others.find((other) => value && other && equalCells(comparingOf(other.type, value.type), other.value, value.value));
  return (same ?? value)?.value ?? null;
}
