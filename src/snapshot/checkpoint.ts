import { DaybookError } from '../error.ts';
import type { Digest } from './canonical.ts';
import { CHECKPOINT_PATH, entryDigest, type Entry } from './entry.ts';
import { parseVerifierKey, readNote, writeNote, type Note, type SignerKey } from './note.ts';

/** Where a ledger ends, in three lines that fit on a card: what an auditor keeps. */
export interface Checkpoint {
  instance: string;
  sequence: number;
  /** Digest of the entry with this sequence. */
  head: Digest;
  note: Note;
}

/** A C2SP note: instance, sequence, head digest in base64; then the signature, where there is a key. */
export function writeCheckpoint(instance: string, entry: Entry, signer?: SignerKey | null): string {
  const hash = Buffer.from(entryDigest(entry).slice('sha256:'.length), 'hex').toString('base64');
  return writeNote(`${instance}\n${entry.sequence}\n${hash}\n`, signer ? [signer] : []);
}

/**
 * Reads the one form in which a checkpoint is written. Signatures are read, not judged.
 * @throws `ledger-broken`
 */
export function readCheckpoint(text: string, file: string = CHECKPOINT_PATH): Checkpoint {
  const note = readNote(text);
  const [, instance, sequence, base64] = /^([^\s\p{Cc}]+)\n([1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\n$/u.exec(note?.text ?? '') ?? [];
  const head = Buffer.from(base64 ?? '', 'base64');
  if (!note || !instance || head.toString('base64') !== base64) {
    throw new DaybookError('ledger-broken', 'This is not a checkpoint: instance, sequence and digest on three lines', { file });
  }
  return { instance, sequence: Number(sequence), head: `sha256:${head.toString('hex')}`, note };
}

/** A key that may sign from a sequence on, as daybook.yml lists it. */
export interface LedgerKey {
  key: string;
  since: number;
}

/** The key that signs this sequence: of those that have begun, the one that began last; null where none has. */
export function keyFor(keys: readonly LedgerKey[], sequence: number): LedgerKey | null {
  const begun = keys.filter(({ since }) => since <= sequence);
  return begun.reduce<LedgerKey | null>((last, key) => (last === null || key.since >= last.since ? key : last), null);
}

/**
 * The private key for a checkpoint; null where daybook.yml names none for it. A signed ledger does not
 * silently become unsigned.
 * @param own the key that the job was given
 * @throws `key-missing`, `key-broken`
 */
export function signerFor(keys: readonly LedgerKey[], own: SignerKey | null, sequence: number): SignerKey | null {
  const listed = keyFor(keys, sequence);
  if (!listed) return null;
  const { name, id, text } = parseVerifierKey(listed.key);
  if (own?.verifier.text === text) return own;
  const given = own ? `the job has the key ${own.verifier.name}+${own.verifier.id}` : 'the job has no key';
  throw new DaybookError('key-missing', `ledger entry ${sequence} must be signed by ${name}+${id}, and ${given}`, { file: 'daybook.yml', key: 'ledger.keys' });
}
