import type { ReportReview } from '../../analysis/review/review.ts';
import type { Verdict } from '../../report/verdict.ts';
import { count, plural } from '../../snapshot/count.ts';
import { metricCells } from '../comparison/comparison.ts';
import { patternLines } from '../comparison/pattern-words.ts';
import type { Words } from '../words.ts';
import { CAUSE, changeWords, columnsWords, comparedOf, differenceWords, namesOf, overThreshold, reviewedMetrics, seriesWords } from './words.ts';

/** A report in a table of reports, part by part; what does not apply is empty. */
interface ReportLine {
  report: string;
  verdict: Verdict;
  /** `changed: query, macro` */
  what: string;
  /** `1,000 → 1,002` */
  rows: string;
  /** `+3 −1 ~12`, and after it what the data does by itself */
  difference: string;
  columns: Words;
  /** The worst over its threshold, and how many more: `Orders: 210 → 420 and 2 more`. */
  metrics: Words;
  /** What the differences have in common, sentence by sentence. */
  common: Words[];
}

export function reportLine(report: ReportReview): ReportLine {
  const compared = comparedOf(report.comparison);
  const kinds = [...new Set(report.causes.map(({ kind }) => CAUSE[kind]))];
  const [before, after] = [report.base, report.head].map((side) => (side === null ? null : side.result === null ? 'no result' : count(side.result.rows.count)));
  const rows = before != null && after != null ? (before === after ? before : `${before} → ${after}`) : (after ?? before ?? '');
  return {
    report: report.report, verdict: report.verdict,
    what: report.change === 'modified' && kinds.length > 0 ? `${changeWords(report)}: ${kinds.join(', ')}` : changeWords(report),
    rows, difference: [compared ? differenceWords(compared) : '', dataDifference(report)].filter(Boolean).join('; '), columns: columnsWords(compared), metrics: metricsWords(report), common: patternLines(report.comparison),
  };
}

/** `by the data +0 −0 ~1, 1 metric`, for a cell of a table; empty where the change touches no data of the report. */
function dataDifference({ inputs: { drift } }: ReportReview): string {
  if (drift === null) return '';
  const compared = comparedOf(drift.comparison);
  if (compared === null) return 'by the data: not known';
  const moved = compared.metrics.filter(({ change }) => change.kind !== 'same').length;
  return `by the data ${differenceWords(compared)}${moved > 0 ? `, ${plural(moved, 'metric')}` : ''}`;
}

function metricsWords(report: ReportReview): Words {
  const over = overThreshold(report);
  const [worst, ...others] = reviewedMetrics(report).filter(({ name }) => over.has(name));
  if (worst === undefined) return [];
  const { label, before, after } = metricCells(worst, namesOf(report));
  const moved = worst.change.kind === 'same' ? seriesWords(report, worst.name) : `${before} → ${after}`;
  return [{ data: `${label}: ${moved}` }, ...(others.length > 0 ? [` and ${count(others.length)} more`] : [])];
}
