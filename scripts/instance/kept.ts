import { DaybookError } from '../../src/error.ts';
import { loadInstance } from '../../src/report/load.ts';
import { isSalted, saltedDigest } from '../../src/snapshot/canonical.ts';
import { readManifestFile, readSnapshot, type KeptSnapshot } from '../../src/snapshot/checkout.ts';
import type { LedgerState, Version } from '../../src/snapshot/ledger-state.ts';
import { citation, nameOf, pathsOf, type Manifest, type SnapshotName } from '../../src/snapshot/manifest.ts';
import { openPersonalStore, type PersonalStore } from '../../src/store/personal.ts';
import { openRepository } from '../../src/store/repository.ts';
import { readRetiredManifests, readRetiredRows, refuseErased } from '../../src/store/retired.ts';
import type { World } from '../world/world.ts';

type Place = Pick<World, 'root' | 'env'>;

/**
 * A kept snapshot, wherever it is: in the checkout; retired, in Git's history; its rows, where they hold personal data, in the store for them.
 * @throws `snapshot-unknown`; `snapshot-erased`; `snapshot-retired` where the clone does not reach back to it;
 * `snapshot-broken` where it is missing or changed; `personal-store` where the store is not here
 */
export async function readKept(world: Place, ledger: LedgerState, name: SnapshotName): Promise<KeptSnapshot> {
  const version = versionNamed(ledger, name);
  refuseErased(version);
  if (isSalted(version.rows)) return { manifest: await readKeptManifest(world, ledger, name), csv: await readPersonal(await personalStore(world), version) };
  if (!version.retired) return readSnapshot(world.root, name, version.manifest);
  const repository = await openRepository(world.root, world.env);
  const [manifest] = await readRetiredManifests(repository, [version]);
  return { manifest: manifest!, csv: await readRetiredRows(repository, version) };
}

/** Of an erased one too: its manifest stays. @throws as `readKept` */
export async function readKeptManifest(world: Place, ledger: LedgerState, name: SnapshotName): Promise<Manifest> {
  return (await readKeptManifests(world, [versionNamed(ledger, name)]))[0]!;
}

/** Manifests of many versions, in their order; those in Git's history by one process. @throws as `readKept` */
export async function readKeptManifests(world: Place, versions: readonly Version[]): Promise<Manifest[]> {
  const retired = versions.filter((version) => version.retired !== null);
  const read = retired.length === 0 ? [] : await readRetiredManifests(await openRepository(world.root, world.env), retired);
  const found = new Map(retired.map((version, index) => [version, read[index]!]));
  return versions.map((version) => found.get(version) ?? readManifestFile(world.root, nameOf(version), version.manifest));
}

/** @throws `snapshot-unknown` */
export function versionNamed({ reports }: LedgerState, name: SnapshotName): Version {
  const version = reports.get(name.report)?.versions.get(name.asOf)?.[name.version - 1];
  if (!version) throw new DaybookError('snapshot-unknown', `there is no snapshot ${citation(name)}`);
  return version;
}

/** @throws `personal-store` where daybook.yml names none, or one that Git would take in */
export async function personalStore({ root, env }: Place): Promise<PersonalStore> {
  const { personal_store: folder } = loadInstance(root);
  if (folder === undefined) throw new DaybookError('personal-store', 'daybook.yml does not say where rows with personal data are kept', { file: 'daybook.yml', key: 'personal_store' });
  return openPersonalStore(root, folder, env);
}

async function readPersonal(store: PersonalStore, version: Version): Promise<Buffer> {
  const name = nameOf(version);
  const csv = await store.read(name, version.rows);
  const salt = await store.knownSalt(name.report, name.asOf);
  const file = pathsOf(name).rows;
  const hint = 'Make the store reachable that `personal_store` names, or bring the file back from its backup.';
  if (csv === null || salt === null) {
    const what = csv === null ? `the rows of ${citation(name)} are` : `the salt of ${citation(name)} is`;
    throw new DaybookError('personal-store', `${what} not in the store, and the ledger does not say that it was erased`, { file }, hint);
  }
  if (saltedDigest(salt, csv) !== version.rows) throw new DaybookError('snapshot-broken', 'the rows in the store are not those that the ledger names', { file }, hint);
  return csv;
}
