import type { DaybookError } from '../error.ts';
import { APPROVAL_BRANCHES, approvalBranch, approvalOf, approvalPath, heldVersions, pendingVersions, writeApproval } from '../snapshot/approval.ts';
import type { Version } from '../snapshot/ledger-state.ts';
import { citation, citationOf, nameOf } from '../snapshot/manifest.ts';
import { dropProposals, pushProposals, type BranchProposal } from '../store/approval-branch.ts';
import { readBlobs } from '../store/history.ts';
import { closingWords, type PullText } from './approval-text.ts';
import { collect } from './collect.ts';
import type { DecisionContext } from './decide.ts';
import type { Host, Pull } from './host.ts';

/** Hosts limit how fast one may open pull requests, and people how many they can judge; the next job goes on. */
const MOST = 20;

export interface AskResult {
  notes: string[];
  /** What the host refused; the branches are there all the same. */
  problems: DaybookError[];
}

/**
 * Proposes each pending approval once: a branch on `origin` that adds the file, and a pull request where there is a
 * host. Pull requests with nothing left to decide are closed, and their branches are taken off.
 * @param textOf what the pull request says; asked for those alone that are new
 * @throws `git-remote`
 */
export async function askForApproval(place: DecisionContext, time: Date, textOf: (held: Version) => Promise<PullText>): Promise<AskResult> {
  const { repository, branch, commit, state, host, identity } = place;
  const asked: AskResult = { notes: [], problems: [] };
  const pending = pendingVersions(state);
  const files = await readBlobs(repository, commit, pending.map((one) => approvalPath(nameOf(one))));
  const undecided = pending.filter((_, index) => files[index] === null);
  const open = host ? await collect(asked, () => host.openPulls(branch, APPROVAL_BRANCHES)) : [];
  if (open === null) return asked;
  const known = new Map(heldVersions(state).map((one) => [approvalBranch(nameOf(one)), one]));
  const isDone = (name: string): boolean => known.has(name) && !pending.includes(known.get(name)!);
  const left = host ? await closeOthers(asked, host, open.filter(({ branch: name }) => isDone(name)), known) : new Set();
  await collect(asked, () => dropProposals(repository, APPROVAL_BRANCHES, (name) => isDone(name) && !left.has(name), identity));

  const waiting = undecided.filter((one) => !open.some((pull) => pull.branch === approvalBranch(nameOf(one))));
  const now = waiting.slice(0, MOST);
  await pushProposals(repository, commit, now.map(proposalOf), identity, time);
  for (const one of host ? now : []) await collect(asked, () => openOnce(asked, host!, one, branch, textOf));
  if (!host) asked.notes.push(...now.map((one) => byGitWords(one, branch)));
  if (waiting.length > MOST) asked.notes.push(`${waiting.length - MOST} more snapshots are held; the next jobs ask for their approval.`);
  return asked;
}

function proposalOf(held: Version): BranchProposal {
  const name = nameOf(held);
  return { branch: approvalBranch(name), path: approvalPath(name), text: writeApproval(approvalOf(held, 'approved')), message: `Approve ${citation(name)}\n` };
}

async function openOnce({ notes }: AskResult, host: Host, held: Version, base: string, textOf: (held: Version) => Promise<PullText>): Promise<void> {
  const branch = approvalBranch(nameOf(held));
  const before = await host.pullFrom(branch, base);
  if (before?.state === 'merged') {
    notes.push(`${citationOf(held)} is held: ${before.url} is merged, and ${base} does not have its file.`);
    return;
  }
  // Closed by a person: the next job enters that.
  if (before?.state === 'closed' && (await host.endOf(before)).by?.person) return;
  const { url } = await host.open({ branch, base, ...(await textOf(held)) });
  notes.push(`${citationOf(held)} is held until it is approved: ${url}`);
}

/** What has been decided elsewhere, or has been replaced, is not to be decided any more. @returns branches of those that could not be closed */
async function closeOthers(asked: AskResult, host: Host, done: readonly Pull[], known: ReadonlyMap<string, Version>): Promise<Set<string>> {
  const left = new Set<string>();
  for (const pull of done) {
    const closed = await collect(asked, async () => {
      await host.close(pull, closingWords(known.get(pull.branch)!));
      return true;
    });
    if (closed === null) left.add(pull.branch);
  }
  return left;
}

function byGitWords(held: Version, branch: string): string {
  const name = nameOf(held);
  return `${citation(name)} is held until it is approved:
  git fetch origin && git merge --no-ff origin/${approvalBranch(name)} && git push origin HEAD:${branch}
  or, to reject it: npx daybook approve ${citation(name)} --reject`;
}
