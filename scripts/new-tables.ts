import path from 'node:path';
import { openParser } from '../src/run/parser.ts';

/** Tables that a SELECT reads, in lower case, without those that it makes by WITH; null where the text is no SELECT. */
export async function tablesOf(root: string, sql: string): Promise<string[] | null> {
  const parser = openParser({ folder: path.join(root, '.daybook/empty') });
  try {
    const tree = await parser.tree(sql);
    return tree === null ? null : tablesIn(tree);
  } finally {
    parser.close();
  }
}

/** A loop, since a tree may be deeper than calls may. */
function tablesIn(tree: unknown): string[] {
  const [read, made] = [new Set<string>(), new Set<string>()];
  const open: unknown[] = [tree];
  while (open.length > 0) {
    const node = open.pop();
    if (node === null || typeof node !== 'object') continue;
    const { type, table_name: name, cte_map: ctes } = node as { type?: unknown; table_name?: unknown; cte_map?: { map?: { key: unknown }[] } };
    if (type === 'BASE_TABLE') read.add(String(name).toLowerCase());
    for (const { key } of ctes?.map ?? []) made.add(String(key).toLowerCase());
    for (const child of Object.values(node)) open.push(child);
  }
  return [...read].filter((name) => !made.has(name)).sort();
}
