import { LIST, listValue, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import { DaybookError } from '../error.ts';
import { didYouMean } from '../report/near.ts';
import { asciiLower, calledNames, tokenize, type Token } from '../report/tokens.ts';
import { engineError, placeAt, type SqlText } from './engine-error.ts';
import { TABLE_FUNCTIONS, VALUE_FUNCTIONS, type Functions } from './functions.ts';

/*
 * The gate is the first wall around a query, and the sandbox is the second. It reads the tree that
 * DuckDB's own parser makes, and lets through only what it knows.
 */

/** What a text of SQL may refer to. */
export interface Surroundings {
  functions: Functions;
  /** Names of tables: the declared sources. */
  sources: readonly string[];
  /** Table macros of queries/macros/, and all macros that could not be created with the reason. */
  tableMacros: ReadonlySet<string>;
  brokenMacros: ReadonlyMap<string, DaybookError>;
  /** Names after `$`; null in a macro. */
  parameters: readonly string[] | null;
}

/** Nodes of the tree, as `class` or `type` names them. What is not here has not been thought about and is refused. */
const KNOWN: ReadonlySet<string> = new Set([
  'SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE', 'CTE_NODE',
  'BASE_TABLE', 'SUBQUERY', 'JOIN', 'TABLE_FUNCTION', 'EXPRESSION_LIST', 'EMPTY', 'PIVOT', 'COLUMN_DATA',
  'ORDER_MODIFIER', 'LIMIT_MODIFIER', 'LIMIT_PERCENT_MODIFIER', 'DISTINCT_MODIFIER', 'ORDER_DEFAULT', 'ASCENDING', 'DESCENDING',
  'BETWEEN', 'CASE', 'CAST', 'COLLATE', 'COLUMN_REF', 'COMPARISON', 'CONJUNCTION', 'CONSTANT', 'DEFAULT', 'FUNCTION', 'LAMBDA', 'LAMBDA_REF',
  'OPERATOR', 'PARAMETER', 'POSITIONAL_REFERENCE', 'STAR', 'WINDOW', 'TYPE',
]);

type Tree = Record<string, unknown>;

/**
 * The SELECT of a text, or an error.
 * @param written the words that a person wrote, where the text is what the engine made of them
 * @returns names of the parameters that it uses, in lower case
 * @throws `query-syntax`, `query-refused`, `source-unknown`, `parameter-unknown`, or the error of a macro that it uses.
 */
export async function checkQuery(connection: DuckDBConnection, text: SqlText, surroundings: Surroundings, written?: readonly Token[]): Promise<Set<string>> {
  const [tree] = await readTrees(connection, [text.sql]);
  return checkTree(connection, text, tree!, surroundings, written);
}

/** What the engine's parser makes of texts, as JSON: one statement for all of them is ten times as fast as one for each. */
export async function readTrees(connection: DuckDBConnection, texts: readonly string[]): Promise<string[]> {
  const result = await connection.runAndReadAll('SELECT json_serialize_sql(sql) FROM (SELECT unnest($texts) AS sql)', { texts: listValue([...texts]) }, { texts: LIST(VARCHAR) });
  return result.getRows().map(([tree]) => String(tree));
}

/** As checkQuery does, of a text that was parsed. @param tree what readTrees gives for it @throws `query-syntax`, `query-refused` */
export async function checkTree(connection: DuckDBConnection, text: SqlText, tree: string, surroundings: Surroundings, written?: readonly Token[]): Promise<Set<string>> {
  const statements = await statementsOf(connection, text, tree);
  if (statements.length !== 1) {
    const what = statements.length === 0 ? 'the file holds no statement' : `the file holds ${statements.length} statements`;
    throw new DaybookError(statements.length === 0 ? 'query-syntax' : 'query-refused', what, { file: text.file }, 'A query is one SELECT.');
  }
  const tokens = tokenize(text.sql);
  const walk = new Walk(text, surroundings, written ?? tokens);
  walk.visit(statements[0], new Set());
  // The words say the same once more, whatever the tree may have hidden.
  refuseWords(tokens, surroundings, false);
  return walk.parameters;
}

/**
 * Refuses calls of functions by the words of a text.
 * @param values also words that are functions without a call, such as current_date; a column may have their name
 * @throws `query-refused`, or the error of a macro
 */
export function refuseWords(tokens: readonly Token[], { functions, brokenMacros }: Pick<Surroundings, 'functions' | 'brokenMacros'>, values: boolean): void {
  for (const [index, { kind, value }] of tokens.entries()) {
    if (kind !== 'word' && kind !== 'quoted') continue;
    const name = value.toLowerCase();
    const called = tokens[index + 1]?.value === '(' && (functions.refused.has(name) || brokenMacros.has(name));
    if (called && brokenMacros.has(name)) throw brokenMacros.get(name);
    if (!called && !(values && VALUE_FUNCTIONS.has(name) && tokens[index - 1]?.value !== '.')) continue;
    throw new DaybookError('query-refused', `${name} is not allowed`, {}, functions.refused.get(name));
  }
}

async function statementsOf(connection: DuckDBConnection, text: SqlText, json: string): Promise<unknown[]> {
  const tree = treeOf(json, text);
  if (!tree.error) return tree.statements;
  try {
    const extracted = await connection.extractStatements(text.sql);
    if (extracted.count === 0) return [];
    const several = extracted.count > 1 && /^\s*(pivot|with)\b/i.test(text.sql) ? 'Name the values of a PIVOT with IN (…).' : undefined;
    throw new DaybookError('query-refused', several ? 'a PIVOT that finds its columns by itself is more than a SELECT' : 'this is not a SELECT', placeOfStatement(text), several);
  } catch (cause) {
    if (cause instanceof Error && cause.message === 'Error in native callback') return [];
    throw engineError(cause, text, 'query-syntax');
  }
}

/** The engine writes a number that is too large for a double as a word that JSON does not know. */
function treeOf(json: string, { file }: SqlText): { error: boolean; statements: unknown[] } {
  try {
    return JSON.parse(json) as { error: boolean; statements: unknown[] };
  } catch {
    throw new DaybookError('query-refused', 'a number in the query is too large', { file }, 'Write infinity as \'Infinity\'::DOUBLE.');
  }
}

function placeOfStatement({ file, sql }: SqlText): { file: string; line: number } {
  return { file, line: sql.slice(0, sql.search(/\S/)).split('\n').length };
}

class Walk {
  readonly parameters = new Set<string>();
  readonly #text: SqlText;
  readonly #surroundings: Surroundings;
  readonly #sources: ReadonlySet<string>;
  readonly #called: ReadonlySet<string>;

  constructor(text: SqlText, surroundings: Surroundings, written: readonly Token[]) {
    this.#text = text;
    this.#surroundings = surroundings;
    this.#called = calledNames(written);
    this.#sources = new Set(surroundings.sources.map(asciiLower));
  }

  /** @param ctes names that WITH has given to tables here, by asciiLower */
  visit(value: unknown, ctes: ReadonlySet<string>): void {
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, ctes);
    } else if (value !== null && typeof value === 'object') {
      this.#node(value as Tree, ctes);
    }
  }

  #node(node: Tree, outer: ReadonlySet<string>): void {
    const kind = node['class'] ?? node['type'];
    if (typeof kind === 'string' && !KNOWN.has(kind)) this.#refuse(node, this.#describe(kind, node));
    if (node['sample']) this.#sample(node['sample'] as Tree, node);
    if (node['at_clause']) this.#refuse(node, 'AT reads another version of a table');
    const ctes = this.#ctes(node, outer);
    const within = typeof node['cte_name'] === 'string' ? new Set([...ctes, asciiLower(node['cte_name'])]) : ctes;
    if (typeof node['function_name'] === 'string') this.#function(node['function_name'], node);
    if (kind === 'TABLE_FUNCTION') this.#tableFunction((node['function'] ?? {}) as Tree);
    if (kind === 'BASE_TABLE') this.#table(node, ctes);
    if (kind === 'COLUMN_REF') this.#column(node);
    if (kind === 'PARAMETER') this.#parameter(String(node['identifier']));
    for (const [key, child] of Object.entries(node)) {
      // A constant's value and a type hold no query; the names of WITH have been visited. Any other
      // `value` may hold one: that of an entry of REPLACE does.
      if (!(key === 'value' && kind === 'CONSTANT') && key !== 'cast_type' && key !== 'sample' && key !== 'cte_map' && typeof child === 'object') this.visit(child, key === 'right' || key === 'child' ? within : ctes);
    }
  }

  /** Visits the tables of WITH in their order: each sees those before it. A recursive one sees itself in its second part alone. */
  #ctes(node: Tree, outer: ReadonlySet<string>): ReadonlySet<string> {
    const { map = [] } = (node['cte_map'] ?? {}) as { map?: { key: string; value: Tree }[] };
    if (map.length === 0) return outer;
    const names = new Set(outer);
    for (const { key, value } of map) {
      this.visit({ ...value, key: undefined }, names);
      names.add(asciiLower(key));
    }
    return names;
  }

  #table(node: Tree, ctes: ReadonlySet<string>): void {
    const [name, schema, catalog] = [textOf(node['table_name']), textOf(node['schema_name']), textOf(node['catalog_name'])];
    const known = ctes.has(asciiLower(name)) || this.#sources.has(asciiLower(name));
    if (known && schema === '' && catalog === '') return;
    const full = [catalog, schema, name].filter(Boolean).join('.');
    const { sources } = this.#surroundings;
    const declared = sources.length === 0 ? 'The report declares no sources.' : `The report declares: ${sources.join(', ')}.`;
    throw new DaybookError('source-unknown', `"${full}" is not a declared source${didYouMean(name, sources)}`, this.#place(node), `${declared} Name the source under \`sources\`.`);
  }

  #tableFunction(call: Tree): void {
    const name = textOf(call['function_name']).toLowerCase();
    if (TABLE_FUNCTIONS.has(name) || this.#surroundings.tableMacros.has(name) || this.#surroundings.brokenMacros.has(name)) return;
    this.#refuse(call, `${name}() in FROM is not allowed`, 'A query reads its declared sources and nothing else.');
  }

  #function(written: string, node: Tree): void {
    const name = written.toLowerCase();
    const broken = this.#surroundings.brokenMacros.get(name);
    if (broken) throw broken;
    const reason = this.#surroundings.functions.refused.get(name);
    if (reason !== undefined) this.#refuse(node, `${name}() is not allowed`, reason);
    // An operator may stand for a macro, and so may a type: whom a change of that macro affects is told by the names that are called.
    if (!this.#surroundings.functions.known.has(name) && !this.#called.has(name)) this.#refuse(node, `${name} is called without its name`, 'Call a macro by its name, as in name(x).');
    // age(x) counts to today; age(x, y) is arithmetic. In x.age() the value stands where a schema would, and is no child.
    if (name === 'age' && ((node['children'] as unknown[] | undefined)?.length !== 2 || textOf(node['schema']) !== '')) this.#refuse(node, 'age() of one value counts to today', 'Write age($as_of, …) in place of the clock.');
  }

  #column(node: Tree): void {
    const names = node['column_names'] as string[];
    const name = names[0]!.toLowerCase();
    if (names.length > 1 || !VALUE_FUNCTIONS.has(name)) return;
    this.#refuse(node, `${name} is not allowed`, `${this.#surroundings.functions.refused.get(name)!} A column of that name is written with its table: t.${name}.`);
  }

  #parameter(written: string): void {
    const name = written.toLowerCase();
    const { parameters } = this.#surroundings;
    if (!parameters?.some((known) => known.toLowerCase() === name)) {
      const what = /^\d+$/.test(name) ? 'parameters have names: $as_of, not $1 or ?' : `$${written} is not declared${didYouMean(written, parameters ?? [])}`;
      // The engine does not say where a parameter stands.
      const at = this.#text.sql.indexOf(`$${written}`);
      throw new DaybookError('parameter-unknown', what, placeAt(this.#text, at < 0 ? null : Buffer.byteLength(this.#text.sql.slice(0, at))));
    }
    this.parameters.add(name);
  }

  #sample({ seed }: Tree, node: Tree): void {
    if (typeof seed !== 'number' || seed < 0) this.#refuse(node, 'a sample is left to chance', 'Add REPEATABLE (1) to the sample.');
  }

  #describe(kind: string, node: Tree): string {
    if (kind === 'SHOW_REF') return `${String(node['show_type']).toLowerCase().startsWith('summary') ? 'SUMMARIZE' : 'DESCRIBE and SHOW'} in a query is not allowed`;
    return `${kind.toLowerCase().replaceAll('_', ' ')} is not allowed in a query`;
  }

  #place(node: Tree): { file: string; line?: number; column?: number } {
    return placeAt(this.#text, node['query_location']);
  }

  #refuse(node: Tree, what: string, hint?: string): never {
    throw new DaybookError('query-refused', what, this.#place(node), hint);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
