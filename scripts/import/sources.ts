import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { isIdPart, type Definitions } from '../../src/report/load.ts';
import type { Source } from '../../src/report/report.ts';
import { readYaml } from '../../src/report/yaml.ts';
import type { Resolve, Resolved } from '../../src/review/onboard/import-plan.ts';
import { oneLineOf, slugOf } from '../../src/review/onboard/words.ts';
import { isDataPlace, isFile, namedFiles } from '../new/candidates.ts';
import { foundNote, openText, type FoundData } from '../new/data.ts';
import { brokenSource, homeOf, sourceFrom, sourceText } from '../new/source.ts';
import type { Folder } from './read.ts';

/** A table of the old home for which there is neither a source nor a file here. */
interface OpenTable {
  /** As `tableKey` gives it. */
  key: string;
  called: { schema: string; name: string };
}

/** Where tables of the old home are found here. */
export interface Sources {
  resolve: Resolve;
  /** As `resolve`, but gives each table that is open the name of a source that it may become. */
  resolveOpen: Resolve;
  open: Map<string, OpenTable>;
  /** All tables that were asked for, by their keys. */
  asked: Set<string>;
  /** Sources that are not described yet, by name; they are written with the first report that reads them. */
  added: Map<string, Source>;
  /** Why files are thought to be those of such sources, where nobody has said it. */
  reasons: Map<string, string>;
}

const DATABASES = /^(postgres|mysql|mssql|snowflake|bigquery|redshift|databricks|trino|motherduck|sqlite|duckdb|timescale|cube|gsheets|javascript)$/;

interface Table {
  schema: string;
  name: string;
  /** The file of the project that holds it. */
  data: string | null;
  /** The SQL that made it out of a database. */
  sql: string | null;
}

/** What a person may have said of a table's data, or what was found out: by the table's key. */
type KnownData = ReadonlyMap<string, FoundData>;

function tableKey(schema: string | null, name: string): string {
  return `${schema ? `${schema}.` : ''}${name}`.toLowerCase();
}

/** @param isProject whether the folder is an Evidence project, whose tables are files below sources/ */
export async function sourcesOf(folder: Folder, root: string, definitions: Definitions, isProject: boolean, known: KnownData): Promise<Sources> {
  const { sources, instance } = definitions;
  const home = await realpath(root);
  const added = new Map<string, Source>();
  const reasons = new Map<string, string>();
  const found = new Map<string, Resolved>();
  const open = new Map<string, OpenTable>();
  const asked = new Set<string>();
  const tables = isProject ? tablesOf(folder) : [];

  const find = (table: Table): Resolved => {
    const { schema, name } = table;
    const told = known.get(tableKey(schema, name)) ?? known.get(tableKey(null, name));
    const chosen = told && 'file' in told ? told : null;
    const file = chosen?.file ?? placeOf(table, folder, home, instance.source_roots);
    const same = file === null ? undefined : [...sources.values()].find(({ files }) => [files].flat().includes(file));
    if (same) return { source: same.name };
    const note = chosen === null ? null : foundNote(schema === '' ? name : `${schema}.${name}`, chosen);
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
    if (file === null || free === undefined) return missing(table, folder, definitions, told);
    added.set(free, sourceFrom(sourceText(file, []), free));
    if (chosen?.reason) reasons.set(free, chosen.reason);
    return { source: free, ...(note === null ? {} : { note }), ...(chosen?.isUnseen && { remedy: `See that it is the right one, in queries/sources/${free}.yml; to take another, import again with --data ${oneLineOf(tableKey(schema, name), 80)}=<file>.` }) };
  };
  const findOnce = (table: Table): Resolved => {
    const key = tableKey(table.schema, table.name);
    const resolved = found.get(key) ?? find(table);
    found.set(key, resolved);
    return resolved;
  };
  const tableOf = (schema: string | null, name: string): Table => {
    const alone = schema === null ? bare.get(name.toLowerCase()) : undefined;
    const table = alone?.length === 1 ? alone[0]! : tables.find((one) => tableKey(one.schema, one.name) === tableKey(schema, name)) ?? { schema: schema ?? '', name, data: null, sql: null };
    asked.add(tableKey(table.schema, table.name)).add(tableKey(null, table.name));
    return table;
  };
  const openOnce = (table: Table): Resolved => {
    const resolved = findOnce(table);
    // What lies elsewhere is to be copied, and what is broken to be repaired.
    if (!('isOpen' in resolved) || table.data !== null) return resolved;
    const key = tableKey(table.schema, table.name);
    const before = [...open].find(([, one]) => one.key === key)?.[0];
    if (before !== undefined) return { source: before };
    const name = [slugOf(table.name), slugOf(`${table.schema} ${table.name}`)].find((one) => isIdPart(one) && !sources.has(one) && !added.has(one) && !open.has(one));
    if (name === undefined) return resolved;
    open.set(name, { key, called: { schema: table.schema, name: table.name } });
    return { source: name };
  };
  for (const table of tables) findOnce(table);
  const bare = Map.groupBy(tables, ({ name }) => name.toLowerCase());
  return { added, reasons, open, asked, resolve: (schema, name) => findOnce(tableOf(schema, name)), resolveOpen: (schema, name) => openOnce(tableOf(schema, name)) };
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

/** The table's file below a source root, relative to the instance: where it lies, or where it was copied or exported to, if that is one. */
function placeOf({ schema, name, data }: Table, folder: Folder, home: string, roots: readonly string[]): string | null {
  const own = data === null ? null : path.relative(home, path.join(folder.root, data)).split(path.sep).join('/');
  if (own !== null && isDataPlace(own, roots) && isFile(path.join(home, own))) return own;
  const [first, ...more] = namedFiles({ schema, name }, home, roots);
  return more.length === 0 ? first ?? null : null;
}

function missing({ schema, name, data, sql }: Table, folder: Folder, definitions: Definitions, told: FoundData | undefined): Resolved {
  const roots = definitions.instance.source_roots;
  const home = homeOf(roots);
  const again = `${roots.some((one) => one === '.' || one === home) ? '' : `, add ${home} to \`source_roots\` of daybook.yml`}, then import again.`;
  const table = oneLineOf(schema === '' ? name : `${schema}.${name}`, 80);
  const target = oneLineOf(path.posix.join(home, schema, name), 120);
  if (data !== null) return { what: `${table} is ${oneLineOf(data, 120)}, which lies outside of the folders that sources may read`, remedy: `Copy it to ${target}${path.extname(data)}${again}` };
  if (told && 'several' in told && !told.blind) return { ...openText(tableKey(schema, name), told, definitions), isOpen: true };
  if (sql === null) return { what: `there is no source for the table ${table}${told && 'none' in told ? `, and ${told.none}` : ''}`, remedy: `Export it to ${target}.parquet or .csv, name its file (--data ${table}=FILE), or describe its export in queries/sources/${slugOf(name) || 'name'}.yml${again}`, isOpen: true };
  const type = connectionOf(schema, folder);
  return { what: `${table} comes out of a database${type ? ` (${type})` : ''}, and databases are not read`, remedy: `Export what ${oneLineOf(sql, 120)} selects to ${target}.parquet or .csv${again}`, isOpen: true };
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
