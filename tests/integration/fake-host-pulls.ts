import { AT, BOT, invalid, NOT_FOUND, user, type Answer, type Handlers, type User } from './fake-host-answer.ts';
import { git as run } from './store-fixture.ts';

export interface FakePull {
  number: number;
  branch: string;
  /** The repository that the branch is of. */
  from: string;
  base: string;
  head: string;
  title: string;
  body: string;
  author: User;
  state: 'open' | 'closed';
  mergedAt: string | null;
  closedAt: string | null;
  closedBy: User | null;
  mergeCommit: string | null;
  reviews: { user: User; state: string; commit_id: string; body: string }[];
}

const OBJECT = /^(\d+) (\w+) ([0-9a-f]+)\t(.*)$/;

/** Pull requests over a bare repository, merged as GitHub does. */
export class FakePulls {
  readonly all: FakePull[] = [];
  /** Who may write; others may review all the same. */
  readonly writers = new Set(['ann', 'ben', 'cat']);
  /** Who opened issues that are no pull requests. */
  readonly issues = new Map<number, string>();
  readonly closedIssues = new Set<number>();
  /** Who has pushed, and what. */
  readonly pushes: { by: string; branch: string; after: string }[] = [];
  readonly repository: string;
  readonly #bare: string;

  constructor(bare: string, repository: string) {
    this.#bare = bare;
    this.repository = repository;
  }

  get handlers(): Handlers {
    return {
      'GET /repos/{owner}/{repo}/pulls': async ({ query }) => ({ status: 200, body: await Promise.all(this.#listed(query).map((pull) => this.#view(pull))) }),
      'POST /repos/{owner}/{repo}/pulls': ({ body }) => this.#create(body),
      'GET /repos/{owner}/{repo}/pulls/{pull_number}': ({ params }) => this.#whole(params['pull_number']!),
      'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': ({ params }) => {
        this.close(Number(params['pull_number']), BOT.login);
        return this.#whole(params['pull_number']!);
      },
      'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews': ({ params }) => ({ status: 200, body: this.find(Number(params['pull_number'])).reviews }),
      'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': ({ params }) => this.#files(this.find(Number(params['pull_number']))),
      'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': async ({ params }) => ({ status: 200, body: await Promise.all(this.all.filter(({ mergeCommit }) => mergeCommit === params['commit_sha']).map((pull) => this.#view(pull))) }),
      'GET /repos/{owner}/{repo}/compare/{basehead}': ({ params }) => this.#compared(params['basehead']!),
      'GET /repos/{owner}/{repo}/activity': ({ query }) => ({ status: 200, body: this.pushes.filter(({ branch }) => `refs/heads/${branch}` === query.get('ref')).map(({ by, branch, after }) => ({ ref: `refs/heads/${branch}`, after, actor: user(by), activity_type: 'push' })) }),
      'GET /repos/{owner}/{repo}/git/ref/{ref}': async ({ params }) => {
        const sha = await this.#git('rev-parse', '--verify', `refs/${params['ref']}`).catch(() => null);
        return sha === null ? NOT_FOUND : { status: 200, body: { ref: `refs/${params['ref']}`, object: { type: 'commit', sha } } };
      },
      'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': async ({ params }) => {
        const lines = (await this.#git('ls-tree', params['tree_sha']!)).split('\n').filter(Boolean);
        return { status: 200, body: { sha: params['tree_sha'], truncated: false, tree: lines.map((line) => OBJECT.exec(line)!).map(([, mode, type, sha, path]) => ({ mode, type, sha, path })) } };
      },
      'GET /repos/{owner}/{repo}/git/blobs/{file_sha}': async ({ params }) => ({ status: 200, body: { sha: params['file_sha'], encoding: 'base64', content: Buffer.from(`${await this.#git('cat-file', 'blob', params['file_sha']!)}\n`).toString('base64') } }),
      'GET /repos/{owner}/{repo}/issues/{issue_number}': ({ params }) => {
        const opened = this.issues.get(Number(params['issue_number']));
        if (opened !== undefined) return { status: 200, body: { number: Number(params['issue_number']), user: user(opened), state: this.closedIssues.has(Number(params['issue_number'])) ? 'closed' : 'open', repository_url: `https://api.github.com/repos/${this.repository}` } };
        const { number, title, closedBy, closedAt } = this.find(Number(params['issue_number']));
        return { status: 200, body: { number, title, closed_by: closedBy, closed_at: closedAt } };
      },
      'GET /repos/{owner}/{repo}/collaborators/{username}/permission': ({ params }) => ({ status: 200, body: { permission: this.writers.has(params['username']!) ? 'write' : 'read' } }),
    };
  }

  /** Merges as the host does: nothing is pushed by the person. @returns the commit on the base */
  async merge(number: number, by: string, how: 'merge' | 'squash'): Promise<string> {
    const pull = this.find(number);
    const head = await this.#headOf(pull);
    const base = await this.#tip(pull.base);
    const tree = await this.#git('merge-tree', '--write-tree', base, head);
    const parents = how === 'merge' ? ['-p', base, '-p', head] : ['-p', base];
    const who = how === 'merge' ? by : 'github-actions';
    const commit = await this.#git('-c', `user.name=${who}`, '-c', `user.email=${who}@example.org`, 'commit-tree', tree, ...parents, '-m', how === 'merge' ? `Merge pull request #${number}` : `${pull.title} (#${number})`);
    await this.#git('update-ref', `refs/heads/${pull.base}`, commit, base);
    Object.assign(pull, { state: 'closed', head, mergedAt: AT, closedAt: AT, closedBy: user(by), mergeCommit: commit });
    return commit;
  }

  close(number: number, by: string): void {
    Object.assign(this.find(number), { state: 'closed', closedAt: AT, closedBy: user(by) });
  }

  async review(number: number, by: string, state: string, body: string): Promise<void> {
    const pull = this.find(number);
    pull.reviews.push({ user: user(by), state, commit_id: await this.#headOf(pull), body });
  }

  /** @param from the repository of the branch; of another, the bare repository has it as `refs/forks/<owner>/<branch>` */
  async propose(branch: string, title: string, { by = BOT.login, from = this.repository, base = 'main' } = {}): Promise<number> {
    const pull: FakePull = { number: this.all.length + 1, branch, from, base, head: '', title, body: '', author: user(by), state: 'open', mergedAt: null, closedAt: null, closedBy: null, mergeCommit: null, reviews: [] };
    pull.head = await this.#headOf(pull);
    this.all.push(pull);
    return pull.number;
  }

  find(number: number): FakePull {
    const found = this.all[number - 1];
    if (!found) throw new Error(`there is no pull request ${number}`);
    return found;
  }

  async #create({ head = '', base = '', title = '', body = '', head_repo: named = '' }: { [key: string]: string }): Promise<Answer> {
    if (body.length > 65_536 || title.length > 256) return invalid();
    const [, owner, branch = ''] = /^(?:([^:]+):)?(.*)$/.exec(head)!;
    const from = owner === undefined ? this.repository : `${owner}/${named}`;
    if (this.all.some((one) => one.state === 'open' && one.branch === branch && one.from === from)) return invalid({ message: `A pull request already exists for ${ownerOf(from)}:${branch}.` });
    if ((await this.#git('rev-parse', '--verify', owner === undefined ? `refs/heads/${branch}` : `refs/forks/${owner}/${branch}`).catch(() => null)) === null) return invalid({ field: 'head', code: 'invalid' });
    const number = await this.propose(branch, title, { base, from });
    Object.assign(this.find(number), { body });
    return { ...(await this.#whole(String(number))), status: 201 };
  }

  #listed(query: URLSearchParams): FakePull[] {
    const [state, head, base] = ['state', 'head', 'base'].map((name) => query.get(name));
    return this.all.filter((pull) => (state === 'all' || pull.state === state) && (head === null || `${ownerOf(pull.from)}:${pull.branch}` === head) && (base === null || pull.base === base)).toReversed();
  }

  async #files(pull: FakePull): Promise<Answer> {
    const base = await this.#git('merge-base', pull.base, await this.#headOf(pull));
    const lines = (await this.#git('diff', '--name-status', '-M', base, await this.#headOf(pull))).split('\n').filter(Boolean).map((line) => line.split('\t'));
    const status = (letter: string): string => ({ A: 'added', D: 'removed', R: 'renamed' })[letter] ?? 'modified';
    return { status: 200, body: lines.map(([letter = '', first = '', second]) => (second === undefined ? { filename: first, status: status(letter) } : { filename: second, previous_filename: first, status: 'renamed' })) };
  }

  /** Of the commits 250, as GitHub says. Accounts are those of addresses as `ann@users.example`; others are nobody's there. */
  async #compared(basehead: string): Promise<Answer> {
    const [base = '', head = ''] = basehead.split('...');
    const sha = await this.#git('merge-base', base, head).catch(() => null);
    if (sha === null) return NOT_FOUND;
    const lines = (await this.#git('log', '--reverse', '--format=%H%x1f%ae%x1f%ce%x1f%B%x1e', `${base}..${head}`)).split('\x1e').map((one) => one.trim()).filter(Boolean).map((one) => one.split('\x1f'));
    const account = (address = ''): User | null => (address.endsWith('@users.example') ? user(address.split('@')[0]!) : null);
    const commits = lines.map(([sha, author, committer, message = '']) => ({ sha, author: account(author), committer: account(committer), commit: { message } }));
    return { status: 200, body: { merge_base_commit: { sha }, total_commits: commits.length, commits: commits.slice(0, 250) } };
  }

  async #whole(number: string): Promise<Answer> {
    const pull = this.find(Number(number));
    return { status: 200, body: { ...(await this.#view(pull)), merged_by: pull.mergedAt === null ? null : pull.closedBy } };
  }

  async #view(pull: FakePull): Promise<object> {
    const { number, branch, from, base, title, body, state, mergedAt, closedAt, mergeCommit, author } = pull;
    return {
      number, title, body, state, html_url: `https://host.example/${this.repository}/pull/${number}`, user: author,
      head: { ref: branch, sha: await this.#headOf(pull), repo: { full_name: from } }, base: { ref: base, repo: { full_name: this.repository } },
      merged_at: mergedAt, closed_at: closedAt, merge_commit_sha: mergeCommit,
    };
  }

  /** An open one follows its branch. */
  async #headOf({ from, branch, state, head }: FakePull): Promise<string> {
    if (state === 'closed') return head;
    const found = from === this.repository ? this.#tip(branch) : this.#git('rev-parse', '--verify', `refs/forks/${ownerOf(from)}/${branch}`);
    return found.catch(() => head);
  }

  #tip(branch: string): Promise<string> {
    return this.#git('rev-parse', '--verify', `refs/heads/${branch}`);
  }

  #git(...args: string[]): Promise<string> {
    return run(this.#bare, ...args);
  }
}

function ownerOf(repository: string): string {
  return repository.split('/')[0]!;
}
