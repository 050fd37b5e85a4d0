import jsep from 'jsep';
import { DaybookError } from '../error.ts';
import { didYouMean } from './near.ts';

/** The functions of a metric; each takes one column, and `count()` counts rows. */
export const AGGREGATES = ['sum', 'count', 'min', 'max', 'mean', 'count_distinct'] as const;
export type AggregateName = (typeof AGGREGATES)[number];

export const OPERATORS = ['+', '-', '*', '/'] as const;
export type Operator = (typeof OPERATORS)[number];

/** A metric's `value`, parsed: what it means is in snapshot/metric-sql.ts and snapshot/evaluate.ts. */
export type Expression =
  | { kind: 'number'; /** As written, so that 0.10 stays exact. */ text: string }
  | { kind: 'aggregate'; fn: AggregateName; /** null in `count()`, which counts rows. */ column: string | null }
  | { kind: 'negate'; operand: Expression }
  | { kind: 'binary'; operator: Operator; left: Expression; right: Expression };

/** Keeps the depth of an expression far below the limits of the parser's stack and of the engine. */
const LONGEST = 500;

/**
 * Parses a metric such as `100 * sum(on_time) / sum("all flights")`.
 * @throws `metric-syntax`, saying what was found and what is allowed.
 */
export function parseMetric(text: string): Expression {
  if (text.length > LONGEST) throw wrong(`the expression has ${text.length} characters; at most ${LONGEST} are allowed`);
  const expression = convert(parse(text));
  if (!hasAggregate(expression)) throw wrong(`"${text}" reads no column: it needs at least one of ${allowed}`);
  return expression;
}

/** Names of the columns that the expression reads, each once, in the order of reading. */
export function columnsOf(expression: Expression): string[] {
  return [...new Set(aggregatesOf(expression).flatMap(({ column }) => (column === null ? [] : [column])))];
}

/** The aggregates of an expression from left to right, as often as they occur. */
export function aggregatesOf(expression: Expression): Extract<Expression, { kind: 'aggregate' }>[] {
  switch (expression.kind) {
    case 'number': return [];
    case 'aggregate': return [expression];
    case 'negate': return aggregatesOf(expression.operand);
    case 'binary': return [...aggregatesOf(expression.left), ...aggregatesOf(expression.right)];
  }
}

function hasAggregate(expression: Expression): boolean {
  return aggregatesOf(expression).length > 0;
}

const allowed = AGGREGATES.map((name) => `${name}()`).join(', ');

function parse(text: string): jsep.CoreExpression {
  try {
    return jsep(text) as jsep.CoreExpression;
  } catch (cause) {
    const { index, description } = cause as { index?: number; description?: string };
    if (index === undefined || description === undefined) throw cause;
    if (/\bcount\s*\(\s*\*\s*\)/i.test(text)) throw wrong('"count(*)" is written count() here');
    throw wrong(`"${text}" cannot be read at character ${index + 1}: ${description}`);
  }
}

function convert(node: jsep.CoreExpression): Expression {
  switch (node.type) {
    case 'Literal': return number(node);
    case 'CallExpression': return aggregate(node);
    case 'UnaryExpression':
      if (node.operator !== '-') throw wrong(`operator "${node.operator}" found`);
      return { kind: 'negate', operand: convert(node.argument as jsep.CoreExpression) };
    case 'BinaryExpression': {
      const operator = OPERATORS.find((known) => known === node.operator);
      if (operator === undefined) throw wrong(`operator "${node.operator}" found`);
      return { kind: 'binary', operator, left: convert(node.left as jsep.CoreExpression), right: convert(node.right as jsep.CoreExpression) };
    }
    case 'Identifier':
      throw wrong(`column "${node.name}" stands without an aggregate; write for example sum(${node.name})`);
    case 'Compound':
      throw wrong(node.body.length === 0 ? 'the expression is empty' : 'two expressions found where one is expected');
    case 'SequenceExpression':
      throw wrong('two expressions found where one is expected');
    default:
      throw wrong(`${phrase[node.type]} found`);
  }
}

const phrase: Record<'ArrayExpression' | 'ConditionalExpression' | 'MemberExpression' | 'ThisExpression', string> = {
  ArrayExpression: 'a list',
  ConditionalExpression: 'a condition',
  MemberExpression: 'a name with a dot or brackets',
  ThisExpression: 'the word "this"',
};

function number({ raw, value }: jsep.Literal): Expression {
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'number', text: raw.replace(/\.$/, '') };
  throw wrong(`${raw} found where a number or an aggregate is expected`);
}

/** SQL’s functions that no metric has, some of which are spelled nearly as one that means something else. */
const OF_SQL = /^(median|mode|quantile\w*|percentile\w*|std\w*|var\w*|round|abs|coalesce|nullif|first|last)$/i;

function instead(name: string): string {
  if (/^(avg|average)$/i.test(name)) return '; did you mean "mean"?';
  return OF_SQL.test(name) ? ': compute it in the query' : didYouMean(name, AGGREGATES);
}

function aggregate({ callee, arguments: parameters }: jsep.CallExpression): Expression {
  const name = callee.type === 'Identifier' ? (callee as jsep.Identifier).name : 'an expression';
  const fn = AGGREGATES.find((known) => known === name);
  if (fn === undefined) throw wrong(`function "${name}" found${instead(name)}`);
  if (fn === 'count' && parameters.length === 0) return { kind: 'aggregate', fn, column: null };
  const [argument, second] = parameters as jsep.CoreExpression[];
  if (fn === 'count' && second?.type === 'Identifier' && argument?.type === 'Identifier' && /^distinct$/i.test(argument.name)) throw wrong(`SQL’s count(distinct …) found; write count_distinct(${second.name})`);
  if (parameters.length !== 1 || argument === undefined) throw wrong(`${fn}() takes one column, and ${parameters.length} were found${parameters.length > 1 ? ': compute in the query' : ''}`);
  return { kind: 'aggregate', fn, column: column(fn, argument) };
}

function column(fn: AggregateName, node: jsep.CoreExpression): string {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'Literal' && typeof node.value === 'string' && node.value !== '') return node.value;
  throw wrong(`${fn}() takes one column of the result: compute in the query, and put a name with other signs than letters, digits and _ in quotes, such as ${fn}("on time")`);
}

function wrong(what: string): DaybookError {
  return new DaybookError('metric-syntax', what, {}, `Write ${allowed} of one column each, joined with + - * / and parentheses.`);
}
