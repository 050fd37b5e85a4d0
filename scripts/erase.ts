import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError, visibleJson } from '../src/error.ts';
import { loadInstance } from '../src/report/load.ts';
import { hasTime, isAsOf, type AsOf } from '../src/snapshot/as-of.ts';
import type { LedgerState } from '../src/snapshot/ledger-state.ts';
import { pathsOf } from '../src/snapshot/manifest.ts';
import type { ErasedRecord } from '../src/snapshot/records.ts';
import { erasable } from '../src/store/erasure.ts';
import { readLedger } from '../src/store/history.ts';
import { keep } from '../src/store/keep.ts';
import type { PersonalStore } from '../src/store/personal.ts';
import { repair } from '../src/store/repair.ts';
import { branchHead, openRepository } from '../src/store/repository.ts';
import { personalStore } from './instance/kept.ts';
import { forgetLocal, localRoot } from './instance/local.ts';
import { repairStore } from './instance/personal.ts';
import { selectRun } from './instance/select.ts';
import { signingKey } from './instance/signing.ts';
import { jobOf, type World } from './world/world.ts';

interface EraseOptions extends Pick<ErasedRecord, 'reason' | 'ticket' | 'approver'> {
  push: boolean;
  json: boolean;
}

/** Destroys the rows of an as-of, all versions, once the ledger says so. Returns the exit code. */
export async function erase(world: World, word: string, { reason, ticket, approver, push, json }: EraseOptions): Promise<number> {
  const repository = await openRepository(world.root, world.env, world.uninterrupted);
  await branchHead(repository);
  for (const note of await repair(repository)) world.err(note);
  const instance = loadInstance(world.root);
  const cacheFile = path.join(world.root, '.daybook/cache/ledger.json');
  const ledger = await readLedger(repository, repository.head, cacheFile);
  const { report, asOf } = parseWord(world.root, word, ledger);
  const store = await personalStore(world);
  for (const note of await repairStore(store, ledger)) world.err(note);
  refuseOthers(ledger, report, asOf);
  await refuseEmpty(store, ledger, report, asOf);

  const signer = signingKey(world, instance, ledger.sequence + 1);
  const erased = [{ report, as_of: asOf, reason, ticket, approver }];
  const request = { instance: instance.instance, identity: instance.git, time: world.now(), job: jobOf(world, 'manual', repository.head), attempts: [], missed: [], erased, signer };
  let files = 0;
  // Without an entry, somebody else has entered it meanwhile.
  const landed = async (): Promise<void> => void (files = await store.destroy(report, asOf));
  const { commit, entry, notes } = await keep(repository, request, { push, cacheFile, landed });
  for (const note of notes) world.err(note);
  await forgetLocal(world, [report]);
  for (const file of Object.values(pathsOf({ report, asOf, version: 0 }))) await rm(path.join(localRoot(world), file), { force: true });

  const versions = entry?.erased?.flatMap((one) => one.versions) ?? [];
  if (json) world.out(visibleJson({ report, as_of: asOf, versions, sequence: entry?.sequence ?? null, commit, files }));
  else {
    const by = entry && commit !== null ? `ledger entry ${entry.sequence}, commit ${commit.slice(0, 10)}` : 'another job entered it meanwhile';
    world.out(`Erased ${report}@${asOf}${versions.length > 0 ? `, ${versions.map((version) => `v${version}`).join(', ')}` : ''}: ${by}; ${files} files destroyed.`);
    world.out('Not reached from here: backups of the store, the source files, and what was sent or published. The next job makes the rows again if the source still has them.');
  }
  return 0;
}

function parseWord(root: string, word: string, ledger: LedgerState): { report: string; asOf: AsOf } {
  const [name = '', asOf = '', ...more] = word.split('@');
  if (more.length > 0 || !isAsOf(asOf)) throw new DaybookError('wrong-use', `"${word}" does not name an as-of of a report`, {}, 'Write <report>@<as-of>, without a version: all versions are erased.');
  const { report, state: { versions: known } } = selectRun(root, name, ledger);
  if (known.has(asOf)) return { report, asOf };
  const times = hasTime(asOf) ? [] : [...known.keys()].filter((one) => one.startsWith(asOf));
  throw new DaybookError('snapshot-unknown', `there is no snapshot ${report}@${asOf}${times.length > 0 ? `; there are ${times.join(', ')}` : ''}`);
}

function refuseOthers(ledger: LedgerState, report: string, asOf: AsOf): void {
  if (erasable(ledger, report, asOf).length > 0) return;
  const erased = ledger.reports.get(report)!.versions.get(asOf)!.findLast((version) => version.erased !== null)?.erased;
  if (erased) throw new DaybookError('erasure-refused', `The rows of ${report}@${asOf} were erased on ${erased.time.slice(0, 10)}, in ledger entry ${erased.sequence}`, {}, 'Nothing is left to do.');
  throw new DaybookError('erasure-refused', `The rows of ${report}@${asOf} are in Git’s history, where nothing can be erased without breaking it`, {}, 'Declare columns with personal data (`personal: true`) before the first result is kept.');
}

/** The ledger would say for good that rows were destroyed which lie in another folder. */
async function refuseEmpty(store: PersonalStore, ledger: LedgerState, report: string, asOf: AsOf): Promise<void> {
  if ((await store.knownSalt(report, asOf)) !== null) return;
  for (const { version, rows } of erasable(ledger, report, asOf)) if ((await store.read({ report, asOf, version }, rows)) !== null) return;
  throw new DaybookError('personal-store', `${store.folder} has neither rows nor salt of ${report}@${asOf}`, { file: 'daybook.yml', key: 'personal_store' }, 'Name the folder that has them. If they are lost, nothing is left to erase.');
}
