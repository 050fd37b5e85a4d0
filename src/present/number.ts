import { format, formatSpecifier } from 'd3-format';
import { grouped } from '../snapshot/digits.ts';

/** What stands where a number would: words, so that nobody takes a gap for a zero. */
export const NO_VALUE = 'no value';

/** Double precision holds 15 decimal digits of any number; text with more is formatted digit by digit. */
const EXACT_DIGITS = 15;

const formatters = new Map<string, (value: number) => string>();

/**
 * A number as readers see it, after a d3-format (https://d3js.org/d3-format), in neutral English:
 * comma for thousands, point for decimals, U+2212 as minus. Missing and non-finite values are words.
 * @throws Error where the specifier is not a d3-format.
 */
export function formatNumber(value: number | null, specifier: string): string {
  if (value === null) return NO_VALUE;
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? 'infinity' : 'minus infinity';
  let formatter = formatters.get(specifier);
  if (!formatter) formatters.set(specifier, (formatter = format(specifier)));
  return formatter(value);
}

/**
 * The same from text as a snapshot's file holds it. Integers and decimals with more digits than a
 * double keeps are formatted from the text itself where the format is `d` or `f`.
 */
export function formatText(text: string | null, specifier: string): string {
  if (text === null) return NO_VALUE;
  return exactDecimal(text, specifier) ?? formatNumber(numberOf(text), specifier);
}

/** Words of units whose singular is sure. */
const PLURAL = /\b(second|minute|hour|day|week|month|quarter|year|point)s$/;

/** A unit as it stands beside a formatted number: one `day` where it is `days`. */
export function unitBeside(formatted: string, unit: string): string {
  return /^[+\-\u2212]?1$/.test(formatted) ? unit.replace(PLURAL, '$1') : unit;
}

/** Value and unit: `7.2 min`, `41%`, `1 day` of `days`; no-break space, so that a phone does not part them. */
export function withUnit(formatted: string, unit: string | null): string {
  if (!unit || formatted === NO_VALUE) return formatted;
  return /^[%°′″]$/.test(unit) ? `${formatted}${unit}` : `${formatted}\u00a0${unitBeside(formatted, unit)}`;
}

/** True where the format shows a share of one as per cent; its changes are then in points. */
export function isPercent(specifier: string): boolean {
  const { type } = formatSpecifier(specifier);
  return type === '%' || type === 'p';
}

/** Short numbers for an axis: `0.5`, `1,200`, `12k`, `1.2M`, `3bn`, `80%`. `largest` is the largest magnitude on it. */
export function axisFormat(specifier: string, largest: number): (value: number) => string {
  if (isPercent(specifier)) return (value) => formatNumber(value, '.4~%');
  if (largest < 1e4) return (value) => formatNumber(value, ',.5~r');
  if (largest >= 1e15) return (value) => formatNumber(value, '.3~e');
  return (value) => formatNumber(value, '.4~s').replace('G', 'bn');
}

/** `NaN`, `Infinity` and `-Infinity` as the rows' CSV spells them, or a number. */
export function numberOf(text: string): number {
  const spelled = /^(-?)(?:inf|infinity)$/i.exec(text);
  if (spelled) return spelled[1] ? -Infinity : Infinity;
  return text.trim() === '' ? NaN : Number(text);
}

/** What d3-format writes, of more digits than a double has. */
function exactDecimal(text: string, specifier: string): string | null {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!parts) return null;
  const [, minus = '', whole = '', fraction = ''] = parts;
  const { type, precision, comma, sign, symbol, trim, width } = formatSpecifier(specifier);
  if (whole.length + fraction.length <= EXACT_DIGITS || (type !== 'd' && type !== 'f') || width !== undefined) return null;
  const places = type === 'd' ? 0 : (precision ?? 6);
  const kept = BigInt(whole + fraction.slice(0, places).padEnd(places, '0'));
  const rounded = (fraction[places] ?? '0') >= '5' ? kept + 1n : kept;
  const digits = String(rounded).padStart(places + 1, '0');
  const integer = digits.slice(0, digits.length - places);
  const decimals = places > 0 ? `.${digits.slice(-places)}` : '';
  const isNegative = minus !== '' && (rounded !== 0n || sign === '+');
  const before = isNegative ? (sign === '(' ? '(' : '\u2212') : sign === '+' || sign === ' ' ? sign : '';
  return `${before}${symbol === '$' ? '$' : ''}${comma ? grouped(integer) : integer}${trim ? decimals.replace(/\.?0+$/, '') : decimals}${before === '(' ? ')' : ''}`;
}
