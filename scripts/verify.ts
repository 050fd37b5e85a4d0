import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DaybookError, sentence, visible, visibleJson } from '../src/error.ts';
import { readCheckpoint } from '../src/snapshot/checkpoint.ts';
import { parseVerifierKey, type VerifierKey } from '../src/snapshot/note.ts';
import { storeAt, type PersonalStore } from '../src/store/personal.ts';
import { openEvidence, type Evidence } from '../src/store/verify/clone.ts';
import type { Erasure } from '../src/store/verify/erasures.ts';
import { exitCode, LAYERS, notChecked, type Finding, type Layer, type LayerId } from '../src/store/verify/layer.ts';
import type { Anchors } from '../src/store/verify/signature.ts';
import { verify, type Contents } from '../src/store/verify/verify.ts';
import { refuseRange } from './verify/range.ts';
import { scheduleLayer } from './verify/schedule.ts';
import type { World } from './world/world.ts';

export interface VerifyOptions {
  since: string[];
  key: string[];
  unanchored: boolean;
  range?: string | undefined;
  /** Folder with the rows of reports with personal data. */
  personalStore?: string | undefined;
  /** Make the records of changed rows again. */
  replay?: boolean | undefined;
  /** Make so many snapshots again; true for a sample. */
  rebuild?: number | 'all' | true | undefined;
  /** Chooses the sample. */
  seed?: string | undefined;
  json: boolean;
}

/** Judges a clone or a bundle, offline. Returns 0 sound, 1 tampered, 2 cannot tell. */
export async function verifyRepository(world: World, where: string, options: VerifyOptions): Promise<number> {
  if (options.range !== undefined) return refuseRange(world, options.range, options.json);
  const known = await knownOf(world, options);
  const store = options.personalStore === undefined ? null : await storeOf(world, options.personalStore);
  let evidence: Evidence;
  try {
    evidence = await openEvidence(where, world.root, world.env, tmpdir());
  } catch (cause) {
    if (!(cause instanceof DaybookError) || cause.code !== 'history-incomplete') throw cause;
    return tell(world, where, null, refused(cause), options.json);
  }
  try {
    const contents = await verify(evidence, known, store);
    const schedule = contents.checkpoint ? await scheduleLayer(world, evidence, contents.entries) : notChecked('schedule', 'There is no ledger to compare with.');
    const changes = options.replay ? await replayed(evidence, contents, store) : notChecked('changes', 'Ask for it with --replay.');
    const rebuild = options.rebuild === undefined ? notChecked('rebuild', 'Ask for it with --rebuild.') : await rebuilt(world, where, evidence, contents, options, store);
    return tell(world, where, { evidence, contents }, [...contents.layers, changes, rebuild, schedule], options.json);
  } finally {
    await evidence.close();
  }
}

// Loaded where they are asked for: they bring the engine along, and half of the time that it takes to start.
async function replayed(evidence: Evidence, { entries }: Contents, store: PersonalStore | null): Promise<Layer> {
  return (await import('./verify/replay.ts')).changesLayer(evidence, entries, store);
}

async function rebuilt(world: World, where: string, evidence: Evidence, contents: Contents, { rebuild, seed }: VerifyOptions, store: PersonalStore | null): Promise<Layer> {
  const { rebuildLayer, SAMPLE } = await import('./verify/rebuild.ts');
  const count = rebuild === true || rebuild === undefined ? SAMPLE : rebuild;
  return rebuildLayer(world, where, evidence, contents, { count, seed }, store);
}

async function storeOf({ root }: World, folder: string): Promise<PersonalStore> {
  const found = await stat(path.resolve(root, folder)).catch(() => null);
  if (!found?.isDirectory()) throw new DaybookError('wrong-use', `there is no folder ${folder}`, { key: '--personal-store' }, 'Give --personal-store the folder that `personal_store` of daybook.yml names.');
  return storeAt(path.resolve(root, folder));
}

/** What the auditor brought along. @throws `wrong-use` where a file of it is not there, or is none of that kind */
export async function knownOf(world: World, { since, key, unanchored }: Pick<VerifyOptions, 'since' | 'key' | 'unanchored'>): Promise<Anchors> {
  const checkpoints = since.map(async (file) => {
    const text = await readFile(path.resolve(world.root, file), 'utf8').catch(() => null);
    if (text === null) throw new DaybookError('wrong-use', `there is no file ${file}`, {}, 'Give --since a file that holds a checkpoint: a copy of snapshots/ledger/checkpoint.');
    try {
      return { checkpoint: readCheckpoint(text, file), file };
    } catch (cause) {
      throw new DaybookError('wrong-use', (cause as Error).message, { file }, 'Give --since a copy of snapshots/ledger/checkpoint as it was.');
    }
  });
  return { checkpoints: await Promise.all(checkpoints), keys: key.map(keyOf), unanchored };
}

function keyOf(text: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (cause) {
    throw new DaybookError('wrong-use', (cause as Error).message, { key: '--key' }, 'Give --key the public half: name+hash+base64.');
  }
}

function refused(cause: DaybookError): Layer[] {
  const [first, ...rest] = Object.keys(LAYERS) as LayerId[];
  const problem = { message: `${sentence(cause.message)} ${cause.remedy}`, file: null, sequence: null, commit: null };
  return [{ id: first!, status: 'cannot-tell', detail: 'Refused.', findings: [problem] }, ...rest.map((id) => notChecked(id, 'What is not all there cannot be judged.'))];
}

const VERDICTS = { 0: 'sound', 1: 'tampered', 2: 'cannot-tell' } as const;

function tell(world: World, where: string, judged: { evidence: Evidence; contents: Contents } | null, unordered: Layer[], json: boolean): number {
  const order = Object.keys(LAYERS);
  const layers = unordered.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const code = exitCode(layers);
  const decisive = layers.find(({ status }) => status === (code === 1 ? 'tampered' : 'cannot-tell'));
  const first = code === 0 ? null : (decisive?.findings[0] ?? null);
  const checkpoint = judged?.contents.checkpoint ? judged.contents.checkpointText : null;
  if (json) {
    const { commit = null } = judged?.evidence ?? {};
    const told = layers.map(({ findings, ...rest }) => ({ ...rest, title: LAYERS[rest.id], findings: findings.slice(0, MOST), more: Math.max(0, findings.length - MOST) }));
    const erased = judged?.contents.erasures ?? [];
    world.out(visibleJson({ verdict: VERDICTS[code], commit, checkpoint, first: first && { layer: decisive!.id, ...first }, layers: told, erased }));
    return code;
  }
  if (judged) world.out(`${where}, commit ${judged.evidence.commit}: what is committed, whatever lies in the folder`);
  for (const one of layers) for (const line of linesOf(one)) world.out(line);
  for (const erasure of judged?.contents.erasures ?? []) world.out(visible(erasedWords(erasure)));
  world.out('');
  if (first) world.out(`First: ${wordsOf(first)}`);
  world.out({ 0: 'SOUND: everything that was checked fits.', 1: 'TAMPERED: this is not what Daybook wrote.', 2: `CANNOT TELL: ${decisive?.detail ?? ''}` }[code]);
  if (code !== 1 && checkpoint !== null) world.out(`\nKeep this checkpoint outside of the repository, for the next visit:\n\n${checkpoint.trimEnd()}`);
  return code;
}

/** Findings that are shown of a layer. */
const MOST = 20;
const MARKS = { sound: 'ok  ', warning: 'look', tampered: 'BAD ', 'cannot-tell': '??  ', 'not-checked': '–   ' } as const;

/** What is said of a layer's sentence, which says how it should be. */
const CLAIMS = { sound: '', warning: '', tampered: 'Does not hold: ', 'cannot-tell': 'Cannot be told: ', 'not-checked': '' } as const;

function linesOf({ id, status, detail, findings }: Layer): string[] {
  const more = findings.length > MOST ? [`         … and ${findings.length - MOST} more`] : [];
  const not = status === 'not-checked' ? 'Not checked: ' : '';
  return [`${MARKS[status]} ${id.padEnd(11)} ${CLAIMS[status]}${LAYERS[id]}. ${not}${detail}`, ...findings.slice(0, MOST).map((one) => `       ${wordsOf(one)}`), ...more];
}

/** Not missing, not changed: destroyed, and entered as that. */
function erasedWords({ report, as_of: asOf, versions, time, sequence, reason, ticket, approver }: Erasure): string {
  return `ERASED ${report}@${asOf} ${versions.map((version) => `v${version}`).join(', ')}: rows destroyed ${time.slice(0, 10)}, ledger entry ${sequence}, reason ${reason}, ticket ${ticket}, approver ${approver}`;
}

function wordsOf({ message, file, sequence, commit }: Finding): string {
  const places = [file, sequence === null ? null : `ledger entry ${sequence}`, commit === null ? null : `commit ${commit.slice(0, 12)}`].filter((place) => place !== null);
  return places.length === 0 ? message : `${message} (${places.join(', ')})`;
}
