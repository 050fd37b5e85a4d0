import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { asKnownError, visible } from '../../src/error.ts';
import { loadDefinitions } from '../../src/report/load.ts';
import { clearKilled } from '../../src/run/leftovers.ts';
import { selectIds } from '../instance/select.ts';
import { bringWhatPagesNeed } from '../instance/sparse.ts';
import { packageRoot } from '../world/files.ts';
import { sitePath } from '../world/site-address.ts';
import { sayProblems, type World } from '../world/world.ts';
import { Draft, type Saved } from './draft.ts';
import { openLinked } from './linked.ts';
import { openPages } from './pages.ts';
import { serveLive, type LiveServer } from './serve.ts';
import { openWatch } from './watch.ts';

/**
 * Runs a few reports and serves their pages, and does so again at every save, until the process is told to end. Nothing is
 * committed; results stay where those of `run` are.
 */
export async function startReports(world: World, words: string[], { port, host }: { port: number; host: string }): Promise<number> {
  const { instance, reports, broken } = loadDefinitions(world.root);
  const ids = selectIds(words, [...reports.keys(), ...broken.keys()]);
  const base = sitePath(instance.url);
  // Among the folders of builds: that of a process which was killed is cleared away by the next one.
  const work = path.join(packageRoot, '.daybook/build', String(process.pid));
  await clearKilled(path.dirname(work));
  const [facts, out] = [path.join(work, 'facts'), path.join(work, 'dist')];
  const own: World = { ...world, facts };
  const ended = Promise.withResolvers<void>();
  // Nobody waits for it where the server could not listen.
  ended.promise.catch(() => undefined);
  const made = Promise.withResolvers<void>();
  const draft = new Draft(own, ids);
  const linked = openLinked(own, ids, path.join(work, 'linked'));
  // Another session has other versions, whatever it counts.
  const session = `${process.pid}-${Math.round(performance.timeOrigin)}`;
  let [version, state]: [number, Saved] = [0, { problems: [], ran: [], facts: '' }];
  let running: { stop: AbortController } | null = null;
  let server: LiveServer | undefined;
  let isOver = false;

  const pages = openPages({ root: packageRoot, facts, out, base }, world.env);
  const ready = Promise.all([pages.ready, made.promise]);
  ready.catch((cause: unknown) => ended.reject(cause));
  const view = {
    base, ids, ready, version: () => `${session}-${version}`, problems: () => state.problems,
    draw: (page: string) => pages.draw(page, version), folders: [async () => out, () => linked.folder(version)],
  };
  const watch = openWatch(check);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.resolve());

  function check(): void {
    const changed = changedNow();
    if (changed.length === 0) return;
    if (running) running.stop.abort();
    else void save(changed).catch(ended.reject);
  }

  function changedNow(): string[] {
    try {
      const now = draft.look();
      watch.follow(now.folders);
      return draft.changed(now);
    } catch (cause) {
      // A folder that cannot be read just now: the next look finds it again.
      if (asKnownError(cause)) return [];
      ended.reject(cause);
      return [];
    }
  }

  /** One save after the other, until nothing has changed meanwhile; a run whose question has changed is ended. */
  async function save(changed: string[]): Promise<void> {
    const began = world.elapsed();
    for (let files = changed; ; ) {
      const { stop } = (running = { stop: new AbortController() });
      if (files.length > 0) world.out(`\nSaved: ${files.slice(0, 5).map(visible).join(', ')}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`);
      const saved = await draft.save(stop.signal).catch((cause: unknown) => {
        if (stop.signal.aborted) return null;
        throw cause;
      });
      if (isOver) return;
      if (saved) show(saved, began);
      files = changedNow();
      if (files.length === 0 && saved) break;
    }
    running = null;
    made.resolve();
    check();
  }

  function show(saved: Saved, began: number): void {
    for (const { report, outcome } of saved.ran) {
      if (outcome.kind === 'failure') continue;
      world.out(`${report}@${outcome.asOf}: ${outcome.result.rows.count} rows in ${Math.round(outcome.milliseconds)} ms, local: nothing is committed`);
      for (const warning of outcome.warnings) world.out(`  warning: ${visible(warning)}`);
    }
    sayProblems(world, saved.problems);
    const isNew = saved.facts !== state.facts || saved.problems.length > 0 || state.problems.length > 0;
    state = saved;
    if (version > 0) world.out(isNew ? `Shown after ${((world.elapsed() - began) / 1000).toFixed(1)} s${saved.problems.length > 0 ? ': what works, and the errors above it' : ''}.` : 'Nothing on the pages changes.');
    if (!isNew && version > 0) return;
    version += 1;
    server?.renew();
  }

  try {
    server = await serveLive(view, port, host);
    await bringWhatPagesNeed(world);
    void save([]).catch(ended.reject);
    const address = `http://${host.includes(':') ? `[${host}]` : host}:${(server.server.address() as AddressInfo).port}${base}`;
    await Promise.race([ready, ended.promise]);
    world.out(`\n${ids.map((id) => `${id} is at ${address}reports/${id}/`).join('\n')}\nEvery save is shown there. Press Ctrl+C to end.`);
    await ended.promise;
    return 0;
  } finally {
    isOver = true;
    watch.close();
    (running as { stop: AbortController } | null)?.stop.abort();
    pages.close();
    await draft.close();
    await server?.close();
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}
