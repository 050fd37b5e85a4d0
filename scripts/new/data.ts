import path from 'node:path';
import { DaybookError, visible } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { didYouMean } from '../../src/report/near.ts';
import type { Parameters } from '../../src/report/report.ts';
import { isReadBy, patternsOf } from '../../src/report/source-files.ts';
import { assignmentsOf, filesLeft, ranked, type Assignment } from '../../src/review/onboard/data-fit.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';
import { openBinder, type Binder, type Bound } from '../../src/run/bind.ts';
import { ChildFailure } from '../../src/run/child.ts';
import { readColumns } from '../../src/run/columns.ts';
import type { Runner } from '../../src/run/runner.ts';
import type { Column } from '../../src/snapshot/manifest.ts';
import type { World } from '../world/world.ts';
import { takesSuggestions, type Asker } from './ask.ts';
import { candidatesOf, formatOf, namedFiles, type Candidate, type Candidates } from './candidates.ts';
import { homeOf, sourceFrom, sourceText, withForm } from './source.ts';

/** A query some of whose tables nobody has described. */
export interface OpenQuery {
  query: { file: string; sql: string };
  parameters: Parameters;
  /** Tables that are sources already. */
  sources: readonly string[];
  tables: readonly OpenTable[];
  /** Columns that one of its tables has, whichever. */
  bare: ReadonlySet<string>;
}

interface OpenTable {
  /** As the query has it, in lower case. */
  name: string;
  /** What it was called before; what files and people call it. */
  called: { schema: string; name: string };
  /** Columns that the query names with this table. */
  columns: ReadonlySet<string>;
}

/** A data file that a person names, from the root; of one table, or of whichever it fits. */
export interface GivenData {
  table: string | null;
  file: string;
}

/** Where a table's rows lie, and why that is thought; `reason` is null where a person has said it. `isUnseen`: one of several that fit, which nobody has looked at. */
export type FoundData = { file: string; reason: string | null; isUnseen?: true } | { several: string[]; blind: boolean } | { none: string };

interface DataSearch {
  world: World;
  definitions: Definitions;
  /** Of the definitions. */
  runner: Runner;
  given: readonly GivenData[];
  /** Null where nobody is there to choose. */
  ask: Asker | null;
}

const MOST_TRIALS = 3_000;
const SECONDS = 60;
const MOST_SHOWN = 9;
/** What goes with this goes with any table. */
const NO_COLUMNS: Column[] = [{ name: 'a column that nobody names', type: 'VARCHAR' }];

/**
 * Finds the data file of each table that is no source yet: the one that a person names; else one of its name; else the one with whose columns the
 * queries work. Where several fit, a person is asked.
 * @returns by the tables' names
 * @throws what the gate says against a query
 */
export async function findData(finding: DataSearch, queries: readonly OpenQuery[]): Promise<Map<string, FoundData>> {
  const { found, open, searched, plain } = await listed(finding, queries);
  if (open.size === 0) return found;
  if (searched.cut) {
    for (const name of open.keys()) found.set(name, { none: 'there are too many data files below the source roots to look through all of them' });
    return found;
  }
  const trials = await tryAll(finding, queries, open, found, plain);
  settle(found, trials, [...open.keys()], plain);
  for (const name of open.keys()) {
    const left = found.get(name)!;
    if (!('several' in left)) continue;
    const files = sorted(name, left.several, searched.files);
    found.set(name, { ...left, several: files });
    if (finding.ask === null) continue;
    const file = await choose(finding.world, finding.ask, name, files, left.blind);
    if (file === null) continue;
    found.set(name, { file, reason: files.length === 1 ? 'as was chosen' : `chosen of ${files.length} that fit: ${filesText(files)}`, ...(finding.ask === takesSuggestions && { isUnseen: true }) });
    for (const trial of trials) trial.fits = trial.fits.filter((one) => !one.has(name) || one.get(name) === file);
    settle(found, trials, [...open.keys()].filter((one) => !('file' in found.get(one)!)), plain);
  }
  return found;
}

interface Listed {
  /** Of tables whose file is named, or has their name. */
  found: Map<string, FoundData>;
  /** Files that each other table may be. */
  open: Map<string, string[]>;
  searched: Candidates;
  /** Files that are named for no table. */
  plain: string[];
}

async function listed({ world, definitions, given }: DataSearch, queries: readonly OpenQuery[]): Promise<Listed> {
  const { source_roots: roots } = definitions.instance;
  const patterns = patternsOf(definitions.sources.values());
  const plain = given.filter(({ table }) => table === null).map(({ file }) => file);
  const found = new Map<string, FoundData>(given.flatMap(({ table, file }) => (table === null ? [] : [[table, { file, reason: null }] as const])));
  const free = [...new Map(queries.flatMap((one) => one.tables.map((table) => [table.name, table] as const))).values()].filter(({ name }) => !found.has(name));
  if (free.length === 1 && plain.length === 1) found.set(free[0]!.name, { file: plain[0]!, reason: null });
  const open = new Map<string, string[]>();
  const unnamed: string[] = [];
  for (const { name, called } of free) {
    const named = plain.length < free.length ? namedFiles(called, world.root, roots).filter((file) => !isReadBy(patterns, file)) : [];
    if (found.has(name)) continue;
    if (named.length === 1) found.set(name, { file: named[0]!, reason: 'which has its name' });
    else open.set(name, named);
    if (named.length === 0) unnamed.push(name);
  }
  const taken = new Set([...found.values()].flatMap((one) => ('file' in one ? [one.file] : [])));
  const searched = unnamed.length > 0 && plain.length < free.length ? await candidatesOf(world.root, definitions, taken) : { files: [], cut: false };
  for (const name of unnamed) open.set(name, [...new Set([...plain, ...searched.files.map(({ file }) => file)])]);
  return { found, open, searched, plain };
}

interface Trial {
  fits: Assignment[];
  /** Files with the names of the columns, whose types do not go with the query. */
  names: ReadonlyMap<string, ReadonlySet<string>>;
  /** Tables of which the query names no column, so that any file fits. */
  blind: ReadonlySet<string>;
}

/** What the trials leave for each table that is open. */
function settle(found: Map<string, FoundData>, trials: readonly Trial[], open: readonly string[], plain: readonly string[]): void {
  const left = filesLeft(trials.map(({ fits }) => fits));
  const isBlind = (name: string): boolean => trials.filter(({ fits }) => fits[0]?.has(name)).every(({ blind }) => blind.has(name));
  for (const name of open) {
    const [file, ...more] = left.get(name) ?? [];
    if (file === undefined) found.set(name, { none: 'no data file that is no source yet has its columns' });
    else if (more.length === 0 && plain.includes(file)) found.set(name, { file, reason: null });
    else if (more.length > 0 || isBlind(name)) found.set(name, { several: [file, ...more], blind: isBlind(name) });
    else {
      const others = [...new Set(trials.flatMap(({ names }) => [...(names.get(name) ?? [])]))].filter((one) => one !== file);
      found.set(name, { file, reason: others.length === 0 ? 'the only file with its columns' : `the only file whose columns have the types that the query needs (${filesText(others, 2)} ${others.length === 1 ? 'has' : 'have'} their names)` });
    }
  }
}

/** Each query with each way to give its tables files. */
async function tryAll(finding: DataSearch, queries: readonly OpenQuery[], open: ReadonlyMap<string, readonly string[]>, found: ReadonlyMap<string, FoundData>, plain: readonly string[]): Promise<Trial[]> {
  const { world, definitions } = finding;
  const fixed = [...found.values()].flatMap((one) => ('file' in one ? [one.file] : []));
  const columns = await columnsOf(world, definitions, [...new Set([...[...open.values()].flat(), ...fixed])]);
  const forms = new Map<string, Promise<Column[] | null>>();
  const trials: Trial[] = [];
  for (const one of queries) {
    if (!one.tables.some(({ name }) => open.has(name))) continue;
    const candidates = new Map(one.tables.map(({ name, columns: needed }) => {
      const known = found.get(name);
      const files = known && 'file' in known ? [known.file] : open.get(name)!;
      return [name, files.filter((file) => columns.get(file) && (!open.has(name) || hasAll(columns.get(file)!, needed)))] as const;
    }));
    const every = assignmentsOf(candidates, queries.length === 1 ? plain : [], MOST_TRIALS);
    if (every === null) trials.push({ fits: [...candidates].flatMap(([name, files]) => files.map((file) => new Map([[name, file]]))), names: new Map(), blind: new Set() });
    else if (every.length > 0) {
      const trial = await tryOne(finding, one, every, { columns, forms, open }).catch((cause: unknown) => {
        // Of many, one that is refused is told when it is run.
        if (queries.length > 1 && cause instanceof DaybookError) return null;
        throw cause;
      });
      if (trial !== null) trials.push(trial);
    }
  }
  return trials;
}

interface Looked {
  /** By what the engine guesses of each file. */
  columns: ReadonlyMap<string, Column[]>;
  /** By how a source would read it; filled as it is needed. */
  forms: Map<string, Promise<Column[] | null>>;
  open: ReadonlyMap<string, unknown>;
}

async function tryOne(finding: DataSearch, one: OpenQuery, every: readonly Assignment[], { columns, forms, open }: Looked): Promise<Trial> {
  const { world, definitions, runner } = finding;
  const { instance, macros } = definitions;
  let binder: Binder | null = null;
  const results = new Map<Assignment, Bound>();
  const blind = new Set<string>();
  const sources = await Promise.all(one.sources.map((name) => runner.describeSource(name)));
  const described = sources.flatMap((source) => source.columns);
  const whole = every.filter((each) => hasAll([...described, ...[...each.values()].flatMap((file) => columns.get(file)!)], one.bare));
  // A query may make names that its text does not have. Then the engine alone knows.
  const assignments = whole.length > 0 ? whole : every;
  const of = (bound: Bound): Assignment[] => assignments.filter((each) => results.get(each) === bound);
  const bind = async (assignment: Assignment, get: (file: string) => Column[]): Promise<void> => void results.set(assignment, await binder!.bind(new Map([...assignment].map(([name, file]) => [name, get(file)]))));
  try {
    binder = await openBinder({ query: one.query, parameters: one.parameters, sources, macros, tables: one.tables.map(({ name }) => name), requested: world.now().toISOString().slice(0, 10) }, { cache: path.join(world.root, '.daybook'), memoryMb: instance.limits.memory_mb });
    for (const assignment of assignments) await bind(assignment, (file) => columns.get(file)!);
    // A file as offices write it has its types only when its form is known, which costs a look at all of it.
    for (const assignment of of('names').slice(0, whole.length > 0 ? MOST_SHOWN : 0)) {
      const formed = new Map<string, Column[]>();
      for (const file of assignment.values()) {
        if (!forms.has(file)) forms.set(file, formedColumns(world, definitions, file));
        const better = await forms.get(file)!;
        if (better) formed.set(file, better);
      }
      if (formed.size > 0) await bind(assignment, (file) => formed.get(file) ?? columns.get(file)!);
    }
    const [first] = of('fits');
    for (const { name } of first ? one.tables.filter((table) => open.has(table.name)) : []) if ((await binder.bind(new Map([...first!].map(([table, file]) => [table, table === name ? NO_COLUMNS : columns.get(file)!])))) === 'fits') blind.add(name);
  } catch (cause) {
    if (!(cause instanceof ChildFailure)) throw cause;
    results.clear();
  } finally {
    binder?.close();
  }
  const [fits, names] = [of('fits'), whole.length > 0 ? of('names') : []];
  return { fits: fits.length > 0 ? fits : names, names: new Map(fits.length > 0 ? one.tables.map(({ name }) => [name, new Set(names.map((each) => each.get(name)!))] as const) : []), blind };
}

function hasAll(columns: readonly Column[], needed: ReadonlySet<string>): boolean {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  return [...needed].every((name) => names.has(name));
}

async function columnsOf(world: World, { instance }: Definitions, files: readonly string[]): Promise<Map<string, Column[]>> {
  const data = files.flatMap((file) => {
    const format = formatOf(file);
    return format === null ? [] : [{ file, path: path.resolve(world.root, file), format, reading: null }];
  });
  const read = await readColumns(data, { cache: path.join(world.root, '.daybook'), memoryMb: instance.limits.memory_mb, seconds: SECONDS });
  return new Map(data.flatMap(({ file }, index) => (read[index] ? [[file, read[index]] as const] : [])));
}

/** The columns of a CSV file as the source that would be written reads it. */
async function formedColumns(world: World, { instance }: Definitions, file: string): Promise<Column[] | null> {
  if (formatOf(file) !== 'csv') return null;
  const { source, form } = await withForm(world.root, sourceFrom(sourceText(file, []), 'data'), instance);
  if (form === null) return null;
  const { columns, csv, cluster_by } = source;
  const [read] = await readColumns([{ path: path.resolve(world.root, file), format: 'csv', reading: { columns, csv, cluster_by } }], { cache: path.join(world.root, '.daybook'), memoryMb: instance.limits.memory_mb, seconds: SECONDS });
  return read ?? null;
}

function sorted(name: string, files: readonly string[], known: readonly Candidate[]): string[] {
  return ranked(name, files.map((file) => ({ file, bytes: known.find((one) => one.file === file)?.bytes ?? 0 }))).map(({ file }) => file);
}

/** A number of the list, or a path; null for no answer, where nothing speaks for any of them. */
async function choose(world: World, ask: Asker, table: string, files: readonly string[], blind: boolean): Promise<string | null> {
  const shown = files.slice(0, MOST_SHOWN);
  const list = [blind ? `The query names no column of the table ${oneLineOf(table)}, which is no source. Data files:` : `${files.length} data files fit the table ${oneLineOf(table)}:`, ...shown.map((file, index) => `  ${index + 1}  ${oneLineOf(file, 200)}`)];
  for (let tries = 0; tries < 3; tries++) {
    const answer = await ask(`Which one is it? (${shown.length === 1 ? '1' : `1 to ${shown.length}`})`, blind ? undefined : '1', list);
    if (answer === '') return null;
    const file = /^\d$/.test(answer) ? shown[Number(answer) - 1] : files.find((one) => one === answer);
    if (file !== undefined) return file;
    world.err(visible(`"${oneLineOf(answer)}" is none of them`));
  }
  throw new DaybookError('wrong-use', 'no data file was chosen', {}, `Give --data ${oneLineOf(table)}=FILE.`);
}

/** What is open at the end, for whoever has to say it. */
export function openText(table: string, left: Exclude<FoundData, { file: string }>, { instance: { source_roots: roots }, sources }: Pick<Definitions, 'instance' | 'sources'>): { what: string; remedy: string } {
  const name = oneLineOf(table);
  const near = didYouMean(table, sources.keys());
  const what = `"${name}" is no source${near}`;
  if ('several' in left) {
    if (left.blind && near !== '') return { what, remedy: `Correct the name, or say which data file it is: --data ${name}=FILE.` };
    const why = left.blind ? 'the query names no column of it, so that any data file fits' : `${left.several.length} data files fit`;
    return { what: `${what}${near === '' ? '; ' : ' Else, '}${why}: ${filesText(left.several)}`, remedy: `Say which: --data ${name}=${oneLineOf(left.several[0]!, 200)}.` };
  }
  return { what: `${what}${near === '' ? ', and ' : ' Else, '}${left.none}`, remedy: `Put its data below one of ${roots.slice(0, 5).map((one) => oneLineOf(one)).join(', ')}, for example at ${homeOf(roots)}/${name}.csv, or give --data ${name}=FILE.` };
}

/** Null where a person named the file: there is nothing to check then. */
export function foundNote(table: string, { file, reason }: Extract<FoundData, { file: string }>): string | null {
  return reason === null ? null : `${oneLineOf(table)} is read from ${oneLineOf(file, 200)}, ${reason}`;
}

function filesText(files: readonly string[], most = 5): string {
  const shown = files.slice(0, most).map((file) => oneLineOf(file, 120));
  return files.length > shown.length ? `${shown.join(', ')} and ${files.length - shown.length} more` : shown.join(', ');
}

/** `--data table=path`, or a path; a file whose name has the sign is meant where it is there. @throws `wrong-use` */
export function givenData(said: readonly string[], exists: (file: string) => boolean): GivenData[] {
  const data = said.map((one): GivenData => {
    const [, table, file] = /^([^=/\\]+)=(.+)$/.exec(one) ?? [];
    return table === undefined || file === undefined || exists(one) ? { table: null, file: one } : { table: table.trim().toLowerCase(), file };
  });
  const twice = data.find(({ table }, index) => table !== null && data.findIndex((one) => one.table === table) !== index);
  if (twice) throw new DaybookError('wrong-use', `--data names two files for the table ${oneLineOf(twice.table!)}`);
  return data;
}
