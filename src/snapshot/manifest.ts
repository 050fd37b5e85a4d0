import { DaybookError } from '../error.ts';
import { folderOf, isAsOf, type AsOf } from './as-of.ts';
import { digestJson, readDocument, serialise, type Digest, type RowsDigest } from './canonical.ts';

export const SNAPSHOT_FORMAT = 'daybook/snapshot/1';

export interface Column {
  name: string;
  /** DuckDB's name of the type, e.g. `DECIMAL(18,3)`. */
  type: string;
}

export interface SourceFile {
  /** Relative to the instance's root, with forward slashes. */
  path: string;
  bytes: number;
  sha256: Digest;
}

export interface SourceInput {
  name: string;
  files: SourceFile[];
  /** Digest of how the files are read: format, declared types, clustering. */
  reading: Digest;
}

/** Everything that can change a result; its digest is what makes a run known. */
export interface Inputs {
  report: string;
  /** Digest of the data-affecting part of the definition. */
  definition: Digest;
  /** Digest of the query and the macros it may use. */
  query: Digest;
  /** `as_of` and what the report declares; values as text. */
  parameters: { [name: string]: string | number | boolean };
  sources: SourceInput[];
  engine: { name: string; version: string; settings: { [name: string]: string | number } };
}

export interface MetricValue {
  name: string;
  /** Text as in the rows' CSV; null where there is no value. */
  value: string | null;
  /** The DuckDB type of the value. */
  type: string;
  /** First day or instant of the period, where the report has `time`. */
  period: string | null;
}

export interface CheckResult {
  name: string;
  column: string | null;
  operator: string;
  expected: string;
  actual: string;
  level: 'error' | 'warn';
  passed: boolean;
}

export interface Result {
  columns: Column[];
  /** `sha256`: of the rows' bytes, keyed where they hold personal data and are kept outside of Git. */
  rows: { count: number; bytes: number; sha256: RowsDigest };
  metrics: MetricValue[];
  checks: CheckResult[];
}

export interface Manifest extends Result {
  format: typeof SNAPSHOT_FORMAT;
  report: string;
  as_of: AsOf;
  version: number;
  /** Digest of the manifest of the version before. */
  supersedes: Digest | null;
  inputs: Inputs;
  /** Digest of `inputs`. */
  inputs_digest: Digest;
  /** Digest of columns, rows and metrics: equal digests are the same published numbers. */
  data: Digest;
}

/** The digest that tells a new version from an unchanged result. */
export function dataDigest(result: Pick<Result, 'columns' | 'rows' | 'metrics'>): Digest {
  return digestJson({ columns: result.columns, rows: result.rows, metrics: result.metrics });
}

export interface SnapshotName {
  report: string;
  asOf: AsOf;
  version: number;
}

/** `aviation/flights-daily@2001-06-30.v2`: how every page and file cites a snapshot. */
export function citation({ report, asOf, version }: SnapshotName): string {
  return `${report}@${asOf}.v${version}`;
}

/** A snapshot as the ledger's records and the manifests name it. */
interface Recorded {
  report: string;
  as_of: AsOf;
  version: number;
}

/** A record of a manifest or the ledger, by the name that code has for it. */
export function nameOf({ report, as_of: asOf, version }: Recorded): SnapshotName {
  return { report, asOf, version };
}

/** As `citation`, of a record. */
export function citationOf(recorded: Recorded): string {
  return citation(nameOf(recorded));
}

/** Paths of the manifest and the rows, relative to the root. */
export function pathsOf({ report, asOf, version }: SnapshotName): { manifest: string; rows: string } {
  const stem = `snapshots/${folderOf(asOf)}/v${version}/${report}`;
  return { manifest: `${stem}.json`, rows: `${stem}.csv` };
}

/** The text of the manifest’s file: equal manifests have equal bytes. */
export function writeManifest(manifest: Manifest): string {
  return serialise(manifest as unknown as Record<string, unknown>);
}

/** @throws `snapshot-broken` where the text is not a manifest of this format. */
export function readManifest(text: string, file: string): Manifest {
  const manifest = readDocument<Manifest>(text, file, SNAPSHOT_FORMAT, 'snapshot-broken');
  if (!isAsOf(manifest.as_of)) throw new DaybookError('snapshot-broken', `"${manifest.as_of}" is no as-of`, { file });
  return manifest;
}
