import { truncate } from '../../error.ts';
import { readYaml } from '../../report/yaml.ts';
import type { KeyChanged } from './document.ts';

/** What two texts of YAML say otherwise, key by key. */
interface KeyDifference {
  changes: KeyChanged[];
  more: number;
}

/** A few lines of YAML with aliases can stand for billions of values. */
const MOST_VALUES = 20_000;
const DEEPEST = 60;
const MOST_CHANGES = 40;
const LONGEST = 120;

/** Null where one of them cannot be read, or is too large or too deep to compare. */
export function keyDifference(before: string, after: string): KeyDifference | null {
  const [was, is] = [valueOf(before), valueOf(after)];
  if (was === undefined || is === undefined) return null;
  const changes = differences(was, is, []);
  return { changes: changes.slice(0, MOST_CHANGES), more: Math.max(0, changes.length - MOST_CHANGES) };
}

/** A text at the top of the document; null where there is none. */
export function topText(text: string, key: string): string | null {
  const value = valueOf(text);
  const found = isMapping(value) && Object.hasOwn(value, key) ? value[key] : null;
  return typeof found === 'string' ? cut(found) : null;
}

/** Undefined where the text is none that can be walked through. */
function valueOf(text: string): unknown {
  let value: unknown;
  try {
    ({ value } = readYaml(text, ''));
  } catch {
    // Also what is nested too deep for the reader's stack.
    return undefined;
  }
  return isSmall(value) ? value : undefined;
}

function isSmall(root: unknown): boolean {
  const stack: [unknown, number][] = [[root, 0]];
  let values = 0;
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [value, depth] = next;
    values += 1;
    if (values + stack.length > MOST_VALUES || depth > DEEPEST) return false;
    if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) stack.push([one, depth + 1]);
  }
  return true;
}

function isMapping(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function differences(before: unknown, after: unknown, path: readonly string[]): KeyChanged[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(own(before, key), own(after, key), [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) return listDifferences(before, after, path);
  return [{ key: keyOf(path), before: textOf(before), after: textOf(after) }];
}

function own(mapping: { [key: string]: unknown }, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

/** Mappings that stand where they stood are compared; else what went and what came. */
function listDifferences(before: readonly unknown[], after: readonly unknown[], path: readonly string[]): KeyChanged[] {
  const isList = (list: readonly unknown[]): boolean => list.every(isMapping);
  if (before.length === after.length && isList(before) && isList(after)) return before.flatMap((one, index) => differences(one, after[index], [...path, String(index + 1)]));
  if (![...before, ...after].some(isMapping)) return [{ key: keyOf(path), before: textOf(before), after: textOf(after) }];
  const [was, is] = [before, after].map((list) => new Set(list.map((one) => JSON.stringify(one))));
  const gone = before.filter((one) => !is!.has(JSON.stringify(one))).map((one) => ({ key: keyOf(path), before: textOf(one), after: null }));
  const come = after.filter((one) => !was!.has(JSON.stringify(one))).map((one) => ({ key: keyOf(path), before: null, after: textOf(one) }));
  return gone.length + come.length > 0 ? [...gone, ...come] : [{ key: keyOf(path), before: textOf(before), after: textOf(after) }];
}

function keyOf(path: readonly string[]): string {
  return cut(path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.') || 'the whole text');
}

/** What a text must not be taken for. */
const LIKE_JSON = /^(-?\d+(\.\d+)?$|true$|false$|null$|["[{])/;

/** A text as it is, all else as JSON. */
function textOf(value: unknown): string | null {
  if (value === undefined) return null;
  return cut(typeof value === 'string' && !LIKE_JSON.test(value) ? value : JSON.stringify(value));
}

/** On one line. */
function cut(text: string): string {
  return truncate(text.replace(/\s+/g, ' ').trim(), LONGEST);
}
