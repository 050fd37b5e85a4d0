import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { underIds } from '../../src/analysis/review/moved-reports.ts';
import { openComparer, type Comparer } from '../../src/run/comparer.ts';
import { openParser, type Parser } from '../../src/run/parser.ts';
import { openRunner, type Runner } from '../../src/run/runner.ts';
import type { Range } from '../../src/store/changed-files.ts';
import type { Repository } from '../../src/store/repository.ts';
import type { World } from '../world/world.ts';
import { openBacktest, type Backtester } from './backtest.ts';
import type { ReviewedChange } from './change.ts';
import { openFrozen } from './frozen.ts';
import type { SideBench } from './sides.ts';
import type { ReviewTime } from './time.ts';

/** All that runs and compares the reports of a change. */
export interface Bench {
  /** Both sides run on the head's data. */
  base: SideBench;
  head: SideBench;
  /** The base's definitions on the base's own data; null where the change touches none. */
  drift: SideBench | null;
  range: Range;
  engine: Comparer;
  parser: Parser;
  backtester: Backtester;
  /** For digests of rows about people: 64 hexadecimal digits that nobody learns. */
  salt: string;
  close(): Promise<void>;
}

interface BenchWanted {
  /** Something is to be run: the data is laid out as the change has it. */
  runs: boolean;
  touchesData: boolean;
  /** As-ofs of the past a report. */
  backtest: number;
  time: ReviewTime;
}

/** Limits of a step of a comparison; what does not fit into the memory is put beside. */
const SECONDS = 600;
const MEMORY_MB = 800;

/** @throws `file-unreadable` as `openFrozen` has it */
export async function openBench(world: World, repository: Repository, change: ReviewedChange, { runs, touchesData, backtest, time }: BenchWanted): Promise<Bench> {
  const { base, head, range, moved } = change;
  const cache = path.join(world.root, '.daybook');
  const runners: Runner[] = [];
  const sideAt = (root: string, { definitions, folder }: ReviewedChange['base']): SideBench => {
    const { instance, sources, macros } = definitions;
    const runner = openRunner({ root, cache, instance, sources, macros, parallel: instance.limits.parallel ?? world.cores, elapsed: world.elapsed, secondsLeft: time.secondsToRun });
    runners.push(runner);
    return { definitions, folder, runner };
  };
  const frozen = openFrozen(world, repository, [base.definitions, head.definitions]);
  // What was published has the old ids.
  const backtester = openBacktest(world, repository, { base: underIds(base.definitions, moved), head: underIds(head.definitions, moved) }, backtest, time);
  const parser = openParser({ folder: path.join(cache, 'empty') });
  // It starts while the data is laid out.
  const comparing = openComparer({ cache, threads: world.cores, memoryMb: MEMORY_MB, seconds: SECONDS, secondsLeft: time.secondsToCompare });
  const close = async (): Promise<void> => {
    parser.close();
    await Promise.all([...runners.map((runner) => runner.close()), backtester.close(), comparing.then((engine) => engine.close(), () => undefined)]);
    await frozen.close();
  };
  comparing.catch(() => undefined);
  try {
    const root = runs ? await frozen.rootAt(range.head) : world.root;
    const sides = { base: sideAt(root, base), head: sideAt(root, head), drift: touchesData ? sideAt(await frozen.rootAt(range.base), base) : null };
    return { ...sides, range, engine: await comparing, parser, backtester, salt: randomBytes(32).toString('hex'), close };
  } catch (cause) {
    await close();
    throw cause;
  }
}
