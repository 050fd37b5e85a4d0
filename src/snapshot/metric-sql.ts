import type { AggregateName, Expression } from '../report/metric.ts';
import type { Column } from './manifest.ts';
import { binaryType, findColumn, resultType, typeText, type Numeric } from './numeric.ts';
import { kindOf, type Kind } from './types.ts';

/**
 * A metric as a SQL aggregate over a relation with these columns, of type HUGEINT, DECIMAL(38,s) or
 * DOUBLE as `resultType` says. NULLs are skipped; the sum of no rows, and what is divided by zero,
 * is NULL. A value beyond 38 digits is an error of the engine.
 * @throws `result-column`, `metric-failed`.
 */
export function metricSql(expression: Expression, columns: readonly Column[]): string {
  switch (expression.kind) {
    case 'number': return cast(`'${expression.text}'`, typeText(resultType(expression, columns)));
    case 'aggregate': {
      resultType(expression, columns); // refuses what is no number
      return aggregate(expression.fn, expression.column === null ? null : findColumn(expression.column, columns));
    }
    case 'negate': return `(-${metricSql(expression.operand, columns)})`;
    case 'binary': {
      const { operator, left, right } = expression;
      const [leftType, rightType] = [resultType(left, columns), resultType(right, columns)];
      const type = binaryType(operator, leftType, rightType);
      const a = operand(metricSql(left, columns), leftType, type, operator);
      const b = operand(metricSql(right, columns), rightType, type, operator);
      return `(${a} ${operator} ${operator === '/' ? nullIfZero(b) : b})`;
    }
  }
}

/** Not nullif(): the engine expands that to a CASE with the operand twice, so that nested divisions grow exponentially. */
function nullIfZero(sql: string): string {
  return `list_filter([${sql}], lambda divisor: divisor <> 0)[1]`;
}

/** A name in SQL, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function cast(sql: string, type: string): string {
  return `CAST(${sql} AS ${type})`;
}

/** Operands of a sum get its scale; those of a product keep their own. */
function operand(sql: string, from: Numeric, to: Numeric, operator: string): string {
  if (to.kind === 'double') return double(sql, from.kind);
  if (to.kind === 'integer') return sql;
  const type = typeText(operator === '*' ? { kind: 'decimal', scale: from.kind === 'decimal' ? from.scale : 0 } : to);
  return type === typeText(from) ? sql : cast(sql, type);
}

/** By way of text: DuckDB rounds that correctly, as JavaScript does; its direct cast of a decimal can be off in the last bit (one in 40, 1.5.5). */
function double(sql: string, from: Kind): string {
  return from === 'double' ? sql : cast(cast(sql, 'VARCHAR'), 'DOUBLE');
}

function aggregate(fn: AggregateName, column: Column | null): string {
  if (column === null) return cast('count(*)', 'HUGEINT');
  const value = quoteIdentifier(column.name);
  switch (fn) {
    case 'count': return cast(`count(${value})`, 'HUGEINT');
    case 'count_distinct': return cast(`count(DISTINCT ${comparable(value, column.type)})`, 'HUGEINT');
    case 'sum': return sum(value, column.type);
    case 'mean': return `(${double(sum(value, column.type), kindOf(column.type))} / count(${value}))`;
    case 'min': case 'max': return `${fn}(${widened(value, column.type)})`;
  }
}

/**
 * Doubles are summed with compensation (Kahan) from the largest magnitude down, so that the order of
 * the rows does not matter and evaluate.ts can do the same; NaN and infinities, which compensation would all turn
 * into NaN, are summed apart.
 */
function sum(value: string, type: string): string {
  const wide = widened(value, type);
  if (kindOf(type) !== 'double') return `sum(${wide})`;
  return `coalesce(sum(${wide}) FILTER (NOT isfinite(${wide})), fsum(${wide} ORDER BY abs(${wide}) DESC, ${wide} DESC))`;
}

/** The column in the one type that its kind is computed in. BIGNUM goes by way of text: its cast to HUGEINT fails beyond 64 bits (1.5.5). */
function widened(value: string, type: string): string {
  if (type === 'BIGNUM') return cast(cast(value, 'VARCHAR'), 'HUGEINT');
  const kind = kindOf(type);
  if (kind === 'decimal') return cast(value, type.replace(/\(\d+/, '(38'));
  return cast(value, kind === 'integer' ? 'HUGEINT' : 'DOUBLE');
}

/** Kinds whose equal values can differ in text are compared as text, as the kept rows are. */
function comparable(value: string, type: string): string {
  const kind = kindOf(type);
  const asText = kind === 'interval' || kind === 'nested' || kind === 'other' || type === 'TIME WITH TIME ZONE';
  return asText ? cast(value, 'VARCHAR') : value;
}
