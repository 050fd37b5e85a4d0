/** How a column of a result becomes one number. */
export type Use = 'sum' | 'mean' | 'max' | 'min';
/** What its query makes a column of. `different`: how many different ones there are. */
export type ColumnOrigin = Use | 'quantile' | 'quotient' | 'different';

/** A node of the tree that the engine’s parser makes of a SELECT. */
interface Node {
  type?: string;
  class?: string;
  alias?: string;
  node?: Node;
  query?: { node?: Node };
  subquery?: { node?: Node };
  select_list?: Node[];
  from_table?: Node;
  group_sets?: unknown[];
  cte_map?: { map?: { key: string; value: Node }[] };
  table_name?: string;
  schema_name?: string;
  column_names?: string[];
  column_name_alias?: string[];
  function_name?: string;
  children?: Node[];
  child?: Node;
  distinct?: boolean;
  exclude_list?: unknown[];
  replace_list?: unknown[];
  columns?: boolean;
}

const AGGREGATES: { [name: string]: ColumnOrigin } = {
  sum: 'sum', fsum: 'sum', kahan_sum: 'sum', sumkahan: 'sum', sum_no_overflow: 'sum', count: 'sum', count_star: 'sum', count_if: 'sum', countif: 'sum',
  avg: 'mean', mean: 'mean', favg: 'mean', median: 'quantile', quantile: 'quantile', quantile_cont: 'quantile', quantile_disc: 'quantile', approx_quantile: 'quantile', approx_count_distinct: 'different', max: 'max', min: 'min',
};
const ROUNDED = /^(round|floor|ceil|ceiling|trunc|abs|ifnull|nullif)$/;
/** Queries within queries: deeper than people write. */
const DEEPEST = 8;

/** Columns of a result that one aggregate of its query makes, by their names in lower case; not those of which its tree does not say so plainly. */
export function madeBy(tree: unknown): Map<string, ColumnOrigin> {
  const { statements } = (tree ?? {}) as { statements?: { node?: Node }[] };
  return ofSelect(statements?.[0]?.node, new Map(), 0);
}

function ofSelect(select: Node | undefined, outer: ReadonlyMap<string, Node>, depth: number): Map<string, ColumnOrigin> {
  const found = new Map<string, ColumnOrigin>();
  // With subtotals among the rows, nothing adds up.
  if (select?.type !== 'SELECT_NODE' || depth > DEEPEST || (select.group_sets?.length ?? 0) > 1) return found;
  const within = new Map([...outer, ...(select.cte_map?.map ?? []).map(({ key, value }) => [key.toLowerCase(), value] as const)]);
  const passed = ofTable(select.from_table, within, depth + 1);
  for (const item of select.select_list ?? []) {
    if (item.class === 'STAR') {
      const isWhole = item.columns !== true && (item.exclude_list?.length ?? 0) === 0 && (item.replace_list?.length ?? 0) === 0;
      for (const [name, use] of isWhole ? passed : []) found.set(name, use);
      continue;
    }
    const name = (item.alias || (item.class === 'COLUMN_REF' ? item.column_names?.at(-1) : '') || '').toLowerCase();
    const use = ofValue(item, passed, 0);
    if (name !== '' && use !== null) found.set(name, use);
  }
  return found;
}

/** What a SELECT passes on from the one query that it reads; of a join, nothing is said. */
function ofTable(table: Node | undefined, within: ReadonlyMap<string, Node>, depth: number): Map<string, ColumnOrigin> {
  if ((table?.column_name_alias?.length ?? 0) > 0) return new Map();
  if (table?.type === 'SUBQUERY') return ofSelect(table.subquery?.node, within, depth);
  const named = table?.type === 'BASE_TABLE' && !table.schema_name ? within.get((table.table_name ?? '').toLowerCase()) : undefined;
  return ofSelect(named?.query?.node, within, depth);
}

function ofValue(value: Node | undefined, passed: ReadonlyMap<string, ColumnOrigin>, depth: number): ColumnOrigin | null {
  if (value === undefined || depth > DEEPEST) return null;
  const children = value.children ?? [];
  const inner = (child: Node | undefined): ColumnOrigin | null => ofValue(child, passed, depth + 1);
  if (value.class === 'CAST') return inner(value.child);
  if (value.class === 'COLUMN_REF') return passed.get(value.column_names?.at(-1)?.toLowerCase() ?? '') ?? null;
  if (value.type === 'OPERATOR_COALESCE') return inner(children[0]);
  if (value.class !== 'FUNCTION') return null;
  const name = (value.function_name ?? '').toLowerCase();
  if (Object.hasOwn(AGGREGATES, name)) return value.distinct !== true ? AGGREGATES[name]! : name === 'count' ? 'different' : null;
  if (ROUNDED.test(name)) return inner(children[0]);
  const [left, right] = children;
  const isNumber = (node: Node | undefined): boolean => node?.class === 'CONSTANT';
  if (name === '*' || name === '/') {
    if (isNumber(right)) return inner(left);
    if (name === '*' && isNumber(left)) return inner(right);
    return name === '/' && inner(left) !== null && inner(right) !== null ? 'quotient' : null;
  }
  return (name === '+' || name === '-') && inner(left) === 'sum' && inner(right) === 'sum' ? 'sum' : null;
}
