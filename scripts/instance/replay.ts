import { constants, existsSync } from 'node:fs';
import { copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import type { Report, Source } from '../../src/report/report.ts';
import { openFingerprints, type Fingerprints } from '../../src/run/fingerprint.ts';
import { inputsOf } from '../../src/run/inputs.ts';
import { temporaryBelow } from '../../src/run/leftovers.ts';
import { openRunner, type Runner } from '../../src/run/runner.ts';
import { readingOf } from '../../src/run/sources.ts';
import type { AsOf } from '../../src/snapshot/as-of.ts';
import { digestJson } from '../../src/snapshot/canonical.ts';
import type { Inputs, SourceFile, SourceInput } from '../../src/snapshot/manifest.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import { definitionsAt, definitionsIdentity, type TreePlace } from '../../src/store/definitions-at.ts';
import { readRecorded } from '../../src/store/recorded-file.ts';

/** Where the past is looked for. */
interface ReplayPlace {
  git: TreePlace;
  /** The commit whose history is searched for files. */
  head: string;
  /** The instance's folder as it lies here, for files that Git does not have; null where there is none. */
  workTree: string | null;
  /** Absolute; imports and what is laid out go there. */
  cache: string;
  parallel: number;
  elapsed?: () => number;
  secondsLeft?: () => number;
}

interface Replayed {
  report: string;
  definitions: Definitions;
  /** What a snapshot recorded of its sources; null for the work tree's as they are. */
  sources: readonly SourceInput[] | null;
  /** The commit of the job that recorded them, if it is known. */
  code: string | null;
  requested: AsOf;
  /** Of the schedule; judges how late data may be. */
  slot: Date;
}

/** Runs of definitions and inputs of the past, in the sandbox of any run. Nothing is kept. */
export interface Replay {
  /** What a commit asks, of these reports. @throws `inputs-unreachable` */
  definitionsAt(commit: string, reports: readonly string[]): Promise<Definitions>;
  /** A failure with `inputs-unreachable` names what is missing. */
  run(asked: Replayed): Promise<Outcome>;
  /** Closes what a long series of runs has opened, once it is much; not while one runs. */
  trim(): Promise<void>;
  close(): Promise<void>;
}

/** Runners, each with processes of its own, and folders of laid out files. */
const MOST_OPEN = 4;

/** Opens nothing yet: files, definitions and runners of the past are made as they are asked for. Close it, since runners have processes. */
export function openReplay(place: ReplayPlace): Replay {
  const { git, head, workTree, parallel, elapsed, secondsLeft } = place;
  const folders: string[] = [];
  /** By what Git has of definitions, which most commits share. */
  const identities = new Map<string, Promise<string>>();
  const runners = new Map<Definitions, Map<string, Runner>>();
  const laidOut = new Map<string, Promise<string>>();
  const definitions = new Map<string, Promise<Definitions>>();
  let fingerprints: Promise<Fingerprints> | undefined;

  /** Its own, beside the job's: imports of old files must not put out those that the next job needs. */
  const own = path.join(place.cache, 'replay');

  async function temporary(): Promise<string> {
    const folder = await temporaryBelow(path.join(own, 'at'));
    folders.push(folder);
    return folder;
  }

  function runnerAt(root: string, cache: string, definitionsOf: Definitions): Runner {
    const { instance, sources, macros } = definitionsOf;
    const opened = runners.get(definitionsOf) ?? new Map<string, Runner>();
    runners.set(definitionsOf, opened);
    const runner = opened.get(root) ?? openRunner({ root, cache, instance, sources, macros, parallel, ...(elapsed && { elapsed }), ...(secondsLeft && { secondsLeft }) });
    opened.set(root, runner);
    return runner;
  }

  async function isHere({ path: name, bytes, sha256 }: SourceFile): Promise<boolean> {
    if (workTree === null || !isBelow(name)) return false;
    const file = path.join(workTree, name);
    const found = await stat(file).catch(() => null);
    if (!found?.isFile() || found.size !== bytes) return false;
    fingerprints ??= openFingerprints(path.join(place.cache, 'cache/fingerprints.json'));
    return (await (await fingerprints).of(file)).sha256 === sha256;
  }

  function layOut(files: readonly SourceFile[], code: string | null): Promise<string> {
    const key = digestJson(files);
    const known = laidOut.get(key) ?? writeFiles(files, code);
    laidOut.set(key, known);
    return known;
  }

  async function writeFiles(files: readonly SourceFile[], code: string | null): Promise<string> {
    const root = await temporary();
    for (const file of files) {
      if (!isBelow(file.path)) throw unreachable(`"${file.path}" is no path of a source`);
      const target = path.join(root, file.path);
      await mkdir(path.dirname(target), { recursive: true });
      if (await isHere(file)) await copyFile(path.join(workTree!, file.path), target, constants.COPYFILE_FICLONE);
      else {
        const bytes = await readRecorded(git, file, { code, head });
        if (bytes === null) throw unreachable(`${file.path} (${file.bytes} bytes, ${file.sha256}) is neither in the folder nor in Git’s history`);
        await writeFile(target, bytes);
      }
    }
    return root;
  }

  /** A runner that reads the recorded files and no others. */
  async function runnerOf(report: Report, { definitions: asked, sources, code, requested }: Replayed): Promise<Runner> {
    if (sources === null || report.sources.length === 0) return runnerAt(workTree ?? own, place.cache, asked);
    const recorded = report.sources.map((name) => {
      const found = sources.find((source) => source.name === name);
      if (!found) throw unreachable(`the snapshot’s run did not read the source "${name}"`);
      return found;
    });
    const files = [...new Map(recorded.flatMap((source) => source.files).map((file) => [file.path, file])).values()];
    const isIt = async (runner: Runner): Promise<boolean> => {
      const inputs = await runner.inputsOf(report, requested).catch((cause: unknown) => {
        if (cause instanceof DaybookError) return null;
        throw cause;
      });
      return inputs !== null && filesOf(inputs.sources) === filesOf(recorded);
    };
    if ((await Promise.all(files.map(isHere))).every(Boolean)) {
      const runner = runnerAt(workTree!, place.cache, asked);
      if (await isIt(runner)) return runner;
    }
    const runner = runnerAt(await layOut(files, code), own, asked);
    if (!(await isIt(runner))) throw unreachable('the definition reads other files than those that the snapshot recorded');
    return runner;
  }

  async function closeRunners(): Promise<void> {
    const opened = [...runners.values()].flatMap((some) => [...some.values()]);
    runners.clear();
    await Promise.all(opened.map((runner) => runner.close()));
  }

  return {
    definitionsAt: async (commit, reports) => {
      const identity = identities.get(commit) ?? definitionsIdentity(git, commit);
      identities.set(commit, identity);
      const key = JSON.stringify([await identity, reports]);
      const known = definitions.get(key) ?? temporary().then((folder) => definitionsAt(git, commit, folder, reports));
      definitions.set(key, known);
      return known;
    },
    trim: async () => {
      if ([...runners.values()].reduce((sum, some) => sum + some.size, 0) <= MOST_OPEN) return;
      await closeRunners();
      const roots = await Promise.all([...laidOut.values()].map((root) => root.catch(() => null)));
      laidOut.clear();
      await removeAll(roots.filter((root) => root !== null));
    },
    run: async (asked) => {
      const report = asked.definitions.reports.get(asked.report);
      try {
        if (!report) throw unreachable(`the definition of ${asked.report} cannot be read`);
        return await (await runnerOf(report, asked)).run(report, asked.requested, asked.slot);
      } catch (cause) {
        if (!(cause instanceof DaybookError)) throw cause;
        return { kind: 'failure', error: cause, inputs: null, milliseconds: 0, attempts: 1 };
      }
    },
    close: async () => {
      await closeRunners();
      await (await fingerprints)?.save();
      // With the fingerprints of files that are gone.
      await removeAll([...folders, path.join(own, 'cache')]);
    },
  };
}

async function removeAll(folders: readonly string[]): Promise<void> {
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 3 })));
}

/** Whether a definition is the one that a snapshot was made by: definition, query, macros, parameters, and how its sources read files. */
export function isDefinitionOf({ reports, macros, sources }: Definitions, inputs: Inputs): boolean {
  const report = reports.get(inputs.report);
  if (!report || !inputs.sources.every((recorded) => report.sources.includes(recorded.name) && isReadBy(sources.get(recorded.name), recorded))) return false;
  const { definition, query, parameters } = inputsOf(report, macros, String(inputs.parameters['as_of']), inputs.sources);
  return definition === inputs.definition && query === inputs.query && digestJson(parameters) === digestJson(inputs.parameters);
}

function isReadBy(source: Source | undefined, { files, reading }: SourceInput): boolean {
  try {
    return source !== undefined && readingOf(source, files.map(({ path: name }) => name)) === reading;
  } catch (cause) {
    if (cause instanceof DaybookError) return false;
    throw cause;
  }
}

function filesOf(sources: readonly SourceInput[]): string {
  return digestJson(sources.map(({ name, files }) => ({ name, files })));
}

/** Names of a manifest are text of others. */
function isBelow(name: string): boolean {
  return name !== '' && !path.isAbsolute(name) && !name.split(/[\\/]/).includes('..');
}

function unreachable(what: string): DaybookError {
  return new DaybookError('inputs-unreachable', what);
}

/** Where the past of an instance is looked for on this machine. */
export function instancePlace(world: { root: string; cores: number; elapsed: () => number }, git: TreePlace, head: string): ReplayPlace {
  return { git, head, workTree: existsSync(path.join(world.root, 'daybook.yml')) ? world.root : null, cache: path.join(world.root, '.daybook'), parallel: world.cores, elapsed: world.elapsed };
}
