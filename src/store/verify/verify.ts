import { DaybookError } from '../../error.ts';
import { instanceNameOf, ledgerKeysOf } from '../../report/ledger-keys.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import { readCheckpoint, type Checkpoint, type LedgerKey } from '../../snapshot/checkpoint.ts';
import { CHECKPOINT_PATH, sequenceOf, type Entry } from '../../snapshot/entry.ts';
import { pipeGit, type GitPlace } from '../git.ts';
import { readObjects } from '../objects.ts';
import type { PersonalStore } from '../personal.ts';
import { approvalsLayer } from './approvals.ts';
import type { CommitPlace, Evidence } from './clone.ts';
import { erasuresLayer, erasuresOf, type Erasure } from './erasures.ts';
import { finding, layer, notChecked, type Finding, type Layer } from './layer.ts';
import { readChain, retiredFiles, type Chain, type File, type RetiredFile } from './ledger.ts';
import { judgePast, readPast } from './past.ts';
import { personalLayer } from './personal.ts';
import { reachRetired, type Reached } from './reach.ts';
import { anchorLayer, signatureLayer, type Anchors } from './signature.ts';
import { factsOf, judgeSnapshots, type FileFacts } from './snapshots.ts';
import { isRegular, judgeTree, readTree, type TreeFile } from './tree.ts';

/** What the files of one commit say, however they came there. */
export interface Contents {
  entries: Entry[];
  digests: ReadonlyMap<number, Digest>;
  checkpoint: Checkpoint | null;
  /** As it stands in the file. */
  checkpointText: string;
  /** Null where daybook.yml cannot be read. */
  keys: LedgerKey[] | null;
  files: number;
  bytes: number;
  /** By path. */
  retired: ReadonlyMap<string, RetiredFile>;
  erasures: Erasure[];
  /** What each file of a snapshot is that was read, by path. */
  facts: ReadonlyMap<string, FileFacts>;
  /** tree, ledger, snapshots, checkpoint */
  layers: Layer[];
}

/**
 * Reads and judges all files of a commit: blobs, never the work tree.
 * @param reach `history`: also what is retired, which a shallow or partial clone does not have
 */
export async function readContents(place: CommitPlace, reach: 'tree' | 'history' = 'tree'): Promise<Contents> {
  const [tree, definition] = await Promise.all([readTree(place, place.commit, place.prefix), readDefinition(place)]);
  const regular = tree.filter(isRegular);
  const { documents, facts, checkpointText, bytes } = await readFiles(place, regular);
  const chain = readChain(documents.sort((a, b) => sequenceOf(a.file) - sequenceOf(b.file)));
  const { checkpoint, findings } = judgeCheckpoint(checkpointText, chain, definition === null ? null : instanceNameOf(definition));
  const { entries, digests } = chain;
  const retired = retiredFiles(entries);
  const reached = reach === 'tree' ? null : await reachRetired(place, [...retired.values()]);
  const erasures = erasuresOf(entries);
  return {
    entries, digests, checkpoint, checkpointText, bytes: bytes + (reached?.bytes ?? 0), files: regular.length, retired, erasures,
    facts: new Map([...facts, ...(reached?.facts ?? [])]),
    keys: definition === null ? null : ledgerKeysOf(definition),
    layers: [
      layer('tree', `${tree.length} files.`, judgeTree(tree)),
      layer('ledger', `${entries.length} entries.`, chain.findings),
      layer('snapshots', snapshotWords(entries, bytes, reached), [...judgeSnapshots(entries, { facts, retired: reached?.facts ?? null }), ...(reached?.findings ?? [])]),
      layer('checkpoint', checkpoint ? `Entry ${checkpoint.sequence} of "${checkpoint.instance}".` : 'There is none.', findings),
    ],
  };
}

function snapshotWords(entries: Entry[], bytes: number, reached: Reached | null): string {
  const count = (list: 'kept' | 'retired'): number => entries.reduce((sum, entry) => sum + (entry[list]?.length ?? 0), 0);
  const retired = count('retired');
  const words = `${count('kept') - retired} snapshots, ${bytes} bytes, each file by its SHA-256.`;
  if (retired === 0) return words;
  return reached ? `${words} ${retired} more are retired: read from Git’s history, ${reached.bytes} bytes.` : `${words} ${retired} more are retired, and were not read.`;
}

interface Files {
  documents: File[];
  facts: Map<string, FileFacts>;
  checkpointText: string;
  bytes: number;
}

/** Each blob is read once, also where several files share it. */
async function readFiles(place: CommitPlace, tree: TreeFile[]): Promise<Files> {
  const files: Files = { documents: [], facts: new Map(), checkpointText: '', bytes: 0 };
  const groups = Map.groupBy(tree, ({ oid, path }) => `${oid} ${kindOf(path)}`);
  const waiting = groups.values();
  for await (const bytes of readObjects(place, [...groups.keys()].map((key) => key.split(' ')[0]!))) {
    const same = waiting.next().value!;
    const { path: first } = same[0]!;
    if (bytes === null) throw new DaybookError('history-incomplete', 'Git does not have its content', { file: first });
    files.bytes += bytes.length * same.length;
    const facts = kindOf(first) === 'ledger' ? null : factsOf(first, bytes);
    for (const { path } of same) {
      if (path === CHECKPOINT_PATH) files.checkpointText = bytes.toString();
      else if (facts) files.facts.set(path, facts);
      else files.documents.push({ file: path, bytes });
    }
  }
  return files;
}

function kindOf(path: string): string {
  return path.startsWith('snapshots/ledger/') ? 'ledger' : path.slice(path.lastIndexOf('.'));
}

async function readDefinition(place: CommitPlace): Promise<string | null> {
  for await (const bytes of readObjects(place, [`${place.commit}:${place.prefix}daybook.yml`])) return bytes?.toString() ?? null;
  return null;
}

function judgeCheckpoint(text: string, { entries, digests, findings: broken }: Chain, instance: string | null): { checkpoint: Checkpoint | null; findings: Finding[] } {
  const bad = (message: string, sequence: number | null = null): Finding => finding(message, { file: CHECKPOINT_PATH, sequence });
  if (text === '') return { checkpoint: null, findings: entries.length + broken.length > 0 ? [bad('the ledger has entries, and no checkpoint')] : [] };
  let checkpoint: Checkpoint;
  try {
    checkpoint = readCheckpoint(text);
  } catch {
    return { checkpoint: null, findings: [bad('it is not written as a checkpoint is')] };
  }
  const findings: Finding[] = [];
  const last = entries.at(-1)?.sequence ?? 0;
  if (checkpoint.sequence !== last) findings.push(bad(`it names entry ${checkpoint.sequence}, and the ledger ends at ${last}`, checkpoint.sequence));
  else if (digests.get(last) !== checkpoint.head) findings.push(bad(`its digest is not that of entry ${last}: one of the two was changed`, last));
  if (instance !== null && instance !== checkpoint.instance) findings.push(bad(`it is of "${checkpoint.instance}", and daybook.yml says "${instance}"`));
  return { checkpoint, findings };
}

/**
 * All layers but the schedule, which needs the definitions.
 * @param store rows with personal data, if the auditor has them
 */
export async function verify(evidence: Evidence, known: Anchors, store: PersonalStore | null = null): Promise<Contents> {
  const checking = checkObjects(evidence);
  const reading = readPast(evidence).catch((cause: Error) => cause);
  const repository = layer('repository', ['A whole history.', ...evidence.notes].join(' '));
  let contents: Contents;
  try {
    contents = await readContents(evidence, 'history');
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    const objects = await checking;
    await reading;
    const unread: Layer = { id: 'tree', status: 'cannot-tell', detail: 'It could not be read.', findings: [finding(cause.message, { file: cause.place.file ?? null })] };
    const rest = (['ledger', 'snapshots', 'checkpoint', 'signature', 'history', 'approvals', 'personal', 'erasures', 'anchor'] as const).map((id) => notChecked(id, 'Files could not be read.'));
    return { entries: [], digests: new Map(), checkpoint: null, checkpointText: '', keys: null, files: 0, bytes: 0, retired: new Map(), erasures: [], facts: new Map(), layers: [repository, objects, unread, ...rest] };
  }
  const { checkpoint, digests, keys } = contents;
  const first = [repository, await checking, ...contents.layers];
  if (!checkpoint) {
    await reading;
    const rest = (['signature', 'history', 'approvals', 'personal', 'erasures'] as const).map((id) => notChecked(id, 'There is no checkpoint.'));
    return { ...contents, layers: await nameCommits(evidence, [...first, ...rest, unledgered(known)]) };
  }
  const told = await reading;
  if (told instanceof Error) throw told;
  const past = await judgePast(evidence, told, { instance: checkpoint.instance, digests, retired: contents.retired });
  const before = past.replaced === null ? '' : ` Before that, this was a clone of "${past.replaced}", whose ledger is not judged.`;
  const history = layer('history', `${past.commits} commits, ${past.checkpoints} earlier checkpoints.${before}`, past.findings);
  const rows = await personalLayer(contents.entries, contents.facts, store);
  const layers = [...first, signatureLayer(checkpoint, keys), history, await approvalsLayer(evidence, contents.entries), rows, await erasuresLayer(evidence, contents.erasures), anchorLayer(checkpoint, digests, known)];
  return { ...contents, layers: await nameCommits(evidence, layers) };
}

/** No ledger at all: of a new instance, or because somebody took it away. */
function unledgered({ checkpoints: [first], unanchored }: Anchors): Layer {
  if (first) return layer('anchor', '', [finding(`${first.file}: it knew ${first.checkpoint.sequence} entries, and there is no ledger now`)]);
  const why = 'There is no ledger, so there is nothing to vouch for.';
  return unanchored ? notChecked('anchor', why) : { id: 'anchor', status: 'cannot-tell', detail: why, findings: [] };
}

/** git-fsck(1): what it says of damage is tampering; what is missing or merely odd leaves the question open. */
async function checkObjects(place: GitPlace): Promise<Layer> {
  try {
    await pipeGit(place, ['fsck', '--full', '--strict', '--no-dangling', '--no-progress']);
    return layer('objects', 'git fsck --full --strict is silent.');
  } catch (cause) {
    const lines = (cause as Error).message.split('\n');
    const damaged = lines.some((line) => /hash mismatch|hash-path mismatch|sha1 mismatch|corrupt|checksum|garbage at end/i.test(line));
    return layer('objects', 'git fsck --full --strict complains.', lines.slice(0, 5).map((line) => finding(line)), damaged ? 'tampered' : 'cannot-tell');
  }
}

/** Most that are looked up: each costs a walk through the history. */
const LOOKED_UP = 5;

/** Says which commit last touched a file that does not fit. */
async function nameCommits(place: CommitPlace, layers: Layer[]): Promise<Layer[]> {
  const open = layers.flatMap(({ findings }) => findings).filter(({ file, commit }) => file !== null && commit === null).slice(0, LOOKED_UP);
  for (const one of open) {
    const args = ['log', '-1', '--first-parent', '-m', '--no-renames', '--format=%H', place.commit, '--', `:(top,literal)${place.prefix}${one.file}`];
    one.commit = (await pipeGit(place, args)).toString().trim() || null;
  }
  return layers;
}
