import type { CheckResult } from '../../snapshot/manifest.ts';
import type { CheckComparison, ConclusiveComparison } from '../comparison/comparison.ts';
import type { ReviewSide } from '../review/review.ts';
import type { GateResult } from './gates.ts';
import { beyond } from './multiset.ts';
import type { EffectivePolicy } from './policy.ts';
import { found } from './words.ts';

/**
 * Checks that fail now, are gone, or ask for less than they did. A new check that only warns has found something, and has broken
 * nothing: that it fails is a warning, whatever the gate's level.
 */
export function checksGates({ base, head, compared }: { base: ReviewSide | null; head: ReviewSide; compared: ConclusiveComparison | null }, { gates }: EffectivePolicy): GateResult[] {
  const expected = base === null ? 'no check fails' : 'no check fails that did not fail before, and none is gone or asks for less';
  const gate = (status: GateResult['status'], actual: string, level = gates.checks): GateResult => found('checks', level, status, expected, actual);
  if (head.error?.code === 'check-failed') return [gate('fail', head.error.message)];
  if (head.result === null || (base !== null && compared === null)) return [gate('not-run', base === null ? 'there is no result' : 'there is nothing to compare')];
  const lower = gates.checks === 'block' ? 'warn' : gates.checks;
  const changes: CheckComparison[] = compared?.checks ?? head.result.checks.map((after) => ({ kind: 'added', before: null, after }));
  const failing = changes.flatMap((change) => {
    const actual = checkAlarm(change);
    return actual === null ? [] : [gate('fail', actual, change.kind === 'added' ? lower : gates.checks)];
  });
  if (failing.length > 0) return failing;
  const { checks } = head.result;
  const left = checks.filter(({ passed }) => !passed);
  if (left.length > 0) return [gate('pass', `the same fail as before: ${left.map(({ name }) => name).join('; ')}`)];
  return [gate('pass', checks.length === 0 ? 'the report has none' : `${checks.length} of ${checks.length} pass`)];
}

function checkAlarm({ kind, before, after }: CheckComparison): string | null {
  if (kind === 'removed') return `${before!.name}: gone`;
  if (kind === 'fails' || (kind === 'added' && !after!.passed)) return `${after!.name}: fails; expected ${after!.expected}, found ${after!.actual}`;
  if (before === null || after === null || !asksLess(before, after)) return null;
  return `${after.name}: asks for less; ${before.expected} (${before.level}) → ${after.expected} (${after.level})`;
}

/** True also where it cannot be told. */
function asksLess(before: CheckResult, after: CheckResult): boolean {
  if (before.level === 'error' && after.level === 'warn') return true;
  if (before.expected === after.expected) return false;
  const order = inOrder(before.expected, after.expected);
  switch (after.operator) {
    case '>=': return order === null || order > 0;
    case '<=': return order === null || order < 0;
    // A value may have commas of its own: each part counts as often as it stands there.
    case 'in': return beyond(after.expected.split(', '), before.expected.split(', ')).length > 0;
    default: return true;
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}/;

/** Below 0 where a is less than b; null for what is neither two numbers nor two times. */
function inOrder(a: string, b: string): number | null {
  if (TIME.test(a) && TIME.test(b)) return a < b ? -1 : 1;
  const [from, to] = [Number(a), Number(b)];
  return a.trim() === '' || b.trim() === '' || Number.isNaN(from) || Number.isNaN(to) ? null : from - to;
}
