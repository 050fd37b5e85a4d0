import type { GateName, Level, ReviewPolicy } from '../../report/schema.ts';

export interface GateResult {
  gate: GateName;
  level: Level;
  status: 'pass' | 'fail' | 'not-run';
  /** What must hold, and what was found: plain text, of one line. */
  expected: string;
  actual: string;
  /** A column or a metric, where the gate is about one. */
  subject: string | null;
  waiver: Waiver | null;
}

/** A named person has looked at what fails, at one commit. */
export interface Waiver {
  gate: GateName;
  /** Null: of the change as a whole. */
  report: string | null;
  /** The commit that it is for: 40 or 64 hexadecimal digits. */
  head: string;
  by: string;
  reason: string;
  /** The last day that it holds; null: no other end than the commit's. */
  until: string | null;
}

/** Those of daybook.yml. */
export function waiversOf({ waivers }: Pick<ReviewPolicy, 'waivers'>): Waiver[] {
  return waivers.map(({ gate, report = null, head, by, reason, until = null }) => ({ gate, report, head, by, reason, until }));
}
