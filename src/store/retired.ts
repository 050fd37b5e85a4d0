import { DaybookError } from '../error.ts';
import { digestBytes, digestJson } from '../snapshot/canonical.ts';
import type { Version } from '../snapshot/ledger-state.ts';
import { citationOf, nameOf, pathsOf, readManifest, type Manifest } from '../snapshot/manifest.ts';
import { pipeGit } from './git.ts';
import { readObjects } from './objects.ts';
import type { Repository } from './repository.ts';

/**
 * Manifests of retired versions, out of Git's history, in their order.
 * @throws `snapshot-retired` where this clone does not reach so far back, `snapshot-broken` where Git has lost it or it is another
 */
export async function readRetiredManifests(repository: Repository, versions: readonly Version[]): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for await (const [version, file, bytes] of blobsOf(repository, versions, 'manifest')) {
    const manifest = readManifest(bytes.toString(), file);
    if (digestJson(manifest) !== version.manifest) throw new DaybookError('snapshot-broken', 'the manifest in Git’s history is not the one that the ledger names', { file });
    manifests.push(manifest);
  }
  return manifests;
}

/**
 * The rows of a retired version, as canonical CSV.
 * @throws as `readRetiredManifests`
 */
export async function readRetiredRows(repository: Repository, version: Version): Promise<Buffer> {
  for await (const [, file, bytes] of blobsOf(repository, [version], 'rows')) {
    if (digestBytes(bytes) !== version.rows) throw new DaybookError('snapshot-broken', 'the rows in Git’s history are not those that the ledger names', { file });
    return bytes;
  }
  throw new Error(`${citationOf(version)} keeps no rows in Git`);
}

/** One process for all of them. */
async function* blobsOf(repository: Repository, versions: readonly Version[], which: 'manifest' | 'rows'): AsyncGenerator<[Version, string, Buffer]> {
  const wanted = versions.map((version) => {
    const file = pathsOf(nameOf(version))[which];
    const blob = version.retired?.files.find(({ path }) => path === file)?.blob;
    if (blob === undefined) throw new DaybookError('snapshot-broken', `the ledger does not say which blob has ${which === 'rows' ? 'its rows' : 'it'}`, { file });
    return { version, file, blob };
  });
  let index = 0;
  try {
    for await (const bytes of readObjects(repository, wanted.map(({ blob }) => blob))) {
      const { version, file } = wanted[index]!;
      if (bytes === null) throw await absent(repository, version, file);
      index += 1;
      yield [version, file, bytes];
    }
  } catch (cause) {
    const next = wanted[index];
    // A partial clone asks its remote for what it lacks; there it ends where nobody answers.
    if (!next || !(cause instanceof DaybookError) || cause.code !== 'git-failed') throw cause;
    throw await absent(repository, next.version, next.file);
  }
}

async function absent(repository: Repository, version: Version, file: string): Promise<DaybookError> {
  const { commit } = version.retired!;
  const ask = async (...words: string[]): Promise<string> => (await pipeGit(repository, words).catch(() => '')).toString().trim();
  const isCut = (await ask('rev-parse', '--is-shallow-repository')) === 'true' || (await ask('config', '--get-regexp', '^remote\\..*\\.promisor$')) !== '';
  if (isCut) return new DaybookError('snapshot-retired', `${citationOf(version)} has left the work tree, and this clone does not reach back to commit ${commit.slice(0, 12)}, which has it`, { file });
  return new DaybookError('snapshot-broken', `${citationOf(version)} is retired, and Git does not have it any more in commit ${commit.slice(0, 12)}`, { file }, 'Fetch it from another clone: `git fetch <its address>`; whoever rewrote the history took it away.');
}

/** @throws `snapshot-erased` where its rows were destroyed */
export function refuseErased(version: Version): void {
  const { erased } = version;
  if (!erased) return;
  throw new DaybookError('snapshot-erased', `The rows of ${citationOf(version)} were erased on ${erased.time.slice(0, 10)} (reason: ${erased.reason}, ticket: ${erased.ticket}, ledger entry ${erased.sequence}); its manifest stays`);
}
