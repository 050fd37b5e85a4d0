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

const entry = z.looseObject({
  format: z.literal(LEDGER_FORMAT),
  sequence: z.int().min(1),
  previous: digest.nullable(),
  time,
  job: z.looseObject({ trigger: z.string(), actor: z.string(), code: z.string(), url: z.string().nullable() }),
  runs: z.array(z.looseObject({ report: id, slot, as_of: asOf.nullable(), status: z.string(), inputs: digest.nullable(), data: digest.nullable() })),
  kept: z.array(z.looseObject({ report: id, as_of: asOf, version: z.int().min(1), manifest: digest, rows: digest, data: digest })),
  missed: z.array(z.looseObject({ report: id, from: slot, to: slot, count })),
});

const manifest = z.looseObject({
  format: z.literal(SNAPSHOT_FORMAT),
  report: id,
  as_of: asOf,
  version: z.int().min(1),
  supersedes: digest.nullable(),
  inputs: z.looseObject({ report: id }),
  inputs_digest: digest,
  data: digest,
  columns: z.array(z.looseObject({ name: z.string(), type: z.string() })),
  rows: z.looseObject({ count, bytes: count, sha256: digest }),
  metrics: z.array(z.looseObject({ name: z.string(), value: z.string().nullable() })),
});

export type Shaped<T> = { value: T; problem: null } | { value: null; problem: string };

export function asEntry(value: unknown): Shaped<Entry> {
  return shaped<Entry>(entry, value, LEDGER_FORMAT);
}

export function asManifest(value: unknown): Shaped<Manifest> {
  return shaped<Manifest>(manifest, value, SNAPSHOT_FORMAT);
}

function shaped<T>(schema: z.ZodType, value: unknown, format: string): Shaped<T> {
  const { error } = schema.safeParse(value);
  if (!error) return { value: value as T, problem: null };
  const at = error.issues[0]!.path.join('.');
  return { value: null, problem: `it is not of the format ${format}: ${at === '' ? 'no such document' : `"${at}" is missing or wrong`}` };
}
