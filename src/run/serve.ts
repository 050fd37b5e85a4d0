import { flushCompileCache } from 'node:module';
import { DaybookError } from '../error.ts';
import { sendable, type Answer } from './child.ts';

/** Strings and rows that a query makes outside of the engine's own count; beyond it the process ends itself. */
const SLACK_BYTES = 1_000_000_000;
const WATCH_MILLISECONDS = 50;

export interface Request {
  /** What the request may use, in megabytes; the engine holds to it by itself, except for some strings. */
  memoryMb: number;
}

/**
 * The life of a child's program: answers each message of the parent with what `handle` returns or
 * throws. It ends with its parent, and when it grows far beyond the memory that a request may use.
 */
export function serve(handle: (request: never) => Promise<unknown>): void {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.on('message', (request: Request) => {
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() > request.memoryMb * 1_000_000 + SLACK_BYTES) send({ kind: 'memory' });
    }, WATCH_MILLISECONDS);
    void answer(handle, request)
      .then(send)
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
