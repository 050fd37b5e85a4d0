import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { didYouMean } from '../../src/report/near.ts';
import { withDateFormats } from '../../src/review/onboard/date-format.ts';
import { groupsDraft, rowsDraft, type Draft } from '../../src/review/onboard/draft.ts';
import { findKey } from '../../src/review/onboard/key.ts';
import { truePairs, type ProposedMetric } from '../../src/review/onboard/metrics.ts';
import { momentOf, undatedWords } from '../../src/review/onboard/moment.ts';
import { profileOf, withMade, type Ask, type Profile } from '../../src/review/onboard/profile.ts';
import { allOf, relationMade, type Relation } from '../../src/review/onboard/relation.ts';
import { periodSql, readSpacing, rhythmOf, SCHEDULES } from '../../src/review/onboard/rhythm.ts';
import { fromTemplate } from '../../src/review/onboard/templates.ts';
import { totalsOf } from '../../src/review/onboard/totals.ts';
import { turned, wideText } from '../../src/review/onboard/wide.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';
import type { ImportedSource } from '../../src/run/import.ts';
import { openRunner, type Runner } from '../../src/run/runner.ts';
import { quoteIdentifier } from '../../src/snapshot/metric-sql.ts';
import type { World } from '../world/world.ts';
import type { Asker } from './ask.ts';
import { findData, foundNote, openText, type FoundData, type GivenData } from './data.ts';
import { refuseExisting } from './files.ts';
import { ANY_DATA, type Subject } from './options.ts';
import { probe } from './probe.ts';
import type { Placed } from './settle.ts';
import { brokenSource, givenFile, homeOf, fileOutside, sourceOfData, sourceOfTable, sourceText, type DataSource } from './source.ts';
import { endOf, timeOf } from './time.ts';

/** Query, profile and key of the report to be. */
export interface Examined {
  draft: Draft;
  profile: Profile;
  key: string[] | null;
  pairs: Awaited<ReturnType<typeof truePairs>>;
  metrics?: ProposedMetric[];
  sources: string[];
  /** The YAML of sources that are new, by path. */
  newSources: Map<string, string>;
  /** What a person should know of data that was found, and of its columns. */
  notes: readonly string[];
}

type Of<K extends Subject['kind']> = Omit<Placed, 'from'> & { from: Extract<Subject, { kind: K }> };

/** Runs the SQL over its sources, and over the data that its other tables are. @param ask chooses where several files fit; null where nobody is there @throws `source-unknown`, `result-empty`, and what running the query does */
export async function examineSql(world: World, described: Definitions, { id, from, sources, schedule = SCHEDULES.day.cron, key }: Of<'sql'>, ask: Asker | null): Promise<Examined> {
  const { text, statement } = from.sql;
  // Where that is null, running it says what is wrong with the text.
  const tables = from.read?.tables ?? null;
  for (const name of [...(sources ?? []), ...(tables ?? [])]) {
    const broken = brokenSource(name, described);
    if (broken) throw broken;
  }
  const absent = sources?.find((name) => !described.sources.has(name) && !tables?.includes(name));
  if (absent !== undefined) throw new DaybookError('source-unknown', `there is no source "${oneLineOf(absent)}"`, { key: 'sources' }, `Known: ${[...described.sources.keys()].slice(0, 20).join(', ')}.`);
  const found = await dataOfTables(world, described, id, from, ask);
  const data = new Map<string, DataSource>();
  for (const [table, { file }] of found) data.set(table, await sourceOfTable(world.root, table, file, described));
  const fresh = [...data.values()].filter(({ isNew }) => isNew);
  await refuseExisting(world.root, fresh.map(({ source }) => source.file));
  const definitions = { ...described, sources: new Map([...described.sources, ...fresh.map(({ source }) => [source.name, source] as const)]) };
  const read = [...new Set([...(sources ?? tables?.filter((name) => definitions.sources.has(name)) ?? []), ...data.keys()])];
  return withRunner(world, definitions, async (runner) => {
    const imported = new Map<string, ImportedSource>();
    for (const [table, one] of data) imported.set(table, await importData(runner, one, found.get(table)!.file, described));
    const query = probe(runner, definitions, { id, sources: read, cron: schedule }, world.now());
    // As it is first: a mistake is then told with its place in the file.
    const { rows } = await query(statement).catch((cause: unknown) => {
      throw inFile(cause, `queries/${id}.sql`, from.file);
    });
    if (rows.length === 0) throw new DaybookError('result-empty', 'the query returns no rows, so nothing can be proposed', { file: from.file }, 'Check its conditions: $as_of is the day of the last run, or the day on which an archived source ended.');
    const profile = withMade(await profileOf(query, statement), from.read?.made);
    const time = await historyOf(query, statement, profile);
    const newSources = new Map<string, string>();
    for (const { source, form } of fresh) {
      const { columns } = imported.get(source.name)!;
      newSources.set(source.file, sourceText([source.files].flat()[0]!, columns, { form, found: found.get(source.name)!.reason, ...(await timeOf(query, source.name, columns, world.now())) }));
    }
    return {
      draft: { sql: text, labels: new Map(), time }, profile, key: await keyOf(query, statement, profile, time?.column ?? null, key), pairs: await truePairs(query, statement, profile), sources: read, newSources,
      notes: [...[...found].flatMap(([table, one]) => foundNote(table, one) ?? []), ...fresh.flatMap(({ form }) => form?.notes ?? [])],
    };
  });
}

type FoundFile = Extract<FoundData, { file: string }>;

/** A file for each table that is no source yet. @throws `source-unknown` naming the first for which there is none, or several */
async function dataOfTables(world: World, definitions: Definitions, id: string, { data, read, sql, file }: Extract<Subject, { kind: 'sql' }>, ask: Asker | null): Promise<Map<string, FoundFile>> {
  const settled = new Map<string, FoundFile>();
  if (read === null) return settled;
  const open = read.tables.filter((name) => !definitions.sources.has(name));
  const given = await givenFor(world.root, definitions, data, read.tables, open);
  // Of a table that is a source, another file is refused where that source is looked up.
  for (const { table, file: said } of given) if (table !== null && !open.includes(table)) settled.set(table, { file: said, reason: null });
  if (open.length === 0) return settled;
  const query = { file: `queries/${id}.sql`, sql: sql.statement };
  const tables = open.map((name) => ({ name, called: { schema: '', name }, columns: read.columns.get(name) ?? new Set<string>() }));
  const sources = read.tables.filter((name) => definitions.sources.has(name));
  const found = await withRunner(world, definitions, (runner) => findData({ world, definitions, runner, given, ask }, [{ query, parameters: {}, sources, tables, bare: read.bare }])).catch((cause: unknown) => {
    throw inFile(cause, query.file, file);
  });
  for (const [table, one] of found) {
    if ('file' in one) settled.set(table, one);
    else {
      const { what, remedy } = openText(table, one, definitions);
      throw new DaybookError('source-unknown', what, { file }, remedy);
    }
  }
  return settled;
}

/** What `--data` names, without what is a source that the query reads. @throws `wrong-use` for files that the query has no table for, and what naming a file throws */
async function givenFor(root: string, definitions: Definitions, data: readonly GivenData[], tables: readonly string[], open: readonly string[]): Promise<GivenData[]> {
  const given: GivenData[] = [];
  for (const { table, file: said } of data) {
    if (table !== null && !tables.includes(table)) throw new DaybookError('wrong-use', `the query does not read the table "${oneLineOf(table)}" that --data names`, { key: 'data' }, `It reads ${tables.map((name) => oneLineOf(name)).join(', ') || 'none'}.`);
    const { file, known } = await givenFile(root, said, definitions);
    if (known && tables.includes(known.name) && (table === null || table === known.name)) continue;
    const free = open.filter((name) => !data.some((one) => one.table === name));
    if (known && table === null && free.length === 0) throw new DaybookError('wrong-use', `the query does not read ${oneLineOf(said, 200)}`, { key: 'data' }, `Leave --data out, or read its source ${known.name}.`);
    if (known) throw new DaybookError('wrong-use', `the query reads "${oneLineOf(table ?? free[0]!)}", and ${oneLineOf(said, 200)} is the source "${known.name}" already`, {}, `Write ${known.name} in the query.`);
    given.push({ table, file });
    if (table === null && given.filter((one) => one.table === null).length > free.length) throw new DaybookError('wrong-use', `the query does not read ${oneLineOf(said, 200)}`, { key: 'data' }, 'Leave --data out, or name a new table in the query: the data file becomes the source of that name.');
  }
  return given;
}

/** The time column of a result: one that is a date or a timestamp already. */
export async function historyOf(ask: Ask, base: string, profile: Profile): Promise<Draft['time']> {
  const dated = { ...profile, columns: profile.columns.filter(({ kind }) => kind === 'date' || kind === 'timestamp') };
  const column = momentOf(dated, 'base_rows')?.columns[0];
  if (column === undefined) return null;
  const { period, atStart, reason } = rhythmOf(await readSpacing(ask, base, `base_rows.${quoteIdentifier(column)}`));
  // Mondays alone may be days on which something was counted.
  const starts = atStart || (period === 'week' && /\bdate_trunc\s*\(\s*'week'/i.test(base));
  return { column, period, reason, ends: starts ? periodSql(quoteIdentifier(column), period) : undefined };
}

/** Above this, rows are summed up: a report is read by people. */
const MOST_ROWS = 20_000;

/** Looks at all rows of a data file, and makes the query. @throws `wrong-use` where its rows are lists and records, `source-broken` where its first line is no header, and what reading the file does */
export async function examineData(world: World, definitions: Definitions, { id, from, template, schedule, key }: Of<'data'>): Promise<Examined> {
  const data = await sourceOfData(world.root, from.file, definitions);
  const { source, isNew, form } = data;
  if (form?.flaw) throw new DaybookError('source-broken', form.flaw.what, { file: oneLineOf(from.file, 200), line: 1 }, form.flaw.remedy);
  const table = source.name;
  if (isNew) await refuseExisting(world.root, [source.file]);
  const known = { ...definitions, sources: new Map([...definitions.sources, [table, source]]) };
  return withRunner(world, known, async (runner) => {
    const imported = await importData(runner, data, from.file, definitions);
    const asks = (cron: string): Ask => probe(runner, known, { id, sources: [table], cron }, world.now());
    const all = `SELECT * FROM ${quoteIdentifier(table)}`;
    const given = await profileOf(asks(SCHEDULES.day.cron), all);
    const { raw, relation } = await rowsOf(asks(SCHEDULES.day.cron), table, given, ANY_DATA.includes(template));
    if (raw.rows === 1 && raw.columns.some(({ kind }) => kind === 'nested')) throw new DaybookError('wrong-use', 'the file holds one object with lists in it, not rows', { file: from.file }, 'Describe it in queries/sources/, write a SELECT that unnests the list, and give --sql.');
    if (raw.columns.every(({ kind }) => kind === 'nested')) throw new DaybookError('wrong-use', 'each row of the file is lists or records, with no value beside them', { file: from.file }, `Write a SELECT that takes values out of them, such as ${oneLineOf(raw.columns[0]!.name)}[1] of a list, and give --sql.`);
    const moment = momentOf(raw, relation.name);
    const spacing = moment && await readSpacing(asks(SCHEDULES.day.cron), `${relation.head}SELECT ${moment.sql} AS moment FROM ${quoteIdentifier(relation.name)}`, 'base_rows.moment');
    const rhythm = spacing && rhythmOf(spacing);
    const more = isNew ? { ...(await timeOf(asks(SCHEDULES.day.cron), table, imported.columns, world.now())), newest: endOf(spacing?.last, rhythm, world.now()) } : {};
    const described = { sources: [table], newSources: new Map(isNew ? [[source.file, sourceText([source.files].flat()[0]!, imported.columns, { form, ...more })]] : []), notes: [...(form?.notes ?? []), ...relation.notes, ...nestedNote(raw), ...(moment === null ? [undatedWords(raw) ?? []].flat() : [])] };
    if (!ANY_DATA.includes(template)) {
      const made = fromTemplate(template, raw, table);
      const ask = asks(schedule ?? SCHEDULES.day.cron);
      const profile = await profileOf(ask, made.draft.sql);
      return { ...made, profile, pairs: [], key: await refuseDuplicates(ask, made.draft.sql, profile, made.key), ...described };
    }
    const ask = asks(schedule ?? SCHEDULES[rhythm?.period ?? 'day'].cron);
    const examine = async (proposed: Draft): Promise<Examined> => {
      const draft = { ...proposed, sql: relation.head + proposed.sql };
      const profile = await profileOf(ask, draft.sql);
      return { draft, profile, key: await keyOf(ask, draft.sql, profile, draft.time?.column ?? null, key), pairs: await truePairs(ask, draft.sql, profile), ...described };
    };
    const plain = await examine(rowsDraft(raw, relation.name, moment, rhythm));
    if (plain.key !== null && plain.profile.rows <= MOST_ROWS) return plain;
    const groups = groupsDraft(raw, relation.name, moment, rhythm, spacing?.days ?? 1);
    return groups ? examine(groups) : plain;
  });
}

/** The proposed query has values alone. */
function nestedNote({ columns }: Profile): string[] {
  const nested = columns.filter(({ kind }) => kind === 'nested');
  return nested.length === 0 ? [] : [`the query leaves out ${nested.slice(0, 8).map(({ name }) => oneLineOf(name, 40)).join(', ')}${nested.length > 8 ? ', …' : ''}: ${nested.length === 1 ? 'it holds' : 'they hold'} lists or records; it can name single values, as in record.field or list[1]`];
}

/** The rows that a query is proposed over, and what is known of them: without those that add up others, and with a row for each period that is a column. */
async function rowsOf(ask: Ask, table: string, given: Profile, isAny: boolean): Promise<{ raw: Profile; relation: Relation }> {
  const plain: Relation = { name: table, head: '', notes: [] };
  const read = async (relation: Relation, profile?: Profile): Promise<{ raw: Profile; relation: Relation }> => ({ raw: await withDateFormats(ask, allOf(relation), profile ?? await profileOf(ask, allOf(relation))), relation });
  if (!isAny) return read(plain, given);
  const totals = await totalsOf(ask, allOf(plain), table, given);
  const by = turned(given, table, totals);
  if (by !== null) {
    const found = await read(by);
    if (momentOf(found.raw, by.name) !== null) return found;
  }
  const wide = wideText(given);
  const open = wide === null ? [] : [`${wide}, and nothing says of which year or in which order: a query that makes a row of each (UNPIVOT) can say it`];
  if (totals === null) return read({ ...plain, notes: open }, given);
  const { relation, raw } = await read(relationMade(`${table}_parts`, `  SELECT * FROM ${quoteIdentifier(table)} WHERE ${totals.where}`, [totals.note]));
  return { raw, relation: { ...relation, notes: [...relation.notes, ...open] } };
}

/** What the file holds; what is wrong with it is told of the file, since nobody has written its source. */
async function importData(runner: Runner, { source, isNew }: DataSource, file: string, { instance }: Definitions): Promise<ImportedSource> {
  return runner.describeSource(source.name).catch((cause: unknown) => {
    if (cause instanceof DaybookError && cause.code === 'file-outside') throw fileOutside(file, homeOf(instance.source_roots));
    throw isNew ? inFile(cause, source.file, file) : cause;
  });
}

/** What the author names, where it does identify a row; else what is found. */
async function keyOf(ask: Ask, base: string, profile: Profile, time: string | null, named: string[] | undefined): Promise<string[] | null> {
  if (named === undefined) return findKey(ask, base, profile, time);
  const absent = named.find((name) => !profile.columns.some((column) => column.name === name));
  if (absent !== undefined) throw new DaybookError('result-column', `the key names the column "${oneLineOf(absent)}", which the query does not return${didYouMean(absent, profile.columns.map(({ name }) => name))}`, { key: 'key' });
  return refuseDuplicates(ask, base, profile, named);
}

/** The key of a template is part of it: rows that it does not tell apart would be counted twice. */
async function refuseDuplicates(ask: Ask, base: string, { rows }: Profile, key: string[]): Promise<string[]> {
  const columns = key.map((name) => `base_rows.${quoteIdentifier(name)}`);
  const answer = await ask(`WITH base_rows AS (\n${base}\n)\nSELECT count(DISTINCT (${columns.join(', ')})) FILTER (${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}) AS found FROM base_rows`);
  if (Number(answer.rows[0]![0]) !== rows) throw new DaybookError('key-duplicate', `${key.join(' and ')} ${key.length === 1 ? 'does' : 'do'} not identify a row: ${rows} rows, ${answer.rows[0]![0]} different`, { key: 'key' }, 'Give each row a name of its own, or leave the key (or --template) out.');
  return key;
}

/** A runner over these definitions for as long as `use` takes, with the kept imports of .daybook/. */
export async function withRunner<T>(world: World, { instance, sources, macros }: Definitions, use: (runner: Runner) => Promise<T>): Promise<T> {
  const runner = openRunner({ root: world.root, cache: path.join(world.root, '.daybook'), instance, sources, macros, parallel: world.cores, elapsed: world.elapsed });
  try {
    return await use(runner);
  } finally {
    await runner.close();
  }
}

/** An error about a file that is not written yet is told of the one that the author has. */
function inFile(cause: unknown, file: string, instead: string): unknown {
  if (!(cause instanceof DaybookError) || cause.place.file !== file) return cause;
  const hint = cause.code === 'source-unknown' ? `${cause.remedy.replace('Name the source under `sources`.', '')} Give --sources a,b.`.trim() : cause.hint;
  return new DaybookError(cause.code, cause.message, { ...cause.place, file: instead }, hint);
}
