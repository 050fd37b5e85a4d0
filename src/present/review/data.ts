import type { ReportReview } from '../../analysis/review/review.ts';
import { comparisonWords, IN_COMMON, metricCells } from '../comparison/comparison.ts';
import type { ReviewSection } from './section.ts';
import { comparedOf, namesOf } from './words.ts';
import type { Words } from '../words.ts';

/** Nothing that people wrote has changed, but data that the report reads. */
export function isDataAlone({ causes }: Pick<ReportReview, 'causes'>): boolean {
  return causes.length > 0 && causes.every(({ kind }) => kind === 'data');
}

/** What a change of data does with the definition as it was. The rest of the review compares both definitions on the new data. */
export function dataSection(report: ReportReview): ReviewSection {
  const { drift } = report.inputs;
  const title = 'What the data does by itself';
  if (drift === null) return { title, blocks: [] };
  const names = namesOf(report);
  const own: Words[] = isDataAlone(report) ? [['by the definition: nothing, it is the same']] : [];
  if (drift.comparison === null) return { title, blocks: [{ kind: 'lines', lines: [...own, ['by the data: not known, ', { data: drift.error ?? 'left out of the document' }]] }] };
  const { verdict, sections } = comparisonWords(drift.comparison, names);
  const lines = sections.filter(({ title: part }) => part === IN_COMMON || part === 'Columns' || part === 'Checks').flatMap((section) => section.lines);
  const rows = (comparedOf(drift.comparison)?.metrics ?? []).filter(({ change }) => change.kind !== 'same').map((metric): Words[] => {
    const { label, before, after, difference } = metricCells(metric, names);
    return [[{ data: label }], [{ data: before }], [{ data: after }], [{ data: difference }]];
  });
  return { title, blocks: [
    { kind: 'lines', lines: [...own, ['by the data: ', { data: verdict }]] },
    { kind: 'table', head: ['Metric', 'Data before', 'Data after', 'Change'], rows, more: null },
    { kind: 'lines', lines: lines.map((line): Words => [{ data: line }]) },
  ] };
}
