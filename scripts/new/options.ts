import { existsSync } from 'node:fs';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import { isIdPart, type Definitions } from '../../src/report/load.ts';
import { didYouMean } from '../../src/report/near.ts';
import { scheduleProblem } from '../../src/report/schedule.ts';
import { commentOf } from '../../src/review/onboard/sql-comment.ts';
import { TEMPLATES } from '../../src/review/onboard/templates.ts';
import { labelOf, oneLineOf, slugOf } from '../../src/review/onboard/words.ts';
import { fromRoot, type World } from '../world/world.ts';
import { askUntil, takesSuggestions, type Asker } from './ask.ts';
import { formatOf } from './candidates.ts';
import { givenData, type GivenData } from './data.ts';
import { readSql, type SqlText } from './source.ts';
import { tablesRead, type TablesRead } from './tables.ts';
import { checkTeam, teamsText } from './team.ts';

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

/** What the author says, complete. */
export interface Settled {
  id: string;
  from: Subject;
  title: string;
  team: string;
  owner: string;
  sources: string[] | null;
  schedule: string | undefined;
  template: string;
  description: string;
  /** Somebody has said it; else it is a sentence to write anew. */
  described: boolean;
  /** What was taken without being said. */
  notes: string[];
  /** Also; no option of the command says it. */
  key?: string[] | undefined;
}

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

/** What is read as it is; of Parquet, the file itself is compressed. */
const COMPRESSED = /(?<=\.(csv|tsv|json|ndjson|jsonl))\.gz$/i;

/** How data comes out of what people have it in. */
function remedyFor(file: string): string {
  if (/\.(xlsx?|xlsm|xlsb|ods|numbers)$/i.test(file)) return 'Save it as CSV UTF-8 there, one file for each sheet, and name that file.';
  if (/\.(duckdb|db|sqlite3?|mdb|accdb)$/i.test(file)) return `Databases are not read. Export the table, in DuckDB by COPY (SELECT …) TO 'data/orders.parquet', and name that file.`;
  return 'Name a file that ends in .sql, .csv, .tsv, .parquet, .json, .ndjson or .jsonl. An id has no full stop.';
}

/** The file that a report is made of, read. @param ask asks for it where it is not said; null where nobody is there. @throws `wrong-use`, `file-missing`, `query-refused` */
export async function subjectOf(world: World, { sql, data = [], template = 'kpi', sources }: NewOptions, ask: Asker | null): Promise<Subject> {
  const templates = [...ANY_DATA, ...Object.keys(TEMPLATES)];
  if (!templates.includes(template)) throw new DaybookError('wrong-use', `there is no template "${template}"${didYouMean(template, templates)}`, {}, `Templates: ${templates.join(', ')}.`);
  if (sql === undefined && data.length > 0 && sources !== undefined) throw new DaybookError('wrong-use', '--sources goes with --sql', {}, 'The data file becomes the source.');
  const given = sql ?? data[0] ?? await missing(ask, 'SQL or data file', undefined, 'Give --sql file.sql, or --data file.csv (or .parquet, .json, .ndjson).', (name) => {
    if (!existsSync(path.resolve(world.here ?? world.root, name))) throw new DaybookError('file-missing', `${oneLineOf(name)} does not exist`, {}, 'Name a file from this folder.');
  });
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

/** What `--data` names, from the root. */
export function dataOf(world: World, said: readonly string[]): GivenData[] {
  const given = givenData(said, (file) => existsSync(path.resolve(world.here ?? world.root, file)));
  return given.map(({ table, file }) => ({ table, file: fromRoot(world, file) }));
}

/**
 * @param ask asks for what is not said; null where nobody is there
 * @param author the address of whoever works here; null where nobody may be taken for it
 * @throws `wrong-use`
 */
export async function settle(id: string | undefined, from: Subject, options: NewOptions, { instance, reports }: Pick<Definitions, 'instance' | 'reports'>, ask: Asker | null, author: (() => Promise<string | null>) | null): Promise<Settled> {
  const notes: string[] = [];
  const comment = from.kind === 'sql' ? commentOf(from.sql.text) : { title: null, description: null };
  const team = options.team ?? await teamOf(id, from, instance, ask);
  checkTeam(team, instance);
  const whole = id ?? (slugOf(path.basename(from.file).replace(/\..*$/, '')) || 'report');
  const full = whole.includes('/') ? whole : `${team}/${whole}`;
  const bad = full.split('/').find((part) => !isIdPart(part));
  if (bad !== undefined) throw new DaybookError('id-invalid', `"${bad}" cannot be part of a report’s id`, { key: 'id' });

  const named = comment.title ?? labelOf(full.split('/').at(-1)!.replaceAll('-', ' '));
  const title = (options.title ?? (ask ? await missing(ask, 'Title', named, GIVE_TITLE, checkTitle) : named)).trim();
  checkTitle(title);
  const generic = from.kind === 'sql' ? `${title}, from ${from.read?.tables.map((name) => oneLineOf(name)).join(', ') || 'constants'}.` : `${title}, from ${oneLineOf(from.file, 100)}.`;
  const proposed = comment.description ?? generic;
  const said = (options.description ?? (ask ? await missing(ask, 'What it shows', proposed, 'Say in a sentence what the report shows.') : proposed)).replace(/\s+/g, ' ').trim();
  if (said === '') throw new DaybookError('wrong-use', 'the description has no words', {}, 'Leave --description out, or say what the report shows.');
  const owner = (options.owner ?? await ownerFor(team, reports, ask, author, notes)).trim();
  if (owner === '') throw new DaybookError('wrong-use', 'the owner has no words', {}, GIVE_OWNER);

  if (options.schedule !== undefined) {
    const wrong = scheduleProblem({ cron: options.schedule, timezone: instance.defaults.timezone });
    if (wrong) throw new DaybookError('wrong-use', wrong.message, { key: 'schedule' }, 'Give --schedule "0 6 * * *": minute, hour, day of month, month, day of week.');
  }
  const taken = [...(options.title === undefined && title === comment.title ? [`the title “${title}”`] : []), ...(options.description === undefined && said === comment.description ? [`the description “${said}”`] : [])];
  if (taken.length > 0 && !isPerson(ask)) notes.unshift(`from the comment of the query: ${taken.join(' and ')}`);
  const sources = options.sources?.split(',').map((name) => name.trim()).filter(Boolean) ?? null;
  return { id: full, from, title, team, owner, sources, schedule: options.schedule, template: options.template ?? 'kpi', description: said, described: options.description !== undefined || said !== proposed, notes };
}

/** The first part of an id is its team, unless another is named; of a query, the folder that it lies in may be. */
async function teamOf(id: string | undefined, from: Subject, instance: Definitions['instance'], ask: Asker | null): Promise<string> {
  if (id?.includes('/')) return id.split('/')[0]!;
  const teams = Object.keys(instance.teams);
  if (teams.length === 1) return teams[0]!;
  const folder = path.basename(path.dirname(from.file));
  const suggested = teams.includes(folder) ? folder : undefined;
  return suggested !== undefined && !ask ? suggested : missing(ask, `Team (${teamsText(instance)})`, suggested, `Give --team: ${teamsText(instance)}.`, (team) => checkTeam(team, instance));
}

const GIVE_TITLE = 'Give --title: what readers call the report, in at most 160 characters.';

function checkTitle(title: string): void {
  const { length } = title.trim();
  if (length === 0 || length > 160) throw new DaybookError('wrong-use', length === 0 ? 'the title has no words' : `the title has ${length} characters; at most 160 are allowed`, {}, GIVE_TITLE);
}

const GIVE_OWNER = 'Give --owner you@example.org: who answers for the numbers.';

/** Who answers for a team's reports; else whoever works here, which is said. @throws `wrong-use` where nobody is known */
export async function ownerFor(team: string, reports: Definitions['reports'], ask: Asker | null, author: (() => Promise<string | null>) | null, notes: string[]): Promise<string> {
  const known = ownerOf(team, reports);
  if (known !== undefined) return known;
  const address = (await author?.()) ?? undefined;
  const owner = ask || address === undefined ? await missing(ask, ask ? 'Owner (an address or a handle)' : 'the owner', address, GIVE_OWNER) : address;
  if (owner === address && !isPerson(ask)) notes.push(`the owner is ${owner}, your address in Git; --owner names another`);
  return owner;
}

/** Who answers for all of a team's reports, where that is one. */
export function ownerOf(team: string, reports: Definitions['reports']): string | undefined {
  const owners = new Set([...reports.values()].filter((report) => report.team === team).map(({ owner }) => owner));
  return owners.size === 1 ? [...owners][0] : undefined;
}

/** Who has seen a suggestion, and taken it. */
function isPerson(ask: Asker | null): boolean {
  return ask !== null && ask !== takesSuggestions;
}

/** @throws `wrong-use` where nobody answers */
async function missing(ask: Asker | null, question: string, suggested: string | undefined, remedy: string, check: (answer: string) => void = () => undefined): Promise<string> {
  const none = new DaybookError('wrong-use', `${question} is not given`, {}, remedy);
  if (!ask) throw none;
  return askUntil(ask, question, suggested, (answer) => {
    if (answer.trim() === '') throw none;
    check(answer);
  });
}
