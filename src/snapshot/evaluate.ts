import { DaybookError } from '../error.ts';
import { aggregatesOf, type Expression, type Operator } from '../report/metric.ts';
import { accumulator, textOf, toDouble, type Accumulator, type Value } from './accumulator.ts';
import type { Row } from './csv.ts';
import type { Column } from './manifest.ts';
import { binaryType, DIGITS, findColumn, literalType, resultType, type Numeric } from './numeric.ts';

type Aggregate = Extract<Expression, { kind: 'aggregate' }>;
type Exact = Extract<Value, object>;

/**
 * The values of metrics over rows of text cells, as the rows' CSV writes them: what metricSql gives in SQL.
 * @throws `result-column`, `metric-failed` (a column that is no number, a value beyond 38 digits),
 *   `snapshot-broken` (a cell that is not of its column's type).
 */
export function evaluateMetrics(expressions: readonly Expression[], columns: readonly Column[], rows: Iterable<Row>): (string | null)[] {
  const plan = planOf(expressions, columns);
  const group = startGroup(plan);
  for (const row of rows) addRow(group, row);
  return valuesOf(expressions, group);
}

/** The same for each group of rows, in one pass. A row whose key is null is in none; groups are in the order of their first rows. */
export function evaluateBy<R extends Row>(
  expressions: readonly Expression[],
  columns: readonly Column[],
  rows: Iterable<R>,
  keyOf: (row: R) => string | null,
): Map<string, (string | null)[]> {
  const plan = planOf(expressions, columns);
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === null) continue;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = startGroup(plan)));
    addRow(group, row);
  }
  return new Map([...groups].map(([key, group]) => [key, valuesOf(expressions, group)]));
}

/** Each different aggregate once: metrics share them, e.g. the denominators of shares. */
interface PlannedAggregate {
  id: string;
  aggregate: Aggregate;
  index: number;
  type: string | null;
}
type Group = (PlannedAggregate & { accumulator: Accumulator })[];

function planOf(expressions: readonly Expression[], columns: readonly Column[]): PlannedAggregate[] {
  for (const expression of expressions) resultType(expression, columns); // refuses what is no number
  const plan = expressions.flatMap(aggregatesOf).map((aggregate): [string, PlannedAggregate] => {
    const column = aggregate.column === null ? null : findColumn(aggregate.column, columns);
    const id = idOf(aggregate);
    return [id, { id, aggregate, index: column === null ? -1 : columns.indexOf(column), type: column?.type ?? null }];
  });
  return [...new Map(plan).values()];
}

function idOf({ fn, column }: Aggregate): string {
  return JSON.stringify([fn, column]);
}

function startGroup(plan: readonly PlannedAggregate[]): Group {
  return plan.map((planned) => ({ ...planned, accumulator: accumulator(planned.aggregate.fn, planned.type) }));
}

function addRow(group: Group, row: Row): void {
  for (const { index, accumulator: one } of group) one.add(row[index] ?? null);
}

function valuesOf(expressions: readonly Expression[], group: Group): (string | null)[] {
  const results = new Map(group.map(({ id, accumulator: one }) => [id, fitting(one.result())]));
  return expressions.map((expression) => {
    const value = valueOf(expression, results);
    return value === null ? null : textOf(value);
  });
}

function valueOf(expression: Expression, results: Map<string, Value>): Value {
  switch (expression.kind) {
    case 'number': return literal(expression.text);
    case 'aggregate': return results.get(idOf(expression))!;
    case 'negate': {
      const value = valueOf(expression.operand, results);
      if (value === null || typeof value === 'number') return value === null ? null : -value;
      return fitting({ ...value, digits: -value.digits });
    }
    case 'binary': {
      const left = valueOf(expression.left, results);
      const right = valueOf(expression.right, results);
      return left === null || right === null ? null : binary(expression.operator, left, right);
    }
  }
}

function literal(text: string): Value {
  const type = literalType(text);
  if (type.kind === 'double') return Number(text);
  return { digits: BigInt(text.replace('.', '')), scale: type.kind === 'decimal' ? type.scale : null };
}

function binary(operator: Operator, left: Exclude<Value, null>, right: Exclude<Value, null>): Value {
  const type = binaryType(operator, typeOf(left), typeOf(right));
  if (type.kind === 'double' || typeof left === 'number' || typeof right === 'number') return inDoubles(operator, toDouble(left), toDouble(right));
  if (type.kind === 'integer') return fitting({ digits: inDigits(operator, left.digits, right.digits), scale: null });
  const same = (value: Exact): bigint => fitting(rescale(value, operator === '*' ? (value.scale ?? 0) : type.scale)).digits;
  return fitting({ digits: inDigits(operator, same(left), same(right)), scale: type.scale });
}

function inDoubles(operator: Operator, left: number, right: number): number | null {
  switch (operator) {
    case '+': return left + right;
    case '-': return left - right;
    case '*': return left * right;
    case '/': return right === 0 ? null : left / right;
  }
}

function inDigits(operator: Operator, left: bigint, right: bigint): bigint {
  if (operator === '*') return left * right;
  return operator === '+' ? left + right : left - right;
}

function rescale({ digits, scale }: Exact, to: number): Exact {
  return { digits: digits * 10n ** BigInt(to - (scale ?? 0)), scale: to };
}

function typeOf(value: Exclude<Value, null>): Numeric {
  if (typeof value === 'number') return { kind: 'double' };
  return value.scale === null ? { kind: 'integer' } : { kind: 'decimal', scale: value.scale };
}

/** @throws `metric-failed` where a HUGEINT or a decimal of 38 digits does not hold the value: there SQL fails too. */
function fitting<V extends Value>(value: V): V {
  if (value === null || typeof value === 'number') return value;
  const { digits, scale } = value;
  const fits = scale === null ? BigInt.asIntN(128, digits) === digits : digits < LIMIT && digits > -LIMIT;
  if (fits) return value;
  throw new DaybookError('metric-failed', `the value has more digits than the ${DIGITS} that an exact number can have`, {}, 'Cast the column to DOUBLE in the query.');
}

const LIMIT = 10n ** BigInt(DIGITS);
