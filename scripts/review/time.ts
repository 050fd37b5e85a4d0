import { plural } from '../../src/snapshot/count.ts';
import type { World } from '../world/world.ts';

/**
 * How long a review may take. A job that its host ends leaves nothing, so a review ends by itself, and says what it has not come to:
 * nothing begins once the time is up, and what is under way has a little longer.
 */
export interface ReviewTime {
  minutes: number;
  isUp: () => boolean;
  /** For queries that have begun. */
  secondsToRun: () => number;
  /** For comparing what has run. */
  secondsToCompare: () => number;
}

/** As shares of the whole time. */
const RUNS_UNTIL = 1.125;
const COMPARES_UNTIL = 1.25;

/** @param began by the world’s clock that only runs forward */
export function reviewTime({ elapsed }: Pick<World, 'elapsed'>, began: number, minutes: number): ReviewTime {
  const secondsTo = (share: number): number => (began - elapsed()) / 1_000 + share * minutes * 60;
  return { minutes, isUp: () => secondsTo(1) <= 0, secondsToRun: () => secondsTo(RUNS_UNTIL), secondsToCompare: () => secondsTo(COMPARES_UNTIL) };
}

/** `time was up after 20 minutes` */
export function timeWasUp({ minutes }: Pick<ReviewTime, 'minutes'>): string {
  return `time was up after ${plural(minutes, 'minute')}`;
}
