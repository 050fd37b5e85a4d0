import { DaybookError } from '../../error.ts';
import { approvalPath, readApproval } from '../../snapshot/approval.ts';
import { entryPath, type Entry } from '../../snapshot/entry.ts';
import { citationOf, nameOf, pathsOf } from '../../snapshot/manifest.ts';
import type { DecidedRecord, KeptRecord } from '../../snapshot/records.ts';
import { peopleOf } from '../brought.ts';
import { readObjects } from '../objects.ts';
import type { CommitPlace } from './clone.ts';
import { finding, layer, type Finding, type Layer } from './layer.ts';
import { ancestorsOf } from './reach.ts';
import { unaskedOf } from './unasked.ts';

/** What an entry says that people decided, and of what. */
interface Decision {
  record: DecidedRecord;
  kept: KeptRecord;
  entry: Entry;
}

/**
 * Whether people decided what entries say: the commit that an entry names must have the very file, beside the snapshot that
 * it is about, and (without a pull request) the people must be its author and whom its message names. And whether they were
 * asked at all, where a definition says that they are.
 */
export async function approvalsLayer(place: CommitPlace, entries: readonly Entry[]): Promise<Layer> {
  const all = decisionsOf(entries);
  const unasked = await unaskedOf(place, entries);
  if (all.length + unasked.length === 0) return layer('approvals', 'Nothing was decided.');
  const wrong = all.filter(({ record }) => record.commit === null && (record.decision === 'approved' || record.pull === null)).map((one) => about(one, 'and does not say by which commit'));
  const ancestors = await ancestorsOf(place);
  const byFile = all.filter(({ record: { commit } }) => commit !== null && ancestors.has(commit));
  const people = await peopleOf(place, byFile.map(({ record }) => record.commit!));
  const texts = readObjects(place, byFile.flatMap(({ record: { commit }, kept }) => [approvalPath(nameOf(kept)), pathsOf(nameOf(kept)).manifest].map((path) => `${commit}:${place.prefix}${path}`)));
  const next = async (): Promise<Buffer | null> => (await texts.next()).value ?? null;
  for (const one of byFile) wrong.push(...problemsOf(one, await next(), await next(), people.get(one.record.commit!) ?? []).map((problem) => about(one, problem)));
  const detail = `${all.length} ${all.length === 1 ? 'decision' : 'decisions'}, ${byFile.length} by a file in the history. Who merged or closed a pull request, the Git host alone knows.`;
  if (wrong.length + unasked.length > 0) return layer('approvals', detail, [...wrong, ...unasked]);
  const lost = all.filter(({ record: { commit } }) => commit !== null && !ancestors.has(commit)).map((one) => about(one, 'which is not in this history'));
  return layer('approvals', lost.length > 0 ? 'A commit that decided is not in this history, so that it cannot be told from one that never was.' : detail, lost, 'cannot-tell');
}

function decisionsOf(entries: readonly Entry[]): Decision[] {
  const kept = new Map(entries.flatMap((entry) => entry.kept.map((one) => [one.manifest, one] as const)));
  // What was never kept is told by the ledger's layer.
  return entries.flatMap((entry) => (entry.decided ?? []).flatMap((record) => (kept.has(record.manifest) ? [{ record, kept: kept.get(record.manifest)!, entry }] : [])));
}

function problemsOf({ record: { decision, by, pull }, kept }: Decision, file: Buffer | null, manifest: Buffer | null, people: readonly string[]): string[] {
  if (file === null) return ['which does not have the file that decides it'];
  try {
    const said = readApproval(file.toString(), approvalPath(nameOf(kept)), kept).decision;
    if (said !== decision) return [`whose file says ${said}`];
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    return [`whose file is not on it: ${cause.message}`];
  }
  if (manifest === null) return ['which does not have it yet: nobody had seen what was decided'];
  const strangers = pull === null ? by.filter((one) => !people.includes(one)) : [];
  return strangers.map((one) => `in the name of ${JSON.stringify(one)}, who is neither its author nor named by it`);
}

function about({ record: { decision, commit }, kept, entry }: Decision, problem: string): Finding {
  const by = commit === null ? '' : ` by commit ${commit.slice(0, 12)},`;
  return finding(`it says that ${citationOf(kept)} was ${decision}${by} ${problem}`, { file: entryPath(entry), sequence: entry.sequence });
}
