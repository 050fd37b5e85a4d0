import { checksGates } from './gate-checks.ts';
import { backtestGates } from './gate-backtest.ts';
import { columnsGates, emptyGates, keyGates, metricsGates, nullsGates, rowsGates, valuesGates } from './gate-comparison.ts';
import type { EffectivePolicy } from './gate-policy.ts';
import { found } from './gate-words.ts';
import type { GateResult } from './gates.ts';
import type { ReportReview, ReviewSide } from './review.ts';

export type UnjudgedReport = Omit<ReportReview, 'gates' | 'verdict'>;

/** Columns that identify a row, as each side's definition names them; empty where there is none. */
export interface Keys {
  base: readonly string[];
  head: readonly string[];
}

/** Below so many milliseconds nobody waits for a query, and the machine's mood is larger than what it takes. */
const NOTICED = 1_000;

/**
 * What one report is held against, in the order of the policy. A gate that is off, or that does not apply, is left out; one that
 * applies and could not be told is `not-run`. A gate about columns or metrics has an element for each that fails.
 */
export function gatesOf(report: UnjudgedReport, policy: EffectivePolicy, keys: Keys): GateResult[] {
  const { base, head, comparison } = report;
  // Nothing can break of what is gone, and words alone are not run.
  if (head === null || (comparison === null && report.change === 'described' && head.error === null)) return [];
  const compared = comparison === null || comparison.kind === 'incomparable' ? null : comparison;
  const gates = [...statusGates(head, policy), ...determinismGates(head, base, policy), ...keyGates({ head, compared, keys }, policy)];
  const mended = base !== null && base.status !== 'ok' && base.status !== 'unreadable' && head.status === 'ok';
  if (mended) gates.push(found('status', 'warn', 'fail', 'there is a result before the change to compare with', base.error === null ? base.status : `it failed before: ${base.error.code}: ${firstLine(base.error.message)}`));
  else if (base !== null) {
    gates.push(
      ...inputsGates(report, policy), ...emptyGates(base, head, policy), ...columnsGates(comparison, policy), ...rowsGates(report, compared, policy),
      ...nullsGates(compared, policy), ...valuesGates(compared, policy), ...metricsGates(compared, policy, report.personal ? report.metrics.map(({ name }) => name) : []), ...costGates(base, head, policy), ...backtestGates(report.backtest, policy),
    );
  }
  gates.push(...checksGates({ base: mended ? null : base, head, compared }, policy));
  const order = Object.keys(policy.gates);
  return gates.filter((gate) => gate.level !== 'off').sort((a, b) => order.indexOf(a.gate) - order.indexOf(b.gate));
}

function statusGates({ status, error }: ReviewSide, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'the report runs';
  if (status === 'ok') return [found('status', gates.status, 'pass', expected, 'it ran')];
  // What a side reads may not be here: that is nobody's mistake, and nothing is known.
  if (status === 'unreadable') return [found('status', gates.status, 'not-run', expected, error === null ? 'it was not run' : `what it reads is not here: ${error.message}`)];
  return [found('status', gates.status, 'fail', expected, error === null ? status : `${error.code}: ${firstLine(error.message)}`)];
}

/** The lines below quote what the first one says. */
function firstLine(message: string): string {
  return message.split('\n')[0]!;
}

function inputsGates({ base, head, inputs }: UnjudgedReport, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'both sides read the same files, for the same as-of';
  const unread = [base, head].some((side) => side!.status === 'unreadable' || side!.definition === null);
  if (unread) return [found('inputs', gates.inputs, 'not-run', expected, 'a side was not run')];
  if (inputs.identical) return [found('inputs', gates.inputs, 'pass', expected, 'they did')];
  const [before, after] = [base!.requested, head!.requested];
  return [found('inputs', gates.inputs, 'fail', expected, before === after ? 'a file had other bytes' : `as-of ${before ?? 'unknown'} before, ${after ?? 'unknown'} after`)];
}

function determinismGates(head: ReviewSide, base: ReviewSide | null, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'a second run gives the same bytes';
  const before = base?.deterministic === false ? '; before the change it gave others' : '';
  if (head.deterministic === null) return [found('determinism', gates.determinism, 'not-run', expected, head.status === 'ok' ? 'it was run once' : 'there is no result')];
  return [found('determinism', gates.determinism, head.deterministic ? 'pass' : 'fail', expected, (head.deterministic ? 'it did' : 'it gave other bytes') + before)];
}

function costGates(base: ReviewSide, head: ReviewSide, { gates, cost_change: most }: EffectivePolicy): GateResult[] {
  const expected = `no more than ${most} times as long, where it takes over a second`;
  const [before, after] = [base, head].map(({ status, milliseconds }) => (status === 'ok' ? milliseconds : null));
  if (before == null || after == null) return [found('cost', gates.cost, 'not-run', expected, 'there is nothing to compare')];
  const fails = after > NOTICED && after > most * before;
  return [found('cost', gates.cost, fails ? 'fail' : 'pass', expected, `${seconds(before)} → ${seconds(after)}`)];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(milliseconds < 9_950 ? 2 : 0)} s`;
}
