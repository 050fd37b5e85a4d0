import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DaybookError } from '../error.ts';
import type { Row } from '../snapshot/csv.ts';
import { Child, ChildFailure, outOfTime } from './child.ts';
import type { CompareRequest } from './compare-child.ts';
import { temporaryBelow } from './leftovers.ts';

interface ComparerOptions {
  /** Absolute path of .daybook/; a folder in it holds what does not fit into memory, and is removed. */
  cache: string;
  threads: number;
  memoryMb: number;
  /** Limit of each statement. */
  seconds: number;
  /** What is left for all of them; without it there is no end. */
  secondsLeft?: () => number;
}

/** SQL over two tables that are read from canonical CSV, in a process of its own. One comparison at a time. */
export interface Comparer {
  /** Makes, or makes again, a table with columns c0, c1, … of these types. Returns its number of rows. */
  load(table: 'base' | 'head', csv: Uint8Array, types: readonly string[]): Promise<number>;
  /**
   * Runs one statement of Daybook's own; rows are text cells.
   * @param inOrder with one thread, row after row: more give other sums of doubles from run to run
   */
  query(sql: string, inOrder?: boolean): Promise<Row[]>;
  close(): Promise<void>;
}

const PROGRAM = new URL('./compare-child.ts', import.meta.url);

/**
 * The process starts while the first rows are written for it: what it has to say against that is thrown by what is asked first.
 * @throws `query-memory`, `query-timeout`, `query-crashed`, `out-of-time` from its functions; it has to be closed in any case.
 */
export async function openComparer({ cache, threads, memoryMb, seconds, secondsLeft = () => Infinity }: ComparerOptions): Promise<Comparer> {
  const folder = await temporaryBelow(path.join(cache, 'compare'));
  let child = new Child(PROGRAM, folder);
  /** A child answers one request at a time; what is asked meanwhile waits. */
  let last: Promise<unknown> = Promise.resolve();
  const ask = <T>(request: CompareRequest): Promise<T> => {
    const answer = last.then(async () => {
      const left = secondsLeft();
      if (left <= 0) throw outOfTime();
      return child.request<T>(request, Math.min(left, seconds)).catch((cause: unknown) => {
        if (cause instanceof ChildFailure && cause.kind === 'timeout' && left < seconds) throw outOfTime();
        throw cause instanceof ChildFailure ? childError(cause, seconds, memoryMb) : cause;
      });
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  const close = async (): Promise<void> => {
    child.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const open = (): Promise<unknown> => {
    const answer = ask({ kind: 'open', memoryMb, folder, threads });
    answer.catch(() => undefined);
    return answer;
  };
  let opened = open();
  return {
    async load(table, csv, types) {
      const file = path.join(folder, `${table}.csv`);
      await writeFile(file, csv);
      // A comparison that took the process down is over, and the next one begins with its tables.
      if (child.ended) {
        child = new Child(PROGRAM, folder);
        opened = open();
      }
      await opened;
      const rows = await ask<number>({ kind: 'load', memoryMb, table, file, bytes: csv.length, types });
      await rm(file);
      return rows;
    },
    async query(sql, inOrder = false) {
      await opened;
      return ask({ kind: 'query', memoryMb, sql, inOrder });
    },
    close,
  };
}

function childError({ kind, message }: ChildFailure, seconds: number, memoryMb: number): DaybookError {
  switch (kind) {
    case 'timeout': return new DaybookError('query-timeout', `a step of the comparison was stopped after ${seconds} s`);
    case 'memory': return new DaybookError('query-memory', `the comparison used far more than ${memoryMb} MB`);
    case 'death': return new DaybookError('query-crashed', `the engine’s process ended (${message.split('\n')[0]!.slice(0, 200)})`);
  }
}
