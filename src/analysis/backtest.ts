import type { AsOf } from '../snapshot/as-of.ts';
import type { Cell } from './comparison.ts';

/** A changed definition on the inputs of as-ofs of the past: what would have been published. */
export interface Backtest {
  /** As-ofs that were asked for; fewer are in `points` where inputs are out of reach. */
  asked: number;
  points: BacktestPoint[];
  /** As-ofs whose inputs are out of reach, with the reason. */
  unreachable: { asOf: AsOf; reason: string }[];
}

export interface BacktestPoint {
  asOf: AsOf;
  /** The snapshot that readers have, cited; null where there is none. */
  snapshot: string | null;
  metrics: { name: string; type: string; published: Cell; base: Cell; head: Cell }[];
  /** Checks that would have failed and targets that would have been missed, by name. */
  alerts: { base: string[]; head: string[] };
  /** A run that failed: its code. */
  failed: { base: string | null; head: string | null };
}
