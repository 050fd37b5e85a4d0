import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../../src/error.ts';

/** The path that a site's links begin with. @param site `url` of daybook.yml; without one, the root */
export function sitePath(site: string | undefined): string {
  return site === undefined ? '/' : withSlash(new URL(site).pathname);
}

/** Where a preview of a pull request is published: below the site itself. */
export function previewAddress(site: string, pull: number): string {
  return new URL(`preview/${pull}/`, withSlash(site)).href;
}

/** The pull request that an address below the site is the preview of; null for any other address. */
export function previewedPull(site: string | undefined, address: string): number | null {
  if (site === undefined) return null;
  const number = Number(/\/preview\/([1-9]\d*)\//.exec(address)?.[1]);
  return Number.isSafeInteger(number) && address.startsWith(previewAddress(site, number)) ? number : null;
}

/**
 * The address that `--preview-url` means: a whole one, or a path below that of the site.
 * @param site `url` of daybook.yml
 * @throws `wrong-use`
 */
export function previewUrl(text: string, site: string | undefined): string {
  const base = site === undefined ? undefined : withSlash(site);
  if (!URL.canParse(text, base)) throw new DaybookError('wrong-use', `“${text}” is no address of a preview`, {}, base === undefined ? 'Write an address that begins with https://, or set `url` in daybook.yml, which a path is below.' : 'Write an address that begins with https://, or a path below `url` of daybook.yml, such as preview/7/.');
  const { protocol, origin, pathname, search, hash } = new URL(text, base);
  if (!['https:', 'http:'].includes(protocol) || search || hash) throw new DaybookError('wrong-use', `“${text}” is no address of a folder`, {}, 'Write an address that begins with https:// and has no ? and no #.');
  return withSlash(`${origin}${pathname}`);
}

/** The address that a built site says it is for: its links begin with that path. Null where it does not say. */
export async function addressOf(site: string): Promise<string | null> {
  const text = await readFile(path.join(site, 'index.html'), 'utf8').catch(() => '');
  const said = /<link rel="canonical" href="([^"]*)"/.exec(text)?.[1];
  return said !== undefined && URL.canParse(said) ? new URL(said).href : null;
}

function withSlash(address: string): string {
  return address.replace(/\/*$/, '/');
}
