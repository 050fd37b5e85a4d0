import type { Cell, ConclusiveComparison, Profile } from '../../analysis/comparison/comparison.ts';
import type { ReportReview } from '../../analysis/review/review.ts';
import { count, plural } from '../../snapshot/count.ts';
import { grouped } from '../../snapshot/digits.ts';
import { kindOf, type Kind } from '../../snapshot/types.ts';
import { cellWords } from '../cell.ts';
import { isAlike, meanWords, metricCells, schemaLines } from '../comparison/comparison.ts';
import { comparisonTables, type ComparisonTable } from '../comparison/tables.ts';
import { NO_VALUE } from '../number.ts';
import { backtestSection } from './backtest.ts';
import { dataSection, isDataAlone } from './data.ts';
import type { ReviewBlock, ReviewSection } from './section.ts';
import { comparedOf, namesOf, overThreshold, reviewedMetrics, seriesWords } from './words.ts';
import { shortNumbers } from '../short-number.ts';
import type { Words } from '../words.ts';

/** Rows of each kind that a page without room shows. */
const SAMPLED = 5;

/** A report that was there before. */
export function changedSections(report: ReportReview): ReviewSection[] {
  const { comparison } = report;
  if (comparison === null) return [dataSection(report), { title: 'Metrics', blocks: [{ kind: 'lines', lines: metricEditLines(report) }] }, sqlSection(report), backtestSection(report)];
  const { verdict, notes, tables } = comparisonTables(comparison, namesOf(report));
  const compared = comparedOf(comparison);
  if (compared === null) return [{ title: 'What differs', blocks: [said([verdict])] }, sqlSection(report), backtestSection(report)];
  const linesOf = (title: string): string[] => notes.find((note) => note.title === title)?.lines ?? [];
  const alone = isDataAlone(report);
  // Both sides are the same by necessity: all that could be said is said there.
  if (alone && compared.kind === 'equal') return [dataSection(report), backtestSection(report)];
  return [
    ...(alone ? [dataSection(report)] : []),
    metricSection(report),
    { title: 'Rows', blocks: [said(linesOf('Rows'))] },
    { title: 'Columns', blocks: [said(schemaLines(compared)), columnTable(report, compared), said(valueLines(report))] },
    { title: 'Checks', blocks: [said(linesOf('Checks'))] },
    sqlSection(report),
    backtestSection(report),
    ...(alone ? [] : [dataSection(report)]),
    ...tables.filter(({ title }) => title.startsWith('Rows ')).map((table) => sampleSection(table, compared)),
    ...(report.personal ? [{ title: 'Rows that say something of people', blocks: [{ kind: 'lines', lines: [['They are not shown: run the comparison where they are kept.']] }] } satisfies ReviewSection] : []),
  ];
}

/** Lines that quote data. */
function said(lines: readonly string[]): ReviewBlock {
  return { kind: 'lines', lines: lines.map((line) => [{ data: line }]) };
}

function metricSection(report: ReportReview): ReviewSection {
  const names = namesOf(report);
  const over = overThreshold(report);
  const metrics = reviewedMetrics(report);
  const isSame = ({ name, change }: (typeof metrics)[number]): boolean => change.kind === 'same' && seriesWords(report, name) === '';
  const moved = metrics.filter((metric) => !isSame(metric));
  const same = metrics.filter(isSame).map((metric) => metricCells(metric, names).label);
  const rows = moved.map((metric): Words[] => {
    const { label, before, after, difference } = metricCells(metric, names);
    return [[{ data: label }], [{ data: before }], [{ data: after }], [{ data: [difference, seriesWords(report, metric.name)].filter(Boolean).join('; ') }], [over.has(metric.name) ? 'yes' : 'no']];
  });
  return { title: 'Metrics', blocks: [
    { kind: 'table', head: ['Metric', 'Before', 'After', 'Change', 'Over its threshold'], rows, more: null },
    { kind: 'lines', lines: metricEditLines(report) },
    { kind: 'lines', lines: same.length > 0 ? [['the same: ', { data: same.join(', ') }]] : [] },
  ] };
}

/** What a metric was and is, where more than its number has changed. */
export function metricEditLines({ metrics }: ReportReview): Words[] {
  return metrics.flatMap(({ label, edits = [] }) => edits.map(({ property, before, after }): Words => [{ data: label }, `: ${property} `, { data: before ?? 'none' }, ' → ', { data: after ?? 'none' }]));
}

function columnTable(report: ReportReview, compared: ConclusiveComparison): ReviewBlock {
  const both = compared.rows.base - compared.rows.removed;
  const rows = compared.columns.flatMap(({ name, comparing, changed, base, head }): Words[][] => {
    const spread = report.distributions.find((one) => one.name === name) ?? null;
    const profile = (what: (side: Profile) => string): string => step(base && what(base), head && what(head));
    const isSame = (before: Cell | number, after: Cell | number): boolean => before === after || (comparing === 'double' && before !== null && after !== null && isAlike(Number(before), Number(after)));
    const isTouched = (changed ?? 0) > 0 || (base !== null && head !== null && (base.nulls !== head.nulls || !isSame(base.sum, head.sum) || !isSame(base.mean, head.mean)));
    if (!isTouched) return [];
    const short = (cells: Cell[]): ((cell: Cell) => Cell) => (comparing === 'double' ? shortNumbers(cells) : (cell) => cell);
    const write = short([base?.sum ?? null, head?.sum ?? null]);
    return [[
      [{ data: name }], [changed === null ? '' : `${count(changed)} of ${count(both)}`], [profile(({ nulls }) => count(nulls))],
      [{ data: meanStep(base, head) }], [{ data: profile(({ sum }) => (sum === null ? '' : grouped(cellWords(write(sum))))) }],
      [{ data: spread?.largestDifference == null ? '' : grouped(cellWords(short([spread.largestDifference])(spread.largestDifference))) }],
    ]];
  });
  return { kind: 'table', head: ['Column', 'Cells changed', 'Without value', 'Mean', 'Sum', 'Largest difference'], rows, more: null };
}

function meanStep(base: Profile | null, head: Profile | null): string {
  const [from, to] = meanWords(base, head);
  const written = (side: Profile | null, words: string): string | null => side && (words === NO_VALUE ? '' : words);
  return step(written(base, from), written(head, to));
}

function step(before: string | null, after: string | null): string {
  if (before === null || after === null) return after ?? before ?? '';
  return before === after ? after : `${before || NO_VALUE} → ${after || NO_VALUE}`;
}

/** Columns whose frequent values are told, and values of each. */
const COLUMNS = 5;
const VALUES = 3;
const AMOUNTS: ReadonlySet<Kind> = new Set(['integer', 'decimal', 'double']);
/** Different numbers of a column that are likely codes, such as years or classes. */
const FEW = 20;

/** `region: west 120 → 0, east 80 → 85`: the values whose number of rows has changed most. */
function valueLines({ distributions }: ReportReview): string[] {
  return distributions.flatMap(({ name, type, base, head, top }) => {
    if (base === null || head === null) return [];
    // Where every value is another, as in a column of amounts, what is frequent says nothing.
    if (AMOUNTS.has(kindOf(type)) && Math.max(base.distinct, head.distinct) > FEW) return [];
    const moved = top.filter((value) => value.base !== value.head).toSorted((a, b) => Math.abs(b.head - b.base) - Math.abs(a.head - a.base));
    return moved.length === 0 || top.every((value) => Math.max(value.base, value.head) < 2) ? [] : [`rows by ${name}: ${moved.slice(0, VALUES).map((value) => `${cellWords(value.value)} ${count(value.base)} → ${count(value.head)}`).join(', ')}`];
  }).slice(0, COLUMNS);
}

/** The classes of the change, and its lines as a unified difference; both empty where the query is the same. */
export function sqlSection({ sql }: ReportReview): ReviewSection {
  const classes = sql?.classes ?? [];
  const isSame = sql !== null && sql.lines.length === 0 && classes.every((one) => one === 'same');
  const lines: Words[] = classes.length === 0 || isSame ? [] : [[`what has changed: ${classes.map((one) => CLASS[one]).join(', ')}`]];
  return { title: 'SQL', blocks: [{ kind: 'lines', lines }, { kind: 'difference', lines: sql?.lines ?? [] }] };
}

const CLASS: { [one in NonNullable<ReportReview['sql']>['classes'][number]]: string } = {
  same: 'a macro whose name the query has for something else, which is no call', format: 'layout and comments only', ordering: 'the order of rows', projection: 'what is selected', filter: 'which rows are taken',
  aggregation: 'how rows are summed up', join: 'what is read and joined', unknown: 'something else',
};

function sampleSection({ title, head, rows }: ComparisonTable, compared: ConclusiveComparison): ReviewSection {
  const { samples } = compared;
  const isModified = title === 'Rows changed';
  const sample = isModified ? samples.modified : title === 'Rows added' ? samples.added : samples.removed;
  // A changed row has a line for each of its cells.
  const shown = isModified ? samples.modified.rows.slice(0, SAMPLED).reduce((sum, row) => sum + row.changes.length, 0) : SAMPLED;
  const taken = Math.min(SAMPLED, sample.rows.length);
  return { title, blocks: [{
    kind: 'table', head: head.map((name, index): Words => (index < sample.columns.length ? [{ data: name }] : [name])),
    rows: rows.slice(0, shown).map((row) => row.map(({ text, missing }): Words => (missing ? [text] : [{ data: text }]))),
    more: taken < sample.total ? `The first ${plural(taken, 'row')} of ${count(sample.total)}.` : null,
  }] };
}

