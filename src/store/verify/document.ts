import { digestBytes, serialise, type Digest } from '../../snapshot/canonical.ts';

/** A document of the ledger whose bytes are the ones that its content is written with. */
export interface Document {
  value: Record<string, unknown>;
  /** Over the canonical JSON of all of it. */
  digest: Digest;
  /** The canonical JSON of a top key, as text. */
  member: (key: string) => string | undefined;
  problem: null;
}

export type Parsed = Document | { value: null; problem: string };

/**
 * Reads a document of the ledger as strictly as it was written: bytes that another reader could take
 * for something else (a key twice, a number that does not fit a double, a byte order mark, other line
 * ends or spaces) are refused, whatever they mean.
 */
export function parseStrictly(bytes: Uint8Array): Parsed {
  const bad = (problem: string): Parsed => ({ value: null, problem });
  let text: string;
  let value: unknown;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return bad('it is not UTF-8');
  }
  if (text.startsWith('\uFEFF')) return bad('it begins with a byte order mark');
  if (text.includes('\r')) return bad('it has other line ends than it was written with');
  try {
    value = JSON.parse(text);
  } catch {
    return bad('it is not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return bad('it is not an object');
  const { number, sorted } = inspect(value, { number: null, sorted: true });
  if (number !== null) return bad(`the number ${number} is beyond what every reader takes for the same`);
  const known = value as Record<string, unknown>;
  if (!(sorted && quickly(known) === text && !/\\ud/i.test(text)) && written(known) !== text) {
    return bad('its bytes are not the ones that its content is written with: a key twice, another order, or spaces');
  }
  const members = membersOf(text);
  const canonical = `{${[...members].map(([key, json]) => `${key}:${json}`).join(',')}}`;
  return { value: known, digest: digestBytes(canonical), member: (key) => members.get(JSON.stringify(key)), problem: null };
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

interface Inspection {
  /** One that is not safe. */
  number: number | null;
  /** Each object has its keys in the order of canonical JSON. */
  sorted: boolean;
}

function inspect(value: unknown, found: Inspection): Inspection {
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) found.number = value;
  if (value === null || typeof value !== 'object') return found;
  let before: string | null = null;
  const isList = Array.isArray(value);
  for (const [key, inner] of Object.entries(value)) {
    if (!isList && before !== null && before > key) found.sorted = false;
    before = key;
    inspect(inner, found);
  }
  return found;
}

/** What `serialise` gives for a value whose keys are sorted, in a third of its time. */
function quickly(value: Record<string, unknown>): string {
  const lines = Object.keys(value).map((key) => {
    const member = value[key];
    const isList = Array.isArray(member) && member.length > 0 && member.every((item) => typeof item === 'object');
    const json = isList ? `[\n${member.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]` : JSON.stringify(member);
    return `  ${JSON.stringify(key)}: ${json}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** Null where the text could never have been written: half of a surrogate pair. */
function written(value: Record<string, unknown>): string | null {
  try {
    return serialise(value);
  } catch {
    return null;
  }
}

/** The layout of `serialise` undone: its line ends and the spaces after them are never part of a value. */
function membersOf(text: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const part of text.slice(1, -3).split('\n  "').slice(1)) {
    const line = `"${part}`;
    const [start, key] = /^("(?:[^"\\]|\\.)*"): /.exec(line)!;
    const json = line.slice(start.length).replaceAll(/\n */g, '');
    members.set(key!, json.endsWith(',') ? json.slice(0, -1) : json);
  }
  return members;
}
