import { z } from 'zod';

export interface Key {
  /** Dotted, `*` for any name, `[]` for a list's elements: `metrics.*.value`. */
  path: string;
  kind: string;
  required: boolean;
  fallback: string | null;
  description: string | null;
}

interface Node {
  type?: string;
  properties?: Record<string, Node>;
  required?: string[];
  additionalProperties?: Node | boolean;
  items?: Node;
  anyOf?: Node[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  description?: string;
}

/** Every key that people may write, in the schema's order, parents before what they hold. */
export function keysOf(schema: z.ZodType): Key[] {
  return keys(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node, '');
}

function keys(node: Node, prefix: string): Key[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    const required = node.required?.includes(name) ?? false;
    const fallback = isPlain(child.default) ? JSON.stringify(child.default) : null;
    return [{ path, kind: kindOf(child), required, fallback, description: child.description ?? null }, ...keys(child, path)];
  });
  const { additionalProperties: any, items, anyOf } = node;
  const named = typeof any === 'object' ? keys(any, `${prefix}.*`) : [];
  const alternatives = (anyOf ?? []).flatMap((alternative) => keys(alternative, prefix));
  const seen = new Set<string>();
  return [...own, ...named, ...(items ? keys(items, `${prefix}[]`) : []), ...alternatives].filter(({ path }) => !seen.has(path) && seen.add(path));
}

function kindOf(node: Node): string {
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map((value) => String(value)).join(' | ');
  if (node.anyOf) return [...new Set(node.anyOf.map(kindOf))].join(' or ');
  if (node.type === 'array') return `list of ${node.items ? kindOf(node.items) : 'anything'}`;
  if (node.type === 'object') return 'keys';
  return node.type === 'string' ? 'text' : (node.type ?? 'anything');
}

function isPlain(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || (Array.isArray(value) && value.length === 0));
}
