import { lstatSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Definitions } from '../src/report/load.ts';
import type { Source } from '../src/report/report.ts';
import { readYaml } from '../src/report/yaml.ts';
import type { Resolve, Resolved } from '../src/review/onboard/import-plan.ts';
import { isNameable } from '../src/review/onboard/key.ts';
import { oneLineOf, slugOf } from '../src/review/onboard/words.ts';
import type { Folder } from './import-read.ts';
import { brokenSource, homeOf, sourceFrom, sourceText } from './new-source.ts';

/** Where tables of the old home are found here. */
export interface Sources {
  resolve: Resolve;
  /** Sources that are not described yet, by name; they are written with the first report that reads them. */
  added: Map<string, Source>;
}

const DATABASES = /^(postgres|mysql|mssql|snowflake|bigquery|redshift|databricks|trino|motherduck|sqlite|duckdb|timescale|cube|gsheets|javascript)$/;
const ENDINGS = ['parquet', 'csv', 'tsv', 'ndjson', 'jsonl', 'json'];

interface Table {
  schema: string;
  name: string;
  /** The file of the project that holds it. */
  data: string | null;
  /** The SQL that made it out of a database. */
  sql: string | null;
}

/** @param isProject whether the folder is an Evidence project, whose tables are files below sources/ */
export async function sourcesOf(folder: Folder, root: string, definitions: Definitions, isProject: boolean): Promise<Sources> {
  const { sources, instance } = definitions;
  const home = await realpath(root);
  const added = new Map<string, Source>();
  const found = new Map<string, Resolved>();
  const tables = isProject ? tablesOf(folder) : [];

  const find = (table: Table): Resolved => {
    const { schema, name } = table;
    const file = placeOf(table, folder, home, instance.source_roots);
    const same = file === null ? undefined : [...sources.values()].find(({ files }) => [files].flat().includes(file));
    if (same) return { source: same.name };
    const exact = schema === '' ? [name.toLowerCase(), slugOf(name)] : [slugOf(`${schema} ${name}`)];
    // One of the table's name alone may be another schema's: it counts where there is no file to ask for.
    const loose = file === null && table.data === null ? [name.toLowerCase(), slugOf(name)] : [];
    const described = [...exact, ...loose].find((one) => sources.has(one));
    if (described !== undefined) {
      const written = oneLineOf(schema === '' ? name : `${schema}.${name}`, 80);
      return { source: described, ...(written === described ? {} : { note: `${written} is read from the source ${described}, which is described already` }) };
    }
    const broken = [...exact, slugOf(name)].map((one) => brokenSource(one, definitions)).find((one) => one !== undefined);
    if (broken) return { what: `the source of ${oneLineOf(schema === '' ? name : `${schema}.${name}`, 80)} is broken: ${oneLineOf(broken.place.file ?? '', 100)}: ${oneLineOf(broken.message, 200)}`, remedy: broken.remedy };
    const free = [slugOf(name), slugOf(`${schema} ${name}`)].find((one) => one !== '' && !sources.has(one) && !added.has(one));
    if (file === null || free === undefined) return missing(table, folder, instance.source_roots);
    added.set(free, sourceFrom(sourceText(file, []), free));
    return { source: free };
  };
  const findOnce = (table: Table): Resolved => {
    const key = `${table.schema}.${table.name}`.toLowerCase();
    const resolved = found.get(key) ?? find(table);
    found.set(key, resolved);
    return resolved;
  };
  for (const table of tables) findOnce(table);
  const bare = Map.groupBy(tables, ({ name }) => name.toLowerCase());
  return {
    added,
    resolve: (schema, name) => {
      const alone = schema === null ? bare.get(name.toLowerCase()) : undefined;
      return findOnce(alone?.length === 1 ? alone[0]! : { schema: schema ?? '', name, data: null, sql: null });
    },
  };
}

/** Each file of data below sources/<schema>/, and each SQL file beside a connection. */
function tablesOf({ texts, data }: Folder): Table[] {
  const tables = new Map<string, Table>();
  const below = /^sources\/([^/]+)\/(?:.*\/)?([^/]+)\.(\w+)$/;
  for (const file of [...data, ...texts.keys()]) {
    const [, schema = '', name = '', ending = ''] = below.exec(file) ?? [];
    if (schema === '' || /^ya?ml$|^md$/i.test(ending)) continue;
    // In older projects SQL below sources/ is a page's query, and there is one connection for all.
    if (/^sql$/i.test(ending) && !texts.has(`sources/${schema}/connection.yaml`) && !texts.has(`sources/${schema}/connection.yml`)) continue;
    const key = `${schema}.${name}`.toLowerCase();
    const table = tables.get(key) ?? { schema, name, data: null, sql: null };
    if (/^sql$/i.test(ending)) table.sql = file;
    else table.data ??= file;
    tables.set(key, table);
  }
  return [...tables.values()];
}

/** The table's file below a source root, relative to the instance: where it lies, or where it was copied or exported to. */
function placeOf({ schema, name, data }: Table, folder: Folder, home: string, roots: readonly string[]): string | null {
  const candidates = [
    ...(data === null ? [] : [path.relative(home, path.join(folder.root, data))]),
    // Where a person is told to put it, first.
    ...[homeOf(roots), ...roots].flatMap((one) => ENDINGS.map((ending) => path.join(one, schema, `${name}.${ending}`))),
  ].map((file) => file.split(path.sep).join('/'));
  return candidates.find((file) => {
    if (file.startsWith('../') || path.isAbsolute(file) || !isNameable(file) || file.split('/').some((part) => part === '.git' || part === '.daybook')) return false;
    return roots.some((one) => one === '.' || file.startsWith(`${one.replace(/\/$/, '')}/`)) && isFile(path.join(home, file));
  }) ?? null;
}

/** A regular file, not a link; a name that no file can have is none. */
function isFile(file: string): boolean {
  try {
    return lstatSync(file).isFile();
  } catch {
    return false;
  }
}

function missing({ schema, name, data, sql }: Table, folder: Folder, roots: readonly string[]): Resolved {
  const home = homeOf(roots);
  const again = `${roots.some((one) => one === '.' || one === home) ? '' : `, add ${home} to \`source_roots\` of daybook.yml`}, then import again.`;
  const table = oneLineOf(schema === '' ? name : `${schema}.${name}`, 80);
  const target = oneLineOf(path.posix.join(home, schema, name), 120);
  if (data !== null) return { what: `${table} is ${oneLineOf(data, 120)}, which lies outside of the folders that sources may read`, remedy: `Copy it to ${target}${path.extname(data)}${again}` };
  if (sql === null) return { what: `there is no source for the table ${table}`, remedy: `Export it to ${target}.parquet or .csv, or describe its export in queries/sources/${slugOf(name) || 'name'}.yml${again}` };
  const type = connectionOf(schema, folder);
  return { what: `${table} comes out of a database${type ? ` (${type})` : ''}, and databases are not read`, remedy: `Export what ${oneLineOf(sql, 120)} selects to ${target}.parquet or .csv${again}` };
}

/** The kind of a connection; nothing else of its file is told, since it may hold secrets. */
function connectionOf(schema: string, { texts }: Folder): string | null {
  const text = texts.get(`sources/${schema}/connection.yaml`) ?? texts.get(`sources/${schema}/connection.yml`);
  if (text === undefined) return null;
  try {
    const { value } = readYaml(text, 'connection.yaml');
    const type = (value as { type?: unknown } | null)?.type;
    return typeof type === 'string' && DATABASES.test(type) ? type : null;
  } catch {
    return null;
  }
}
