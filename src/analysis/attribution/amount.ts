import { textOf } from '../../snapshot/accumulator.ts';
import type { MetricValue } from '../../snapshot/manifest.ts';
import { kindOf } from '../../snapshot/types.ts';

/** A number to add and subtract: exact as `digits` × 10^-`scale`, else a double. */
export type Amount = { digits: bigint; scale: number } | number;

export const ZERO: Amount = { digits: 0n, scale: 0 };

/** @param type the DuckDB type whose text it is; doubles stay doubles, also where their text is short */
export function amountOf(text: string, type: string): Amount {
  if (kindOf(type) === 'double' || !/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  const scale = text.split('.')[1]?.length ?? 0;
  return { digits: BigInt(text.replace('.', '')), scale };
}

/** Sum, difference and product are exact where both are. */
export function plus(a: Amount, b: Amount): Amount {
  if (typeof a === 'number' || typeof b === 'number') return asDouble(a) + asDouble(b);
  const scale = Math.max(a.scale, b.scale);
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
}

export function minus(a: Amount, b: Amount): Amount {
  return plus(a, typeof b === 'number' ? -b : { ...b, digits: -b.digits });
}

export function times(a: Amount, b: Amount): Amount {
  if (typeof a === 'number' || typeof b === 'number') return asDouble(a) * asDouble(b);
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

export function asDouble(amount: Amount): number {
  return typeof amount === 'number' ? amount : Number(textOf(amount));
}

/** As a kept cell writes it. */
export function amountText(amount: Amount): string {
  return textOf(amount);
}

export function isZero(amount: Amount): boolean {
  return typeof amount === 'number' ? amount === 0 : amount.digits === 0n;
}

/** `to` − `from` as text, exact unless one is a double; null where one of them is missing or not finite. */
export function differenceOf(from: Pick<MetricValue, 'value' | 'type'>, to: Pick<MetricValue, 'value' | 'type'>): string | null {
  if (from.value === null || to.value === null) return null;
  const difference = minus(amountOf(to.value, to.type), amountOf(from.value, from.type));
  return Number.isFinite(asDouble(difference)) ? amountText(difference) : null;
}

function digitsAt({ digits, scale }: Exclude<Amount, number>, to: number): bigint {
  return digits * 10n ** BigInt(to - scale);
}
