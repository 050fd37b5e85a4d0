import path from 'node:path';
import { DaybookError } from '../error.ts';
import { APPROVAL_BRANCHES, approvalBranch, approvalPath, pendingVersions, readApproval, type Approval } from '../snapshot/approval.ts';
import type { LedgerState, Version } from '../snapshot/ledger-state.ts';
import { citation, citationOf, nameOf, pathsOf, type SnapshotName } from '../snapshot/manifest.ts';
import type { DecidedRecord } from '../snapshot/records.ts';
import { broughtBy, personWords, type Brought } from '../store/brought.ts';
import { readBlob, readBlobs } from '../store/history.ts';
import type { Repository } from '../store/repository.ts';
import { collect } from './collect.ts';
import type { Host, Pull } from './host.ts';

/** Where decisions are made: a branch at a commit, the ledger as it has it, and its host if there is one. */
export interface DecisionContext {
  repository: Repository;
  /** Without `refs/heads/`. */
  branch: string;
  commit: string;
  state: LedgerState;
  host: Host | null;
  /** By whom the job's own commits are: it decides nothing. */
  identity: { name: string; email: string };
}

export interface Decisions {
  decided: DecidedRecord[];
  /** Who is still missing, in sentences. */
  notes: string[];
  /** What could not be read; the others are decided all the same. */
  problems: DaybookError[];
}

/** What somebody made of a held snapshot. */
type Verdict = Pick<DecidedRecord, 'decision' | 'by' | 'at' | 'commit' | 'pull'>;

/** What people have decided of held snapshots since the last job: by a file on the branch, or by closing its pull request. */
export async function findDecisions(place: DecisionContext): Promise<Decisions> {
  const { repository, branch, commit, state, host } = place;
  const pending = pendingVersions(state);
  const found: Decisions = { decided: [], notes: [], problems: [] };
  const files = await readBlobs(repository, commit, pending.map((one) => approvalPath(nameOf(one))));
  const undecided = pending.filter((_, index) => files[index] === null);
  const open = host && undecided.length > 0 ? await collect(found, () => host.openPulls(branch, APPROVAL_BRANCHES)) : null;
  for (const [index, held] of pending.entries()) {
    const bytes = files[index] ?? null;
    const isOpen = open?.some((pull) => pull.branch === approvalBranch(nameOf(held)));
    const verdict = await collect(found, async () => (bytes !== null ? byFile(place, held, bytes.toString()) : host && open && !isOpen ? byClosing(host, held, branch) : null));
    if (verdict === null) continue;
    const { report, as_of, version, manifest, approvers } = held;
    const needed = verdict.decision === 'approved' ? approvers : 1;
    if (verdict.by.length >= needed) found.decided.push({ report, as_of, version, manifest, ...verdict });
    else found.notes.push(missingWords(held, verdict, needed));
  }
  return found;
}

async function byFile(place: DecisionContext, held: Version, text: string): Promise<Verdict> {
  const { repository, branch, commit, host } = place;
  const name = nameOf(held);
  const file = approvalPath(name);
  const { decision } = readApproval(text, file, held);
  const brought = await broughtBy(repository, commit, file, held.time);
  if (brought) await refuseEarly(repository, brought, name, file);
  const pull = host && (await mergedPull(host, name, brought, branch));
  if (host && pull) {
    const verdict = await byMerge(host, pull, decision, pull.branch === approvalBranch(name) ? `${repository.prefix}${file}` : null);
    return { ...verdict, commit: verdict.commit ?? brought?.commit ?? null };
  }
  if (brought === null) throw new DaybookError('history-incomplete', 'the clone does not say who brought it', { file });
  return byCommit(place, brought, decision);
}

/**
 * Results follow from their inputs: whoever proposes a report can say beforehand by which digests its first one will be
 * known, in a pull request that is merged for something else.
 */
async function refuseEarly(repository: Repository, { commit }: Brought, name: SnapshotName, file: string): Promise<void> {
  if ((await readBlob(repository, commit, pathsOf(name).manifest)) !== null) return;
  throw new DaybookError('approval-broken', `commit ${commit.slice(0, 10)} brought it before ${citation(name)} was kept: nobody had seen what it decides`, { file }, `Take it off the branch (git rm ${file}): the job then asks for the approval.`);
}

/** The pull request by which the file came: its own, unless that merge was taken back and the file came again. */
async function mergedPull(host: Host, name: SnapshotName, brought: Brought | null, branch: string): Promise<Pull | null> {
  const own = await host.pullFrom(approvalBranch(name), branch);
  if (own?.state === 'merged' && (brought === null || (await host.endOf(own)).commit === brought.commit)) return own;
  return brought && host.pullOf(brought.commit, branch);
}

/** @param own the approval's file, from the top of the repository, where the pull request proposes it alone: a review of an earlier commit that had the same file has seen it */
async function byMerge(host: Host, pull: Pull, decision: Approval['decision'], own: string | null): Promise<Verdict> {
  const { by, at, commit } = await host.endOf(pull);
  const people = new Set(by?.person ? [by.login] : []);
  for (const review of decision === 'approved' ? await host.approvingReviews(pull) : []) {
    if (!review.by.person || people.has(review.by.login)) continue;
    const seen = review.commit === pull.head || (own !== null && review.commit !== null && (await hasSame(host, own, review.commit, pull.head)));
    if (seen && (await host.mayWrite(review.by.login))) people.add(review.by.login);
  }
  return { decision, by: [...people], at, commit, pull: pull.url };
}

async function hasSame(host: Host, file: string, ...commits: readonly string[]): Promise<boolean> {
  const [one, other] = await Promise.all(commits.map(async (commit) => (await host.entriesAt(commit, path.posix.dirname(file))).get(path.posix.basename(file))));
  return one !== undefined && one === other;
}

/** As hosts call accounts of programs. */
const PROGRAM = /\[bot\]$/;

function byCommit({ identity }: DecisionContext, { commit, at, author, named: others }: Brought, decision: Approval['decision']): Verdict {
  const named = [author, ...(decision === 'approved' ? others : [])].filter(({ name }) => !PROGRAM.test(name));
  const people = new Map(named.map((one) => [one.email.toLowerCase(), personWords(one)]));
  people.delete(identity.email.toLowerCase());
  return { decision, by: [...people.values()], at, commit, pull: null };
}

/** Programs that tidy up close pull requests too; that decides nothing. */
async function byClosing(host: Host, held: Version, branch: string): Promise<Verdict | null> {
  const pull = await host.pullFrom(approvalBranch(nameOf(held)), branch);
  if (pull?.state !== 'closed') return null;
  const { by, at } = await host.endOf(pull);
  return by?.person ? { decision: 'rejected', by: [by.login], at, commit: null, pull: pull.url } : null;
}

function missingWords(held: Version, { by, commit, pull, decision }: Verdict, needed: number): string {
  const who = by.length === 0 ? 'no person' : by.join(', ');
  const more = needed - by.length;
  const how = pull !== null
    ? `Approve it by a review of ${pull}, or revert its merge and bring the file again.`
    : `The author of commit ${commit?.slice(0, 10)} counts, unless it is Daybook or another program, and whom it names in lines \`Approved-by: Name <address>\`: revert it and commit the file again, or merge it with --no-ff.`;
  return `${citationOf(held)} stays held: ${decision} by ${who}, ${more} more ${more === 1 ? 'person has' : 'people have'} to. ${how}`;
}
