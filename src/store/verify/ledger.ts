import type { Digest } from '../../snapshot/canonical.ts';
import { entryPath, type Entry } from '../../snapshot/entry.ts';
import { citation, pathsOf } from '../../snapshot/manifest.ts';
import { parseStrictly, type Document } from './document.ts';
import { finding, type Finding } from './layer.ts';
import { asEntry } from './shape.ts';

export interface File {
  /** From the instance's root. */
  file: string;
  bytes: Uint8Array;
}

/** A ledger as its files say it, sound or not. */
export interface Chain {
  /** In sequence; those that cannot be read are left out. */
  entries: Entry[];
  /** By sequence. */
  digests: Map<number, Digest>;
  findings: Finding[];
}

/** Reads entries given in the order of their sequence, and checks that they are one chain. */
export function readChain(files: Iterable<File>): Chain {
  const chain: Chain = { entries: [], digests: new Map(), findings: [] };
  const versions = new Map<string, number>();
  let before: { entry: Entry; digest: Digest } | null = null;
  for (const { file, bytes } of files) {
    const parsed = parseStrictly(bytes);
    const { value: entry, problem } = parsed.value ? asEntry(parsed.value) : parsed;
    if (!entry) {
      chain.findings.push(finding(problem, { file, sequence: sequenceOf(file) }));
      continue;
    }
    const { digest } = parsed as Document;
    for (const message of [...linkProblems(entry, file, before), ...contentProblems(entry, versions)]) {
      chain.findings.push(finding(message, { file, sequence: entry.sequence }));
    }
    chain.entries.push(entry);
    chain.digests.set(entry.sequence, digest);
    before = { entry, digest };
  }
  return chain;
}

export function sequenceOf(file: string): number {
  return Number(/(\d+)\.json$/.exec(file)?.[1] ?? 0);
}

function linkProblems(entry: Entry, file: string, before: { entry: Entry; digest: Digest } | null): string[] {
  const problems: string[] = [];
  const expected = (before?.entry.sequence ?? 0) + 1;
  if (entryPath(entry) !== file) problems.push(`this is the entry that belongs at ${entryPath(entry)}`);
  if (entry.sequence !== expected) problems.push(`entry ${expected} is missing: ${entry.sequence} stands where it belongs`);
  else if (entry.previous !== (before?.digest ?? null)) problems.push(`the entry before it is not the one that it names: one of the two was changed`);
  if (before && entry.time < before.entry.time) problems.push(`its time ${entry.time} is before that of the entry before it`);
  return problems;
}

/** Versions count up from 1; what is kept came of a run of this very entry. */
function contentProblems(entry: Entry, versions: Map<string, number>): string[] {
  const problems: string[] = [];
  const ran = new Map<string, number>();
  const count = (key: string, step: number): number => {
    const left = (ran.get(key) ?? 0) + step;
    ran.set(key, left);
    return left;
  };
  for (const run of entry.runs) if (run.status === 'succeeded') count(`${run.report}@${run.as_of} ${run.data}`, 1);
  for (const { report, as_of: asOf, version, data } of entry.kept) {
    const name = citation({ report, asOf, version });
    const next = (versions.get(`${report}@${asOf}`) ?? 0) + 1;
    if (version !== next) problems.push(`it keeps ${name}, where version ${next} is the next`);
    if (count(`${report}@${asOf} ${data}`, -1) < 0) problems.push(`it keeps ${name}, which none of its runs made`);
    versions.set(`${report}@${asOf}`, Math.max(version, next));
  }
  for (const [key, left] of ran) if (left > 0) problems.push(`the run of ${key.split(' ')[0]} succeeded, and nothing of it was kept`);
  return problems;
}

/** The files that the entries name, with the entry. */
export function filesOf(entries: Entry[]): Map<string, number> {
  const files = new Map<string, number>();
  for (const { kept, sequence } of entries) {
    for (const { report, as_of: asOf, version } of kept) {
      const paths = pathsOf({ report, asOf, version });
      files.set(paths.manifest, sequence).set(paths.rows, sequence);
    }
  }
  return files;
}
