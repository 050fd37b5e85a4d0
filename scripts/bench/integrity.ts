import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { DaybookError, visibleJson } from '../../src/error.ts';
import type { World } from '../world/world.ts';
import { benchAudit } from './audit.ts';
import { benchClones } from './clones.ts';
import { benchCompare } from './compare.ts';
import { benchEffort } from './effort.ts';
import { benchGrowth } from './growth.ts';
import { benchKeep } from './keep.ts';
import { benchReview } from './review.ts';
import type { StageBench, StageResult } from './stage.ts';
import { benchValidate } from './validate.ts';
import { benchVerify } from './verify.ts';

/** By name; `clones` takes minutes at its full size. */
const STAGES: { [name: string]: StageBench } = { verify: benchVerify, keep: benchKeep, growth: benchGrowth, compare: benchCompare, audit: benchAudit, effort: benchEffort, review: benchReview, validate: benchValidate, clones: benchClones };

/** Measures what an auditor or a reviewer waits for, each beside a floor of the same run. Returns the exit code. */
export async function benchStages(world: World, names: string[], { snapshots, reports, json }: { snapshots: number; reports: number; json: boolean }): Promise<number> {
  const unknown = names.find((name) => !(name in STAGES));
  if (unknown !== undefined) throw new DaybookError('wrong-use', `there is no stage "${unknown}"`, {}, `Stages are ${Object.keys(STAGES).join(', ')}.`);
  const machine = machineText();
  const results: StageResult[] = [];
  for (const name of names) {
    const folder = await mkdtemp(path.join(tmpdir(), 'daybook-bench-'));
    try {
      world.err(`${name} …`);
      results.push(await STAGES[name]!({ world, folder, snapshots, reports }));
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  if (json) world.out(visibleJson({ machine, results }));
  else for (const line of [machine, ...results.flatMap(linesOf)]) world.out(line);
  return 0;
}

/** `4 × AMD EPYC 7763, 17 GB, Node v24.0.0` */
export function machineText(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;
}

function linesOf({ stage, what, measures, figure, notes }: StageResult): string[] {
  const rows = measures.map(({ name, measure }) => `| ${name} | ${measure.seconds.toFixed(2)} | ${measure.cpuSeconds?.toFixed(1) ?? '–'} | ${measure.peakMb ?? '–'} |`);
  const { name, value, aim, unit } = figure;
  return ['', `${stage}: ${what}`, '', '| | seconds | CPU s | peak MB |', '| --- | --- | --- | --- |', ...rows, '', `${name}: ${value.toFixed(1)}${unit} (aim: ${aim}${unit})`, ...notes];
}
