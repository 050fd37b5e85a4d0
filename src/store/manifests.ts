import { DaybookError } from '../error.ts';
import type { Version } from '../snapshot/ledger-state.ts';
import { pathsOf, readManifest, type Manifest } from '../snapshot/manifest.ts';
import { readBlobs } from './history.ts';
import { fetchFiles } from './objects.ts';
import type { Repository } from './repository.ts';

/**
 * Manifests as a commit has them, in the order of the versions, whatever is checked out: one process, and in a clone
 * without blobs few requests.
 * @param versions that are not retired at the commit
 * @throws `snapshot-broken` where one is missing or is no manifest
 */
export async function manifestsAt(repository: Repository, commit: string, versions: readonly Version[]): Promise<Manifest[]> {
  const files = versions.map(({ report, as_of: asOf, version }) => pathsOf({ report, asOf, version }).manifest);
  await fetchFiles(repository, commit, files.map((file) => repository.prefix + file));
  const blobs = await readBlobs(repository, commit, files);
  return blobs.map((bytes, index) => {
    const file = files[index]!;
    if (!bytes) throw new DaybookError('snapshot-broken', 'the file is missing', { file });
    return readManifest(bytes.toString(), file);
  });
}
