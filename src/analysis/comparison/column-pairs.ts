import type { Column } from '../../snapshot/manifest.ts';
import { kindOf, scaleOf } from '../../snapshot/types.ts';
import { comparingOf } from './cell-equality.ts';
import type { Comparing, SchemaChange } from './comparison.ts';

/** A column that both sides have, with its place on each. */
export interface Pair {
  /** On the head's side. */
  name: string;
  base: number;
  head: number;
  comparing: Comparing;
}

/** Names of the base's columns and what the head calls them. */
export type Renames = { readonly [from: string]: string };

/** Pairs in the head's order. A rename is none where its columns are not there, or where a side has both. */
export function pairColumns(base: readonly Column[], head: readonly Column[], renames: Renames): Pair[] {
  const isOne = ([from, to]: [string, string]): boolean => indexOf(base, from) >= 0 && indexOf(base, to) < 0 && indexOf(head, from) < 0;
  const oldNames = new Map(Object.entries(renames).filter(isOne).map(([from, to]) => [to, from]));
  return head.flatMap(({ name, type }, index) => {
    const at = indexOf(base, oldNames.get(name) ?? name);
    return at < 0 ? [] : [{ name, base: at, head: index, comparing: comparingOf(base[at]!.type, type) }];
  });
}

/** @param declared what the report says; any other pair of two names looks like a rename */
export function schemaChange(base: readonly Column[], head: readonly Column[], pairs: readonly Pair[], declared: Renames): Omit<SchemaChange, 'nullability'> {
  const places = pairs.map((pair) => pair.base);
  return {
    added: head.filter((_, index) => !pairs.some((pair) => pair.head === index)),
    removed: base.filter((_, index) => !pairs.some((pair) => pair.base === index)),
    retyped: pairs.flatMap((pair) => {
      const [from, to] = [base[pair.base]!.type, head[pair.head]!.type];
      return from === to ? [] : [{ name: pair.name, from, to, lossy: isLossy(from, to) }];
    }),
    renamed: pairs.flatMap(({ name, base: at }) => (base[at]!.name === name ? [] : [{ from: base[at]!.name, to: name, declared: Object.hasOwn(declared, base[at]!.name) && declared[base[at]!.name] === name }])),
    reordered: places.some((place, index) => index > 0 && place < places[index - 1]!),
  };
}

function indexOf(columns: readonly Column[], name: string): number {
  return columns.findIndex((column) => column.name === name);
}

/** Bits of an integer's magnitude; the sign is told by the name. */
const BITS: Record<string, number> = {
  TINYINT: 7, SMALLINT: 15, INTEGER: 31, BIGINT: 63, HUGEINT: 127, UTINYINT: 8, USMALLINT: 16, UINTEGER: 32, UBIGINT: 64, UHUGEINT: 128, BIGNUM: Infinity,
};
const BITS_OF_DOUBLE: Record<string, number> = { FLOAT: 24, DOUBLE: 53 };
const FRACTION: Record<string, number> = { TIMESTAMP_S: 0, TIMESTAMP_MS: 3, TIMESTAMP: 6, 'TIMESTAMP WITH TIME ZONE': 6, TIMESTAMP_NS: 9 };

/** True where the new type does not hold every value of the old one, as far as is known. */
export function isLossy(from: string, to: string): boolean {
  const [a, b] = [kindOf(from), kindOf(to)];
  if (from === to || to === 'VARCHAR') return false;
  if (a === 'boolean' && (b === 'integer' || b === 'decimal' || b === 'double')) return b === 'decimal' && wholeDigits(to) < 1;
  // Each of its digits may be a 9.
  if (b === 'integer' && a === 'decimal') return scaleOf(from) > 0 || isUnsigned(to) > 0 || wholeDigits(from) > Math.floor(BITS[to]! * Math.log10(2));
  if (b === 'integer') return a !== 'integer' || isUnsigned(to) > isUnsigned(from) || BITS[to]! < BITS[from]!;
  if (b === 'decimal' && (a === 'integer' || a === 'decimal')) return scaleOf(to) < scaleOf(from) || wholeDigits(to) < wholeDigits(from);
  if (b === 'double' && a === 'integer') return BITS[from]! > BITS_OF_DOUBLE[to]!;
  if (b === 'double' && a === 'decimal') return wholeDigits(from) + scaleOf(from) > (to === 'FLOAT' ? 6 : 15);
  if (b === 'double' && a === 'double') return BITS_OF_DOUBLE[to]! < BITS_OF_DOUBLE[from]!;
  if (b === 'timestamp') return !(a === 'date' || (a === 'timestamp' && FRACTION[to]! >= FRACTION[from]!));
  return true;
}

function isUnsigned(type: string): number {
  return type.startsWith('U') ? 1 : 0;
}

/** Digits before the point that the type can need. */
function wholeDigits(type: string): number {
  const width = /^DECIMAL\((\d+),/.exec(type)?.[1];
  return width === undefined ? Math.ceil(BITS[type]! * Math.log10(2)) : Number(width) - scaleOf(type);
}
