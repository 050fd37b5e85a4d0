import path from 'node:path';
import { describe, visible, visibleJson } from '../src/error.ts';
import { metricLine } from '../src/present/metric-line.ts';
import { loadDefinitions, problemsOf, type Definitions } from '../src/report/load.ts';
import { definitionDigest } from '../src/run/inputs.ts';
import { openRunner, type Runner } from '../src/run/runner.ts';
import { digestJson } from '../src/snapshot/canonical.ts';
import { emptyState } from '../src/snapshot/ledger-state.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import { writeLocal } from './instance/local.ts';
import { withLine } from './instance/locate.ts';
import { planRuns, type PlannedRun } from './instance/plan.ts';
import { selectIds } from './instance/select.ts';
import { Progress, sayProblems, type World } from './world/world.ts';

/** Runs reports and keeps nothing: their results stay below .daybook/. Returns the exit code. */
export async function run(world: World, words: string[], { asOf, json }: { asOf?: string | undefined; json: boolean }): Promise<number> {
  const definitions = loadDefinitions(world.root);
  const { reports, broken } = definitions;
  const ids = selectIds(words, [...reports.keys(), ...broken.keys()]);
  const problems = problemsOf(definitions, ids);
  sayProblems(world, problems);
  const named = ids.length > 0 ? ids : [...reports.keys()];
  const { planned } = planRuns(definitions, emptyState(), world.now(), { ids: named, asOf }, (report) => definitionDigest(report, definitions.macros));
  const outcomes = await runLocally(world, definitions, planned);
  for (const { report, outcome } of outcomes) if (!json) world.out(words.length > 0 || outcome.kind === 'failure' ? outcomeText(report, outcome) : `${report.id}@${outcome.asOf}: ${outcome.result.rows.count} rows in ${Math.round(outcome.milliseconds)} ms`);
  if (json) world.out(visibleJson(outcomes.map(({ report, outcome }) => outcomeJson(report.id, outcome))));
  return problems.length > 0 || outcomes.some(({ outcome }) => outcome.kind === 'failure') ? 1 : 0;
}

/** Runs what was planned; a good result takes the place of the report's last local one. @param kept a runner of these definitions that stays open */
export async function runLocally(world: World, definitions: Definitions, planned: PlannedRun[], kept?: Runner): Promise<{ report: PlannedRun['report']; outcome: Outcome }[]> {
  const runner = kept ?? localRunner(world, definitions);
  const progress = new Progress(world, 'run', planned.length);
  try {
    const outcomes = await Promise.all(planned.map(async ({ report, requested, slot, definition }) => {
      const outcome = withLine(world.root, await runner.run(report, requested, new Date(slot)));
      progress.step();
      return { report, definition, outcome };
    }));
    for (const { report, definition, outcome } of outcomes) if (outcome.kind === 'result') await writeLocal(world, report.id, definition, outcome, world.now());
    return outcomes;
  } finally {
    progress.end();
    if (!kept) await runner.close();
  }
}

/** A runner of the work tree’s definitions and data; whoever opens it closes it. */
export function localRunner(world: World, { instance, sources, macros }: Definitions): Runner {
  return openRunner({ root: world.root, cache: path.join(world.root, '.daybook'), instance, sources, macros, parallel: instance.limits.parallel ?? world.cores, elapsed: world.elapsed });
}

function outcomeText({ id, metrics }: PlannedRun['report'], outcome: Outcome): string {
  if (outcome.kind === 'failure') return `${id} failed: ${describe(outcome.error)}`;
  const { asOf, result, milliseconds, warnings, csv } = outcome;
  const lines = [`${id}@${asOf}: ${result.rows.count} rows in ${Math.round(milliseconds)} ms`];
  for (const metric of result.metrics) lines.push(`  ${metricLine(metric, metrics.find(({ name }) => name === metric.name))}`);
  for (const check of result.checks) lines.push(`  ${check.passed ? 'passed' : 'FAILED'}: ${check.name} (expected ${check.expected}, got ${check.actual})`);
  for (const warning of warnings) lines.push(`  warning: ${warning}`);
  const rows = csv.toString('utf8', 0, 4_000).split('\n').slice(0, 11).map((line) => `  | ${line}`);
  return [...lines.map((line) => line.replaceAll('\n', '␊')), ...rows, result.rows.count > 10 ? `  | … ${result.rows.count - 10} more rows` : ''].filter(Boolean).map(visible).join('\n');
}

function outcomeJson(report: string, outcome: Outcome): object {
  if (outcome.kind === 'failure') return { report, failed: { code: outcome.error.code, message: outcome.error.message, ...outcome.error.place } };
  const { asOf, result, milliseconds, warnings, inputs } = outcome;
  return { report, asOf, milliseconds, warnings, inputs: digestJson(inputs), ...result };
}
