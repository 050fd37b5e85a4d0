import type { BacktestPoint } from '../../analysis/review/backtest.ts';
import type { ReportReview } from '../../analysis/review/review.ts';
import { count, plural } from '../../snapshot/count.ts';
import { metricCells } from '../comparison/comparison.ts';
import type { ReviewSection } from './section.ts';
import { namesOf } from './words.ts';
import type { Words } from '../words.ts';

const POINTS = 12;
const ALERTS = 5;

/** What would have been published at as-ofs of the past: the ones that differ, the newest first. */
export function backtestSection(report: ReportReview): ReviewSection {
  const { backtest } = report;
  if (backtest === null) return { title: 'Backtest', blocks: [] };
  const { asked, points, unreachable } = backtest;
  if (asked === 0) return { title: 'Backtest', blocks: [{ kind: 'lines', lines: [['run for no as-of of the past: none is kept, or review.backtest is 0']] }] };
  if (points.length + unreachable.length === 0) return { title: 'Backtest', blocks: [{ kind: 'lines', lines: [[`of ${plural(asked, 'as-of')} of the past; left out of the document`]] }] };
  const ran = points.filter(({ failed }) => failed.base === null && failed.head === null);
  const rows = points.filter(({ failed }) => failed.head === null).toSorted((a, b) => (a.asOf < b.asOf ? 1 : -1)).flatMap((point) => pointRows(point, report));
  const reached = `run for ${count(points.length)} of ${plural(asked, 'as-of')} of the past${rows.length === 0 && ran.length > 0 && ran.length === points.length ? ': every number is the same' : ''}`;
  return { title: 'Backtest', blocks: [
    { kind: 'lines', lines: [
      [reached],
      ...failureLines(points),
      ...alertLines(ran),
      ...(unreachable.length > 0 ? [[`out of reach: ${plural(unreachable.length, 'as-of')}, such as `, { data: `${unreachable[0]!.asOf}: ${unreachable[0]!.reason}` }] as Words] : []),
    ] },
    { kind: 'table', head: ['As of', 'Metric', 'Published', 'Before', 'After'], rows: rows.slice(0, POINTS), more: rows.length > POINTS ? `The newest ${POINTS} of ${count(rows.length)} numbers that differ.` : null },
  ] };
}

/** Where the definition before failed, what differs from the published number. */
function pointRows({ asOf, metrics, failed }: BacktestPoint, report: ReportReview): Words[][] {
  return metrics.filter(({ published, base, head }) => head !== (failed.base === null ? base : published)).map(({ name, type, published, base, head }): Words[] => {
    const value = (text: string | null) => (text === null ? null : { name, value: text, type, period: null });
    const cells = metricCells({ name, before: value(base), after: value(head), change: { kind: 'incomparable', reason: 'not-finite' } }, namesOf(report));
    const shown = published === base ? cells.before : metricCells({ name, before: value(published), after: value(head), change: { kind: 'incomparable', reason: 'not-finite' } }, namesOf(report)).before;
    return [[{ data: asOf }], [{ data: cells.label }], [{ data: shown }], failed.base === null ? [{ data: cells.before }] : ['failed'], [{ data: cells.after }]];
  });
}

/** A line for each way to fail, before and after. */
function failureLines(points: readonly BacktestPoint[]): Words[] {
  const ways = Map.groupBy(points.filter(({ failed: { base, head } }) => base !== null || head !== null), ({ failed: { base, head } }) => JSON.stringify([base, head]));
  return [...ways].map(([way, failing]): Words => {
    const [base, head] = JSON.parse(way) as [string | null, string | null];
    const code = { data: head ?? base! };
    const dates = asOfsOf(failing.map(({ asOf }) => asOf));
    if (head === null) return ['failed before, and would not fail, at ', ...dates, ': ', code];
    return ['fails at ', ...dates, ': ', code, ...(base === head ? [', as before'] : base === null ? [] : [', before: ', { data: base }])];
  });
}

/** Warnings that readers would have had and others that they would not, a line each. */
function alertLines(points: readonly BacktestPoint[]): Words[] {
  const line = (what: string, side: 'base' | 'head', other: 'base' | 'head'): Words[] => {
    const alerts = points.flatMap(({ asOf, alerts }) => alerts[side].filter((name) => !alerts[other].includes(name)).map((name) => ({ name, asOf })));
    return [...Map.groupBy(alerts, ({ name }) => name)].map(([name, at]): Words => [`${what}: `, { data: name }, ' at ', ...asOfsOf(at.map(({ asOf }) => asOf))]);
  };
  const lines = [...line('an alert that would have been', 'head', 'base'), ...line('an alert that would not have been', 'base', 'head')];
  return lines.length > ALERTS ? [...lines.slice(0, ALERTS), [`and ${plural(lines.length - ALERTS, 'other alert')}`]] : lines;
}

/** All of a few; of many, how many and between which. */
function asOfsOf(asOfs: readonly string[]): Words {
  const sorted = asOfs.toSorted();
  if (sorted.length <= 3) return sorted.flatMap((asOf, index) => [...(index > 0 ? [', '] : []), { data: asOf }]);
  return [`${count(sorted.length)} as-ofs from `, { data: sorted[0]! }, ' to ', { data: sorted.at(-1)! }];
}
