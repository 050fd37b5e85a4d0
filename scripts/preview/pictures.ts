import { readFile, unlink, writeFile } from 'node:fs/promises';
import { visible } from '../../src/error.ts';
import { escapeHtml } from '../../src/present/html.ts';
import type { Picture } from '../review/screenshots.ts';

/**
 * Where the page of a new report’s review has room for them; nothing is seen there without any. A title of others may look like a tag
 * within an attribute, where `<` stands as it is, but never like one with quotes.
 */
const PLACE = /<div id="pictures-place"[^>]*><\/div>/;

const DEVICES: { [name in Picture['name']]: string } = { phone: 'on a phone', desk: 'at a desk' };

type Shown = Omit<Picture, 'of'>;

/** Small, each linked to its file, which lies beside the page. */
export function picturesHtml(title: string, pictures: readonly Shown[]): string {
  const figures = pictures.map(({ name, file, width, height }) => `<figure class="${name}"><a href="${file}"><img src="${file}" width="${width}" height="${height}" decoding="async" alt="The page of ${escapeHtml(visible(title))} as it looks ${DEVICES[name]}"></a><figcaption>As it looks ${DEVICES[name]}, ${width} pixels wide</figcaption></figure>`);
  return `<section aria-labelledby="pictures"><h2 id="pictures">Its page</h2><div class="pictures">${figures.join('')}</div></section>`;
}

/** Pages are built before what they show can be taken a picture of. */
export async function putPictures(file: string, title: string, pictures: readonly Shown[]): Promise<void> {
  if (pictures.length === 0) return;
  const page = await readFile(file, 'utf8');
  await unlink(file);
  await writeFile(file, withPictures(page, picturesHtml(title, pictures)));
}

/** The page with what is shown of pictures, in its place. */
export function withPictures(page: string, html: string): string {
  return page.replace(PLACE, () => html);
}
