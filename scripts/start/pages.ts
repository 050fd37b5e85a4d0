import { fork } from 'node:child_process';
import { DaybookError } from '../../src/error.ts';
import { packageRoot } from '../world/files.ts';

export interface Settings {
  /** Where Daybook's own code lies. */
  root: string;
  /** Folder of the site's facts. */
  facts: string;
  /** Folder for scripts, styles and fonts. */
  out: string;
  /** The path that links begin with. */
  base: string;
}

/** A page that is asked for, below the base; `version` tells whether the facts are those of the question before. */
export interface PageRequest {
  id: number;
  path: string;
  version: number;
}

/** `html`: null where the site has no such page. The first one, of id 0, says that pages can be asked for. */
export interface PageResponse {
  id: number;
  html: string | null;
  failed?: string;
}

interface Pages {
  /** When pages can be asked for; their scripts and styles are there then. @throws `site-failed` */
  ready: Promise<void>;
  /** A page as a build would write it; null where it would write none. @throws `site-failed` */
  draw(path: string, version: number): Promise<string | null>;
  close(): void;
}

const PROGRAM = new URL('./astro.ts', import.meta.url);

/** Starts the process that draws pages from facts as they are when a page is asked for. */
export function openPages(settings: Settings, env: NodeJS.ProcessEnv): Pages {
  const child = fork(PROGRAM, [JSON.stringify(settings)], { cwd: packageRoot, env: { ...env, DAYBOOK_FACTS: settings.facts, DAYBOOK_OUT: settings.out, ASTRO_TELEMETRY_DISABLED: '1', TZ: 'UTC' }, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let said = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => void (said = (said + text).slice(-4_000)));
  const waiting = new Map<number, { resolve: (drawn: PageResponse) => void; reject: (cause: Error) => void }>();
  let last = 0;
  let ended: DaybookError | null = null;

  function answerOf(id: number): Promise<PageResponse> {
    return new Promise((resolve, reject) => {
      if (ended) reject(ended);
      else waiting.set(id, { resolve, reject });
    });
  }

  const first = answerOf(0);
  child.on('message', (drawn: PageResponse) => {
    waiting.get(drawn.id)?.resolve(drawn);
    waiting.delete(drawn.id);
  });
  const end = (why: string): void => {
    ended ??= new DaybookError('site-failed', `the process that draws pages ended (${why})${said.trim() && `:\n${said.trim()}`}`, {}, 'Start again.');
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  child.on('error', (cause) => end(cause.message));
  child.on('close', (code, signal) => end(signal ?? `exit code ${code}`));

  return {
    ready: first.then(() => undefined),
    async draw(path, version) {
      await first;
      const id = (last += 1);
      const answer = answerOf(id);
      if (child.connected) child.send({ id, path, version } satisfies PageRequest);
      const { html, failed } = await answer;
      if (failed !== undefined) throw new DaybookError('site-failed', `the page /${path} could not be drawn: ${failed}`);
      return html;
    },
    close: () => void child.kill('SIGKILL'),
  };
}
