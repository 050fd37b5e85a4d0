import type { Definitions } from '../../src/report/load.ts';
import type { Runner } from '../../src/run/runner.ts';
import { localRunner } from '../run.ts';
import type { World } from '../world/world.ts';
import type { Look } from './look.ts';

/** Keeps a runner from one save to the next: its process has the sources open, and most saves change a query alone. */
export interface KeptRunner {
  /** One that knows these sources, macros and limits, and the data as it stands. */
  of(definitions: Definitions, look: Look): Promise<Runner>;
  /** Ends what runs. */
  close(): Promise<void>;
}

/** A new runner is opened where definitions or data have changed; the one before is ended first, with what still runs in it. */
export function keepRunner(world: World): KeptRunner {
  let kept: { key: string; runner: Runner } | null = null;

  async function close(): Promise<void> {
    const { runner } = kept ?? {};
    kept = null;
    await runner?.close();
  }

  return {
    close,
    async of(definitions, { data }) {
      const { instance, sources, macros } = definitions;
      // A runner looks at each source's files once.
      const key = JSON.stringify([instance.limits, instance.source_roots, [...sources], macros, [...data]]);
      if (kept?.key !== key) {
        await close();
        kept = { key, runner: localRunner(world, definitions) };
      }
      return kept.runner;
    },
  };
}
