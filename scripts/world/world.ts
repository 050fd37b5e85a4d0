import { existsSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import path from 'node:path';
import { DaybookError, describe, visible } from '../../src/error.ts';
import type { Job } from '../../src/snapshot/entry.ts';
import type { Uninterrupted } from '../../src/store/repository.ts';
import { holdSignals } from './signals.ts';

/** Everything that a command takes from outside; tests give their own. */
export interface World {
  /** The instance's folder, absolute. */
  root: string;
  /** Where the person stands, absolute, if not in the root: paths that they give begin there. */
  here?: string | undefined;
  /** Where facts and local results go, and the site: `.daybook` and `dist` of the root, except for a preview, which has its own. */
  derived?: string;
  dist?: string;
  /** Where facts go, if not below `derived`: `start` writes those of a few reports. */
  facts?: string;
  env: NodeJS.ProcessEnv;
  now: () => Date;
  /** Milliseconds of a clock that only runs forward; it stands still where `now` does, so that the ledger's timings are the same too. */
  elapsed: () => number;
  cores: number;
  out: (line: string) => void;
  err: (line: string) => void;
  /** A person is watching: progress may overwrite its line. */
  terminal: boolean;
  /** Of the terminal that answers are printed on; not there where they go elsewhere. */
  columns?: number | undefined;
  /** Runs what must not stop half-way, and holds signals back meanwhile; without it, they end the process. */
  uninterrupted?: Uninterrupted;
  /** Runs a step of the job under its name; the benchmark measures it. */
  stage: <T>(name: Stage, step: () => Promise<T>) => Promise<T>;
}

export type Stage = 'read' | 'import' | 'query' | 'keep' | 'facts' | 'build' | 'index' | 'compare' | 'render' | 'preview';

/** The real one. `DAYBOOK_NOW` (ISO 8601) stands for the clock, to try out another day. */
export function realWorld(): World {
  const { env } = process;
  const fixed = env['DAYBOOK_NOW'];
  if (fixed !== undefined && Number.isNaN(Date.parse(fixed))) throw new DaybookError('wrong-use', `DAYBOOK_NOW is not a time: "${fixed}"`, {}, 'Write it as 2026-11-21T06:00:00Z.');
  const cwd = process.cwd();
  const root = rootAbove(cwd) ?? cwd;
  return {
    root,
    here: root === cwd ? undefined : cwd,
    env,
    now: () => (fixed === undefined ? new Date() : new Date(fixed)),
    elapsed: () => (fixed === undefined ? performance.now() : 0),
    cores: availableParallelism(),
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    uninterrupted: holdSignals((line) => void process.stderr.write(`${line}\n`)),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    terminal: process.stderr.isTTY && env['CI'] === undefined,
    stage: (_name, step) => step(),
  };
}

/** The nearest folder with a daybook.yml, from this one upwards as far as its repository goes; null where there is none. */
function rootAbove(folder: string): string | null {
  if (existsSync(path.join(folder, 'daybook.yml'))) return folder;
  const above = path.dirname(folder);
  return above === folder || existsSync(path.join(folder, '.git')) ? null : rootAbove(above);
}

/** A path as a person gives it, as it is named from the root. */
export function fromRoot<T extends string | undefined>({ root, here }: Pick<World, 'root' | 'here'>, given: T): T {
  if (given === undefined || here === undefined) return given;
  return (path.relative(root, path.resolve(here, given)) || '.') as T;
}

/** Who or what runs this job, as the CI system names it, else the machine's user. */
export function jobOf({ env }: World, trigger: Job['trigger'] | null, code: string): Job {
  const repository = env['GITHUB_REPOSITORY'];
  const run = env['GITHUB_RUN_ID'];
  return {
    trigger: trigger ?? (env['GITHUB_EVENT_NAME'] === 'schedule' ? 'schedule' : 'manual'),
    actor: env['GITHUB_ACTOR'] ?? env['DAYBOOK_ACTOR'] ?? userName(),
    code,
    url: repository && run ? `${env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${repository}/actions/runs/${run}` : null,
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** Lines for a person or a log: on a terminal one line that moves, in CI a line every tenth. */
export class Progress {
  readonly #world: World;
  readonly #what: string;
  readonly #total: number;
  #done = 0;
  #said = 0;

  constructor(world: World, what: string, total: number) {
    this.#world = world;
    this.#what = what;
    this.#total = total;
  }

  step(): void {
    this.#done += 1;
    const tenth = Math.floor((10 * this.#done) / this.#total);
    if (this.#world.terminal) process.stderr.write(`\r\u001b[K${this.#what} ${this.#done} of ${this.#total}`);
    else if (this.#total >= 100 && tenth > this.#said) this.#world.err(`${this.#what} ${this.#done} of ${this.#total}`);
    this.#said = tenth;
  }

  end(): void {
    if (this.#world.terminal && this.#done > 0) process.stderr.write('\r\u001b[K');
  }
}

/** Prints problems where people and the CI system find them: GitHub marks the file and line. */
export function sayProblems(world: World, problems: DaybookError[]): void {
  for (const problem of problems) {
    world.err(describe(problem));
    const { file, line = 1, column = 1 } = problem.place;
    if (world.env['GITHUB_ACTIONS'] === 'true' && file) world.out(`::error file=${property(file)},line=${line},col=${column}::${message(visible(problem.message))}`);
  }
}

const message = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
/** Of a command of GitHub’s. */
export const property = (text: string): string => message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
