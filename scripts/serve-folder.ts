import { stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { DaybookError } from '../src/error.ts';
import { loadInstance } from '../src/report/load.ts';
import { serve } from './site/serve.ts';
import { siteFolder } from './world/files.ts';
import { addressOf, sitePath } from './world/site-address.ts';
import type { World } from './world/world.ts';

/** Serves a site that is built already, such as a preview that a reviewer has downloaded, until the process ends. */
export async function serveFolder(world: World, folder: string | undefined, { port, host }: { port: number; host: string }): Promise<number> {
  if (port > 65_535) throw new DaybookError('wrong-use', `${port} is no port: they end at 65535`, {}, 'Choose another with --port.');
  const site = folder === undefined ? siteFolder(world) : path.resolve(world.root, folder);
  if (!(await stat(path.join(site, 'index.html')).catch(() => null))?.isFile()) throw new DaybookError('wrong-use', 'there is no site: the folder has no index.html', {}, 'Name the folder into which you have put the files of a preview, or run `npx daybook build` first.');
  // Links in a site begin with the path of its address: of a preview, that may be another than the site’s own.
  const url = (await addressOf(site)) ?? loadInstance(world.root).url;
  const base = sitePath(url);
  const server = await serve(site, base, port, host);
  world.out(`The site is at http://${host}:${(server.address() as AddressInfo).port}${base}\nPress Ctrl+C to end.`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close(() => resolve()));
  });
  return 0;
}
