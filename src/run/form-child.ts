import { open } from 'node:fs/promises';
import { DuckDBInstance, type DuckDBConnection, type DuckDBListValue, type DuckDBValue } from '@duckdb/node-api';
import { quoteIdentifier } from '../snapshot/metric-sql.ts';
import { NO_EXTENSIONS, quoteText } from './engine.ts';
import { columnCountOf, escapeGlob, firstLine, textCsv, type Encoding } from './import-sql.ts';
import { serve, type Request } from './serve.ts';
import { mayBeDate, shapeConditions, type Shape } from './text-shapes.ts';

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
  /** Texts for no value that it has beside numbers or dates; they count neither as filled nor in shapes. */
  words: readonly string[];
  /** Other texts that a column of numbers or dates has; none where they are many. */
  strays: readonly string[];
  /** What `words` and `strays` stand among. */
  among: 'numbers' | 'dates';
  /** A column of texts that has `words` of another, too. */
  hasWords: boolean;
}

export interface TextForm {
  delimiter: string;
  /** The delimiter that needs no saying. */
  usual: string;
  encoding: Encoding;
  /** None where no form reads the whole file. */
  columns: TextColumn[];
  /** The first line, where it names no more than half of the columns that have values: spreadsheets pad a title to their width. */
  title: { text: string; named: number; of: number } | null;
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
        if (columns) return { delimiter: found, usual: delimiter, encoding, columns, title: await titleOf(connection, file, { delimiter: found, encoding }) };
      }
    }
    // Importing it by the likeliest says which line is broken.
    const [likeliest] = await delimitersOf(connection, file, delimiter, 'utf-8');
    return likeliest === undefined ? null : { delimiter: likeliest, usual: delimiter, encoding: 'utf-8', columns: [], title: null };
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
/** Expressions in one SELECT over the sample, and over all rows: of 500 columns at once they need more memory than there is, and minutes. */
const [MOST_CELLS, MOST_CELLS_OF_ALL] = [300, 2_400];
/** Texts among numbers that are worth telling. */
const MOST_STRAYS = 8;
const LONGEST_STRAY = 61;
/** What exports write where there is no value. */
const NO_VALUE = /^(null|none|nil|#?n\/a|na|n\.a\.|nan|k\. ?a\.|-{1,3}|\.{1,3}|[–—?:]|\\N|\(null\)|#(null|value|div\/0|ref)!)$/i;

/**
 * The first line, where it is a title and no header. An index without a name may be the first column, and fields behind the last one may be
 * empty in all rows: the table `sample`, which `readColumns` makes, says whether they are.
 */
async function titleOf(connection: DuckDBConnection, file: string, csv: { delimiter: string; encoding: Encoding }): Promise<TextForm['title']> {
  const [line] = (await connection.runAndReadAll(`FROM ${textCsv(file, { ...csv, header: false })} LIMIT 1`)).getRows();
  const cells = (line ?? []).map((cell) => String(cell ?? '').trim());
  const nameless = cells.flatMap((cell, index) => (index > 0 && cell === '' ? [index] : []));
  // A file without a line has none.
  if (nameless.length === 0 || nameless.length * 2 < cells.length) return null;
  const columns = (await connection.runAndReadAll('DESCRIBE sample')).getRows().map(([name]) => quoteIdentifier(String(name)));
  const [values] = (await connection.runAndReadAll(`SELECT coalesce(bool_or(coalesce(${nameless.map((index) => columns[index]).join(', ')}) IS NOT NULL), false) FROM sample`)).getRows();
  return values?.[0] === true ? { text: cells.find((cell) => cell !== '') ?? '', named: cells.length - nameless.length, of: cells.length } : null;
}

/** How many values of each column have which shape. Null where a row does not fit; else the temporary table `sample` has the first rows. */
async function readColumns(connection: DuckDBConnection, file: string, csv: { delimiter: string; encoding: Encoding }): Promise<TextColumn[] | null> {
  const relation = textCsv(file, csv);
  const read = async (cells: string[], from: string, most: number): Promise<DuckDBValue[]> => {
    const found: DuckDBValue[] = [];
    for (let at = 0; at < cells.length; at += most) found.push(...(await connection.runAndReadAll(`SELECT ${cells.slice(at, at + most).join(', ')} FROM ${from}`)).getRows()[0]!);
    return found;
  };
  try {
    const names = (await connection.runAndReadAll(`DESCRIBE FROM ${relation}`)).getRows().map(([name]) => String(name));
    const asked = names.map((name) => ({ name, value: quoteIdentifier(name), ...shapeConditions(quoteIdentifier(name)) }));
    await connection.run(`CREATE OR REPLACE TEMP TABLE sample AS FROM ${relation} LIMIT ${SAMPLE}`);
    // Most columns have no date, and asking each for every form of one takes longer than all the rest.
    const anyDate = (await read(asked.map(({ value }) => `count(*) FILTER (${mayBeDate(value)})`), 'sample', MOST_CELLS)).map(Number);
    const sample = await read(asked.flatMap(({ value, numbers, dates, amount }, index) => {
      const [number, date] = [numbers[0]![1], anyDate[index] === 0 ? 'false' : dates.map(([, condition]) => `(${condition})`).join(' OR ')];
      const neither = `FILTER (NOT (${number}) AND NOT (${date}))`;
      return [`count(${value})`, `count(*) FILTER (${number})`, `count(*) FILTER (${date})`, `count(*) FILTER (${amount})`, `count(*) ${neither}`, `list_slice(list_sort(list(DISTINCT left(${value}, ${LONGEST_STRAY})) ${neither}), 1, ${MOST_STRAYS + 1})`];
    }), 'sample', MOST_CELLS);
    const likely = asked.map(({ name, value: written }, index) => {
      const [filled, digits, dated, amounts, neither] = sample.slice(6 * index, 6 * index + 5).map(Number) as [number, number, number, number, number];
      const others = (sample[6 * index + 5] as DuckDBListValue | null)?.items.map(String) ?? [];
      const left = filled - neither;
      const isFew = others.length > 0 && others.length <= MOST_STRAYS && left > 0;
      const words = isFew && others.every((one) => NO_VALUE.test(one)) ? others : [];
      const value = words.length > 0 ? `(CASE WHEN ${written} IN (${words.map(quoteText).join(', ')}) THEN NULL ELSE ${written} END)` : written;
      const { numbers, dates, amount } = shapeConditions(value);
      const kept = words.length > 0 ? left : filled;
      const shapes: [Shape, string][] = [...(digits === kept ? numbers : []), ...(dated === kept ? dates : []), ...(amounts === filled && digits !== filled ? [['amount', amount] as [Shape, string]] : [])];
      return { name, written, value, words, shapes, among: dated === left ? 'dates' as const : 'numbers' as const, strays: isFew && words.length === 0 && left * 2 >= filled ? others : [] };
    });
    const anyWord = [...new Set(likely.flatMap(({ words }) => words))];
    const cells = likely.flatMap(({ written, value, shapes }) => [`count(${value})`, anyWord.length === 0 ? 'false' : `coalesce(bool_or(${written} IN (${anyWord.map(quoteText).join(', ')})), false)`, ...shapes.flatMap(([, condition]) => [`count(CASE WHEN ${condition} THEN ${value} END)`, `min(CASE WHEN ${condition} THEN ${value} END)`])]);
    const found = await read(cells, relation, MOST_CELLS_OF_ALL);
    return likely.map(({ name, words, strays, among, shapes }) => {
      const [filled, hasWords, ...rest] = found.splice(0, 2 + 2 * shapes.length);
      return { name, filled: Number(filled), words, strays, among, hasWords: hasWords === true && words.length === 0, shapes: Object.fromEntries(shapes.map(([shape], at) => [shape, { count: Number(rest[2 * at]), example: (rest[2 * at + 1] as string | null) ?? '' }])) };
    });
  } catch {
    return null;
  }
}
