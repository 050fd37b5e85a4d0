import path from 'node:path';
import { DaybookError } from '../src/error.ts';
import { checkYaml } from '../src/report/check.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { didYouMean } from '../src/report/near.ts';
import { checkReport } from '../src/report/report-check.ts';
import type { Report, Source } from '../src/report/report.ts';
import { reportSchema } from '../src/report/schema.ts';
import { groupsDraft, momentOf, rowsDraft, type Draft } from '../src/review/onboard/draft.ts';
import { findKey } from '../src/review/onboard/key.ts';
import { truePairs, type ProposedMetric } from '../src/review/onboard/metrics.ts';
import { profileOf, withDateFormats, type Ask, type Profile } from '../src/review/onboard/profile.ts';
import { propose } from '../src/review/onboard/propose.ts';
import { periodSql, readSpacing, rhythmOf, SCHEDULES, type Rhythm } from '../src/review/onboard/rhythm.ts';
import { fromTemplate, TEMPLATES } from '../src/review/onboard/templates.ts';
import { labelOf, oneLineOf } from '../src/review/onboard/words.ts';
import { writeYaml } from '../src/review/onboard/write.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import type { ImportedSource } from '../src/run/import.ts';
import { openRunner, type Runner } from '../src/run/runner.ts';
import { quoteIdentifier } from '../src/snapshot/metric-sql.ts';
import { emptyState } from '../src/snapshot/ledger-state.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import { periodEnd } from '../src/snapshot/period.ts';
import { writeLocal } from './local.ts';
import { askerOf, type Asker } from './new-ask.ts';
import { refuseExisting, writeNew } from './new-files.ts';
import { ANY_DATA, settle, type NewOptions, type Settled } from './new-options.ts';
import { probe } from './new-probe.ts';
import { brokenSource, homeOf, outside, readSql, sourceFrom, sourceOfData, sourceOfQuery, sourceText, type DataSource } from './new-source.ts';
import { tablesOf } from './new-tables.ts';
import { newText } from './new-text.ts';
import { planRuns } from './plan.ts';
import { fromRoot, type World } from './world.ts';

type Good = Outcome & { kind: 'result' };

/** Query, profile and key of the report to be. */
interface Examined {
  draft: Draft;
  profile: Profile;
  key: string[] | null;
  pairs: Awaited<ReturnType<typeof truePairs>>;
  metrics?: ProposedMetric[];
  sources: string[];
  /** The new source's YAML; null where all sources are described already. */
  source: { file: string; text: string } | null;
  /** What a person should know of its columns. */
  notes: readonly string[];
  description: string;
}

/** A whole report, by its texts, and what it gives. Nothing of it is written. */
export interface MadeReport {
  files: Map<string, string>;
  report: Report;
  outcome: Good;
  notes: readonly string[];
}

/** From a SQL file or a data file to a report that runs; writes its files, or nothing. Returns the exit code. */
export async function newReport(world: World, id: string | undefined, options: NewOptions, ask: Asker | null = askerOf(process)): Promise<number> {
  if (options.propose && (options.dryRun || options.json)) throw new DaybookError('wrong-use', `--propose does not go with ${options.dryRun ? '--dry-run' : '--json'}`, {}, 'Leave one out; `npx daybook propose` can follow.');
  const definitions = loadDefinitions(world.root);
  const asked = await settle(id, options, definitions, ask);
  const { from } = asked;
  const settled: Settled = { ...asked, from: { ...from, file: fromRoot(world, from.file), data: fromRoot(world, from.data) } };
  const began = world.elapsed();
  const { files, report, outcome, notes } = await makeReport(world, definitions, settled, options);

  if (path.resolve(world.root, settled.from.file) === path.join(world.root, report.query.file)) files.delete(report.query.file);
  if (!options.dryRun) {
    await writeNew(world.root, files, () => {
      const problem = loadDefinitions(world.root).broken.get(settled.id)?.problems[0];
      if (problem) throw problem;
    });
    await writeLocal(world, settled.id, definitionDigest(report, definitions.macros), outcome, world.now());
  }
  const { propose: proposing = false, dryRun = false, json = false } = options;
  newText(world, { id: settled.id, files, outcome, notes, milliseconds: world.elapsed() - began, dryRun, json, next: !proposing });
  return proposing ? (await import('./propose.ts')).propose(world, [settled.id], {}) : 0;
}

/**
 * Reads the data as a run would, writes down what it finds, and runs that; the report is added to the definitions.
 * @throws DaybookError for the first thing that does not go
 */
export async function makeReport(world: World, definitions: Definitions, settled: Settled, options: Pick<NewOptions, 'narrative'>): Promise<MadeReport> {
  await refuseExisting(world.root, namesOf(settled, options).filter((file) => path.resolve(world.root, settled.from.file) !== path.join(world.root, file)));
  const examined = settled.from.kind === 'sql' ? await examineSql(world, definitions, settled) : await examineData(world, definitions, settled);
  const files = filesOf(settled, options, examined);
  const report = readBack(files, settled.id, definitions, examined.source && sourceFrom(examined.source.text, path.basename(examined.source.file, '.yml')));
  return { files, report, outcome: await tryOut(world, definitions, report), notes: examined.notes };
}

function namesOf({ id }: Pick<Settled, 'id'>, { narrative }: NewOptions): string[] {
  return [`reports/${id}.yml`, `reports/${id}.yaml`, `queries/${id}.sql`, ...(narrative ? [`reports/${id}.md`] : [])];
}

async function examineSql(world: World, described: Definitions, { id, from, sources, schedule = SCHEDULES.day.cron, key }: Settled): Promise<Examined> {
  const { text, statement } = await readSql(world.root, from.file);
  // Where that is null, running it says what is wrong with the text.
  const tables = await tablesOf(world.root, statement);
  for (const name of [...(sources ?? []), ...(tables ?? [])]) {
    const broken = brokenSource(name, described);
    if (broken) throw broken;
  }
  const data = from.data === undefined ? null : await sourceOfQuery(world.root, from.data, tables, described);
  if (data?.isNew) await refuseExisting(world.root, [data.source.file]);
  const definitions = data?.isNew ? { ...described, sources: new Map([...described.sources, [data.source.name, data.source]]) } : described;
  const read = [...new Set([...(sources ?? tables?.filter((name) => definitions.sources.has(name)) ?? []), ...(data ? [data.source.name] : [])])];
  for (const name of read) if (!definitions.sources.has(name)) throw new DaybookError('source-unknown', `there is no source "${oneLineOf(name)}"`, {}, `Known: ${[...definitions.sources.keys()].slice(0, 20).join(', ')}.`);
  return withRunner(world, definitions, async (runner) => {
    const imported = data && await importData(runner, data, from.data!, described);
    const ask = probe(runner, definitions, { id, sources: read, cron: schedule }, world.now());
    // As it is first: a mistake is then told with its place in the file.
    const { rows } = await ask(statement).catch((cause: unknown) => {
      throw inFile(cause, `queries/${id}.sql`, from.file);
    });
    if (rows.length === 0) throw new DaybookError('result-empty', 'the query returns no rows, so nothing can be proposed', { file: from.file }, 'Check its conditions: $as_of is the day of the last run, or the day on which an archived source ended.');
    const profile = await profileOf(ask, statement);
    const time = await historyOf(ask, statement, profile);
    const draft: Draft = { sql: text, labels: new Map(), time };
    return { draft, profile, key: await keyOf(ask, statement, profile, time?.column ?? null, key), pairs: await truePairs(ask, statement, profile), sources: read, source: data?.isNew ? { file: data.source.file, text: sourceText([data.source.files].flat()[0]!, imported!.columns, data) } : null, notes: data?.form?.notes ?? [], description: `${labelOf(path.basename(from.file, '.sql'))}, from ${read.join(', ') || 'constants'}.` };
  });
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

async function examineData(world: World, definitions: Definitions, settled: Settled): Promise<Examined> {
  const { id, from, template } = settled;
  const data = await sourceOfData(world.root, from.file, definitions);
  const { source, isNew, form } = data;
  const table = source.name;
  if (isNew) await refuseExisting(world.root, [source.file]);
  const known = { ...definitions, sources: new Map([...definitions.sources, [table, source]]) };
  return withRunner(world, known, async (runner) => {
    const imported = await importData(runner, data, from.file, definitions);
    const asks = (cron: string): Ask => probe(runner, known, { id, sources: [table], cron }, world.now());
    const all = `SELECT * FROM ${quoteIdentifier(table)}`;
    const raw = await withDateFormats(asks(SCHEDULES.day.cron), all, await profileOf(asks(SCHEDULES.day.cron), all));
    if (raw.rows === 1 && raw.columns.some(({ kind }) => kind === 'nested')) throw new DaybookError('wrong-use', 'the file holds one object with lists in it, not rows', { file: from.file }, 'Describe it in queries/sources/, write a SELECT that unnests the list, and give --sql.');
    const moment = momentOf(raw, table);
    const spacing = moment && await readSpacing(asks(SCHEDULES.day.cron), `SELECT ${moment.sql} AS moment FROM ${quoteIdentifier(table)}`, 'base_rows.moment');
    const rhythm = spacing && rhythmOf(spacing);
    const described = { sources: [table], source: isNew ? { file: source.file, text: sourceText([source.files].flat()[0]!, imported.columns, { form, newest: endOf(spacing?.last, rhythm, world.now()) }) } : null, notes: form?.notes ?? [], description: `${settled.title}, from ${oneLineOf([source.files].flat()[0]!, 100)}.` };
    if (!ANY_DATA.includes(template)) {
      const made = fromTemplate(template, raw, table);
      const ask = asks(settled.schedule ?? SCHEDULES.day.cron);
      const profile = await profileOf(ask, made.draft.sql);
      return { ...made, profile, pairs: [], key: await refuseDuplicates(ask, made.draft.sql, profile, made.key), ...described };
    }
    const ask = asks(settled.schedule ?? SCHEDULES[rhythm?.period ?? 'day'].cron);
    const examine = async (draft: Draft): Promise<Examined> => {
      const profile = await profileOf(ask, draft.sql);
      return { draft, profile, key: await keyOf(ask, draft.sql, profile, draft.time?.column ?? null, settled.key), pairs: await truePairs(ask, draft.sql, profile), ...described };
    };
    const plain = await examine(rowsDraft(raw, table, moment, rhythm));
    if (plain.key !== null && plain.profile.rows <= MOST_ROWS) return plain;
    const groups = groupsDraft(raw, table, moment, rhythm, spacing?.days ?? 1);
    return groups ? examine(groups) : plain;
  });
}

/** What the file holds; what is wrong with it is told of the file, since nobody has written its source. */
async function importData(runner: Runner, { source, isNew }: DataSource, file: string, { instance }: Definitions): Promise<ImportedSource> {
  return runner.describeSource(source.name).catch((cause: unknown) => {
    if (cause instanceof DaybookError && cause.code === 'file-outside') throw outside(file, homeOf(instance.source_roots));
    throw isNew ? inFile(cause, source.file, file) : cause;
  });
}

const DAY = 86_400_000;

/** The last day of the newest period, where it is so long ago that the data may have ended. */
function endOf(newest: string | undefined, rhythm: Rhythm | null, now: Date): string | undefined {
  if (!newest) return undefined;
  const end = rhythm?.atStart ? periodEnd(newest, rhythm.period) - DAY : Date.parse(newest);
  return end < now.getTime() - 60 * DAY ? new Date(end).toISOString().slice(0, 10) : undefined;
}

/** What the author names, where it does identify a row; else what is found. */
async function keyOf(ask: Ask, base: string, profile: Profile, time: string | null, named: string[] | undefined): Promise<string[] | null> {
  if (named === undefined) return findKey(ask, base, profile, time);
  const absent = named.find((name) => !profile.columns.some((column) => column.name === name));
  if (absent !== undefined) throw new DaybookError('result-column', `the key names the column "${oneLineOf(absent)}", which the query does not return${didYouMean(absent, profile.columns.map(({ name }) => name))}`);
  return refuseDuplicates(ask, base, profile, named);
}

/** The key of a template is part of it: rows that it does not tell apart would be counted twice. */
async function refuseDuplicates(ask: Ask, base: string, { rows }: Profile, key: string[]): Promise<string[]> {
  const columns = key.map((name) => `base_rows.${quoteIdentifier(name)}`);
  const answer = await ask(`WITH base_rows AS (\n${base}\n)\nSELECT count(DISTINCT (${columns.join(', ')})) FILTER (${columns.map((column) => `${column} IS NOT NULL`).join(' AND ')}) AS found FROM base_rows`);
  if (Number(answer.rows[0]![0]) !== rows) throw new DaybookError('key-duplicate', `${key.join(' and ')} ${key.length === 1 ? 'does' : 'do'} not identify a row of the file: ${rows} rows, ${answer.rows[0]![0]} different`, {}, 'Give each row a name of its own, or leave the key (or --template) out.');
  return key;
}

function filesOf(settled: Settled, { narrative }: NewOptions, { draft, profile, key, pairs, metrics, sources, source, description }: Examined): Map<string, string> {
  const { id, title, team, owner, schedule, template } = settled;
  if (template === 'weekly' && !/^(hour|day|week)$/.test(draft.time?.period ?? '')) throw new DaybookError('wrong-use', draft.time ? `the template weekly needs data of each week, and ${draft.time.column} has ${draft.time.reason}` : 'the template weekly needs a column of dates, and there is none', {}, draft.time ? 'Leave --template out.' : 'Add one to the data, or cast one in the SQL: CAST(… AS DATE).');
  const { document, comments } = propose({ title, team, owner, description: settled.description ?? description, sources, schedule: schedule ?? (TEMPLATES[template] ? SCHEDULES.day.cron : undefined), weekly: template === 'weekly' }, { profile, key, pairs, metrics, draft });
  if (settled.description !== undefined) comments.delete('description');
  const schema = `yaml-language-server: $schema=${'../'.repeat(id.split('/').length)}src/report/schema/report.json`;
  return new Map([
    ...(source ? [[source.file, source.text] as const] : []),
    [`queries/${id}.sql`, draft.sql],
    [`reports/${id}.yml`, writeYaml(document, comments, [schema])],
    ...(narrative ? [[`reports/${id}.md`, '**How to read it.** What is a good value, and what is not?\n\n**What to look at first.** Which number, and what to do when it moves.\n\n**What is left out.** What the data does not hold.\n'] as const] : []),
  ]);
}

/** The report that the texts define, as loading them would give it; it is added to the definitions. */
export function readBack(files: ReadonlyMap<string, string>, id: string, definitions: Definitions, source: Source | null): Report {
  if (source) definitions.sources.set(source.name, source);
  const file = `reports/${id}.yml`;
  const checked = checkYaml(files.get(file)!, file, reportSchema);
  if ('problems' in checked) throw checked.problems[0];
  const query = { file: `queries/${id}.sql`, sql: files.get(`queries/${id}.sql`)! };
  const report = checkReport({ id, file, spec: checked.value, query, narrative: files.get(`reports/${id}.md`) ?? null, document: checked.document }, definitions);
  if (Array.isArray(report)) throw report[0];
  definitions.reports.set(id, report);
  return report;
}

/** Runs the proposed report as `daybook run` will. @throws its failure */
async function tryOut(world: World, definitions: Definitions, report: Report): Promise<Good> {
  const { planned: [planned] } = planRuns(definitions, emptyState(), world.now(), { ids: [report.id] }, (one) => definitionDigest(one, definitions.macros));
  if (!planned) throw new DaybookError('wrong-use', `the schedule "${report.schedule.cron}" has had no slot yet`, {}, 'Give another --schedule.');
  return withRunner(world, definitions, async (runner) => {
    const outcome = await runner.run(report, planned.requested, new Date(planned.slot));
    if (outcome.kind === 'failure') throw outcome.error;
    return outcome;
  });
}

async function withRunner<T>(world: World, { instance, sources, macros }: Definitions, use: (runner: Runner) => Promise<T>): Promise<T> {
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
