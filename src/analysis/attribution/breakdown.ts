import { evaluateBy } from '../../snapshot/evaluate.ts';
import { resultType, typeText } from '../../snapshot/numeric.ts';
import { ifComputable } from '../facts/definition-change.ts';
import { amountOf, amountText, asDouble, isZero, minus, plus, times, ZERO, type Amount } from './amount.ts';
import { swapEffects, type KeyOf, type MetricSide } from './swap.ts';
import { termsOf, type Term } from './terms.ts';

interface Part {
  /** Cells of the columns that the rows are grouped by; null is NULL. */
  value: (string | null)[];
  /** Text, as exact as the metric. */
  difference: string;
  /** The metric over the value's own rows, where it was asked for; null where there are none, or no value. */
  before: string | null;
  after: string | null;
}

/** Which values of columns a metric's move came from. */
export interface Breakdown {
  columns: string[];
  /** `sum`: the parts add up to the move. `swap`: each is what putting the value's new rows in the place of its old ones alone would have changed. */
  kind: 'sum' | 'swap';
  /** Those that moved it, the largest first, then by value. */
  parts: Part[];
  /** The move less all parts; `0` for sums of integers and decimals. Null where that is no number. */
  residual: string | null;
  /** The move, as it comes out of the rows; less a constant that only one side's metric has. */
  total: string;
  /** How many values both sides have together. */
  values: number;
}

/** Doubles that should be the same differ by less than this of their size. */
const TOLERANCE = 1e-9;

/**
 * Breaks the move of a metric from one side to the other down by the values of columns; values that come or go are among
 * them. Does not depend on the order of rows, but for the last digits of a `swap`. Null where a side has not the columns, or its metric cannot be computed, or the sides'
 * metrics are different ones and not both sums.
 * @param own also gives the metric of each value's own rows, before and after
 */
export function breakdownOf(before: MetricSide, after: MetricSide, columns: readonly string[], own = true): Breakdown | null {
  const keys = [before, after].map((side) => keyOf(side, columns));
  const [keyBefore, keyAfter] = keys;
  if (!keyBefore || !keyAfter) return null;
  return ifComputable(() => {
    const terms = [before, after].map(({ expression }) => termsOf(expression));
    const isSwap = !terms[0] || !terms[1];
    if (isSwap && JSON.stringify(before.expression) !== JSON.stringify(after.expression)) return null;
    const breakdown = isSwap ? swapBreakdown(before, after, keyBefore, keyAfter) : sumBreakdown(amountsOf(before, terms[0]!, keyBefore), amountsOf(after, terms[1]!, keyAfter));
    return breakdown && finish(breakdown, columns, own ? [ownValues(before, keyBefore), ownValues(after, keyAfter)] : null);
  });
}

function keyOf({ columns }: MetricSide, names: readonly string[]): KeyOf | null {
  const places = names.map((name) => columns.findIndex((column) => column.name === name));
  if (places.includes(-1)) return null;
  const [only] = places;
  return places.length === 1 ? (row) => (row[only!] == null ? 'null' : `t${row[only!]}`) : (row) => JSON.stringify(places.map((place) => row[place]));
}

function valueOf(key: string, { length }: readonly string[]): (string | null)[] {
  if (length > 1) return JSON.parse(key) as (string | null)[];
  return [key === 'null' ? null : key.slice(1)];
}

/** The sum of no values is NULL in SQL, and nothing to a difference. */
function amountsOf({ columns, rows }: MetricSide, terms: readonly Term[], key: KeyOf): Map<string, Amount> {
  const types = terms.map(({ aggregate }) => typeText(resultType(aggregate, columns)));
  const groups = evaluateBy(terms.map(({ aggregate }) => aggregate), columns, rows, key);
  return new Map([...groups].map(([value, texts]) => [value, terms.reduce<Amount>((sum, { factor }, index) => (texts[index] == null ? sum : plus(sum, times(factor, amountOf(texts[index], types[index]!)))), ZERO)]));
}

type Moved = Omit<Breakdown, 'columns' | 'parts'> & { moved: { key: string; size: number; difference: string }[] };

function sumBreakdown(before: Map<string, Amount>, after: Map<string, Amount>): Moved {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const differences = keys.map((key) => ({ key, difference: minus(after.get(key) ?? ZERO, before.get(key) ?? ZERO) })).filter(({ difference }) => !isZero(difference));
  const total = differences.reduce<Amount>((sum, { difference }) => plus(sum, difference), ZERO);
  const moved = differences.map(({ key, difference }) => ({ key, size: asDouble(difference), difference: amountText(difference) })).filter(({ size }) => Number.isFinite(size));
  return { kind: 'sum', moved, residual: moved.length === differences.length ? '0' : null, total: amountText(total), values: keys.length };
}

/** Of metrics that the groups' own values do not add up to. */
function swapBreakdown(before: MetricSide, after: MetricSide, keyBefore: KeyOf, keyAfter: KeyOf): Moved | null {
  const swapped = swapEffects(before, after, keyBefore, keyAfter);
  if (!swapped) return null;
  const { effects, total } = swapped;
  const noise = TOLERANCE * effects.reduce((largest, { size }) => Math.max(largest, Math.abs(size ?? 0)), Math.abs(total));
  const moved = effects.flatMap(({ key, size }) => (size === null || !Number.isFinite(size) || Math.abs(size) <= noise ? [] : [{ key, size, difference: String(size) }]));
  const residual = total - moved.reduce((sum, { size }) => sum + size, 0);
  return { kind: 'swap', moved, residual: Number.isFinite(residual) ? String(Math.abs(residual) <= noise ? 0 : residual) : null, total: String(total), values: effects.length };
}

type OwnValues = Map<string, (string | null)[]>;

function ownValues({ expression, columns, rows }: MetricSide, key: KeyOf): OwnValues {
  return evaluateBy([expression], columns, rows, key);
}

function finish({ moved, ...rest }: Moved, columns: readonly string[], own: [OwnValues, OwnValues] | null): Breakdown {
  const parts = moved.sort((a, b) => Math.abs(b.size) - Math.abs(a.size) || (a.key < b.key ? -1 : 1))
    .map(({ key, difference }) => ({ value: valueOf(key, columns), difference, before: own?.[0].get(key)?.[0] ?? null, after: own?.[1].get(key)?.[0] ?? null }));
  return { columns: [...columns], parts, ...rest };
}
