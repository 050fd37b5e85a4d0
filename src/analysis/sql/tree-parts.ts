import { SQL_AGGREGATES } from './aggregates.ts';
import type { Tree } from './tree.ts';

/** Equal values have equal numbers. Each object is looked at once, so that trees can be compared again at every level. */
export class Numbering {
  readonly #known = new WeakMap<object, number>();
  readonly #numbers = new Map<string, number>();

  of(value: unknown): number {
    if (value === null || typeof value !== 'object') return this.#number(`${typeof value} ${String(value)}`);
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const parts = Array.isArray(value)
      ? value.map((item) => this.of(item))
      : Object.entries(value).flatMap(([key, child]) => (child === undefined ? [] : [`${JSON.stringify(key)}:${this.of(child)}`]));
    const number = this.#number(`${Array.isArray(value) ? 'list' : 'node'} ${parts.join(' ')}`);
    this.#known.set(value, number);
    return number;
  }

  #number(text: string): number {
    const known = this.#numbers.get(text) ?? this.#numbers.size;
    this.#numbers.set(text, known);
    return known;
  }
}

/** The parts of a tree that are so, and the tree with a mark in the place of each. */
export function cutOut(value: unknown, isSo: (tree: Tree) => boolean): { rest: unknown; cut: Tree[] } {
  const cut: Tree[] = [];
  const walk = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(walk);
    if (one === null || typeof one !== 'object') return one;
    if (isSo(one as Tree)) {
      cut.push(one as Tree);
      // Its name as a column is what is around it.
      return { alias: (one as Tree)['alias'] };
    }
    return Object.fromEntries(Object.entries(one).map(([key, child]) => [key, walk(child)]));
  };
  return { rest: walk(value), cut };
}

/** The statement within an expression, not the expression around it. */
export function isSubquery(tree: Tree): boolean {
  return 'node' in tree && 'named_param_map' in tree;
}

/** A call of an aggregate without OVER, in DuckDB’s serialized syntax tree. */
export function isAggregate(tree: Tree): boolean {
  return tree['class'] === 'FUNCTION' && SQL_AGGREGATES.has(String(tree['function_name']).toLowerCase());
}
