import { DaybookError } from '../error.ts';
import { gitError } from './git.ts';
import { resolveCommit, type BranchHead, type Repository } from './repository.ts';

const ORIGIN = 'origin';
/** Two pushes met at the remote's own lock. */
const CONTENTION = /cannot lock ref|failed to (lock|update)|unable to (lock|create)|incorrect old value|is at \w+ but expected/i;

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
 * is ahead.
 * @throws `git-diverged`
 */
export async function commonHead(repository: Repository, local: BranchHead, tip: string | null): Promise<string> {
  if (tip === null || tip === local.commit) return local.commit;
  const counts = await repository.git.raw(['rev-list', '--left-right', '--count', `${local.commit}...${tip}`]);
  const [ahead, behind] = counts.split('\t').map(Number);
  if (ahead === 0) return tip;
  if (behind === 0) return local.commit;
  const what = `${local.branch} has ${ahead} commits that origin lacks, and lacks ${behind} that origin has`;
  throw new DaybookError('git-diverged', what);
}

/**
 * Pushes a commit onto the branch if the branch is where it was seen.
 * @param expected the tip seen last, null for a branch that is new
 * @returns false where another push came first
 * @throws `git-remote`
 */
export async function pushCommit(repository: Repository, branch: string, commit: string, expected: string | null): Promise<boolean> {
  const lease = `--force-with-lease=${branch}:${expected ?? ''}`;
  const plain = ['--porcelain', '--no-follow-tags', '--no-signed', '--recurse-submodules=no'];
  try {
    await repository.git.raw(['push', ...plain, lease, ORIGIN, `${commit}:${branch}`]);
    return true;
  } catch (cause) {
    const tip = await remoteTip(repository, branch).catch(() => expected);
    // The answer was lost, not the push.
    if (tip === commit) return true;
    if (tip !== expected || CONTENTION.test((cause as Error).message)) return false;
    throw gitError(cause, 'git-remote');
  }
}
