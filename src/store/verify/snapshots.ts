import { digestBytes, type Digest, type RowsDigest } from '../../snapshot/canonical.ts';
import { decodeCsv } from '../../snapshot/csv.ts';
import type { Entry } from '../../snapshot/entry.ts';
import type { KeptRecord } from '../../snapshot/records.ts';
import { pathsOf, type Manifest } from '../../snapshot/manifest.ts';
import { parseStrictly } from './document.ts';
import { finding, type Finding } from './layer.ts';
import { filesOf } from './ledger.ts';
import { asManifest } from './shape.ts';

/** What is remembered of a file once its bytes were read. */
export type Facts = ManifestFacts | RowsFacts | { kind: 'broken'; problem: string };

interface ManifestFacts extends Pick<Manifest, 'report' | 'as_of' | 'version' | 'supersedes' | 'data' | 'rows'> {
  kind: 'manifest';
  digest: Digest;
  header: string;
}

interface RowsFacts {
  kind: 'rows';
  digest: Digest;
  bytes: number;
  count: number;
  header: string;
}

/** Reads a file of a snapshot by its bytes alone. */
export function factsOf(path: string, bytes: Buffer): Facts {
  return path.endsWith('.csv') ? rowsFacts(bytes) : manifestFacts(bytes);
}

const [LINE_FEED, RETURN, QUOTE] = [10, 13, 34];

function rowsFacts(bytes: Buffer): Facts {
  const digest = digestBytes(bytes);
  // Without quotes a line is a row; reading the cells takes ten times as long, and the digest tells all of them.
  if (bytes.at(-1) === LINE_FEED && !bytes.includes(QUOTE) && !bytes.includes(RETURN)) {
    const header = bytes.toString('utf8', 0, bytes.indexOf(LINE_FEED)).split(',');
    return { kind: 'rows', digest, bytes: bytes.length, count: linesOf(bytes) - 1, header: JSON.stringify(header) };
  }
  try {
    const { names, rows } = decodeCsv(bytes);
    return { kind: 'rows', digest, bytes: bytes.length, count: rows.length, header: JSON.stringify(names) };
  } catch (cause) {
    return { kind: 'broken', problem: (cause as Error).message };
  }
}

function linesOf(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

function manifestFacts(bytes: Uint8Array): Facts {
  const parsed = parseStrictly(bytes);
  if (!parsed.value) return { kind: 'broken', problem: parsed.problem };
  const { value, problem } = asManifest(parsed.value);
  if (!value) return { kind: 'broken', problem };
  const { member } = parsed;
  if (digestBytes(member('inputs')!) !== value.inputs_digest) return { kind: 'broken', problem: '`inputs_digest` is not the digest of its inputs' };
  // As `dataDigest` has it, from the canonical text.
  const published = `{"columns":${member('columns')},"metrics":${member('metrics')},"rows":${member('rows')}}`;
  if (digestBytes(published) !== value.data) return { kind: 'broken', problem: '`data` is not the digest of its columns, rows and metrics' };
  const { report, as_of, version, supersedes, data, rows, columns } = value;
  const header = JSON.stringify(columns.map(({ name }) => name));
  return { kind: 'manifest', report, as_of, version, supersedes, data, rows, header, digest: parsed.digest };
}

/** Compares what the ledger names with what is there. `facts`: by path. */
export function judgeSnapshots(entries: Entry[], facts: ReadonlyMap<string, Facts>): Finding[] {
  const findings: Finding[] = [];
  const latest = new Map<string, Digest>();
  for (const { sequence, kept } of entries) {
    for (const record of kept) {
      const key = `${record.report}@${record.as_of}`;
      for (const [file, message] of problemsOf(record, latest.get(key) ?? null, facts)) findings.push(finding(message, { file, sequence }));
      latest.set(key, record.manifest);
    }
  }
  const listed = filesOf(entries);
  for (const file of facts.keys()) {
    if (!listed.has(file)) findings.push(finding('the ledger does not know this file', { file }));
  }
  return findings;
}

function* problemsOf(record: KeptRecord, before: Digest | null, facts: ReadonlyMap<string, Facts>): Generator<[string, string]> {
  const paths = pathsOf({ report: record.report, asOf: record.as_of, version: record.version });
  const manifest = facts.get(paths.manifest);
  const rows = facts.get(paths.rows);
  for (const [file, one] of [[paths.manifest, manifest], [paths.rows, rows]] as const) {
    if (!one) yield [file, 'it is missing'];
    else if (one.kind === 'broken') yield [file, one.problem];
  }
  if (rows?.kind === 'rows' && rows.digest !== record.rows) yield [paths.rows, `its SHA-256 is ${short(rows.digest)}, and the ledger says ${short(record.rows)}`];
  if (manifest?.kind !== 'manifest') return;
  if (manifest.digest !== record.manifest) yield [paths.manifest, `its digest is ${short(manifest.digest)}, and the ledger says ${short(record.manifest)}`];
  const isOther = manifest.report !== record.report || manifest.as_of !== record.as_of || manifest.version !== record.version;
  if (isOther) yield [paths.manifest, `it is the manifest of ${manifest.report}@${manifest.as_of}.v${manifest.version}`];
  if (manifest.supersedes !== before) yield [paths.manifest, '`supersedes` is not the version before it'];
  if (manifest.data !== record.data) yield [paths.manifest, 'its data is not what the ledger says'];
  if (rows?.kind !== 'rows') return;
  const { sha256, bytes, count } = manifest.rows;
  if (sha256 !== rows.digest || bytes !== rows.bytes || count !== rows.count) yield [paths.rows, 'it is not what its manifest says: SHA-256, bytes or number of rows differ'];
  if (manifest.header !== rows.header) yield [paths.rows, 'its columns are not those of its manifest'];
}

function short(digest: RowsDigest): string {
  return `${digest.slice(digest.indexOf(':') + 1).slice(0, 12)}…`;
}
