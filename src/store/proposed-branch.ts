import { DaybookError } from '../error.ts';
import { clean, commitHead, dropRefsBelow, END, fileText, type Identity } from './fast-import.ts';
import { gitError, pipeGit } from './git.ts';
import { defaultWait } from './lock.ts';
import { existing } from './objects.ts';
import { ORIGIN, pushCommit } from './remote.ts';
import { locked } from './repair.ts';
import { resolveCommit, type Repository } from './repository.ts';

/** A branch with one commit that adds files. */
interface NewFiles {
  /** Without `refs/heads/`. */
  branch: string;
  /** By their paths, relative to the root. */
  files: ReadonlyMap<string, string>;
  /** Of the commit. */
  message: string;
  /** Of the commit too: the same proposal on the same base is the same commit, and is pushed once. */
  time: Date;
}

type Pushed =
  /** It is on `origin` now, or was already. */
  | { kind: 'pushed'; commit: string }
  /** These paths are taken on the base: nothing is written over. */
  | { kind: 'taken'; paths: string[] }
  /** Somebody else has committed to the branch: it is theirs now. */
  | { kind: 'foreign'; commit: string }
  /** What is there was proposed at a later time. */
  | { kind: 'later'; commit: string };

const PRIVATE_REFS = 'refs/daybook/propose';

/**
 * Puts the branch on `origin`, beside index and work tree. A branch of that name is replaced where its newest commit is by the
 * same identity and of no later time, as long as nobody moves it meanwhile.
 * @param base the commit that it stands on
 * @throws `git-remote`, `locked`
 */
export async function pushNewFiles(repository: Repository, base: string, proposal: NewFiles, identity: Identity): Promise<Pushed> {
  const taken = await existing(repository, [...proposal.files.keys()].map((path) => `${base}:${repository.prefix}${path}`));
  if (taken.length > 0) return { kind: 'taken', paths: taken.map((name) => name.slice(base.length + 1 + repository.prefix.length)) };
  return locked(repository, defaultWait, async () => {
    try {
      const made = (await pipeGit(repository, ['fast-import', '--quiet', '--done', '--force'], { input: stream(repository.prefix, base, proposal, identity) })).toString().trim();
      const there = await tipOf(repository, proposal.branch);
      if (there === made) return { kind: 'pushed', commit: made };
      if (there !== null) {
        const { email, seconds } = await committedBy(repository, there);
        if (email !== clean(identity.email)) return { kind: 'foreign', commit: there };
        if (seconds > Math.floor(proposal.time.getTime() / 1000)) return { kind: 'later', commit: there };
      }
      if (!(await pushCommit(repository, `refs/heads/${proposal.branch}`, made, there))) throw new DaybookError('git-remote', `${proposal.branch} has moved on origin meanwhile`, {}, 'Run the job again.');
      return { kind: 'pushed', commit: made };
    } catch (cause) {
      throw gitError(cause, 'git-remote');
    } finally {
      await dropRefsBelow(repository, PRIVATE_REFS);
    }
  });
}

/** The branch's newest commit on `origin`, brought here; null where there is no such branch. */
async function tipOf(repository: Repository, branch: string): Promise<string | null> {
  const listed = await repository.git.raw(['ls-remote', ORIGIN, `refs/heads/${branch}`]);
  const tip = listed.split('\t')[0];
  if (!tip) return null;
  const shallow = (await repository.git.raw(['rev-parse', '--is-shallow-repository'])).trim() === 'true';
  // In a whole clone, a depth would make it shallow.
  const depth = shallow ? ['--depth=1'] : [];
  await repository.git.raw(['fetch', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules', ...depth, ORIGIN, `+refs/heads/${branch}:${PRIVATE_REFS}/there`]);
  return resolveCommit(repository.git, `${PRIVATE_REFS}/there`);
}

/** @returns the committer’s address, and when it was, in seconds since 1970 */
async function committedBy(repository: Repository, commit: string): Promise<{ email: string; seconds: number }> {
  const [seconds = '', email = ''] = (await repository.git.raw(['log', '-1', '--format=%ct%n%ce', commit])).trim().split('\n');
  return { email, seconds: Number(seconds) };
}

function* stream(prefix: string, base: string, { files, message, time }: NewFiles, identity: Identity): Generator<string | Uint8Array> {
  yield commitHead({ ref: `${PRIVATE_REFS}/new`, identity, time, message, from: base });
  for (const [path, text] of files) yield* fileText(prefix + path, text);
  yield END;
}
