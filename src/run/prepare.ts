import { spawn } from 'node:child_process';
import { DaybookError } from '../error.ts';
import type { Source } from '../report/report.ts';

interface PrepareOptions {
  root: string;
  env: NodeJS.ProcessEnv;
  /** Time limit; 15 minutes. */
  seconds?: number;
}

/** A command that keeps printing must not fill the memory; the end says what went wrong. */
const KEPT = 4_000;

/**
 * Runs the `prepare` command of a source by the shell in the root. It sees PATH, HOME and the
 * secrets that the source names, and nothing else of the environment.
 * @throws `prepare-failed` with the end of what it printed, secrets masked.
 */
export async function runPrepare(source: Source, { root, env, seconds = 900 }: PrepareOptions): Promise<void> {
  const { prepare, secrets, file } = source;
  if (prepare === undefined) return;
  const place = { file, key: 'prepare' };
  const absent = secrets.filter((name) => !env[name]);
  if (absent.length > 0) {
    throw new DaybookError('prepare-failed', `the environment has no ${absent.join(', ')}`, place, `Set ${absent.join(', ')} for the job, e.g. as a secret of the CI system.`);
  }
  const given = Object.fromEntries(['PATH', 'HOME', ...secrets].map((name) => [name, env[name]]));
  const { end, output } = await runShell(prepare, root, given, seconds);
  if (end === null) return;
  const printed = mask(output, secrets.map((name) => env[name]!)).trim();
  throw new DaybookError('prepare-failed', `\`${prepare}\` ${end}${printed === '' ? '' : `:\n${printed}`}`, place);
}

/** How it ended, null for well, and the last of what it printed. */
function runShell(command: string, cwd: string, env: NodeJS.ProcessEnv, seconds: number): Promise<{ end: string | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    let late = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => void (output = (output + text).slice(-2 * KEPT)));
    }
    const timer = setTimeout(() => {
      late = true;
      killGroup(child.pid);
    }, seconds * 1000);
    const finish = (end: string | null): void => {
      clearTimeout(timer);
      resolve({ end, output });
    };
    child.on('error', (cause) => finish(`could not be started (${cause.message})`));
    child.on('close', (code, signal) => {
      if (late) finish(`was stopped after ${seconds} s`);
      else finish(code === 0 ? null : `ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

/** The shell and all that it started: a left-over child would hold the pipes open. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Masks a secret and each of its lines; what was cut from the front could begin with a part of one. */
function mask(output: string, secrets: readonly string[]): string {
  const hidden = secrets.flatMap((secret) => [secret, ...secret.split('\n').filter((line) => line.length >= 8)]);
  const longestFirst = hidden.toSorted((a, b) => b.length - a.length);
  const whole = output.length < 2 * KEPT ? output : output.slice(longestFirst[0]?.length ?? 0);
  return longestFirst.reduce((text, secret) => text.replaceAll(secret, '***'), whole).slice(-KEPT);
}
