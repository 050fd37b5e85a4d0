import { clean, quoted, type Identity } from './commit.ts';
import { gitError, pipeGit } from './git.ts';
import { defaultWait } from './lock.ts';
import { ORIGIN } from './remote.ts';
import { locked } from './repair.ts';
import type { Repository } from './repository.ts';

/** A branch with one commit that adds one file. */
export interface Proposal {
  /** Without `refs/heads/`. */
  branch: string;
  /** Relative to the root. */
  path: string;
  text: string;
  /** Of the commit. */
  message: string;
}

/** Holds the commits until they are pushed: Git's garbage collection would not know them else. */
const PRIVATE_REFS = 'refs/daybook/approve';

/** Branches of `origin` that begin so, without `refs/heads/`. @throws `git-remote` */
export async function remoteBranches(repository: Repository, prefix: string): Promise<Set<string>> {
  const listed = await repository.git.raw(['ls-remote', ORIGIN, `refs/heads/${prefix}*`]).catch((cause: Error) => {
    throw gitError(cause, 'git-remote');
  });
  return new Set(listed.split('\n').filter(Boolean).map((line) => line.split('\trefs/heads/')[1]!));
}

/**
 * Makes the branches on `origin`, beside index and work tree. One that is there already stays as it is.
 * @param base the commit that each stands on
 * @throws `git-remote`, `locked`
 */
export async function pushProposals(repository: Repository, base: string, proposals: readonly Proposal[], identity: Identity, time: Date): Promise<void> {
  const prefix = commonPrefix(proposals.map(({ branch }) => branch));
  const missing = async () => {
    const there = await remoteBranches(repository, prefix);
    return proposals.filter(({ branch }) => !there.has(branch));
  };
  const news = proposals.length === 0 ? [] : await missing();
  if (news.length === 0) return;
  await locked(repository, defaultWait, async () => {
    try {
      await pipeGit(repository, ['fast-import', '--quiet', '--done', '--force'], { input: stream(repository.prefix, base, news, identity, time) });
      const specs = news.map(({ branch }, index) => `${PRIVATE_REFS}/${index}:refs/heads/${branch}`);
      // An empty lease: the branch must not be there yet.
      const leases = news.map(({ branch }) => `--force-with-lease=refs/heads/${branch}:`);
      await repository.git.raw(['push', '--porcelain', '--no-follow-tags', '--no-signed', '--recurse-submodules=no', ...leases, ORIGIN, ...specs]);
    } catch (cause) {
      // Another job was faster, or the answer was lost.
      if ((await missing()).length > 0) throw gitError(cause, 'git-remote');
    } finally {
      const left = await pipeGit(repository, ['for-each-ref', '--format=delete %(refname)', PRIVATE_REFS]);
      await pipeGit(repository, ['update-ref', '--stdin'], { input: [left] });
    }
  });
}

function commonPrefix([first = '', ...rest]: string[]): string {
  let length = first.length;
  for (const one of rest) while (!one.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

/** git-fast-import(1). */
function* stream(prefix: string, base: string, proposals: readonly Proposal[], identity: Identity, time: Date): Generator<string> {
  const who = `${clean(identity.name)} <${clean(identity.email)}> ${Math.floor(time.getTime() / 1000)} +0000`;
  for (const [index, { path, text, message }] of proposals.entries()) {
    yield `commit ${PRIVATE_REFS}/${index}\nauthor ${who}\ncommitter ${who}\ndata ${Buffer.byteLength(message)}\n${message}\nfrom ${base}\n`;
    yield `M 100644 inline ${quoted(prefix + path)}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  }
  yield 'done\n';
}
