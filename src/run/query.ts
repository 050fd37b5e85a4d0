import { BIGINT, DuckDBDateValue, DuckDBTimestampValue, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import { columnsOf } from '../report/metric.ts';
import type { Report } from '../report/report.ts';
import { splitStatements } from '../report/tokens.ts';
import { hasTime, type AsOf } from '../snapshot/as-of.ts';
import { digestBytes } from '../snapshot/canonical.ts';
import { encodeCsv, orderRows, type Row } from '../snapshot/csv.ts';
import type { Column, Result } from '../snapshot/manifest.ts';
import { kindOf } from '../snapshot/types.ts';
import { evaluateChecks, namedColumn, refuseFailed } from './checks.ts';
import { engineError } from './engine-error.ts';
import { checkQuery } from './gate.ts';
import { readRows, tooLarge } from './read-rows.ts';
import { resultMetrics } from './result-metrics.ts';
import type { Sandbox } from './sandbox.ts';

/** What the child needs to know of a report. */
export type QueriedReport = Pick<Report, 'file' | 'query' | 'as_of' | 'parameters' | 'key' | 'time' | 'sort' | 'dimensions' | 'columns' | 'metrics' | 'checks' | 'limits' | 'personal'>;

/** The gate lets the query through: names of the parameters that it uses. @throws what checkQuery throws. */
export function admit({ connection, surroundings }: Sandbox, { query, parameters }: QueriedReport): Promise<Set<string>> {
  return checkQuery(connection, query, { ...surroundings, parameters: ['as_of', ...Object.keys(parameters)] });
}

export interface Answered {
  asOf: AsOf;
  result: Result;
  csv: Buffer;
}

/** No source can have a name with an underscore. */
const TABLE = 'kept_result';
const EXAMPLES = 3;

/**
 * Runs a report's query, which was admitted, and reads all that is kept of it.
 * @param used names of the parameters that the query uses
 * @throws DaybookError for everything that a query, its data or its report can have wrong
 */
export async function runQuery({ connection }: Sandbox, report: QueriedReport, requested: AsOf, used: ReadonlySet<string>): Promise<Answered> {
  const { file, query, key, limits, checks: asked } = report;
  const columns = await execute(connection, report, bindings(report.parameters, requested, used));
  refuseColumns(columns, report);
  const rows = await readOrdered(connection, columns, report);
  if (rows.length > limits.rows) throw tooLarge(`more than ${limits.rows} rows`, query.file);
  if (rows.length === 0 && !asked.some((check) => 'rows' in check && check.rows.min === 0)) throw new DaybookError('result-empty', 'the result has no rows', { file });
  const names = columns.map(({ name }) => name);
  refuseKeys(rows, key.map((name) => names.indexOf(name)), names, file);
  const asOf = asOfResult(columns, rows, report, requested);
  const checks = await evaluateChecks(asked, { connection, table: TABLE, columns, rows: rows.length, personal: report.personal, file });
  refuseFailed(checks, file);
  const metrics = await resultMetrics({ connection, table: TABLE, columns, rows }, report, asOf);
  // The next query has the memory to itself, and nothing of this result to read.
  await connection.run(`DROP TABLE ${TABLE}`);
  const csv = encodeCsv(names, rows);
  if (csv.length > limits.bytes) throw tooLarge(`${csv.length} bytes as CSV, more than ${limits.bytes}`, query.file);
  return { asOf, csv, result: { columns, rows: { count: rows.length, bytes: csv.length, sha256: digestBytes(csv) }, metrics, checks } };
}

/** Leaves the result in a table, and returns its columns. */
async function execute(connection: DuckDBConnection, { query, limits }: QueriedReport, { values, types }: Bindings): Promise<Column[]> {
  const [statement, ...more] = splitStatements(query.sql);
  if (statement === undefined || more.length > 0) throw new DaybookError('query-refused', 'the end of the statement is not clear', { file: query.file }, 'Write one SELECT, and quotes and comments that end.');
  try {
    // On lines of its own, so that a comment at its end does not reach further.
    const prepared = await connection.prepare(`CREATE TEMP TABLE ${TABLE} AS SELECT * FROM (\n${query.sql.slice(0, statement.at)}${statement.sql}\n) LIMIT ${limits.rows + 1}`);
    prepared.bind(values, types);
    await prepared.run();
    prepared.destroySync();
  } catch (cause) {
    throw engineError(cause, query, 'query-failed', 1);
  }
  const described = await connection.runAndReadAll(`DESCRIBE ${TABLE}`);
  const columns = described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  // The table names a second "a" "a_1": only where a name looks so, the query is asked for its own names.
  if (columns.some(({ name }) => /_\d+$/.test(name))) refuseTwins(await connection.prepare(query.sql), query.file);
  return columns;
}

function refuseTwins(prepared: { columnCount: number; columnName(index: number): string; destroySync(): void }, file: string): void {
  const names = Array.from({ length: prepared.columnCount }, (_, index) => prepared.columnName(index));
  prepared.destroySync();
  const lower = names.map((name) => name.toLowerCase());
  const twin = names.find((_, index) => lower.indexOf(lower[index]!) !== index);
  if (twin !== undefined) throw new DaybookError('result-column', `two columns are named "${twin}"`, { file }, 'Give each column a name of its own with AS.');
}

interface Bindings {
  values: Record<string, DuckDBValue>;
  types: Record<string, DuckDBType>;
}

/** $as_of is a DATE, or a TIMESTAMP for a report that runs more than once a day. Whole numbers are BIGINT. */
export function bindings(parameters: QueriedReport['parameters'], requested: AsOf, used: ReadonlySet<string>): Bindings {
  const start = BigInt(Date.parse(requested));
  const asOf = hasTime(requested) ? new DuckDBTimestampValue(start * 1000n) : new DuckDBDateValue(Number(start / 86_400_000n));
  const all: Bindings = { values: { as_of: asOf }, types: {} };
  for (const [name, value] of Object.entries(parameters)) {
    if (!used.has(name.toLowerCase())) continue;
    const whole = typeof value === 'number' && Number.isSafeInteger(value);
    all.values[name.toLowerCase()] = whole ? BigInt(value) : value;
    if (whole) all.types[name.toLowerCase()] = BIGINT;
  }
  if (!used.has('as_of')) delete all.values['as_of'];
  return all;
}

/** What the report names must be there. Metrics and checks are looked up where they are evaluated. */
function refuseColumns(columns: Column[], report: QueriedReport): void {
  const { file, key, as_of, time, sort, dimensions, metrics } = report;
  const look = (name: string, at: string): Column => namedColumn(name, { columns, file }, at);
  for (const name of key) look(name, 'key');
  for (const name of sort) look(name.replace(/^-/, ''), 'sort');
  for (const name of Object.keys(dimensions)) look(name, `dimensions.${name}`);
  for (const name of Object.keys(report.columns)) look(name, `columns.${name}`);
  for (const { name, expression } of metrics) for (const column of columnsOf(expression)) look(column, `metrics.${name}.value`);
  if (time) refuseNoTime(look(time.column, 'time.column'), file, 'time.column');
  if (as_of !== 'scheduled') refuseNoTime(look(as_of.column, 'as_of.column'), file, 'as_of.column');
}

function refuseNoTime({ name, type }: Column, file: string, key: string): void {
  if (kindOf(type) === 'date' || kindOf(type) === 'timestamp') return;
  throw new DaybookError('result-column', `column "${name}" is ${type}, not a date or a time`, { file, key }, 'Cast it in the query, e.g. CAST(… AS DATE).');
}

/** The largest moment of the column that the requested as-of covers, as a date where the column or the request is one. */
function asOfResult(columns: Column[], rows: readonly Row[], { as_of, file }: QueriedReport, requested: AsOf): AsOf {
  if (as_of === 'scheduled' || rows.length === 0) return requested;
  const index = columns.findIndex(({ name }) => name === as_of.column);
  let newest = '';
  for (const row of rows) {
    const cell = row[index];
    // Text of this form sorts as time does; infinities and years BC are no as-of.
    if (cell && cell > newest && /^\d{4}-\d{2}-\d{2}(T|$)/.test(cell) && covers(requested, cell)) newest = cell;
  }
  if (newest === '') throw new DaybookError('as-of-missing', `column "${as_of.column}" has no value up to ${requested}`, { file, key: 'as_of.column' });
  return hasTime(requested) && hasTime(newest) ? `${newest.slice(0, 16)}Z` : newest.slice(0, 10);
}

/** A date covers its whole day. */
function covers(requested: AsOf, cell: string): boolean {
  return hasTime(requested) ? cell.replace('Z', '') <= `${requested.slice(0, 16)}:00` : cell.slice(0, 10) <= requested;
}

async function readOrdered(connection: DuckDBConnection, columns: Column[], { key, limits, query }: QueriedReport): Promise<readonly Row[]> {
  const keyIndexes = key.map((name) => columns.findIndex((column) => column.name === name));
  try {
    return orderRows(await readRows(connection, TABLE, columns, limits.bytes), keyIndexes);
  } catch (cause) {
    if (cause instanceof DaybookError) throw new DaybookError(cause.code, cause.message, { file: query.file }, cause.hint);
    // A text longer than a string of JavaScript can be.
    if (cause instanceof Error && /string longer than|Invalid string length|ERR_STRING_TOO_LONG|ERR_ENCODING_INVALID/i.test(`${(cause as NodeJS.ErrnoException).code} ${cause.message}`)) throw tooLarge('a value that is too long to be read', query.file);
    throw engineError(cause, query);
  }
}

/** Equal keys stand side by side, because rows are in key order. */
function refuseKeys(rows: readonly Row[], keyIndexes: readonly number[], names: readonly string[], file: string): void {
  if (keyIndexes.length === 0) return;
  const place = { file, key: 'key' };
  const shown = (row: Row): string => keyIndexes.map((index) => `${names[index]} = ${row[index] ?? 'NULL'}`).join(', ');
  const withNull = rows.filter((row) => keyIndexes.some((index) => row[index] === null));
  if (withNull.length > 0) throw new DaybookError('key-null', `${countOf(withNull.length, 'row has', 'rows have')} a NULL in the key, such as ${withNull.slice(0, EXAMPLES).map(shown).join('; ')}`, place);
  const repeats = (at: number): boolean => at > 0 && keyIndexes.every((index) => rows[at]![index] === rows[at - 1]![index]);
  const repeated = rows.filter((_, at) => repeats(at));
  if (repeated.length === 0) return;
  const examples = [...new Set(repeated.map(shown))].slice(0, EXAMPLES);
  // What a join does that finds as many partners for each row.
  const times = rows.length / (rows.length - repeated.length);
  const isEvery = rows.length - repeated.length > 1 && Number.isInteger(times) && rows.every((_, at) => repeats(at) === (at % times > 0));
  const every = isEvery ? `every key is there exactly ${times === 2 ? 'twice' : `${times} times`}: ` : '';
  throw new DaybookError('key-duplicate', `${every}${countOf(repeated.length, 'row repeats', 'rows repeat')} the key of another, such as ${examples.join('; ')}`, place);
}

function countOf(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
