import type { Row } from '../../snapshot/csv.ts';
import type { Column, Manifest, Result } from '../../snapshot/manifest.ts';
import { comparingOf, equalCells } from './cell-equality.ts';

/** A kept result beside the one of another run of the same inputs; both in canonical order. */
interface RebuiltPair {
  kept: Pick<Manifest, 'columns' | 'metrics' | 'as_of'>;
  again: Pick<Result, 'columns' | 'metrics'> & { asOf: string };
  /** Null where digests have told that they are the same. */
  rows: { kept: readonly Row[]; again: readonly Row[] } | null;
  /** Rows hold what must not be repeated. */
  personal: boolean;
}

/**
 * The first thing that came out differently, in words; null where all differs by the rounding of doubles at most, which
 * other processors have.
 */
export function firstDifference({ kept, again, rows, personal }: RebuiltPair): string | null {
  if (kept.as_of !== again.asOf) return `the as-of is ${again.asOf}`;
  const [before, after] = [kept, again].map(({ columns }) => columns.map(({ name, type }) => `${name} ${type}`).join(', '));
  if (before !== after) return `the columns are ${after}, and were kept as ${before}`;
  return (rows && firstRow(kept.columns, rows.kept, rows.again, personal)) ?? firstMetric(kept.metrics, again.metrics);
}

function firstRow(columns: readonly Column[], kept: readonly Row[], again: readonly Row[], personal: boolean): string | null {
  const comparing = columns.map(({ type }) => comparingOf(type, type));
  const length = Math.max(kept.length, again.length);
  for (let index = 0; index < length; index++) {
    const [old, made] = [kept[index], again[index]];
    if (old && made && comparing.every((how, at) => equalCells(how, old[at] ?? null, made[at] ?? null))) continue;
    const words = (row: Row | undefined): string => (row ? `(${row.map((cell) => cell?.slice(0, 80) ?? 'no value').join(', ')})` : 'missing');
    return personal ? `row ${index + 1} of ${kept.length} is another` : `row ${index + 1} was kept as ${words(old)} and is now ${words(made)}`;
  }
  return null;
}

function firstMetric(kept: Result['metrics'], again: Result['metrics']): string | null {
  for (const name of new Set([...kept, ...again].map((metric) => metric.name))) {
    const [old, made] = [kept, again].map((metrics) => metrics.find((metric) => metric.name === name));
    const isSame = old && made && old.period === made.period && old.type === made.type && equalCells(comparingOf(old.type, made.type), old.value, made.value);
    if (!isSame) return `the metric ${name} was kept as ${valueOf(old)} and is now ${valueOf(made)}`;
  }
  return null;
}

function valueOf(metric: Result['metrics'][number] | undefined): string {
  return metric ? `${metric.value ?? 'no value'}${metric.period ? ` (${metric.period})` : ''}` : 'missing';
}
