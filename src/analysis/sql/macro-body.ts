import { macroStatements } from '../../report/macro-name.ts';
import type { MacroFile } from '../../report/report.ts';
import type { Token } from '../../report/tokens.ts';

/** What `create macro name(parameters) as …` stands for; a macro may have several, for different numbers of parameters. */
interface MacroBody {
  /** In lower case. */
  name: string;
  /** The parameters with their defaults, as words. */
  parameters: string;
  /** For FROM. */
  table: boolean;
  /** A SELECT that has the body as its only column, or is the body. */
  sql: string;
}

/** Null for a name whose statements are of a form that is not read here. */
export function macroBodies(files: readonly MacroFile[]): Map<string, MacroBody[] | null> {
  const bodies = new Map<string, MacroBody[] | null>();
  for (const { sql } of files) {
    for (const { name, after, tokens, sql: text, at } of macroStatements(sql)) {
      if (name === null) continue;
      const before = bodies.get(name);
      const found = before === null ? null : bodiesOf(name, tokens.slice(after), (from, to) => text.slice(from - at, to === undefined ? undefined : to - at));
      bodies.set(name, found && [...(before ?? []), ...found]);
    }
  }
  return bodies;
}

/** `(parameters) as body [, (parameters) as body]`, or `(parameters) as table select`. @param slice of the text that the tokens' places are in */
function bodiesOf(name: string, tokens: readonly Token[], slice: (from: number, to?: number) => string): MacroBody[] | null {
  const bodies: MacroBody[] = [];
  for (let at = 0; at < tokens.length; ) {
    const close = closeOf(tokens, at);
    if (tokens[at]?.value !== '(' || close === null || tokens[close + 1]?.value !== 'as') return null;
    const parameters = tokens.slice(at, close + 1).map(({ kind, value }) => (kind === 'quoted' ? `"${value.replaceAll('"', '""')}"` : value)).join(' ');
    const table = tokens[close + 2]?.kind === 'word' && tokens[close + 2]?.value === 'table';
    const from = close + (table ? 3 : 2);
    const end = table ? tokens.length : commaAfter(tokens, from);
    if (tokens[from] === undefined) return null;
    const body = slice(tokens[from].at, tokens[end]?.at);
    bodies.push({ name, parameters, table, sql: table ? body : `SELECT (\n${body}\n)` });
    at = end + 1;
  }
  return bodies.length > 0 ? bodies : null;
}

const STEP: { [symbol: string]: number } = { '(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1 };

function stepOf({ kind, value }: Token): number {
  return kind === 'symbol' ? (STEP[value] ?? 0) : 0;
}

/** Where the bracket that opens here is closed. */
function closeOf(tokens: readonly Token[], from: number): number | null {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    depth += stepOf(tokens[at]!);
    if (depth === 0) return at;
  }
  return null;
}

/** An expression has no comma outside of brackets. */
function commaAfter(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    depth += stepOf(tokens[at]!);
    if (depth === 0 && tokens[at]!.kind === 'symbol' && tokens[at]!.value === ',') return at;
  }
  return tokens.length;
}
