import type { Level } from './schema.ts';

/** What a reviewer is told to do; from the best to the worst. What was not run is never `pass`. */
export const VERDICTS = ['pass', 'review', 'incomplete', 'block'] as const;
export type Verdict = (typeof VERDICTS)[number];

interface Gate {
  level: Level;
  status: 'pass' | 'fail' | 'not-run';
  /** Who has looked at what fails; null: nobody. */
  waiver: object | null;
}

/** What a gate comes to by itself. */
export function gateVerdict({ level, status, waiver }: Gate): Verdict {
  if (waiver !== null) return 'review';
  switch (status) {
    case 'pass': return 'pass';
    case 'fail': return level === 'block' ? 'block' : 'review';
    case 'not-run': return level === 'off' ? 'pass' : 'incomplete';
  }
}
