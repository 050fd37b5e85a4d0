import { visible } from '../src/error.ts';
import type { Outcome } from '../src/snapshot/outcome.ts';
import type { World } from './world.ts';

interface Made {
  id: string;
  files: ReadonlyMap<string, string>;
  /** Data that it reads and that Git should have, too. */
  data: string | null;
  outcome: Outcome & { kind: 'result' };
  milliseconds: number;
  dryRun: boolean;
  json: boolean;
}

/** Says what was made, what the report gives, and what to do next. */
export function newText(world: World, { id, files, data, outcome, milliseconds, dryRun, json }: Made): void {
  const { asOf, result, warnings } = outcome;
  if (json) {
    world.out(JSON.stringify({ report: id, written: !dryRun, files: Object.fromEntries(files), as_of: asOf, rows: result.rows.count, metrics: result.metrics, checks: result.checks, warnings, milliseconds: Math.round(milliseconds) }, null, 2));
    return;
  }
  const say = (line: string): void => world.out(visible(line.replaceAll('\n', '␊')));
  for (const [file, text] of files) {
    say(`${dryRun ? 'would write' : 'wrote'} ${file}`);
    if (dryRun) for (const line of text.trimEnd().split('\n')) say(`  | ${line}`);
  }
  say(`${id}@${asOf}: ${result.rows.count} rows, made and run in ${(milliseconds / 1000).toFixed(1)} s`);
  for (const { name, value, period } of result.metrics) say(`  ${name} = ${value ?? 'no value'}${period ? ` (${period})` : ''}`);
  for (const warning of warnings) say(`  warning: ${warning}`);
  if (dryRun) return;
  const branch = `report-${id.replaceAll('/', '-')}`;
  world.out(`Next:
  npx daybook start              look at it; the reasons for each choice stand in reports/${id}.yml
  git switch -c ${branch}
  git add ${[...new Set([...files.keys(), `queries/${id}.sql`, ...(data === null ? [] : [data])])].join(' ')}
  git commit -m "Add report ${id}"
  git push -u origin ${branch}   then open a pull request`);
}
