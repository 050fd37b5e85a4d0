import path from 'node:path';
import { DaybookError, visibleJson } from '../src/error.ts';
import { checkYaml } from '../src/report/check.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import { checkReport } from '../src/report/report-check.ts';
import type { Report, Source } from '../src/report/report.ts';
import { reportSchema } from '../src/report/schema.ts';
import { propose } from '../src/review/onboard/propose.ts';
import { SCHEDULES } from '../src/review/onboard/rhythm.ts';
import { TEMPLATES } from '../src/review/onboard/templates.ts';
import { writeYaml } from '../src/review/onboard/write.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import { emptyState } from '../src/snapshot/ledger-state.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import { authorAddress } from '../src/store/author.ts';
import { remoteAddress } from '../src/store/remote.ts';
import { openRepository } from '../src/store/repository.ts';
import { writeLocal } from './instance/local.ts';
import { planRuns } from './instance/plan.ts';
import { askerOf, isPerson, takesSuggestions, type Asker } from './new/ask.ts';
import { examineData, examineSql, withRunner, type Examined } from './new/examine.ts';
import { refuseExisting, writeNew } from './new/files.ts';
import { named, refusePath, type NewOptions, subjectOf } from './new/options.ts';
import { describe, placeOf, type Author, type Described, type Placed } from './new/settle.ts';
import { sourceFrom } from './new/source.ts';
import { newDocument, newText, nextText } from './new/text.ts';
import type { World } from './world/world.ts';

type Good = Outcome & { kind: 'result' };

/** A whole report, by its texts, and what it gives. Nothing of it is written. */
interface MadeReport {
  title: string;
  files: Map<string, string>;
  report: Report;
  outcome: Good;
  notes: readonly string[];
  /** Of looking and running, without what a person took to answer. */
  milliseconds: number;
}

/** From a SQL file or a data file to a report that runs; writes its files, or nothing. Returns the exit code. */
export async function newReport(world: World, words: readonly string[], said: NewOptions, asker: Asker | null = askerOf(process)): Promise<number> {
  const { id, options } = named(words, said);
  if (id !== undefined) refusePath(world, id, options);
  if (options.propose && options.dryRun) throw new DaybookError('wrong-use', '--propose does not go with --dry-run', {}, 'Leave one out; `npx daybook propose` can follow.');
  const ask = options.yes ? takesSuggestions : asker;
  const definitions = loadDefinitions(world.root);
  const subject = await subjectOf(world, options, definitions, ask);
  const placed = await placeOf(id, subject, options, definitions.instance, ask);
  if (isPerson(ask)) world.err('Looking at the data …');
  const { files, report, outcome, notes, milliseconds } = await makeReport(world, definitions, placed, options, { ask, address: () => authorAddress(world.root, world.env) });

  if (path.resolve(world.root, placed.from.file) === path.join(world.root, report.query.file)) files.delete(report.query.file);
  if (!options.dryRun) {
    await writeNew(world.root, files, () => {
      const problem = loadDefinitions(world.root).broken.get(placed.id)?.problems[0];
      if (problem) throw problem;
    });
    await writeLocal(world, placed.id, definitionDigest(report, definitions.macros), outcome, world.now());
  }
  const { dryRun = false, json = false } = options;
  const made = { id: placed.id, metrics: report.metrics, files, outcome, notes, milliseconds, dryRun };
  if (!json) newText(world, made);
  const proposing = options.propose || (!dryRun && !json && await wantsToPropose(world, ask));
  if (!proposing) {
    if (json) world.out(visibleJson(newDocument(made)));
    else if (!dryRun) nextText(world, placed.id);
    return 0;
  }
  const { propose, proposeMade } = await import('./propose.ts');
  return json ? proposeMade(world, [placed.id], (proposal) => world.out(visibleJson({ ...newDocument(made), proposal }))) : propose(world, [placed.id], {});
}

/** Whoever has just seen its numbers may not need its page; where there is nowhere to propose it to, nobody is asked. */
async function wantsToPropose(world: World, ask: Asker | null): Promise<boolean> {
  if (!ask || !isPerson(ask)) return false;
  const address = await openRepository(world.root, world.env).then(remoteAddress, () => null);
  return address !== null && /^y(es)?$/i.test(await ask('Open its pull request now? (y, or Enter to look at its page first)'));
}

/**
 * Reads the data as a run would, writes down what it finds, and runs that; the report is added to the definitions.
 * @throws DaybookError for the first thing that does not go
 */
export async function makeReport(world: World, definitions: Definitions, placed: Placed, options: NewOptions, author: Author): Promise<MadeReport> {
  const { id, from } = placed;
  await refuseExisting(world.root, namesOf(id, options).filter((file) => path.resolve(world.root, from.file) !== path.join(world.root, file)));
  const began = world.elapsed();
  const examined = from.kind === 'sql' ? await examineSql(world, definitions, { ...placed, from }, author.ask) : await examineData(world, definitions, { ...placed, from });
  refuseTemplate(placed, examined);
  const looked = world.elapsed();
  const described = await describe(placed, options, definitions.reports, examined, author);
  const answered = world.elapsed();
  const files = filesOf(placed, described, options, examined);
  const report = readBack(files, id, definitions, [...examined.newSources].map(([file, text]) => sourceFrom(text, path.basename(file, '.yml'))));
  const outcome = await tryOut(world, definitions, report);
  return { title: described.title, files, report, outcome, notes: [...described.notes, ...examined.notes], milliseconds: looked - began + world.elapsed() - answered };
}

function namesOf(id: string, { narrative }: NewOptions): string[] {
  return [`reports/${id}.yml`, `reports/${id}.yaml`, `queries/${id}.sql`, ...(narrative ? [`reports/${id}.md`] : [])];
}

function refuseTemplate({ template }: Placed, { draft: { time } }: Examined): void {
  if (template === 'weekly' && !/^(hour|day|week)$/.test(time?.period ?? '')) throw new DaybookError('wrong-use', time ? `the template weekly needs data of each week, and ${time.column} has ${time.reason}` : 'the template weekly needs a column of dates, and there is none', {}, time ? 'Leave --template out.' : 'Add one to the data, or cast one in the SQL: CAST(… AS DATE).');
}

function filesOf({ id, team, schedule, template }: Placed, { title, owner, description, described }: Described, { narrative }: NewOptions, examined: Examined): Map<string, string> {
  const { draft, sources, newSources } = examined;
  const { document, comments } = propose({ title, team, owner, description, sources, schedule: schedule ?? (TEMPLATES[template] ? SCHEDULES.day.cron : undefined), weekly: template === 'weekly' }, examined);
  if (described) comments.delete('description');
  const schema = `yaml-language-server: $schema=${'../'.repeat(id.split('/').length)}src/report/schema/report.json`;
  return new Map([
    ...newSources,
    [`queries/${id}.sql`, draft.sql],
    [`reports/${id}.yml`, writeYaml(document, comments, [schema])],
    ...(narrative ? [[`reports/${id}.md`, '**How to read it.** What is a good value, and what is not?\n\n**What to look at first.** Which number, and what to do when it moves.\n\n**What is left out.** What the data does not hold.\n'] as const] : []),
  ]);
}

/** The report that the texts define, as loading them would give it; it is added to the definitions. */
export function readBack(files: ReadonlyMap<string, string>, id: string, definitions: Definitions, sources: readonly Source[]): Report {
  for (const source of sources) definitions.sources.set(source.name, source);
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
