import { count, plural } from '../../snapshot/count.ts';
import { grouped } from '../../snapshot/digits.ts';
import { kindOf } from '../../snapshot/types.ts';
import type { Comparison, ConclusiveComparison, MetricComparison } from '../comparison/comparison.ts';
import type { SeriesDifference } from '../comparison/metric-series.ts';
import { meaningEdits } from '../review/metric-edits.ts';
import type { ReportReview, ReviewSide } from '../review/review.ts';
import type { GateResult } from './gates.ts';
import { metricLimit, type EffectivePolicy } from './policy.ts';
import { capped, exceeds, found, listed, share } from './words.ts';

/* Gates that are told from what differs between two results. */

const INCOMPARABLE: { [reason in Extract<Comparison, { kind: 'incomparable' }>['reason']]: string } = { columns: 'no column is left of those before', report: 'the results are of different reports' };
const NOTHING = 'there is nothing to compare';

/** A run refuses a key that is repeated or missing, so a head with a result has a sound one; the comparison counts it again. */
export function keyGates({ head, compared, keys }: { head: ReviewSide; compared: ConclusiveComparison | null; keys: { base: readonly string[]; head: readonly string[] } }, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'no two rows have the same key, and no key is NULL';
  const gate = (status: GateResult['status'], actual: string): GateResult[] => [found('key', gates.key, status, expected, actual)];
  const refused = head.error?.code === 'key-duplicate' || head.error?.code === 'key-null';
  if (refused) return gate('fail', head.error!.message);
  // Of a definition that cannot be read nothing is known, and not that its key is gone.
  if (head.definition === null) return gate('not-run', 'there is no result');
  if (keys.head.length === 0 && keys.base.length > 0) return gate('fail', `the key (${listed(keys.base)}) is gone: rows are compared as a multiset`);
  if (head.status !== 'ok') return gate('not-run', 'there is no result');
  if (keys.head.length === 0) return gate('pass', compared?.key.mode === 'keyed' && compared.key.columns.length === 0 ? 'no key, and none is needed: each side has one row' : 'no key: rows are compared as a multiset');
  const [twins, nulls] = [compared?.key.duplicates?.head ?? 0, compared?.key.nulls?.head ?? 0];
  if (twins + nulls > 0) return gate('fail', `${plural(twins, 'row repeats', 'rows repeat')} the key of another, ${plural(nulls, 'row has', 'rows have')} a NULL in it`);
  // Rows that were twins by the old key need not be by the new one.
  if (keys.base.length > 0 && !keys.head.every((name) => keys.base.includes(name))) return [found('key', gates.key === 'off' ? 'off' : 'warn', 'fail', expected, `${listed(keys.base)} → ${listed(keys.head)}: rows that had the same key are let through where they differ in the new one`)];
  const before = keys.base.length > 0 && JSON.stringify(keys.base) !== JSON.stringify(keys.head) ? `; before: ${listed(keys.base)}` : '';
  const how = compared?.key.mode === 'multiset' ? '; not on both sides, so rows are compared as a multiset' : '';
  return gate('pass', `${listed(keys.head)}: unique, without NULL${before}${how}`);
}

/** @param isSameDefinition data is all that changes */
export function emptyGates(base: ReviewSide, head: ReviewSide, { gates }: EffectivePolicy, isSameDefinition = false): GateResult[] {
  const expected = 'a result that had rows still has some';
  // Where a query fails for having no rows, that is what happened.
  if (head.error?.code === 'result-empty') return [found('empty', gates.empty, 'fail', expected, head.error.message)];
  if (!base.result || !head.result) return [found('empty', gates.empty, 'not-run', expected, NOTHING)];
  const [before, after] = [base.result.rows.count, head.result.rows.count];
  if (before + after === 0 && !isSameDefinition) return [found('empty', gates.empty === 'off' ? 'off' : 'warn', 'fail', expected, '0 → 0 rows: the change is compared on nothing')];
  return [found('empty', gates.empty, before > 0 && after === 0 ? 'fail' : 'pass', expected, `${count(before)} → ${plural(after, 'row')}`)];
}

/** @param comparison null where one side has no result */
export function columnsGates(comparison: Comparison | null, { gates }: EffectivePolicy): GateResult[] {
  const expected = 'no column is gone, and none has a type that does not hold its values, or is of another kind';
  const gate = (status: GateResult['status'], actual: string, subject: string | null = null): GateResult => found('columns', gates.columns, status, expected, actual, subject);
  if (comparison === null) return [gate('not-run', NOTHING)];
  if (comparison.kind === 'incomparable') return [gate('fail', INCOMPARABLE[comparison.reason])];
  const { removed, retyped, renamed, added } = comparison.schema;
  const failing = [
    ...removed.map(({ name, type }) => gate('fail', `gone (${type})`, name)),
    // A reader of the file finds a column by its name: that it looks renamed is no word of the author's.
    ...renamed.filter(({ declared }) => !declared).map(({ from, to }) => gate('fail', `gone; it looks renamed to “${to}”, and nobody said so with \`was\``, from)),
    ...retyped.filter(({ lossy }) => lossy).map(({ name, from, to }) => gate('fail', `${from} → ${to}, which does not hold every value`, name)),
    ...(gates.columns === 'off' ? [] : retyped.filter(({ lossy, from, to }) => !lossy && sortOf(from) !== sortOf(to)).map(({ name, from, to }) => found('columns', 'warn', 'fail', expected, `${from} → ${to}: nothing is lost, but ${sortOf(to)} is sorted and written otherwise than ${sortOf(from)}`, name))),
  ];
  if (failing.length > 0) return capped(failing);
  const said = [added.length > 0 ? `${count(added.length)} new` : '', renamed.length > 0 ? `${count(renamed.length)} renamed` : '', retyped.length > 0 ? `${count(retyped.length)} of a wider type` : ''].filter(Boolean);
  return [gate('pass', said.join(', ') || 'the same columns')];
}

/** What a type is to those who sort, format and read it. */
function sortOf(type: string): string {
  const kind = kindOf(type);
  switch (kind) {
    case 'integer': case 'decimal': case 'double': return 'a number';
    case 'date': case 'timestamp': return 'a date';
    case 'text': return 'a text';
    case 'boolean': return 'true or false';
    default: return `a value of ${kind}`;
  }
}

/** What can only be a bug, or a document that somebody made up. */
export function isBroken(comparison: Comparison | null, base: ReviewSide | null, head: ReviewSide | null): boolean {
  if (comparison === null || comparison.kind === 'incomparable') return false;
  const { base: before, head: after, added, removed, modified, unchanged } = comparison.rows;
  const counts = [base?.result?.rows.count ?? before, head?.result?.rows.count ?? after];
  return before - removed + added !== after || before - removed - modified !== unchanged || counts[0] !== before || counts[1] !== after;
}

/** Also that the counts add up: a comparison that does not is wrong, whatever the gate says. @param compared null: not run, or incomparable */
export function rowsGates({ base, head }: { base: ReviewSide | null; head: ReviewSide | null }, compared: ConclusiveComparison | null, { gates, rows_change: most }: EffectivePolicy): GateResult[] {
  const expected = `the number of rows changes by no more than ${share(most)}`;
  if (compared === null) return [found('rows', gates.rows, 'not-run', expected, NOTHING)];
  const { base: before, head: after, added, removed, modified, unchanged } = compared.rows;
  if (isBroken(compared, base, head)) {
    return [found('rows', 'block', 'fail', 'before − removed + added = after, and before − removed − changed = the same', `${count(before)} − ${count(removed)} + ${count(added)} ≠ ${count(after)}, or of ${count(before - removed)} not ${count(modified)} changed and ${count(unchanged)} the same: the comparison is wrong`)];
  }
  // Another gate says so, and louder.
  if (before > 0 && after === 0 && gates.empty !== 'off') return [];
  const size = Math.abs(after - before);
  const fails = exceeds(size, most * before);
  const change = before === 0 || size === 0 ? '' : `, ${after > before ? 'up' : 'down'} ${share(size / before, most)}`;
  return [found('rows', gates.rows, fails ? 'fail' : 'pass', expected, `${count(before)} → ${count(after)}${change}`)];
}

/** @param compared null: not run, or incomparable */
export function nullsGates(compared: ConclusiveComparison | null, { gates, nulls_change: most }: EffectivePolicy): GateResult[] {
  const expected = `the share of NULLs in a column grows by no more than ${points(most)}`;
  if (compared === null) return [found('nulls', gates.nulls, 'not-run', expected, NOTHING)];
  const { base: before, head: after } = compared.rows;
  // Without rows there is no share.
  if (before === 0 || after === 0) return [];
  const failing = compared.columns.flatMap(({ name, base, head }) => {
    if (base === null || head === null) return [];
    const growth = head.nulls / after - base.nulls / before;
    const change = `${count(base.nulls)} of ${count(before)} → ${count(head.nulls)} of ${count(after)}`;
    if (exceeds(growth, most)) return [found('nulls', gates.nulls, 'fail', expected, `${change}, up ${points(growth, most)}`, name)];
    // What relies on there being a value breaks at the first that is missing; that a few may be missing is a rule of its own.
    return base.nulls === 0 && head.nulls > 0 ? [found('nulls', gates.nulls === 'off' ? 'off' : 'warn', 'fail', 'a column without NULLs gets none', change, name)] : [];
  });
  return failing.length > 0 ? capped(failing) : [found('nulls', gates.nulls, 'pass', expected, 'in no column')];
}

/** What no metric sums up: values that are others, and rows that stand in the place of others. */
export function valuesGates(compared: ConclusiveComparison | null, { gates, values_change: most }: EffectivePolicy): GateResult[] {
  const expected = `no more than ${share(most)} of a column’s values change, of its total, and of the rows`;
  if (compared === null) return [found('values', gates.values, 'not-run', expected, NOTHING)];
  const { base, removed, added } = compared.rows;
  const both = base - removed;
  const replaced = Math.min(removed, added);
  const rows = base > 0 && exceeds(replaced / base, most) ? [found('values', gates.values, 'fail', expected, `others stand in the place of ${count(replaced)} of ${count(base)} rows`)] : [];
  const columns = compared.columns.flatMap(({ name, changed }) => (both > 0 && changed !== null && exceeds(changed / both, most) ? [found('values', gates.values, 'fail', expected, `${count(changed)} of ${count(both)} changed`, name)] : []));
  const told = new Set(columns.map(({ subject }) => subject));
  const totals = compared.columns.flatMap((column) => {
    const actual = told.has(column.name) || (compared.key.mode === 'keyed' && column.changed === null) ? null : totalAlarm(column, compared.rows.base, most);
    return actual === null ? [] : [found('values', gates.values, 'fail', expected, actual, column.name)];
  });
  const failing = [...rows, ...columns, ...totals];
  return failing.length > 0 ? capped(failing) : [found('values', gates.values, 'pass', expected, 'in no column')];
}

/** One value can weigh more than all others. Where values cancel each other out, a share of what rows could be apart is taken in place of the total. */
function totalAlarm({ base, head }: ConclusiveComparison['columns'][number], rows: number, most: number): string | null {
  if (base?.sum == null || head?.sum == null || base.sum === head.sum) return null;
  const [before, after] = [Number(base.sum), Number(head.sum)];
  const step = `its total ${grouped(base.sum)} → ${grouped(head.sum)}`;
  // One NaN among a million values, or an infinite one, is all that is left of the total.
  if (!Number.isFinite(before) || !Number.isFinite(after)) return step;
  const [least, largest] = [Number(base.min), Number(base.max)];
  const whole = least >= 0 || largest <= 0 ? Math.abs(before) : rows * (largest - least);
  const part = Math.abs(after - before) / whole;
  // What a total of nothing grows to has no share.
  if (before === after || !exceeds(part, most)) return null;
  return `${step}${Number.isFinite(part) && whole === Math.abs(before) ? `, ${after > before ? 'up' : 'down'} ${share(part, most)}` : ''}`;
}

/** In points of a hundred: from 2% to 3% is one. */
function points(part: number, limit: number | null = null): string {
  const text = share(part, limit).replace('%', '');
  return `${text} ${text === '1' ? 'point' : 'points'}`;
}

/**
 * The headline, and each period before it: a page shows all of them.
 * `closed`: a metric that is not compared may be one that may not be shown, and is no pass; `unseen`: why periods before the newest were not compared.
 */
export function metricsGates(compared: ConclusiveComparison | null, policy: EffectivePolicy, metrics: ReportReview['metrics'] = [], { closed = false, unseen = null }: { closed?: boolean; unseen?: string | null } = {}): GateResult[] {
  const level = policy.gates.metrics;
  const expected = `no metric changes by more than ${share(policy.metric_change)}`;
  if (compared === null) return [found('metrics', level, 'not-run', expected, NOTHING)];
  const told = new Set(compared.metrics.map(({ name }) => name));
  const withheld = metrics.filter(({ name }) => closed && !told.has(name)).map(({ name }) => found('metrics', level, 'fail', expected, 'it may be the value of one person, so it is not shown: run the report where its data is', name));
  const alarming = compared.metrics.toSorted((a, b) => sizeOf(b) - sizeOf(a)).flatMap((metric) => {
    const most = metricLimit(policy, metric.name);
    const actual = metricAlarm(metric, most) ?? seriesAlarm(metrics.find(({ name }) => name === metric.name)?.series, most);
    return actual === null ? [] : [found('metrics', level, 'fail', `it changes by no more than ${share(most)} of its value before`, actual, metric.name)];
  });
  const failing = [...withheld, ...alarming];
  const notRun = unseen === null ? [] : [found('metrics', level, 'not-run', expected, `periods before the newest were not compared: ${unseen}`)];
  if (failing.length + notRun.length > 0) return [...(failing.length > 0 ? capped(failing) : []), ...notRun];
  const moved = compared.metrics.filter(({ name, change }) => change.kind !== 'same' || metrics.some((metric) => metric.name === name && metric.series)).length;
  return [found('metrics', level, 'pass', expected, compared.metrics.length === 0 ? 'the report has none' : moved === 0 ? 'all are the same' : `${count(moved)} of ${count(compared.metrics.length)} changed, within that`)];
}

/** What has no share of the value before, such as a value that is gone, counts most. */
function sizeOf({ change }: MetricComparison): number {
  if (change.kind === 'changed') return change.ratio === null ? Infinity : Math.abs(change.ratio);
  return change.kind === 'removed' || change.kind === 'incomparable' ? Infinity : 0;
}

function seriesAlarm(series: SeriesDifference | undefined, most: number): string | null {
  if (!series || (series.most.ratio !== null && !exceeds(Math.abs(series.most.ratio), most))) return null;
  const { period, before, after } = series.most;
  return `${count(series.differing)} of ${plural(series.periods, 'period')} differ, most at ${period}: ${before ?? 'no value'} → ${after ?? 'no value'}`;
}

/** What readers see at a metric is other than it was, whatever its number is: `Orders: target 200 → 20`. */
export function meaningGates(metrics: ReportReview['metrics'], { gates }: EffectivePolicy): GateResult[] {
  const expected = 'target, unit, format and the better direction of each metric stay as they are';
  return capped(metrics.flatMap(({ label, edits = [] }) => {
    const changed = meaningEdits(edits).map(({ property, before, after }) => `${property} ${before ?? 'none'} → ${after ?? 'none'}`);
    // Without a subject, which stands for a metric's number.
    return changed.length === 0 ? [] : [found('metrics', gates.metrics, 'fail', expected, `${label}: ${changed.join('; ')}`)];
  }));
}

/**
 * A value that has gone, or come where there was none, is an alarm, and so is any change from zero: neither has a share. So is a value
 * of another period: both sides read the same files, and how near two days are says nothing.
 */
function metricAlarm({ before, after, change }: MetricComparison, most: number): string | null {
  const values = `${before?.value ?? 'no value'} → ${after?.value ?? 'no value'}`;
  if (before && after && before.period !== after.period) return `${values}, of another period: ${before.period ?? 'the whole result'} → ${after.period ?? 'the whole result'}`;
  switch (change.kind) {
    case 'same': case 'added': return null;
    case 'removed': return `gone, was ${before?.value ?? 'no value'}`;
    case 'incomparable': return values;
    case 'changed':
      if (change.ratio === null) return values;
      return exceeds(Math.abs(change.ratio), most) ? `${values}, ${change.ratio < 0 ? 'down' : 'up'} ${share(Math.abs(change.ratio), most)}` : null;
  }
}
