import { digestBytes, isSalted, type Digest, type RowsDigest } from '../../snapshot/canonical.ts';
import { decodeCsv } from '../../snapshot/csv.ts';
import type { Entry } from '../../snapshot/entry.ts';
import { nameOf, pathsOf, type Manifest } from '../../snapshot/manifest.ts';
import type { KeptRecord } from '../../snapshot/records.ts';
import { parseStrictly } from './document.ts';
import { finding, type Finding } from './layer.ts';
import { filesOf, retiredFiles } from './ledger.ts';
import { asManifest } from './shape.ts';

/** What is remembered of a file once its bytes were read. */
export type FileFacts = ManifestFacts | RowsFacts | { kind: 'broken'; problem: string };

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
export function factsOf(path: string, bytes: Buffer): FileFacts {
  return path.endsWith('.csv') ? rowsFacts(bytes) : manifestFacts(bytes);
}

const [LINE_FEED, RETURN, QUOTE] = [10, 13, 34];

function rowsFacts(bytes: Buffer): FileFacts {
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

function manifestFacts(bytes: Uint8Array): FileFacts {
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

/** What the files of a commit are, and those that left them, by path. */
interface SnapshotFiles {
  facts: ReadonlyMap<string, FileFacts>;
  /** Retired files, out of Git's history; null where history is not looked at. */
  retired: ReadonlyMap<string, FileFacts> | null;
}

/** Compares what the ledger names with what is there. */
export function judgeSnapshots(entries: Entry[], { facts, retired }: SnapshotFiles): Finding[] {
  const findings: Finding[] = [];
  const latest = new Map<string, Digest>();
  const gone = retiredFiles(entries);
  const rowsInGit = new Set<string>();
  for (const { sequence, kept } of entries) {
    for (const record of kept) {
      const key = `${record.report}@${record.as_of}`;
      const paths = pathsOf(nameOf(record));
      const isGone = gone.has(paths.manifest);
      const where = isGone ? retired : facts;
      if (where) for (const [file, message] of problemsOf(record, paths, latest.get(key) ?? null, where)) findings.push(finding(isGone ? `retired, and in Git’s history ${message}` : message, { file, sequence }));
      if (isSalted(record.rows)) rowsInGit.add(paths.rows);
      latest.set(key, record.manifest);
    }
  }
  const listed = filesOf(entries);
  for (const file of facts.keys()) {
    if (listed.has(file)) continue;
    const { sequence } = gone.get(file) ?? {};
    const why = rowsInGit.has(file) ? 'rows with personal data are in Git, which keeps them for good' : 'the ledger does not know this file';
    findings.push(finding(sequence === undefined ? why : `ledger entry ${sequence} retired it, and it is there`, { file, sequence: sequence ?? null }));
  }
  return findings;
}

function* problemsOf(record: KeptRecord, paths: { manifest: string; rows: string }, before: Digest | null, facts: ReadonlyMap<string, FileFacts>): Generator<[string, string]> {
  const manifest = facts.get(paths.manifest);
  const rows = facts.get(paths.rows);
  const inGit = isSalted(record.rows) ? [[paths.manifest, manifest] as const] : [[paths.manifest, manifest] as const, [paths.rows, rows] as const];
  for (const [file, one] of inGit) {
    if (!one) yield [file, 'it is missing'];
    else if (one.kind === 'broken') yield [file, one.problem];
  }
  if (inGit.length > 1 && rows?.kind === 'rows' && rows.digest !== record.rows) yield [paths.rows, `its SHA-256 is ${short(rows.digest)}, and the ledger says ${short(record.rows)}`];
  if (manifest?.kind !== 'manifest') return;
  if (manifest.digest !== record.manifest) yield [paths.manifest, `its digest is ${short(manifest.digest)}, and the ledger says ${short(record.manifest)}`];
  const isOther = manifest.report !== record.report || manifest.as_of !== record.as_of || manifest.version !== record.version;
  if (isOther) yield [paths.manifest, `it is the manifest of ${manifest.report}@${manifest.as_of}.v${manifest.version}`];
  if (manifest.supersedes !== before) yield [paths.manifest, '`supersedes` is not the version before it'];
  if (manifest.data !== record.data) yield [paths.manifest, 'its data is not what the ledger says'];
  if (manifest.rows.sha256 !== record.rows) yield [paths.manifest, 'its rows are not those that the ledger names'];
  if (inGit.length > 1 && rows?.kind === 'rows') for (const message of rowsProblems(manifest, rows)) yield [paths.rows, message];
}

/** Whether rows are what their manifest says of them, the digest apart. */
export function* rowsProblems(manifest: ManifestFacts, rows: RowsFacts): Generator<string> {
  const { bytes, count } = manifest.rows;
  if (bytes !== rows.bytes || count !== rows.count) yield 'it is not what its manifest says: bytes or number of rows differ';
  if (manifest.header !== rows.header) yield 'its columns are not those of its manifest';
}

function short(digest: RowsDigest): string {
  return `${digest.slice(digest.indexOf(':') + 1).slice(0, 12)}…`;
}
