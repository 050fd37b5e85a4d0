import { aggregatesOf, type AggregateName, type Expression } from '../../report/metric.ts';
import type { Row } from '../../snapshot/csv.ts';
import { evaluateMetrics } from '../../snapshot/evaluate.ts';
import type { Column } from '../../snapshot/manifest.ts';
import { findColumn, resultType } from '../../snapshot/numeric.ts';
import { kindOf, scaleOf } from '../../snapshot/types.ts';

type Aggregate = Extract<Expression, { kind: 'aggregate' }>;

/** Rows that a metric is evaluated over, all of them. */
export interface MetricSide {
  expression: Expression;
  columns: readonly Column[];
  rows: readonly Row[];
}

/** What groups rows: those of one key are one group. */
export type KeyOf = (row: Row) => string;

/** What one group's new rows in the place of its old ones alone would have changed. */
interface Effect {
  key: string;
  /** The metric then, less the metric before; null where it has no value then. */
  size: number | null;
}

interface Effects {
  effects: Effect[];
  total: number;
}

/** Row evaluations that a metric may cost whose groups have to be swapped row by row. */
const MOST_WORK = 4_000_000;

/** In doubles. Null where the metric has no value on a side, or swapping costs too much. */
export function swapEffects(before: MetricSide, after: MetricSide, keyBefore: KeyOf, keyAfter: KeyOf): Effects | null {
  const isMergeable = aggregatesOf(before.expression).every(({ fn }) => fn !== 'count_distinct');
  return isMergeable ? mergedEffects(before, after, keyBefore, keyAfter) : rowEffects(before, after, keyBefore, keyAfter);
}

/** What the whole has in common with its groups: sums, counts, extremes, by their place among the parts. */
type State = Float64Array;

/** How a part of the whole comes out of those of the groups; the start is that of no rows. */
const MERGE: { [fn in 'sum' | 'count' | 'min' | 'max']: { none: number; merge: (a: number, b: number) => number } } = {
  sum: { none: 0, merge: (a, b) => a + b },
  count: { none: 0, merge: (a, b) => a + b },
  min: { none: Infinity, merge: (a, b) => Math.min(a, b) },
  max: { none: -Infinity, merge: (a, b) => Math.max(a, b) },
};
type Part = Aggregate & { fn: keyof typeof MERGE };

function mergedEffects(before: MetricSide, after: MetricSide, keyBefore: KeyOf, keyAfter: KeyOf): Effects | null {
  const { expression } = before;
  const parts = [...new Map(aggregatesOf(expression).flatMap(partsOf).map((part) => [nameOf(part), part])).values()];
  const places = new Map(parts.map((part, index) => [nameOf(part), index]));
  const value = compiled(expression, (fn, column) => places.get(nameOf({ fn, column }))!);
  const [olds, news] = ([[before, keyBefore], [after, keyAfter]] as const).map(([side, key]) => groupsOf(side, parts, key));
  // In the order of keys, so that that of rows does not matter.
  const keys = [...new Set([...olds!.keys(), ...news!.keys()])].sort();
  const columnsOf = (groups: Map<string, State>): number[][] => {
    const states = keys.map((key) => groups.get(key));
    return parts.map(({ fn }, index) => states.map((state) => state?.[index] ?? MERGE[fn].none));
  };
  const whole = (values: readonly number[][]): State => Float64Array.from(values, (own, index) => own.reduce(MERGE[parts[index]!.fn].merge, MERGE[parts[index]!.fn].none));
  const oldColumns = columnsOf(olds!);
  const without = oldColumns.map((values, index) => othersOf(MERGE[parts[index]!.fn], values));
  const [from, to] = [value(whole(oldColumns)), value(whole(columnsOf(news!)))];
  if (from === null || to === null) return null;
  const swapped: State = new Float64Array(parts.length);
  const effects = keys.map((key, at): Effect => {
    const [gone, come] = [olds!.get(key), news!.get(key)];
    if (gone && come && gone.every((part, index) => part === come[index])) return { key, size: 0 };
    for (let index = 0; index < parts.length; index++) {
      const { merge, none } = MERGE[parts[index]!.fn];
      swapped[index] = merge(without[index]!(at), come?.[index] ?? none);
    }
    const then = value(swapped);
    return { key, size: then === null ? null : then - from };
  });
  return { effects, total: to - from };
}

/** The part of all groups but one, by the one's place. */
function othersOf({ none, merge }: (typeof MERGE)['sum'], values: readonly number[]): (at: number) => number {
  const all = values.reduce(merge, none);
  if (none === 0) return (at) => all - values[at]!;
  const first = values.indexOf(all);
  const second = values.reduce((found, value, index) => (index === first ? found : merge(found, value)), none);
  return (at) => (at === first ? second : all);
}

/** A mean is a sum and a count, and the aggregate of no values is no value. */
function partsOf({ fn, column }: Aggregate): Part[] {
  const count: Part = { kind: 'aggregate', fn: 'count', column };
  if (fn === 'count' || fn === 'count_distinct') return [count];
  return [{ kind: 'aggregate', fn: fn === 'mean' ? 'sum' : fn, column }, count];
}

function nameOf({ fn, column }: Pick<Aggregate, 'fn' | 'column'>): string {
  return `${fn}(${column ?? ''}${column === null ? '' : ')'}`;
}

/** Added up in doubles, which are exact enough for what is only roughly anybody's part. */
function groupsOf({ columns, rows }: MetricSide, parts: readonly Part[], key: KeyOf): Map<string, State> {
  for (const part of parts) resultType(part, columns); // refuses what is no number
  const none = Float64Array.from(parts, ({ fn }) => MERGE[fn].none);
  const reads = parts.map(({ fn, column }) => ({ counts: fn === 'count', at: column === null ? -1 : columns.indexOf(findColumn(column, columns)), merge: MERGE[fn].merge }));
  const groups = new Map<string, State>();
  for (const row of rows) {
    const value = key(row);
    let state = groups.get(value);
    if (!state) groups.set(value, (state = none.slice()));
    for (const [index, { counts, at, merge }] of reads.entries()) {
      const cell = at < 0 ? '' : row[at];
      if (cell != null) state[index] = merge(state[index]!, counts ? 1 : Number(cell));
    }
  }
  return groups;
}

/** The metric as a function of the parts of its rows. */
function compiled(expression: Expression, placeOf: (fn: AggregateName, column: string | null) => number): (state: State) => number | null {
  switch (expression.kind) {
    case 'number': {
      const value = Number(expression.text);
      return () => value;
    }
    case 'negate': {
      const operand = compiled(expression.operand, placeOf);
      return (state) => {
        const value = operand(state);
        return value === null ? null : -value;
      };
    }
    case 'aggregate': {
      const { fn, column } = expression;
      const count = placeOf('count', column);
      if (fn === 'count') return (state) => state[count]!;
      const part = placeOf(fn === 'mean' ? 'sum' : fn, column);
      return (state) => (state[count] === 0 ? null : fn === 'mean' ? state[part]! / state[count]! : state[part]!);
    }
    case 'binary': {
      const [left, right] = [compiled(expression.left, placeOf), compiled(expression.right, placeOf)];
      return (state) => {
        const [a, b] = [left(state), right(state)];
        if (a === null || b === null) return null;
        switch (expression.operator) {
          case '+': return a + b;
          case '-': return a - b;
          case '*': return a * b;
          case '/': return b === 0 ? null : a / b;
        }
      };
    }
  }
}

/** Distinct values of a whole cannot be had from those of its groups. */
function rowEffects(before: MetricSide, after: MetricSide, keyBefore: KeyOf, keyAfter: KeyOf): Effects | null {
  const { expression, columns } = before;
  const moved = inColumnsOf(before, after);
  if (!moved) return null;
  const olds = Map.groupBy(before.rows, keyBefore);
  const places = Map.groupBy(after.rows.keys(), (index) => keyAfter(after.rows[index]!));
  const keys = [...new Set([...olds.keys(), ...places.keys()])];
  if (keys.length * before.rows.length + moved.length > MOST_WORK) return null;
  const value = (rows: Iterable<Row>): number | null => {
    const [found] = evaluateMetrics([expression], columns, rows);
    return found == null ? null : Number(found);
  };
  const [from, to] = [value(before.rows), value(moved)];
  if (from === null || to === null) return null;
  const effects = keys.map((key): Effect => {
    const others = [...olds].flatMap(([other, rows]) => (other === key ? [] : rows));
    const swapped = value([...others, ...(places.get(key) ?? []).map((index) => moved[index]!)]);
    return { key, size: swapped === null ? null : swapped - from };
  });
  return { effects, total: to - from };
}

/** The later rows with the cells that the metric reads where the earlier rows have them; null where these are of another type. */
function inColumnsOf({ expression, columns }: MetricSide, after: MetricSide): Row[] | null {
  const used = aggregatesOf(expression).flatMap(({ column }) => (column === null ? [] : [findColumn(column, columns)]));
  const pairs = used.map((column) => ({ at: columns.indexOf(column), from: after.columns.findIndex(({ name }) => name === column.name), type: column.type }));
  const fit = pairs.every(({ from, type }) => from >= 0 && kindOf(after.columns[from]!.type) === kindOf(type) && scaleOf(after.columns[from]!.type) === scaleOf(type));
  if (!fit) return null;
  return after.rows.map((row) => {
    const cells: (string | null)[] = columns.map(() => null);
    for (const { at, from } of pairs) cells[at] = row[from] ?? null;
    return cells;
  });
}
