import type { Parameters } from '../../report/report.ts';
import { splitStatements, tokenize } from '../../report/tokens.ts';
import { DaybookError } from '../../error.ts';
import { applyEdits, lineAt, rewriteTables, type Edit, type SqlAt } from './import-sql.ts';
import type { ImportFinding, Resolve } from './import-plan.ts';
import { oneLineOf, safeNames } from './words.ts';

/** Something that readers choose by: its value before they have chosen, or null where only the data says. */
export interface Input {
  component: string;
  initial: string | null;
  /** Nothing is left out before readers choose. */
  all: boolean;
  line: number;
}

export interface Query extends SqlAt {
  name: string;
}

export interface Composed {
  sql: string;
  sources: string[];
  parameters: Parameters;
  findings: ImportFinding[];
}

const MOST_QUERIES = 60;

/**
 * One SELECT in place of a query that reads others by `${name}`: those become common table expressions. What readers
 * choose becomes a parameter with its initial value, the end of a range of dates `$as_of`.
 * @throws `query-refused` for a query that reads itself, or is not one statement
 */
export function composeQuery(name: string, queries: ReadonlyMap<string, Query>, inputs: ReadonlyMap<string, Input>, resolve: Resolve): Composed {
  const order: string[] = [];
  const visit = (one: string, trail: string[]): void => {
    if (trail.includes(one)) throw new DaybookError('query-refused', `the query ${one} reads itself: ${[...trail.slice(-4), one].join(' → ')}`, place(queries.get(one)!));
    if (order.includes(one)) return;
    if (order.length + trail.length > MOST_QUERIES) throw new DaybookError('query-refused', `the query ${name} reads more than ${MOST_QUERIES} others`, place(queries.get(name)!));
    for (const reference of referencesOf(hold(queries.get(one)!.sql))) if (queries.has(reference.text)) visit(reference.text, [...trail, one]);
    order.push(one);
  };
  visit(name, []);
  const names = tableNames(order.slice(0, -1), order.map((one) => queries.get(one)!.sql));
  const own = new Set(names.values());
  const parameters: Parameters = {};
  const findings: ImportFinding[] = [];
  const sources = new Set<string>();
  const texts = order.map((one) => {
    const query = queries.get(one)!;
    const replaced = replaceReferences(query, { queries, names, inputs, parameters, findings });
    const rewritten = rewriteTables({ ...query, sql: replaced }, resolve, own);
    findings.push(...rewritten.findings);
    for (const source of rewritten.sources) sources.add(source);
    return oneStatement(rewritten.sql, query);
  });
  const last = texts.pop()!;
  const tables = texts.map((sql, index) => `${names.get(order[index]!)!} AS (\n${sql}\n)`);
  return { sql: `${withTables(last, tables)}\n`, sources: [...sources], parameters, findings: unique(findings) };
}

const place = ({ file, line }: SqlAt): { file: string; line: number } => ({ file, line });

/** A query whose `${…}` are words, so that it can be read as SQL whatever code stood in them. */
interface Held {
  sql: string;
  /** What stood between the braces, by the words. */
  code: Map<string, string>;
}

const LONGEST_CODE = 2_000;

/** Braces close as they do in JavaScript: within texts they do not count. */
function hold(sql: string): Held {
  const code = new Map<string, string>();
  let made = '';
  let from = 0;
  for (let at = sql.indexOf('${'); at >= 0; at = sql.indexOf('${', at)) {
    let depth = 0;
    let end = at + 1;
    for (; end < Math.min(sql.length, at + LONGEST_CODE); end++) {
      if (sql[end] === '{') depth++;
      else if (sql[end] === '}' && --depth === 0) break;
    }
    if (sql[end] !== '}') break;
    const word = `page_code_${code.size}_`;
    code.set(word, sql.slice(at + 2, end).trim());
    made += sql.slice(from, at) + word;
    at = from = end + 1;
  }
  return { sql: made + sql.slice(from), code };
}

interface Reference {
  /** What stands between the braces. */
  text: string;
  at: number;
  end: number;
  /** The text literal that it stands in. */
  within: { at: number; end: number } | null;
  /** Where `like` or `in` begins, where it stands before all of it. */
  compared: number | null;
}

/** The pieces of code in a query, those in comments left out. */
function referencesOf({ sql, code }: Held): Reference[] {
  if (code.size === 0) return [];
  const tokens = tokenize(sql);
  return tokens.flatMap(({ kind, value, at }, index): Reference[] => {
    const before = tokens[index - 1];
    const compared = before?.kind === 'word' && /^(i?like|in)$/.test(before.value) && tokens[index - 2]?.value !== 'not' ? before.at : null;
    if (kind === 'word' && code.has(value)) return [{ text: code.get(value)!, at, end: at + value.length, within: null, compared }];
    if (kind !== 'text' && kind !== 'quoted') return [];
    const end = kind === 'quoted' ? at + value.length + 2 : at + value.length;
    return [...sql.slice(at, end).matchAll(/page_code_\d+_/g)].flatMap((match) => {
      const text = code.get(match[0]);
      const whole = match.index === 1 && match[0].length === end - at - 2;
      return text === undefined ? [] : [{ text, at: at + match.index, end: at + match.index + match[0].length, within: { at, end }, compared: whole ? compared : null }];
    });
  });
}

interface ReferenceScope {
  queries: ReadonlyMap<string, Query>;
  names: ReadonlyMap<string, string>;
  inputs: ReadonlyMap<string, Input>;
  parameters: Parameters;
  findings: ImportFinding[];
}

function replaceReferences(query: Query, { queries, names, inputs, parameters, findings }: ReferenceScope): string {
  const { file } = query;
  const held = hold(query.sql);
  const { sql } = held;
  const edits: Edit[] = [];
  const literals = new Map<number, { end: number; parts: string[]; from: number }>();
  for (const reference of referencesOf(held)) {
    const { text, at, end, within, compared } = reference;
    const find = (kind: ImportFinding['kind'], what: string, remedy: string): void => void findings.push({ kind, file, line: lineAt({ ...query, sql }, at), what, remedy });
    if (queries.has(text) && within === null) {
      edits.push({ at, end, by: names.get(text)! });
      continue;
    }
    const chosen = /^inputs\.([\p{L}\p{N}_]+)(?:\.value)?$/u.exec(text)?.[1];
    if (compared !== null && chosen !== undefined && takesAll(inputs.get(chosen), within !== null)) {
      edits.push({ at: compared, end: within?.end ?? end, by: 'IS NOT NULL' });
      find('decide', `readers chose ${chosen}; the report now has all of them`, 'Make the column a dimension, so that readers can tell them apart, or set the value that the report is about.');
      continue;
    }
    if (within !== null && sql[within.at] !== "'") {
      find('block', `\${${oneLineOf(text, 60)}} stands in a text with escapes`, 'Write the SQL without it.');
      continue;
    }
    const value = valueOf(text, within !== null, inputs, parameters, find);
    if (value === null) continue;
    if (within === null) edits.push({ at, end, by: value });
    else {
      const literal = literals.get(within.at) ?? { end: within.end, parts: [], from: within.at + 1 };
      const before = sql.slice(literal.from, at);
      literals.set(within.at, { end: within.end, parts: [...literal.parts, ...(before === '' ? [] : [`'${before}'`]), value], from: end });
    }
  }
  for (const [at, { end, parts, from }] of literals) {
    const rest = sql.slice(from, end - 1);
    const all = [...parts, ...(rest === '' ? [] : [`'${rest}'`])];
    edits.push({ at, end, by: all.length === 1 ? all[0]! : `(${all.join(' || ')})` });
  }
  // What is left stood in comments.
  return applyEdits(sql, edits).replace(/page_code_\d+_/g, (word) => oneLineOf(held.code.get(word) ?? word, 60));
}

/** LIKE with a lone % holds for every value of any type; so does IN with all that there is. */
function takesAll(input: Input | undefined, quoted: boolean): boolean {
  return quoted ? input?.initial === '%' : input?.all === true;
}

const CHOOSE = 'Keep the value under `parameters`, take the condition out, or make the column a dimension.';

/** SQL in place of what a reader chooses; null, with the reason told, where only a person can say. */
function valueOf(text: string, quoted: boolean, inputs: ReadonlyMap<string, Input>, parameters: Parameters, find: (kind: ImportFinding['kind'], what: string, remedy: string) => void): string | null {
  const shown = oneLineOf(text, 60);
  const parameter = /^(?:\$page\.)?params\.([\p{L}\p{N}_]+)/u.exec(text);
  if (parameter) return refuse(`the page is made once for each ${parameter[1]}, by \${${shown}}`, 'Take the condition out, and make the column a dimension: one report has them all.');
  const input = /^inputs\.([\p{L}\p{N}_]+)(?:\.([\p{L}\p{N}_]+))?$/u.exec(text);
  if (!input) return refuse(`\${${shown}} is ${/^[\p{L}\p{N}_]+$/u.test(text) ? 'no query of the page' : 'code'}`, 'Write the SQL without it.');
  const [, name = '', part = 'value'] = input;
  if (part === 'end') {
    find('decide', `readers chose the end of ${name}; the report now ends on $as_of`, 'Check that the condition means the day that the report is made for.');
    return '$as_of';
  }
  if (part === 'start') {
    find('decide', `readers chose the start of ${name}; the report now begins with the data`, 'Set the start that the report should have in the query.');
    return quoted ? `'1900-01-01'` : `DATE '1900-01-01'`;
  }
  const known = inputs.get(name);
  if (known?.initial == null || !/^(value|label)$/.test(part)) return refuse(`readers choose ${name}, and ${known ? `nothing says what it begins with` : 'the page has no such input'}`, CHOOSE);
  const plain = /^-?\d{1,15}(\.\d{1,9})?$|^(true|false)$/.test(known.initial);
  if (!quoted && !plain) return refuse(`readers choose ${name} as a piece of SQL: “${oneLineOf(known.initial, 40)}”`, CHOOSE);
  const [safe] = safeNames([name]);
  const key = safe === 'as_of' ? 'as_of_input' : safe!;
  // In quotes in one place and not in another: the text is converted where it is needed.
  const kept = quoted ? known.initial : /^[tf]/.test(known.initial) ? known.initial === 'true' : Number(known.initial);
  if (Object.hasOwn(parameters, key) && typeof parameters[key] !== typeof kept) return quoted ? `CAST($${key} AS VARCHAR)` : `CAST($${key} AS ${typeof kept === 'boolean' ? 'BOOLEAN' : 'DOUBLE'})`;
  parameters[key] = kept;
  find('decide', `readers chose ${name}; the report now always takes “${oneLineOf(known.initial, 40)}”`, CHOOSE);
  return `$${key}`;

  function refuse(what: string, remedy: string): null {
    find('block', what, remedy);
    return null;
  }
}

/** Names for queries as tables, that no text uses for anything else. */
function tableNames(order: readonly string[], texts: readonly string[]): Map<string, string> {
  const words = new Set(texts.flatMap((text) => tokenize(hold(text).sql).flatMap(({ kind, value }) => (kind === 'text' ? [] : [value.toLowerCase()]))));
  const names = new Map<string, string>();
  for (const [index, name] of safeNames(order).entries()) {
    let free = name;
    for (let number = 1; words.has(free); number++) free = `${name}_query${number === 1 ? '' : `_${number}`}`;
    words.add(free);
    names.set(order[index]!, free);
  }
  return names;
}

function oneStatement(sql: string, query: SqlAt): string {
  const statements = splitStatements(sql);
  if (statements.length !== 1) throw new DaybookError('query-refused', `the query holds ${statements.length === 0 ? 'no statement' : `${statements.length} statements`}`, place(query), 'A query is one SELECT.');
  const { at, sql: text } = statements[0]!;
  return (sql.slice(0, at) + text).replace(/^\s*\n|\s+$/g, '');
}

/** Puts tables before those that a statement has of its own. */
function withTables(sql: string, tables: readonly string[]): string {
  if (tables.length === 0) return sql;
  const [first, second] = tokenize(sql);
  if (first?.kind !== 'word' || first.value !== 'with') return `WITH ${tables.join(',\n')}\n${sql}`;
  const recursive = second?.kind === 'word' && second.value === 'recursive';
  const from = recursive ? second.at + second.value.length : first.at + first.value.length;
  return `${sql.slice(0, first.at)}WITH ${recursive ? 'RECURSIVE ' : ''}${tables.join(',\n')},${sql.slice(from)}`;
}

function unique(findings: readonly ImportFinding[]): ImportFinding[] {
  return [...new Map(findings.map((one) => [one.what, one] as const)).values()];
}
