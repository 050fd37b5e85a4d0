import { randomInt } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DaybookError } from '../error.ts';
import { ledgerKeysOf } from '../report/ledger-keys.ts';
import type { LedgerKey } from '../snapshot/checkpoint.ts';
import type { Entry } from '../snapshot/entry.ts';
import { applyEntry, type LedgerState } from '../snapshot/ledger-state.ts';
import type { SnapshotName } from '../snapshot/manifest.ts';
import { advance, changesElsewhere, type Advance } from './advance.ts';
import { boundByBranch, rulesOfBranch } from './branch-policy.ts';
import { attributedOf, changesOf, followsOf } from './change-records.ts';
import { dropPrivateRef, writeCommit } from './commit.ts';
import { refuseErasures } from './erasure.ts';
import { isCheckedOut } from './follow.ts';
import { readBlob, readLedger, writeCache } from './history.ts';
import { defaultWait, type Wait } from './lock.ts';
import { refuseLostEntries } from './lost.ts';
import { commitMessage } from './message.ts';
import { withoutRows, writeRows } from './personal-rows.ts';
import { draftEntry, listed, planOf, type CommitPlan } from './plan.ts';
import { commonHead, fetchTip, pushCommit } from './remote.ts';
import { locked } from './repair.ts';
import { branchHead, type BranchHead, type Repository } from './repository.ts';
import type { Attempted, KeepRequest, PersonalPlace } from './request.ts';
import { retirable, retiredRecords, type Retirements } from './retire.ts';

export interface KeepOptions {
  /** Land on `origin`, or nowhere. */
  push?: boolean;
  /** Where the ledger's state is kept between jobs. */
  cacheFile?: string;
  /** Where rows with personal data go. */
  personal?: PersonalPlace | null;
  /** Done once it has landed, or was there already, before another job of this clone goes on. */
  landed?: () => Promise<void>;
  wait?: Wait;
}

export interface Landing {
  /** null where nothing was to be entered. */
  commit: string | null;
  entry: Entry | null;
  kept: SnapshotName[];
  /** As they came out in the end: one whose rows could not be kept has failed. */
  attempts: readonly Attempted[];
  pushed: boolean;
  /** What is left to do, in sentences. */
  notes: string[];
}

/** How often a lost race is run again. */
const TRIES = 20;

/**
 * Keeps a job's results: one entry, one commit, all or nothing. Versions, and whether a result is
 * unchanged, are decided on the branch as it is in the end, after any race with another job.
 * @throws `git-detached`, `git-no-commit`, `git-remote`, `git-diverged`, `snapshot-exists`,
 * `ledger-broken`, `key-missing`, `key-broken`, `locked`, `write-denied`, `disk-full`, `git-failed` where the race is lost again and again; nothing is
 * committed then
 */
export async function keep(repository: Repository, request: KeepRequest, options: KeepOptions = {}): Promise<Landing> {
  const wait = options.wait ?? defaultWait;
  return locked(repository, wait, async (notes) => {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const done = await tryKeep(repository, request, options, wait);
      if (done) {
        await options.landed?.();
        return { ...done, notes: [...notes, ...done.notes] };
      }
      await wait(randomInt(50, 100 + attempt * 50));
    }
    throw new DaybookError('git-failed', `The branch moved ${TRIES} times while the snapshots were to land`, {}, 'Run the job again when less is going on.');
  });
}

/** Where the branch stands. */
interface Heads {
  local: BranchHead;
  /** On `origin`; null where it has none, or nothing is pushed. */
  tip: string | null;
  /** The one that is entered on. */
  base: string;
}

async function headsNow(repository: Repository, push: boolean): Promise<Heads> {
  const local = await branchHead(repository);
  if (!push) return { local, tip: null, base: local.commit };
  const tip = await fetchTip(repository, local.branch);
  return { local, tip, base: await commonHead(repository, local, tip) };
}

/** One attempt; null where the branch moved meanwhile, here or on `origin`. */
async function tryKeep(repository: Repository, asked: KeepRequest, options: KeepOptions, wait: Wait): Promise<Landing | null> {
  const heads = await headsNow(repository, options.push === true);
  const { local, tip, base } = heads;
  const state = await readLedger(repository, base, options.cacheFile);
  const { request, plan, notes } = await planWithRows(repository, base, state, asked, options.personal ?? null);
  if (!plan) {
    const done = options.push ? await synchronise(repository, request.identity, heads, wait) : { pushed: false, notes: [] };
    return done && { commit: null, entry: null, kept: [], attempts: request.attempts, pushed: done.pushed, notes: [...notes, ...done.notes] };
  }

  const to = await writeCommit(repository, base, plan, request.identity, commitMessage(plan.entry));
  try {
    const pushed = options.push === true && (await pushCommit(repository, local.branch, to, tip, wait));
    if (options.push && !pushed) return null;
    const { moved, note } = await advance(repository, await wayTo(repository, request.identity, heads, to, pushed), wait);
    if (!moved && !pushed) return null;
    await remember(state, plan, request.instance, options.cacheFile);
    const behind = moved || note ? note : 'origin has the snapshots; the local branch was moved meanwhile: run `git pull`';
    return { commit: to, entry: plan.entry, kept: plan.kept, attempts: request.attempts, pushed, notes: behind ? [...notes, behind] : notes };
  } finally {
    await dropPrivateRef(repository);
  }
}

/** What is to be entered, of what request; null where that is nothing. And what could not be, in sentences. */
interface Planned {
  request: KeepRequest;
  plan: CommitPlan | null;
  notes: string[];
}

/**
 * The plan on a commit, whose rows with personal data are where they belong. An attempt whose rows cannot be written has failed, and
 * the entry says so: that is another plan, with fewer rows to write.
 */
async function planWithRows(repository: Repository, base: string, state: LedgerState, asked: KeepRequest, personal: PersonalPlace | null): Promise<Planned> {
  let request = await boundByBranch(repository, base, asked);
  for (;;) {
    const { plan, notes } = await planAt(repository, base, state, request, personal);
    if (!plan) return { request, plan, notes };
    await refuseLostEntries(repository, base, state, request.instance);
    await refuseStrangers(repository, plan);
    const unwritten = await writeRows(personal, state, plan.personal, request.since ?? state.sequence);
    if (unwritten.length === 0) return { request, plan, notes };
    request = withoutRows(request, unwritten);
  }
}

/** The whole of what is to be entered on a commit; null where that is nothing. And what could not be, in sentences. */
async function planAt(repository: Repository, base: string, state: LedgerState, request: KeepRequest, personal: PersonalPlace | null): Promise<Omit<Planned, 'request'>> {
  const { entry: drafted, versions, empty } = draftEntry(state, request);
  const { records: retired, missing } = await retiredAt(repository, base, state, request);
  const notes = missing.length > 0 ? [`${missing[0]}${missing.length > 1 ? ` and ${missing.length - 1} more` : ''} should retire and is missing in commit ${base.slice(0, 10)}: see \`npx daybook verify\``] : [];
  if (empty && retired.length === 0) return { plan: null, notes };
  await refuseErasures(repository, base, state, drafted.erased ?? [], drafted.time);
  // Look-ups that nobody asked for are not entered beside a retirement either.
  const runs = empty ? [] : drafted.runs;
  const follows = followsOf(state, drafted, base);
  const changes = request.changeOf ? await changesOf(repository, follows, versions, request.changeOf, personal) : [];
  const attributed = attributedOf(follows, request.attributed ?? []);
  const entry: Entry = { ...drafted, runs, ...listed('changes', changes), ...listed('attributed', attributed), ...listed('retired', retired) };
  return { plan: planOf(entry, versions, request, await keysAt(repository, base)), notes };
}

async function retiredAt(repository: Repository, base: string, state: LedgerState, { policies = new Map() }: KeepRequest): Promise<Retirements> {
  const rules = new Map([...state.reports].flatMap(([id, report]) => {
    const rule = policies.get(id)?.keep;
    return rule && retirable(report, rule).length > 0 ? [[id, rule] as const] : [];
  }));
  const bound = await rulesOfBranch(repository, base, rules);
  return retiredRecords(repository, base, [...bound].flatMap(([id, rule]) => retirable(state.reports.get(id)!, rule)));
}

/** The keys that the branch lists: it may have moved since the job read its definitions. */
async function keysAt(repository: Repository, commit: string): Promise<LedgerKey[]> {
  const text = (await readBlob(repository, commit, 'daybook.yml'))?.toString();
  const keys = text === undefined ? [] : ledgerKeysOf(text);
  if (keys === null) throw new DaybookError('key-broken', 'the keys in daybook.yml of the branch cannot be read', { file: 'daybook.yml' });
  return keys;
}

/** Nothing to enter: commits that were kept without a push land all the same, and others' come here; null where the branch moved. */
async function synchronise(repository: Repository, identity: KeepRequest['identity'], heads: Heads, wait: Wait): Promise<Pick<Landing, 'pushed' | 'notes'> | null> {
  const { local, tip, base } = heads;
  if (tip === local.commit) return { pushed: false, notes: [] };
  if (base === local.commit) return (await pushCommit(repository, local.branch, local.commit, tip, wait)) ? { pushed: true, notes: [] } : null;
  const { moved, note } = await advance(repository, await wayTo(repository, identity, heads, base, true), wait);
  return moved || note ? { pushed: false, notes: note ? [note] : [] } : null;
}

/** From the branch here to a commit that stands on `base`, be that here or on `origin`. */
async function wayTo(repository: Repository, identity: KeepRequest['identity'], { local: { branch, commit: from }, base }: Heads, to: string, pushed: boolean): Promise<Advance> {
  const merge = base !== from && (await changesElsewhere(repository, from, base));
  return { branch, from, to, identity, pushed, merge };
}

async function remember(state: LedgerState, plan: CommitPlan, instance: string, cacheFile: string | undefined): Promise<void> {
  if (cacheFile === undefined) return;
  await writeCache(cacheFile, { ...applyEntry(state, plan.entry), instance });
}

/**
 * A file that lies in the way and is not the snapshot would be overwritten when the files follow.
 * @throws `snapshot-exists`
 */
async function refuseStrangers(repository: Repository, plan: CommitPlan): Promise<void> {
  if (!(await isCheckedOut(repository))) return;
  for (const { path, bytes } of plan.files) {
    const file = join(repository.cwd, path);
    const found = lstatSync(file, { throwIfNoEntry: false });
    if (!found || (found.isFile() && (await readFile(file)).equals(Buffer.from(bytes)))) continue;
    throw new DaybookError('snapshot-exists', 'The file is there already, and not in Git', { file: path }, 'Move the file away: snapshots/ is written by Daybook alone.');
  }
}
