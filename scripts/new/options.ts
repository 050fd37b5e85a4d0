import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { didYouMean } from '../../src/report/near.ts';
import { TEMPLATES } from '../../src/review/onboard/templates.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';
import { fromRoot, type World } from '../world/world.ts';
import { isPerson, missing, type Asker } from './ask.ts';
import { formatOf } from './candidates.ts';
import { givenData, type GivenData } from './data.ts';
import { offeredFiles } from './offer.ts';
import { readSql, type SqlText } from './source.ts';
import { tablesRead, type TablesRead } from './tables.ts';

export interface NewOptions {
  sql?: string | undefined;
  /** Each a path, or `table=path`. */
  data?: readonly string[] | undefined;
  title?: string | undefined;
  description?: string | undefined;
  team?: string | undefined;
  owner?: string | undefined;
  sources?: string | undefined;
  schedule?: string | undefined;
  template?: string | undefined;
  narrative?: boolean | undefined;
  propose?: boolean | undefined;
  yes?: boolean | undefined;
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
}

/** What the report is made of. Files are named from the root. */
export type Subject =
  /** `read`: null where the text is no SELECT, which running it explains. */
  | { kind: 'sql'; file: string; sql: SqlText; read: TablesRead | null; data: GivenData[] }
  | { kind: 'data'; file: string };

/** Those that take any data, and those of templates.ts. */
export const ANY_DATA = ['kpi', 'weekly'];

/** The file and the id among what stands without an option: no id has a full stop. @throws `wrong-use` */
export function named(words: readonly string[], options: NewOptions): { id: string | undefined; options: NewOptions } {
  const isSql = (word: string): boolean => /\.sql$/i.test(word);
  const isFile = (word: string): boolean => isSql(word) || formatOf(word.replace(COMPRESSED, '')) !== null;
  const other = words.find((word) => !isFile(word) && /\.\w+$/.test(word));
  if (other !== undefined) throw new DaybookError('wrong-use', 'this is neither SQL nor data that Daybook reads', { file: oneLineOf(other, 200) }, remedyFor(other));
  const [[file, ...files], [id, ...ids]] = [words.filter(isFile), words.filter((word) => !isFile(word))];
  if (ids.length > 0) throw new DaybookError('wrong-use', `“${oneLineOf(id!)}” and “${oneLineOf(ids[0]!)}” are both given as the report’s id`, {}, 'Give one; a word with blanks goes in quotes.');
  if (files.length > 0 || (file !== undefined && options.sql !== undefined)) throw new DaybookError('wrong-use', `a report is made of one file, and ${oneLineOf(file!)} and ${oneLineOf(files[0] ?? options.sql!)} are given`, {}, 'Give the SQL file alone, and each data file with --data.');
  if (file === undefined) return { id, options };
  if (isSql(file)) return { id, options: { ...options, sql: file } };
  if ((options.data ?? []).length > 0) throw new DaybookError('wrong-use', `${oneLineOf(file)} and --data are given`, {}, 'Give one of them.');
  return { id, options: { ...options, data: [file] } };
}

/** A word that is taken for an id, and is the path of what no report is made of. @throws `wrong-use` */
export function refusePath(world: World, word: string, { sql, data = [] }: NewOptions): void {
  if (sql !== undefined || data.length > 0) return;
  const found = statSync(path.resolve(world.here ?? world.root, word), { throwIfNoEntry: false });
  const place = { file: oneLineOf(word, 200) };
  if (found?.isDirectory()) throw new DaybookError('wrong-use', 'this is a folder', place, `\`npx daybook import ${oneLineOf(word, 200)}\` makes a report of each of its queries; for one report, name its file.`);
  if (found) throw new DaybookError('wrong-use', 'this is neither SQL nor data that Daybook reads', place, remedyFor(word));
}

/** What is read as it is; of Parquet, the file itself is compressed. */
const COMPRESSED = /(?<=\.(csv|tsv|json|ndjson|jsonl))\.gz$/i;

/** How data comes out of what people have it in. */
function remedyFor(file: string): string {
  if (/\.(xlsx?|xlsm|xlsb|ods|numbers)$/i.test(file)) return 'Save it as CSV UTF-8 there, one file for each sheet, and name that file.';
  if (/\.(duckdb|db|sqlite3?|mdb|accdb)$/i.test(file)) return `Databases are not read. Export the table, in DuckDB by COPY (SELECT …) TO 'data/orders.parquet', and name that file.`;
  return 'Name a file that ends in .sql, .csv, .tsv, .parquet, .json, .ndjson or .jsonl. An id has no full stop.';
}

/** The file that a report is made of, read. @param ask asks for it where it is not said; null where nobody is there. @throws `wrong-use`, `file-missing`, `query-refused` */
export async function subjectOf(world: World, { sql, data = [], template = 'kpi', sources }: NewOptions, definitions: Definitions, ask: Asker | null): Promise<Subject> {
  const templates = [...ANY_DATA, ...Object.keys(TEMPLATES)];
  if (!templates.includes(template)) throw new DaybookError('wrong-use', `there is no template "${template}"${didYouMean(template, templates)}`, { key: 'template' }, `Templates: ${templates.join(', ')}.`);
  if (sql === undefined && data.length > 0 && sources !== undefined) throw new DaybookError('wrong-use', '--sources goes with --sql', {}, 'The data file becomes the source.');
  const given = sql ?? data[0] ?? await chosenFile(world, definitions, ask);
  const isSql = sql !== undefined || (data.length === 0 && /\.sql$/i.test(given));
  if (isSql && !ANY_DATA.includes(template)) throw new DaybookError('wrong-use', `the template ${template} makes its own query`, { key: 'template' }, 'Give it the data: --data file.csv.');
  const file = fromRoot(world, given);
  if (!isSql) {
    if (data.length > 1) throw new DaybookError('wrong-use', 'a report without SQL is made of one data file', {}, 'Give --data once, or --sql with a query over all of them.');
    return { kind: 'data', file };
  }
  const text = await readSql(world.root, file);
  const [read = null] = await tablesRead(world.root, [text.statement]);
  return { kind: 'sql', file, sql: text, read, data: dataOf(world, data) };
}

/** A path as a person gives it; a number stands for one of those that are offered. */
async function chosenFile(world: World, definitions: Definitions, ask: Asker | null): Promise<string> {
  const home = world.here ?? world.root;
  const offered = isPerson(ask) ? (await offeredFiles(world, definitions)).map((file) => path.relative(home, path.join(world.root, file))) : [];
  const of = (answer: string): string => (/^[1-9]$/.test(answer) ? offered[Number(answer) - 1] : undefined) ?? answer;
  const list = offered.length > 1 ? ['New here:', ...offered.map((file, index) => `  ${index + 1}  ${oneLineOf(file, 200)}`)] : [];
  return of(await missing(ask, {
    question: 'SQL or data file', suggested: offered[0], above: list, remedy: 'Give --sql file.sql, or --data file.csv (or .parquet, .json, .ndjson).',
    check: (answer) => {
      if (!existsSync(path.resolve(home, of(answer)))) throw new DaybookError('file-missing', `${oneLineOf(answer)} does not exist`, {}, 'Name a file from this folder.');
    },
  }));
}

/** What `--data` names, from the root. */
export function dataOf(world: World, said: readonly string[]): GivenData[] {
  const given = givenData(said, (file) => existsSync(path.resolve(world.here ?? world.root, file)));
  return given.map(({ table, file }) => ({ table, file: fromRoot(world, file) }));
}
