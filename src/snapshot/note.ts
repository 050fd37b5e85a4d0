import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { DaybookError } from '../error.ts';

/*
 * Signed notes as https://c2sp.org/signed-note defines them, with Ed25519 (type 0x01). Keys are written
 * as Go's golang.org/x/mod/sumdb/note writes them, so that other tools can check a checkpoint too.
 */
const ED25519 = 1;
/** PKCS #8 around a 32-byte Ed25519 seed (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** RFC 8410: the same around a 32-byte public key. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const MOST_SIGNATURES = 16;

export interface VerifierKey {
  name: string;
  /** 8 hexadecimal digits. */
  id: string;
  /** `name+id+base64`, as daybook.yml holds it. */
  text: string;
  key: KeyObject;
}

export interface SignerKey {
  verifier: VerifierKey;
  key: KeyObject;
}

interface Signature {
  name: string;
  id: string;
  bytes: Buffer;
}

export interface Note {
  /** What is signed; ends in a line feed. */
  text: string;
  signatures: Signature[];
}

/** A name has no white space and no plus, which separate it from what follows. */
function isKeyName(name: string): boolean {
  return /^[^\s+\p{Cc}]+$/u.test(name);
}

function idOf(name: string, raw: Buffer): string {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519)).update(raw).digest('hex').slice(0, 8);
}

function verifierOf(name: string, raw: Buffer): VerifierKey {
  const id = idOf(name, raw);
  const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });
  return { name, id, text: `${name}+${id}+${Buffer.concat([Buffer.of(ED25519), raw]).toString('base64')}`, key };
}

/**
 * Reads `name+id+base64`.
 * @throws `key-broken`
 */
export function parseVerifierKey(text: string): VerifierKey {
  const { name, id, raw } = parseKey(text, 'a public key');
  const verifier = verifierOf(name, raw);
  if (verifier.id !== id) throw new DaybookError('key-broken', `the public key of "${name}" is not the one that ${id} stands for`);
  return verifier;
}

/**
 * Reads `PRIVATE+KEY+name+id+base64`. What is wrong is said without a part of the key.
 * @throws `key-broken`
 */
export function parseSignerKey(text: string): SignerKey {
  const prefix = 'PRIVATE+KEY+';
  if (!text.startsWith(prefix)) throw new DaybookError('key-broken', 'the private key does not begin with PRIVATE+KEY+');
  const { name, id, raw } = parseKey(text.slice(prefix.length).trim(), 'the private key');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: 'der', type: 'pkcs8' });
  const verifier = verifierOf(name, rawPublic(key));
  if (verifier.id !== id) throw new DaybookError('key-broken', `the private key of "${name}" is damaged`);
  return { verifier, key };
}

function parseKey(text: string, what: string): { name: string; id: string; raw: Buffer } {
  const match = /^([^\s+\p{Cc}]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(text);
  const bytes = Buffer.from(match?.[3] ?? '', 'base64');
  if (!match || bytes[0] !== ED25519) throw new DaybookError('key-broken', `${what} is not written as name+id+base64 of an Ed25519 key`);
  return { name: match[1]!, id: match[2]!, raw: bytes.subarray(1) };
}

function rawPublic(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}

/** A new pair: `signer` is the text of the private key, to be shown once. @throws `key-broken` where no key can have the name */
export function makeKey(name: string): { signer: string; verifier: string } {
  if (!isKeyName(name)) throw new DaybookError('key-broken', `"${name}" cannot name a key: no spaces, no +`);
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length);
  const { id, text } = verifierOf(name, rawPublic(privateKey));
  return { signer: `PRIVATE+KEY+${name}+${id}+${Buffer.concat([Buffer.of(ED25519), seed]).toString('base64')}`, verifier: text };
}

/** The text with its signature lines: as it is, where nobody signs. */
export function writeNote(text: string, signers: SignerKey[]): string {
  const lines = signers.map(({ verifier: { name, id }, key }) => {
    return signatureLine({ name, id, bytes: sign(null, Buffer.from(text), key) });
  });
  return lines.length === 0 ? text : `${text}\n${lines.join('')}`;
}

function signatureLine({ name, id, bytes }: Signature): string {
  return `— ${name} ${Buffer.concat([Buffer.from(id, 'hex'), bytes]).toString('base64')}\n`;
}

/** Splits text from signatures; null where it is not a note in its one form. A note without signatures is its text. */
export function readNote(note: string): Note | null {
  if (!note.endsWith('\n') || /[\0-\x09\x0b-\x1f]/.test(note)) return null;
  const at = note.lastIndexOf('\n\n');
  if (at < 0) return { text: note, signatures: [] };
  const signatures = note.slice(at + 2, -1).split('\n').map(parseSignature);
  if (signatures.length > MOST_SIGNATURES || signatures.includes(null)) return null;
  const text = note.slice(0, at + 1);
  const known = signatures as Signature[];
  return `${text}\n${known.map(signatureLine).join('')}` === note ? { text, signatures: known } : null;
}

function parseSignature(line: string): Signature | null {
  const [, name, base64] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  if (name === undefined || !isKeyName(name)) return null;
  const bytes = Buffer.from(base64!, 'base64');
  return bytes.length > 4 ? { name, id: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) } : null;
}

/**
 * What a key says of a note: it signed it; it did not; or a signature in its name is false, which
 * makes the whole note worthless.
 */
export function judge({ text, signatures }: Note, { name, id, key }: VerifierKey): 'signed' | 'absent' | 'false' {
  const own = signatures.filter((signature) => signature.name === name && signature.id === id);
  if (own.length === 0) return 'absent';
  return own.every(({ bytes }) => bytes.length === 64 && verify(null, Buffer.from(text), key, bytes)) ? 'signed' : 'false';
}
