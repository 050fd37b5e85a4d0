import type { Uninterrupted } from '../../src/store/repository.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes on to its script what the terminal has sent to both already, in milliseconds. */
const SAME = 500;

/** Keeps signals back until a step has ended, then ends by the first that came; a second ends the process at once. */
export function holdSignals(say: (line: string) => void): Uninterrupted {
  return async (step) => {
    let first: { signal: NodeJS.Signals; at: number } | null = null;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (first === null) {
        first = { signal, at: performance.now() };
        say('This ends once the files of snapshots/ are as the branch has them; again to end at once.');
      } else if (performance.now() - first.at > SAME) end(signal);
    };
    const release = (): void => SIGNALS.forEach((signal) => process.off(signal, onSignal));
    const end = (signal: NodeJS.Signals): void => {
      release();
      process.kill(process.pid, signal);
    };
    for (const signal of SIGNALS) process.on(signal, onSignal);
    try {
      return await step();
    } finally {
      release();
      const held = first as { signal: NodeJS.Signals } | null;
      if (held !== null) process.kill(process.pid, held.signal);
    }
  };
}
