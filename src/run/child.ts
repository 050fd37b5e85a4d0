import { fork, type ChildProcess } from 'node:child_process';
import { getCompileCacheDir } from 'node:module';
import path from 'node:path';
import { DaybookError, type ErrorCode, type ErrorLocation } from '../error.ts';

/** A failure of the child itself, not of what it was asked. */
export class ChildFailure extends Error {
  readonly kind: 'timeout' | 'memory' | 'death';

  constructor(kind: ChildFailure['kind'], detail: string) {
    super(detail);
    this.kind = kind;
  }
}

/** An error on its way out of a child, as data. */
export interface SentError {
  code: ErrorCode;
  message: string;
  place: ErrorLocation;
  hint: string | undefined;
}

/** Errors lose their class on the way between processes: they are sent as data. */
export function sendable({ code, message, place, hint }: DaybookError): SentError {
  return { code, message, place, hint };
}

/** The error that the other process sent. */
export function received({ code, message, place, hint }: SentError): DaybookError {
  return new DaybookError(code, message, place, hint);
}

/** The time that many runs share is up; a run’s own limit is another matter. */
export function outOfTime(): DaybookError {
  return new DaybookError('out-of-time', 'the time was up before it had ended');
}

export type Answer =
  | { kind: 'value'; value: unknown }
  | { kind: 'error'; error: SentError }
  | { kind: 'bug'; stack: string }
  | { kind: 'memory' };

/**
 * A process of our own that answers one request at a time. It sees no environment but the zone and where
 * this process keeps compiled code, and works in an empty folder; results leave it only through its channel.
 */
export class Child {
  readonly #process: ChildProcess;
  #pending: { resolve: (value: unknown) => void; reject: (error: Error) => void } | null = null;
  #stderr = '';
  #ended = false;

  /** @param folder an empty one */
  constructor(program: URL, folder: string) {
    this.#process = fork(program, { cwd: folder, env: { TZ: 'UTC', LC_ALL: 'C', HOME: folder, ...compiled() }, execArgv: [], serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => void (this.#stderr = (this.#stderr + text).slice(-2_000)));
    this.#process.on('message', (answer: Answer) => this.#answer(answer));
    this.#process.on('error', (cause) => this.#end(new ChildFailure('death', cause.message)));
    // 'close' comes after the last message and the last of stderr.
    this.#process.on('close', (code, signal) => this.#end(new ChildFailure('death', [signal ?? `exit code ${code}`, this.#stderr.trim()].filter(Boolean).join(': '))));
    // An idle child keeps nobody waiting; a request has its timer.
    this.#process.unref();
    this.#process.channel?.unref();
    (this.#process.stderr as unknown as { unref(): void }).unref();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws DaybookError that the child answers with, ChildFailure where it does not answer. */
  request<T>(message: unknown, seconds: number): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#ended) return reject(new ChildFailure('death', 'it had ended before'));
      const timer = setTimeout(() => this.#end(new ChildFailure('timeout', `${seconds} s`)), Math.min(seconds * 1000, 2 ** 31 - 1));
      this.#pending = {
        resolve: (value) => (clearTimeout(timer), resolve(value)),
        reject: (error) => (clearTimeout(timer), reject(error)),
      };
      this.#process.send(message as object, (cause) => cause && this.#end(new ChildFailure('death', cause.message)));
    }) as Promise<T>;
  }

  /** A query that does not listen to interruption ends by SIGKILL alone (measured: see design.md, promise 6). */
  kill(): void {
    this.#end(new ChildFailure('death', 'it was stopped'));
  }

  #end(failure: ChildFailure): void {
    this.#ended = true;
    this.#process.kill('SIGKILL');
    const pending = this.#pending;
    this.#pending = null;
    pending?.reject(failure);
  }

  #answer(answer: Answer): void {
    const pending = this.#pending;
    if (answer.kind === 'memory') return this.#end(new ChildFailure('memory', 'it grew beyond its limit'));
    this.#pending = null;
    if (answer.kind === 'value') pending?.resolve(answer.value);
    else if (answer.kind === 'error') pending?.reject(received(answer.error));
    else pending?.reject(Object.assign(new Error('a bug in a child process'), { stack: answer.stack }));
  }
}

/** Reading the programs takes three quarters of a small child's time. Node keeps them in a folder of its version. */
function compiled(): { NODE_COMPILE_CACHE?: string } {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(folder) };
}
