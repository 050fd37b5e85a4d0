import { createHmac, hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { DaybookError, type ErrorCode } from '../error.ts';

export type Digest = `sha256:${string}`;

/** Rows with personal data are known by a keyed digest: without its salt, which is erased with them, nobody can guess what they were. */
export type RowsDigest = Digest | `hmac-sha256:${string}`;

/** SHA-256 of the bytes, or of a text as UTF-8. */
export function digestBytes(bytes: string | Uint8Array): Digest {
  return `sha256:${hash('sha256', bytes)}`;
}

/** @param salt 64 hexadecimal digits */
export function saltedDigest(salt: string, bytes: Uint8Array): RowsDigest {
  return `hmac-sha256:${createHmac('sha256', Buffer.from(salt, 'hex')).update(bytes).digest('hex')}`;
}

/** Whether the rows hold personal data, and are not in Git. */
export function isSalted(digest: RowsDigest): boolean {
  return digest.startsWith('hmac-');
}

/**
 * SHA-256 over RFC 8785 canonical JSON, so that layout and key order do not matter. In what is kept, numbers are safe integers; every
 * other number is text.
 */
export function digestJson(value: unknown): Digest {
  return digestBytes(canonicalize(value)!);
}

/**
 * The stored form of a document: RFC 8785 values laid out so that Git diffs by meaning: a line a
 * key at the top, a line an element in lists of objects. The same value gives the same bytes.
 */
export function serialise(value: Record<string, unknown>): string {
  const keys = Object.keys(value).filter((key) => value[key] !== undefined).sort();
  const lines = keys.map((key) => `  ${JSON.stringify(key)}: ${member(value[key])}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function member(value: unknown): string {
  const listOfObjects = Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'object');
  if (!listOfObjects) return canonicalize(value)!;
  return `[\n${value.map((item) => `    ${canonicalize(item)!}`).join(',\n')}\n  ]`;
}

/**
 * The document that `serialise` wrote: any other text, layout or format is refused.
 * @throws `code`, naming the file
 */
export function readDocument<T extends { format: string }>(text: string, file: string, format: T['format'], code: ErrorCode): T {
  let value: T;
  try {
    value = JSON.parse(text) as T;
  } catch (cause) {
    throw new DaybookError(code, `not JSON: ${(cause as Error).message}`, { file });
  }
  if (value?.format !== format || serialise(value) !== text) throw new DaybookError(code, `not a document as ${format} writes it`, { file });
  return value;
}
