import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { asKnownError, DaybookError } from '../src/error.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { didYouMean } from '../src/report/near.ts';
import { broken, isEvidence, planEvidence } from '../src/review/onboard/evidence-project.ts';
import { planFolder } from '../src/review/onboard/import-folder.ts';
import type { Finding, Planned } from '../src/review/onboard/import-plan.ts';
import { oneLineOf } from '../src/review/onboard/words.ts';
import { openRunner, type Runner } from '../src/run/runner.ts';
import { readFolder } from './import-read.ts';
import { fromOrigin, namesOf, tryReport, type Owned, type Tried } from './import-report.ts';
import { sourcesOf } from './import-sources.ts';
import { importText, shellWord, type Imported } from './import-text.ts';
import { writeLocal } from './local.ts';
import { refuseExisting, writeNew } from './new-files.ts';
import { ownerOf } from './new-options.ts';
import { sourceText, withForm, type DataSource } from './new-source.ts';
import { checkTeam, teamsText } from './new-team.ts';
import { Progress, type World } from './world.ts';

export interface ImportOptions {
  team?: string | undefined;
  owner?: string | undefined;
  from?: string | undefined;
  dryRun: boolean;
  json: boolean;
}

const KINDS = ['sql', 'evidence'];

/**
 * Makes reports of what a team has elsewhere: each that runs is written whole, each other is listed with the reason.
 * What stands here already stays, so that the same folder can be imported again when its data has come.
 * @returns 0 where all are here and nothing is open; 1 where a person has to decide, or something failed
 */
export async function importReports(world: World, folderName: string, { team: asked, owner: given, from, dryRun, json }: ImportOptions): Promise<number> {
  const definitions = loadDefinitions(world.root);
  if (from !== undefined && !KINDS.includes(from)) throw new DaybookError('wrong-use', `--from does not know "${from}"${didYouMean(from, KINDS)}`, {}, 'Give --from sql, or --from evidence.');
  const owned = ownedBy(definitions, asked, given);
  const folder = await readFolder(world.here ?? world.root, folderName);
  const kind = from ?? (isEvidence(folder.texts) ? 'evidence' : 'sql');
  if (kind === 'evidence' && !isEvidence(folder.texts)) throw new DaybookError('wrong-use', 'the folder has no pages/ with Markdown', { file: folderName }, 'Give the folder that holds pages/ and sources/, or --from sql.');
  if (kind === 'sql' && ![...folder.texts.keys()].some((file) => /\.sql$/i.test(file))) throw new DaybookError('wrong-use', 'the folder has no .sql file', { file: folderName }, 'Give the folder of the SQL files.');

  const sources = await sourcesOf(folder, world.root, definitions, kind === 'evidence');
  const plan = kind === 'evidence' ? planEvidence(folder.texts, sources.resolve) : planFolder(folder.texts, sources.resolve);
  const forms = await formsOf(world.root, definitions, sources.added);
  const known: Definitions = { ...definitions, reports: new Map(definitions.reports), sources: new Map([...definitions.sources, ...sources.added]) };
  const runner = openRunner({ root: world.root, cache: path.join(world.root, '.daybook'), instance: known.instance, sources: known.sources, macros: known.macros, parallel: world.cores, elapsed: world.elapsed });
  const progress = new Progress(world, 'Reports', plan.reports.length);
  const imported: Imported[] = [];
  const written = new Set<string>();
  try {
    for (const planned of plan.reports) {
      imported.push(await importOne(world, { known, runner, owned, added: sources.added, forms, written, dryRun }, planned));
      progress.step();
    }
  } finally {
    progress.end();
    await runner.close();
  }
  const findings = [...folder.findings.filter(({ file }) => kind === 'evidence' || /\.sql$/i.test(file) || !/\.\w+$/.test(file)), ...plan.findings];
  const command = ['npx daybook import', shellWord(folderName), ...Object.entries({ team: asked, owner: given, from }).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${shellWord(value)}`]))].join(' ');
  importText(world, { kind, command, imported, data: [...sources.added.values()].filter(({ name }) => written.has(name)).flatMap(({ files }) => files), findings, dryRun, json });
  return imported.every(({ state }) => state === 'imported' || state === 'present') && findings.every((one) => one.kind === 'note') ? 0 : 1;
}

function ownedBy({ instance, reports }: Definitions, asked: string | undefined, given: string | undefined): Owned {
  const teams = Object.keys(instance.teams);
  const team = asked ?? (teams.length === 1 ? teams[0]! : undefined);
  if (team === undefined) throw new DaybookError('wrong-use', 'the team is not given', {}, `Give --team: ${teamsText(instance)}.`);
  checkTeam(team, instance);
  const owner = given?.trim() ?? ownerOf(team, reports) ?? '';
  if (owner === '') throw new DaybookError('wrong-use', 'the owner is not given', {}, 'Give --owner you@example.org: who answers for the numbers.');
  return { team, owner };
}

interface Importing {
  known: Definitions;
  runner: Runner;
  owned: Owned;
  added: Awaited<ReturnType<typeof sourcesOf>>['added'];
  forms: Awaited<ReturnType<typeof formsOf>>;
  /** Sources that stand already, from reports before. */
  written: Set<string>;
  dryRun: boolean;
}

async function importOne(world: World, importing: Importing, planned: Planned): Promise<Imported> {
  const { known, runner, owned, dryRun } = importing;
  const id = `${owned.team}/${planned.name}`;
  const listed = (state: Imported['state'], findings: Finding[]): Imported => ({ id, state, title: planned.title, from: planned.from, files: [], findings, rows: null, asOf: null });
  const present = await standing(world.root, id, planned);
  if (present) return listed('present', present);
  if (planned.findings.some((one) => one.kind === 'block')) return listed('missing', planned.findings);
  try {
    await refuseExisting(world.root, namesOf(id));
    const tried = await tryReport(world, known, runner, planned, owned);
    const files = new Map([...await newSources(world, importing, planned), ...tried.files]);
    if (!dryRun) await keep(world, importing, tried, files);
    for (const name of planned.sources) importing.written.add(name);
    const { outcome, findings } = tried;
    return { ...listed(findings.some((one) => one.kind === 'decide') ? 'decide' : 'imported', findings), files: [...files.keys()], rows: outcome.result.rows.count, asOf: outcome.asOf };
  } catch (cause) {
    const error = asKnownError(cause);
    if (!error) throw cause;
    return listed('failed', [...planned.findings, error.code === 'wrong-use' && error.place.file !== undefined ? broken(error.place.file, error) : fromOrigin(error, planned, id)]);
  }
}

/** What to know of a report that stands here under this id; null where there is none. */
async function standing(root: string, id: string, { sql, from, findings }: Planned): Promise<Finding[] | null> {
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
async function newSources(world: World, { runner, added, forms, written }: Importing, planned: Planned): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of planned.sources) {
    const source = added.get(name);
    if (source === undefined || written.has(name)) continue;
    await refuseExisting(world.root, [source.file]);
    const { columns } = await runner.describeSource(name);
    files.set(source.file, sourceText([source.files].flat()[0]!, columns, { form: forms.get(name) }));
  }
  return files;
}

async function keep(world: World, { owned }: Importing, { id, outcome, digest }: Tried, files: ReadonlyMap<string, string>): Promise<void> {
  await writeNew(world.root, files, () => {
    const problem = loadDefinitions(world.root).broken.get(id)?.problems[0];
    if (problem) throw new DaybookError(problem.code, problem.message, problem.place, `${problem.remedy} Nothing of it was written for ${owned.team}.`);
  });
  await writeLocal(world, id, digest, outcome, world.now());
}
