import type { Comparison, ConclusiveComparison, MetricComparison } from '../../analysis/comparison/comparison.ts';
import type { GateResult } from '../../analysis/gate/gates.ts';
import type { Cause, ChangeKind } from '../../analysis/review/impact.ts';
import type { ReportReview, Review, ReviewProblem } from '../../analysis/review/review.ts';
import { gateVerdict, type Verdict } from '../../report/verdict.ts';
import { count, plural } from '../../snapshot/count.ts';
import { bySize, metricCells, metricWords, ownShare, type MetricNames } from '../comparison/comparison.ts';
import { formatPeriod } from '../date.ts';
import { formatNumber, isPercent } from '../number.ts';
import { plain, type Words } from '../words.ts';

export const VERDICT: { [verdict in Verdict]: string } = { pass: 'Pass', review: 'Review', incomplete: 'Incomplete', block: 'Block' };

const CHANGE: { [change in ChangeKind]: string } = { added: 'new', removed: 'removed', modified: 'changed', described: 'words only' };

/** What has become of a report. A target or a unit is no word: the same number reads as another. */
export function changeWords({ change, was, metrics }: Pick<ReportReview, 'change' | 'was' | 'metrics'>): string {
  if (was !== undefined) return 'renamed';
  return change === 'described' && metrics.some(({ edits = [] }) => edits.some(({ property }) => property !== 'label')) ? 'metrics read otherwise' : CHANGE[change];
}

export const CAUSE: { [kind in Cause['kind']]: string } = {
  query: 'query', macro: 'macro', definition: 'definition', parameters: 'parameters', source: 'source', data: 'data', settings: 'settings', words: 'words', unreadable: 'cannot be read',
};

/** `Block: 3 affected reports (1 block, 2 pass). Worst: sales/orders, columns: region: gone (VARCHAR)`; the same in all media. */
export function verdictLine(review: Review): string {
  return plain(verdictWords(review));
}

/** The same in parts, so that each medium escapes what is data. */
export function verdictWords(review: Review): Words {
  const reason = reasonWords(review);
  return [`${VERDICT[review.verdict]}: ${affectedWords(review)}`, ...waivedWords(review), ...(reason.length > 0 ? ['. '] : []), ...reason];
}

/** `, 2 gates waived by Ada`: whoever approves on the first line alone approves that too. */
function waivedWords({ gates, reports }: Review): Words {
  const waivers = [...gates, ...reports.flatMap((report) => report.gates)].flatMap(({ waiver }) => waiver ?? []);
  return waivers.length === 0 ? [] : [`, ${plural(waivers.length, 'gate')} waived by `, ...namedWords([...new Set(waivers.map(({ by }) => by))])];
}

function affectedWords({ reports, unlisted = 0 }: Review): string {
  const all = reports.length + unlisted;
  if (all === 0) return 'no report is affected';
  const counts = (['block', 'incomplete', 'review', 'pass'] as const).flatMap((verdict) => {
    const number = reports.filter((report) => report.verdict === verdict).length;
    return number > 0 ? [`${count(number)} ${verdict}`] : [];
  });
  const parts = [...counts, ...(unlisted > 0 ? [`${count(unlisted)} not listed`] : [])];
  return `${plural(all, 'affected report')}${all > 1 ? ` (${parts.join(', ')})` : ''}`;
}

/** What a reviewer should look at first; empty where there is nothing. */
function reasonWords(review: Review): Words {
  const [first] = review.reports;
  // Of several that pass, none is worth a sentence.
  if (review.verdict === 'pass') return review.reports.length === 1 && !review.unlisted ? [{ data: first!.report }, ': ', ...reportReason(first!)] : [];
  const own = [...failing(review.gates), ...notRun(review.gates)].find((gate) => gateVerdict(gate) === review.verdict);
  const [problem] = review.problems;
  // Where there is nothing else, nothing is worse.
  const isAlone = review.reports.length === 1 && !review.unlisted && own === undefined;
  if (first?.verdict === review.verdict) return [...(isAlone ? [] : ['Worst: ']), { data: first.report }, ', ', ...reportReason(first)];
  if (own) return ['Worst: the change as a whole, ', ...gateWords(own, null)];
  return problem ? ['Worst: ', ...problemWords(problem)] : [];
}

/** The reason for a report’s verdict. */
export function reportReason(report: ReportReview): Words {
  const gates = [...failing(report.gates), ...notRun(report.gates)];
  const gate = gates.find((one) => gateVerdict(one) === report.verdict) ?? gates[0];
  if (gate) return [...(gate.waiver ? ['waived by ', { data: gate.waiver.by }, ': '] : []), ...gateWords(gate, report)];
  if (report.change === 'added') return ['a new report', ...firstMetricWords(report)];
  if (report.change === 'removed') return ['the report is removed'];
  if (report.was !== undefined) return ['the report has another id; it was ', { data: report.was }];
  const byData = dataReason(report);
  if (byData.length > 0) return byData;
  if (report.change === 'described') return ['only words and looks have changed', ...keysWords(report)];
  return report.comparison?.kind === 'equal' && report.metrics.every(({ series }) => !series) ? ['the result is the same'] : ['every gate passes', ...passedWords(comparedOf(report.comparison))];
}

/** `: On time, share 66.8% (2001-06-30)`: of several new reports, the list shows each one’s number. */
function firstMetricWords(report: ReportReview): Words {
  const metric = report.head?.result?.metrics[0];
  if (metric === undefined) return [];
  const { label, after } = metricCells({ name: metric.name, before: null, after: metric, change: { kind: 'added' } }, namesOf(report));
  return [': ', { data: label }, ' ', { data: after }, ...(metric.period === null ? [] : [' (', { data: periodOf(report, metric.period) }, ')'])];
}

/** `: title, sort` */
function keysWords({ causes }: ReportReview): Words {
  const keys = causes.flatMap(({ detail }) => (detail === '' ? [] : [detail]));
  return keys.length === 0 ? [] : [': ', { data: keys.join(', ') }];
}

/** What differs where no gate minds. */
function passedWords(compared: ReturnType<typeof comparedOf>): Words {
  if (compared === null) return [];
  const columns = columnsWords(compared);
  const rows = differenceWords(compared);
  return [...(rows === 'none' ? [] : [`; rows ${rows}`]), ...(columns.length > 0 ? ['; columns ', ...columns] : [])];
}

/** What the data of a change moves by itself, whatever the definition does; empty where it moves nothing. */
function dataReason(report: ReportReview): Words {
  const compared = comparedOf(report.inputs.drift?.comparison ?? null);
  if (compared?.kind !== 'different') return [];
  const moved = compared.metrics.filter(({ change }) => change.kind !== 'same');
  const [first] = moved;
  if (!first) return ['the data by itself changes the result: rows ', { data: differenceWords(compared) }];
  const { label, before, after } = metricCells(first, namesOf(report));
  return ['the data by itself changes the result: ', { data: `${label}: ${before} → ${after}` }, ...(moved.length > 1 ? [` and ${count(moved.length - 1)} more`] : [])];
}

/** What readers would notice first: that there is no number, that it is another, that rows are others. Gates that are not named stand between. */
const FIRST: readonly GateResult['gate'][] = ['status', 'key', 'empty', 'metrics', 'data', 'inputs', 'columns'];
const LAST: readonly GateResult['gate'][] = ['rows', 'nulls', 'values', 'backtest', 'cost', 'query'];

/** Those that block stand first. */
export function failing(gates: readonly GateResult[]): GateResult[] {
  const rank = ({ level, waiver }: GateResult): number => (waiver !== null ? 2 : level === 'block' ? 0 : 1);
  const weight = ({ gate }: GateResult): number => (FIRST.includes(gate) ? FIRST.indexOf(gate) - FIRST.length : LAST.indexOf(gate) + 1);
  return gates.filter(({ status, waiver }) => status === 'fail' || waiver !== null).toSorted((a, b) => rank(a) - rank(b) || weight(a) - weight(b));
}

/** Without those that are waived: `failing` has them. */
export function notRun(gates: readonly GateResult[]): GateResult[] {
  return gates.filter(({ status, waiver }) => status === 'not-run' && waiver === null);
}

/** What a gate has found, with its name; a metric as readers know it. */
export function gateWords(gate: GateResult, report: ReportReview | null): Words {
  const before = gate.status === 'not-run' ? `${gate.gate} was not run: ` : `${gate.gate}: `;
  const byData = dataFound(gate, report);
  if (byData.length > 0) return [before, ...byData];
  const metric = metricOf(gate, report);
  const label = metric || gate.subject === null ? null : subjectWords(gate, report);
  const moved = movedFound(gate, report);
  return [before, ...(moved === '' ? [] : [{ data: moved }, '; ']), ...(label === null ? [] : [{ data: label }, ': ']), { data: metric ? metricFound(metric, report!) : gate.actual }];
}

/** What a gate has found, beside its subject: a metric's numbers as readers know them. */
export function foundWords(gate: GateResult, report: ReportReview | null): string {
  const byData = dataFound(gate, report);
  if (byData.length > 0) return plain(byData);
  const metric = metricOf(gate, report);
  const moved = movedFound(gate, report);
  return metric ? metricFound(metric, report!).replace(`${subjectWords(gate, report)}: `, '') : `${moved === '' ? '' : `${moved}; `}${gate.actual}`;
}

/** Of a query that asks for something else, the number that it moves most, where no other gate says so. */
function movedFound({ gate, status }: GateResult, report: ReportReview | null): string {
  if (gate !== 'query' || status !== 'fail' || report === null || overThreshold(report).size > 0) return '';
  const moved = reviewedMetrics(report).find(({ name, change }) => change.kind !== 'same' || seriesWords(report, name) !== '');
  return moved ? metricFound(moved, report) : '';
}

function dataFound({ gate }: GateResult, report: ReportReview | null): Words {
  return gate === 'data' && report !== null ? dataReason(report) : [];
}

/** What a gate is about; a metric by its label. */
export function subjectWords({ gate, subject }: GateResult, report: ReportReview | null): string | null {
  const label = gate === 'metrics' || gate === 'backtest' ? report?.metrics.find(({ name }) => name === subject)?.label : undefined;
  return label ?? subject;
}

function metricOf({ gate, subject }: GateResult, report: ReportReview | null): MetricComparison | undefined {
  return gate === 'metrics' && report !== null ? comparedOf(report.comparison)?.metrics.find(({ name }) => name === subject) : undefined;
}

function metricFound(metric: MetricComparison, report: ReportReview): string {
  const series = seriesWords(report, metric.name);
  if (metric.change.kind === 'same' && series !== '') return `${namesOf(report).get(metric.name)?.label ?? metric.name}: ${series}`;
  return `${metricWords(metric, namesOf(report))}${shareWords(metric, namesOf(report))}${otherPeriod(metric, report)}${series === '' ? '' : `; ${series}`}`;
}

/** How near the numbers of two periods are says nothing. */
function otherPeriod({ before, after }: MetricComparison, report: ReportReview): string {
  if (!before || !after || before.period === after.period) return '';
  const [from, to] = [before, after].map(({ period }) => (period === null ? 'the whole result' : periodOf(report, period)));
  return `, of another period: ${from} → ${to}`;
}

/** `5 of 9 periods differ, most at 2026-02-28: 1,414 → 471`; empty where none does but the headline. */
export function seriesWords(report: ReportReview, metric: string): string {
  const series = report.metrics.find(({ name }) => name === metric)?.series;
  if (!series) return '';
  // The headline says it already.
  const own = comparedOf(report.comparison)?.metrics.find(({ name }) => name === metric);
  if (series.differing === 1 && own && own.change.kind !== 'same' && own.after?.period === series.most.period) return '';
  const { periods, differing, most: { period, before, after } } = series;
  const value = (text: string | null) => (text === null ? null : { name: metric, value: text, type: '', period: null });
  const cells = metricCells({ name: metric, before: value(before), after: value(after), change: { kind: 'incomparable', reason: 'not-finite' } }, namesOf(report));
  return `${count(differing)} of ${plural(periods, 'period')} ${differing === 1 ? 'differs' : 'differ'}, most at ${periodOf(report, period)}: ${cells.before} → ${cells.after}`;
}

/** A day as rows have it; of longer periods the day that they begin with is in no row. */
export function periodOf({ period: length }: Pick<ReportReview, 'period'>, period: string): string {
  return length === undefined || length === 'day' || length === 'hour' || !/^\d{4}-\d{2}-\d{2}$/.test(period) ? period : formatPeriod(period, length);
}

/** Of a share, whose change is told in points, what the threshold is about. */
function shareWords({ name, change }: MetricComparison, names: MetricNames): string {
  const format = names.get(name)?.format;
  return format !== undefined && isPercent(format) && change.kind === 'changed' && change.ratio !== null ? ` (${formatNumber(Math.abs(change.ratio), ',.1%')} of it)` : '';
}

/** `reports/sales.yml:12: …` */
export function problemWords({ file, line, message, code }: ReviewProblem): Words {
  const place = [file, line].filter((part) => part !== null).join(':');
  return [...(place ? [{ data: place }, ': '] : []), { data: message.split('\n')[0]! }, ' (', { data: code }, ')'];
}

/** Both sides read these files and no others, with the same bytes, for the same as-of. */
export function sameFiles({ identical, files }: ReportReview['inputs']): boolean {
  return identical && files.every(({ readBy }) => readBy === 'both');
}

/** Null where there is no comparison, or none that anything may be concluded from. */
export function comparedOf(comparison: Comparison | null): ConclusiveComparison | null {
  return comparison === null || comparison.kind === 'incomparable' ? null : comparison;
}

export function namesOf({ metrics }: Pick<ReportReview, 'metrics'>): MetricNames {
  return new Map(metrics.map(({ name, label, format, unit }) => [name, { label, format, ...(unit !== null && { unit }) }]));
}

/** Names that a table has room for. */
const NAMED = 3;

/** `+3 −1 ~12` */
export function differenceWords({ rows: { added, removed, modified }, key }: NonNullable<ReturnType<typeof comparedOf>>): string {
  if (added + removed + modified === 0) return 'none';
  return `+${count(added)} \u2212${count(removed)}${key.mode === 'multiset' ? '' : ` ~${count(modified)}`}`;
}

export function columnsWords(compared: ReturnType<typeof comparedOf>): Words {
  if (compared === null) return [];
  const { added, removed, retyped, renamed } = compared.schema;
  const touched = new Set([...removed.map(({ name }) => `\u2212${name}`), ...added.map(({ name }) => `+${name}`), ...renamed.map(({ from, to }) => `${from} → ${to}`), ...retyped.map(({ name }) => name), ...compared.columns.filter(({ changed }) => (changed ?? 0) > 0).map(({ name }) => name)]);
  return namedWords([...touched]);
}

/** Names of those over their threshold. */
export function overThreshold({ gates }: Pick<ReportReview, 'gates'>): ReadonlySet<string> {
  return new Set(gates.flatMap(({ gate, status, subject }) => (gate === 'metrics' && status === 'fail' && subject !== null ? [subject] : [])));
}

/** Those over their threshold first, and of each the largest change, at the headline or at any period. */
export function reviewedMetrics(report: ReportReview): MetricComparison[] {
  const shareOf = (metric: MetricComparison): number | null => {
    const series = report.metrics.find(({ name }) => name === metric.name)?.series?.most.ratio ?? null;
    const shares = [ownShare(metric), series === null ? null : Math.abs(series)].filter((share) => share !== null);
    return shares.length > 0 ? Math.max(...shares) : null;
  };
  return bySize(comparedOf(report.comparison)?.metrics ?? [], shareOf, overThreshold(report));
}

export function namedWords(names: readonly string[]): Words {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED).flatMap((name, index): Words => [...(index > 0 ? [', '] : []), { data: name }]), ...(more > 0 ? [` and ${count(more)} more`] : [])];
}
