import { Marked } from 'marked';
import sanitize from 'sanitize-html';
import { escapeHtml } from './html.ts';

/** A page's own headings are h1 and h2; a narrative's `#` is a h3 below them. */
const HEADING_SHIFT = 2;

const marked = new Marked({ gfm: true, async: false });

const TAGS = [
  'h3', 'h4', 'h5', 'h6', 'p', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'em', 'strong', 'del', 'a', 'br', 'hr',
  'table', 'thead', 'tbody', 'tr', 'th', 'td', 'sup', 'sub',
];

/**
 * A narrative's Markdown as HTML that can be set into a page. Only formatting passes: no script,
 * style, handler, form, frame, id or class, no image (a page loads nothing from elsewhere), and no
 * link but http, https, mailto and those within the site. Headings move below the page's own.
 */
export function renderMarkdown(markdown: string): string {
  return sanitize(parsed(markdown), {
    allowedTags: TAGS,
    allowedAttributes: { a: ['href', 'rel'], ol: ['start'], th: ['scope'], table: ['tabindex'] },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    disallowedTagsMode: 'discard',
    transformTags: {
      ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((level) => [`h${level}`, `h${Math.min(6, level + HEADING_SHIFT)}`])),
      a: (_, { href }): sanitize.Tag => ({ tagName: 'a', attribs: { ...(href ? { href } : {}), rel: 'noopener nofollow' } }),
      // It scrolls sideways where it is wide, so a keyboard must reach it.
      table: (): sanitize.Tag => ({ tagName: 'table', attribs: { tabindex: '0' } }),
      th: (): sanitize.Tag => ({ tagName: 'th', attribs: { scope: 'col' } }),
    },
  });
}

/**
 * Characters. The parser’s time grows with the square of a paragraph’s length, and with that of a list: half a megabyte of `a_a_a_` takes it
 * ten minutes, and these some seconds at most.
 */
const MOST = 100_000;
const MOST_OF_A_PARAGRAPH = 20_000;

/**
 * What is longer than people write, or nested deeper than the parser can follow, stands as it is written: one report’s text is no
 * reason to build no page.
 */
function parsed(markdown: string): string {
  if (markdown.length > MOST || markdown.split(/\n[ \t\r]*\n/).some((paragraph) => paragraph.length > MOST_OF_A_PARAGRAPH)) return asWritten(markdown);
  try {
    return marked.parse(markdown) as string;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return asWritten(markdown);
  }
}

function asWritten(markdown: string): string {
  return `<pre><code>${escapeHtml(markdown)}</code></pre>`;
}
