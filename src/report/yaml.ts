import * as yaml from 'js-yaml';
import { DaybookError, type ErrorLocation } from '../error.ts';

export type Path = readonly (string | number)[];

/** A YAML text, read once: its value, and where each key and value stands. */
export interface YamlDocument {
  value: unknown;
  /** Place of the value at a path, or with `key` of its key; falls back to the nearest parent. */
  locate(path: Path, part?: 'key' | 'value'): ErrorLocation;
}

/**
 * Reads one YAML 1.2 document (dates, `no` and `1:30` stay text).
 * @throws `yaml-syntax` with line and column.
 */
export function readYaml(text: string, file: string): YamlDocument {
  try {
    const value = text.trim() === '' ? {} : yaml.load(text);
    if (text.includes('*')) refuseExpansion(value, file);
    // Reading a text once more costs as much as reading it, and few are asked where something stands.
    let offsets: Offsets | undefined;
    const locate: YamlDocument['locate'] = (path, part = 'value') => ({ file, key: path.join('.'), ...position(text, (offsets ??= index(text)), path, part) });
    if (/\\u/i.test(text)) refuseHalves(value, [], locate);
    return { value, locate };
  } catch (cause) {
    if (!(cause instanceof yaml.YAMLException)) throw cause;
    const { line, column } = cause.mark ?? { line: 0, column: 0 };
    const opened = /deficient indentation|quoted scalar/.test(cause.reason) ? openQuote(text.split('\n').slice(0, line + 1)) : null;
    if (opened) throw new DaybookError('yaml-syntax', `the quote that opens here is not closed (${cause.reason} in line ${line + 1})`, { file, ...opened }, 'Close it in the same line, or leave both quotes out.');
    throw new DaybookError('yaml-syntax', cause.reason, { file, line: line + 1, column: column + 1 });
  }
}

/** A quote at the beginning of a value that the rest of its line does not close; the last one in the lines. */
function openQuote(lines: readonly string[]): { line: number; column: number } | null {
  for (const [index, text] of [...lines.entries()].reverse()) {
    const [, before, quote = '', rest = ''] = /^((?:[^"'#]*[:,[{-])?\s*)(["'])(.*)$/.exec(text) ?? [];
    if (before !== undefined && !rest.replaceAll(quote === '"' ? /\\./g : "''", '').includes(quote)) return { line: index + 1, column: before.length + 1 };
  }
  return null;
}

/** Places that aliases may fill beyond those that are written. */
const MOST_ALIASED = 10_000;

/** A short text of aliases of aliases stands for more than any memory holds, as soon as somebody walks through it. */
function refuseExpansion(value: unknown, file: string): void {
  const sizes = new Map<object, number>();
  const sizeOf = (one: unknown, depth: number): number => {
    if (one === null || typeof one !== 'object') return 1;
    const known = sizes.get(one);
    if (known !== undefined) return known;
    if (depth > MOST_DEPTH) return Infinity;
    const size = Object.values(one).reduce<number>((sum, inner) => sum + sizeOf(inner, depth + 1), 1);
    sizes.set(one, size);
    return size;
  };
  const whole = sizeOf(value, 0);
  const written = [...sizes.keys()].reduce((sum, one) => sum + 1 + Object.values(one).length, 0);
  if (whole > written + MOST_ALIASED) throw new DaybookError('yaml-syntax', 'its aliases stand for too many values', { file }, 'Write out what aliases stand for, or use fewer.');
}

/** As deep as YAML may be nested without aliases. */
const MOST_DEPTH = 100;

/** An escape can make what no file in UTF-8 holds, and no canonical JSON: half of a character. */
function refuseHalves(value: unknown, path: Path, locate: YamlDocument['locate']): void {
  const refuse = (text: string, at: Path, part: 'key' | 'value'): void => {
    if (!text.isWellFormed()) throw new DaybookError('yaml-syntax', 'half of a character: an escape as \\ud83d needs its other half after it', locate(at, part), 'Write the character itself.');
  };
  if (typeof value === 'string') refuse(value, path, 'value');
  if (value === null || typeof value !== 'object') return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    refuse(key, at, 'key');
    refuseHalves(inner, at, locate);
  }
}

type Offsets = Map<string, { key: number; value: number }>;

function position(text: string, offsets: Offsets, path: Path, part: 'key' | 'value'): { line?: number; column?: number } {
  for (let length = path.length; length > 0; length--) {
    const found = offsets.get(JSON.stringify(path.slice(0, length)));
    if (!found) continue;
    const before = text.slice(0, length < path.length ? found.key : found[part]).split('\n');
    return { line: before.length, column: before.at(-1)!.length + 1 };
  }
  return { line: 1, column: 1 };
}

interface Frame {
  path: (string | number)[];
  list: boolean;
  /** Key that waits for its value, with its offset. */
  key: { name: string; offset: number } | null;
  next: number;
}

/** js-yaml gives offsets with its events, and values without: walks the events to join the two. */
function index(text: string): Offsets {
  const offsets: Offsets = new Map();
  const stack: Frame[] = [];
  const place = (start: number): (string | number)[] => {
    const top = stack.at(-1);
    if (!top) return [];
    const name = top.list ? top.next++ : top.key!.name;
    const path = [...top.path, name];
    offsets.set(JSON.stringify(path), { key: top.list ? start : top.key!.offset, value: start });
    top.key = null;
    return path;
  };
  for (const event of yaml.parseEvents(text, {}) as (yaml.Event & { start?: number; valueStart?: number })[]) {
    const top = stack.at(-1);
    const start = event.start ?? unquoted(text, event.valueStart ?? 0);
    if (event.type === yaml.EVENT_POP) stack.pop();
    else if (event.type === yaml.EVENT_MAPPING || event.type === yaml.EVENT_SEQUENCE) {
      stack.push({ path: place(start), list: event.type === yaml.EVENT_SEQUENCE, key: null, next: 0 });
    } else if (event.type === yaml.EVENT_SCALAR || event.type === yaml.EVENT_ALIAS) {
      const isKey = top && !top.list && top.key === null;
      if (isKey && event.type === yaml.EVENT_SCALAR) top.key = { name: yaml.getScalarValue(text, event), offset: start };
      else place(start);
    } else if (event.type === yaml.EVENT_DOCUMENT) stack.length = 0;
  }
  return offsets;
}

/** js-yaml counts from behind an opening quote; people from the quote. */
function unquoted(text: string, start: number): number {
  return /["']/.test(text[start - 1] ?? '') ? start - 1 : start;
}
