import type { AsOf } from '../../snapshot/as-of.ts';
import { count, plural } from '../../snapshot/count.ts';
import { comparingOf, equalCells } from '../comparison/cell-equality.ts';
import { OUT_OF_TIME, type Backtest } from '../review/backtest.ts';
import type { GateResult } from './gates.ts';
import type { EffectivePolicy } from './policy.ts';
import { found, listed } from './words.ts';

/**
 * Published numbers that would have been others by the change: those that it makes otherwise than the definition before, which may
 * itself make another number than was published, or none. Where both make the same, the change is not to blame. And warnings that
 * nobody had of the same numbers: a limit that all days of the past would have missed is looked at once here, and not each day.
 */
export function backtestGates(backtest: Backtest | null, { gates, backtest: asked }: EffectivePolicy): GateResult[] {
  const expected = 'no published number would have been another, and no warning new';
  const gate = (status: GateResult['status'], actual: string, subject: string | null = null): GateResult => found('backtest', gates.backtest, status, expected, actual, subject);
  if (asked === 0 || backtest?.asked === 0) return [];
  if (backtest === null) return [gate('not-run', 'it was not run for as-ofs of the past')];
  const reached = `${count(backtest.points.length)} of ${plural(backtest.asked, 'as-of')}`;
  // An instance that overwrites its exports has nothing to go back to: that is said beside the report, and is no gate.
  if (backtest.points.length === 0) return backtest.unreachable.some(({ reason }) => reason.startsWith(OUT_OF_TIME)) ? [gate('not-run', OUT_OF_TIME)] : [];
  const gone = backtest.asked - backtest.points.length;
  const failed = backtest.points.filter((point) => point.failed.head !== null && point.failed.base === null).map(({ asOf }) => asOf);
  const others = [...otherByChange(backtest)];
  const failures = failed.length === 0 ? [] : [gate('fail', `it would have failed at ${count(failed.length)} of ${plural(backtest.points.length, 'past as-of')}: ${listed(failed, 3)}`)];
  const warned = newlyWarned(backtest);
  if (others.length + failures.length === 0 && warned.asOfs.length > 0) return [gate('fail', `the same numbers, and a new warning at ${count(warned.asOfs.length)} of ${plural(backtest.points.length, 'past as-of')}: ${listed(warned.names, 3)}`)];
  if (others.length + failures.length === 0) return [backtest.unreachable.some(({ reason }) => reason === OUT_OF_TIME) ? gate('not-run', `none at ${reached}; ${OUT_OF_TIME}`) : gate('pass', `none at ${reached}`)];
  const where = (at: number): string => `${count(at)} of ${plural(backtest.points.length, 'past as-of')}${gone > 0 ? ` (${count(gone)} out of reach)` : ''}`;
  // One line for a change of a filter, which moves all of them: the numbers stand beside.
  if (others.length > 1) return [...failures, gate('fail', `${plural(others.length, 'metric')} with another number at up to ${where(Math.max(...others.map(([, asOfs]) => asOfs.length)))}: ${listed(others.map(([metric]) => metric))}`)];
  return [...failures, ...others.map(([metric, asOfs]) => gate('fail', `another number at ${where(asOfs.length)}: ${listed(asOfs, 3)}`, metric))];
}

/** As-ofs by metric. */
function otherByChange({ points }: Backtest): Map<string, AsOf[]> {
  const others = new Map<string, AsOf[]>();
  for (const { asOf, snapshot, metrics, failed } of points) {
    if (failed.head !== null) continue;
    for (const { name, type, published, base, head } of metrics) {
      const same = (a: string | null, b: string | null): boolean => equalCells(comparingOf(type, type), a, b);
      if (snapshot !== null && published !== null && !same(base, head) && !same(published, head)) others.set(name, [...(others.get(name) ?? []), asOf]);
    }
  }
  return others;
}

/** Where both definitions ran, and the change warns of what the definition before did not. */
function newlyWarned({ points }: Backtest): { asOfs: AsOf[]; names: string[] } {
  const found = points.filter(({ failed }) => failed.base === null && failed.head === null).flatMap(({ asOf, alerts }) => alerts.head.filter((name) => !alerts.base.includes(name)).map((name) => ({ asOf, name })));
  return { asOfs: [...new Set(found.map(({ asOf }) => asOf))], names: [...new Set(found.map(({ name }) => name))] };
}
