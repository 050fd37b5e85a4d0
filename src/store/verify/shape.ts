import { z } from 'zod';
import { isAsOf } from '../../snapshot/as-of.ts';
import { LEDGER_FORMAT, type Entry } from '../../snapshot/entry.ts';
import { SNAPSHOT_FORMAT, type Manifest } from '../../snapshot/manifest.ts';

/*
 * What the checks rely on. Keys that are not named here may be there: the chain covers them, and a
 * newer Daybook may write more than this one knows.
 */
const seen = new Set<string>();
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const rowsDigest = z.string().regex(/^(sha256|hmac-sha256):[0-9a-f]{64}$/);
const asOf = z.string().refine(isKnownAsOf);
const id = z.string().regex(/^[a-z0-9-]+(\/[a-z0-9-]+)*$/);
const count = z.int().min(0);
const time = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/).refine((text) => !Number.isNaN(Date.parse(text)));
const slot = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);

/** The same few days again and again: a calendar costs more than a look-up. */
function isKnownAsOf(text: string): boolean {
  if (seen.has(text)) return true;
  if (!isAsOf(text)) return false;
  seen.add(text);
  return true;
}

const version = z.int().min(1);
const snapshot = { report: id, as_of: asOf, version };
const named = { ...snapshot, manifest: digest };
const commit = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
const text = z.string().nullable();

/** Lists that came later: an entry without any of a kind leaves the list out. */
const lists = {
  changes: z.array(z.looseObject({ ...snapshot, base: text, rows: z.looseObject({ entered: count, modified: count, deleted: count, left: count }), restated: z.looseObject({}).nullable() })).min(1).optional(),
  attributed: z.array(z.looseObject({ ...snapshot, base: z.string(), metrics: z.array(z.looseObject({ name: z.string(), before: text, data: text, after: text })) })).min(1).optional(),
  held: z.array(z.strictObject({ ...named, approvers: z.int().min(1).max(2) })).min(1).optional(),
  decided: z.array(z.strictObject({ ...named, decision: z.enum(['approved', 'rejected']), by: z.array(z.string().min(1)), at: time, commit: commit.nullable(), pull: text })).min(1).optional(),
  retired: z.array(z.strictObject({ ...named, commit, files: z.array(z.strictObject({ path: z.string(), blob: commit })) })).min(1).optional(),
  // Strict, so that nothing else of a person can stand there; its words are judged by what they say.
  erased: z.array(z.strictObject({ report: id, as_of: asOf, versions: z.array(version).min(1), reason: z.string(), ticket: z.string(), approver: z.string() })).min(1).optional(),
};

const entry = z.looseObject({
  format: z.literal(LEDGER_FORMAT),
  sequence: z.int().min(1),
  previous: digest.nullable(),
  time,
  job: z.looseObject({ trigger: z.string(), actor: z.string(), code: z.string(), url: z.string().nullable() }),
  runs: z.array(z.looseObject({ report: id, slot, as_of: asOf.nullable(), status: z.string(), inputs: digest.nullable(), data: digest.nullable() })),
  kept: z.array(z.looseObject({ ...named, rows: rowsDigest, data: digest, retain_until: z.iso.date().optional() })),
  missed: z.array(z.looseObject({ report: id, from: slot, to: slot, count })),
  ...lists,
});

const manifest = z.looseObject({
  format: z.literal(SNAPSHOT_FORMAT),
  report: id,
  as_of: asOf,
  version,
  supersedes: digest.nullable(),
  inputs: z.looseObject({ report: id }),
  inputs_digest: digest,
  data: digest,
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })),
  rows: z.looseObject({ count, bytes: count, sha256: rowsDigest }),
  metrics: z.array(z.looseObject({ name: z.string(), value: z.string().nullable() })),
});

type Shaped<T> = { value: T; problem: null } | { value: null; problem: string };

/** @returns with `problem`, one sentence that names the first key that does not fit; keys that are not known are let through */
export function asEntry(value: unknown): Shaped<Entry> {
  return shaped<Entry>(entry, value, LEDGER_FORMAT);
}

/** As `asEntry`. */
export function asManifest(value: unknown): Shaped<Manifest> {
  return shaped<Manifest>(manifest, value, SNAPSHOT_FORMAT);
}

function shaped<T>(schema: z.ZodType, value: unknown, format: string): Shaped<T> {
  const { error } = schema.safeParse(value);
  if (!error) return { value: value as T, problem: null };
  const at = error.issues[0]!.path.join('.');
  return { value: null, problem: `it is not of the format ${format}: ${at === '' ? 'no such document' : `"${at}" is missing or wrong`}` };
}
