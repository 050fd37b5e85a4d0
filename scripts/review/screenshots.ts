import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { serve } from '../site/serve.ts';
import type { World } from '../world/world.ts';
import { launchBrowser } from './browser.ts';

const WIDTHS = { phone: 390, desk: 1280 } as const;
/** A page may be long; what is below it is told by the page itself. */
const TALLEST = 4_000;

/** A picture that was taken: its file beside the others of its page, and its size. */
export interface Picture {
  of: string;
  name: keyof typeof WIDTHS;
  file: string;
  width: number;
  height: number;
}

interface Pictured {
  /** Below the site, without its base: `reports/sales/orders/`. */
  page: string;
  /** Without an ending. */
  file: string;
}

/** Pictures of pages of a built site, as a phone and a desk show them. */
interface Camera {
  /** What hinders a browser here is told, and hinders nothing else. @param base of the site’s address, `/` or `/name/` @returns those that were taken */
  take: (site: string, base: string, pages: readonly Pictured[]) => Promise<Picture[]>;
  close: () => Promise<void>;
}

/** The browser starts at once, while the pages are still being built. */
export function openCamera(world: World): Camera {
  const launched = launchBrowser(world.env);
  // Told when a picture is to be taken; a build may fail before.
  launched.catch(() => undefined);
  return {
    take: async (site, base, pages) => {
      const server = await serve(site, base, 0, '127.0.0.1');
      const home = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`;
      try {
        const browser = await launched;
        const widths = Object.entries(WIDTHS) as [Picture['name'], number][];
        return (await Promise.all(widths.map(([name, width]) => takeAll(browser, { name, width }, home, pages)))).flat();
      } catch (cause) {
        world.err(`No screenshots: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`);
        return [];
      } finally {
        server.close();
        server.closeAllConnections();
      }
    },
    close: () => launched.then((browser) => browser.close(), () => undefined),
  };
}

async function takeAll(browser: Browser, { name, width }: Pick<Picture, 'name' | 'width'>, home: string, pages: readonly Pictured[]): Promise<Picture[]> {
  const taken: Picture[] = [];
  const page = await browser.newPage({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  for (const { page: address, file } of pages) {
    await page.goto(`${home}${address}`);
    const height = Math.min(Number(await page.evaluate('document.documentElement.scrollHeight')), TALLEST);
    await mkdir(path.dirname(file), { recursive: true });
    await page.screenshot({ path: `${file}.${name}.png`, fullPage: true, clip: { x: 0, y: 0, width, height } });
    taken.push({ of: address, name, file: `${path.basename(file)}.${name}.png`, width, height });
  }
  await page.close();
  return taken;
}
