import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SimpleGit } from 'simple-git';
import { DaybookError } from '../error.ts';
import { gitCommands, gitEnvironment, gitError, type GitPlace } from './git.ts';

/** Runs a step to its end, whatever signal asks the process to stop meanwhile. */
export type Uninterrupted = <T>(step: () => Promise<T>) => Promise<T>;

/** The Git repository that an instance lies in. Paths are absolute. */
export interface Repository extends GitPlace {
  /** The instance's root; also where Git is started. */
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** The top of the work tree. */
  workTree: string;
  /** From the top of the work tree to the root, `` or ending in a slash. */
  prefix: string;
  /** What belongs to this work tree: index, HEAD. */
  gitDir: string;
  /** What linked work trees share: objects, refs. */
  commonDir: string;
  git: SimpleGit;
  /** The commit that was checked out when the repository was opened: the code that runs. */
  head: string;
  /** What must not stop half-way runs by it; null where signals end the process whenever they come. */
  uninterrupted: Uninterrupted | null;
}

interface Head {
  /** Full name, e.g. `refs/heads/main`; null where HEAD is detached. */
  branch: string | null;
  /** null where the branch has no commit yet. */
  commit: string | null;
}

export interface BranchHead {
  branch: string;
  commit: string;
}

/**
 * Finds the repository around `root`, which may be a folder of its work tree; HEAD may be detached.
 * @param env the environment that Git inherits
 * @throws `git-missing`, `git-repository`, `git-no-commit`
 */
export async function openRepository(root: string, env: NodeJS.ProcessEnv, uninterrupted: Uninterrupted | null = null): Promise<Repository> {
  const folder = await stat(root).catch(() => null);
  if (!folder?.isDirectory()) throw new DaybookError('git-repository', `${root} is no folder`);
  const place = { cwd: resolve(root), env: gitEnvironment(env) };
  const git = gitCommands(place);
  const { installed, major, minor } = await git.version().catch((cause: Error) => {
    throw gitError(cause);
  });
  if (!installed) throw new DaybookError('git-missing', 'There is no command `git`');
  if (major < 2 || (major === 2 && minor < 30)) {
    throw new DaybookError('git-missing', `Git ${major}.${minor} is too old`);
  }
  const asked = ['--show-toplevel', '--absolute-git-dir', '--git-common-dir', '--show-prefix'];
  const answer = await git.raw(['rev-parse', ...asked]).catch((cause: Error) => {
    throw notARepository(cause);
  });
  const [workTree, gitDir, commonDir, prefix = ''] = answer.split('\n');
  if (!workTree || !gitDir || !commonDir) throw new DaybookError('git-repository', `Git does not say where ${root} lies`);
  const head = await resolveCommit(git, 'HEAD');
  if (head === null) throw new DaybookError('git-no-commit', 'The repository has no commits yet');
  return { ...place, git, head, workTree: resolve(workTree), gitDir, commonDir: resolve(place.cwd, commonDir), prefix, uninterrupted };
}

function notARepository(cause: Error): DaybookError {
  const owned = /dubious ownership/.test(cause.message);
  const hint = owned ? 'Run the command as the owner of the folder, or follow the advice of Git above.' : undefined;
  return gitError(cause, 'git-repository', hint);
}

/** Where HEAD points now. */
export async function readHead(repository: Repository): Promise<Head> {
  const branch = await repository.git.raw(['symbolic-ref', '-q', 'HEAD']).catch(() => null);
  return { branch, commit: await resolveCommit(repository.git, 'HEAD') };
}

/**
 * The branch that is checked out, for whoever is about to commit.
 * @throws `git-detached`, `git-no-commit`
 */
export async function branchHead(repository: Repository): Promise<BranchHead> {
  const { branch, commit } = await readHead(repository);
  if (branch === null) throw new DaybookError('git-detached', 'HEAD is detached: there is no branch to commit on');
  if (commit === null) throw new DaybookError('git-no-commit', 'The branch has no commits yet');
  return { branch, commit };
}

/** The commit that a name stands for, or null. */
export async function resolveCommit(git: SimpleGit, name: string): Promise<string | null> {
  return git.raw(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]).catch(() => null);
}

/** `snapshots` below the top of the work tree. */
export function snapshotsPath(repository: Repository): string {
  return `${repository.prefix}snapshots`;
}

/** Names the Git process that writes refs just now: it might outlive a job that is killed. */
export function processPath(repository: Repository): string {
  return join(repository.commonDir, 'daybook-process');
}

/** Git’s index of this work tree: linked ones have their own. */
export function indexPath(repository: Repository): string {
  return join(repository.gitDir, 'index');
}
