import type { Stats } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DaybookError } from '../../src/error.ts';

const TYPES: { [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.json': 'application/json',
  '.csv': 'text/csv; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.wasm': 'application/wasm', '.txt': 'text/plain; charset=utf-8',
};

/**
 * A preview may be a stranger's, whose pages say what they like of themselves. What they may do is said here too: as much as pages of
 * Daybook may, search among them, and nothing that reaches further than this address.
 */
const GUARD = {
  'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin', 'x-content-type-options': 'nosniff',
};

/** Serves a folder of files below a base path, as a static host would. @throws `port-in-use`, `wrong-use` */
export async function serve(folder: string, base: string, port: number, host: string): Promise<Server> {
  return listen((request, response) => {
    // A reader who leaves, or a file that goes while it is read, ends this answer alone.
    send(response, answer(folder, base, request.url ?? '/')).catch(() => response.destroy());
  }, port, host);
}

/**
 * Listens at an address of this machine. At one that only this machine reaches, a request must also name it: a name of somebody's
 * that leads here would let the page behind it read the answers.
 * @throws `port-in-use`, `wrong-use`
 */
export async function listen(respond: RequestListener, port: number, host: string): Promise<Server> {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(GUARD)) response.setHeader(name, value);
    // A browser would keep a worker, and ask it for what is served at this address on another day.
    if (request.headers['service-worker'] !== undefined) response.writeHead(403).end();
    else if (isNamed(request.headers.host, host)) respond(request, response);
    else response.writeHead(403, { 'content-type': TYPES['.txt'] }).end(`Open this site by the address that it was started at, not by another name of the machine.\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, port, host)));
    server.listen(port, host, resolve);
  });
  return server;
}

const LOCAL = ['127.0.0.1', 'localhost', '[::1]'];

function isNamed(header: string | undefined, host: string): boolean {
  const own = host === '::1' ? '[::1]' : host;
  return !LOCAL.includes(own) || LOCAL.includes((header ?? '').replace(/:\d+$/, '').toLowerCase());
}

function listenError(cause: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (cause.code) {
    case 'EADDRINUSE': return new DaybookError('port-in-use', `port ${port} is in use`);
    case 'EACCES': return new DaybookError('wrong-use', `port ${port} needs rights that you do not have`, {}, 'Choose one above 1023 with --port.');
    case 'EADDRNOTAVAIL': case 'ENOTFOUND': case 'EAI_AGAIN': case 'EINVAL': case 'EAFNOSUPPORT':
      return new DaybookError('wrong-use', `this machine has no address "${host}"`, {}, 'Give --host an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them.');
    default: return cause;
  }
}

/** Sends what was found; its kind is told by the file’s ending. */
export async function send(response: ServerResponse, answered: Promise<Answer>): Promise<void> {
  const { status, location, file } = await answered;
  const opened = file === undefined ? null : await open(file);
  response.writeHead(status, { 'content-type': TYPES[path.extname(file ?? '.html')] ?? 'application/octet-stream', 'cache-control': 'no-cache', ...(location === undefined ? {} : { location }) });
  if (opened) await pipeline(opened.createReadStream(), response);
  else response.end();
}

interface Answer {
  status: 200 | 301 | 404;
  location?: string;
  file?: string;
}

/**
 * What a request gets: a file of the folder, or its 404 page; never a file outside, also by a link.
 * @param base the path that the site is published at, with a slash at both ends
 */
export async function answer(folder: string, base: string, url: string): Promise<Answer> {
  const pathname = pathOf(url);
  if (pathname === null) return { status: 404 };
  if (!pathname.startsWith(base)) return pathname === '/' || `${pathname}/` === base ? { status: 301, location: base } : notFound(folder);
  const file = path.join(folder, pathname.slice(base.length - 1));
  const found = await within(folder, file);
  if (found?.isFile()) return { status: 200, file };
  if (!found?.isDirectory()) return notFound(folder);
  if (!pathname.endsWith('/')) return { status: 301, location: `${pathname}/` };
  const index = path.join(file, 'index.html');
  return (await within(folder, index))?.isFile() ? { status: 200, file: index } : notFound(folder);
}

/** The decoded path of a request; null where it is none. */
export function pathOf(url: string): string | null {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
}

async function notFound(folder: string): Promise<Answer> {
  const file = path.join(folder, '404.html');
  return (await within(folder, file))?.isFile() ? { status: 404, file } : { status: 404 };
}

/** What lies there; null where nothing does, or where a link leads out of the folder. */
async function within(folder: string, file: string): Promise<Stats | null> {
  try {
    const [home, real] = await Promise.all([realpath(folder), realpath(file)]);
    return real === home || real.startsWith(home + path.sep) ? await stat(real) : null;
  } catch {
    return null;
  }
}
