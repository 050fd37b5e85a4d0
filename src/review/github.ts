import { asked, connect, unlessMissing, type Connection, type GitHubOptions } from './github-client.ts';
import { contentOn } from './github-content.ts';
import { runsOn } from './github-runs.ts';
import { tellingOn } from './github-telling.ts';
import type { Account, Host, Pull } from './host.ts';

interface PullData {
  number: number;
  html_url: string;
  state: string;
  merged_at: string | null;
  user: { login: string; type: string } | null;
  head: { ref: string; sha: string; repo: { full_name: string } | null };
  base: { ref: string; repo: { full_name: string } };
}

/** The host lists no more files of one pull request, and no more commits of one comparison. */
const MOST_FILES = 3000;
const MOST_COMMITS = 250;

/** A repository on GitHub, or on a host that speaks its REST API. Passing failures and limits of rate are waited for, within bounds. */
export function openGitHub(options: GitHubOptions): Host {
  const connection = connect(options);
  return { ...decisionsOn(connection), ...proposalsOn(connection), ...contentOn(connection), ...tellingOn(connection), ...runsOn(connection) };
}

/** From a branch of this repository: another's, of the same name, is anybody's. */
const isOwn = ({ head, base }: PullData): boolean => head.repo?.full_name === base.repo.full_name;

const headOf = (branch: string, repository: string): string => `${repository.split('/')[0]!}:${branch}`;

type Decisions = Pick<Host, 'openPulls' | 'pullFrom' | 'pullOf' | 'endOf' | 'approvingReviews' | 'mayWrite' | 'open' | 'close'>;

function decisionsOn({ client, place }: Connection): Decisions {
  return {
    openPulls: (base, prefix) => asked('list the pull requests', async () => {
      const all = await client.paginate('GET /repos/{owner}/{repo}/pulls', { ...place, state: 'open', ...(base === null ? {} : { base }), per_page: 100 });
      return all.filter((one) => isOwn(one) && one.head.ref.startsWith(prefix)).map(pullOf);
    }),
    pullFrom: (branch, base, fork) => asked(`look for the pull request of ${branch}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/pulls', { ...place, state: 'all', head: headOf(branch, fork ?? `${place.owner}/${place.repo}`), base, sort: 'created', direction: 'desc', per_page: 100 });
      const newest = data.find((one) => (fork === undefined ? isOwn(one) : one.head.repo?.full_name === fork) && one.head.ref === branch && one.base.ref === base);
      return newest ? pullOf(newest) : null;
    }),
    pullOf: (commit, base) => asked(`look for the pull request of commit ${commit}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', { ...place, commit_sha: commit, per_page: 100 });
      const merged = data.find((one) => one.merged_at !== null && one.base.ref === base);
      return merged ? pullOf(merged) : null;
    }),
    endOf: ({ number, state }) => asked(`read pull request ${number}`, async () => {
      if (state === 'merged') {
        const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...place, pull_number: number });
        return { by: accountOf(data.merged_by), at: timeOf(data.merged_at), commit: data.merge_commit_sha };
      }
      // Only as an issue does a pull request say who closed it.
      const { data } = await client.request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...place, issue_number: number });
      return { by: accountOf(data.closed_by ?? null), at: timeOf(data.closed_at), commit: null };
    }),
    approvingReviews: ({ number }) => asked(`read the reviews of pull request ${number}`, async () => {
      const reviews = await client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews', { ...place, pull_number: number, per_page: 100 });
      const latest = new Map(reviews.filter(({ user, state }) => user && state !== 'COMMENTED' && state !== 'PENDING').map((review) => [review.user!.login, review]));
      return [...latest.values()].filter(({ state }) => state === 'APPROVED').map(({ user, commit_id: commit, body }) => ({ by: accountOf(user)!, commit, body }));
    }),
    mayWrite: (login) => asked(`read the rights of ${login}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', { ...place, username: login });
      return data.permission === 'admin' || data.permission === 'write';
    }),
    open: ({ branch, base, title, body, fork }) => asked(`open a pull request for ${branch}`, async () => {
      const from = fork === undefined ? { head: branch } : { head: headOf(branch, fork), head_repo: fork.split('/')[1]! };
      const { data } = await client.request('POST /repos/{owner}/{repo}/pulls', { ...place, ...from, base, title, body });
      return pullOf(data);
    }),
    close: ({ number }, comment) => asked(`close pull request ${number}`, async () => {
      await client.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', { ...place, issue_number: number, body: comment });
      await client.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...place, pull_number: number, state: 'closed' });
    }),
  };
}

type Proposals = Pick<Host, 'defaultBranch' | 'isFork' | 'pullsAt' | 'pull' | 'changedFiles' | 'committers' | 'issueAuthor' | 'isOpenIssue'>;

function proposalsOn(connection: Connection): Proposals {
  const { client, place } = connection;
  const { tipOf } = contentOn(connection);
  return {
    defaultBranch: () => asked('read the repository', async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}', place);
      return data.default_branch;
    }),
    isFork: () => asked('read the repository', async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}', place);
      return data.fork;
    }),
    // The list of a commit's pull requests, and that of an event, leave out those from forks.
    pullsAt: (head) => asked(`look for the pull requests at commit ${head}`, async () => {
      const all = await client.paginate('GET /repos/{owner}/{repo}/pulls', { ...place, state: 'open', per_page: 100 });
      return all.filter((one) => one.head.sha === head).map(pullOf);
    }),
    pull: (number) => asked(`read pull request ${number}`, async () => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...place, pull_number: number });
      return pullOf(data);
    }),
    changedFiles: ({ number }) => asked(`list the files of pull request ${number}`, async () => {
      const files = await client.paginate('GET /repos/{owner}/{repo}/pulls/{pull_number}/files', { ...place, pull_number: number, per_page: 100 });
      if (files.length >= MOST_FILES) return null;
      return files.flatMap(({ filename, previous_filename: before }) => (before === undefined ? [filename] : [filename, before]));
    }),
    committers: ({ branch, isOwn: own, base, head }) => asked(`list the commits of ${head}`, async () => {
      const tip = await tipOf(base);
      if (tip === null) return null;
      const { data: { commits, total_commits: all } } = await client.request('GET /repos/{owner}/{repo}/compare/{basehead}', { ...place, basehead: `${tip}...${head}` });
      if (all >= MOST_COMMITS || commits.length < all) return null;
      // A commit names whom its author likes; who has pushed it, the host knows. Older servers do not tell.
      const pushes = own ? await unlessMissing(client.paginate('GET /repos/{owner}/{repo}/activity', { ...place, ref: `refs/heads/${branch}`, per_page: 100 }), []) : [];
      const proposed = new Set(commits.map(({ sha }) => sha));
      const accounts = [...commits.flatMap(({ author, committer }) => [author, committer]), ...pushes.filter(({ after }) => proposed.has(after)).map(({ actor }) => actor)];
      return [...new Set([...accounts.flatMap((account) => (account && 'login' in account ? [account.login] : [])), ...commits.flatMap(({ commit }) => coAuthors(commit.message))])];
    }),
    issueAuthor: (number) => asked(`read issue ${number}`, async () => {
      const found = await unlessMissing(client.request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...place, issue_number: number }), null);
      return found?.data.user?.login ?? null;
    }),
    isOpenIssue: (number) => asked(`read issue ${number}`, async () => {
      const found = await unlessMissing(client.request('GET /repos/{owner}/{repo}/issues/{issue_number}', { ...place, issue_number: number }), null);
      // Of an issue that was moved, the host gives what it is now in the other repository.
      return found?.data.state === 'open' && found.data.repository_url.toLowerCase().endsWith(`/${place.owner}/${place.repo}`.toLowerCase());
    }),
  };
}

/** Whom a commit's message names as co-authors, by the addresses that the host gives to accounts: of other addresses it does not tell whose they are. */
function coAuthors(message: string): string[] {
  return [...message.matchAll(/^co-authored-by:[^<\n]*<(?:\d+\+)?([A-Za-z0-9-]{1,39})@users\.noreply\.[^>\s]+>/gim)].map(([, login]) => login!);
}

function pullOf(data: PullData): Pull {
  const { number, html_url: url, state, merged_at: merged, user, head, base } = data;
  return { number, url, branch: head.ref, isOwn: isOwn(data), base: base.ref, state: merged !== null ? 'merged' : state === 'open' ? 'open' : 'closed', head: head.sha, author: accountOf(user) };
}

function accountOf(user: { login: string; type: string } | null): Account | null {
  return user && { login: user.login, person: user.type === 'User' };
}

/** @throws Error where the host gives none */
function timeOf(text: string | null): string {
  return `${new Date(text ?? '').toISOString().slice(0, 19)}Z`;
}
