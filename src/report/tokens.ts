/** A piece of SQL: a word is lower case unless it stood in quotes; `text` and `symbol` are what their names say. */
export interface Token {
  kind: 'word' | 'quoted' | 'text' | 'symbol';
  value: string;
  /** Offset of its first character. */
  at: number;
}

/** What the engine takes for a space beside those of ASCII; behind a comment with a quote in it, for a letter. */
const WIDE = '\u00A0\u2000-\u200B\u202F\u205F\u2060\u3000\uFEFF';
const LETTER = `(?![${WIDE}])[\u0080-\uFFFF]`;
const SPACE = new RegExp(`[\\t\\n\\f\\r ${WIDE}]+|--[^\\n\\r]*`, 'y');
const WORD = new RegExp(`(?:[A-Za-z_]|${LETTER})(?:[\\w$]|${LETTER})*`, 'y');
const QUOTED = /"(?:[^"]|"")*"/y;
const TEXT = /[eE]'(?:[^'\\]|\\[^]|'')*'|(?:[xXbB]|[uU]&)?'(?:[^']|'')*'|\$((?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?)\$[^]*?\$\1\$/y;
/** Of a comment, or of a text between dollars. */
const OPENING = /\/\*|\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$/y;
const MOST_ENDLESS = 10;
const NUMBER = /\d[\w.]*/y;

/** Splits SQL as DuckDB's lexer does, comments left out; what does not end (a quote) comes as symbols. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0] ?? null;
  };
  const push = (kind: Token['kind'], value: string, length: number): void => {
    tokens.push({ kind, value, at });
    at += length;
  };
  // The end of what has none is looked for to the very end, each time: after so many, no more. The engine refuses such a text.
  let endless = 0;
  while (at < sql.length) {
    const isOpening = match(OPENING) !== null;
    const isLost = isOpening && endless >= MOST_ENDLESS;
    const space = match(SPACE) ?? (isLost ? null : blockComment(sql, at));
    const text = isLost ? null : match(TEXT);
    if (isOpening && space === null && text === null) endless += 1;
    const quoted = match(QUOTED);
    const word = match(WORD);
    const number = match(NUMBER);
    if (space !== null) at += space.length;
    else if (text !== null) push('text', text, text.length);
    else if (quoted !== null) push('quoted', quoted.slice(1, -1).replaceAll('""', '"'), quoted.length);
    else if (word !== null) push('word', word.toLowerCase(), word.length);
    else if (number !== null) push('symbol', number, number.length);
    else push('symbol', sql[at]!, 1);
  }
  return tokens;
}

/**
 * Names, in lower case, that a text may call: those before a bracket. Macros have other forms of a call (operators, TREAT), which the
 * gate refuses, so that whoever asks which macros a query reaches sees what it calls. A column of such a name is none.
 */
export function calledNames(tokens: readonly Token[]): Set<string> {
  const named = tokens.filter(({ kind }, index) => (kind === 'word' || kind === 'quoted') && tokens[index + 1]?.kind === 'symbol' && tokens[index + 1]!.value === '(');
  return new Set(named.map(({ value }) => value.toLowerCase()));
}

/** Block comments nest. */
function blockComment(sql: string, at: number): string | null {
  if (!sql.startsWith('/*', at)) return null;
  let depth = 0;
  for (const { 0: mark, index } of sql.slice(at).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return sql.slice(at, at + index + 2);
  }
  return null;
}

/** As the engine tells names of tables and columns apart: to it, the sign of Kelvin is no k, and É no é. */
export function asciiLower(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export interface Statement {
  sql: string;
  tokens: Token[];
  /** Offset of the first token in the whole text. */
  at: number;
}

/** The statements of a text, without the empty ones. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  const end = (until: number): void => {
    if (tokens.length > 0) statements.push({ sql: sql.slice(tokens[0]!.at, until), tokens, at: tokens[0]!.at });
    tokens = [];
  };
  for (const token of tokenize(sql)) {
    if (token.kind === 'symbol' && token.value === ';') end(token.at);
    else tokens.push(token);
  }
  end(sql.length);
  return statements;
}
