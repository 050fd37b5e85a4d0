import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { serve } from '../site/serve.ts';
import type { World } from '../world/world.ts';
import { launch } from './browser.ts';

const WIDTHS = { phone: 390, desk: 1280 } as const;
/** A page may be long; what is below it is told by the page itself. */
const TALLEST = 4_000;

interface Pictured {
  /** Below the site, without its base: `reports/sales/orders/`. */
  page: string;
  /** Without an ending. */
  file: string;
}

/** Pictures of pages of a built site, as a phone and a desk show them. What hinders a browser here is told, and hinders nothing else. */
export async function takeScreenshots(world: World, site: string, base: string, pages: readonly Pictured[]): Promise<void> {
  if (pages.length === 0) return;
  const server = await serve(site, base, 0, '127.0.0.1');
  try {
    const browser = await launch(world.env);
    try {
      for (const [name, width] of Object.entries(WIDTHS)) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
        for (const { page: address, file } of pages) {
          await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${base}${address}`);
          const height = await page.evaluate('document.documentElement.scrollHeight');
          await mkdir(path.dirname(file), { recursive: true });
          await page.screenshot({ path: `${file}.${name}.png`, fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(Number(height), TALLEST) } });
        }
      }
    } finally {
      await browser.close();
    }
  } catch (cause) {
    world.err(`No screenshots: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
