import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Definitions } from '../src/report/load.ts';
import type { Source } from '../src/report/report.ts';
import { readYaml } from '../src/report/yaml.ts';
import type { Resolve, Resolved } from '../src/review/onboard/import-plan.ts';
import { oneLineOf, slugOf } from '../src/review/onboard/words.ts';
import type { Folder } from './import-read.ts';
import { homeOf, sourceFrom, sourceText } from './new-source.ts';

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
export async function sourcesOf(folder: Folder, root: string, { sources, instance }: Definitions, isProject: boolean): Promise<Sources> {
  const added = new Map<string, Source>();
  const known = (name: string): boolean => sources.has(name) || added.has(name);
  const found = new Map<string, Resolved>();
  const tables = isProject ? tablesOf(folder) : [];
  const roots = instance.source_roots;
  for (const table of tables) {
    const key = `${table.schema}.${table.name}`.toLowerCase();
    const names = [slugOf(`${table.schema} ${table.name}`), slugOf(table.name)].filter((name) => name !== '');
    const file = await placeOf(table, folder, root, roots);
    const described = [...sources.values()].find(({ files }) => file !== null && [files].flat().includes(file)) ?? sources.get(names[0] ?? '') ?? (file === null && table.data === null ? sources.get(names.at(-1) ?? '') : undefined);
    if (described !== undefined) {
      const same = file !== null && [described.files].flat().includes(file);
      found.set(key, { source: described.name, ...(same ? {} : { note: `${oneLineOf(`${table.schema}.${table.name}`, 80)} is read from the source ${described.name}, which is described already` }) });
      continue;
    }
    const free = [...names].reverse().find((name) => !known(name));
    if (file !== null && free !== undefined) {
      added.set(free, sourceFrom(sourceText(file, []), free));
      found.set(key, { source: free });
    } else found.set(key, missing(table, folder, homeOf(roots)));
  }
  const bare = Map.groupBy(tables, ({ name }) => name.toLowerCase());
  return {
    added,
    resolve: (schema, table) => {
      const exact = schema === null ? undefined : found.get(`${schema}.${table}`.toLowerCase());
      if (exact) return exact;
      const alone = schema === null ? bare.get(table.toLowerCase()) : undefined;
      if (alone?.length === 1) return found.get(`${alone[0]!.schema}.${alone[0]!.name}`.toLowerCase())!;
      const name = [table.toLowerCase(), ...(schema === null ? [] : [slugOf(`${schema} ${table}`)]), slugOf(table)].find((one) => sources.has(one));
      const written = oneLineOf(schema === null ? table : `${schema}.${table}`, 80);
      if (name !== undefined) return { source: name, ...(written === name ? {} : { note: `${written} is read from the source ${name}` }) };
      return { what: `there is no source for the table ${written}`, remedy: `Describe its export as queries/sources/${slugOf(table) || 'name'}.yml, then import again.` };
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
async function placeOf({ schema, name, data }: Table, folder: Folder, root: string, roots: readonly string[]): Promise<string | null> {
  const home = await realpath(root);
  const candidates = [
    ...(data === null ? [] : [path.relative(home, path.join(folder.root, data))]),
    ...roots.flatMap((one) => ENDINGS.map((ending) => path.join(one, schema, `${name}.${ending}`))),
  ].map((file) => file.split(path.sep).join('/'));
  for (const file of candidates) {
    if (file.startsWith('../') || path.isAbsolute(file) || file.split('/').some((part) => part === '.git' || part === '.daybook')) continue;
    const allowed = roots.some((one) => one === '.' || file.startsWith(`${one.replace(/\/$/, '')}/`));
    const about = allowed ? await lstat(path.join(home, file)).catch(() => null) : null;
    if (about?.isFile()) return file;
  }
  return null;
}

function missing({ schema, name, data, sql }: Table, folder: Folder, home: string): Resolved {
  const table = oneLineOf(`${schema}.${name}`, 80);
  const target = oneLineOf(`${home}/${schema}/${name}`, 120);
  if (data !== null) return { what: `${table} is ${oneLineOf(data, 120)}, which lies outside of the folders that sources may read`, remedy: `Copy it to ${target}${path.extname(data)}, then import again.` };
  const type = connectionOf(schema, folder);
  return { what: `${table} comes out of a database${type ? ` (${type})` : ''}, and databases are not read`, remedy: `Export what ${oneLineOf(sql ?? '', 120)} selects to ${target}.parquet or .csv, then import again.` };
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
