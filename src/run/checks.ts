import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import type { CheckSpec } from '../report/schema.ts';
import type { CheckResult, Column } from '../snapshot/manifest.ts';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { findColumn } from '../snapshot/numeric.ts';
import { isNumeric } from '../snapshot/types.ts';
import { cellText } from './cells.ts';
import { engineError } from './engine-error.ts';
import { quoteText } from './engine.ts';

/** A table that the engine holds, and where the checks are written. */
interface CheckedTable {
  connection: DuckDBConnection;
  /** Quoted name. */
  table: string;
  columns: Column[];
  rows: number;
  /** Columns whose values no record may quote: it is kept for good. */
  personal: readonly string[];
  /** The report's file. */
  file: string;
}

const EXAMPLES = 3;

/**
 * Evaluates each check of a report: one row for each thing that it asks for, in the order of writing.
 * @throws `result-column` for a column that is not there, `wrong-value` for a bound that is no value of the column.
 */
export async function evaluateChecks(checks: readonly CheckSpec[], table: CheckedTable): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [index, check] of checks.entries()) {
    const key = `checks.${index}`;
    if ('rows' in check) results.push(...rowChecks(check, table.rows));
    else results.push(...(await columnChecks(check, table, key)));
  }
  return results;
}

function rowChecks({ rows: { min, max }, level }: Extract<CheckSpec, { rows: unknown }>, rows: number): CheckResult[] {
  const one = (operator: '>=' | '<=', bound: number): CheckResult => ({
    name: `rows ${operator} ${bound}`, column: null, operator, expected: String(bound), actual: String(rows), level, passed: operator === '>=' ? rows >= bound : rows <= bound,
  });
  return [...(min === undefined ? [] : [one('>=', min)]), ...(max === undefined ? [] : [one('<=', max)])];
}

async function columnChecks(check: Extract<CheckSpec, { column: string }>, table: CheckedTable, key: string): Promise<CheckResult[]> {
  const column = namedColumn(check.column, table, `${key}.column`);
  const name = quoteIdentifier(column.name);
  const isPersonal = table.personal.includes(column.name);
  const results: CheckResult[] = [];
  const add = async (operator: string, expected: string, sql: string, passes: string, detail: string): Promise<void> => {
    const [passed, actual] = await readOne(table, `SELECT ${passes}, ${sql} FROM ${table.table}`, `${key}.${detail}`);
    results.push({ name: `${column.name} ${operator}${detail === 'not_null' || detail === 'unique' ? '' : ` ${expected}`}`, column: column.name, operator, expected, actual: actual ?? 'no value', level: check.level, passed: passed !== 'false' });
  };
  if (check.not_null) await add('is not null', '0 NULLs', `(count(*) - count(${name})) || ' NULLs'`, `count(${name}) = count(*)`, 'not_null');
  if (check.unique) await add('is unique', '0 repeated', `(count(${name}) - count(DISTINCT ${name})) || ' repeated'`, `count(DISTINCT ${name}) = count(${name})`, 'unique');
  // No value passes: whether there must be one is another check's question.
  const found = (extreme: string, beyond: string): string => (isPersonal ? `count(*) FILTER (${name} ${beyond}) || ' beyond'` : extreme);
  if (check.min !== undefined) {
    const bound = boundOf(check.min, column);
    await add('>=', String(check.min), found(`min(${name})`, `< ${bound}`), `min(${name}) >= ${bound}`, 'min');
  }
  if (check.max !== undefined) {
    const bound = boundOf(check.max, column);
    await add('<=', String(check.max), found(`max(${name})`, `> ${bound}`), `max(${name}) <= ${bound}`, 'max');
  }
  if (check.in) {
    const other = `${name} NOT IN (${check.in.map((value) => boundOf(value, column)).join(', ')})`;
    const examples = isPersonal ? '' : ` || ', such as ' || array_to_string(list_sort(list(DISTINCT ${name}::VARCHAR) FILTER (${other}))[:${EXAMPLES}], ', ')`;
    await add('in', check.in.join(', '), `CASE WHEN count(*) FILTER (${other}) = 0 THEN 'nothing else' ELSE count(*) FILTER (${other}) || ' others'${examples} END`, `count(*) FILTER (${other}) = 0`, 'in');
  }
  return results;
}

/** A number of the report as the decimal that was written, a text as a value of the column's type. */
function boundOf(bound: number | string, { type }: Column): string {
  return isNumeric(type) && typeof bound === 'number' ? `${bound}` : `CAST(${quoteText(String(bound))} AS ${type})`;
}

async function readOne({ connection, file }: CheckedTable, sql: string, key: string): Promise<(string | null)[]> {
  try {
    const result = await connection.runAndReadAll(sql);
    return result.getRows()[0]!.map((value: DuckDBValue, index) => (value === null ? null : cellText(result.columnType(index))(value)));
  } catch (cause) {
    const error = engineError(cause, { file, sql }, 'wrong-value');
    throw error instanceof DaybookError ? new DaybookError(error.code, error.message.split('\n')[0]!, { file, key }) : error;
  }
}

/** @throws `result-column` with the nearest name, at the key that names the column. */
export function namedColumn(name: string, { columns, file }: Pick<CheckedTable, 'columns' | 'file'>, key: string): Column {
  try {
    return findColumn(name, columns);
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    throw new DaybookError(cause.code, cause.message, { file, key }, cause.hint);
  }
}

/** @throws `check-failed` for the first one that fails and is not a warning. */
export function refuseFailed(results: readonly CheckResult[], file: string): void {
  const failed = results.find(({ passed, level }) => !passed && level === 'error');
  if (!failed) return;
  const more = results.filter(({ passed, level }) => !passed && level === 'error').length - 1;
  throw new DaybookError('check-failed', `check "${failed.name}" failed: expected ${failed.expected}, found ${failed.actual}${more === 0 ? '' : `; ${more} more failed`}`, { file, key: 'checks' });
}
