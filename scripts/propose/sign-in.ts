import { execFile } from 'node:child_process';
import type { Readable } from 'node:stream';
import { startGit } from '../../src/store/git.ts';
import type { Repository } from '../../src/store/repository.ts';

/** What a person is signed in with at a host. */
export interface SignIn {
  token: string;
  /** The program that has it, for people. */
  by: 'Git' | 'gh';
}

/** A program that has the answer gives it at once. */
const PATIENCE = 10_000;

/** Nobody is asked: a window or a prompt in the middle of a command would be one too many. */
const IN_SILENCE = { GIT_TERMINAL_PROMPT: '0', GIT_ASKPASS: '', GCM_INTERACTIVE: 'never', GH_PROMPT_DISABLED: '1' };

/**
 * The sign-in that this machine has for a host, by Git’s own credential helpers, else by GitHub’s `gh`; null without one. For what
 * a person starts and would else do in the browser by the same account: jobs have their token by name in the environment alone.
 * @param address of a repository there: `https://github.com/owner/name`
 * @param patience milliseconds for each program
 */
export async function signIn(repository: Repository, address: string, patience = PATIENCE): Promise<SignIn | null> {
  const ofGit = await askGit(repository, address, patience);
  if (ofGit !== null) return { token: ofGit, by: 'Git' };
  const ofGh = await askGh(repository.env, new URL(address).hostname, patience);
  return ofGh === null ? null : { token: ofGh, by: 'gh' };
}

async function askGit(repository: Repository, address: string, patience: number): Promise<string | null> {
  const { child, failure } = startGit({ ...repository, apart: true }, ['credential', 'fill'], IN_SILENCE);
  child.stdin.on('error', () => undefined).end(`url=${address}\n\n`);
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timeout = setTimeout(() => {
      endGroup(child.pid!);
      // What a helper leaves running may hold the output open, out of the reach of this signal: nobody listens to it any longer.
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve(null);
    }, patience);
  });
  try {
    return await Promise.race([late, answerOf(child.stdout, failure)]);
  } finally {
    clearTimeout(timeout);
  }
}

async function answerOf(output: Readable, failure: Promise<Error | null>): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of output) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return (await failure) === null ? (/^password=(.+)$/m.exec(Buffer.concat(chunks).toString())?.[1] ?? null) : null;
}

/** A helper is a process of its own, and of the same group if it has not left it. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function askGh(env: NodeJS.ProcessEnv, host: string, patience: number): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('gh', ['auth', 'token', '--hostname', host], { env: { ...env, ...IN_SILENCE }, timeout: patience, killSignal: 'SIGKILL' }, (cause, out) => resolve(cause ? null : out.trim() || null));
  });
}
