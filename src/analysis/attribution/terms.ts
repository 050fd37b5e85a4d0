import type { Expression } from '../../report/metric.ts';
import { amountOf, asDouble, plus, times, type Amount } from './amount.ts';

type Aggregate = Extract<Expression, { kind: 'aggregate' }>;

/** `factor` × aggregate. */
export interface Term {
  factor: Amount;
  aggregate: Aggregate;
}

/** A sum of terms and a constant. */
interface Linear {
  terms: Term[];
  constant: Amount;
}

/**
 * The terms of a metric that is a sum over its rows, so that parts of the rows add up to the whole: sums and counts, also
 * added, subtracted, and multiplied by a number. Null for any other. Constants are left out, as they never move.
 */
export function termsOf(expression: Expression): Term[] | null {
  return linear(expression)?.terms ?? null;
}

function linear(expression: Expression): Linear | null {
  switch (expression.kind) {
    case 'number': return { terms: [], constant: literal(expression.text) };
    case 'aggregate': return expression.fn === 'sum' || expression.fn === 'count' ? { terms: [{ factor: ONE, aggregate: expression }], constant: NONE } : null;
    case 'negate': return scaled(linear(expression.operand), MINUS_ONE);
    case 'binary': {
      const left = linear(expression.left);
      const right = linear(expression.right);
      if (!left || !right) return null;
      switch (expression.operator) {
        case '+': return sum(left, right);
        case '-': return sum(left, scaled(right, MINUS_ONE)!);
        case '*': return left.terms.length === 0 ? scaled(right, left.constant) : right.terms.length === 0 ? scaled(left, right.constant) : null;
        case '/': return right.terms.length > 0 || asDouble(right.constant) === 0 ? null : scaled(left, 1 / asDouble(right.constant));
      }
    }
  }
}

const ONE: Amount = { digits: 1n, scale: 0 };
const MINUS_ONE: Amount = { digits: -1n, scale: 0 };
const NONE: Amount = { digits: 0n, scale: 0 };

/** `1e3` is a double, as in the engine. */
function literal(text: string): Amount {
  return amountOf(text, /e/i.test(text) ? 'DOUBLE' : 'DECIMAL');
}

function sum(left: Linear, right: Linear): Linear {
  return { terms: [...left.terms, ...right.terms], constant: plus(left.constant, right.constant) };
}

function scaled(value: Linear | null, by: Amount): Linear | null {
  return value && { terms: value.terms.map(({ factor, aggregate }) => ({ factor: times(factor, by), aggregate })), constant: times(value.constant, by) };
}
