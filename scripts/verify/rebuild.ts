import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { firstDifference } from '../../src/analysis/comparison/rebuilt.ts';
import { DaybookError, oneLine, sentence } from '../../src/error.ts';
import type { Definitions } from '../../src/report/load.ts';
import { digestBytes, digestJson, isSalted, saltedDigest } from '../../src/snapshot/canonical.ts';
import { rowsOf, type KeptSnapshot } from '../../src/snapshot/checkout.ts';
import type { Entry } from '../../src/snapshot/entry.ts';
import { applyEntry, emptyState } from '../../src/snapshot/ledger-state.ts';
import { citation, dataDigest, pathsOf, type Inputs, type SnapshotName } from '../../src/snapshot/manifest.ts';
import type { Outcome } from '../../src/snapshot/outcome.ts';
import type { KeptRecord } from '../../src/snapshot/records.ts';
import type { PersonalStore } from '../../src/store/personal.ts';
import type { Evidence } from '../../src/store/verify/clone.ts';
import { finding, notChecked, type Finding, type Layer } from '../../src/store/verify/layer.ts';
import type { Contents } from '../../src/store/verify/verify.ts';
import { slotOf } from '../explain.ts';
import { isDefinitionOf, openReplay, type Replay } from '../instance/replay.ts';
import { Progress, type World } from '../world/world.ts';
import { readTogether } from './kept.ts';

/** How many are made again where nobody says. */
export const SAMPLE = 20;
/** Their rows are in memory together. */
const AT_ONCE = 8;

interface RebuildOptions {
  /** How many snapshots. */
  count: number | 'all';
  /** Chooses them; the ledger's head, if it is not given. */
  seed: string | undefined;
}

interface ChosenSnapshot {
  name: SnapshotName;
  record: KeptRecord;
  entry: Entry;
  isErased: boolean;
}

/** What came of one. `undefined-then`: no commit has the definition that its manifest names. */
type Judged =
  | { kind: 'same' | 'rounding' }
  | { kind: 'different' | 'engine' | 'failed' | 'undefined-then' | 'unreachable' | 'withheld'; message: string };

/**
 * Makes kept snapshots again: the SQL of the commit that their job names, on the inputs that their manifests name. Those
 * whose inputs are out of reach are told, and prove nothing.
 * @param where as for `openEvidence`; files of a folder count where their digest is the recorded one
 * @param store rows with personal data; null where they are not at hand
 */
export async function rebuildLayer(world: World, where: string, evidence: Evidence, { entries, checkpoint }: Pick<Contents, 'entries' | 'checkpoint'>, { count, seed }: RebuildOptions, store: PersonalStore | null): Promise<Layer> {
  if (!checkpoint) return notChecked('rebuild', 'There is no ledger.');
  const all = keptIn(entries);
  if (!all) return notChecked('rebuild', 'The entries are not one ledger.');
  const from = seed ?? checkpoint.head;
  const chosen = count === 'all' ? all.chosen : sampleOf(all.chosen, count, from);
  const kept = readTogether(evidence, all.state, store, chosen.map(({ name }) => [name]));
  const folder = path.resolve(world.root, where);
  const cache = await mkdtemp(path.join(tmpdir(), 'daybook-rebuild-'));
  const progress = new Progress(world, 'rebuild', chosen.length);
  const replay = openReplay({ git: evidence, head: evidence.commit, workTree: existsSync(path.join(folder, 'daybook.yml')) ? folder : null, cache, parallel: world.cores, elapsed: world.elapsed });
  const reports = [...new Set(chosen.map(({ name }) => name.report))];
  const judged: [ChosenSnapshot, Judged][] = [];
  try {
    for (let at = 0; at < chosen.length; at += AT_ONCE) {
      const some = await Promise.all(chosen.slice(at, at + AT_ONCE).map(async (one) => ({ one, found: (await kept.next()).value?.[0] ?? null })));
      judged.push(...(await Promise.all(some.map(async ({ one, found }): Promise<[ChosenSnapshot, Judged]> => {
        const verdict = await judge({ replay, reports, commit: evidence.commit, store }, one, found);
        progress.step();
        return [one, verdict];
      }))));
      await replay.trim();
    }
  } finally {
    progress.end();
    await replay.close();
    await rm(cache, { recursive: true, force: true, maxRetries: 3 });
  }
  return toldOf(judged, `${chosen.length} of ${all.chosen.length} snapshots${count === 'all' || chosen.length === all.chosen.length ? '' : `, chosen by the seed ${from}`}`);
}

function keptIn(entries: readonly Entry[]): { chosen: ChosenSnapshot[]; state: ReturnType<typeof emptyState> } | null {
  try {
    const state = entries.reduce(applyEntry, emptyState());
    const chosen = entries.flatMap((entry) => entry.kept.map((record) => {
      const { report, as_of: asOf, version } = record;
      const isErased = state.reports.get(report)!.versions.get(asOf)![version - 1]!.erased !== null;
      return { name: { report, asOf, version }, record, entry, isErased };
    }));
    return { chosen, state };
  } catch (cause) {
    if (cause instanceof DaybookError) return null;
    throw cause;
  }
}

/** Anybody can choose the same again: those whose digest with the seed is smallest; in the ledger's order. */
function sampleOf(all: readonly ChosenSnapshot[], count: number, seed: string): ChosenSnapshot[] {
  const ranked = all.map((one) => ({ one, rank: digestBytes(`${seed} ${citation(one.name)}`) })).sort((a, b) => (a.rank < b.rank ? -1 : 1));
  const taken = new Set(ranked.slice(0, count).map(({ one }) => one));
  return all.filter((one) => taken.has(one));
}

interface Bench {
  replay: Replay;
  /** All that are made again: definitions are read for all of them at once. */
  reports: readonly string[];
  /** The one that is judged. */
  commit: string;
  store: PersonalStore | null;
}

async function judge({ replay, reports, commit, store }: Bench, { name, record, entry, isErased }: ChosenSnapshot, kept: KeptSnapshot | null): Promise<Judged> {
  if (isErased) return { kind: 'withheld', message: 'its rows were erased' };
  const salt = isSalted(record.rows) ? ((await store?.knownSalt(name.report, name.asOf)) ?? null) : null;
  if (isSalted(record.rows) && salt === null) return { kind: 'withheld', message: 'its rows hold personal data, and their store is not at hand' };
  if (!kept) return { kind: 'unreachable', message: 'its own files are not what the ledger names' };
  const { inputs } = kept.manifest;
  const definitions = await definitionsOf(replay, [entry.job.code, commit], reports, inputs);
  if (!definitions) return { kind: 'undefined-then', message: `commit ${entry.job.code.slice(0, 12)} does not have the definition that its manifest names` };
  const outcome = await replay.run({ report: name.report, definitions, sources: inputs.sources, code: entry.job.code, requested: String(inputs.parameters['as_of']), slot: new Date(slotOf(entry, record)) });
  if (outcome.kind === 'failure') {
    const { code } = outcome.error;
    return { kind: code === 'inputs-unreachable' ? 'unreachable' : 'failed', message: code === 'inputs-unreachable' ? outcome.error.message : `it fails now: ${salt === null ? oneLine(outcome.error) : code}` };
  }
  if (digestJson({ ...outcome.inputs, engine: null }) !== digestJson({ ...inputs, engine: null })) return { kind: 'undefined-then', message: 'its sources are read in another way than its manifest names' };
  return compare(kept, outcome, record, salt);
}

async function definitionsOf(replay: Replay, commits: readonly string[], reports: readonly string[], inputs: Inputs): Promise<Definitions | null> {
  for (const commit of commits) {
    const found = await replay.definitionsAt(commit, reports).catch((cause: unknown) => {
      if (cause instanceof DaybookError) return null;
      throw cause;
    });
    if (found && isDefinitionOf(found, inputs)) return found;
  }
  return null;
}

function compare({ manifest, csv }: KeptSnapshot, { result, csv: made, asOf, inputs }: Outcome & { kind: 'result' }, record: KeptRecord, salt: string | null): Judged {
  const rows = salt === null ? digestBytes(made) : saltedDigest(salt, made);
  const again = { ...result, rows: { ...result.rows, sha256: rows } };
  if (rows === record.rows && dataDigest(again) === record.data) return { kind: 'same' };
  const different = firstDifference({ kept: manifest, again: { ...again, asOf }, rows: rows === record.rows ? null : { kept: rowsOf(csv), again: rowsOf(made) }, personal: salt !== null });
  if (different === null) return { kind: 'rounding' };
  const { engine } = manifest.inputs;
  if (digestJson(engine) === digestJson(inputs.engine)) return { kind: 'different', message: different };
  return { kind: 'engine', message: `${different}; it was made by ${engine.name} ${engine.version}, and this is ${inputs.engine.name} ${inputs.engine.version}` };
}

/** From the worst on: a layer has one status, and its findings say why. */
const STATUS: readonly (readonly [Layer['status'], readonly Judged['kind'][]])[] = [['tampered', ['different']], ['cannot-tell', ['engine', 'failed']], ['warning', ['undefined-then']]];

const COUNTED: { [kind in Judged['kind']]: string } = {
  same: 'came out again', rounding: 'came out again to within the rounding of doubles', different: 'came out differently', engine: 'came out differently by another version of the engine',
  failed: 'failed now', 'undefined-then': 'have no definition in the commit that they name', unreachable: 'rest on inputs that are out of reach', withheld: 'hold rows that are not at hand',
};

function toldOf(judged: readonly [ChosenSnapshot, Judged][], of: string): Layer {
  const groups = Map.groupBy(judged, ([, { kind }]) => kind);
  const counts = (Object.keys(COUNTED) as Judged['kind'][]).flatMap((kind) => (groups.has(kind) ? [`${groups.get(kind)!.length} ${COUNTED[kind]}`] : []));
  const [missing] = groups.get('unreachable') ?? [];
  const example = missing ? ` Such as ${citation(missing[0].name)}: ${sentence(wordsOf(missing[1]))}` : '';
  const detail = `${of}: ${counts.join(', ')}.${example}`;
  for (const [status, kinds] of STATUS) {
    const bad = judged.filter(([, { kind }]) => kinds.includes(kind));
    if (bad.length > 0) return { id: 'rebuild', status, detail, findings: bad.map(findingOf) };
  }
  if (!groups.has('same') && !groups.has('rounding')) return notChecked('rebuild', judged.length === 0 ? 'Nothing is kept.' : detail);
  return { id: 'rebuild', status: 'sound', detail, findings: [] };
}

function findingOf([{ name, entry }, one]: readonly [ChosenSnapshot, Judged]): Finding {
  return finding(`${citation(name)}: ${wordsOf(one)}`, { file: pathsOf(name).rows, sequence: entry.sequence, commit: entry.job.code });
}

function wordsOf(one: Judged): string {
  return 'message' in one ? one.message : one.kind;
}
