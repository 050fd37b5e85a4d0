import path from 'node:path';
import type { z } from 'zod';
import { asDaybookError, DaybookError, type ErrorLocation } from '../error.ts';
import { checkYaml, type Checked } from './check.ts';
import { Texts } from './files.ts';
import { checkReport, sourceFiles } from './report-check.ts';
import type { Instance, MacroFile, Report, Source } from './report.ts';
import { instanceSchema, reportSchema, sourceSchema } from './schema.ts';

/** All that people wrote, read and checked; what is broken stands beside what is good. */
export interface Definitions {
  instance: Instance;
  reports: Map<string, Report>;
  sources: Map<string, Source>;
  macros: MacroFile[];
  /** Reports that cannot be read, by id, with what can still be told of them; they are not in `reports`. */
  broken: Map<string, Broken>;
  /** Problems of sources and macros, and of folders. */
  problems: DaybookError[];
}

export interface DefinitionsPart {
  /** As far as they are read; sources and macros are whole. */
  definitions: Definitions;
  /** Read since the part before. */
  reports: Report[];
}

export interface Broken {
  problems: DaybookError[];
  /** From the file where it says so, else the id. */
  title: string;
  /** A team of the instance, or empty. */
  team: string;
  /** Its query, as far as it can be told; null where there is none. */
  query: { file: string; sql: string } | null;
  /** Names of the sources that its file asks for; null where it does not say. */
  sources: readonly string[] | null;
}

const RESERVED = /^(sources|macros|t\d{4}|v\d+)$/;

/** Whether a file or a folder of this name can be part of a report's id. */
export function isIdPart(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name) && !RESERVED.test(name);
}
/** A Git host shows at most 3,000 entries of a folder, and a snapshot is two files. */
const MOST_IN_A_FOLDER = 1_400;
/** Ids are parts of paths and of addresses. */
const LONGEST_ID = 200;

/** At most 200 characters; each segment as `isIdPart`. */
export function isReportId(id: string): boolean {
  return id.length <= LONGEST_ID && id.split('/').every(isIdPart);
}

/** @throws `no-instance`, or the first problem of daybook.yml: without it nothing can be read. */
export function loadInstance(root: string): Instance {
  return instanceOf(new Texts(root));
}

function instanceOf(texts: Texts): Instance {
  const text = texts.read('daybook.yml', '.');
  if (text === null) throw new DaybookError('no-instance', 'there is no daybook.yml here', { file: 'daybook.yml' });
  const checked = checkYaml(text, 'daybook.yml', instanceSchema);
  if ('problems' in checked) throw checked.problems[0];
  return checked.value;
}

/** Reads daybook.yml, reports/, queries/; of the reports, these ids alone where `only` is given. @throws only for daybook.yml. */
export function loadDefinitions(root: string, only?: readonly string[]): Definitions {
  for (const parts = readDefinitions(root, only); ; ) {
    const { done, value } = parts.next();
    if (done) return value;
  }
}

const REPORTS_IN_A_PART = 50;

/** As loadDefinitions, in parts: sources and macros first, then so many reports at a time, for a caller who works on one part while the next is read. */
export function* readDefinitions(root: string, only?: readonly string[]): Generator<DefinitionsPart, Definitions> {
  const texts = new Texts(root);
  const instance = instanceOf(texts);
  const definitions: Definitions = { instance, reports: new Map(), sources: new Map(), macros: [], broken: new Map(), problems: [] };
  loadSources(texts, definitions);
  loadMacros(texts, definitions);
  findFolderLinks(texts, definitions);
  yield { definitions, reports: [] };
  const all = reportFiles(texts);
  const crowded = crowdedIds(all.keys());
  const chosen = only ? [...new Set(only)].flatMap((id) => (all.has(id) ? [[id, all.get(id)!] as const] : [])) : [...all];
  for (let start = 0; start < chosen.length; start += REPORTS_IN_A_PART) {
    const part = chosen.slice(start, start + REPORTS_IN_A_PART);
    for (const [id, files] of part) loadReport(texts, { id, files, isCrowded: crowded.has(id) }, definitions);
    yield { definitions, reports: part.flatMap(([id]) => definitions.reports.get(id) ?? []) };
  }
  return definitions;
}

/** Ids of all files that define a report, also of those that cannot be read; by byte order of the files. */
export function reportIds(root: string): string[] {
  return [...reportFiles(new Texts(root)).keys()];
}

/** By id; more than one file for an id is a mistake. */
function reportFiles(texts: Texts): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(texts.below('reports', /\.ya?ml$/), (file) => file.slice('reports/'.length).replace(/\.ya?ml$/, ''));
}

function crowdedIds(ids: Iterable<string>): ReadonlySet<string> {
  return new Set([...Map.groupBy(ids, (id) => path.posix.dirname(id)).values()].flatMap((crowd) => crowd.slice(MOST_IN_A_FOLDER)));
}

/**
 * Every problem, of sources, macros and reports.
 * @param ids none: all; else of these reports, and of the sources that they read
 */
export function problemsOf({ reports, broken, problems }: Definitions, ids: readonly string[] = []): DaybookError[] {
  if (ids.length === 0) return [...problems, ...[...broken.values()].flatMap((one) => one.problems)];
  const read = new Set(ids.flatMap((id) => (reports.get(id) ?? broken.get(id))?.sources ?? []).flatMap(sourceFiles));
  return [...problems.filter(({ place }) => place.file !== undefined && read.has(place.file)), ...ids.flatMap((id) => broken.get(id)?.problems ?? [])];
}

function loadSources(texts: Texts, { sources, problems }: Definitions): void {
  for (const file of texts.below('queries/sources', /\.ya?ml$/)) {
    const name = path.posix.basename(file).replace(/\.ya?ml$/, '');
    if (!/^[a-z0-9-]+$/.test(name) || path.posix.dirname(file) !== 'queries/sources') {
      problems.push(new DaybookError('id-invalid', `"${file}" does not name a source`, { file }));
      continue;
    }
    // Which of the two would be read, nobody could tell.
    if (sources.delete(name)) {
      problems.push(new DaybookError('id-duplicate', `two files define the source "${name}": .yml and .yaml`, { file }, 'Keep one of the files.'));
      continue;
    }
    const read = check(texts, file, sourceSchema);
    if ('problems' in read) problems.push(...read.problems);
    else sources.set(name, { ...read.value, name, file });
  }
}

function loadMacros(texts: Texts, { macros, problems }: Definitions): void {
  for (const file of texts.below('queries/macros', /\.sql$/)) {
    try {
      macros.push({ file, sql: textOf(texts, file, 'queries') });
    } catch (error) {
      problems.push(asDaybookError(error, 'file-unreadable', { file }));
    }
  }
}

/** What lies behind them is not read, here as in a review; nobody shall think that it is. */
function findFolderLinks(texts: Texts, { problems }: Definitions): void {
  for (const file of ['reports', 'queries/sources', 'queries/macros'].flatMap((folder) => texts.folderLinks(folder))) {
    problems.push(new DaybookError('file-outside', `${file} is a link to a folder, which is not followed`, { file }, 'Put the files themselves there.'));
  }
}

interface Named {
  id: string;
  files: readonly string[];
  /** One too many of its folder. */
  isCrowded: boolean;
}

function loadReport(texts: Texts, { id, files, isCrowded }: Named, definitions: Definitions): void {
  const { instance, reports, broken } = definitions;
  const file = files.at(-1)!;
  const problem = (error: DaybookError, words: unknown = {}): void => {
    const { title, team, query, sources } = (words ?? {}) as { [key in 'title' | 'team' | 'query' | 'sources']?: unknown };
    const known = typeof team === 'string' && Object.hasOwn(instance.teams, team) ? team : '';
    const before = broken.get(id) ?? {
      problems: [], title: typeof title === 'string' ? title : id, team: known,
      query: queryOf(texts, queryFileOf(id, typeof query === 'string' ? query : undefined)), sources: Array.isArray(sources) ? sources.map(String) : null,
    };
    broken.set(id, { ...before, problems: [...before.problems, error] });
  };
  const bad = id.split('/').find((segment) => !isIdPart(segment));
  if (bad !== undefined) return problem(new DaybookError('id-invalid', `"${bad}" cannot be part of a report’s id`, { file }));
  if (!isReportId(id)) return problem(new DaybookError('id-invalid', `the id has ${id.length} characters; at most ${LONGEST_ID} are allowed`, { file }));
  if (files.length > 1) return problem(new DaybookError('id-duplicate', `two files define the report "${id}": .yml and .yaml`, { file }));
  const read = check(texts, file, reportSchema);
  if ('problems' in read) return read.problems.forEach((error) => problem(error, read.written));
  const { value: spec, document } = read;
  const query = queryFileOf(id, spec.query);
  try {
    const sql = textOf(texts, query, 'queries', () => document.locate(['query']));
    const narrative = texts.read(file.replace(/\.ya?ml$/, '.md'), 'reports');
    const checked = checkReport({ id, file, spec, query: { file: query, sql }, narrative, document }, definitions);
    if (Array.isArray(checked)) checked.forEach((error) => problem(error, spec));
    else if (isCrowded) problem(new DaybookError('id-invalid', `${path.posix.dirname(file)} has more than ${MOST_IN_A_FOLDER} reports`, { file }, 'Move some into another folder.'), spec);
    else reports.set(id, checked);
  } catch (error) {
    problem(asDaybookError(error, 'file-unreadable', { file }), spec);
  }
}

/** Of a report that cannot be read: null where its query cannot be read either. */
function queryOf(texts: Texts, file: string): Broken['query'] {
  try {
    return { file, sql: textOf(texts, file, 'queries') };
  } catch (error) {
    if (error instanceof DaybookError) return null;
    throw error;
  }
}

/** The SQL file of a report, relative to the root. @param named as its YAML names it */
export function queryFileOf(id: string, named: string = `${path.posix.basename(id)}.sql`): string {
  return path.posix.normalize(path.posix.join('queries', path.posix.dirname(id), named));
}

function check<S extends z.ZodType>(texts: Texts, file: string, schema: S): Checked<z.output<S>> {
  try {
    return checkYaml(textOf(texts, file, path.posix.dirname(file)), file, schema);
  } catch (error) {
    return { value: null, problems: [asDaybookError(error, 'file-unreadable', { file })], written: null };
  }
}

function textOf(texts: Texts, file: string, below: string, place: () => ErrorLocation = () => ({ file })): string {
  const text = texts.read(file, below, place);
  if (text === null) throw new DaybookError('file-missing', `${file} does not exist`, place());
  return text;
}
