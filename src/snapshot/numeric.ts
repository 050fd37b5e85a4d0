import { DaybookError } from '../error.ts';
import type { AggregateName, Expression, Operator } from '../report/metric.ts';
import { didYouMean } from '../report/near.ts';
import type { Column } from './manifest.ts';
import { isNumeric, kindOf, scaleOf } from './types.ts';

/**
 * The type of a metric's value. The rules below are Daybook's own and not the engine's, so that
 * SQL (metric-sql.ts) and script (evaluate.ts) compute the same: integers are HUGEINT, decimals have
 * 38 digits, and what is neither is a DOUBLE.
 */
export type Numeric = { kind: 'integer' } | { kind: 'decimal'; scale: number } | { kind: 'double' };

export const DIGITS = 38;
const DOUBLE: Numeric = { kind: 'double' };
const INTEGER: Numeric = { kind: 'integer' };

/**
 * The type of a metric's value over a result with these columns.
 * @throws `result-column` where a column is not there; `metric-failed` where its type has no such aggregate.
 */
export function resultType(expression: Expression, columns: readonly Column[]): Numeric {
  switch (expression.kind) {
    case 'number': return literalType(expression.text);
    case 'aggregate': return aggregateType(expression.fn, expression.column, columns);
    case 'negate': return resultType(expression.operand, columns);
    case 'binary': return binaryType(expression.operator, resultType(expression.left, columns), resultType(expression.right, columns));
  }
}

/** The DuckDB name of the type, as the manifest writes it. */
export function typeText(type: Numeric): string {
  if (type.kind === 'decimal') return `DECIMAL(${DIGITS},${type.scale})`;
  return type.kind === 'integer' ? 'HUGEINT' : 'DOUBLE';
}

/** @throws `result-column` with the nearest name. */
export function findColumn(name: string, columns: readonly Column[]): Column {
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  const names = columns.map((column) => column.name);
  throw new DaybookError('result-column', `the result has no column "${name}"${didYouMean(name, names)}`, {}, `Name one of: ${names.join(', ')}.`);
}

/** `12` and `0.50` are exact; `1e3`, and what has more than 38 digits, is a DOUBLE. */
export function literalType(text: string): Numeric {
  const [, whole, fraction = ''] = /^(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (whole === undefined || whole.length + fraction.length > DIGITS) return DOUBLE;
  return fraction === '' ? INTEGER : { kind: 'decimal', scale: fraction.length };
}

/** Division gives a DOUBLE, as does a product with more digits after the point than a decimal can have. */
export function binaryType(operator: Operator, left: Numeric, right: Numeric): Numeric {
  if (operator === '/' || left.kind === 'double' || right.kind === 'double') return DOUBLE;
  if (left.kind === 'integer' && right.kind === 'integer') return INTEGER;
  const scale = operator === '*' ? scale0(left) + scale0(right) : Math.max(scale0(left), scale0(right));
  return scale > DIGITS ? DOUBLE : { kind: 'decimal', scale };
}

function scale0(type: Numeric): number {
  return type.kind === 'decimal' ? type.scale : 0;
}

function aggregateType(fn: AggregateName, name: string | null, columns: readonly Column[]): Numeric {
  const column = name === null ? null : findColumn(name, columns);
  if (column === null || fn === 'count' || fn === 'count_distinct') return INTEGER;
  if (!isNumeric(column.type)) {
    throw new DaybookError('metric-failed', `${fn}() needs a column of numbers, and "${column.name}" is ${column.type}`, {},
      'Use count() or count_distinct() of it, or cast it to a number in the query.');
  }
  if (fn === 'mean') return DOUBLE;
  const kind = kindOf(column.type);
  if (kind === 'decimal') return { kind, scale: scaleOf(column.type) };
  return kind === 'integer' ? INTEGER : DOUBLE;
}
