import type { Server, ServerResponse } from 'node:http';
import { DaybookError, visible } from '../../src/error.ts';
import { answer, listen, pathOf, send } from '../site/serve.ts';
import { barePage, LIVE_SCRIPT, livePage, OWN } from './notice.ts';

/** What is served: pages as they are drawn, and files. */
interface View {
  /** The path that links begin with. */
  base: string;
  ids: readonly string[];
  /** Another one whenever pages or problems are others. */
  version: () => string;
  problems: () => readonly DaybookError[];
  /** Resolves when pages can be asked for. */
  ready: Promise<unknown>;
  /** A page, by its path below the base; null where there is none. */
  draw: (path: string) => Promise<string | null>;
  /** Folders of files: scripts and styles, then what pages link to, which is made when it is first asked for. */
  folders: (() => Promise<string>)[];
}

export interface LiveServer {
  server: Server;
  /** Tells open pages that there is another version. */
  renew: () => void;
  close: () => Promise<void>;
}

/** Serves the view to this machine's browsers. @throws `port-in-use`, `wrong-use` */
export async function serveLive(view: View, port: number, host: string): Promise<LiveServer> {
  const listening = new Set<ServerResponse>();
  const server = await listen((request, response) => {
    respond(view, request.url ?? '/', response, listening).catch((cause: unknown) => {
      // A reader who leaves, or a file that cannot be made, ends this answer alone.
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(visible(`${cause instanceof Error ? cause.message : String(cause)}\n`));
    });
  }, port, host);
  return {
    server,
    renew: () => listening.forEach((response) => tell(response, view)),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

async function respond(view: View, url: string, response: ServerResponse, listening: Set<ServerResponse>): Promise<void> {
  const { base } = view;
  const pathname = pathOf(url);
  if (!pathname?.startsWith(base)) return redirect(response, base);
  const path = pathname.slice(base.length);
  if (path === `${OWN}live.js`) return void response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' }).end(LIVE_SCRIPT);
  await view.ready;
  if (path === `${OWN}events`) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    listening.add(response.on('close', () => listening.delete(response)));
    return tell(response, view);
  }
  if (path === '' || path.endsWith('/')) return sendPage(response, view, path);
  for (const folder of view.folders) {
    const found = await answer(await folder(), base, url);
    if (found.status === 200) return send(response, Promise.resolve(found));
  }
  return (await drawn(view, `${path}/`)).html === null ? sendPage(response, view, path) : redirect(response, `${pathname}/`);
}

function tell(response: ServerResponse, view: View): void {
  response.write(`data: ${view.version()}\n\n`);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { location: encodeURI(location), 'cache-control': 'no-cache' }).end();
}

async function sendPage(response: ServerResponse, view: View, path: string): Promise<void> {
  // Before the page is drawn: what is written meanwhile is another version.
  const version = view.version();
  const { html, problems } = await drawn(view, path);
  const page = html ?? (await drawn(view, '404')).html;
  const notice = { problems, earlier: html !== null, words: wordsOf(view, path, html !== null) };
  response.writeHead(html === null ? 404 : 200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(page === null ? barePage(view.base, version, notice) : livePage(page, view.base, version, notice));
}

async function drawn(view: View, path: string): Promise<{ html: string | null; problems: readonly DaybookError[] }> {
  try {
    return { html: path.startsWith('audit/') ? null : await view.draw(path), problems: view.problems() };
  } catch (cause) {
    if (!(cause instanceof DaybookError)) throw cause;
    return { html: null, problems: [...view.problems(), cause] };
  }
}

/** What the view leaves out, where a reader would miss it. */
function wordsOf({ ids }: View, path: string, isThere: boolean): string | null {
  const whole = '`npx daybook start` without a report shows the whole site.';
  if (!isThere) return `This page is not part of this view, which has ${ids.join(', ')} alone. ${whole}`;
  return path === '' || /^(teams|search)\//.test(path) ? `This view has ${ids.join(', ')} alone. ${whole}` : null;
}
