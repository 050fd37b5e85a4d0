import canonicalize from 'canonicalize';
import { digestBytes, type Digest } from '../../snapshot/canonical.ts';

/** A document of the ledger whose bytes are the ones that its content is written with. */
export interface Document {
  value: Record<string, unknown>;
  /** Over the canonical JSON of all of it. */
  digest: Digest;
  /** The canonical JSON of a top key, as text. */
  member: (key: string) => string | undefined;
  problem: null;
}

type Parsed = Document | { value: null; problem: string };

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
  let members = sorted && !/\\ud/i.test(text) ? membersOf(known, Object.keys(known), JSON.stringify) : null;
  if (!members || layoutOf(members) !== text) members = canonicalMembers(known);
  if (!members || layoutOf(members) !== text) {
    return bad('its bytes are not the ones that its content is written with: a key twice, another order, or spaces');
  }
  const canonical = `{${members.map(({ key, json }) => `${key}:${json}`).join(',')}}`;
  const found = members;
  return { value: known, digest: digestBytes(canonical), member: (name) => found.find(({ key }) => key === JSON.stringify(name))?.json, problem: null };
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
  if (Array.isArray(value)) {
    for (const inner of value) inspect(inner, found);
    return found;
  }
  let before = '';
  for (const key of Object.keys(value)) {
    if (before > key) found.sorted = false;
    before = key;
    inspect((value as Record<string, unknown>)[key], found);
  }
  return found;
}

/** A top key with its value: canonical JSON, and as `serialise` lays it out. */
interface Member {
  key: string;
  json: string;
  laid: string;
}

/** @param stringify gives canonical JSON: `JSON.stringify` does where keys are sorted, in a third of the time */
function membersOf(value: Record<string, unknown>, keys: string[], stringify: (value: unknown) => string): Member[] {
  return keys.map((key) => {
    const member = value[key];
    if (!Array.isArray(member) || member.length === 0 || !member.every((item) => typeof item === 'object')) {
      const json = stringify(member);
      return { key: JSON.stringify(key), json, laid: json };
    }
    const items = member.map(stringify);
    return { key: JSON.stringify(key), json: `[${items.join(',')}]`, laid: `[\n    ${items.join(',\n    ')}\n  ]` };
  });
}

/** Null where they could never have been written: half of a surrogate pair. */
function canonicalMembers(value: Record<string, unknown>): Member[] | null {
  try {
    return membersOf(value, Object.keys(value).sort(), (member) => canonicalize(member)!);
  } catch {
    return null;
  }
}

/** As `serialise` writes it. */
function layoutOf(members: Member[]): string {
  return `{\n${members.map(({ key, laid }) => `  ${key}: ${laid}`).join(',\n')}\n}\n`;
}
