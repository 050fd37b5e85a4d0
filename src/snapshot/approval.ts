import { DaybookError } from '../error.ts';
import { hasTime } from './as-of.ts';
import { readDocument, serialise } from './canonical.ts';
import type { LedgerState, Version } from './ledger-state.ts';
import { citationOf, type SnapshotName } from './manifest.ts';
import type { KeptRecord } from './records.ts';

const APPROVAL_FORMAT = 'daybook/approval/1';

/** What a decision says of the snapshot that it is about: its name and its digests. */
type Decided = Pick<KeptRecord, 'report' | 'as_of' | 'version' | 'manifest' | 'rows' | 'data'>;

/** What somebody decided of one held snapshot: a file that people bring to the branch. */
export interface Approval extends Decided {
  format: typeof APPROVAL_FORMAT;
  decision: 'approved' | 'rejected';
}

/** `2001-06-30.v1`, `2001-06-30t1400.v1`: also a name for a branch, which may have no colon. */
function stemOf({ asOf, version }: SnapshotName): string {
  const day = asOf.slice(0, 10);
  return `${hasTime(asOf) ? `${day}t${asOf.slice(11, 13)}${asOf.slice(14, 16)}` : day}.v${version}`;
}

/**
 * `reports/aviation/flights-daily.approvals/2001-06-30.v1.json`: one file a snapshot, so that two approvals never
 * conflict, and beside the report, so that one rule says who owns both. An id has no dot: no report can lie there.
 */
export function approvalPath(name: SnapshotName): string {
  return `reports/${name.report}.approvals/${stemOf(name)}.json`;
}

/** What the names of all branches begin with that propose an approval. */
export const APPROVAL_BRANCHES = 'daybook/approve/';

/** The branch that proposes the approval, without `refs/heads/`. */
export function approvalBranch(name: SnapshotName): string {
  return `${APPROVAL_BRANCHES}${name.report}/${stemOf(name)}`;
}

/** A decision on one version; it names the digests, so that it holds for no other content. */
export function approvalOf(version: Decided, decision: Approval['decision']): Approval {
  const { report, as_of, manifest, rows, data } = version;
  return { format: APPROVAL_FORMAT, report, as_of, version: version.version, manifest, rows, data, decision };
}

/** The text of the approval’s file. */
export function writeApproval(approval: Approval): string {
  return serialise(approval as unknown as Record<string, unknown>);
}

/**
 * The decision that a file holds on a snapshot.
 * @param held as the ledger has it
 * @throws `approval-broken` where the text is none, or one on anything but this very snapshot
 */
export function readApproval(text: string, file: string, held: Decided): Approval {
  const found = readDocument<Approval>(text, file, APPROVAL_FORMAT, 'approval-broken');
  if (found.decision !== 'approved' && found.decision !== 'rejected') throw new DaybookError('approval-broken', `"${String(found.decision)}" is no decision`, { file });
  const wanted = approvalOf(held, found.decision);
  for (const key of ['report', 'as_of', 'version', 'manifest', 'rows', 'data'] as const) {
    if (found[key] !== wanted[key]) throw new DaybookError('approval-broken', `${key} is not that of ${citationOf(held)}: it says ${String(found[key])}, the ledger ${String(wanted[key])}`, { file });
  }
  if (writeApproval(wanted) !== text) throw new DaybookError('approval-broken', 'it says more than an approval does', { file });
  return wanted;
}

/** Held snapshots that somebody has to decide: of each as-of the latest version, since it replaces those before it. */
export function pendingVersions(state: LedgerState): Version[] {
  return [...state.reports.values()].flatMap(({ versions }) => [...versions.values()].flatMap((all) => all.slice(-1))).filter(({ standing }) => standing === 'held').sort(bySnapshot);
}

/** Every version that was held once, whatever became of it. */
export function heldVersions(state: LedgerState): Version[] {
  return [...state.reports.values()].flatMap(({ versions }) => [...versions.values()].flat()).filter(({ approvers }) => approvers > 0);
}

function bySnapshot(a: Version, b: Version): number {
  const [left, right] = [`${a.report}@${a.as_of}`, `${b.report}@${b.as_of}`];
  return left < right ? -1 : left > right ? 1 : 0;
}
