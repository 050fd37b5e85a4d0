import { kindOf, scaleOf, type Kind } from '../../snapshot/types.ts';
import { valueOf } from './profile.ts';
import type { LoadedSide } from './tables.ts';

/** How the values of a column are counted by steps: exactly, where both sides are whole numbers of one unit. */
export interface Scale {
  /** `small`: integers of at most 64 bits, which the engine counts ten times as fast; `digits`: decimals of more digits than the double by which it counts them. */
  kind: 'small' | 'integer' | 'decimal' | 'digits' | 'date' | 'instant' | 'double';
  /** Digits after the point, of decimals. */
  places: number;
}

/** Decimals of so many digits are each a double of their own. */
const DIGITS_OF_DOUBLE = 15;

/** The scale on which both sides’ values stand; null for what is no number or time. */
export function scaleFor(types: readonly string[]): Scale | null {
  const kinds = new Set(types.map(kindOf));
  const all = (...some: Kind[]): boolean => [...kinds].every((kind) => some.includes(kind));
  const places = scaleOf(types[0]!);
  if (all('date')) return { kind: 'date', places: 0 };
  if (all('date', 'timestamp')) return { kind: 'instant', places: 0 };
  if (all('integer') && !types.some((type) => type === 'UHUGEINT' || type === 'BIGNUM')) return { kind: types.some((type) => type === 'HUGEINT' || type === 'UBIGINT') ? 'integer' : 'small', places: 0 };
  if (all('decimal') && types.every((type) => type === types[0])) return { kind: Number(/\d+/.exec(types[0]!)![0]) > DIGITS_OF_DOUBLE ? 'digits' : 'decimal', places };
  return all('integer', 'decimal', 'double') ? { kind: 'double', places: 0 } : null;
}

/** A column’s value on its scale; NULL for what has no place on it. */
export function scaledSql({ kind }: Scale, side: LoadedSide, index: number): string {
  const [held, column] = [side.types[index]!, side.columns[index]!];
  const value = valueOf(column, `c${index}`, held);
  switch (kind) {
    case 'small': return `CAST(${value} AS BIGINT)`;
    case 'integer': return `CAST(${value} AS HUGEINT)`;
    case 'decimal': return value;
    case 'digits': return `CAST(replace(CAST(${value} AS VARCHAR), '.', '') AS HUGEINT)`;
    case 'date': return `CASE WHEN isfinite(${value}) THEN ${value} END`;
    case 'instant': return `CASE WHEN isfinite(${value}) THEN CAST(${value} AS TIMESTAMP) END`;
    case 'double': return `CASE WHEN isfinite(CAST(${value} AS DOUBLE)) THEN CAST(${value} AS DOUBLE) END`;
  }
}

/** Steps from the smallest to the largest value. */
const STEPS = 20;
/** Up to so many different values in a step, all steps have as many: else every other one would seem to stand out. */
const EVEN = 100n;

interface Steps {
  /** As text. */
  edges: string[];
  /** The largest value that each step can have. */
  bounds: string[];
}

/**
 * The steps from the smallest to the largest value; equal steps, and fewer than twenty where there are fewer values. A step has what is not below its first
 * edge and below its second; the last one has its second too. Null without values, and for times beyond the years 0001 to 9999.
 * @param ends smallest and largest values of both sides
 */
export function stepsBetween(scale: Scale, ends: readonly string[]): Steps | null {
  if (ends.length === 0) return null;
  if (scale.kind === 'double') {
    const [lo, hi] = [Math.min(...ends.map(Number)), Math.max(...ends.map(Number))];
    const edges = doubleEdges(lo, hi);
    return { edges: edges.map(String), bounds: [...edges.slice(1, -1).map(before), hi].map(String) };
  }
  const units = ends.map((end) => unitsOf(scale, end)).filter((one) => one !== null);
  if (units.length < ends.length) return null;
  const [lo, hi] = [units.reduce((a, b) => (a < b ? a : b)), units.reduce((a, b) => (a > b ? a : b))];
  const edges = wholeEdges(lo, hi);
  const end = LAST[scale.kind] ?? edges.at(-1)!;
  return { edges: edges.map((edge) => textOf(scale, edge < end ? edge : end)), bounds: [...edges.slice(1, -1).map((edge) => edge - 1n), hi].map((bound) => (scale.kind === 'digits' ? String(bound) : textOf(scale, bound))) };
}

/** 9999-12-31 and its last microsecond, which data has for “for ever”: no edge lies behind them. */
const LAST: { readonly [kind in Scale['kind']]?: bigint } = { date: 2_932_896n, instant: 253_402_300_799_999_999n };

function wholeEdges(lo: bigint, hi: bigint): bigint[] {
  const span = hi - lo + 1n;
  const steps = BigInt(STEPS);
  if (span > steps * EVEN) return Array.from({ length: STEPS + 1 }, (_, index) => lo + ((hi - lo) * BigInt(index)) / steps);
  const size = (span + steps - 1n) / steps;
  return Array.from({ length: Number((span + size - 1n) / size) + 1 }, (_, index) => lo + size * BigInt(index));
}

/** The ends are exact; edges between them have the digits that somebody reads. */
function doubleEdges(lo: number, hi: number): number[] {
  const between = Array.from({ length: STEPS - 1 }, (_, index) => Number((lo * (1 - (index + 1) / STEPS) + hi * ((index + 1) / STEPS)).toPrecision(12)));
  return [lo, ...between.filter((edge, index) => edge > (index === 0 ? lo : between[index - 1]!) && edge > lo && edge < hi), hi];
}

/** The next smaller double. */
function before(value: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value === 0 ? -0 : value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bits.getFloat64(0);
}

const MICROS = 1_000_000n;

/** Days, microseconds, or the digits of a number. */
function unitsOf({ kind }: Scale, text: string): bigint | null {
  if (kind === 'small' || kind === 'integer' || kind === 'decimal' || kind === 'digits') return BigInt(text.replace('.', ''));
  const [, day, time = '00:00:00', fraction = ''] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d+))?Z)?$/.exec(text) ?? [];
  if (day === undefined) return null;
  const seconds = BigInt(Date.parse(`${day}T${time}Z`)) / 1000n;
  return kind === 'date' ? seconds / 86_400n : seconds * MICROS + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

function textOf({ kind, places }: Scale, units: bigint): string {
  if (kind === 'small' || kind === 'integer') return String(units);
  if (kind === 'decimal' || kind === 'digits') {
    const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
    const cut = digits.length - places;
    return `${units < 0n ? '-' : ''}${digits.slice(0, cut)}${places > 0 ? `.${digits.slice(cut)}` : ''}`;
  }
  if (kind === 'date') return new Date(Number(units) * 86_400_000).toISOString().slice(0, 10);
  const micros = ((units % MICROS) + MICROS) % MICROS;
  const second = new Date(Number((units - micros) / 1000n)).toISOString().slice(0, 19);
  return `${second}${micros === 0n ? '' : `.${String(micros).padStart(6, '0')}`}Z`;
}

/** The counts of all steps as a JSON list; NULL without rows. */
export function stepCountsSql({ kind, places }: Scale, value: string, { bounds }: Steps): string {
  const type = { integer: 'HUGEINT', digits: 'HUGEINT', small: 'BIGINT', decimal: `DECIMAL(38,${places})`, date: 'DATE', instant: 'TIMESTAMP', double: 'DOUBLE' }[kind];
  return `map_values(histogram(${value}, [${bounds.map((text) => `CAST('${text}' AS ${type})`).join(', ')}]))`;
}
