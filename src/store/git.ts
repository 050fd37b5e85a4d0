import { spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { simpleGit, type SimpleGit, type SimpleGitOptions } from 'simple-git';
import { DaybookError, type ErrorCode } from '../error.ts';

/** Where Git is started, and with which environment (see `gitEnvironment`). */
export interface GitPlace {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Git runs in a process group of its own: Ctrl+C on a terminal goes to all processes of one. */
  apart?: boolean;
}

interface GitInput {
  input?: Iterable<string | Uint8Array>;
  env?: NodeJS.ProcessEnv;
  /** Called once Git runs and before it has read anything. */
  started?: (pid: number) => Promise<void>;
}

/**
 * Variables that would send Git to another repository (a hook that starts Daybook sets them), or
 * have it start an editor (simple-git refuses the latter altogether); and the private key, which is
 * none of a hook's business.
 */
const DROPPED =
  /^(GIT_(DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX|CONFIG|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE|IMPLICIT_WORK_TREE|QUARANTINE_PATH|EDITOR|SEQUENCE_EDITOR|PAGER|EXTERNAL_DIFF|TEMPLATE_DIR|\w+_PATHSPECS)|EDITOR|VISUAL|PAGER|PREFIX|DAYBOOK_SIGNING_KEY)$/i;

/** The caller's environment made safe: this repository, Git's own words in English, true objects only. */
export function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name, value]) => value !== undefined && !DROPPED.test(name));
  // A replace ref serves other bytes under the same object id.
  return { ...Object.fromEntries(kept), LC_ALL: 'C', GIT_NO_REPLACE_OBJECTS: '1' };
}

/** What a user may have set in the environment, by simple-git's names. */
const AMBIENT = [
  'AskPass', 'ConfigEnvCount', 'ConfigPaths', 'CredentialHelper', 'Exec', 'Filter', 'FsMonitor', 'GitProxy',
  'HooksPath', 'Include', 'ProtocolOverride', 'SshCommand', 'UrlRewrite',
];

/**
 * simple-git for commands whose output is text. Its guards are for arguments that come from
 * strangers; ours are all written here, and the environment is the user's own (proxies, SSH keys).
 */
export function gitCommands({ cwd, env }: GitPlace): SimpleGit {
  const config = ['color.ui=false', 'http.lowSpeedLimit=1', 'http.lowSpeedTime=120'];
  const options: Partial<SimpleGitOptions> = {
    baseDir: cwd,
    config,
    trimmed: true,
    allowEnvironment: Object.keys(env),
    unsafe: Object.fromEntries(AMBIENT.map((what) => [`allowUnsafe${what}`, true])),
    // simple-git takes a command that fails in silence for one that succeeded.
    errors: (error, { exitCode, stdOut, stdErr }) => {
      if (error || exitCode === 0) return error;
      return Buffer.concat([...stdOut, ...stdErr, Buffer.from(` (exit code ${exitCode})`)]);
    },
  };
  return simpleGit(options).env(env as Record<string, string>);
}

/**
 * One Git process for what is piped: large input, binary output.
 * @throws DaybookError with Git's own words.
 */
export async function pipeGit(place: GitPlace, args: string[], options: GitInput = {}): Promise<Buffer> {
  const { child, failure } = startGit(place, args, options.env);
  const output = collect(child.stdout);
  if (options.started && child.pid !== undefined) await options.started(child.pid);
  await feed(child.stdin, options.input ?? []);
  const bytes = await output;
  const error = await failure;
  if (error) throw error;
  return bytes;
}

/** Starts Git; `failure` resolves when it has ended, and `said` to what it wrote beside its output. */
export function startGit(place: GitPlace, args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn('git', args, { cwd: place.cwd, env: { ...place.env, ...env }, stdio: 'pipe', detached: place.apart === true });
  // Whoever no longer listens has destroyed it.
  const errors = collect(child.stderr).catch(() => Buffer.alloc(0));
  const failure = new Promise<DaybookError | null>((resolve) => {
    child.on('error', (cause) => resolve(new DaybookError('git-missing', cause.message)));
    child.on('close', async (status, signal) => {
      if (status === 0) return resolve(null);
      const text = (await errors).toString();
      resolve(gitError(text || `git ${args[0]} ended with ${signal ?? `exit code ${status}`}`));
    });
  });
  return { child, failure, said: errors };
}

/** Writes all chunks and closes; a Git that ended early says why itself. */
export async function feed(stdin: NodeJS.WritableStream, chunks: Iterable<string | Uint8Array>): Promise<void> {
  await pipeline(Readable.from(chunks), stdin).catch(() => undefined);
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What Git printed, as an error of the table. */
export function gitError(cause: unknown, code: ErrorCode = 'git-failed', hint?: string): DaybookError {
  if (cause instanceof DaybookError) return cause;
  const text = (cause instanceof Error ? cause.message : String(cause)).trim();
  const lines = text.split('\n').filter((line) => line && !/^(hint:|fast-import: dumping)/.test(line));
  const what = lines.slice(0, 8).join('\n') || 'Git failed and said nothing';
  if (/ENOENT/.test(text)) return new DaybookError('git-missing', what);
  if (/No space left on device|out of disk ?space|quota exceeded/i.test(text)) return new DaybookError('disk-full', what);
  const local = code !== 'git-remote' && /Permission denied|Read-only file system|insufficient permission/i.test(text);
  return local ? new DaybookError('write-denied', what) : new DaybookError(code, what, {}, hint);
}
