import { visible, type DaybookError } from '../../src/error.ts';
import { escapeHtml } from '../../src/present/html.ts';

/** Where the server's own answers lie, below the base; a report's page cannot have such an address. */
export const OWN = '@daybook/';

/**
 * The script of each page that `daybook start` serves. It loads the page again when there is another version, also after the
 * command was ended and started. A page that nobody looks at does not listen: browsers open few connections to a host.
 */
export const LIVE_SCRIPT = `const own = new URL(import.meta.url);
const version = own.searchParams.get('version');
let events;
function listen() {
  if (document.hidden) {
    events?.close();
    events = undefined;
  } else if (!events) {
    events = new EventSource(new URL('events', own));
    events.onmessage = ({ data }) => { if (data !== version) location.reload(); };
  }
}
document.addEventListener('visibilitychange', listen);
listen();
`;

/** What is said above a page: what is wrong with the last save, or what the view leaves out. */
interface Notice {
  problems: readonly DaybookError[];
  /** Whether a page of a save that worked stands below. */
  earlier: boolean;
  words: string | null;
}

/** A page as it was drawn, with the notice at the top of its content and the script that loads it again. */
export function livePage(html: string, base: string, version: string, notice: Notice): string {
  // A title of others may hold `<main>`, which stands as it is in an attribute; with quotes it does not.
  const content = /<main id="content"[^>]*>/.exec(html);
  const end = html.lastIndexOf('</body>');
  if (!content || end === -1) throw new Error('the page has no content');
  const start = content.index + content[0].length;
  return html.slice(0, start) + noticeHtml(notice, base) + html.slice(start, end) + script(base, version) + html.slice(end);
}

/** Where nothing can be drawn. */
export function barePage(base: string, version: string, notice: Notice): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Daybook</title></head><body><main>${noticeHtml(notice, base)}</main>${script(base, version)}</body></html>`;
}

function script(base: string, version: string): string {
  return `<script type="module" src="${escapeHtml(`${base}${OWN}live.js?version=${encodeURIComponent(version)}`)}"></script>`;
}

function noticeHtml({ problems, earlier, words }: Notice, base: string): string {
  const said = words === null ? '' : `<section class="notice" aria-label="This view"><p>${escapeHtml(words)}</p></section>`;
  if (problems.length === 0) return said;
  return `<section class="notice failed" role="alert" aria-labelledby="save"><h2 id="save">The last save does not work</h2><p>${earlier ? 'What stands below is from before it.' : 'There is no page from before.'}</p>${problems.map((problem) => problemHtml(problem, base)).join('')}</section>${said}`;
}

function problemHtml({ code, message, place: { file, line, column, key }, remedy }: DaybookError, base: string): string {
  const where = [[file, line, column].filter((part) => part !== undefined).join(':'), key].filter(Boolean).join(', ');
  const text = (words: string): string => escapeHtml(visible(words));
  return `${where && `<p><code class="path">${text(where)}</code></p>`}<blockquote dir="auto">${text(message)}</blockquote><p>${text(remedy)} <a href="${escapeHtml(`${base}docs/errors/#${code}`)}">More about ${text(code)}</a></p>`;
}
