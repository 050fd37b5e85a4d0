import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { asKnownError, DaybookError, visibleJson } from '../src/error.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { didYouMean } from '../src/report/near.ts';
import { findingOfError, isEvidence, planEvidence } from '../src/review/onboard/evidence-project.ts';
import { planFolder } from '../src/review/onboard/import-folder.ts';
import type { ImportFinding, ImportPlan, PlannedReport, Resolve } from '../src/review/onboard/import-plan.ts';
import { SCHEDULES } from '../src/review/onboard/rhythm.ts';
import { oneLineOf } from '../src/review/onboard/words.ts';
import type { Runner } from '../src/run/runner.ts';
import { authorAddress } from '../src/store/author.ts';
import { importedSources } from './import/data.ts';
import { belongingsOf, type Belongings } from './import/owned.ts';
import { readFolder } from './import/read.ts';
import { fromOrigin, namesOf, tryReport, type Owned, type Tried } from './import/report.ts';
import type { Sources } from './import/sources.ts';
import { importDocument, importText, shellWord, type Imported } from './import/text.ts';
import { writeLocal } from './instance/local.ts';
import { askerOf, takesSuggestions, type Asker } from './new/ask.ts';
import { withRunner } from './new/examine.ts';
import { refuseExisting, writeNew } from './new/files.ts';
import { dataOf } from './new/options.ts';
import { probe } from './new/probe.ts';
import { sourceText, withForm, type DataSource } from './new/source.ts';
import { tablesRead, type TablesRead } from './new/tables.ts';
import { timeOf } from './new/time.ts';
import { Progress, type World } from './world/world.ts';

interface ImportOptions {
  team?: string | undefined;
  owner?: string | undefined;
  from?: string | undefined;
  /** Each a path, or `table=path`. */
  data?: readonly string[] | undefined;
  propose?: boolean | undefined;
  yes?: boolean | undefined;
  dryRun: boolean;
  json: boolean;
}

const KINDS = ['sql', 'evidence'];

/**
 * Makes reports of what a team has elsewhere: each that runs is written whole, each other is listed with the reason.
 * What stands here already stays, so that the same folder can be imported again when its data has come.
 * @returns 0 where all are here and nothing is open; 1 where a person has to decide, or something failed
 */
export async function importReports(world: World, folderName: string, options: ImportOptions, asker: Asker | null = askerOf(process)): Promise<number> {
  const { team, owner, from, data = [], propose: proposing = false, dryRun, json } = options;
  if (proposing && dryRun) throw new DaybookError('wrong-use', '--propose does not go with --dry-run', {}, 'Leave one out; `npx daybook propose` can follow.');
  const ask = options.yes ? takesSuggestions : json ? null : asker;
  const definitions = loadDefinitions(world.root);
  if (from !== undefined && !KINDS.includes(from)) throw new DaybookError('wrong-use', `--from does not know "${from}"${didYouMean(from, KINDS)}`, {}, 'Give --from sql, or --from evidence.');
  const folder = await readFolder(world.here ?? world.root, folderName);
  const kind = from ?? (isEvidence(folder.texts) ? 'evidence' : 'sql');
  const queries = [...folder.texts.keys()].filter((file) => /\.sql$/i.test(file));
  if (kind === 'evidence' && !isEvidence(folder.texts)) throw new DaybookError('wrong-use', 'the folder has no pages/ with Markdown', { file: folderName }, 'Give the folder that holds pages/ and sources/, or --from sql.');
  if (kind === 'sql' && queries.length === 0) throw new DaybookError('wrong-use', 'the folder has no .sql file', { file: folderName }, 'Give the folder of the SQL files.');
  const { of, notes } = await belongingsOf(definitions, { team, owner }, kind === 'sql' ? queries : [], ask, () => authorAddress(world.root, world.env));

  const planWith = (resolve: Resolve): ImportPlan => (kind === 'evidence' ? planEvidence(folder.texts, resolve) : planFolder(folder.texts, resolve));
  const { added, reasons, resolve } = await importedSources(world, { folder, definitions, isProject: kind === 'evidence', given: dataOf(world, data), ask, planWith });
  const plan = planWith(resolve);
  const forms = await formsOf(world.root, definitions, added);
  const known: Definitions = { ...definitions, reports: new Map(definitions.reports), sources: new Map([...definitions.sources, ...added]) };
  const read = await tablesRead(world.root, plan.reports.map(({ sql }) => sql));
  const progress = new Progress(world, 'Reports', plan.reports.length);
  const imported: Imported[] = [];
  const written = new Set<string>();
  await withRunner(world, known, async (runner) => {
    for (const [index, planned] of plan.reports.entries()) {
      imported.push(await importOne(world, { known, runner, of, added, reasons, forms, written, dryRun }, planned, read[index]?.made));
      progress.step();
    }
  }).finally(() => progress.end());
  const findings = [...folder.findings.filter(({ file }) => kind === 'evidence' || /\.sql$/i.test(file) || !/\.\w+$/.test(file)), ...plan.findings];
  const given = [...Object.entries({ team, owner, from }), ...data.map((one) => ['data', one] as const)];
  const command = ['npx daybook import', shellWord(folderName), ...given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${shellWord(value)}`]))].join(' ');
  const said = { kind, command, imported, notes, findings, dryRun, next: !proposing };
  const code = imported.every(({ state }) => state === 'imported' || state === 'present') && findings.every((one) => one.kind === 'note') ? 0 : 1;
  const made = imported.filter(({ state }) => state === 'imported' || state === 'decide').map(({ id }) => id);
  const print = (more: object): void => world.out(visibleJson({ ...importDocument(said), ...more }));
  const isProposed = proposing && made.length > 0;
  if (!json) importText(world, said);
  else if (!isProposed) print(proposing ? { proposal: null } : {});
  if (!isProposed) return code;
  const { propose, proposeMade } = await import('./propose.ts');
  return (await (json ? proposeMade(world, made, (proposal) => print({ proposal })) : propose(world, made, {}))) || code;
}

interface Importing {
  known: Definitions;
  runner: Runner;
  of: Belongings['of'];
  added: Sources['added'];
  reasons: Sources['reasons'];
  forms: Awaited<ReturnType<typeof formsOf>>;
  /** Sources that stand already, from reports before. */
  written: Set<string>;
  dryRun: boolean;
}

async function importOne(world: World, importing: Importing, planned: PlannedReport, made: TablesRead['made'] | undefined): Promise<Imported> {
  const { known, runner, of, dryRun } = importing;
  const { id, ...belongs } = of(planned);
  const listed = (state: Imported['state'], findings: ImportFinding[]): Imported => ({ id, state, title: planned.title, from: planned.from, files: [], findings, rows: null, asOf: null });
  if ('kind' in belongs) return listed('missing', [...planned.findings, belongs]);
  const present = await standing(world.root, id, planned);
  if (present) return listed('present', present);
  if (planned.findings.some((one) => one.kind === 'block')) return listed('missing', planned.findings);
  try {
    await refuseExisting(world.root, namesOf(id));
    const tried = await tryReport(world, known, runner, { id, planned, made, ...belongs });
    const files = new Map([...await newSources(world, importing, id, planned), ...tried.files]);
    if (!dryRun) await keep(world, belongs, tried, files);
    for (const name of planned.sources) importing.written.add(name);
    const { outcome, findings } = tried;
    return { ...listed(findings.some((one) => one.kind === 'decide') ? 'decide' : 'imported', findings), files: [...files.keys()], rows: outcome.result.rows.count, asOf: outcome.asOf };
  } catch (cause) {
    const error = asKnownError(cause);
    if (!error) throw cause;
    return listed('failed', [...planned.findings, error.code === 'wrong-use' && error.place.file !== undefined ? findingOfError(error.place.file, error) : fromOrigin(error, planned, id)]);
  }
}

/** What to know of a report that stands here under this id; null where there is none. */
async function standing(root: string, id: string, { sql, from, findings }: PlannedReport): Promise<ImportFinding[] | null> {
  const read = (file: string): Promise<string | null> => readFile(path.join(root, file), 'utf8').catch(() => null);
  if ((await read(`reports/${id}.yml`)) === null && (await read(`reports/${id}.yaml`)) === null) return null;
  const same = findings.some((one) => one.kind === 'block') || (await read(`queries/${id}.sql`)) === sql;
  return same ? [] : [{ kind: 'note', ...from, what: `queries/${id}.sql is not what ${oneLineOf(`${from.file}:${from.line}`, 150)} gives today; to take that over, remove the report’s files and import again`, remedy: '' }];
}

/** How the CSV files of new sources are read, by name; the sources are completed by it. */
async function formsOf(root: string, { instance }: Definitions, added: Importing['added']): Promise<Map<string, DataSource['form']>> {
  const forms = new Map<string, DataSource['form']>();
  for (const [name, bare] of added) {
    const { source, form } = await withForm(root, bare, instance);
    added.set(name, source);
    forms.set(name, form);
  }
  return forms;
}

/** YAML of the sources that this report is the first to read, with the types that they have now. */
async function newSources(world: World, { known, runner, added, reasons, forms, written }: Importing, id: string, planned: PlannedReport): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of planned.sources) {
    const source = added.get(name);
    if (source === undefined || written.has(name)) continue;
    await refuseExisting(world.root, [source.file]);
    const { columns } = await runner.describeSource(name);
    const ask = probe(runner, known, { id, sources: planned.sources, cron: SCHEDULES.day.cron }, world.now());
    files.set(source.file, sourceText([source.files].flat()[0]!, columns, { form: forms.get(name), found: reasons.get(name), ...(await timeOf(ask, name, columns, world.now())) }));
  }
  return files;
}

async function keep(world: World, { team }: Owned, { id, outcome, digest }: Tried, files: ReadonlyMap<string, string>): Promise<void> {
  await writeNew(world.root, files, () => {
    const problem = loadDefinitions(world.root).broken.get(id)?.problems[0];
    if (problem) throw new DaybookError(problem.code, problem.message, problem.place, `${problem.remedy} Nothing of it was written for ${team}.`);
  });
  await writeLocal(world, id, digest, outcome, world.now());
}
