import type { DuckDBConnection } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import type { Metric, Report } from '../report/report.ts';
import type { Period } from '../report/schema.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import type { Row } from '../snapshot/csv.ts';
import type { Column, MetricValue } from '../snapshot/manifest.ts';
import { metricSql, quoteIdentifier } from '../snapshot/metric-sql.ts';
import { resultType, typeText } from '../snapshot/numeric.ts';
import { isComplete, periodOf, sqlPeriod } from '../snapshot/period.ts';
import { cellText } from './cells.ts';
import { engineError } from './engine-error.ts';
import { quoteText } from './engine.ts';

/** A result that the engine holds, and its rows as kept cells. */
interface HeldResult {
  connection: DuckDBConnection;
  /** Quoted name. */
  table: string;
  columns: readonly Column[];
  rows: readonly Row[];
}

/**
 * The metrics' values, as the manifest keeps them, by SQL (`evaluate.ts` does it from kept rows): of the last complete period where the report has `time`, else of all rows.
 * @throws `metric-failed`, `result-column` at the metric's key
 */
export async function resultMetrics({ connection, table, columns, rows }: HeldResult, { file, metrics, time }: Pick<Report, 'file' | 'time' | 'metrics'>, asOf: AsOf): Promise<MetricValue[]> {
  const compiled = metrics.map((metric) => compile(metric, columns, file));
  if (!time) return values(connection, table, compiled, file, null);
  const period = lastComplete(rows, columns.findIndex(({ name }) => name === time.column), time.period, asOf);
  if (period === null) return compiled.map(({ name, type }) => ({ name, type, value: null, period: null }));
  return values(connection, `${table} WHERE ${sqlPeriod(quoteIdentifier(time.column), time.period)} = ${quoteText(period)}`, compiled, file, period);
}

/** The newest period with rows that has ended by the as-of. */
function lastComplete(rows: readonly Row[], index: number, period: Period, asOf: AsOf): string | null {
  let last: string | null = null;
  for (const cell of new Set(rows.map((row) => row[index]))) {
    const start = cell ? periodOf(cell, period) : null;
    if (start !== null && (last === null || start > last) && isComplete(start, period, asOf)) last = start;
  }
  return last;
}

interface Compiled {
  name: string;
  type: string;
  sql: string;
}

function compile({ name, expression }: Metric, columns: readonly Column[], file: string): Compiled {
  try {
    return { name, type: typeText(resultType(expression, columns)), sql: metricSql(expression, columns) };
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    throw new DaybookError(cause.code, cause.message, { file, key: `metrics.${name}.value` }, cause.hint);
  }
}

async function values(connection: DuckDBConnection, from: string, compiled: readonly Compiled[], file: string, period: string | null): Promise<MetricValue[]> {
  if (compiled.length === 0) return [];
  try {
    const result = await connection.runAndReadAll(`SELECT ${compiled.map(({ sql }) => sql).join(', ')} FROM ${from}`);
    const [row] = result.getRows();
    return compiled.map(({ name, type }, index) => {
      const value = row![index]!;
      return { name, type, value: value === null ? null : cellText(result.columnType(index))(value), period };
    });
  } catch (cause) {
    // One at a time, to name the one that fails.
    if (compiled.length > 1) return (await Promise.all(compiled.map((one) => values(connection, from, [one], file, period)))).flat();
    const error = engineError(cause, { file, sql: '' }, 'metric-failed');
    if (!(error instanceof DaybookError)) throw error;
    throw new DaybookError(error.code, error.message.split('\n')[0]!, { file, key: `metrics.${compiled[0]!.name}.value` });
  }
}
