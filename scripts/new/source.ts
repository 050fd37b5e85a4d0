import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { asDaybookError, DaybookError } from '../../src/error.ts';
import { checkYaml } from '../../src/report/check.ts';
import { isIdPart, type Definitions } from '../../src/report/load.ts';
import { sourceFiles } from '../../src/report/report-check.ts';
import type { Instance, Source } from '../../src/report/report.ts';
import { sourceSchema } from '../../src/report/schema.ts';
import { splitStatements } from '../../src/report/tokens.ts';
import { csvFormOf, type CsvForm } from '../../src/review/onboard/csv-form.ts';
import type { ProposedFreshness } from '../../src/review/onboard/freshness.ts';
import { isNameable } from '../../src/review/onboard/key.ts';
import { oneLineOf, slugOf } from '../../src/review/onboard/words.ts';
import { writeYaml, type Written } from '../../src/review/onboard/write.ts';
import { readForm } from '../../src/run/form.ts';
import type { Column } from '../../src/snapshot/manifest.ts';

const LARGEST_SQL = 1_000_000;

export interface DataSource {
  source: Source;
  isNew: boolean;
  /** How its CSV file is read, where nobody has described it. */
  form: CsvForm | null;
}

/**
 * A data file that a person names, from the root, and the source that reads it alone.
 * @throws `file-missing`, `file-outside`
 */
export async function givenFile(root: string, data: string, { sources, instance }: Pick<Definitions, 'sources' | 'instance'>): Promise<{ file: string; known: Source | undefined }> {
  const absolute = path.resolve(root, data);
  const file = path.relative(root, absolute).split(path.sep).join('/');
  await access(absolute).catch(() => {
    throw new DaybookError('file-missing', 'there is no such file', { file: oneLineOf(data, 200) }, 'Correct its path.');
  });
  if (file.startsWith('../') || path.isAbsolute(file)) throw fileOutside(path.basename(data), homeOf(instance.source_roots));
  return { file, known: [...sources.values()].find(({ files }) => [files].flat().length === 1 && [files].flat()[0] === file) };
}

/**
 * A data file as a source: one that is described already, or a new one.
 * @param named what a new one is called; default: from the name of the file
 * @throws `file-missing`, `file-outside`, `wrong-use`
 */
export async function sourceOfData(root: string, data: string, definitions: Definitions, named?: string): Promise<DataSource> {
  const { file: files, known } = await givenFile(root, data, definitions);
  if (known) return { source: known, isNew: false, form: null };
  if (!isNameable(files)) throw new DaybookError('wrong-use', 'the name of the file begins or ends with a space', { file: files }, 'Rename the file.');
  const name = named ?? (slugOf(path.basename(data).replace(/\..*$/, '')) || 'data');
  const broken = brokenSource(name, definitions);
  if (broken) throw broken;
  const taken = definitions.sources.get(name);
  if (taken) throw new DaybookError('wrong-use', `this file exists, and describes other data than ${files}`, { file: taken.file }, 'Rename the data file, or add it to that source and give --sql.');
  return { ...(await withForm(root, sourceFrom(sourceText(files, []), name), definitions.instance)), isNew: true };
}

/** A source that says no more than where its file lies, completed by how the file is to be read. */
export async function withForm(root: string, source: Source, { source_roots: roots, limits }: Pick<Instance, 'source_roots' | 'limits'>): Promise<Pick<DataSource, 'source' | 'form'>> {
  const found = await readForm(source, { root, cache: path.join(root, '.daybook'), roots, threads: 2, memoryMb: limits.memory_mb, diskMb: limits.disk_mb });
  const form = found && csvFormOf(found);
  return { source: form ? { ...source, csv: form.csv, columns: form.columns } : source, form };
}

/**
 * A data file as the source of a table that a query reads.
 * @throws also `wrong-use` where the file is a source of another name
 */
export async function sourceOfTable(root: string, table: string, file: string, definitions: Definitions): Promise<DataSource> {
  const quoted = (name: string): string => `"${oneLineOf(name)}"`;
  if (!isIdPart(table)) throw new DaybookError('wrong-use', `a source cannot be called ${quoted(table)}`, {}, 'Use a-z, 0-9 and hyphens in its name; in the query, one with hyphens stands in double quotes.');
  const found = await sourceOfData(root, file, definitions, table);
  const { name } = found.source;
  if (name !== table) throw new DaybookError('wrong-use', `the query reads ${quoted(table)}, and ${oneLineOf(file, 200)} is the source ${quoted(name)} already`, {}, `Write ${name} in the query.`);
  return found;
}

/** What is wrong with the file that describes a source of this name; undefined where nothing is, or nobody has written it. */
export function brokenSource(name: string, { problems }: Pick<Definitions, 'problems'>): DaybookError | undefined {
  const files = sourceFiles(name);
  return problems.find(({ place: { file } }) => file !== undefined && files.includes(file));
}

/** Where a person puts data: a folder that is in Git, and no package's. */
export function homeOf(roots: readonly string[]): string {
  return roots.find((folder) => folder !== '.' && !folder.startsWith('node_modules')) ?? 'data';
}

/** `file-outside`. @param name the last part of its path: the rest may be private @param home as `homeOf` */
export function fileOutside(name: string, home: string): DaybookError {
  return new DaybookError('file-outside', `${oneLineOf(name)} lies outside of the folders that sources may read`, {}, `Copy it below one of them, for example to ${home}/${oneLineOf(name)}, and name it there; or add its folder to \`source_roots\` of daybook.yml.`);
}

/** What else the YAML of a source says. */
interface SourceMore {
  form?: CsvForm | null | undefined;
  /** Why this file is thought to be the table’s. */
  found?: string | null | undefined;
  /** The day of the newest row, where the data may have ended. */
  newest?: string | undefined;
  freshness?: ProposedFreshness | null | undefined;
}

/** The YAML of a source. @param columns their types are written down, so that an export that changes them is an error */
export function sourceText(files: string, columns: readonly Column[], { form = null, found = null, newest, freshness = null }: SourceMore = {}): string {
  const types = columns.filter(({ name, type }) => isNameable(name) && /^(VARCHAR|BIGINT|DOUBLE|BOOLEAN)$/.test(type));
  const late = freshness && isNameable(freshness.column) ? freshness : null;
  const document: { [key: string]: Written } = {
    description: `Rows of ${oneLineOf(files, 100)}`, files,
    ...(form && Object.keys(form.csv).length > 0 ? { csv: form.csv } : {}),
    ...(types.length > 0 ? { columns: Object.fromEntries(types.map(({ name, type }) => [name, type])) } : {}),
    ...(late?.holds ? { freshness: { column: late.column, within: late.within } } : {}),
  };
  const comments = new Map([['description', 'say what a row is, and who exports it when'], ['csv', `as the file is now: ${form?.reason ?? ''}`], ['columns', 'as they are now: an export that changes a type is an error, not another number'], ['freshness', late?.reason ?? '']]);
  if (found !== null) comments.set('files', `taken for this table: ${found}`);
  const waiting = late && !late.holds ? [late.reason, `${writeYaml({ freshness: { column: late.column, within: late.within } }).trimEnd()}   # the newest row is older than that; take off the first # when the export comes by itself`] : [];
  const end = [...(form?.notes ?? []), ...waiting, ...(newest === undefined ? [] : [`archive: ${newest}   # the newest row; take off the first # where the data has ended`])];
  return writeYaml(document, comments, ['yaml-language-server: $schema=../../src/report/schema/source.json']) + end.map((line) => `# ${line}\n`).join('');
}

/** What `sourceText` has written, as it is read back. @throws the first problem of the YAML */
export function sourceFrom(text: string, name: string): Source {
  const file = `queries/sources/${name}.yml`;
  const checked = checkYaml(text, file, sourceSchema);
  if ('problems' in checked) throw checked.problems[0];
  return { ...checked.value, name, file };
}

/** A SQL file that holds one SELECT. */
export interface SqlText {
  text: string;
  /** As it stands there, with the comment before it and without a semicolon. */
  statement: string;
}

/** The one statement of a SQL file, as written. @throws `file-missing`, `wrong-use`, `query-refused` */
export async function readSql(root: string, file: string): Promise<SqlText> {
  const text = await readFile(path.resolve(root, file), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new DaybookError('file-missing', 'there is no such file', { file: oneLineOf(file, 200) }, 'Correct its path.');
    throw asDaybookError(cause, 'file-unreadable', { file: oneLineOf(file, 200) });
  });
  if (text.length > LARGEST_SQL) throw new DaybookError('wrong-use', 'the file has more than a million characters', { file: oneLineOf(file, 200) });
  const [first, ...more] = splitStatements(text);
  if (!first || more.length > 0) throw new DaybookError('query-refused', `the file holds ${first ? more.length + 1 : 'no'} statements`, { file: oneLineOf(file, 200) }, 'A query is one SELECT.');
  return { text: text.endsWith('\n') ? text : `${text}\n`, statement: text.slice(0, first.at) + first.sql };
}
