import { createHash } from 'node:crypto';

/** That a commit carries a signature, and by which key as it says itself: nothing of it is checked. */
export interface SignatureClaim {
  kind: 'openpgp' | 'ssh' | 'x509' | 'unknown';
  /** `SHA256:…` of an SSH key, the fingerprint or id of an OpenPGP key in capitals; null where it cannot be read. */
  key: string | null;
}

/** @param armour the value of the header `gpgsig`, with its lines */
export function claimOf(armour: string): SignatureClaim {
  const [, kind = ''] = /^-----BEGIN ([A-Z ]+)-----/.exec(armour) ?? [];
  if (kind === 'SSH SIGNATURE') return { kind: 'ssh', key: quiet(() => sshKey(bytesOf(armour))) };
  if (kind === 'PGP SIGNATURE' || kind === 'PGP MESSAGE') return { kind: 'openpgp', key: quiet(() => pgpKey(bytesOf(armour))) };
  return { kind: kind === 'SIGNED MESSAGE' ? 'x509' : 'unknown', key: null };
}

/** What a stranger wrote may be anything. */
function quiet(read: () => string | null): string | null {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

/** The armour's body: what stands between its headers and its checksum. */
function bytesOf(armour: string): Buffer {
  const lines = armour.split('\n').slice(1).map((line) => line.trim());
  const body = lines.slice(lines.findIndex((line) => line !== '' && !line.includes(': ')));
  return Buffer.from(body.filter((line) => /^[A-Za-z0-9+/]+=*$/.test(line) && !line.startsWith('=')).join(''), 'base64');
}

/** PROTOCOL.sshsig of OpenSSH: `SSHSIG`, a version, then the public key as a string with its length. */
function sshKey(bytes: Buffer): string | null {
  if (bytes.toString('latin1', 0, 6) !== 'SSHSIG') return null;
  const length = bytes.readUInt32BE(10);
  const key = bytes.subarray(14, 14 + length);
  return key.length === length && length > 0 ? `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}` : null;
}

const FINGERPRINT = 33;
const KEY_ID = 16;

/** RFC 9580: a signature packet of version 4 names its key in a subpacket. */
function pgpKey(bytes: Buffer): string | null {
  const header = bytes.readUInt8(0);
  const tag = header & 0x40 ? header & 0x3f : (header >> 2) & 0x0f;
  if (!(header & 0x80) || tag !== 2) return null;
  const start = header & 0x40 ? (bytes.readUInt8(1) < 192 ? 2 : bytes.readUInt8(1) < 224 ? 3 : 6) : 1 + [1, 2, 4, 0][header & 3]!;
  if (bytes.readUInt8(start) !== 4) return null;
  const hashed = start + 6;
  const unhashed = hashed + bytes.readUInt16BE(start + 4) + 2;
  const packets = [...subpackets(bytes, hashed, bytes.readUInt16BE(start + 4)), ...subpackets(bytes, unhashed, bytes.readUInt16BE(unhashed - 2))];
  const named = packets.find(({ type }) => type === FINGERPRINT)?.body.subarray(1) ?? packets.find(({ type }) => type === KEY_ID)?.body;
  return named && named.length >= 8 ? named.toString('hex').toUpperCase() : null;
}

function* subpackets(bytes: Buffer, start: number, length: number): Generator<{ type: number; body: Buffer }> {
  for (let at = start; at < start + length; ) {
    const first = bytes.readUInt8(at);
    const [size, after] = first < 192 ? [first, at + 1] : first < 255 ? [((first - 192) << 8) + bytes.readUInt8(at + 1) + 192, at + 2] : [bytes.readUInt32BE(at + 1), at + 5];
    if (size === 0) return;
    yield { type: bytes.readUInt8(after) & 0x7f, body: bytes.subarray(after + 1, after + size) };
    at = after + size;
  }
}
