export interface User {
  login: string;
  type: 'User' | 'Bot';
}

/** What a host answers; of `body` the parts that matter, the rest is filled in. */
export interface Answer {
  status: number;
  headers?: { [name: string]: string };
  body?: unknown;
}

export interface Request {
  params: { [name: string]: string };
  query: URLSearchParams;
  body: { [key: string]: any };
}

/** By route, as `GET /repos/{owner}/{repo}/pulls`. A list as its body is given out in pages. */
export interface Handlers {
  [route: string]: (request: Request) => Answer | Promise<Answer>;
}

export const BOT: User = { login: 'github-actions[bot]', type: 'Bot' };
export const AT = '2026-01-08T09:30:00Z';

/** A person, unless the name says otherwise. */
export function user(login: string): User {
  return { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
}

export const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found' } };
export const invalid = (...errors: object[]): Answer => ({ status: 422, body: { message: 'Validation Failed', errors } });
