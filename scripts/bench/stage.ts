import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../world/files.ts';
import type { World } from '../world/world.ts';
import { measure, type Measure } from './meter.ts';

/** One thing that is measured beside the same work done bare. */
export interface StageResult {
  stage: string;
  /** What was done, with its sizes. */
  what: string;
  measures: { name: string; measure: Measure }[];
  /** Ours ÷ floor, or the figure that the aim speaks of. */
  figure: { name: string; value: number; aim: number; unit: string };
  notes: string[];
}

export interface Surroundings {
  world: World;
  /** An empty folder that is removed afterwards. */
  folder: string;
  /** How many, where a stage can be larger or smaller. */
  snapshots: number;
  reports: number;
}

export type StageBench = (surroundings: Surroundings) => Promise<StageResult>;

const ROUNDS = 3;

/** The median run of each, by time; taken in turns, so that whatever else the machine does meets all of them. */
export async function medians<K extends string>(steps: { [name in K]: () => Promise<unknown> }): Promise<{ [name in K]: Measure }> {
  const taken = new Map<K, Measure[]>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of Object.keys(steps) as K[]) {
      const { measure: one } = await measure(steps[name]);
      taken.set(name, [...(taken.get(name) ?? []), one]);
    }
  }
  const middle = [...taken].map(([name, all]) => [name, all.sort((a, b) => a.seconds - b.seconds)[Math.floor(ROUNDS / 2)]!] as const);
  return Object.fromEntries(middle) as { [name in K]: Measure };
}

const run = promisify(execFile);

/** A program as a person would run it; its output without the last line end. */
export async function sh(cwd: string, command: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const { stdout } = await run('sh', ['-c', command], { cwd, env, maxBuffer: 1 << 28 });
  return stdout.replace(/\n$/, '');
}

/** Daybook as `npx` would run it, without the time that `npx` takes. */
export const DAYBOOK = `"${process.execPath}" "${path.join(packageRoot, 'scripts/daybook.mjs')}"`;

/** Git by somebody, wherever it runs. */
export const GIT = 'git -c user.name=Bench -c user.email=bench@localhost -c gc.auto=0';
