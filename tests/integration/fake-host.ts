import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { Contract } from '../contract/contract.ts';
import { BOT, type Answer, type Handlers, type Request } from './fake-host-answer.ts';
import { FakePulls, type FakePull } from './fake-host-pulls.ts';
import { FakeSettings } from './fake-host-settings.ts';
import { FakeTelling, type FakeComment } from './fake-host-telling.ts';

const contract = new Contract();

/**
 * A Git host that speaks the part of GitHub's REST API that Daybook asks for, over a bare repository. Requests and its own
 * answers are held against GitHub's description: one that does not fit fails the test. `faults` are answered first, in
 * their order, as they are.
 */
export class FakeHost {
  readonly token = 'fake-token';
  readonly repository = 'team/reports';
  readonly telling = new FakeTelling(BOT.login);
  readonly settings = new FakeSettings();
  readonly requests: string[] = [];
  readonly faults: Answer[] = [];
  /** What did not fit GitHub's description. */
  readonly violations: string[] = [];
  pageSize = 100;
  api = '';
  readonly #pulls: FakePulls;
  readonly #handlers: Handlers;
  readonly #before: { route: string; act: () => void | Answer | Promise<void | Answer> }[] = [];

  constructor(bare: string) {
    this.#pulls = new FakePulls(bare, this.repository);
    this.#handlers = { ...this.#pulls.handlers, ...this.telling.handlers, ...this.settings.handlers };
  }

  /** What a job needs to find the host. */
  get env(): NodeJS.ProcessEnv {
    return { GITHUB_TOKEN: this.token, GITHUB_REPOSITORY: this.repository, GITHUB_API_URL: this.api };
  }

  get pulls(): (FakePull & { comments: string[] })[] {
    return this.#pulls.all.map((pull) => ({ ...pull, comments: this.commentsOn(pull.number).map(({ body }) => body) }));
  }

  get open(): string[] {
    return this.#pulls.all.filter(({ state }) => state === 'open').map(({ branch }) => branch);
  }

  get writers(): Set<string> {
    return this.#pulls.writers;
  }

  get issues(): Map<number, string> {
    return this.#pulls.issues;
  }

  get closedIssues(): Set<number> {
    return this.#pulls.closedIssues;
  }

  get pushes(): FakePulls['pushes'] {
    return this.#pulls.pushes;
  }

  commentsOn(number: number): FakeComment[] {
    return this.telling.comments.filter(({ issue }) => issue === number);
  }

  merge(number: number, by: string, how: 'merge' | 'squash' = 'merge'): Promise<string> {
    return this.#pulls.merge(number, by, how);
  }

  close(number: number, by: string): void {
    this.#pulls.close(number, by);
  }

  review(number: number, by: string, state = 'APPROVED', body = ''): Promise<void> {
    return this.#pulls.review(number, by, state, body);
  }

  /** A pull request from a branch that is there, by default by a program and from this repository. */
  propose(branch: string, title: string, how: { by?: string; from?: string; base?: string } = {}): Promise<number> {
    return this.#pulls.propose(branch, title, how);
  }

  /** Does something once, before the next request of a route: as another job does meanwhile. What it returns is the answer. */
  before(route: string, act: () => void | Answer | Promise<void | Answer>): void {
    this.#before.push({ route, act });
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, this.api);
    this.requests.push(`${request.method} ${url.pathname}`);
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Request['body']) : undefined;
    const answer = this.faults.shift() ?? (request.headers.authorization === `token ${this.token}` ? await this.#answer(request.method!, url, body) : { status: 401, body: { message: 'Bad credentials' } });
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }

  async #answer(method: string, { pathname, searchParams: query }: URL, body: Request['body'] | undefined): Promise<Answer> {
    const found = contract.match(method, pathname);
    const handler = found && this.#handlers[found.route];
    if (!found || !handler) return this.#violation(`${method} ${pathname}: no such route`);
    const { route, params } = found;
    const problems = contract.request(route, params, query, body);
    if (problems.length > 0) return this.#violation(`${route}: ${problems.join('; ')}`);
    if (`${params['owner']}/${params['repo']}` !== this.repository) return { status: 404, body: { message: 'Not Found' } };
    const index = this.#before.findIndex((one) => one.route === route);
    const instead = index >= 0 ? await this.#before.splice(index, 1)[0]!.act() : undefined;
    if (instead) return instead;
    const denied = method !== 'GET' && [...this.settings.forbidden].some((part) => pathname.includes(part));
    const answer = denied ? { status: 403, body: { message: 'Resource not accessible by personal access token' } } : await handler({ params, query, body: body ?? {} });
    try {
      const paged = Array.isArray(answer.body) ? this.#page(answer.body, pathname, query) : answer;
      return { ...paged, body: contract.answer(route, answer.status, paged.body) };
    } catch (cause) {
      return this.#violation((cause as Error).message);
    }
  }

  #violation(what: string): Answer {
    this.violations.push(what);
    return { status: 400, body: { message: what } };
  }

  #page(list: unknown[], pathname: string, query: URLSearchParams): Answer {
    const size = Math.min(this.pageSize, Number(query.get('per_page') ?? 30));
    const page = Number(query.get('page') ?? 1);
    const next = new URLSearchParams(query);
    next.set('page', String(page + 1));
    const body = list.slice((page - 1) * size, page * size);
    return list.length > page * size ? { status: 200, headers: { link: `<${this.api}${pathname}?${next}>; rel="next"` }, body } : { status: 200, body };
  }
}

/** A host for a bare repository, until the test ends. */
export async function fakeHost(t: TestContext, bare: string): Promise<FakeHost> {
  const host = new FakeHost(bare);
  const server = createServer((request, response) => {
    host.handle(request, response).catch((cause: Error) => response.writeHead(500).end(JSON.stringify({ message: cause.message })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    await new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); });
    assert.deepEqual(host.violations, [], 'requests and answers fit GitHub’s description');
  });
  host.api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return host;
}
