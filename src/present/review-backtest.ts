import type { BacktestPoint } from '../analysis/backtest.ts';
import type { ReportReview } from '../analysis/review.ts';
import { metricCells } from './comparison.ts';
import { count, plural } from './count.ts';
import type { ReviewSection } from './review-sections.ts';
import { namesOf, type Words } from './review-words.ts';

const POINTS = 12;

/** What would have been published at as-ofs of the past: the ones that differ, the newest first. */
export function backtestSection(report: ReportReview): ReviewSection {
  const { backtest } = report;
  if (backtest === null) return { title: 'Backtest', blocks: [] };
  const { asked, points, unreachable } = backtest;
  if (asked > 0 && points.length + unreachable.length === 0) return { title: 'Backtest', blocks: [{ kind: 'lines', lines: [[`of ${plural(asked, 'as-of')} of the past; left out of the document`]] }] };
  const rows = points.toSorted((a, b) => (a.asOf < b.asOf ? 1 : -1)).flatMap((point) => pointRows(point, report));
  const reached = `run for ${count(points.length)} of ${plural(asked, 'as-of')} of the past${rows.length === 0 && points.length > 0 ? ': every number is the same' : ''}`;
  return { title: 'Backtest', blocks: [
    { kind: 'lines', lines: [
      [reached],
      ...alertLines(points),
      ...points.filter(({ failed }) => failed.head !== null).slice(0, POINTS).map(({ asOf, failed }): Words => ['fails at ', { data: asOf }, ': ', { data: failed.head! }, ...(failed.base === null ? [] : [', as before'])]),
      ...(unreachable.length > 0 ? [[`out of reach: ${plural(unreachable.length, 'as-of')}, such as `, { data: `${unreachable[0]!.asOf}: ${unreachable[0]!.reason}` }] as Words] : []),
    ] },
    { kind: 'table', head: ['As of', 'Metric', 'Published', 'Before', 'After'], rows: rows.slice(0, POINTS), more: rows.length > POINTS ? `The newest ${POINTS} of ${count(rows.length)} numbers that differ.` : null },
  ] };
}

function pointRows({ asOf, metrics, failed }: BacktestPoint, report: ReportReview): Words[][] {
  // A run that failed has no numbers; it has a line of its own.
  if (failed.base !== null || failed.head !== null) return [];
  return metrics.filter(({ base, head }) => base !== head).map(({ name, type, published, base, head }): Words[] => {
    const value = (text: string | null) => (text === null ? null : { name, value: text, type, period: null });
    const cells = metricCells({ name, before: value(base), after: value(head), change: { kind: 'incomparable', reason: 'not-finite' } }, namesOf(report));
    const shown = published === base ? cells.before : metricCells({ name, before: value(published), after: value(head), change: { kind: 'incomparable', reason: 'not-finite' } }, namesOf(report)).before;
    return [[{ data: asOf }], [{ data: cells.label }], [{ data: shown }], [{ data: cells.before }], [{ data: cells.after }]];
  });
}

/** Warnings that readers would have had and others that they would not. */
function alertLines(points: readonly BacktestPoint[]): Words[] {
  const count = (side: 'base' | 'head', other: 'base' | 'head'): string[] => points.flatMap(({ asOf, alerts }) => alerts[side].filter((name) => !alerts[other].includes(name)).map((name) => `${name} (${asOf})`));
  const line = (what: string, names: string[]): Words[] => (names.length === 0 ? [] : [[`${what}: `, { data: names.slice(0, 5).join('; ') }, ...(names.length > 5 ? [` and ${names.length - 5} more`] : [])]]);
  return [...line('alerts that would have been', count('head', 'base')), ...line('alerts that would not have been', count('base', 'head'))];
}
