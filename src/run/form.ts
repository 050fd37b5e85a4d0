import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../error.ts';
import type { Source } from '../report/report.ts';
import { Child, ChildFailure } from './child.ts';
import { openFingerprints } from './fingerprint.ts';
import type { FormRequest, TextForm } from './form-child.ts';
import { delimiterOf } from './import-sql.ts';
import { emptyFolder } from './import.ts';
import { temporaryBelow } from './leftovers.ts';
import { locate } from './sources.ts';

export type { TextColumn, TextForm } from './form-child.ts';

const PROGRAM = new URL('./form-child.ts', import.meta.url);
const SECONDS = 600;

interface FormOptions {
  root: string;
  /** Absolute path of .daybook/. */
  cache: string;
  /** Folders below the root that sources may read. */
  roots: readonly string[];
  threads: number;
  memoryMb: number;
  /** For what does not fit into memory. */
  diskMb: number;
}

/**
 * The form of a CSV file that a source names and says nothing of; it helps to describe the source, and a run never asks for it.
 * Null where there is nothing to tell: another format, or a file that importing it says more of.
 */
export async function readForm(source: Source, { root, cache, roots, threads, memoryMb, diskMb }: FormOptions): Promise<TextForm | null> {
  let spill: string | null = null;
  let child: Child | null = null;
  try {
    const { format, files } = await locate(source, root, roots, await openFingerprints(path.join(cache, 'cache', 'fingerprints.json')));
    if (format !== 'csv' || files.length !== 1) return null;
    spill = await temporaryBelow(path.join(cache, 'forms'));
    child = new Child(PROGRAM, await emptyFolder(cache));
    const request: FormRequest = { file: files[0]!, delimiter: delimiterOf(source.csv, files), spill, threads, memoryMb, disk: { folder: spill, megabytes: diskMb, file: source.file } };
    return await child.request<TextForm | null>(request, SECONDS);
  } catch (cause) {
    if (cause instanceof DaybookError || cause instanceof ChildFailure || (cause as NodeJS.ErrnoException).syscall !== undefined) return null;
    throw cause;
  } finally {
    child?.kill();
    if (spill !== null) await rm(spill, { recursive: true, force: true });
  }
}
