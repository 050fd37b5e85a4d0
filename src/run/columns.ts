import type { Column } from '../snapshot/manifest.ts';
import { Child, ChildFailure } from './child.ts';
import type { ColumnsRequest } from './columns-child.ts';
import type { Reading } from './import-sql.ts';
import { emptyFolder } from './import.ts';
import type { Format } from './sources.ts';

/** A data file that nobody has described. */
export interface DataFile {
  /** Absolute. */
  path: string;
  format: Format;
  /** As a source says it; null: the engine guesses from the first rows. */
  reading: Omit<Reading, 'format'> | null;
}

interface ColumnsOptions {
  /** Absolute path of .daybook/. */
  cache: string;
  memoryMb: number;
  /** For all of them. */
  seconds: number;
}

const PROGRAM = new URL('./columns-child.ts', import.meta.url);
const SECONDS_EACH = 15;
/** Wider tables are no source of a report, and each column costs each query that is tried. */
const MOST_COLUMNS = 1_000;
const LONGEST_TYPE = 20_000;

/** The columns that files have by their beginnings, in the order of the files; null for what cannot be read as rows, or when the time is up. */
export async function readColumns(files: readonly DataFile[], { cache, memoryMb, seconds }: ColumnsOptions): Promise<(Column[] | null)[]> {
  const empty = await emptyFolder(cache);
  let child: Child | null = null;
  const found: (Column[] | null)[] = [];
  const until = performance.now() + 1_000 * seconds;
  const left = (): number => Math.max(0.001, Math.min(SECONDS_EACH, (until - performance.now()) / 1_000));
  const send = <T>(request: ColumnsRequest): Promise<T> => child!.request<T>(request, left());
  try {
    for (const file of files) {
      try {
        if (child === null || child.ended) {
          child = new Child(PROGRAM, empty);
          await send({ kind: 'open', memoryMb, paths: files.map((one) => one.path) });
        }
        const columns = await send<Column[] | null>({ kind: 'columns', memoryMb, ...file });
        found.push(columns !== null && columns.length <= MOST_COLUMNS && columns.every(({ type }) => type.length <= LONGEST_TYPE) ? columns : null);
      } catch (cause) {
        if (!(cause instanceof ChildFailure)) throw cause;
        found.push(null);
      }
    }
    return found;
  } finally {
    child?.kill();
  }
}
