import { gunzipSync, gzipSync } from 'node:zlib';
import { DaybookError } from '../../error.ts';
import { digestBytes, digestJson, isSalted, type Digest } from '../../snapshot/canonical.ts';
import { readCheckpoint, type Checkpoint } from '../../snapshot/checkpoint.ts';
import type { Entry } from '../../snapshot/entry.ts';
import { citation, dataDigest, type Manifest, type SnapshotName } from '../../snapshot/manifest.ts';
import type { Layer } from './layer.ts';
import { asEntry, asManifest } from './shape.ts';
import { anchorLayer, type Anchors } from './signature.ts';

const PROOF_FORMAT = 'daybook/proof/1';

/**
 * One file that shows, without the repository, that a snapshot stands under a checkpoint: its manifest,
 * and every entry from the one that kept it to the checkpoint's. They are whole, since the digest of an
 * entry is over all of it.
 */
interface Proof {
  format: typeof PROOF_FORMAT;
  snapshot: string;
  manifest: Manifest;
  checkpoint: string;
  /** In sequence; `entries_gzip` (base64 of gzip of the same JSON) where they are long. */
  entries?: Entry[];
  entries_gzip?: string;
}

const LONG = 65_536;
const MOST_BYTES = 1 << 28;

/** @param entries from the one that kept the snapshot to the checkpoint's */
export function writeProof(name: SnapshotName, manifest: Manifest, entries: Entry[], checkpoint: string): string {
  const text = JSON.stringify(entries);
  const chain = text.length > LONG ? { entries_gzip: gzipSync(text, { level: 9 }).toString('base64') } : { entries };
  const proof: Proof = { format: PROOF_FORMAT, snapshot: citation(name), manifest, checkpoint, ...chain };
  return `${JSON.stringify(proof, null, 1)}\n`;
}

interface Proven {
  snapshot: string;
  manifest: Manifest;
  checkpoint: Checkpoint;
  /** The entry that kept it. */
  entry: Entry;
  /** What the entries up to the checkpoint made of it, in words; null where readers saw it at once. */
  standing: string | null;
  /** Whether something from elsewhere vouches for the checkpoint. */
  anchor: Layer;
  /** Whether the rows given are the snapshot's; null where none were given. */
  rows: boolean | null;
}

/**
 * Checks a proof by itself.
 * @param rows the bytes of a CSV file that is said to be the snapshot's
 * @throws `proof-broken` where its parts do not fit together; `personal-store` where the digest of the rows is keyed
 */
export function checkProof(text: string, known: Anchors, rows: Uint8Array | null): Proven {
  const proof = parse(text);
  const { value: manifest, problem } = asManifest(proof.manifest);
  if (!manifest) throw broken(`its manifest: ${problem}`);
  const digests = chainOf(proof);
  const entries = entriesOf(proof);
  const [entry] = entries;
  const checkpoint = checkpointOf(proof.checkpoint);
  if (digests.get(checkpoint.sequence) !== checkpoint.head || checkpoint.sequence !== entries.at(-1)?.sequence) throw broken('its entries do not lead to its checkpoint');

  const digest = digestJson(manifest);
  const kept = entry?.kept.find((record) => record.manifest === digest);
  if (!entry || !kept) throw broken('its first entry does not keep its manifest');
  const { report, as_of: asOf, version } = manifest;
  if (citation({ report, asOf, version }) !== proof.snapshot) throw broken(`its manifest is that of ${citation({ report, asOf, version })}`);
  const fits = kept.report === report && kept.as_of === asOf && kept.version === version && kept.rows === manifest.rows.sha256;
  const own = dataDigest(manifest) === manifest.data && kept.data === manifest.data && digestJson(manifest.inputs) === manifest.inputs_digest;
  if (!fits || !own) throw broken('its manifest is not what its entry says');
  if (rows && isSalted(kept.rows)) throw new DaybookError('personal-store', `The rows of ${proof.snapshot} hold personal data: their digest is keyed by a salt, without which nobody can compare it`, {}, 'Check them where the store is: `npx daybook verify --personal-store <folder>`.');
  return { snapshot: proof.snapshot, manifest, checkpoint, entry, standing: standingOf(entries, digest), anchor: anchorLayer(checkpoint, digests, known), rows: rows && digestBytes(rows) === kept.rows };
}

function standingOf(entries: readonly Entry[], digest: Digest): string | null {
  const decided = entries.flatMap((one) => one.decided ?? []).find(({ manifest }) => manifest === digest);
  if (decided) return `${decided.decision} ${decided.at} by ${decided.by.join(', ')}${decided.decision === 'rejected' ? ': readers never saw it' : ''}`;
  return entries[0]!.held?.some(({ manifest }) => manifest === digest) ? 'held: by this checkpoint nobody had approved it, and readers had not seen it' : null;
}

function parse(text: string): Partial<Proof> & { snapshot: string } {
  try {
    const value = JSON.parse(text) as Partial<Proof> | null;
    if (value?.format !== PROOF_FORMAT || typeof value.snapshot !== 'string') throw broken(`it is not of the format ${PROOF_FORMAT}`);
    const { entries_gzip: packed } = value;
    if (packed === undefined) return value as Partial<Proof> & { snapshot: string };
    const entries = JSON.parse(gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_BYTES }).toString()) as Entry[];
    return { ...value, snapshot: value.snapshot, entries };
  } catch (cause) {
    throw cause instanceof DaybookError ? cause : broken('it cannot be read as JSON');
  }
}

function entriesOf({ entries }: Partial<Proof>): Entry[] {
  if (!Array.isArray(entries)) throw broken('it has no entries');
  return entries.map((value) => {
    const { value: entry, problem } = asEntry(value);
    if (!entry) throw broken(`one of its entries: ${problem}`);
    return entry;
  });
}

function chainOf(proof: Partial<Proof>): Map<number, Digest> {
  const digests = new Map<number, Digest>();
  let before: Entry | null = null;
  for (const entry of entriesOf(proof)) {
    const follows = before === null || (entry.sequence === before.sequence + 1 && entry.previous === digests.get(before.sequence));
    if (!follows) throw broken(`its entry ${entry.sequence} does not follow from the one before`);
    digests.set(entry.sequence, digestJson(entry));
    before = entry;
  }
  return digests;
}

function checkpointOf(text: unknown): Checkpoint {
  try {
    return readCheckpoint(String(text));
  } catch {
    throw broken('its checkpoint is not one');
  }
}

function broken(what: string): DaybookError {
  return new DaybookError('proof-broken', `This proves nothing: ${what}`);
}
