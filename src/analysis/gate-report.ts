import { checksGates } from './gate-checks.ts';
import { backtestGates } from './gate-backtest.ts';
import { columnsGates, emptyGates, keyGates, meaningGates, metricsGates, nullsGates, rowsGates, valuesGates } from './gate-comparison.ts';
import type { EffectivePolicy } from './gate-policy.ts';
import { count, found, listed } from './gate-words.ts';
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
  const meaning = meaningGates(report.metrics, policy).filter(({ level }) => level !== 'off');
  // Nothing can break of what is gone, and words alone are not run.
  if (head === null || (comparison === null && report.change === 'described' && head.error === null)) {
    return [...meaning, ...(report.backtest === null ? [] : backtestGates(report.backtest, policy).filter(({ level }) => level !== 'off'))];
  }
  const compared = comparison === null || comparison.kind === 'incomparable' ? null : comparison;
  const gates = [...statusGates(base, head, policy), ...determinismGates(head, base, policy), ...keyGates({ head, compared, keys }, policy)];
  const mended = base !== null && base.status !== 'ok' && base.status !== 'unreadable' && head.status === 'ok';
  if (mended) gates.push(found('status', 'warn', 'fail', 'there is a result before the change to compare with', base.error === null ? base.status : `it failed before: ${base.error.code}: ${firstLine(base.error.message)}`));
  else if (base !== null) {
    gates.push(
      ...inputsGates(report, policy), ...dataGates(report, policy), ...emptyGates(base, head, policy), ...columnsGates(comparison, policy), ...rowsGates(report, compared, policy),
      ...nullsGates(compared, policy), ...valuesGates(compared, policy), ...metricsGates(compared, policy, report.metrics, report.personal), ...costGates(base, head, policy), ...backtestGates(report.backtest, policy),
    );
  }
  gates.push(...checksGates({ base: mended ? null : base, head, compared }, policy));
  const told = meaning.length === 0 ? gates : [...meaning, ...gates.filter(({ gate, status }) => gate !== 'metrics' || status !== 'pass')];
  const order = Object.keys(policy.gates);
  return told.filter((gate) => gate.level !== 'off').sort((a, b) => order.indexOf(a.gate) - order.indexOf(b.gate));
}

/** The definition cannot be read, and could not before, for the same reason: the change is not to blame, and nothing is known of it. */
export function isStillBroken({ base, head }: Pick<UnjudgedReport, 'base' | 'head'>): boolean {
  const saidBy = (side: ReviewSide | null): string | null => (side?.error && side.definition === null ? JSON.stringify([side.error.code, side.error.message, side.error.file]) : null);
  return saidBy(head) !== null && saidBy(head) === saidBy(base);
}

function statusGates(base: ReviewSide | null, head: ReviewSide, { gates }: EffectivePolicy): GateResult[] {
  const { status, error } = head;
  const expected = 'the report runs';
  if (isStillBroken({ base, head })) return [found('status', gates.status, 'not-run', expected, `it cannot be read, before and after the change: ${error!.code}: ${firstLine(error!.message)}`)];
  if (status === 'ok') return [found('status', gates.status, 'pass', expected, 'it ran')];
  // What a side reads may not be here: that is nobody's mistake, and nothing is known.
  if (status === 'unreadable') return [found('status', gates.status, 'not-run', expected, error === null ? 'it was not run' : `what it reads is not here: ${error.message}`)];
  return [found('status', gates.status, 'fail', expected, error === null ? status : `${error.code}: ${firstLine(error.message)}`)];
}

/** The lines below quote what the first one says. */
function firstLine(message: string): string {
  return message.split('\n')[0]!;
}

/** Data that the change brings may move what is published though the definition moves nothing: both sides run on it. */
function dataGates({ inputs: { drift } }: UnjudgedReport, { gates }: EffectivePolicy): GateResult[] {
  const compared = drift?.comparison ?? null;
  if (compared === null || compared.kind === 'equal') return [];
  if (compared.kind === 'incomparable') return [found('data', gates.data, 'fail', UNMOVED, 'the data by itself gives a result that cannot be compared')];
  const { base, head, added, removed, modified } = compared.rows;
  const moved = compared.metrics.filter(({ change }) => change.kind !== 'same').map(({ name, before, after }) => `${name} ${before?.value ?? 'no value'} → ${after?.value ?? 'no value'}`);
  return [found('data', gates.data, 'fail', UNMOVED, `the data by itself changes ${moved.length > 0 ? listed(moved, 3) : 'rows'}; rows ${count(base)} → ${count(head)}: ${count(added)} added, ${count(removed)} removed, ${count(modified)} changed`)];
}

const UNMOVED = 'the data of the change moves nothing by itself';

/** Sources that the definition names otherwise are the author's to choose; their numbers are of other data, and somebody should look. */
function inputsGates({ base, head, inputs }: UnjudgedReport, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'both sides read the same files, for the same as-of';
  const unread = [base, head].some((side) => side!.status === 'unreadable' || side!.definition === null);
  if (unread) return [found('inputs', gates.inputs, 'not-run', expected, 'a side was not run')];
  const [old, now] = [inputs.files.filter(({ readBy }) => readBy === 'base'), inputs.files.filter(({ readBy }) => readBy === 'head')];
  const isOther = old.length + now.length > 0;
  const stopped = isOther && ((base!.status !== 'ok' && now.length === inputs.files.length) || (head!.status !== 'ok' && old.length === inputs.files.length));
  const [before, after] = [base!.requested, head!.requested];
  const gatesFound = [
    ...(inputs.identical ? [] : [found('inputs', gates.inputs, 'fail', expected, before === after ? 'a file had other bytes' : `as-of ${before ?? 'unknown'} before, ${after ?? 'unknown'} after`)]),
    ...(stopped ? [found('inputs', gates.inputs, 'not-run', expected, 'a side failed before it had read its files')] : []),
    ...(isOther && !stopped ? [found('inputs', gates.inputs === 'off' ? 'off' : 'warn', 'fail', expected, otherFiles(old, now))] : []),
  ];
  return gatesFound.length > 0 ? gatesFound : [found('inputs', gates.inputs, 'pass', expected, 'they did')];
}

function otherFiles(old: UnjudgedReport['inputs']['files'], now: UnjudgedReport['inputs']['files']): string {
  const names = (files: typeof old): string => listed(files.map((file) => file.path), 3);
  if (old.length === 0) return `after also read ${names(now)}: the numbers are of more data`;
  if (now.length === 0) return `after no longer read ${names(old)}: the numbers are of less data`;
  return `before read ${names(old)}, after ${names(now)}: the numbers are of different data`;
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
