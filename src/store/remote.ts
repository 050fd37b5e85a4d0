import { randomInt } from 'node:crypto';
import { DaybookError } from '../error.ts';
import { gitError } from './git.ts';
import { defaultWait, type Wait } from './lock.ts';
import { resolveCommit, snapshotsPath, type BranchHead, type Repository } from './repository.ts';

export const ORIGIN = 'origin';
/** Two pushes met at the remote's own lock. */
const CONTENTION = /cannot lock ref|failed to (lock|update)|unable to (lock|create)|incorrect old value|is at \w+ but expected/i;
/** How often a push that met another's lock is sent again before the lock counts as left behind. */
const LOCK_TRIES = 20;
const LOCK_LEFT = 'Run the job again later. If origin still says so when nobody pushes, a push was killed there: whoever keeps it removes the lock file.';

/**
 * Where the branch is on `origin`, with its commits brought here; null where there is none yet.
 * @throws `git-remote`
 */
export async function fetchTip(repository: Repository, branch: string): Promise<string | null> {
  try {
    const tip = await remoteTip(repository, branch);
    if (tip === null || (await resolveCommit(repository.git, tip)) === tip) return tip;
    const tracking = branch.replace('refs/heads/', `refs/remotes/${ORIGIN}/`);
    const quiet = ['--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--no-recurse-submodules'];
    await repository.git.raw(['fetch', ...quiet, ORIGIN, `+${branch}:${tracking}`]);
    return await resolveCommit(repository.git, tracking);
  } catch (cause) {
    throw gitError(cause, 'git-remote');
  }
}

async function remoteTip(repository: Repository, branch: string): Promise<string | null> {
  const listed = await repository.git.raw(['ls-remote', ORIGIN, branch]);
  const line = listed.split('\n').find((text) => text.endsWith(`\t${branch}`));
  return line?.split('\t')[0] ?? null;
}

/**
 * The commit to enter on so that the result can be pushed: the remote's, or the local one where it
 * is ahead by snapshots alone. A person's own commits are theirs to publish.
 * @throws `git-diverged`
 */
export async function commonHead(repository: Repository, local: BranchHead, tip: string | null): Promise<string> {
  if (tip === local.commit) return local.commit;
  // Three dots: Git finds the fork itself, where two would trust the commits' clocks.
  const here = tip === null ? [local.commit, '--not', `--remotes=${ORIGIN}`] : ['--left-only', `${local.commit}...${tip}`];
  const ahead = await countCommits(repository, here);
  if (ahead === 0) return tip ?? local.commit;
  const behind = tip === null ? 0 : await countCommits(repository, ['--right-only', `${local.commit}...${tip}`]);
  const foreign = ahead - (await countSnapshots(repository, here));
  if (behind === 0 && foreign === 0) return local.commit;

  const branch = local.branch.replace('refs/heads/', '');
  const what = `${branch} has ${commits(ahead)} that origin lacks${behind > 0 ? `, and lacks ${behind} that origin has` : ''}`;
  if (foreign === 0) {
    // The entries of a ledger name those before them: what was entered apart cannot be rebased.
    throw new DaybookError('git-diverged', `${what}; here they hold snapshots alone`, {}, `Run \`git fetch && git reset --keep origin/${branch}\`, then the job again: what is due is made again on the ledger of origin.`);
  }
  if (behind > 0) throw new DaybookError('git-diverged', what);
  throw new DaybookError('git-diverged', `${what}, not all of them Daybook’s own`, {}, 'Push them first (`git push`), or set them aside on a branch of their own: the job publishes snapshots alone.');
}

function commits(count: number): string {
  return count === 1 ? '1 commit' : `${count} commits`;
}

async function countCommits(repository: Repository, range: string[]): Promise<number> {
  return Number(await repository.git.raw(['rev-list', '--count', ...range]));
}

/** Commits that touch snapshots/ and nothing else. */
async function countSnapshots(repository: Repository, range: string[]): Promise<number> {
  const folder = snapshotsPath(repository);
  const touching = async (...paths: string[]) => new Set((await repository.git.raw(['rev-list', '--full-history', ...range, '--', ...paths])).split('\n').filter(Boolean));
  const others = await touching(':(top)', `:(top,exclude,literal)${folder}`);
  return [...(await touching(`:(top,literal)${folder}`))].filter((commit) => !others.has(commit)).length;
}

/** What a user has set for pushes of their own does not count. */
export const PLAIN_PUSH = ['--porcelain', '--no-follow-tags', '--no-signed', '--recurse-submodules=no'] as const;

/**
 * Pushes a commit onto the branch if the branch is where it was seen. Where the remote's own lock
 * is in the way and the branch has not moved, another push is under way, or was killed there: it is
 * waited for, and what the remote said is the error in the end.
 * @param expected the tip seen last, null for a branch that is new
 * @returns false where another push came first
 * @throws `git-remote`
 */
export async function pushCommit(repository: Repository, branch: string, commit: string, expected: string | null, wait: Wait = defaultWait): Promise<boolean> {
  const lease = `--force-with-lease=${branch}:${expected ?? ''}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await repository.git.raw(['push', ...PLAIN_PUSH, lease, ORIGIN, `${commit}:${branch}`]);
      return true;
    } catch (cause) {
      const tip = await remoteTip(repository, branch).catch(() => expected);
      // The answer was lost, not the push.
      if (tip === commit) return true;
      if (tip !== expected) return false;
      if (!CONTENTION.test((cause as Error).message)) throw gitError(cause, 'git-remote');
      if (attempt === LOCK_TRIES) throw gitError(cause, 'git-remote', LOCK_LEFT);
      await wait(randomInt(50, 100 + attempt * 50));
    }
  }
}

/** Where a remote is, to read or to push; null where there is none. */
export async function remoteAddress(repository: Repository, use: 'read' | 'push' = 'read', remote = ORIGIN): Promise<string | null> {
  return repository.git.raw(['remote', 'get-url', ...(use === 'push' ? ['--push'] : []), remote]).catch(() => null);
}

/**
 * The remote that Git pushes a branch to: its `pushRemote`, `remote.pushDefault` (a fork), where it is already under its own name,
 * else `origin`.
 * @param branch without `refs/heads/`; null: a new one
 * @throws `git-remote` where what is named is no remote
 */
export async function pushRemote({ git }: Repository, branch: string | null): Promise<string> {
  const setting = (name: string): Promise<string | null> => git.raw(['config', '--get', name]).then((text) => text.replace(/\n$/, '') || null, () => null);
  const ofBranch = async (name: string): Promise<string | null> => (branch === null ? null : setting(`branch.${branch}.${name}`));
  const tracked = (await ofBranch('merge')) === `refs/heads/${branch}` ? await ofBranch('remote') : null;
  const remote = (await ofBranch('pushRemote')) ?? (await setting('remote.pushDefault')) ?? (tracked === '.' ? null : tracked) ?? ORIGIN;
  if (remote === ORIGIN || (await git.raw(['remote'])).split('\n').includes(remote)) return remote;
  throw new DaybookError('git-remote', `Git is set to push to "${remote}", and there is no remote of this name`, {}, `Add it: \`git remote add ${/^[\w.-]+$/.test(remote) ? remote : 'fork'} <address>\`, and name it in \`git config remote.pushDefault\`.`);
}
