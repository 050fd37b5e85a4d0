import { asciiLower } from '../../report/tokens.ts';
import { cutOut, isAggregate, isSubquery, Numbering } from './tree-parts.ts';
import type { Tree } from './tree.ts';

/** What kind of change a query has seen, from the most harmless on; `unknown`: none of the others says it, or not all of it. */
export const SQL_CLASSES = ['same', 'format', 'ordering', 'projection', 'filter', 'aggregation', 'join', 'unknown'] as const;
export type SqlClass = (typeof SQL_CLASSES)[number];

/** What differs between two trees of `normalTree`, each clause by what it does, in the SELECT that it stands in; `format` where nothing does. */
export function classesOf(base: Tree, head: Tree): Set<SqlClass> {
  const difference = new TreeDifference();
  if (difference.isSame(base, head)) return new Set(['format']);
  difference.nodes(base, head);
  return difference.found.size === 0 ? new Set(['unknown']) : difference.found;
}

const MODIFIERS: { [type: string]: SqlClass } = { ORDER_MODIFIER: 'ordering', LIMIT_MODIFIER: 'filter', LIMIT_PERCENT_MODIFIER: 'filter', DISTINCT_MODIFIER: 'aggregation' };

class TreeDifference {
  readonly found = new Set<SqlClass>();
  readonly #numbers = new Numbering();

  nodes(base: Tree, head: Tree): void {
    if (this.isSame(base, head)) return;
    if (base['type'] !== head['type']) return void this.found.add('unknown');
    this.#with(base, head);
    this.#modifiers(base, head);
    switch (base['type']) {
      case 'SELECT_NODE': return this.#selects(base, head);
      case 'SET_OPERATION_NODE': return this.#sets(base, head);
      case 'RECURSIVE_CTE_NODE': return this.#sets(base, head);
      default: return void this.found.add('unknown');
    }
  }

  #selects(base: Tree, head: Tree): void {
    this.#items(base['select_list'] as Tree[], head['select_list'] as Tree[]);
    this.#from(base['from_table'] as Tree, head['from_table'] as Tree);
    for (const clause of ['where_clause', 'having', 'qualify', 'sample']) this.#expressions(base[clause], head[clause], 'filter');
    for (const clause of ['group_expressions', 'group_sets', 'aggregate_handling']) this.#expressions(base[clause], head[clause], 'aggregation');
  }

  /** UNION without ALL removes what is there twice. */
  #sets(base: Tree, head: Tree): void {
    if (!this.isSame(base['setop_all'], head['setop_all']) || !this.isSame(base['union_all'], head['union_all'])) this.found.add('aggregation');
    if (!this.isSame(base['setop_type'], head['setop_type'])) this.found.add('unknown');
    const [old, now] = [base, head].map(({ left, right, children }) => (children ?? [left, right]) as Tree[]) as [Tree[], Tree[]];
    if (old.length !== now.length) return void this.found.add('join');
    old.forEach((child, index) => this.nodes(child, now[index]!));
  }

  /** A table of WITH that is new or gone shows where it is read, unless the other side reads another one under its name. */
  #with(base: Tree, head: Tree): void {
    const [old, now] = [tablesOfWith(base), tablesOfWith(head)];
    if ([...now.keys()].some((name) => !old.has(name) && reads(base, name)) || [...old.keys()].some((name) => !now.has(name) && reads(head, name))) this.found.add('join');
    for (const [name, before] of old) {
      const after = now.get(name);
      if (!after || this.isSame(before, after)) continue;
      this.nodes((before['query'] as Tree)['node'] as Tree, (after['query'] as Tree)['node'] as Tree);
      if (!this.isSame({ ...before, query: null }, { ...after, query: null })) this.found.add('unknown');
    }
  }

  /** The order decides which rows a LIMIT leaves, or DISTINCT ON. */
  #modifiers(base: Tree, head: Tree): void {
    const [old, now] = [base, head].map(({ modifiers }) => (modifiers ?? []) as Tree[]) as [Tree[], Tree[]];
    for (const [type, found] of Object.entries(MODIFIERS)) {
      const [before, after] = [old, now].map((all) => all.filter((one) => one['type'] === type));
      if (this.isSame(before, after)) continue;
      this.#expressions(before, after, found);
      if (type === 'ORDER_MODIFIER') for (const other of [...old, ...now].filter(decidesByOrder)) this.found.add(MODIFIERS[String(other['type'])] ?? 'unknown');
    }
  }

  #items(base: Tree[], head: Tree[]): void {
    const [old, now] = [cutOut(base, isSubquery), cutOut(head, isSubquery)];
    this.#pairs(old.cut, now.cut);
    const [plainOld, plainNow] = [cutOut(old.rest, isAggregate), cutOut(now.rest, isAggregate)];
    if (!this.isSame(plainOld.rest, plainNow.rest)) this.found.add('projection');
    if (!this.#isSameList(plainOld.cut, plainNow.cut)) this.found.add('aggregation');
  }

  #from(base: Tree, head: Tree): void {
    if (this.isSame(base, head)) return;
    if (!this.isSame(base['sample'], head['sample'])) this.found.add('filter');
    if (base['type'] !== head['type']) return void this.found.add('join');
    const without = (tree: Tree, keys: string[]): Tree => ({ ...tree, sample: null, ...Object.fromEntries(keys.map((key) => [key, null])) });
    switch (base['type']) {
      case 'JOIN':
        this.#from(base['left'] as Tree, head['left'] as Tree);
        this.#from(base['right'] as Tree, head['right'] as Tree);
        this.#expressions(base['condition'], head['condition'], 'join');
        if (!this.isSame(without(base, ['left', 'right', 'condition']), without(head, ['left', 'right', 'condition']))) this.found.add('join');
        return;
      case 'SUBQUERY':
        this.nodes((base['subquery'] as Tree)['node'] as Tree, (head['subquery'] as Tree)['node'] as Tree);
        if (!this.isSame(without(base, ['subquery']), without(head, ['subquery']))) this.found.add('projection');
        return;
      case 'PIVOT':
        this.#from(base['source'] as Tree, head['source'] as Tree);
        if (!this.isSame(without(base, ['source']), without(head, ['source']))) this.found.add('aggregation');
        return;
      case 'TABLE_FUNCTION':
        return this.#calls(without(base, []), without(head, []));
      default:
        if (!this.isSame(without(base, []), without(head, []))) this.found.add('join');
    }
  }

  /** A table macro of one form on both sides is a query of its own. */
  #calls(base: Tree, head: Tree): void {
    if (this.isSame(base, head)) return;
    const [old, now] = [base['function'], head['function']] as [Call, Call];
    const [before, after] = [old.macro, now.macro];
    if (!before || !after || !this.isSame({ ...base, function: { ...old, macro: null } }, { ...head, function: { ...now, macro: null } })) return void this.found.add('join');
    if (!this.isSame(before.parameters, after.parameters) || before.trees.length !== after.trees.length) return void this.found.add('unknown');
    before.trees.forEach((tree, index) => this.nodes(tree, after.trees[index]!));
  }

  /** Queries within an expression count by what differs in them. */
  #expressions(base: unknown, head: unknown, found: SqlClass): void {
    if (this.isSame(base, head)) return;
    const [old, now] = [cutOut(base, isSubquery), cutOut(head, isSubquery)];
    if (!this.isSame(old.rest, now.rest)) this.found.add(found);
    this.#pairs(old.cut, now.cut);
  }

  /** Where their number differs, so does what they were cut out of. */
  #pairs(base: readonly Tree[], head: readonly Tree[]): void {
    if (base.length === head.length) base.forEach((query, index) => this.nodes(query['node'] as Tree, head[index]!['node'] as Tree));
  }

  /** In any order, and whatever their columns are called. */
  #isSameList(base: readonly Tree[], head: readonly Tree[]): boolean {
    const [old, now] = [base, head].map((all) => all.map((one) => this.#numbers.of({ ...one, alias: '' })).sort((a, b) => a - b));
    return this.isSame(old, now);
  }

  isSame(base: unknown, head: unknown): boolean {
    return this.#numbers.of(base) === this.#numbers.of(head);
  }
}

type Call = Tree & { macro?: { parameters: string[]; trees: Tree[] } | null };

function decidesByOrder({ type, distinct_on_targets: targets }: Tree): boolean {
  return type === 'DISTINCT_MODIFIER' ? ((targets ?? []) as unknown[]).length > 0 : type !== 'ORDER_MODIFIER';
}

/** @param name by asciiLower */
function reads(tree: Tree, name: string): boolean {
  return cutOut(tree, ({ type }) => type === 'BASE_TABLE').cut.some(({ table_name: table }) => table === name);
}

function tablesOfWith({ cte_map: ctes }: Tree): Map<string, Tree> {
  const { map = [] } = (ctes ?? {}) as { map?: { key: string; value: Tree }[] };
  return new Map(map.map(({ key, value }) => [asciiLower(key), value]));
}
