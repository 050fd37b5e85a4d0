import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { DaybookError } from '../src/error.ts';

const TYPES: { [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.json': 'application/json',
  '.csv': 'text/csv; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2', '.wasm': 'application/wasm', '.txt': 'text/plain; charset=utf-8',
};

/** Serves a folder of files below a base path, as a static host would. @throws `port-in-use` */
export async function serve(folder: string, base: string, port: number, host: string): Promise<Server> {
  const server = createServer((request, response) => {
    void send(response, answer(folder, base, request.url ?? '/'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cause.code === 'EADDRINUSE' ? new DaybookError('port-in-use', `port ${port} is in use`) : cause));
    server.listen(port, host, resolve);
  });
  return server;
}

async function send(response: ServerResponse, answered: Promise<Answer>): Promise<void> {
  const { status, location, file } = await answered;
  response.writeHead(status, { 'content-type': TYPES[path.extname(file ?? '.html')] ?? 'application/octet-stream', 'cache-control': 'no-cache', ...(location === undefined ? {} : { location }) });
  if (file === undefined) response.end();
  else createReadStream(file).pipe(response);
}

interface Answer {
  status: 200 | 301 | 404;
  location?: string;
  file?: string;
}

async function answer(folder: string, base: string, url: string): Promise<Answer> {
  const pathname = pathOf(url);
  if (pathname === null) return { status: 404 };
  if (!pathname.startsWith(base)) return pathname === '/' || `${pathname}/` === base ? { status: 301, location: base } : notFound(folder);
  const file = path.join(folder, pathname.slice(base.length - 1));
  if (`${file}/` !== `${folder}/` && !file.startsWith(folder + path.sep)) return notFound(folder);
  const found = await stat(file).catch(() => null);
  if (found?.isFile()) return { status: 200, file };
  if (!found?.isDirectory()) return notFound(folder);
  if (!pathname.endsWith('/')) return { status: 301, location: `${pathname}/` };
  const index = path.join(file, 'index.html');
  return (await isFile(index)) ? { status: 200, file: index } : notFound(folder);
}

function pathOf(url: string): string | null {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
}

async function notFound(folder: string): Promise<Answer> {
  const file = path.join(folder, '404.html');
  return (await isFile(file)) ? { status: 404, file } : { status: 404 };
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then((found) => found.isFile(), () => false);
}
