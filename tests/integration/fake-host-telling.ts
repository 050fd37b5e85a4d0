import { invalid, NOT_FOUND, user, type Handlers, type User } from './fake-host-answer.ts';

export interface FakeComment {
  id: number;
  issue: number;
  user: User;
  body: string;
}

export interface FakeCheck {
  id: number;
  name: string;
  head_sha: string;
  conclusion: string;
  details_url?: string;
  title: string;
  summary: string;
  annotations: { path: string; start_line: number; message: string; title: string }[];
}

/** Comments, checks and workflows that were started. */
export class FakeTelling {
  readonly comments: FakeComment[] = [];
  readonly checks: FakeCheck[] = [];
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
        if (body['body'].length > 65_536) return invalid();
        return { status: 201, body: view(this.comment(Number(params['issue_number']), this.#self, body['body'])) };
      },
      'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': ({ params, body }) => {
        const found = byId(params['comment_id']);
        if (!found) return NOT_FOUND;
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
        const check: FakeCheck = { id: ++this.#last, name, head_sha, conclusion, details_url, title: output.title, summary: output.summary, annotations: output.annotations };
        this.checks.push(check);
        return { status: 201, body: { id: check.id, name, head_sha, conclusion, status: 'completed' } };
      },
      'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': ({ params, body }) => {
        const found = this.checks.find(({ id }) => id === Number(params['check_run_id']));
        if (!found) return NOT_FOUND;
        found.annotations.push(...body['output'].annotations);
        return { status: 200, body: { id: found.id } };
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
