import { readFile, unlink, writeFile } from 'node:fs/promises';
import { visible } from '../../src/error.ts';
import { escapeHtml } from '../../src/present/html.ts';
import { filesOf } from '../world/files.ts';

interface Banner {
  /** What people call it: a branch. */
  label: string;
  /** 40 or 64 hexadecimal digits; null for a work tree. */
  commit: string | null;
  /** Number of the pull request. */
  pull: number | null;
}

/** Longer names of branches end in an ellipsis. */
const LONGEST = 80;
/** Pages that are held in memory at once. */
const BATCH = 64;

/** Above every page of a preview. @param review the address of the review */
export function bannerHtml({ label, commit, pull }: Banner, review: string): string {
  const short = [...label].length > LONGEST ? `${[...label].slice(0, LONGEST - 1).join('')}…` : label;
  const at = commit !== null && !commit.startsWith(label) ? `, commit <code>${escapeHtml(commit.slice(0, 10))}</code>` : '';
  const what = `${pull === null ? '' : `pull request ${pull}, `}<bdi>${escapeHtml(visible(short))}</bdi>${at}`;
  return `<aside class="preview-banner" aria-label="Preview"><p><strong>Preview of ${what}:</strong> proposed, not published. <a href="${escapeHtml(review)}">Review</a></p></aside>`;
}

/**
 * Puts the banner into every page of a built site, and tells search engines to leave it alone. Pages may be linked to those
 * of another site, which keep what they say.
 * @returns how many pages there are
 */
export async function putBanner(site: string, html: string): Promise<number> {
  const pages = (await filesOf(site)).filter((file) => file.endsWith('.html'));
  for (let start = 0; start < pages.length; start += BATCH) {
    await Promise.all(pages.slice(start, start + BATCH).map(async (file) => {
      const text = withBanner(await readFile(file, 'utf8'), html);
      await unlink(file);
      await writeFile(file, text);
    }));
  }
  return pages.length;
}

/** After the link that skips to the content, which stays the first thing that a keyboard reaches. */
export function withBanner(page: string, html: string): string {
  const marked = page.replace(/<meta charset="utf-8"\s*\/?>/i, (meta) => `${meta}<meta name="robots" content="noindex">`);
  const place = /<a class="skip"[^>]*>[^<]*<\/a>/.exec(marked) ?? /<body[^>]*>/.exec(marked);
  return place ? marked.slice(0, place.index + place[0].length) + html + marked.slice(place.index + place[0].length) : marked;
}
