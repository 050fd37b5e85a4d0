import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../src/error.ts';
import { approvalOf, approvalPath, pendingVersions, writeApproval } from '../src/snapshot/approval.ts';
import { readEntries } from '../src/snapshot/checkout.ts';
import { applyEntry, emptyState, type LedgerState, type Version } from '../src/snapshot/ledger-state.ts';
import { citationOf, nameOf } from '../src/snapshot/manifest.ts';
import { selectRun } from './instance/select.ts';
import { writeWhole } from './world/files.ts';
import type { World } from './world/world.ts';

/** Writes the file that approves or rejects a held snapshot; without one, lists what is held. Returns the exit code. */
export async function approve(world: World, word: string | undefined, { reject }: { reject: boolean }): Promise<number> {
  const ledger = readEntries(world.root).reduce(applyEntry, emptyState());
  if (word === undefined) return list(world, pendingVersions(ledger));
  const held = heldNamed(world.root, word, ledger);
  const decision = reject ? 'rejected' : 'approved';
  const [name, file] = [citationOf(held), approvalPath(nameOf(held))];
  const text = writeApproval(approvalOf(held, decision));
  const isThere = (await readFile(path.join(world.root, file), 'utf8').catch(() => null)) === text;
  if (!isThere) await writeWhole(path.join(world.root, file), text);
  world.out(`${file}${isThere ? ' is there already: it' : ''} ${reject ? 'rejects' : 'approves'} ${name} once it is on the branch. Whoever commits it is entered in the ledger:
  git add ${file} && git commit -m '${reject ? 'Reject' : 'Approve'} ${name}' && git push`);
  if (!reject && held.approvers > 1) world.out(`It needs ${held.approvers} people: the message names the others, each in a last line \`Approved-by: Name <address>\`.`);
  return 0;
}

function list(world: World, pending: Version[]): number {
  for (const held of pending) world.out(`${citationOf(held)}  held since ${held.time}, needs ${held.approvers === 1 ? '1 person' : `${held.approvers} people`}`);
  if (pending.length === 0) world.out('Nothing is held.');
  return 0;
}

/** Without a version, the one of its as-of that is to be decided. @throws `snapshot-unknown`, `wrong-use` */
function heldNamed(root: string, word: string, ledger: LedgerState): Version {
  const [, id, asOf, number] = /^([^@]+)@(.+?)(?:\.v(\d+))?$/.exec(word) ?? [];
  if (id === undefined || asOf === undefined) throw new DaybookError('snapshot-unknown', `"${word}" does not name a snapshot`);
  const { report, state } = selectRun(root, id, ledger);
  const versions = state.versions.get(asOf) ?? [];
  const found = number === undefined ? versions.at(-1) : versions[Number(number) - 1];
  if (!found) throw new DaybookError('snapshot-unknown', `there is no snapshot ${report}@${asOf}${number === undefined ? '' : `.v${number}`}`);
  const name = citationOf(found);
  if (found.standing !== 'held') throw new DaybookError('wrong-use', `${name} is ${found.standing}: there is nothing to decide`, {}, '`npx daybook approve` lists what is held.');
  if (found !== versions.at(-1)) throw new DaybookError('wrong-use', `${name} has been replaced by version ${versions.length}`, {}, `Decide that one: npx daybook approve ${report}@${asOf}`);
  return found;
}
