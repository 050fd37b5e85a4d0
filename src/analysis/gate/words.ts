import { format } from 'd3-format';
import { truncate } from '../../error.ts';
import { LEVELS, type GateName, type Level } from '../../report/schema.ts';
import { count } from '../../snapshot/count.ts';
import type { GateResult } from './gates.ts';

/* What gates say: plain text of one line, in the engine's own spelling of values. */

const LONGEST = 300;

/** A finding of one gate. */
export function found(gate: GateName, level: Level, status: GateResult['status'], expected: string, actual: string, subject: string | null = null): GateResult {
  return { gate, level, status, expected: line(expected), actual: line(actual), subject, waiver: null };
}

function line(text: string): string {
  return truncate(text.replace(/\s+/g, ' ').trim(), LONGEST);
}

/** The first few by name, and how many more. */
export function listed(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${count(more)} more` : names.join(', ');
}

/** `11.3%`, with as many digits as it takes to be told apart from nothing and from the limit; a limit itself as it is. */
export function share(value: number, limit: number | null = null): string {
  const written = (one: number, digits: number): string => format(`,.${digits}~%`)(one);
  if (limit === null || value === limit) return written(value, 10);
  const others = [limit, 0].filter((one) => one !== value);
  for (let digits = 1; digits < 10; digits++) if (others.every((one) => written(one, digits) !== written(value, digits))) return written(value, digits);
  return written(value, 10);
}

/** More than the limit, beyond what a product of doubles is off by. */
export function exceeds(value: number, limit: number): boolean {
  return value > limit + Math.abs(limit) * 1e-12;
}

const MOST = 20;

/** A line each, within reason: the strictest first, so that what is folded weighs as much as the strictest of it. */
export function capped(failing: GateResult[]): GateResult[] {
  if (failing.length <= MOST) return failing;
  const sorted = failing.toSorted((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));
  const rest = sorted.slice(MOST);
  const { gate, level, expected } = rest[0]!;
  return [...sorted.slice(0, MOST), found(gate, level, 'fail', expected, `${count(rest.length)} more: ${listed(rest.map(({ subject, actual }) => subject ?? actual))}`)];
}
