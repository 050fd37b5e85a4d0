import { DaybookError } from '../error.ts';
import type { AggregateName } from '../report/metric.ts';
import { kindOf, scaleOf } from './types.ts';

/** Exact: `digits` × 10^-`scale`, an integer where `scale` is null. A number is a DOUBLE; null is NULL. */
export type Value = { digits: bigint; scale: number | null } | number | null;

/** Takes the cells of one column, row by row; `result` may be asked once. */
export interface Accumulator {
  add(cell: string | null): void;
  result(): Value;
}

/**
 * An aggregate over text cells of a DuckDB type (null for `count()`), equal to what metric-sql.ts writes for it.
 * @throws `snapshot-broken` from `add` where a cell is not of the type.
 */
export function accumulator(fn: AggregateName, type: string | null): Accumulator {
  if (type === null) return counting(() => true);
  const isDouble = kindOf(type) === 'double';
  switch (fn) {
    case 'count': return counting((cell) => cell !== null);
    case 'count_distinct': return distinct(isDouble);
    case 'sum': return isDouble ? doubles(type, (values) => sumOf(values)) : exactSum(type);
    case 'mean': return isDouble ? doubles(type, (values) => sumOf(values) / values.length) : exactMean(type);
    case 'min': case 'max': return isDouble ? doubleExtreme(type, fn) : exactExtreme(type, fn);
  }
}

function integer(count: number): Value {
  return { digits: BigInt(count), scale: null };
}

function counting(counts: (cell: string | null) => boolean): Accumulator {
  let count = 0;
  return { add: (cell) => { if (counts(cell)) count += 1; }, result: () => integer(count) };
}

function distinct(isDouble: boolean): Accumulator {
  const seen = new Set<string>();
  return {
    add: (cell) => { if (cell !== null) seen.add(isDouble && cell === '-0' ? '0' : cell); },
    result: () => integer(seen.size),
  };
}

function exactSum(type: string): Accumulator & { count(): number } {
  const scale = scaleIn(type);
  let total = 0n;
  let part = 0;
  let count = 0;
  const flush = (): void => { total += BigInt(part); part = 0; };
  return {
    add(cell) {
      if (cell === null) return;
      count += 1;
      const value = exact(cell, type, scale);
      if (typeof value === 'bigint') total += value;
      else part += value;
      if (Math.abs(part) > 2 ** 52) flush();
    },
    count: () => count,
    result() {
      flush();
      return count === 0 ? null : { digits: total, scale };
    },
  };
}

function exactMean(type: string): Accumulator {
  const sum = exactSum(type);
  return {
    add: (cell) => sum.add(cell),
    result() {
      const total = sum.result();
      return total === null ? null : toDouble(total) / sum.count();
    },
  };
}

function exactExtreme(type: string, fn: 'min' | 'max'): Accumulator {
  const scale = scaleIn(type);
  let best: number | bigint | null = null;
  return {
    add(cell) {
      if (cell === null) return;
      const value = exact(cell, type, scale);
      if (best === null || (fn === 'min' ? value < best : value > best)) best = value;
    },
    result: () => (best === null ? null : { digits: BigInt(best), scale }),
  };
}

/** NaN is the largest value, as DuckDB orders it. */
function doubleExtreme(type: string, fn: 'min' | 'max'): Accumulator {
  return doubles(type, (values) => {
    if (fn === 'max') return values.some(Number.isNaN) ? NaN : values.reduce((best, value) => Math.max(best, value));
    return values.reduce((best, value) => (Number.isNaN(best) || value < best ? value : best));
  });
}

function doubles(type: string, fold: (values: number[]) => number): Accumulator {
  const values: number[] = [];
  const isFloat = type === 'FLOAT'; // its text is the shortest for 32 bits
  return {
    add(cell) {
      if (cell === null) return;
      const value = Number(cell);
      if (cell === '' || (Number.isNaN(value) && cell !== 'NaN')) throw notOf(cell, type);
      values.push(isFloat ? Math.fround(value) : value);
    },
    result: () => (values.length === 0 ? null : fold(values)),
  };
}

/**
 * What SQL computes as `fsum(x ORDER BY abs(x) DESC, x DESC)`, to the last bit: Kahan's compensated sum in the
 * form of DuckDB (`KahanAddInternal`), from the largest magnitude down. NaN and infinities are summed alone.
 */
function sumOf(values: readonly number[]): number {
  const special = values.filter((value) => !Number.isFinite(value));
  if (special.length > 0) return special.reduce((sum, value) => sum + value);
  const sorted = Float64Array.from(values).sort();
  let [low, high] = [0, sorted.length - 1];
  let [sum, error] = [0, 0];
  while (low <= high) {
    const value = sorted[high]! >= -sorted[low]! ? sorted[high--]! : sorted[low++]!;
    const corrected = value - error;
    const next = sum + corrected;
    error = next - sum - corrected;
    sum = next;
  }
  return sum;
}

/** Correctly rounded, as both JavaScript and DuckDB read a number from text. */
export function toDouble(value: Exclude<Value, null>): number {
  return typeof value === 'number' ? value : Number(textOf(value));
}

/** The text of a value as the rows' CSV writes it: all digits of a decimal's scale, a double in its shortest form. */
export function textOf(value: Exclude<Value, null>): string {
  if (typeof value === 'number') return String(value);
  const { digits, scale } = value;
  if (!scale) return String(digits);
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

function scaleIn(type: string): number | null {
  return kindOf(type) === 'decimal' ? scaleOf(type) : null;
}

/** A cell without its point: a number where that is exact, which is several times faster than a bigint. */
function exact(cell: string, type: string, scale: number | null): number | bigint {
  const point = cell.length - (scale ?? 0) - 1;
  const digits = scale ? cell.slice(0, point) + cell.slice(point + 1) : cell;
  if (!/^-?\d+$/.test(digits) || (scale && cell[point] !== '.')) throw notOf(cell, type);
  return digits.length <= 15 ? Number(digits) : BigInt(digits);
}

function notOf(cell: string, type: string): DaybookError {
  return new DaybookError('snapshot-broken', `"${cell.slice(0, 80)}" is no ${type}`);
}
