import { DaybookError } from '../error.ts';
import { gitError } from './git.ts';
import { fetchTip, ORIGIN, remoteAddress } from './remote.ts';
import { resolveCommit, type Repository } from './repository.ts';

/** The branch of `origin` that pull requests lead to, brought here. */
export interface Origin {
  /** Without `refs/heads/`. */
  branch: string;
  /** Its newest commit. */
  tip: string;
  /** Branches whose names begin with `report`, there and where a new one would be pushed. */
  reports: readonly string[];
  /** Nobody was asked: as of the last fetch. */
  isKnown: boolean;
}

/** Where the host does not say which it is. */
const MAIN = ['main', 'master'];

/**
 * @param remote where a new branch would be pushed
 * @throws `git-remote`
 */
export async function readOrigin(repository: Repository, remote: string): Promise<Origin> {
  if ((await remoteAddress(repository)) === null) throw new DaybookError('git-remote', 'There is no remote `origin` that a branch could be pushed to', {}, 'Name the repository that your team shares: `git remote add origin <address>`.');
  const asked = ['HEAD', ...MAIN.map((name) => `refs/heads/${name}`), 'refs/heads/report*'];
  const listed = await repository.git.raw(['ls-remote', '--symref', ORIGIN, ...asked]).catch((cause: unknown) => {
    throw gitError(cause, 'git-remote', 'Nothing was changed. Check the remote `origin`, its address and your access; then run this again.');
  });
  const lines = listed.split('\n');
  const branches = lines.flatMap((line) => /^[0-9a-f]+\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? []);
  const named = lines.flatMap((line) => /^ref: refs\/heads\/(.+)\tHEAD$/.exec(line)?.[1] ?? [])[0];
  const branch = named ?? MAIN.find((name) => branches.includes(name));
  const tip = branch === undefined ? null : await fetchTip(repository, `refs/heads/${branch}`);
  if (branch === undefined || tip === null) throw new DaybookError('git-remote', 'origin has no default branch that a pull request could lead to', {}, 'Push the main branch first: `git push -u origin main`.');
  const pushed = remote === ORIGIN ? '' : await repository.git.raw(['ls-remote', remote, 'refs/heads/report*']).catch((cause: unknown) => {
    throw gitError(cause, 'git-remote', `Nothing was changed. Check the remote \`${remote}\`, its address and your access; then run this again.`);
  });
  const there = pushed.split('\n').flatMap((line) => /^[0-9a-f]+\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? []);
  return { branch, tip, reports: [...branches, ...there].filter((name) => name.startsWith('report')), isKnown: false };
}

/** The same as of the last fetch, without the network; null where this clone does not know it. */
export async function knownOrigin(repository: Repository, remote: string): Promise<Origin | null> {
  const leads = [...new Set([ORIGIN, remote])].map((name) => `refs/remotes/${name}/`);
  const lead = leads[0]!;
  const refs = (await repository.git.raw(['for-each-ref', '--format=%(refname) %(symref)', ...leads])).split('\n').map((line) => line.split(' '));
  const head = refs.find(([name]) => name === `${lead}HEAD`)?.[1] ?? '';
  const branch = head.startsWith(lead) ? head.slice(lead.length) : MAIN.find((name) => refs.some(([ref]) => ref === lead + name));
  const tip = branch === undefined ? null : await resolveCommit(repository.git, lead + branch);
  if (branch === undefined || tip === null) return null;
  const names = refs.flatMap(([ref = '']) => leads.filter((one) => ref.startsWith(one)).map((one) => ref.slice(one.length)));
  return { branch, tip, reports: names.filter((name) => name.startsWith('report')), isKnown: true };
}

/** `report/<stem>`, with a number behind it where that is taken, here or on `origin`: what somebody has under a name stays theirs. */
export async function freeBranch(repository: Repository, { reports }: Origin, stem: string): Promise<string> {
  const here = await repository.git.raw(['for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads/']);
  const taken = [...reports, ...here.split('\n')];
  // Git keeps a branch as a file, which cannot be a folder too.
  const lead = taken.includes('report') ? 'report-' : 'report/';
  const isFree = (name: string): boolean => !taken.some((one) => one === name || one.startsWith(`${name}/`));
  let name = `${lead}${stem}`;
  for (let count = 2; !isFree(name); count += 1) name = `${lead}${stem}-${count}`;
  return name;
}
