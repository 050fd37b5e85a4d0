import type { DuckDBConnection } from '@duckdb/node-api';
import type { Column } from '../snapshot/manifest.ts';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { kindOf } from '../snapshot/types.ts';
import { quoteText } from './engine.ts';
import { conversionError } from './import-error.ts';
import { textCsv } from './import-sql.ts';
import type { ImportRequest } from './imported.ts';
import { numberPattern } from './text-shapes.ts';

/**
 * The engine skips the sign between thousands wherever it stands: with a point, `2.5` becomes 25, and `192.168.1.1` a number
 * (measured, 1.5.5). So what it has read as a number is held against the text. @throws `source-broken`
 */
export async function refuseOddNumbers(connection: DuckDBConnection, { files, reading: { csv }, source }: Pick<ImportRequest, 'files' | 'reading' | 'source'>, columns: readonly Column[]): Promise<void> {
  const numbers = columns.filter(({ type }) => ['integer', 'decimal', 'double'].includes(kindOf(type)));
  if (csv.thousands === undefined || numbers.length === 0) return;
  const pattern = quoteText(`\\s*${numberPattern(csv.decimal ?? '.', csv.thousands)}\\s*`);
  const cells = numbers.flatMap(({ name }) => {
    const value = `line.${quoteIdentifier(name)}`;
    const odd = `FILTER (contains(${value}, ${quoteText(csv.thousands!)}) AND NOT regexp_full_match(${value}, ${pattern}))`;
    return [`min(row) ${odd}`, `arg_min(${value}, row) ${odd}`];
  });
  const relation = textCsv(files.map(({ path }) => path), csv);
  const [found] = (await connection.runAndReadAll(`SELECT ${cells.join(', ')} FROM (SELECT line, row_number() OVER () AS row FROM ${relation} AS line)`)).getRows();
  const at = numbers.findIndex((_, index) => found![2 * index] !== null);
  if (at < 0) return;
  const { name, type } = numbers[at]!;
  const [row, value] = found!.slice(2 * at, 2 * at + 2);
  throw conversionError({ column: name, value: String(value), type, detail: `, in row ${String(row)} below the header, has "${csv.thousands}" where no thousands end` }, source, { file: files.length === 1 ? files[0]!.name : source.file });
}
