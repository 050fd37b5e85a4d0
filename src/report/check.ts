import { z } from 'zod';
import { DaybookError, truncate } from '../error.ts';
import { cutValue } from './cut-value.ts';
import { didYouMean } from './near.ts';
import { readYaml, type Path, type YamlDocument } from './yaml.ts';

/** What was read, or its problems and what was written as it is: never both. */
export type Checked<T> = { value: T; document: YamlDocument } | { value: null; problems: DaybookError[]; written: unknown };

/** Reads YAML against a strict schema; every problem names file, line, key and, where it can, the nearest valid key. */
export function checkYaml<S extends z.ZodType>(text: string, file: string, schema: S): Checked<z.output<S>> {
  let document: YamlDocument;
  try {
    document = readYaml(text, file);
  } catch (error) {
    if (error instanceof DaybookError) return { value: null, problems: [error], written: null };
    throw error;
  }
  const parsed = schema.safeParse(document.value);
  if (parsed.success) return { value: parsed.data, document };
  const problems = parsed.error.issues.slice(0, MOST_PROBLEMS).flatMap((issue) => problemsOf(issue, document, schema)).slice(0, MOST_PROBLEMS);
  return { value: null, problems: problems.sort((a, b) => (a.place.line ?? 0) - (b.place.line ?? 0)), written: document.value };
}

/** In one file; nobody reads more at once. */
const MOST_PROBLEMS = 100;

function problemsOf(issue: z.core.$ZodIssue, document: YamlDocument, schema: z.ZodType, base: Path = []): DaybookError[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, document.value, path);
    return issue.keys.slice(0, MOST_PROBLEMS).flatMap((key) => cutProblem(document, path, key) ?? new DaybookError('unknown-key', `unknown key "${key}"${didYouMean(key, known)}`, document.locate([...path, key], 'key'),
      known.length > 0 ? `Known keys here: ${known.join(', ')}.` : undefined));
  }
  if (issue.code === 'invalid_union') {
    const nearestBranch = issue.errors.toSorted((a, b) => strangeness(a) - strangeness(b))[0];
    if (nearestBranch && strangeness(nearestBranch) < STRANGE) return nearestBranch.flatMap((inner) => problemsOf(inner, document, schema, path));
  }
  const message = expectationOf(issue);
  const received = valueAt(document.value, path);
  if (received === undefined) return [new DaybookError('wrong-value', `missing; ${message}`, document.locate(path, 'key'), `Add the key "${path.at(-1)}".`)];
  const cut = received === null ? cutProblem(document, path.slice(0, -1), String(path.at(-1))) : null;
  if (cut) return cut;
  const shown = JSON.stringify(received);
  const hint = message === `expected ${WORDS['string']}` && ['number', 'boolean'].includes(typeof received) ? `Put it in quotes: "${shown}".` : undefined;
  return [new DaybookError('wrong-value', `${message} (here: ${short(shown)})`, document.locate(path), hint)];
}

/** Said once for all pieces, where the value begins; null where a key is none. */
function cutProblem(document: YamlDocument, above: Path, key: string): DaybookError[] | null {
  const mapping = valueAt(document.value, above);
  const cut = mapping === null || typeof mapping !== 'object' ? null : cutValue(mapping, key);
  if (!cut) return null;
  const [first = '', second = ''] = cut.pieces;
  if (key !== second) return [];
  return [new DaybookError('wrong-value', `the comma ends the value: "${short(first)}" and "${short(second)}" are two`, document.locate([...above, cut.key]), `Put it in quotes: ${short(cut.key)}: ${short(JSON.stringify(cut.whole))}.`)];
}

function short(text: string): string {
  return truncate(text, 60);
}

/** What the schema calls `array`, people call a list. */
const WORDS: { [type: string]: string } = { string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'keys with values', record: 'keys with values' };

function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${WORDS[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = new Set(issue.errors.flatMap((errors) => errors.slice(0, 1).map((error) => expectationOf(error).replace(/^expected /, ''))));
    return `expected ${[...branches].join(' or ')}`;
  }
  return issue.message.replace(/^Invalid (input|option): /, '');
}

/** How far a value is from one branch of a union: another kind of value is further than any wrong key. */
const STRANGE = 1_000;
function strangeness(issues: z.core.$ZodIssue[]): number {
  return issues.length + issues.filter((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys').length * STRANGE;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | null)?.[key], value);
}

/** The keys that the schema knows at a path, taken from the JSON Schema that editors use too. */
function keysAt(schema: z.ZodType, value: unknown, path: Path): string[] {
  type Node = { properties?: Record<string, Node>; additionalProperties?: Node | boolean; items?: Node; anyOf?: Node[]; allOf?: Node[] };
  const alternatives = (node: Node): Node[] => [node, ...(node.anyOf ?? []), ...(node.allOf ?? [])];
  let nodes: Node[] = [z.toJSONSchema(schema, { io: 'input' }) as Node];
  for (const key of path) {
    nodes = nodes.flatMap(alternatives).flatMap((node) => {
      const next = typeof key === 'number' ? node.items : (node.properties?.[key] ?? node.additionalProperties);
      return next && typeof next === 'object' ? [next] : [];
    });
  }
  const present = Object.keys(valueAt(value, path) ?? {});
  const branches = nodes.flatMap(alternatives).map((node) => Object.keys(node.properties ?? {})).filter((keys) => keys.length > 0);
  const overlap = (keys: string[]): number => keys.filter((key) => present.includes(key)).length;
  return branches.toSorted((a, b) => overlap(b) - overlap(a))[0] ?? [];
}
