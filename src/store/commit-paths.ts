import { asDaybookError, DaybookError } from '../error.ts';
import { untrackedFiles } from './changed-files.ts';
import { gitError, pipeGit } from './git.ts';
import { defaultWait } from './lock.ts';
import { treeChanges } from './objects.ts';
import { locked } from './repair.ts';
import { resolveCommit, type BranchHead, type Repository } from './repository.ts';

/** What a person commits: these files, as the work tree has them. */
interface PathsCommit {
  /** Relative to the root; what is gone there is deleted. */
  paths: readonly string[];
  message: string;
  /** A new branch for it, without `refs/heads/`, and the commit that it begins at; null: the branch that is checked out. */
  branch: { name: string; at: string } | null;
}

/**
 * Commits as the person would, by their identity and hooks; what else they have edited and staged stays as it is. A new branch is checked
 * out, and the work tree carried over. Where anything fails, all is as before.
 * @returns the commit
 * @throws `git-failed`, `locked`
 */
export async function commitPaths(repository: Repository, here: BranchHead, { paths, message, branch }: PathsCommit): Promise<string> {
  await requireIdentity(repository);
  return locked(repository, defaultWait, async () => {
    if (branch) await switchTo(repository, here, branch);
    const added: string[] = [];
    try {
      const names = paths.map((path) => repository.prefix + path);
      const untracked = new Set(await untrackedFiles(repository));
      added.push(...names.filter((name) => untracked.has(name)));
      if (added.length > 0) await withPaths(repository, ['add', '--intent-to-add'], added);
      // A template, an editor or comment signs of the person's own have no say in a message that is given.
      await withPaths(repository, ['commit', '--quiet', '--only', '--no-edit', '--cleanup=whitespace', `--message=${message}`], names);
    } catch (cause) {
      throw await undo(repository, here, branch, added, told(cause, 'Nothing was committed, and all is as before. Put right what is said, then run this again.'));
    }
    return (await resolveCommit(repository.git, 'HEAD'))!;
  });
}

/** A commit asks for it last, when the branch is made already. */
async function requireIdentity({ git }: Repository): Promise<void> {
  for (const name of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) {
    await git.raw(['var', name]).catch((cause: Error) => {
      const what = /^fatal: (.*)$/m.exec(cause.message)?.[1] ?? 'no name and address';
      throw new DaybookError('git-failed', `Git does not know who you are: ${what}`, {}, 'Tell it: `git config --global user.name "Your Name"` and `git config --global user.email you@example.org`. Nothing was changed.');
    });
  }
}

async function switchTo(repository: Repository, here: BranchHead, { name, at }: NonNullable<PathsCommit['branch']>): Promise<void> {
  await refuseStaged(repository, here.commit, at);
  const failure = await pipeGit(repository, ['switch', '--quiet', '--no-guess', '--no-track', '--no-recurse-submodules', '-c', name, at]).then(() => null, (cause: unknown) => cause);
  // A hook that fails afterwards keeps Git from nothing.
  if (failure === null || (await repository.git.raw(['symbolic-ref', '-q', 'HEAD']).catch(() => '')) === `refs/heads/${name}`) return;
  throw told(failure, `Nothing was changed. ${BRING}`);
}

/** Git's own words, with what to do here. */
function told(cause: unknown, hint: string): DaybookError {
  const { code, message } = gitError(cause);
  return new DaybookError(code, message, {}, code === 'git-failed' ? hint : undefined);
}

const BRING = 'Bring what is new on origin first: `git stash --include-untracked`, `git pull`, `git stash pop`; then run this again.';

/** A file that is staged exactly as `origin` has it would come along, but not back. */
async function refuseStaged(repository: Repository, from: string, to: string): Promise<void> {
  if (from === to) return;
  const staged = new Set((await pipeGit(repository, ['diff-index', '--cached', '-z', '--name-only', '--no-renames', '--no-relative', from, '--'])).toString().split('\0').filter(Boolean));
  const both = staged.size === 0 ? undefined : (await treeChanges(repository, from, to)).find(({ path }) => staged.has(path));
  if (both) throw new DaybookError('git-failed', `${both.path} is staged here, and origin has changed it since`, {}, `Nothing was changed. ${BRING}`);
}

/** @param names from the top of the work tree; none of them is a pattern */
async function withPaths(repository: Repository, [command = '', ...words]: string[], names: readonly string[]): Promise<void> {
  const place = { ...repository, cwd: repository.workTree };
  await pipeGit(place, ['--literal-pathspecs', '-c', 'i18n.commitEncoding=utf-8', command, ...words, '--pathspec-from-file=-', '--pathspec-file-nul'], { input: names.map((name) => `${name}\0`) });
}

/** @returns the error to tell */
async function undo(repository: Repository, here: BranchHead, branch: PathsCommit['branch'], added: readonly string[], why: DaybookError): Promise<DaybookError> {
  try {
    const place = { ...repository, cwd: repository.workTree };
    if (added.length > 0) await pipeGit(place, ['update-index', '-z', '--force-remove', '--stdin'], { input: added.map((name) => `${name}\0`) });
    if (branch === null) return why;
    const home = here.branch.replace('refs/heads/', '');
    await pipeGit(repository, ['switch', '--quiet', '--no-guess', '--no-recurse-submodules', home]).catch(async (cause: unknown) => {
      if ((await repository.git.raw(['symbolic-ref', '-q', 'HEAD']).catch(() => '')) !== here.branch) throw cause;
    });
    await repository.git.raw(['update-ref', '-d', `refs/heads/${branch.name}`, branch.at]);
    return why;
  } catch (cause) {
    const { message } = asDaybookError(cause, 'git-failed');
    return new DaybookError(why.code, `${why.message}\n${message}`, {}, `Nothing was committed, but Git could not go back${branch ? `: you may still be on the branch ${branch.name}` : ''}. Read what it says, then run this again.`);
  }
}
