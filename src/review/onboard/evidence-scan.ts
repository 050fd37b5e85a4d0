/** A piece of a page: read, and never run. `line` counts from 1. */
export type Piece =
  | { kind: 'text'; text: string; line: number }
  | { kind: 'code'; text: string; line: number }
  | { kind: 'query'; name: string; sql: string; line: number }
  | { kind: 'tag'; name: string; attributes: Map<string, string>; open: boolean; line: number }
  | { kind: 'close'; name: string; line: number }
  | { kind: 'block'; word: string; line: number }
  | { kind: 'partial'; file: string; line: number }
  | { kind: 'expression'; text: string; line: number };

/** Languages whose fences are shown as code: any other name after a fence is that of a query. */
const LANGUAGES: ReadonlySet<string> = new Set('bash c code cpp csharp css csv diff dockerfile go graphql html http ini java javascript js json jsx kotlin markdown md mermaid php plaintext powershell python py r ruby rust scala sh shell sql svelte swift text toml ts tsx txt typescript xml yaml yml'.split(' '));
const DEEPEST = 20;
const LONGEST_CLOSE = 200;

/** Splits the text of a page, without its front matter. @param first the line that the text begins on */
export function scanPage(text: string, first: number): Piece[] {
  const pieces: Piece[] = [];
  const lines = text.split('\n');
  let from = 0;
  const prose = (until: number): void => {
    // One by one: there can be more than a call takes.
    if (until > from) for (const piece of scanProse(`${lines.slice(from, until).join('\n')}\n`, first + from)) pieces.push(piece);
  };
  for (let at = 0; at < lines.length; at++) {
    const fence = /^ {0,8}(`{3,}|~{3,})[ \t]*([^`]*)$/.exec(lines[at]!);
    if (!fence) continue;
    const [, mark = '', info = ''] = fence;
    let end = at + 1;
    while (end < lines.length && !isClosing(lines[end]!, mark)) end++;
    prose(at);
    const body = lines.slice(at + 1, end).join('\n');
    const name = mark.length === 3 ? queryName(info) : null;
    if (name === null) pieces.push({ kind: 'code', text: lines.slice(at, end + 1).join('\n'), line: first + at });
    else pieces.push({ kind: 'query', name, sql: body, line: first + at + 1 });
    from = end + 1;
    at = end;
  }
  prose(lines.length);
  return pieces;
}

function isClosing(line: string, mark: string): boolean {
  const text = line.trim();
  return text.length >= mark.length && text === mark[0]!.repeat(text.length);
}

/** `sql orders`, or `orders` alone as in older projects. */
function queryName(info: string): string | null {
  const [first = '', second] = info.trim().split(/\s+/);
  const name = /^sql$/i.test(first) ? second : LANGUAGES.has(first.toLowerCase()) ? undefined : first;
  return name !== undefined && /^[\p{L}_][\p{L}\p{N}_]{0,100}$/u.test(name) ? name : null;
}

/** Text between fences: components, blocks, expressions in braces; code in backticks is text. */
function scanProse(text: string, first: number): Piece[] {
  const pieces: Piece[] = [];
  let line = first;
  let at = 0;
  let from = 0;
  const take = (end: number, piece: Piece | null): void => {
    if (at > from) pieces.push({ kind: 'text', text: text.slice(from, at), line: line - count(text, from, at) });
    if (piece) pieces.push(piece);
    line += count(text, at, end);
    at = end;
    from = end;
  };
  while (at < text.length) {
    const sign = text[at];
    if (sign === '`') {
      const run = /`+/y;
      run.lastIndex = at;
      const mark = run.exec(text)![0];
      const end = text.indexOf(mark, at + mark.length);
      const next = end < 0 ? at + mark.length : end + mark.length;
      line += count(text, at, next);
      at = next;
      continue;
    }
    const found = sign === '<' ? markupAt(text, at, line) : sign === '{' ? bracesAt(text, at, line) : null;
    if (found) take(found.end, found.piece);
    else {
      if (sign === '\n') line++;
      at++;
    }
  }
  take(at, null);
  return pieces;
}

interface Read {
  end: number;
  piece: Piece | null;
}

function markupAt(text: string, at: number, line: number): Read | null {
  if (text.startsWith('<!--', at)) {
    const end = text.indexOf('-->', at);
    return { end: end < 0 ? text.length : end + 3, piece: null };
  }
  const name = /<(\/?)([A-Za-z][\w.:-]*)/y;
  name.lastIndex = at;
  const found = name.exec(text);
  if (!found) return null;
  const [whole, slash, word = ''] = found;
  if (slash) {
    const end = at + whole.length + text.slice(at + whole.length, at + whole.length + LONGEST_CLOSE).indexOf('>') + 1;
    return end === at + whole.length ? null : { end, piece: { kind: 'close', name: word, line } };
  }
  const attributes = new Map<string, string>();
  let next = at + whole.length;
  for (;;) {
    while (/\s/.test(text[next] ?? '')) next++;
    // A second tag within the first: it was no tag. So no text is read more than once.
    if (next >= text.length || text[next] === '<') return null;
    if (text.startsWith('/>', next)) return { end: next + 2, piece: tag(word, attributes, false, line) };
    if (text[next] === '>') return { end: next + 1, piece: tag(word, attributes, true, line) };
    const key = /[^\s=<>{}"'/]+/y;
    key.lastIndex = next;
    const attribute = key.exec(text)?.[0];
    if (attribute === undefined) {
      const end = text[next] === '{' ? bracesEnd(text, next) : -1;
      next = end < 0 ? next + 1 : end;
      continue;
    }
    next += attribute.length;
    const equals = /\s*=\s*/y;
    equals.lastIndex = next;
    const sign = equals.exec(text);
    if (!sign) {
      attributes.set(attribute, 'true');
      continue;
    }
    const value = valueAt(text, next + sign[0].length);
    if (!value) return null;
    attributes.set(attribute, value.value);
    next = value.end;
  }
}

/** Elements whose content is code, and is left out with them. */
const CODE = /^(script|style)$/i;

function tag(name: string, attributes: Map<string, string>, open: boolean, line: number): Piece {
  return { kind: 'tag', name, attributes, open: open && !/^(br|hr|img|input|meta|link)$/.test(name), line };
}

function valueAt(text: string, at: number): { value: string; end: number } | null {
  const sign = text[at];
  if (sign === '"' || sign === "'") {
    const end = text.indexOf(sign, at + 1);
    return end < 0 ? null : { value: text.slice(at + 1, end), end: end + 1 };
  }
  if (sign === '{') {
    const end = bracesEnd(text, at);
    return end < 0 ? null : { value: text.slice(at + 1, end - 1).trim(), end };
  }
  const bare = /[^\s>]*?(?=\s|\/?>)/y;
  bare.lastIndex = at;
  const word = bare.exec(text)?.[0];
  return word === undefined ? null : { value: word, end: at + word.length };
}

function bracesAt(text: string, at: number, line: number): Read | null {
  const end = bracesEnd(text, at);
  if (end < 0) return null;
  const inner = text.slice(at + 1, end - 1).trim();
  const partial = /^@partial\s+["']([^"']+)["']$/.exec(inner);
  if (partial) return { end, piece: { kind: 'partial', file: partial[1]!, line } };
  const word = /^[#:/@]\w*/.exec(inner)?.[0];
  return { end, piece: word === undefined ? { kind: 'expression', text: inner, line } : { kind: 'block', word, line } };
}

/** Behind the brace that closes the one at a place; -1 where none does within reason. */
function bracesEnd(text: string, at: number): number {
  let depth = 0;
  const most = Math.min(text.length, at + 20_000);
  for (let next = at; next < most; next++) {
    const sign = text[next]!;
    if (sign === '"' || sign === "'" || sign === '`') {
      const end = text.indexOf(sign, next + 1);
      if (end > 0 && end < most && !text.slice(next, end).includes('\n')) next = end;
    } else if (sign === '{' && ++depth > DEEPEST) return -1;
    else if (sign === '}' && --depth === 0) return next + 1;
  }
  return -1;
}

function count(text: string, from: number, until: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < until; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** Leaves out elements that hold code, with all that stands in them. */
export function withoutCode(pieces: readonly Piece[]): { kept: Piece[]; left: { name: string; line: number }[] } {
  const kept: Piece[] = [];
  const left: { name: string; line: number }[] = [];
  let inside: string | null = null;
  for (const piece of pieces) {
    if (inside !== null) {
      if (piece.kind === 'close' && piece.name === inside) inside = null;
    } else if (piece.kind === 'tag' && CODE.test(piece.name)) {
      left.push({ name: piece.name, line: piece.line });
      if (piece.open) inside = piece.name;
    } else kept.push(piece);
  }
  return { kept, left };
}
