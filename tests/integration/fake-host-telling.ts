import { invalid, NOT_FOUND, user, type Handlers, type Request, type User } from './fake-host-answer.ts';

export interface FakeComment {
  id: number;
  issue: number;
  user: User;
  body: string;
}

interface FakeCheck {
  id: number;
  name: string;
  head_sha: string;
  conclusion: string;
  details_url?: string;
  title: string;
  summary: string;
  annotations: { path: string; start_line: number; message: string; title: string }[];
}

/** Of a workflow, all with the same id. */
export interface FakeRun {
  id: number;
  event: string;
  head_sha: string;
  head_branch: string;
  display_title: string;
  status: string;
  conclusion: string | null;
  run_started_at: string;
}

/** What the host takes of a check: annotations a request, and bytes or characters of a text. It refuses all of one with more. */
const MOST_ANNOTATIONS = 50;
const LARGEST_SUMMARY = 65_535;
const LARGEST_MESSAGE = 65_536;
const LONGEST_TITLE = 255;
const LONGEST_COMMENT = 65_536;

const WORKFLOW = 7;

/** Comments, checks and workflows that were started. */
export class FakeTelling {
  readonly comments: FakeComment[] = [];
  readonly checks: FakeCheck[] = [];
  readonly runs: FakeRun[] = [];
  readonly dispatched: { workflow: string; ref: string; inputs: object }[] = [];
  /** Whose token it is. */
  readonly #self: string;
  #last = 100;

  constructor(self: string) {
    this.#self = self;
  }

  get handlers(): Handlers {
    const byId = (id: string | undefined): FakeComment | undefined => this.comments.find((one) => one.id === Number(id));
    return {
      'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': ({ params }) => ({ status: 200, body: this.comments.filter(({ issue }) => issue === Number(params['issue_number'])).map(view) }),
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': ({ params, body }) => {
        if (isTooLong(body)) return invalid();
        return { status: 201, body: view(this.comment(Number(params['issue_number']), this.#self, body['body'])) };
      },
      'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': ({ params, body }) => {
        const found = byId(params['comment_id']);
        if (!found) return NOT_FOUND;
        if (isTooLong(body)) return invalid();
        found.body = body['body'];
        return { status: 200, body: view(found) };
      },
      'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}': ({ params }) => {
        const found = byId(params['comment_id']);
        if (!found) return NOT_FOUND;
        this.comments.splice(this.comments.indexOf(found), 1);
        return { status: 204 };
      },
      'POST /repos/{owner}/{repo}/check-runs': ({ body }) => {
        const { name, head_sha, conclusion, details_url, output } = body;
        const refused = refusalOf(output);
        if (refused !== null) return invalid({ message: refused });
        const check: FakeCheck = { id: ++this.#last, name, head_sha, conclusion, details_url, title: output.title, summary: output.summary, annotations: output.annotations };
        this.checks.push(check);
        return { status: 201, body: { id: check.id, name, head_sha, conclusion, status: 'completed' } };
      },
      'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': ({ params, body }) => {
        const found = this.checks.find(({ id }) => id === Number(params['check_run_id']));
        if (!found) return NOT_FOUND;
        const refused = refusalOf(body['output']);
        if (refused !== null) return invalid({ message: refused });
        found.annotations.push(...body['output'].annotations);
        return { status: 200, body: { id: found.id } };
      },
      'GET /repos/{owner}/{repo}/actions/runs/{run_id}': ({ params }) => {
        const found = this.runs.find(({ id }) => id === Number(params['run_id']));
        return found ? { status: 200, body: { ...found, workflow_id: WORKFLOW } } : NOT_FOUND;
      },
      'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs': ({ params, query }) => {
        const asked = (name: string, value: string): boolean => (query.get(name) ?? value) === value;
        const found = Number(params['workflow_id']) === WORKFLOW ? this.runs.filter((one) => asked('event', one.event) && asked('head_sha', one.head_sha) && asked('branch', one.head_branch)) : [];
        return { status: 200, body: { total_count: found.length, workflow_runs: found.map((one) => ({ ...one, workflow_id: WORKFLOW })) } };
      },
      'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches': ({ params, body }) => {
        this.dispatched.push({ workflow: params['workflow_id']!, ref: body['ref'], inputs: body['inputs'] ?? {} });
        return { status: 204 };
      },
    };
  }

  /** As somebody writes it on the host. */
  comment(issue: number, by: string, body: string): FakeComment {
    const made = { id: ++this.#last, issue, user: user(by), body };
    this.comments.push(made);
    return made;
  }
}

function view({ id, user: author, body }: FakeComment): object {
  return { id, user: author, body };
}

function isTooLong(body: Request['body']): boolean {
  return body['body'].length > LONGEST_COMMENT;
}

function refusalOf({ title, summary, annotations }: Pick<FakeCheck, 'title' | 'summary' | 'annotations'>): string | null {
  if (annotations.length > MOST_ANNOTATIONS) return `${annotations.length} annotations`;
  if (Buffer.byteLength(summary) > LARGEST_SUMMARY) return 'summary is too long';
  if ([title, ...annotations.map((one) => one.title)].some((one) => one.length > LONGEST_TITLE)) return 'title is too long';
  return annotations.some(({ message }) => Buffer.byteLength(message) > LARGEST_MESSAGE) ? 'message is too long' : null;
}
