import { Lexer, type Token, type Tokens } from 'marked';
import { truncate, visible } from '../error.ts';
import { reviewSchema, type GateName } from '../report/schema.ts';

const GATES: ReadonlySet<string> = new Set(reviewSchema.shape.gates.unwrap().keyof().options);
const LINE = /^waive ([a-z-]+)(?: ([a-z0-9-]+(?:\/[a-z0-9-]+)*))?: (\S.*)$/;
const LONGEST = 500;

interface WaiveLines {
  lines: { gate: GateName; report: string | null; reason: string }[];
  /** Those that say “waive” and are none. */
  unread: string[];
}

/** Whether a line begins with “waive”, whatever it stands in: told fast, since anybody may have written the text. */
export function saysWaive(body: string): boolean {
  return body.split(/[\r\n]/).some((line) => /^waive\b/i.test(line.trim()));
}

/**
 * Lines of a review that begin with “waive”, as whoever reads it on the host sees them: those of plain paragraphs. Of what it quotes,
 * lists, shows as code or has as HTML, none.
 * @param body Markdown
 */
export function waiversIn(body: string): WaiveLines {
  const found: WaiveLines = { lines: [], unread: [] };
  for (const line of plainLines(body)) {
    if (!/^waive\b/i.test(line)) continue;
    const [, gate = '', report = null, reason = ''] = LINE.exec(line) ?? [];
    if (GATES.has(gate)) found.lines.push({ gate: gate as GateName, report, reason: truncate(visible(reason), LONGEST) });
    else found.unread.push(line);
  }
  return found;
}

/** Behind a tag, paragraphs may be folded away or belong to something else; a comment ends where it ends. */
function plainLines(body: string): string[] {
  const blocks = blocksOf(body);
  const tag = blocks.findIndex((block) => block.type === 'html' && !isComment(block.raw));
  const paragraphs = blocks.slice(0, tag === -1 ? undefined : tag).filter((block): block is Tokens.Paragraph => block.type === 'paragraph');
  return paragraphs.filter((paragraph) => !hasHtml(paragraph)).flatMap(({ tokens }) => tokens.map(textOf).join('').split('\n').map((line) => line.trim()));
}

/** What is nested deeper than the parser can follow says nothing. */
function blocksOf(body: string): Token[] {
  try {
    return Lexer.lex(body, { gfm: true });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    return [];
  }
}

function isComment(html: string): boolean {
  return /^\s*<!--(?:(?!-->)[^])*-->\s*$/.test(html);
}

function hasHtml(token: Token): boolean {
  return token.type === 'html' || ('tokens' in token && (token.tokens ?? []).some(hasHtml));
}

/** No line begins within code or emphasis. */
function textOf(token: Token): string {
  return token.type === 'text' || token.type === 'br' ? token.raw.replace(/\\\n$/, '\n') : token.raw.replaceAll('\n', ' ');
}
