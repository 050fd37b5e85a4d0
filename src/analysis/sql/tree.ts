import { asciiLower } from '../../report/tokens.ts';

/** A node of the tree that DuckDB's parser makes. */
export interface Tree {
  [key: string]: unknown;
}

/** What a macro stands for: trees of its bodies, with its parameters as words; null where that cannot be read. */
export type MacroTrees = ReadonlyMap<string, { parameters: string[]; trees: Tree[] } | null>;

/** Macros that use each other can double with each level: beyond so many nodes nobody wants to compare. */
const MOST_NODES = 50_000;

/** A name that a table has in a SELECT, and where that SELECT stands: equal on both sides of a comparison. */
type Scope = ReadonlyMap<string, { depth: number; id: string; alone: boolean }>;

/**
 * A tree in which what makes no difference is gone: places, the case of names, how tables are called, the qualifier of
 * the only table, `as` with a column's own name, `asc`. Macros have with them what they stand for.
 * @throws RangeError where it is too large
 */
export function normalTree(statement: Tree, macros: MacroTrees): Tree {
  return new Normaliser(macros).node(statement, new Map()) as Tree;
}

class Normaliser {
  readonly #macros: MacroTrees;
  /** Macros within whose bodies this is. */
  readonly #within: string[] = [];
  /** Names that each enclosing SELECT gives to columns. */
  readonly #named: Set<string>[] = [];
  #nodes = 0;

  constructor(macros: MacroTrees) {
    this.#macros = macros;
  }

  node(value: unknown, scope: Scope): unknown {
    if (Array.isArray(value)) return value.map((item) => this.node(item, scope));
    if (value === null || typeof value !== 'object') return value;
    const tree = value as Tree;
    if (++this.#nodes > MOST_NODES) throw new RangeError('too many nodes');
    if (tree['type'] === 'SELECT_NODE') return this.#select(tree, scope);
    if (tree['class'] === 'CONSTANT') return { ...tree, query_location: undefined };
    const plain = this.#children(tree, scope);
    switch (tree['class'] ?? tree['type']) {
      case 'COLUMN_REF': return { ...plain, column_names: this.#reference(tree['column_names'] as string[], scope) };
      case 'STAR': return { ...plain, relation_name: this.#qualifier(lower(tree['relation_name']), scope) };
      case 'BASE_TABLE': return { ...plain, alias: '', table_name: lower(tree['table_name']) };
      case 'TABLE_FUNCTION': return { ...plain, alias: '' };
      case 'SUBQUERY': return tree['class'] === undefined ? { ...plain, alias: '' } : plain;
      case 'ORDER_DEFAULT': return { ...plain, type: 'ASCENDING' };
      case 'FUNCTION': return this.#macro(plain, String(tree['function_name']).toLowerCase());
      default: return plain;
    }
  }

  #children(tree: Tree, scope: Scope): Tree {
    return Object.fromEntries(Object.entries(tree).flatMap(([key, child]) => (key === 'query_location' ? [] : [[key, this.node(child, scope)]])));
  }

  #select(tree: Tree, outer: Scope): Tree {
    const tables = tablesOf(tree['from_table'] as Tree);
    const depth = this.#named.length;
    const inner = new Map([...outer, ...tables.map((name, index) => [name, { depth, id: `#${depth}.${index}`, alone: tables.length === 1 }] as const)]);
    const { cte_map: ctes, ...rest } = tree;
    const items = tree['select_list'] as Tree[];
    this.#named.push(new Set(items.filter((item) => !hasOwnName(item)).map(({ alias }) => lower(alias))));
    // What WITH names does not see the tables of FROM.
    const plain = { ...this.#children(rest, inner), cte_map: this.node(ctes, outer) };
    this.#named.pop();
    return { ...plain, select_list: ((plain as Tree)['select_list'] as Tree[]).map((item, index) => (hasOwnName(items[index]!) ? { ...item, alias: '' } : item)) };
  }

  /** A bare name could also be that of a column that a SELECT makes, which comes first in ORDER BY. */
  #reference(names: readonly string[], scope: Scope): string[] {
    const [first = '', ...rest] = names.map(asciiLower);
    if (rest.length === 0 || !scope.has(first)) return [first, ...rest];
    const qualifier = this.#named.some((named) => named.has(rest[0]!)) ? scope.get(first)!.id : this.#qualifier(first, scope);
    return qualifier === '' ? rest : [qualifier, ...rest];
  }

  /** Of a table of an enclosing SELECT it stays: the same name alone could be one from here. */
  #qualifier(table: string, scope: Scope): string {
    const found = scope.get(table);
    if (table === '' || !found) return table;
    return found.alone && found.depth === this.#named.length - 1 ? '' : found.id;
  }

  #macro(call: Tree, name: string): Tree {
    const macro = this.#macros.get(name);
    if (macro === undefined || this.#within.includes(name)) return call;
    this.#within.push(name);
    const body = macro && { parameters: macro.parameters, trees: macro.trees.map((tree) => this.node(tree, new Map())) };
    this.#within.pop();
    return { ...call, macro: body };
  }
}

function hasOwnName(item: Tree): boolean {
  return item['class'] === 'COLUMN_REF' && (item['column_names'] as string[]).at(-1) === item['alias'];
}

/** Names that the tables of FROM have, in order; one without a name is ''. */
function tablesOf(from: Tree): string[] {
  if (from['type'] === 'JOIN') return [...tablesOf(from['left'] as Tree), ...tablesOf(from['right'] as Tree)];
  if (from['type'] === 'EMPTY') return [];
  return [lower(from['alias'] || from['table_name'])];
}

function lower(value: unknown): string {
  return typeof value === 'string' ? asciiLower(value) : '';
}
