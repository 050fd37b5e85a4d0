import { truncate } from '../../error.ts';
import { hasTime, type AsOf } from '../../snapshot/as-of.ts';
import { count, plural } from '../../snapshot/count.ts';
import type { Cause } from '../review/impact.ts';
import type { ReportReview, ReviewSide } from '../review/review.ts';
import type { SqlClass } from '../sql/class.ts';
import { backtestGates } from './backtest.ts';
import { checksGates } from './checks.ts';
import { columnsGates, emptyGates, keyGates, meaningGates, metricsGates, nullsGates, rowsGates, valuesGates } from './comparison.ts';
import type { GateResult } from './gates.ts';
import type { EffectivePolicy } from './policy.ts';
import { found, listed } from './words.ts';

export type UnjudgedReport = Omit<ReportReview, 'gates' | 'verdict'>;

/** Columns that identify a row, as each side's definition names them; empty where there is none. */
export interface Keys {
  base: readonly string[];
  head: readonly string[];
}

/** What the document of a report does not say of it. */
interface Beside {
  /** What is held of the words on both sides; empty where one has none. */
  words?: readonly GateResult[];
  /** Keys of the definition that differ and can change the result, as `definitionDifference` has them; causes name the first few. */
  differing?: readonly string[];
  /** Why metrics at periods before the newest were not compared; null: they were, or there are none. */
  unseen?: string | null;
}

/** So many milliseconds more nobody waits for, and the machine's mood is larger than that. */
const NOTICED = 1_000;

/**
 * What one report is held against, in the order of the policy. A gate that is off, or that does not apply, is left out; one that
 * applies and could not be told is `not-run`. A gate about columns or metrics has an element for each that fails.
 */
export function gatesOf(report: UnjudgedReport, policy: EffectivePolicy, keys: Keys, { words = [], differing = [], unseen = null }: Beside = {}): GateResult[] {
  const { base, head, comparison } = report;
  const meaning = meaningGates(report.metrics, policy);
  // Nothing can break of what is gone, and words alone are not run.
  if (head === null || (comparison === null && report.change === 'described' && head.error === null)) {
    return [...meaning, ...(report.backtest === null ? [] : backtestGates(report.backtest, policy)), ...words].filter(({ level }) => level !== 'off');
  }
  const compared = comparison === null || comparison.kind === 'incomparable' ? null : comparison;
  const gates = [...statusGates(base, head, policy), ...determinismGates(head, base, policy), ...orderGates(head, base, policy), ...keyGates({ head, compared, keys: base === null ? { ...keys, base: [] } : keys }, policy)];
  const mended = base !== null && base.status !== 'ok' && base.status !== 'unreadable' && head.status === 'ok';
  if (mended) gates.push(found('status', 'warn', 'fail', 'there is a result before the change to compare with', base.error === null ? base.status : `it failed before: ${base.error.code}: ${firstLine(base.error.message)}`));
  else if (base !== null) {
    gates.push(
      ...inputsGates(report, policy), ...queryGates(report, differing, policy), ...dataGates(report, policy), ...emptyGates(base, head, policy, report.causes.every(({ kind }) => kind === 'data')), ...columnsGates(comparison, policy), ...rowsGates(report, compared, policy),
      ...nullsGates(compared, policy), ...valuesGates(compared, policy), ...metricsGates(compared, policy, report.metrics, { closed: report.personal, unseen }), ...costGates(base, head, policy), ...backtestGates(report.backtest, policy),
    );
  }
  gates.push(...words, ...checksGates({ base: mended ? null : base, head, compared }, policy));
  // The first is the headline: a number that is another says more than a target that is.
  const told = meaning.length === 0 ? gates : [...gates.filter(({ gate, status }) => gate !== 'metrics' || status !== 'pass'), ...meaning];
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

/** Sources that the definition names otherwise, and days or times that it asks for, are the author's to choose; the numbers are of other data, and somebody should look. */
function inputsGates({ base, head, inputs }: UnjudgedReport, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'both sides read the same files, for the same as-of';
  const unread = [base, head].some((side) => side!.status === 'unreadable' || side!.definition === null);
  if (unread) return [found('inputs', gates.inputs, 'not-run', expected, 'a side was not run')];
  const [old, now] = [inputs.files.filter(({ readBy }) => readBy === 'base'), inputs.files.filter(({ readBy }) => readBy === 'head')];
  const isOther = old.length + now.length > 0;
  const stopped = isOther && ((base!.status !== 'ok' && now.length === inputs.files.length) || (head!.status !== 'ok' && old.length === inputs.files.length));
  const [before, after] = [base!.requested, head!.requested];
  const [from, to] = [base!.asOf, head!.asOf];
  const isOtherDay = before === after && base!.status === 'ok' && head!.status === 'ok' && from !== to;
  const warn = gates.inputs === 'off' ? 'off' : 'warn';
  const gatesFound = [
    ...(inputs.identical || before !== after ? [] : [found('inputs', gates.inputs, 'fail', expected, 'a file had other bytes')]),
    ...(before === after ? [] : [found('inputs', warn, 'fail', expected, otherMoments(before, after))]),
    ...(stopped ? [found('inputs', gates.inputs, 'not-run', expected, 'a side failed before it had read its files')] : []),
    ...(isOtherDay ? [found('inputs', warn, 'fail', expected, `the result is as of ${from ?? 'a day that is not shown'} before, ${to ?? 'a day that is not shown'} after`)] : []),
    ...(isOther && !stopped ? [found('inputs', warn, 'fail', expected, otherFiles(old, now))] : []),
  ];
  return gatesFound.length > 0 ? gatesFound : [found('inputs', gates.inputs, 'pass', expected, 'they did')];
}

/** What a change does to a query, beside its layout. */
const ASKED: { [one in SqlClass]: string | null } = {
  same: null, format: null, ordering: 'the order of its rows', projection: 'what it selects', filter: 'which rows it takes', join: 'what it reads and joins',
  aggregation: 'how it sums up rows', unknown: 'something',
};

/** The result of today cannot show what a query does with the data of tomorrow, or on a day that it names. */
function queryGates(report: UnjudgedReport, keys: readonly string[], { gates }: EffectivePolicy): GateResult[] {
  const { base, head, causes, comparison, metrics } = report;
  if (base?.status !== 'ok' || head?.status !== 'ok') return [];
  const fails = (...words: string[]): GateResult[] => [found('query', gates.query, 'fail', SAME_QUERY, words.join('; '))];
  const [asked, fresh] = [askedOtherwise(report, keys), metrics.filter(({ name }) => keys.includes(`metrics.${name}`)).map(({ label }) => label)];
  const news = fresh.length === 0 ? [] : [`new: ${listed(fresh)}, whose ${fresh.length === 1 ? 'formula is' : 'formulas are'} for people to look at`];
  if (asked.length === 0 && news.length > 0) return fails(...news);
  if (asked.length === 0) return isOtherText(causes) ? [found('query', gates.query, 'pass', SAME_QUERY, 'it does not')] : [];
  const otherwise = `${truncate(asked.join(' and '), LONGEST_ASKED)} ${asked.length === 1 ? 'is' : 'are'} asked for otherwise`;
  const isSame = comparison?.kind === 'equal' && metrics.every(({ series }) => !series);
  return isSame ? fails('the result is the same today', ...news, `${otherwise}, which other data or another day may show`) : fails(differs(comparison), ...news, otherwise);
}

/** All that the query, and what the definition asks of it, says otherwise, in words. */
function askedOtherwise({ sql, causes, metrics }: UnjudgedReport, keys: readonly string[]): string[] {
  const named = (kind: Cause['kind'], what: string): string[] => causes.flatMap((cause) => (cause.kind === kind ? [`${what}${cause.detail === '' ? '' : ` (${cause.detail})`}`] : []));
  const formulas = metrics.flatMap(({ label, edits = [] }) => edits.flatMap(({ property, before, after }) => (property === 'value' ? [`the value of ${label} (${before ?? 'none'} → ${after ?? 'none'})`] : [])));
  const classes = isOtherText(causes) ? (sql?.classes ?? ['unknown' as const]).flatMap((one) => ASKED[one] ?? []) : [];
  return [...classes, ...named('parameters', 'a parameter'), ...named('source', 'a source'), ...formulas, ...keys.flatMap((key) => ASKED_BY_KEY[key] ?? [])];
}

/** Keys of the definition that say when: another column, or another day, may be another one tomorrow. */
const ASKED_BY_KEY: { [key: string]: string } = { as_of: 'the as-of', time: 'the time of a row', 'schedule.cron': 'its schedule' };

function isOtherText(causes: readonly Cause[]): boolean {
  return causes.some(({ kind }) => kind === 'query' || kind === 'macro');
}

/** What is within all thresholds is no result that is the same: where no other gate fails, this one says so. */
function differs(comparison: UnjudgedReport['comparison']): string {
  if (comparison === null || comparison.kind === 'incomparable') return 'the results cannot be compared';
  const { base, added, removed, modified } = comparison.rows;
  return added + removed + modified === 0 ? 'the result is another today' : `the result is another today: ${plural(added, 'row')} added, ${count(removed)} removed, ${count(modified)} changed of ${count(base)}`;
}

/** Characters. */
const LONGEST_ASKED = 300;
const SAME_QUERY = 'query and metrics ask for nothing else';

/** Of one moment; a schedule says whether it is asked for as a day or as a time. */
function otherMoments(before: AsOf | null, after: AsOf | null): string {
  const kind = (asOf: AsOf | null): string => (asOf !== null && hasTime(asOf) ? 'times' : 'days');
  return `as-of ${before ?? 'unknown'} before, ${after ?? 'unknown'} after: the schedule asks for ${kind(before)} before, and for ${kind(after)} after`;
}

function otherFiles(old: UnjudgedReport['inputs']['files'], now: UnjudgedReport['inputs']['files']): string {
  const names = (files: typeof old): string => listed(files.map((file) => file.path), 3);
  if (old.length === 0) return `after also read ${names(now)}: the numbers are of more data`;
  if (now.length === 0) return `after no longer read ${names(old)}: the numbers are of less data`;
  return `before read ${names(old)}, after ${names(now)}: the numbers are of different data`;
}

function determinismGates(head: ReviewSide, base: ReviewSide | null, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'a second run gives the same result';
  const before = base?.deterministic === false ? '; before the change it gave another one' : '';
  if (head.deterministic === null) return [found('determinism', gates.determinism, 'not-run', expected, head.status === 'ok' ? 'it was run once' : 'there is no result')];
  return [found('determinism', gates.determinism, head.deterministic ? 'pass' : 'fail', expected, (head.deterministic ? 'it did' : 'it gave another one') + before)];
}

const ADVICE = 'order it by a key: first(x ORDER BY …), arg_max(x, (y, key)), row_number() OVER (ORDER BY …), ORDER BY down to what is unique before LIMIT';
const PARTLY = 'where parts of each source change places: all rows in the opposite order take more memory or time than the query may have';

/** Nobody promises in which order an export has its rows. What changes by chance is told by `determinism`. */
function orderGates({ deterministic, order }: ReviewSide, base: ReviewSide | null, { gates }: EffectivePolicy): GateResult[] {
  if (deterministic !== true) return [];
  const expected = 'the same rows in another order give the same result';
  if (order === null) return [found('order', gates.order, 'not-run', expected, 'in another order it takes more memory or time than the query may have')];
  const { sources, error, partly } = order;
  if (sources.length === 0) return [found('order', gates.order, 'pass', expected, partly ? `it does, ${PARTLY}` : 'it does')];
  const before = base?.order && base.order.sources.length > 0 ? '; before the change it did too' : '';
  return [found('order', gates.order, 'fail', expected, `it depends on the order of rows in ${listed(sources, 3)}${error === null ? '' : `, and fails in another one (${error})`}${before}; ${ADVICE}`)];
}

function costGates(base: ReviewSide, head: ReviewSide, { gates, cost_change: most }: EffectivePolicy): GateResult[] {
  const expected = `no more than ${most} times as long, where that is over a second more`;
  const [before, after] = [base, head].map(({ status, milliseconds }) => (status === 'ok' ? milliseconds : null));
  if (before == null || after == null) return [found('cost', gates.cost, 'not-run', expected, 'there is nothing to compare')];
  const fails = after - before > NOTICED && after > most * before;
  return [found('cost', gates.cost, fails ? 'fail' : 'pass', expected, `${seconds(before)} → ${seconds(after)}`)];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(milliseconds < 9_950 ? 2 : 0)} s`;
}
