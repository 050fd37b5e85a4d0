import path from 'node:path';
import { madeBy, type ColumnOrigin } from '../../src/review/onboard/made.ts';
import { openParser } from '../../src/run/parser.ts';

/** What a SELECT reads and makes, as its tree says; names in lower case. */
export interface TablesRead {
  /** Without those that it makes by WITH. */
  tables: string[];
  /** Columns that it names with their table. */
  columns: ReadonlyMap<string, ReadonlySet<string>>;
  /** Columns that it names alone and that nothing in it makes: one of its tables has each. */
  bare: ReadonlySet<string>;
  /** Columns of its result that one aggregate makes. */
  made: ReadonlyMap<string, ColumnOrigin>;
}

/** Of several texts at once; null where one is no SELECT. */
export async function tablesRead(root: string, texts: readonly string[]): Promise<(TablesRead | null)[]> {
  const parser = openParser({ folder: path.join(root, '.daybook/empty') });
  try {
    const found: (TablesRead | null)[] = [];
    for (const sql of texts) {
      const tree = await parser.tree(sql);
      found.push(tree === null ? null : readIn(tree));
    }
    return found;
  } finally {
    parser.close();
  }
}

interface Node {
  class?: unknown;
  type?: unknown;
  alias?: unknown;
  table_name?: unknown;
  function?: { function_name?: unknown };
  column_names?: unknown;
  aggregates?: unknown[];
  lhs?: unknown;
  cte_map?: { map?: { key: unknown }[] };
}

/** What the engine calls columns that nobody has named. */
const GIVEN_NAMES = /^(col\d+|rowid|range|generate_series|unnest|ordinality|column_names?|value|name)$|[()]/;
/** Lists of names that a query gives to columns. */
const NAMING: ReadonlySet<string> = new Set(['aliases', 'column_name_alias', 'unpivot_names']);

const lower = (value: unknown): string => String(value).toLowerCase();

function readIn(tree: unknown): TablesRead {
  const [read, made, named, bare] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  /** What each name before a point stands for, wherever in the query. */
  const meant = new Map<string, Set<string>>();
  const qualified: [string, string][] = [];
  let isOpen = false;
  for (const node of nodesOf(tree)) {
    const { class: kind, type, alias, table_name: name, function: called, column_names: names, aggregates, lhs, cte_map: ctes } = node;
    if (type === 'BASE_TABLE') {
      read.add(lower(name));
      named.add(lower(name));
    }
    if (type === 'BASE_TABLE' || (typeof alias === 'string' && alias !== '' && kind === undefined)) {
      const short = lower(alias === '' || alias === undefined ? name : alias);
      meant.set(short, new Set([...(meant.get(short) ?? []), type === 'BASE_TABLE' ? lower(name) : '']));
    }
    if (typeof alias === 'string') named.add(lower(alias));
    for (const [key, value] of Object.entries(node)) if (NAMING.has(key) && Array.isArray(value)) for (const one of value) named.add(lower(one));
    // The columns of a pivot are named by its data, and those of a macro by its body.
    if ((type === 'PIVOT' && (aggregates?.length ?? 0) > 0) || (type === 'TABLE_FUNCTION' && !/^(range|generate_series|unnest)$/.test(lower(called?.function_name)))) isOpen = true;
    if (type === 'LAMBDA') for (const one of nodesOf(lhs)) if (Array.isArray(one.column_names)) for (const parameter of one.column_names) named.add(lower(parameter));
    if (kind === 'COLUMN_REF' && Array.isArray(names)) {
      if (names.length > 1) qualified.push([lower(names[0]), lower(names[1])]);
      else bare.add(lower(names[0]));
    }
    for (const { key } of ctes?.map ?? []) made.add(lower(key));
  }
  const columns = new Map<string, Set<string>>();
  for (const [short, column] of qualified) {
    const [table, ...more] = meant.get(short) ?? [];
    if (table !== undefined && table !== '' && more.length === 0) columns.set(table, (columns.get(table) ?? new Set()).add(column));
  }
  return { tables: [...read].filter((name) => !made.has(name)).sort(), columns, bare: new Set(isOpen ? [] : [...bare].filter((name) => !named.has(name) && !made.has(name) && !GIVEN_NAMES.test(name))), made: madeBy(tree) };
}

/** A loop, since a tree may be deeper than calls may. */
function* nodesOf(tree: unknown): Generator<Node> {
  const open: unknown[] = [tree];
  while (open.length > 0) {
    const node = open.pop();
    if (node === null || typeof node !== 'object') continue;
    if (!Array.isArray(node)) yield node;
    for (const child of Object.values(node)) open.push(child);
  }
}
