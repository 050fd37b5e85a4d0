import { addFinding, type Page } from './evidence-page.ts';

/** Elements between which a line is not broken. */
const INLINE = /^(a|b|i|em|strong|small|span|sub|sup|code|u|s|mark|abbr|Value|Delta|Info)$/;

/**
 * The page's own words as Markdown: no components, no HTML, no pictures, no links within the old site. A paragraph
 * that quotes a computed number is left out, since it would stay as it is while the number moves.
 */
export function narrativeOf(page: Page): { narrative: string | null; heading: string | null } {
  const depth = { each: 0, if: 0 };
  const left: number[] = [];
  let paragraph: { text: string; computed: number | null } = { text: '', computed: null };
  const paragraphs: string[] = [];
  const end = (): void => {
    if (paragraph.computed !== null) {
      if (/\p{L}/u.test(paragraph.text)) left.push(paragraph.computed);
    } else if (paragraph.text.trim() !== '') paragraphs.push(paragraph.text.replace(/^\n+|\s+$/g, ''));
    paragraph = { text: '', computed: null };
  };
  const computed = (line: number): void => {
    paragraph.computed ??= line;
  };
  for (const piece of page.pieces) {
    if (piece.kind === 'block') {
      if (/^[#/](each|if)$/.test(piece.word)) depth[piece.word.slice(1) as 'each' | 'if'] += piece.word.startsWith('#') ? 1 : -1;
      end();
    } else if (depth.each > 0 || depth.if > 0) continue;
    else if (piece.kind === 'text') {
      const [first = '', ...more] = piece.text.split(/\n[ \t]*\n/);
      paragraph.text += first;
      for (const text of more) {
        end();
        paragraph.text = text;
      }
    } else if (piece.kind === 'code') {
      end();
      paragraphs.push(piece.text);
    } else if (piece.kind === 'expression') computed(piece.line);
    else if (piece.kind === 'tag' && /^(Value|Delta)$/.test(piece.name)) computed(piece.line);
    else if ((piece.kind === 'tag' || piece.kind === 'close') && !INLINE.test(piece.name)) paragraph.text += '\n';
  }
  end();
  for (const line of left.slice(0, 20)) addFinding(page, 'decide', line, 'a paragraph that quotes computed values is left out of the narrative', 'The values stand as metrics; write the rest of the paragraph, if it says more.');
  const cleaned = paragraphs.map(plainMarkdown).filter((text) => text !== '');
  const heading = /^#\s+(.+)$/m.exec(cleaned[0] ?? '')?.[1]?.replace(/#+\s*$/, '').trim() ?? null;
  // The report's title says it already.
  if (heading !== null) cleaned[0] = cleaned[0]!.replace(/^#\s+.+$/m, '').trim();
  const kept = withoutEmptyHeadings(cleaned.filter((text) => text !== ''));
  return { narrative: kept.length > 0 ? `${kept.join('\n\n')}\n` : null, heading };
}

function plainMarkdown(text: string): string {
  if (/^ {0,8}(```|~~~)/.test(text)) return text;
  return text
    .replace(/!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)/g, '')
    .replace(/\[([^\]\n]{0,500})\]\((?!https?:|mailto:)[^)\n]{0,2000}\)/g, '$1')
    .replace(/^[ \t]+(?=\S)/gm, (indent) => (indent.length >= 4 && !/^\s*[-*\d]/.test(indent) ? '' : indent))
    .replace(/\*\*[ \t]*\*\*/g, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** A heading that stood above a chart says nothing alone. */
function withoutEmptyHeadings(paragraphs: readonly string[]): string[] {
  const level = (text: string | undefined): number => (text !== undefined && /^#{1,6}[ \t][^\n]*$/.test(text) ? text.indexOf(' ') : 0);
  const kept: string[] = [];
  // From the end, so that a heading over empty headings goes too.
  for (const text of paragraphs.toReversed()) {
    const own = level(text);
    const next = kept[0];
    if (own === 0 || (next !== undefined && (level(next) === 0 || level(next) > own))) kept.unshift(text);
  }
  return kept;
}
