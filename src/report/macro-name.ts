import { splitStatements, type Statement, type Token } from './tokens.ts';

interface MacroStatement extends Statement {
  /** In lower case; null for a statement that makes no macro. */
  name: string | null;
  /** Where in `tokens` what follows the name begins: its parameters. */
  after: number;
}

/** The statements of a file of macros. */
export function macroStatements(sql: string): MacroStatement[] {
  return splitStatements(sql).map((statement) => ({ ...statement, ...nameOf(statement.tokens) }));
}

/** `create [or replace] [temp] macro [if not exists] [[memory.]main.]name` */
function nameOf(tokens: readonly Token[]): { name: string | null; after: number } {
  const words = tokens.map(({ kind, value }) => (kind === 'text' ? '' : value));
  let at = words[0] === 'create' ? 1 : tokens.length;
  if (words[at] === 'or' && words[at + 1] === 'replace') at += 2;
  if (words[at] === 'temp' || words[at] === 'temporary') at += 1;
  if (words[at] !== 'macro' && words[at] !== 'function') return { name: null, after: 0 };
  at += 1;
  if (words[at] === 'if' && words[at + 1] === 'not' && words[at + 2] === 'exists') at += 3;
  while (words[at + 1] === '.') at += 2;
  const token = tokens[at];
  return token?.kind === 'word' || token?.kind === 'quoted' ? { name: token.value.toLowerCase(), after: at + 1 } : { name: null, after: 0 };
}
