import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/review/browser.ts';
import { wholeFile, type Lasting } from '../integration/instance.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.woff2': 'font/woff2',
  '.json': 'application/json', '.csv': 'text/csv', '.wasm': 'application/wasm', '.png': 'image/png',
};

export interface Served {
  origin: string;
  close(): Promise<void>;
}

/** Serves a built site below `base`, as a static host would; everything else is 404. */
export async function serve(folder: string, base: string): Promise<Served> {
  const server: Server = createServer(({ url = '/' }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://site').pathname);
    const file = path.startsWith(base) ? join(folder, path.slice(base.length), path.endsWith('/') ? 'index.html' : '') : '';
    readFile(file).then(
      (bytes) => response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes),
      () => response.writeHead(404).end('not found'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** What the tests of a file look at; there once they run. */
export interface OpenedSite {
  readonly browser: Browser;
  /** The address of a page. */
  at: (page: string) => string;
}

/**
 * Serves a site below `base`, and has a browser, while the tests of a file run.
 * @param lay makes the site and returns its folder; what `t` is given ends with the tests
 */
export function openSite(base: string, lay: (t: Lasting) => Promise<string>): OpenedSite {
  const t = wholeFile();
  let served: Served | undefined;
  let browser: Browser | undefined;
  before(async () => {
    served = await serve(await lay(t), base);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await served?.close();
  });
  return { get browser() { return browser!; }, at: (page) => served!.origin + base + page };
}
