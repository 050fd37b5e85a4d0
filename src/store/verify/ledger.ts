import { isSalted, type Digest } from '../../snapshot/canonical.ts';
import { entryPath, sequenceOf, type Entry } from '../../snapshot/entry.ts';
import { pathsOf } from '../../snapshot/manifest.ts';
import type { RetiredRecord } from '../../snapshot/records.ts';
import { parseStrictly, type Document } from './document.ts';
import { finding, type Finding } from './layer.ts';
import { Records } from './records.ts';
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
  const records = new Records();
  let before: { entry: Entry; digest: Digest } | null = null;
  for (const { file, bytes } of files) {
    const parsed = parseStrictly(bytes);
    const { value: entry, problem } = parsed.value ? asEntry(parsed.value) : parsed;
    if (!entry) {
      chain.findings.push(finding(problem, { file, sequence: sequenceOf(file) }));
      continue;
    }
    const { digest } = parsed as Document;
    for (const message of [...linkProblems(entry, file, before), ...records.enter(entry)]) {
      chain.findings.push(finding(message, { file, sequence: entry.sequence }));
    }
    chain.entries.push(entry);
    chain.digests.set(entry.sequence, digest);
    before = { entry, digest };
  }
  return chain;
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

/** The files that the entries name and did not retire, with the entry. Rows with personal data are not in Git. */
export function filesOf(entries: Entry[]): Map<string, number> {
  const files = new Map<string, number>();
  for (const { kept, retired = [], sequence } of entries) {
    for (const { report, as_of: asOf, version, rows } of kept) {
      const paths = pathsOf({ report, asOf, version });
      files.set(paths.manifest, sequence);
      if (!isSalted(rows)) files.set(paths.rows, sequence);
    }
    for (const one of retired) for (const { path } of one.files) files.delete(path);
  }
  return files;
}

/** A file that left the work tree, with what the ledger says of it. */
export interface RetiredFile extends Pick<RetiredRecord, 'commit'> {
  path: string;
  blob: string;
  /** Of the entry that retired it. */
  sequence: number;
}

/** By path. */
export function retiredFiles(entries: Entry[]): Map<string, RetiredFile> {
  const all = entries.flatMap(({ retired = [], sequence }) => retired.flatMap(({ commit, files }) => files.map((file) => ({ ...file, commit, sequence }))));
  return new Map(all.map((file) => [file.path, file]));
}
