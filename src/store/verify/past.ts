import { ledgerKeysOf } from '../../report/ledger-keys.ts';
import type { Digest } from '../../snapshot/canonical.ts';
import { readCheckpoint, type Checkpoint, type LedgerKey } from '../../snapshot/checkpoint.ts';
import { CHECKPOINT_PATH } from '../../snapshot/entry.ts';
import { pipeGit, type GitPlace } from '../git.ts';
import { readObjects } from '../objects.ts';
import { finding, type Finding } from './layer.ts';
import type { RetiredFile } from './ledger.ts';
import { judgeSignature } from './signature.ts';

/** A file that a commit found and left otherwise: changed, made something else, or removed. */
interface FileChange {
  commit: string;
  status: string;
  before: string;
  after: string;
  path: string;
}

interface JudgedPast {
  /** Commits that were followed. */
  commits: number;
  /** Checkpoints of earlier commits that were compared with the ledger. */
  checkpoints: number;
  /** The instance whose ledger was here before this one; null where there was none. */
  replaced: string | null;
  findings: Finding[];
}

/** What Git tells of the past, before it is judged. */
interface BranchHistory {
  /** From the oldest on, each with its parents. */
  commits: string[][];
  changes: FileChange[];
  texts: Map<string, string>;
}

/** What the branch’s commits up to this one changed or removed below snapshots/ and in daybook.yml; what they added is not listed. */
export async function readPast(place: GitPlace & { commit: string; prefix: string }): Promise<BranchHistory> {
  const log = (await pipeGit(place, ['log', '--first-parent', '--reverse', '--format=%H %P', place.commit])).toString();
  const commits = log.trim().split('\n').map((line) => line.split(' ').filter(Boolean));
  const changes = await changesOf(place, commits.flatMap(([commit, first]) => (first === undefined ? [] : [[commit!, first] as const])));
  return { commits, changes, texts: await textsOf(place, changes) };
}

/**
 * Follows the branch from its first commit to this one: what lies below snapshots/ is only ever added
 * to, in merges too, and each checkpoint of the past is one that the ledger still runs through.
 */
export async function judgePast(place: GitPlace & { prefix: string }, { commits, changes, texts }: BranchHistory, { instance, digests, retired }: OwnLedger): Promise<JudgedPast> {
  const past = new Follower(instance, digests, texts);
  const steps = retired.size === 0 ? new Map<string, [number, number]>() : stepsOf(changes, texts, instance);
  for (const change of changes) {
    const by = retirementOf(change, retired);
    const [before, after] = steps.get(change.commit) ?? [0, 0];
    if (!by || by.sequence <= before || by.sequence > after) past.step(change);
  }
  const ended = past.end();
  const lost = await lostInMerges(place, commits, instance, ended.since, retired);
  return { commits: commits.length, checkpoints: ended.checkpoints, replaced: ended.replaced, findings: [...ended.findings, ...lost] };
}

/** What the ledger of the last commit says, by which the past is judged. */
interface OwnLedger {
  instance: string;
  digests: ReadonlyMap<number, Digest>;
  /** Files that left the work tree, by path. */
  retired: ReadonlyMap<string, RetiredFile>;
}

/** By commit: up to which entry the ledger went before it, and in it. */
function stepsOf(changes: readonly FileChange[], texts: ReadonlyMap<string, string>, instance: string): Map<string, [number, number]> {
  const steps = new Map<string, [number, number]>();
  for (const { path, commit, before, after } of changes) {
    if (path !== CHECKPOINT_PATH) continue;
    const [old, own] = [parse(texts.get(before)), parse(texts.get(after))];
    if (old?.instance === instance && own?.instance === instance) steps.set(commit, [old.sequence, own.sequence]);
  }
  return steps;
}

/** The retirement that says that this very file leaves the work tree. */
function retirementOf({ path, status, before }: FileChange, retired: ReadonlyMap<string, RetiredFile>): RetiredFile | null {
  const found = status === 'D' ? retired.get(path) : undefined;
  return found?.blob === before ? found : null;
}

/** Plumbing, since `git log` leaves out what it takes for uninteresting in merges. */
async function changesOf(place: GitPlace & { prefix: string }, pairs: (readonly [string, string])[]): Promise<FileChange[]> {
  const args = ['diff-tree', '--stdin', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', '--diff-filter=MDTUXB'];
  const paths = ['--', `:(top,literal)${place.prefix}snapshots`, `:(top,literal)${place.prefix}daybook.yml`];
  const input = pairs.map(([commit, parent]) => `${commit} ${parent}\n`);
  const fields = (await pipeGit(place, [...args, ...paths], { input })).toString().split('\0');
  const changes: FileChange[] = [];
  let commit = '';
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index]!.trim();
    if (!field.startsWith(':')) {
      commit = field || commit;
      continue;
    }
    const [, , before = '', after = '', status = ''] = field.split(' ');
    changes.push({ commit, status, before, after, path: fields[(index += 1)]!.slice(place.prefix.length) });
  }
  // Which keys a commit's checkpoint may be signed with stands in daybook.yml of the same commit.
  return changes.sort((a, b) => (a.commit === b.commit ? Number(b.path === 'daybook.yml') - Number(a.path === 'daybook.yml') : 0));
}

async function textsOf(place: GitPlace, changes: FileChange[]): Promise<Map<string, string>> {
  const wanted = changes.filter(({ path }) => path === CHECKPOINT_PATH || path === 'daybook.yml');
  const oids = [...new Set(wanted.flatMap(({ before, after }) => [before, after]))].filter((oid) => !/^0+$/.test(oid));
  const texts = new Map<string, string>();
  let index = 0;
  for await (const bytes of readObjects(place, oids)) texts.set(oids[index++]!, bytes?.toString() ?? '');
  return texts;
}

/** Goes through the changes from the oldest on. */
class Follower {
  readonly #instance: string;
  readonly #digests: ReadonlyMap<number, Digest>;
  readonly #texts: ReadonlyMap<string, string>;
  #findings: Finding[] = [];
  /** Told last: what does not fit there was changed by another commit than the one that is named. */
  #contradictions: Finding[] = [];
  #sequence = 0;
  #keys: LedgerKey[] | null = null;
  #checkpoints = 0;
  #replaced: string | null = null;
  /** Another ledger was here up to this commit. */
  #since: string | null = null;
  #ours = false;

  constructor(instance: string, digests: ReadonlyMap<number, Digest>, texts: ReadonlyMap<string, string>) {
    this.#instance = instance;
    this.#digests = digests;
    this.#texts = texts;
  }

  step(change: FileChange): void {
    if (change.path === 'daybook.yml') this.#definition(change);
    else if (change.path === CHECKPOINT_PATH) this.#checkpoint(change);
    else this.#add(change.status === 'D' ? 'this commit removed it' : 'this commit changed it', change);
  }

  end(): { findings: Finding[]; checkpoints: number; replaced: string | null; since: string | null } {
    return { findings: [...this.#findings, ...this.#contradictions], checkpoints: this.#checkpoints, replaced: this.#replaced, since: this.#since };
  }

  #add(message: string, { path, commit }: FileChange, sequence: number | null = null): void {
    this.#findings.push(finding(message, { file: path, commit, sequence }));
  }

  /** A ledger that was signed once is signed for good, and no key's time is moved. */
  #definition(change: FileChange): void {
    const before = this.#keys ?? ledgerKeysOf(this.#texts.get(change.before) ?? '') ?? [];
    const after = ledgerKeysOf(this.#texts.get(change.after) ?? '');
    if (after === null) return;
    for (const old of before) {
      if (!after.some(({ key, since }) => key === old.key && since === old.since)) this.#add(`this commit removed or moved the key ${old.key.split('+').slice(0, 2).join('+')}`, change);
    }
    this.#keys = after;
  }

  #checkpoint(change: FileChange): void {
    const before = parse(this.#texts.get(change.before));
    const after = parse(this.#texts.get(change.after));
    if (before?.instance === this.#instance) {
      this.#ours = true;
      if (this.#sequence === 0) this.#sequence = before.sequence;
      if (after?.instance !== this.#instance) return this.#add('this commit put another ledger in the place of this one', change);
    } else if (!this.#ours) {
      // A clone that became an instance of its own: what was there was another's, and it went.
      this.#findings = [];
      this.#replaced = before?.instance ?? this.#replaced;
      this.#since = change.commit;
    }
    if (after?.instance !== this.#instance) return;
    this.#ours = true;
    this.#checkpoints += 1;
    const { sequence } = after;
    if (sequence <= this.#sequence) this.#add(`the checkpoint went from entry ${this.#sequence} back to ${sequence}`, change, sequence);
    else if (this.#digests.get(sequence) !== after.head) {
      this.#contradictions.push(finding(`the checkpoint of this commit knew another entry ${sequence} than the ledger has now`, { file: change.path, commit: change.commit, sequence }));
    }
    const problem = this.#keys && judgeSignature(after, this.#keys).problem;
    if (problem) this.#add(problem, change, sequence);
    this.#sequence = Math.max(this.#sequence, sequence);
  }
}

function parse(text: string | undefined): Checkpoint | null {
  if (text === undefined) return null;
  try {
    return readCheckpoint(text);
  } catch {
    return null;
  }
}

/**
 * A merge may take the side of a parent that is not its first, and with it another past: what any
 * parent of this ledger had must be there as it was.
 */
async function lostInMerges(place: GitPlace & { prefix: string }, commits: string[][], instance: string, since: string | null, retired: ReadonlyMap<string, RetiredFile>): Promise<Finding[]> {
  const start = since === null ? 0 : commits.findIndex(([commit]) => commit === since) + 1;
  const pairs = commits.slice(start).flatMap(([commit, , ...others]) => others.map((parent) => [commit!, parent] as const));
  if (pairs.length === 0) return [];
  const own: (readonly [string, string])[] = [];
  let index = 0;
  for await (const bytes of readObjects(place, pairs.map(([, parent]) => `${parent}:${place.prefix}${CHECKPOINT_PATH}`))) {
    const pair = pairs[index++]!;
    if (parse(bytes?.toString())?.instance === instance) own.push(pair);
  }
  const changes = await changesOf(place, own);
  // A branch that was begun before a retirement has the files still: the first parents tell by which commit they left.
  const lost = changes.filter((change) => change.path !== CHECKPOINT_PATH && change.path !== 'daybook.yml' && !retirementOf(change, retired));
  return lost.map(({ path, commit, status }) => finding(`this merge ${status === 'D' ? 'dropped' : 'changed'} what its other side had`, { file: path, commit }));
}
