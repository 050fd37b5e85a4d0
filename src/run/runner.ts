import path from 'node:path';
import { DaybookError } from '../error.ts';
import type { Instance, MacroFile, Report, Source } from '../report/report.ts';
import type { AsOf } from '../snapshot/as-of.ts';
import { digestJson } from '../snapshot/canonical.ts';
import type { Inputs } from '../snapshot/manifest.ts';
import type { Outcome } from '../snapshot/outcome.ts';
import { ChildFailure, outOfTime, received } from './child.ts';
import { openFingerprints, type Fingerprints } from './fingerprint.ts';
import { lateness } from './freshness.ts';
import { emptyFolder, importSource, type ImportedSource } from './import.ts';
import { inputsOf } from './inputs.ts';
import { openPool, type Work } from './pool.ts';
import type { Answered } from './query.ts';
import type { ReadSource } from './sandbox.ts';
import { locate, type Located } from './sources.ts';
import type { WorkerAnswer, WorkerRequest } from './worker.ts';

interface RunnerOptions {
  root: string;
  /** Absolute path of .daybook/. */
  cache: string;
  instance: Instance;
  sources: ReadonlyMap<string, Source>;
  macros: MacroFile[];
  /** Queries at once. */
  parallel: number;
  /** For an import; the instance's maximum. */
  memoryMb?: number;
  /** Milliseconds of a clock that only runs forward. */
  elapsed?: () => number;
  /** What is left for all that is asked; then nothing begins, and what is under way is stopped. Without it there is no end. */
  secondsLeft?: () => number;
}

/** Sources whose rows are read in another order: the opposite one, or with parts of them in each other’s places. */
export interface Turned {
  sources: readonly string[];
  how: 'reversed' | 'parts';
}

export interface Runner {
  /**
   * What the run would read. Files are hashed once a job, and unchanged ones not even then.
   * @throws `source-unknown` and what finding files throws
   */
  inputsOf(report: Report, requested: AsOf): Promise<Inputs>;
  /** Runs a report; its failure is an outcome. @throws for bugs alone. */
  run(report: Report, requested: AsOf, slot: Date, turned?: Turned): Promise<Outcome>;
  /** What a source's files hold; imports them if that was not done before. */
  describeSource(name: string): Promise<ImportedSource>;
  close(): Promise<void>;
}

const PROGRAM = new URL('./worker.ts', import.meta.url);
/** A process that died is tried once more: it may have been the machine. */
const MOST_ATTEMPTS = 2;
const IMPORTS_AT_ONCE = 2;

/**
 * Runs reports in child processes, each with the sources imported once. Nothing starts before it is asked; whoever opens it closes it.
 * Its parts, in the order of a run: `locateOnce`, `readInputs`, `importOnce`, `answer`.
 */
export function openRunner(options: RunnerOptions): Runner {
  const { root, cache, instance, sources, macros, parallel, elapsed = () => performance.now(), secondsLeft = () => Infinity } = options;
  const empty = path.join(cache, 'empty');
  const pool = openPool(PROGRAM, empty, parallel);
  const located = new Map<string, Promise<Located>>();
  const imported = new Map<string, Promise<ImportedSource>>();
  const macrosDigest = digestJson(macros);
  let made: Promise<unknown> | undefined;
  let fingerprints: Promise<Fingerprints> | undefined;
  /** Imports take turns in few lanes: each may use all cores and much memory, and mostly waits for its process to start. */
  const lanes: Promise<unknown>[] = Array.from({ length: Math.min(parallel, IMPORTS_AT_ONCE) }, () => Promise.resolve());

  function sourceOf(name: string, file: string): Source {
    const source = sources.get(name);
    if (source) return source;
    throw new DaybookError('source-unknown', `there is no source "${name}"`, { file, key: 'sources' });
  }

  async function find(source: Source): Promise<Located> {
    fingerprints ??= openFingerprints(path.join(cache, 'cache', 'fingerprints.json'));
    const found = await locate(source, root, instance.source_roots, await fingerprints);
    await (await fingerprints).save();
    return found;
  }

  function locateOnce(source: Source): Promise<Located> {
    return once(located, source.name, () => find(source));
  }

  function importOnce(source: Source): Promise<ImportedSource> {
    return once(imported, source.name, async () => {
      const lane = imported.size % lanes.length;
      const found = await locateOnce(source);
      const folder = path.join(cache, 'sources');
      const turn = lanes[lane]!.then(async () => {
        await (made ??= emptyFolder(cache));
        return importSource(source, found, { folder, empty, threads: parallel, memoryMb: options.memoryMb ?? instance.limits.memory_mb, diskMb: instance.limits.disk_mb, fingerprints: await fingerprints!, secondsLeft });
      });
      lanes[lane] = turn.catch(() => undefined);
      return turn;
    });
  }

  async function readInputs(report: Report, requested: AsOf): Promise<Inputs> {
    const found = await Promise.all(report.sources.map((name) => locateOnce(sourceOf(name, report.file))));
    return inputsOf(report, macros, requested, found.map(({ input }) => input));
  }

  async function answer(report: Report, requested: AsOf, ready: readonly ReadSource[], told: Pick<Work, 'taken' | 'asked'>): Promise<Answered> {
    await (made ??= emptyFolder(cache));
    const memoryMb = report.limits.memory_mb;
    const spec = { sources: ready, macros, memoryMb };
    const { narrative: _, ...queried } = report;
    const open: WorkerRequest = { kind: 'open', memoryMb, spec };
    const run: WorkerRequest = { kind: 'run', memoryMb, report: queried, requested };
    for (let attempt = 1; ; attempt++) {
      let isCut = false;
      const seconds = (): number => {
        const left = secondsLeft();
        isCut = left < report.limits.seconds;
        return Math.min(left, report.limits.seconds);
      };
      try {
        const answer = await pool.submit<WorkerAnswer>({ key: digestJson([spec.sources, memoryMb, macrosDigest]), open, run, seconds, ...told });
        if (answer.refused !== null) throw received(answer.refused);
        return answer.answered;
      } catch (cause) {
        if (!(cause instanceof ChildFailure)) throw cause;
        if (cause.kind === 'timeout' && isCut) throw outOfTime();
        if (cause.kind !== 'death' || attempt === MOST_ATTEMPTS) throw childError(cause, report);
      }
    }
  }

  async function run(report: Report, requested: AsOf, slot: Date, turned?: Turned): Promise<Outcome> {
    let inputs: Inputs | null = null;
    let began: number | null = null;
    let attempts = 0;
    const taken = (): void => {
      began = null;
      attempts += 1;
    };
    const asked = (): void => void (began = elapsed());
    const spent = (): number | null => (began === null ? null : Math.round(elapsed() - began));
    try {
      if (secondsLeft() <= 0) throw outOfTime();
      inputs = await readInputs(report, requested);
      const ready = await Promise.all(report.sources.map((name) => importOnce(sourceOf(name, report.file))));
      const warnings = report.sources.flatMap((name, index) => lateWarnings(sources.get(name)!, ready[index]!, slot));
      const answered = await answer(report, requested, ready.map((source) => readAs(source, turned)), { taken, asked });
      return { kind: 'result', ...answered, inputs, milliseconds: spent()!, attempts, warnings, read: Object.fromEntries(ready.map(({ name, rows }) => [name, rows])) };
    } catch (cause) {
      if (!(cause instanceof DaybookError)) throw cause;
      return { kind: 'failure', error: cause, inputs, milliseconds: spent(), attempts: Math.max(1, attempts) };
    }
  }

  return {
    inputsOf: readInputs,
    run,
    describeSource: async (name) => importOnce(sourceOf(name, 'queries/sources')),
    close: async () => {
      pool.close();
      await Promise.all(lanes);
    },
  };
}

function readAs({ name, database, rows, columns }: ImportedSource, turned: Turned | undefined): ReadSource {
  if (!turned?.sources.includes(name)) return { name, database };
  if (turned.how === 'reversed') return { name, database, turned: { how: 'reversed' } };
  // A column of that name hides the engine’s numbers of rows.
  return columns.some((column) => column.name.toLowerCase() === 'rowid') ? { name, database } : { name, database, turned: { how: 'parts', rows } };
}

/** @throws `source-late` where the source says that it is an error */
function lateWarnings(source: Source, { newest }: ImportedSource, slot: Date): string[] {
  const late = lateness(source, newest, slot);
  if (late === null) return [];
  if (source.freshness!.level === 'error') throw new DaybookError('source-late', late, { file: source.file, key: 'freshness' });
  return [`${source.name}: ${late}`];
}

function childError({ kind, message }: ChildFailure, { query, limits }: Report): DaybookError {
  const place = { file: query.file };
  switch (kind) {
    case 'timeout': return new DaybookError('query-timeout', `the query was stopped after ${limits.seconds} s`, place);
    case 'memory': return new DaybookError('query-memory', `the query used far more than ${limits.memory_mb} MB`, place);
    case 'death': return new DaybookError('query-crashed', `the engine’s process ended twice (${message.split('\n')[0]!.slice(0, 200)})`, place);
  }
}

function once<T>(made: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const before = made.get(name);
  if (before) return before;
  const promise = make();
  made.set(name, promise);
  return promise;
}
