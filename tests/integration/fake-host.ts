import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { git as run } from './store-fixture.ts';

interface User {
  login: string;
  type: 'User' | 'Bot';
}

interface FakePull {
  number: number;
  branch: string;
  base: string;
  head: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  mergedAt: string | null;
  closedAt: string | null;
  closedBy: User | null;
  mergeCommit: string | null;
  reviews: { user: User; state: string; commit_id: string }[];
  comments: string[];
}

interface Answer {
  status: number;
  headers?: { [name: string]: string };
  body?: unknown;
}

const BOT: User = { login: 'github-actions[bot]', type: 'Bot' };
const AT = '2026-01-08T09:30:00Z';

/** A person, unless the name says otherwise. */
function user(login: string): User {
  return { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
}

/**
 * A Git host that speaks the part of GitHub's REST API that Daybook asks for, over a bare repository, and merges as
 * GitHub does. `faults` are answered first, in their order.
 */
export class FakeHost {
  readonly token = 'fake-token';
  readonly repository = 'team/reports';
  readonly pulls: FakePull[] = [];
  readonly requests: string[] = [];
  readonly faults: Answer[] = [];
  /** Who may write; others may review all the same. */
  readonly writers = new Set(['ann', 'ben', 'cat']);
  pageSize = 100;
  api = '';
  #bare: string;

  constructor(bare: string) {
    this.#bare = bare;
  }

  /** What a job needs to find the host. */
  get env(): NodeJS.ProcessEnv {
    return { GITHUB_TOKEN: this.token, GITHUB_REPOSITORY: this.repository, GITHUB_API_URL: this.api };
  }

  get open(): string[] {
    return this.pulls.filter(({ state }) => state === 'open').map(({ branch }) => branch);
  }

  /** Merges as the host does: nothing is pushed by the person. @returns the commit on the base */
  async merge(number: number, by: string, how: 'merge' | 'squash' = 'merge'): Promise<string> {
    const pull = this.#pull(number);
    const head = await this.#tip(pull.branch);
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
    Object.assign(this.#pull(number), { state: 'closed', closedAt: AT, closedBy: user(by) });
  }

  async review(number: number, by: string, state = 'APPROVED'): Promise<void> {
    const pull = this.#pull(number);
    pull.reviews.push({ user: user(by), state, commit_id: await this.#tip(pull.branch) });
  }

  /** A pull request of a person, from a branch that is there. */
  async propose(branch: string, title: string): Promise<number> {
    const pull: FakePull = { number: this.pulls.length + 1, branch, base: 'main', head: await this.#tip(branch), title, body: '', state: 'open', mergedAt: null, closedAt: null, closedBy: null, mergeCommit: null, reviews: [], comments: [] };
    this.pulls.push(pull);
    return pull.number;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, this.api);
    this.requests.push(`${request.method} ${url.pathname}`);
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as { [key: string]: string }) : {};
    const answer = this.faults.shift() ?? (request.headers.authorization === `token ${this.token}` ? await this.#answer(request.method!, url, body) : { status: 401, body: { message: 'Bad credentials' } });
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }

  async #answer(method: string, { pathname, searchParams }: URL, body: { [key: string]: string }): Promise<Answer> {
    const [, what = '', id = '', more = ''] = /^\/repos\/team\/reports\/(pulls|issues|commits|collaborators)\/?([^/]*)\/?(.*)$/.exec(pathname) ?? [];
    switch (`${method} ${what}${id && '/:id'}${more && `/${more}`}`) {
      case 'GET pulls': return this.#page(this.#listed(searchParams).map(view), pathname, searchParams);
      case 'POST pulls': return this.#create(body);
      case 'GET pulls/:id': return { status: 200, body: view(this.#pull(Number(id))) };
      case 'PATCH pulls/:id':
        this.close(Number(id), BOT.login);
        return { status: 200, body: view(this.#pull(Number(id))) };
      case 'GET pulls/:id/reviews': return this.#page(this.#pull(Number(id)).reviews, pathname, searchParams);
      case 'GET commits/:id/pulls': return { status: 200, body: this.pulls.filter(({ mergeCommit }) => mergeCommit === id).map(view) };
      case 'GET issues/:id': return { status: 200, body: { number: Number(id), closed_by: this.#pull(Number(id)).closedBy, closed_at: this.#pull(Number(id)).closedAt } };
      case 'POST issues/:id/comments':
        this.#pull(Number(id)).comments.push(body['body']!);
        return { status: 201, body: {} };
      case 'GET collaborators/:id/permission': return { status: 200, body: { permission: this.writers.has(id) ? 'write' : 'read' } };
      default: return { status: 404, body: { message: 'Not Found' } };
    }
  }

  async #create({ head = '', base = '', title = '', body = '' }: { [key: string]: string }): Promise<Answer> {
    if (body.length > 65_536) return { status: 422, body: { message: 'Validation Failed' } };
    if (this.open.includes(head)) return { status: 422, body: { message: 'Validation Failed', errors: [{ message: `A pull request already exists for team:${head}.` }] } };
    const tip = await this.#tip(head).catch(() => null);
    if (tip === null) return { status: 422, body: { message: 'Validation Failed', errors: [{ field: 'head', code: 'invalid' }] } };
    const number = await this.propose(head, title);
    Object.assign(this.#pull(number), { base, body });
    return { status: 201, body: view(this.#pull(number)) };
  }

  #listed(query: URLSearchParams): FakePull[] {
    const [state, head, base] = ['state', 'head', 'base'].map((name) => query.get(name));
    const found = this.pulls.filter((pull) => (state === 'all' || pull.state === state) && (head === null || `team:${pull.branch}` === head) && pull.base === base);
    return found.toReversed();
  }

  #page(list: unknown[], pathname: string, query: URLSearchParams): Answer {
    const size = Math.min(this.pageSize, Number(query.get('per_page') ?? 30));
    const page = Number(query.get('page') ?? 1);
    const next = new URLSearchParams(query);
    next.set('page', String(page + 1));
    const body = list.slice((page - 1) * size, page * size);
    return list.length > page * size ? { status: 200, headers: { link: `<${this.api}${pathname}?${next}>; rel="next"` }, body } : { status: 200, body };
  }

  #pull(number: number): FakePull {
    const found = this.pulls[number - 1];
    if (!found) throw new Error(`there is no pull request ${number}`);
    return found;
  }

  #tip(branch: string): Promise<string> {
    return this.#git('rev-parse', '--verify', `refs/heads/${branch}`);
  }

  #git(...args: string[]): Promise<string> {
    return run(this.#bare, ...args);
  }
}

function view({ number, branch, base, head, title, body, state, mergedAt, closedAt, closedBy, mergeCommit }: FakePull): object {
  const repo = { full_name: 'team/reports' };
  return {
    number, title, body, state, html_url: `https://host.example/team/reports/pull/${number}`, user: BOT,
    head: { ref: branch, sha: head, repo }, base: { ref: base, repo },
    merged_at: mergedAt, closed_at: closedAt, merged_by: mergedAt === null ? null : closedBy, merge_commit_sha: mergeCommit,
  };
}

/** A host for a bare repository, until the test ends. */
export async function fakeHost(t: TestContext, bare: string): Promise<FakeHost> {
  const host = new FakeHost(bare);
  const server = createServer((request, response) => {
    host.handle(request, response).catch((cause: Error) => response.writeHead(500).end(JSON.stringify({ message: cause.message })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }));
  host.api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return host;
}
