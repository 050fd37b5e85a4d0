import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { decisionLines } from '../../src/review/onboard/decisions.ts';
import { shapeOf } from '../../src/review/onboard/evidence-shape.ts';
import { joinLines, placeText, type ImportFinding, type FoundLines, type PlannedReport } from '../../src/review/onboard/import-plan.ts';
import { findKey } from '../../src/review/onboard/key.ts';
import { truePairs } from '../../src/review/onboard/metrics.ts';
import { profileOf, withMade } from '../../src/review/onboard/profile.ts';
import { propose, type ReportProposal } from '../../src/review/onboard/propose.ts';
import { SCHEDULES } from '../../src/review/onboard/rhythm.ts';
import { suggestedDescription } from '../../src/review/onboard/suggest.ts';
import { oneLineOf } from '../../src/review/onboard/words.ts';
import { writeYaml } from '../../src/review/onboard/write.ts';
import { definitionDigest } from '../../src/run/inputs.ts';
import type { Runner } from '../../src/run/runner.ts';
import type { Digest } from '../../src/snapshot/canonical.ts';
import { emptyState } from '../../src/snapshot/ledger-state.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { planRuns } from '../instance/plan.ts';
import { readBack } from '../new.ts';
import { historyOf } from '../new/examine.ts';
import { probe } from '../new/probe.ts';
import type { TablesRead } from '../new/tables.ts';
import type { World } from '../world/world.ts';

export interface Tried {
  id: string;
  files: Map<string, string>;
  outcome: Outcome & { kind: 'result' };
  /** Of the report with its files. */
  digest: Digest;
  findings: ImportFinding[];
}

/** Whose the reports are, and when they run where the data does not say. */
export interface Owned {
  team: string;
  owner: string;
}

interface WantedReport extends Owned {
  id: string;
  planned: PlannedReport;
  /** How the query makes its columns, by their names; undefined where that is not known. */
  made: TablesRead['made'] | undefined;
}

/** Runs the query in its sandbox, proposes the report of what it gives, and runs that. @throws what is wrong with it */
export async function tryReport(world: World, definitions: Definitions, runner: Runner, { id, planned, made, team, owner }: WantedReport): Promise<Tried> {
  const { sql, sources, parameters } = planned;
  const ask = probe(runner, definitions, { id, sources, cron: SCHEDULES.day.cron, parameters }, world.now());
  const { rows } = await ask(sql);
  if (rows.length === 0) throw new DaybookError('result-empty', 'the query returns no rows, so nothing can be proposed', {}, 'Check its conditions, and whether the data is whole.');
  const profile = withMade(await profileOf(ask, sql), made);
  const time = planned.timeless ? null : await historyOf(ask, sql, profile);
  const shape = shapeOf(planned, profile, time);
  const found = { profile, key: await findKey(ask, sql, profile, time?.column ?? null), draft: { labels: new Map<string, string>(), time }, pairs: shape.metrics === null ? await truePairs(ask, sql, profile) : [], metrics: shape.metrics ?? undefined };
  const description = planned.description === null ? suggestedDescription(found, sources) : oneLineOf(planned.description, 500);
  const proposal = propose({ title: planned.title, team, owner, description, sources, weekly: false }, found);
  if (planned.shown.length > 0) shape.finish(proposal);
  if (Object.keys(parameters).length > 0) insertAfter(proposal, 'schedule', 'parameters', parameters);
  const findings = [...planned.findings, ...shape.findings];
  const files = new Map([
    [`queries/${id}.sql`, sql],
    [`reports/${id}.yml`, writeYaml(proposal.document, proposal.comments, headOf(id, planned, findings))],
    ...(planned.narrative === null ? [] : [[`reports/${id}.md`, planned.narrative] as const]),
  ]);
  const known = { ...definitions, reports: new Map(definitions.reports), sources: new Map(definitions.sources) };
  const report = readBack(files, id, known, []);
  const { planned: [slot] } = planRuns(known, emptyState(), world.now(), { ids: [id] }, (one) => definitionDigest(one, definitions.macros));
  if (!slot) throw new DaybookError('wrong-use', `the schedule "${report.schedule.cron}" has had no slot yet`);
  const outcome = await runner.run(report, slot.requested, new Date(slot.slot));
  if (outcome.kind === 'failure') throw outcome.error;
  return { id, files, outcome, digest: definitionDigest(report, definitions.macros), findings };
}

/** What a person has to decide stands where they will edit. */
function headOf(id: string, { from }: PlannedReport, findings: readonly ImportFinding[]): string[] {
  const depth = '../'.repeat(id.split('/').length);
  const says = (one: FoundLines): string => `${oneLineOf(placeText(one), 150)}: ${oneLineOf(one.what, 300)}.${one.remedy === '' ? '' : ` ${oneLineOf(one.remedy, 200)}`}`;
  const found = joinLines(findings);
  const decide = found.filter(({ kind }) => kind === 'decide');
  return [
    `yaml-language-server: $schema=${depth}src/report/schema/report.json`,
    `Imported from ${oneLineOf(from.file, 120)}, line ${from.line}.`,
    ...decisionLines(decide.map(says)),
    ...found.filter(({ kind }) => kind === 'note').map((one) => `Note: ${says(one)}`),
  ];
}

function insertAfter({ document }: ReportProposal, after: string, key: string, value: PlannedReport['parameters']): void {
  const entries = Object.entries(document);
  const at = entries.findIndex(([name]) => name === after) + 1;
  for (const [name] of entries) delete document[name];
  for (const [name, one] of [...entries.slice(0, at), [key, value] as const, ...entries.slice(at)]) document[name] = one;
}

/** An error of a query that is not written yet is told of the place that it came from. */
export function fromOrigin(error: DaybookError, { from, page }: PlannedReport, id: string): ImportFinding {
  const { file, line } = error.place;
  const inQuery = file === `queries/${id}.sql`;
  const whole = from.file === page && /\.sql$/i.test(page);
  const what = error.message.split('\n')[0]!;
  const remedy = error.code === 'query-failed' || error.code === 'query-syntax' ? [...(error.hint === undefined ? [] : [error.hint]), 'Correct it there, and import again.'].join(' ') : error.remedy;
  if (inQuery) return { kind: 'block', file: from.file, line: whole && line !== undefined ? from.line + line - 1 : from.line, what, remedy };
  return { kind: 'block', file: file === undefined || file.startsWith('reports/') ? from.file : file, line: line ?? from.line, what, remedy };
}

/** Files that a report would have, so that none is written over. */
export function namesOf(id: string): string[] {
  return [`reports/${id}.yml`, `reports/${id}.yaml`, `queries/${id}.sql`, `reports/${id}.md`];
}
