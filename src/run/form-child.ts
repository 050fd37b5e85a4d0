import { open } from 'node:fs/promises';
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { NO_EXTENSIONS, quoteText } from './engine.ts';
import { columnCountOf, escapeGlob, firstLine, textCsv, type Encoding } from './import-sql.ts';
import { serve, type Request } from './serve.ts';
import { shapeConditions, type Shape } from './text-shapes.ts';

/** The program that looks at the form of a CSV file that nobody has described. A hostile file can take this process down, and nothing else. */

export interface FormRequest extends Request {
  /** Absolute path. */
  file: string;
  /** What a file of this name has, unless another reads it into more columns. */
  delimiter: string;
  /** Folder for what does not fit into memory. */
  spill: string;
  threads: number;
}

export interface TextColumn {
  name: string;
  /** Rows that have a value. */
  filled: number;
  /** How many of the values have a shape, and one of them. Shapes of numbers are there where the column may hold numbers alone, and so are those of dates. */
  shapes: { [shape in Shape]?: { count: number; example: string } };
}

export interface TextForm {
  delimiter: string;
  /** The delimiter that needs no saying. */
  usual: string;
  encoding: Encoding;
  /** None where no form reads the whole file. */
  columns: TextColumn[];
}

const DELIMITERS = [',', ';', '\t', '|'];

serve(async ({ file, delimiter, spill, threads, memoryMb }: FormRequest): Promise<TextForm | null> => {
  const encodings = await encodingsOf(file);
  const instance = await DuckDBInstance.create(':memory:', { ...NO_EXTENSIONS, threads: String(threads), memory_limit: `${memoryMb}MB`, temp_directory: spill });
  const connection = await instance.connect();
  try {
    await connection.run(`SET allowed_paths = [${[file, escapeGlob(file)].map(quoteText).join(', ')}]`);
    await connection.run(`SET allowed_directories = [${quoteText(spill)}]`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    for (const encoding of encodings) {
      for (const found of await delimitersOf(connection, file, delimiter, encoding)) {
        const columns = await readColumns(connection, file, { delimiter: found, encoding });
        if (columns) return { delimiter: found, usual: delimiter, encoding, columns };
      }
    }
    // Importing it by the likeliest says which line is broken.
    const [likeliest] = await delimitersOf(connection, file, delimiter, 'utf-8');
    return likeliest === undefined ? null : { delimiter: likeliest, usual: delimiter, encoding: 'utf-8', columns: [] };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});

/** UTF-16 says so in its first bytes; of the others, the first that reads the file is taken. */
async function encodingsOf(file: string): Promise<Encoding[]> {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0xff && buffer[1] === 0xfe ? ['utf-16'] : ['utf-8', 'latin-1'];
  } finally {
    await handle.close();
  }
}

/** Delimiters by the number of columns into which they divide the header, the most first. */
async function delimitersOf(connection: DuckDBConnection, file: string, usual: string, encoding: Encoding): Promise<string[]> {
  const result = await connection.runAndReadAll(`SELECT line FROM ${firstLine(file, { encoding })} LIMIT 1`).catch(() => null);
  const header = String(result?.getRows()[0]?.[0] ?? '');
  const tried = [usual, ...DELIMITERS.filter((one) => one !== usual)].map((one) => ({ one, count: columnCountOf(header, one) }));
  const wide = tried.filter(({ count }) => count > 1).toSorted((a, b) => b.count - a.count).map(({ one }) => one);
  // By one that the header does not have, a file with a broken row is one wide column, and every number of it nonsense.
  return wide.length > 0 ? wide : [usual];
}

/** So many rows say of most columns that they are neither numbers nor dates. */
const SAMPLE = 2_000;

/** How many values of each column have which shape. Null where a row does not fit. */
async function readColumns(connection: DuckDBConnection, file: string, csv: { delimiter: string; encoding: Encoding }): Promise<TextColumn[] | null> {
  const relation = textCsv(file, csv);
  const read = async (cells: string[], from: string): Promise<DuckDBValue[]> => (cells.length === 0 ? [] : (await connection.runAndReadAll(`SELECT ${cells.join(', ')} FROM ${from}`)).getRows()[0]!);
  try {
    const names = (await connection.runAndReadAll(`DESCRIBE FROM ${relation}`)).getRows().map(([name]) => String(name));
    const asked = names.map((name) => ({ name, value: quoteIdentifier(name), ...shapeConditions(quoteIdentifier(name)) }));
    const sample = await read(asked.flatMap(({ value, numbers, dates }) => [`count(${value})`, `count(*) FILTER (${numbers[0]![1]})`, `count(*) FILTER (${dates.map(([, condition]) => `(${condition})`).join(' OR ')})`]), `(FROM ${relation} LIMIT ${SAMPLE})`);
    const likely = asked.map((column, index) => {
      const [filled, digits, dates] = sample.slice(3 * index, 3 * index + 3);
      return { ...column, shapes: [...(digits === filled ? column.numbers : []), ...(dates === filled ? column.dates : [])] };
    });
    const cells = likely.flatMap(({ value, shapes }) => [`count(${value})`, ...shapes.flatMap(([, condition]) => [`count(CASE WHEN ${condition} THEN ${value} END)`, `min(CASE WHEN ${condition} THEN ${value} END)`])]);
    const found = await read(cells, relation);
    return likely.map(({ name, shapes }) => {
      const [filled, ...rest] = found.splice(0, 1 + 2 * shapes.length);
      return { name, filled: Number(filled), shapes: Object.fromEntries(shapes.map(([shape], at) => [shape, { count: Number(rest[2 * at]), example: (rest[2 * at + 1] as string | null) ?? '' }])) };
    });
  } catch {
    return null;
  }
}
