import { marked, type Token, type Tokens } from 'marked';

/** What Daybook itself writes as HTML. */
const OWN_HTML = /^(<\/?(details|summary|b|code)>|\s)*$/;

/** What of a Markdown acts on a Git host though no word of Daybook does: empty where nothing does. */
export function actingIn(markdown: string): string[] {
  const found: string[] = [];
  const look = (text: string): void => {
    if (/@\w|#\d|\bGH-\d|\b(www\.|https?:)|[0-9a-f]{40}|<!--/.test(text)) found.push(text.slice(0, 200));
  };
  const visit = (token: Token): void => {
    switch (token.type) {
      case 'code': case 'codespan': case 'space': case 'escape': return;
      case 'html': {
        // Within <code> the host reads nothing; what is escaped is text.
        const rest = token.raw.replaceAll(/<code>[^<>]*<\/code>/g, '');
        if (!OWN_HTML.test(rest.replaceAll(/(?<=>)[^<>]*(?=<)/g, ''))) found.push(token.raw.slice(0, 200));
        look(rest);
        return;
      }
      case 'link': case 'image': case 'heading': case 'def': case 'del': case 'br': case 'hr': case 'blockquote':
        found.push(`${token.type}: ${token.raw.slice(0, 200)}`);
        return;
      case 'table': {
        const { header, rows } = token as Tokens.Table;
        for (const cell of [...header, ...rows.flat()]) cell.tokens.forEach(visit);
        if (rows.some((row) => row.length !== header.length)) found.push(`table: ${token.raw.slice(0, 200)}`);
        return;
      }
      case 'list':
        for (const item of (token as Tokens.List).items) item.tokens.forEach(visit);
        return;
      default: {
        const inner = (token as { tokens?: Token[] }).tokens;
        if (inner) inner.forEach(visit);
        else look(token.raw);
      }
    }
  };
  marked.lexer(markdown).forEach(visit);
  return found;
}

/** What of a text acts on a terminal or in a CI system's log. */
export function actingInLog(text: string): string[] {
  return text.split('\n').filter((line) => /(?![\t])\p{Cc}|\p{Bidi_Control}/u.test(line) || /^\s*::/.test(line));
}
