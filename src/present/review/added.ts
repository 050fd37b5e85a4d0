import type { ColumnDistribution } from '../../analysis/comparison/distribution.ts';
import type { ReportReview } from '../../analysis/review/review.ts';
import { count, plural } from '../../snapshot/count.ts';
import { cellWords } from '../cell.ts';
import { metricCells } from '../comparison/comparison.ts';
import { NO_VALUE } from '../number.ts';
import { sqlSection } from './changed.ts';
import type { ReviewSection } from './section.ts';
import { namesOf, periodOf } from './words.ts';
import type { Words } from '../words.ts';

/** A report that was not there before has nothing to be compared with: what it is. */
export function addedSections(report: ReportReview): ReviewSection[] {
  const result = report.head?.result ?? null;
  const names = namesOf(report);
  const metrics = (result?.metrics ?? []).map((metric): Words[] => {
    const { label, after } = metricCells({ name: metric.name, before: null, after: metric, change: { kind: 'added' } }, names);
    return [[{ data: label }], [{ data: after }], [{ data: metric.period === null ? '' : periodOf(report, metric.period) }]];
  });
  const checks = (result?.checks ?? []).map(({ name, expected, actual, level, passed }): Words[] => [[{ data: name }], [passed ? 'passes' : 'fails'], [{ data: expected }], [{ data: actual }], [level]]);
  return [
    { title: 'To be looked at', blocks: [{ kind: 'tasks', lines: tasksOf(report) }] },
    { title: 'Metrics', blocks: [{ kind: 'table', head: ['Metric', 'Value', 'Period'], rows: metrics, more: null }] },
    { title: 'Columns', blocks: [
      { kind: 'lines', lines: result ? [[`${plural(result.rows.count, 'row')}, ${plural(result.columns.length, 'column')}`]] : [] },
      { kind: 'table', head: ['Column', 'Type', 'Without value', 'Different values', 'Smallest', 'Median', 'Largest', 'Most frequent'], rows: report.distributions.map(profileRow), more: null },
    ] },
    { title: 'Checks', blocks: [{ kind: 'table', head: ['Check', 'Now', 'Expected', 'Found', 'Level'], rows: checks, more: null }] },
    sqlSection(report),
  ];
}

function profileRow({ name, type, head, top }: ColumnDistribution): Words[] {
  const cell = (text: string | null): Words => (text === null ? [] : [{ data: cellWords(text) }]);
  const [first] = top;
  const frequent: Words = first === undefined || first.head < 2 ? [] : [{ data: first.value === null ? NO_VALUE : cellWords(first.value) }, ` (${count(first.head)})`];
  return [[{ data: name }], [{ data: type }], [head ? count(head.nulls) : ''], [head ? count(head.distinct) : ''], cell(head?.min ?? null), cell(head?.quantiles?.p50 ?? null), cell(head?.max ?? null), frequent];
}

/** What no machine can tell. */
function tasksOf({ report, head, metrics, personal }: ReportReview): Words[] {
  const result = head?.result ?? null;
  return [
    ['The title and the description say what the numbers are, and who answers for them agrees.'],
    ['The SQL asks what the description says: its sources, filters and joins.'],
    // Of a definition that cannot be read, nobody knows what it has.
    ...(result === null ? [['Metrics, checks and columns with personal data: nothing is known of them, since it gave no result.']] : [
      [metrics.length > 0 ? 'Each metric has the name, unit and direction that its readers expect.' : 'It has no metric: its rows alone are what readers come for.'],
      [result.checks.length > 0 ? 'The checks would notice an export that is empty, doubled or late.' : 'It has no check: an export that is empty or half would be published.'],
      [personal ? 'The columns that say something of people are needed.' : 'No column says something of a person.'],
      ['Its page reads well on a phone and at a desk. Where a preview was built, it has pictures of both: ', { data: `review/${report}/page.phone.png` }, ' and page.desk.png.'],
    ]),
    ['The schedule fits the rhythm of the data.'],
  ];
}
