import { readdirSync, statSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import { DaybookError } from '../error.ts';
import { sendable, type Answer } from './child.ts';

/** Strings and rows that a query makes outside of the engine's own count; beyond it the process ends itself. */
const SLACK_BYTES = 1_000_000_000;
const WATCH_MILLISECONDS = 50;

export interface Request {
  /** What the request may use, in megabytes; the engine holds to it by itself, except for some strings. */
  memoryMb: number;
  /** The folder below which it writes, how many megabytes may lie there, and what it is for. */
  disk?: { folder: string; megabytes: number; file: string };
}

/**
 * The life of a child's program: answers each message of the parent with what `handle` returns or
 * throws. It ends with its parent, and when it grows far beyond the memory that a request may use. Beyond its disk it answers so,
 * and is ended by the parent: the engine does not listen while it writes, and knows no limit for a database.
 */
export function serve(handle: (request: never) => Promise<unknown>): void {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (request: Request) => {
    let isOver = false;
    const lookAtDisk = (): void => {
      const { disk } = request;
      if (isOver || !disk || bytesBelow(disk.folder) <= disk.megabytes * 1_000_000) return;
      isOver = true;
      send({ kind: 'error', error: sendable(overDisk(disk)) });
    };
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() > request.memoryMb * 1_000_000 + SLACK_BYTES) send({ kind: 'memory' });
      lookAtDisk();
    }, WATCH_MILLISECONDS);
    void answer(handle, request)
      .then((answered) => {
        lookAtDisk();
        return isOver ? undefined : send(answered);
      })
      .finally(() => clearInterval(watch))
      // It ends by a kill, which leaves no time for that.
      .then(flushCompileCache);
  });
}

async function answer(handle: (request: never) => Promise<unknown>, request: Request): Promise<Answer> {
  try {
    return { kind: 'value', value: await handle(request as never) };
  } catch (cause) {
    if (cause instanceof DaybookError) return { kind: 'error', error: sendable(cause) };
    return { kind: 'bug', stack: cause instanceof Error ? (cause.stack ?? String(cause)) : String(cause) };
  }
}

function send(answer: Answer): void {
  process.send!(answer);
}

function overDisk({ megabytes, file }: NonNullable<Request['disk']>): DaybookError {
  return new DaybookError('source-too-large', `its rows take more than ${megabytes} MB of disk; a small file can stand for many`, { file });
}

/** Of all files below a folder, also while they come and go. */
function bytesBelow(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => sum + (entry.isFile() ? statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0 : 0), 0);
  } catch {
    return 0;
  }
}
