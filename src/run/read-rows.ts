import type { DuckDBConnection } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import type { Column } from '../snapshot/manifest.ts';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { cellText } from './cells.ts';

/**
 * All rows of a table as text cells.
 * @param mostBytes stops with `result-too-large` once the cells' text is longer, so that memory stays bounded
 */
export async function readRows(connection: DuckDBConnection, table: string, columns: readonly Column[], mostBytes: number): Promise<(string | null)[][]> {
  const result = await connection.stream(`SELECT ${columns.map(columnSql).join(', ')} FROM ${table}`);
  const writers = result.columnTypes().map(cellText);
  const rows: (string | null)[][] = [];
  let characters = 0;
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const { rowCount } = chunk;
    const first = rows.length;
    for (let row = 0; row < rowCount; row++) rows.push(Array.from<string | null>({ length: writers.length }));
    for (const [column, write] of writers.entries()) {
      const vector = chunk.getColumnVector(column);
      for (let row = 0; row < rowCount; row++) {
        const value = vector.getItem(row);
        const cell = value === null ? null : write(value);
        rows[first + row]![column] = cell;
        characters += cell === null ? 1 : cell.length + 1;
      }
    }
    if (characters > mostBytes) throw tooLarge(`more than ${mostBytes} bytes`);
  }
  return rows;
}

/** The driver hands out a geometry as bytes; as text it is readable, and DuckDB reads it back. */
function columnSql({ name, type }: Column): string {
  return type.startsWith('GEOMETRY') ? `CAST(${quoteIdentifier(name)} AS VARCHAR)` : quoteIdentifier(name);
}

/** `result-too-large`. @param what ends the sentence “the result has …” @param file of the query */
export function tooLarge(what: string, file?: string): DaybookError {
  return new DaybookError('result-too-large', `the result has ${what}`, { file });
}
