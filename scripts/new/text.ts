import { visible } from '../../src/error.ts';
import { metricLine } from '../../src/present/metric-line.ts';
import type { Metric } from '../../src/report/report.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import type { World } from '../world/world.ts';

interface Made {
  id: string;
  metrics: readonly Metric[];
  files: ReadonlyMap<string, string>;
  outcome: Outcome & { kind: 'result' };
  /** What a person should know of the columns of a new source. */
  notes: readonly string[];
  milliseconds: number;
  dryRun: boolean;
}

/** What was made, and what the report gives. */
export function newDocument({ id, files, outcome: { asOf, result, warnings }, notes, milliseconds, dryRun }: Made): object {
  return { report: id, written: !dryRun, files: Object.fromEntries(files), as_of: asOf, rows: result.rows.count, metrics: result.metrics, checks: result.checks, warnings, notes, milliseconds: Math.round(milliseconds) };
}

/** The same in words. */
export function newText(world: World, { id, metrics, files, outcome, notes, milliseconds, dryRun }: Made): void {
  const { asOf, result, warnings } = outcome;
  const say = (line: string): void => world.out(visible(line.replaceAll('\n', '␊')));
  for (const [file, text] of files) {
    say(`${dryRun ? 'would write' : 'wrote'} ${file}`);
    if (dryRun) for (const line of text.trimEnd().split('\n')) say(`  | ${line}`);
  }
  say(`${id}@${asOf}: ${result.rows.count} rows, made and run in ${(milliseconds / 1000).toFixed(1)} s`);
  for (const metric of result.metrics) say(`  ${metricLine(metric, metrics.find(({ name }) => name === metric.name))}`);
  for (const note of notes) say(`  note: ${note}`);
  for (const warning of warnings) say(`  warning: ${warning}`);
}

/** What to do with a new report. */
export function nextText(world: World, id: string): void {
  const propose = `npx daybook propose ${id}`;
  world.out(`Next:
  ${`npx daybook start ${id}`.padEnd(propose.length)}   look at it; the reasons for each choice stand in reports/${id}.yml
  ${propose}   commit it on a branch of its own, push it, and open the pull request`);
}
