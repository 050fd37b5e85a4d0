import { splitStatements, tokenize, type Token } from '../../report/tokens.ts';
import { nameSql } from './names.ts';
import type { ImportFinding, Resolve } from './import-plan.ts';
import { oneLineOf } from './words.ts';

export interface SqlAt {
  sql: string;
  file: string;
  /** The line of the file that the SQL begins on. */
  line: number;
}

/** One piece of a text that is replaced. */
export interface Edit {
  at: number;
  end: number;
  by: string;
}

export interface Rewritten {
  sql: string;
  sources: string[];
  findings: ImportFinding[];
}

/** @param edits in any order; they do not overlap, and count in UTF-16 units of `text` */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let made = '';
  let from = 0;
  for (const { at, end, by } of edits.toSorted((a, b) => a.at - b.at)) {
    made += text.slice(from, at) + by;
    from = end;
  }
  return made + text.slice(from);
}

/** The 1-based line of the file that a place in the SQL stands on. @param at UTF-16 units from the SQL’s start */
export function lineAt({ sql, line }: SqlAt, at: number): number {
  return line + sql.slice(0, at).split('\n').length - 1;
}

/** The statements of a text. Jinja and other templates are no SQL: null. */
export function statementsOf(sql: string): string[] | null {
  const tokens = tokenize(sql);
  if (tokens.some(({ kind, value }, index) => kind === 'symbol' && value === '{' && /^[{%#]$/.test(tokens[index + 1]?.value ?? '') && tokens[index + 1]!.at === tokens[index]!.at + 1)) return null;
  const statements = splitStatements(sql);
  // Comments before the first statement belong to it.
  return statements.map(({ sql: text, at }, index) => (index === 0 ? sql.slice(0, at) + text : text).trimEnd());
}

/** The table or view that a statement makes, without its schema; null for any other statement. */
export function tableMade(sql: string): string | null {
  const [first, ...rest] = tokenize(sql);
  const kind = rest.findIndex(({ kind, value }) => kind === 'word' && /^(table|view)$/.test(value));
  if (first?.value !== 'create' || first.kind !== 'word' || kind < 0 || !rest.slice(0, kind).every(({ value }) => BEFORE_MADE.test(value))) return null;
  const name = rest.slice(kind + 1).findIndex(({ kind: one, value }) => one === 'quoted' || (one === 'word' && !/^(if|not|exists)$/.test(value)));
  let last = kind + 1 + name;
  while (rest[last + 1]?.value === '.' && rest[last + 2] !== undefined) last += 2;
  return name < 0 ? null : rest[last]!.value.toLowerCase();
}

const BEFORE_MADE = /^(or|replace|temp|temporary|local|global|unlogged|materialized|transient)$/;

/** Words that may follow a table where its alias would stand. */
const AFTER_TABLE: ReadonlySet<string> = new Set('where group order limit offset having join inner left right full cross natural on using union intersect except qualify window sample tablesample asof anti semi positional pivot unpivot fetch lateral select from'.split(' '));
const CLOCKS: { [word: string]: string } = { current_date: '$as_of', today: '$as_of', now: 'CAST($as_of AS TIMESTAMP)', current_timestamp: 'CAST($as_of AS TIMESTAMP)', get_current_timestamp: 'CAST($as_of AS TIMESTAMP)', localtimestamp: 'CAST($as_of AS TIMESTAMP)' };

/** Names the sources in place of the tables of the old home, and $as_of in place of the clock. @param own names that are no tables: queries and CTEs */
export function rewriteTables(at: SqlAt, resolve: Resolve, own: ReadonlySet<string>): Rewritten {
  const { sql, file } = at;
  const tokens = tokenize(sql);
  const ctes = new Set([...own, ...commonTables(tokens)]);
  const edits: Edit[] = [];
  const sources = new Set<string>();
  const findings = new Map<string, ImportFinding>();
  const find = (kind: ImportFinding['kind'], token: Token, what: string, remedy: string): void => {
    if (!findings.has(what)) findings.set(what, { kind, file, line: lineAt(at, token.at), what, remedy });
  };
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]?.value ?? '';
    if (before === '.') continue;
    const after = tokens[index + 1];
    const clock = token.kind === 'word' && Object.hasOwn(CLOCKS, token.value) ? CLOCKS[token.value] : undefined;
    const called = after?.value === '(' && tokens[index + 2]?.value === ')';
    if (clock !== undefined && (called || (/^(current_|local)/.test(token.value) && after?.value !== '('))) {
      edits.push({ at: token.at, end: called ? tokens[index + 2]!.at + 1 : token.at + token.value.length, by: clock });
      find('note', token, `${token.value} became $as_of, the day that the report is made for`, '');
      continue;
    }
    const table = tableAt(tokens, index);
    if (!table) continue;
    if (table.kind === 'text') {
      find('block', token, `the query reads the file ${oneLineOf(token.value, 80)} by its path`, 'Describe the file as a source in queries/sources/, and name the source.');
      continue;
    }
    if (table.schema === null && ctes.has(table.name.toLowerCase())) continue;
    const found = resolve(table.schema, table.name);
    if ('what' in found) {
      find('block', token, found.what, found.remedy);
      continue;
    }
    sources.add(found.source);
    if (found.note !== undefined) find(found.remedy === undefined ? 'note' : 'decide', token, found.note, found.remedy ?? '');
    const written = nameSql(found.source);
    const end = endOf(sql, table.last);
    const follow = tokens[table.next];
    const aliased = follow !== undefined && (follow.kind === 'quoted' || (follow.kind === 'word' && !AFTER_TABLE.has(follow.value)));
    if (sql.slice(token.at, end) !== written) edits.push({ at: token.at, end, by: aliased || found.source === table.name.toLowerCase() ? written : `${written} AS ${nameSql(table.name)}` });
  }
  return { sql: applyEdits(sql, edits), sources: [...sources], findings: [...findings.values()] };
}

type TableAt = { kind: 'text' } | { kind: 'table'; schema: string | null; name: string; last: Token; next: number };

/** The table that a name after FROM, JOIN or PIVOT is, with or without a schema. */
function tableAt(tokens: readonly Token[], index: number): TableAt | null {
  const token = tokens[index]!;
  const before = tokens[index - 1];
  if (before?.kind !== 'word' && before?.value !== ',') return null;
  const listed = before.value === ',' && inFromList(tokens, index - 1);
  if (!listed && !/^(from|join|pivot|unpivot)$/.test(before.value)) return null;
  // extract(year FROM day), trim(BOTH FROM text): no table.
  if (before.value === 'from' && insideFunction(tokens, index - 1)) return null;
  if (token.kind === 'text') return { kind: 'text' };
  if (token.kind !== 'word' && token.kind !== 'quoted') return null;
  if (token.kind === 'word' && /^(select|lateral|values|unnest|from|with)$/.test(token.value)) return null;
  const parts = [token];
  let next = index + 1;
  while (tokens[next]?.value === '.' && tokens[next]!.kind === 'symbol' && /^(word|quoted)$/.test(tokens[next + 1]?.kind ?? '')) {
    parts.push(tokens[next + 1]!);
    next += 2;
  }
  if (tokens[next]?.value === '(' && token.kind === 'word') return null;
  const name = parts.at(-1)!;
  return { kind: 'table', schema: parts.at(-2)?.value ?? null, name: name.value, last: name, next };
}

const CLAUSES = /^(select|from|where|group|order|having|on|using|limit|with|values|set|by|qualify|window)$/;

/** A comma between tables: the nearest clause before it, at its depth, is FROM. */
function inFromList(tokens: readonly Token[], comma: number): boolean {
  let depth = 0;
  for (let at = comma - 1; at >= Math.max(0, comma - 2_000); at--) {
    const { kind, value } = tokens[at]!;
    if (kind === 'symbol' && value === ')') depth++;
    else if (kind === 'symbol' && value === '(' && --depth < 0) return false;
    else if (depth === 0 && kind === 'word' && CLAUSES.test(value)) return value === 'from';
  }
  return false;
}

/** FROM within the brackets of a function, with no SELECT of its own before it. */
function insideFunction(tokens: readonly Token[], from: number): boolean {
  let depth = 0;
  for (let at = from - 1; at >= Math.max(0, from - 2_000); at--) {
    const { kind, value } = tokens[at]!;
    if (kind === 'symbol' && value === ')') depth++;
    else if (kind === 'symbol' && value === '(' && --depth < 0) return tokens[at - 1]?.kind === 'word' && /^(extract|trim|substring|overlay|position)$/.test(tokens[at - 1]!.value);
    else if (depth === 0 && kind === 'word' && value === 'select') return false;
  }
  return false;
}

/** Names before `AS (`: those of common table expressions. */
function commonTables(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ kind, value }, index) => {
    if (kind !== 'word' && kind !== 'quoted') return [];
    let next = index + 1;
    // Names of columns, as in `WITH orders (day, count) AS (`.
    if (tokens[next]?.value === '(' && /^(with|recursive|,)$/.test(tokens[index - 1]?.value ?? '')) while (next < tokens.length && tokens[next++]!.value !== ')');
    if (tokens[next]?.value !== 'as') return [];
    const body = /^(materialized|not)$/.test(tokens[next + 1]?.value ?? '') ? next + (tokens[next + 1]!.value === 'not' ? 3 : 2) : next + 1;
    return tokens[body]?.value === '(' && tokens[body]?.kind === 'symbol' ? [value.toLowerCase()] : [];
  });
}

function endOf(sql: string, token: Token): number {
  if (token.kind === 'word') return token.at + token.value.length;
  const quoted = /"(?:[^"]|"")*"/y;
  quoted.lastIndex = token.at;
  return token.at + (quoted.exec(sql)?.[0].length ?? token.value.length);
}
