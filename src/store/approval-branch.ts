import { clean, commitHead, dropRefsBelow, fileText, type Identity } from './fast-import.ts';
import { gitError, pipeGit } from './git.ts';
import { defaultWait } from './lock.ts';
import { ORIGIN, PLAIN_PUSH } from './remote.ts';
import { locked } from './repair.ts';
import type { Repository } from './repository.ts';

/** A branch with one commit that adds one file. */
export interface BranchProposal {
  /** Without `refs/heads/`. */
  branch: string;
  /** Relative to the root. */
  path: string;
  text: string;
  /** Of the commit. */
  message: string;
}

const PRIVATE_REFS = 'refs/daybook/approve';

/** Branches of `origin` that begin so, without `refs/heads/`, and where they are. @throws `git-remote` */
async function remoteBranches(repository: Repository, prefix: string): Promise<Map<string, string>> {
  const listed = await repository.git.raw(['ls-remote', ORIGIN, `refs/heads/${prefix}*`]).catch((cause: Error) => {
    throw gitError(cause, 'git-remote');
  });
  return new Map(listed.split('\n').filter(Boolean).map((line) => line.split('\trefs/heads/')).map(([commit, branch]) => [branch!, commit!]));
}

/**
 * Makes the branches on `origin`, beside index and work tree. One that is there already stays as it is.
 * @param base the commit that each stands on
 * @throws `git-remote`, `locked`
 */
export async function pushProposals(repository: Repository, base: string, proposals: readonly BranchProposal[], identity: Identity, time: Date): Promise<void> {
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
      await repository.git.raw(['push', ...PLAIN_PUSH, ...leases, ORIGIN, ...specs]);
    } catch (cause) {
      // Another job was faster, or the answer was lost.
      if ((await missing()).length > 0) throw gitError(cause, 'git-remote');
    } finally {
      await dropRefsBelow(repository, PRIVATE_REFS);
    }
  });
}

/**
 * Takes branches with nothing left to decide off `origin`: those whose newest commit still is the one that was proposed.
 * What somebody has added to, or moves meanwhile, is theirs and stays.
 * @param isDone of a branch, without `refs/heads/`
 * @throws `git-remote` where a branch could not be taken off, `locked`
 */
export async function dropProposals(repository: Repository, prefix: string, isDone: (branch: string) => boolean, identity: Identity): Promise<void> {
  const done = [...(await remoteBranches(repository, prefix))].filter(([branch]) => isDone(branch));
  if (done.length === 0) return;
  await locked(repository, defaultWait, async () => {
    try {
      const shallow = (await repository.git.raw(['rev-parse', '--is-shallow-repository'])).trim() === 'true';
      const specs = done.map(([branch], index) => `+refs/heads/${branch}:${PRIVATE_REFS}/${index}`);
      // In a whole clone, a depth would make it shallow.
      await repository.git.raw(['fetch', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules', ...(shallow ? ['--depth=1'] : []), ORIGIN, ...specs]);
      const own = await ownCommits(repository, identity);
      const drop = done.filter(([, commit]) => own.has(commit));
      if (drop.length === 0) return;
      const leases = drop.map(([branch, commit]) => `--force-with-lease=refs/heads/${branch}:${commit}`);
      await repository.git.raw(['push', ...PLAIN_PUSH, ...leases, ORIGIN, ...drop.map(([branch]) => `:refs/heads/${branch}`)]).catch(async (cause: Error) => {
        const left = await remoteBranches(repository, prefix);
        if (drop.some(([branch, commit]) => left.get(branch) === commit)) throw cause;
      });
    } catch (cause) {
      throw gitError(cause, 'git-remote');
    } finally {
      await dropRefsBelow(repository, PRIVATE_REFS);
    }
  });
}

/** The commits of the private refs that the identity has made. */
async function ownCommits(repository: Repository, { email }: Identity): Promise<Set<string>> {
  const listed = await repository.git.raw(['for-each-ref', '--format=%(objectname) %(authoremail:trim) %(committeremail:trim)', PRIVATE_REFS]);
  const own = clean(email);
  return new Set(listed.split('\n').filter((line) => line.endsWith(` ${own} ${own}`)).map((line) => line.split(' ')[0]!));
}

function commonPrefix([first = '', ...rest]: string[]): string {
  let length = first.length;
  for (const one of rest) while (!one.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}

function* stream(prefix: string, base: string, proposals: readonly BranchProposal[], identity: Identity, time: Date): Generator<string | Uint8Array> {
  for (const [index, { path, text, message }] of proposals.entries()) {
    yield commitHead({ ref: `${PRIVATE_REFS}/${index}`, identity, time, message, from: base });
    yield* fileText(prefix + path, text);
  }
  yield 'done\n';
}
