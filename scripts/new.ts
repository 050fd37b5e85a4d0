import path from 'node:path';
import { DaybookError } from '../src/error.ts';
import { checkYaml } from '../src/report/check.ts';
import { loadDefinitions, type Definitions } from '../src/report/load.ts';
import type { Report, Source } from '../src/report/report.ts';
import { checkReport } from '../src/report/report-check.ts';
import { reportSchema } from '../src/report/schema.ts';
import { propose } from '../src/review/onboard/propose.ts';
import { SCHEDULES } from '../src/review/onboard/rhythm.ts';
import { TEMPLATES } from '../src/review/onboard/templates.ts';
import { writeYaml } from '../src/review/onboard/write.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import { emptyState } from '../src/snapshot/ledger-state.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import { authorAddress } from '../src/store/author.ts';
import { writeLocal } from './instance/local.ts';
import { planRuns } from './instance/plan.ts';
import { askerOf, takesSuggestions, type Asker } from './new/ask.ts';
import { examineData, examineSql, withRunner, type Examined } from './new/examine.ts';
import { refuseExisting, writeNew } from './new/files.ts';
import { named, type NewOptions, settle, type Settled, subjectOf } from './new/options.ts';
import { sourceFrom } from './new/source.ts';
import { newDocument, newText } from './new/text.ts';
import type { World } from './world/world.ts';

type Good = Outcome & { kind: 'result' };

/** A whole report, by its texts, and what it gives. Nothing of it is written. */
interface MadeReport {
  files: Map<string, string>;
  report: Report;
  outcome: Good;
  notes: readonly string[];
}

/** From a SQL file or a data file to a report that runs; writes its files, or nothing. Returns the exit code. */
export async function newReport(world: World, words: readonly string[], said: NewOptions, asker: Asker | null = askerOf(process)): Promise<number> {
  const { id, options } = named(words, said);
  if (options.propose && options.dryRun) throw new DaybookError('wrong-use', '--propose does not go with --dry-run', {}, 'Leave one out; `npx daybook propose` can follow.');
  const ask = options.yes ? takesSuggestions : asker;
  const definitions = loadDefinitions(world.root);
  const subject = await subjectOf(world, options, ask);
  const settled = await settle(id, subject, options, definitions, ask, () => authorAddress(world.root, world.env));
  const began = world.elapsed();
  const { files, report, outcome, notes } = await makeReport(world, definitions, settled, options, ask);

  if (path.resolve(world.root, settled.from.file) === path.join(world.root, report.query.file)) files.delete(report.query.file);
  if (!options.dryRun) {
    await writeNew(world.root, files, () => {
      const problem = loadDefinitions(world.root).broken.get(settled.id)?.problems[0];
      if (problem) throw problem;
    });
    await writeLocal(world, settled.id, definitionDigest(report, definitions.macros), outcome, world.now());
  }
  const { propose: proposing = false, dryRun = false, json = false } = options;
  const made = { id: settled.id, metrics: report.metrics, files, outcome, notes, milliseconds: world.elapsed() - began, dryRun, next: !proposing };
  if (!json) newText(world, made);
  else if (!proposing) world.out(JSON.stringify(newDocument(made), null, 2));
  if (!proposing) return 0;
  const { propose, proposeMade } = await import('./propose.ts');
  return json ? proposeMade(world, [settled.id], (proposal) => world.out(JSON.stringify({ ...newDocument(made), proposal }, null, 2))) : propose(world, [settled.id], {});
}

/**
 * Reads the data as a run would, writes down what it finds, and runs that; the report is added to the definitions.
 * @param ask chooses where several data files fit; null where nobody is there
 * @throws DaybookError for the first thing that does not go
 */
export async function makeReport(world: World, definitions: Definitions, settled: Settled, options: Pick<NewOptions, 'narrative'>, ask: Asker | null): Promise<MadeReport> {
  const { from } = settled;
  await refuseExisting(world.root, namesOf(settled, options).filter((file) => path.resolve(world.root, from.file) !== path.join(world.root, file)));
  const examined = from.kind === 'sql' ? await examineSql(world, definitions, { ...settled, from }, ask) : await examineData(world, definitions, { ...settled, from });
  const files = filesOf(settled, options, examined);
  const report = readBack(files, settled.id, definitions, [...examined.newSources].map(([file, text]) => sourceFrom(text, path.basename(file, '.yml'))));
  return { files, report, outcome: await tryOut(world, definitions, report), notes: [...settled.notes, ...examined.notes] };
}

function namesOf({ id }: Pick<Settled, 'id'>, { narrative }: NewOptions): string[] {
  return [`reports/${id}.yml`, `reports/${id}.yaml`, `queries/${id}.sql`, ...(narrative ? [`reports/${id}.md`] : [])];
}

function filesOf(settled: Settled, { narrative }: NewOptions, { draft, profile, key, pairs, metrics, sources, newSources }: Examined): Map<string, string> {
  const { id, title, team, owner, schedule, template } = settled;
  if (template === 'weekly' && !/^(hour|day|week)$/.test(draft.time?.period ?? '')) throw new DaybookError('wrong-use', draft.time ? `the template weekly needs data of each week, and ${draft.time.column} has ${draft.time.reason}` : 'the template weekly needs a column of dates, and there is none', {}, draft.time ? 'Leave --template out.' : 'Add one to the data, or cast one in the SQL: CAST(… AS DATE).');
  const { document, comments } = propose({ title, team, owner, description: settled.description, sources, schedule: schedule ?? (TEMPLATES[template] ? SCHEDULES.day.cron : undefined), weekly: template === 'weekly' }, { profile, key, pairs, metrics, draft });
  if (settled.described) comments.delete('description');
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
