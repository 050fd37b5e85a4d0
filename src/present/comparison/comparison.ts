import type { Cell, ColumnComparison, Comparison, ConclusiveComparison, KeyHealth, MetricComparison, ModifiedRow, Profile, Sample, WholeRow } from '../../analysis/comparison/comparison.ts';
import type { MetricSpec } from '../../report/schema.ts';
import { count, plural } from '../../snapshot/count.ts';
import { kindOf } from '../../snapshot/types.ts';
import { cellChange, cellWords } from '../cell.ts';
import { formatNumber, formatText, isPercent, NO_VALUE, numberOf, withUnit } from '../number.ts';
import { shortNumbers } from '../short-number.ts';
import { plain } from '../words.ts';
import { patternLines } from './pattern-words.ts';
import { readable } from './readable.ts';

/** A comparison in words, as plain text: what comes from data is not escaped for any medium. */
interface ComparisonWords {
  /** One sentence. */
  verdict: string;
  sections: { title: string; lines: string[] }[];
}

/** How a metric is called and written; what it lacks, its name and its text stand for. */
export type MetricNames = ReadonlyMap<string, Pick<MetricSpec, 'label' | 'format' | 'unit'>>;

/** The title of what patterns say. */
export const IN_COMMON = 'What the differences have in common';

/** A comparison in words: one sentence, and sections for what differs. @param names of metrics, as readers know them */
export function comparisonWords(comparison: Comparison, names: MetricNames): ComparisonWords {
  if (comparison.kind === 'incomparable') return { verdict: incomparableWords(comparison), sections: [] };
  const { samples } = readable(comparison);
  const sections = [
    { title: IN_COMMON, lines: patternLines(comparison).map(plain) },
    { title: 'Rows', lines: [rowsWords(comparison), ...keyWords(comparison.key)] },
    { title: 'Columns', lines: [...schemaLines(comparison), ...columnLines(comparison)] },
    { title: 'Metrics', lines: metricLines(comparison.metrics, names) },
    { title: 'Checks', lines: checkLines(comparison) },
    sampleSection('Rows changed', samples.modified, modifiedWords),
    sampleSection('Rows added', samples.added, wholeWords),
    sampleSection('Rows removed', samples.removed, wholeWords),
  ];
  return { verdict: verdictWords(comparison), sections: sections.filter(({ lines }) => lines.length > 0) };
}

/** The words for a terminal or a log, without what such a place would take for a command. */
export function comparisonText({ verdict, sections }: ComparisonWords): string {
  return [verdict, ...sections.flatMap(({ title, lines }) => [`\n${title}`, ...lines.map((line) => `  ${line}`)])].join('\n');
}

/** `1 changed of 1,000,000`: never a per cent that rounds to all or nothing. */
export function partWords(part: number, what: string, whole: number): string {
  return `${count(part)} ${what} of ${count(whole)}`;
}

function incomparableWords({ base, head, reason }: Extract<Comparison, { kind: 'incomparable' }>): string {
  const why = { report: 'are of different reports', columns: 'have no column in common' };
  return `Incomparable: ${base.label} and ${head.label} ${why[reason]}.`;
}

function verdictWords({ kind, rows, schema, metrics, checks, cells, base, head }: ConclusiveComparison): string {
  const near = cells !== null && cells.withinTolerance > 0 ? `; ${plural(cells.withinTolerance, 'number differs', 'numbers differ')} within the tolerance` : '';
  if (kind === 'equal') return `Equal: ${base.label} and ${head.label} have the same ${plural(rows.head, 'row')} and ${plural(metrics.length, 'metric')}${near}.`;
  const moved = metrics.filter(({ change }) => change.kind !== 'same').length;
  const columns = schema.added.length + schema.removed.length + schema.retyped.length + schema.renamed.length;
  const parts = [
    rows.added > 0 ? `${plural(rows.added, 'row')} added` : '',
    rows.removed > 0 ? partWords(rows.removed, 'removed', rows.base) : '',
    rows.modified > 0 ? partWords(rows.modified, 'changed', rows.base - rows.removed) : '',
    columns > 0 ? `${plural(columns, 'column')} changed` : schema.reordered ? 'columns in another order' : '',
    moved > 0 ? `${count(moved)} of ${plural(metrics.length, 'metric')} changed` : '',
    checks.length > 0 ? `${plural(checks.length, 'check')} changed` : '',
  ];
  return `Different: ${base.label} → ${head.label}: ${parts.filter(Boolean).join(', ')}.`;
}

function rowsWords({ rows, key, cells }: ConclusiveComparison): string {
  const { base, head, added, removed, modified, unchanged } = rows;
  const changed = key.mode === 'multiset' ? '' : `${count(modified)} changed, `;
  const near = cells !== null && cells.withinTolerance > 0 ? ` (${plural(cells.withinTolerance, 'number')} within the tolerance)` : '';
  return `${count(base)} → ${count(head)}: ${count(added)} added, ${count(removed)} removed, ${changed}${count(unchanged)} the same${near}`;
}

const NO_KEY = 'so a changed row is one removed and one added';

function keyWords({ mode, reason, columns, duplicates, nulls }: KeyHealth): string[] {
  const names = columns.join(', ');
  const missing = nulls !== null && nulls.base + nulls.head > 0 ? [`the key has no value in ${count(nulls.base)} rows before, ${count(nulls.head)} after`] : [];
  if (mode === 'keyed') return [columns.length > 0 ? `matched by ${names}` : 'the one row before is matched with the one row after', ...missing];
  if (mode === 'identical') return ['the rows are the same byte by byte'];
  if (reason === 'duplicates') return [`the key (${names}) is not unique: ${count(duplicates!.base)} repeated before, ${count(duplicates!.head)} after, ${NO_KEY}`, ...missing];
  return [reason === 'absent' ? `the key (${names}) is not on both sides, ${NO_KEY}` : `the report has no key, ${NO_KEY}`];
}

export function schemaLines({ schema }: Pick<ConclusiveComparison, 'schema'>): string[] {
  return [
    ...schema.added.map(({ name, type }) => `added: ${name} (${type})`),
    ...schema.removed.map(({ name, type }) => `removed: ${name} (${type})`),
    ...schema.renamed.map(({ from, to, declared }) => `${declared ? 'renamed' : 'looks renamed'}: ${from} → ${to}`),
    ...schema.retyped.map(({ name, from, to, lossy }) => `type: ${name}: ${from} → ${to}${lossy ? ', which does not hold every value' : ''}`),
    ...(schema.reordered ? ['the columns stand in another order'] : []),
  ];
}

/** Columns of which cells have changed; without a key, and for missing values, those whose profile has. */
function columnLines({ columns, cells, rows, key }: ConclusiveComparison): string[] {
  return columns.flatMap((column) => {
    const profile = profileWords(column, key.mode === 'multiset');
    if (column.changed !== null && column.changed > 0 && cells !== null) return [`${column.name}: ${partWords(column.changed, 'changed', rows.base - rows.removed)}${profile && `; ${profile}`}`];
    const gaps = column.base !== null && column.head !== null && column.base.nulls !== column.head.nulls;
    return profile && (key.mode === 'multiset' || gaps) ? [`${column.name}: ${profile}`] : [];
  });
}

function profileWords({ base, head, comparing }: ColumnComparison, whole: boolean): string {
  if (base === null || head === null) return '';
  const pair = (before: Cell, after: Cell): [string, string] => {
    // Within the tolerance: nothing to be told.
    const to = comparing === 'double' && before !== null && after !== null && isAlike(Number(before), Number(after)) ? before : after;
    const write = comparing === 'double' ? shortNumbers([before, to]) : (cell: Cell) => cell;
    return [cellWords(write(before)), cellWords(write(to))];
  };
  const facts: [string, string, string][] = [
    ['without value', count(base.nulls), count(head.nulls)],
    ...(whole ? [['different values', count(base.distinct), count(head.distinct)] as [string, string, string]] : []),
    ['smallest', ...pair(base.min, head.min)], ['largest', ...pair(base.max, head.max)],
    ['sum', ...pair(base.sum, head.sum)], ['mean', ...meanWords(base, head)],
  ];
  return facts.filter(([, before, after]) => before !== after).map(([what, before, after]) => `${what} ${before} → ${after}`).join(', ');
}

/** What doubles differ in beyond these digits is within the tolerance, or what their sums are off by. */
export function isAlike(before: number, after: number): boolean {
  return before.toPrecision(9) === after.toPrecision(9);
}

/** Two means, with as many digits as it takes to tell them apart, and no digit before the point made up. */
export function meanWords(base: Profile | null, head: Profile | null): [before: string, after: string] {
  const [before, after] = [base, head].map((side) => side && meanOf(side)) as [number | null, number | null];
  const alike = before !== null && after !== null && isAlike(before, after);
  const written = (digits: number): [string, string] => [before, alike ? before : after].map((mean) => (mean === null ? NO_VALUE : formatNumber(mean, meanFormat(mean, digits)))) as [string, string];
  const enough = [6, 7, 8].find((digits) => written(digits)[0] !== written(digits)[1]) ?? 9;
  return written(alike ? 6 : enough);
}

/** Values that are no finite numbers have no mean that JSON could write, and a sum that says what it would be. */
function meanOf({ mean, sum }: Profile): number | null {
  return mean ?? (sum !== null && !Number.isFinite(numberOf(sum)) ? numberOf(sum) : null);
}

function meanFormat(mean: number, digits: number): string {
  const size = Math.abs(mean);
  return size >= 1e6 && size < 1e15 ? `,.${Math.max(digits, Math.floor(size).toFixed().length)}~r` : `,.${digits}~g`;
}

/**
 * The largest change first, as a share of the value before; then those that have no such share, and what is the same last.
 * @param shareOf of a metric’s change; null where there is none
 * @param first names of those that stand before all others
 */
export function bySize(metrics: readonly MetricComparison[], shareOf = ownShare, first: ReadonlySet<string> = new Set()): MetricComparison[] {
  const size = (metric: MetricComparison): number => shareOf(metric) ?? (metric.change.kind === 'same' ? -2 : -1);
  return metrics.toSorted((a, b) => Number(first.has(b.name)) - Number(first.has(a.name)) || size(b) - size(a));
}

/** How much of the value before has changed, without its sign: 0.02 is 2 %. Null where there is no such share. */
export function ownShare({ change }: MetricComparison): number | null {
  return change.kind === 'changed' && change.ratio !== null ? Math.abs(change.ratio) : null;
}

function metricLines(metrics: readonly MetricComparison[], names: MetricNames): string[] {
  const same = metrics.filter(({ change }) => change.kind === 'same');
  const lines = bySize(metrics).filter(({ change }) => change.kind !== 'same').map((metric) => metricWords(metric, names));
  return same.length === 0 ? lines : [...lines, `the same: ${same.map(({ name }) => names.get(name)?.label ?? name).join(', ')}`];
}

type Metric = Pick<MetricComparison, 'name' | 'before' | 'after' | 'change'>;

/** `Flights: 17,321 → 17,422, up 101 (0.6%)`; before and after are told apart, however they are rounded. */
export function metricWords(metric: Metric, names: MetricNames): string {
  const { label, before, after, difference } = metricCells(metric, names);
  if (metric.change.kind === 'added') return `${label}: new, ${after}`;
  if (metric.change.kind === 'removed') return `${label}: removed, was ${before}`;
  return `${label}: ${before} → ${after}${metric.change.kind === 'changed' ? `, ${difference}` : ''}`;
}

/** The same, part by part. */
export function metricCells({ name, before, after, change }: Metric, names: MetricNames): { label: string; before: string; after: string; difference: string } {
  const { label = name, format = null, unit = null } = names.get(name) ?? {};
  const [from, to] = [before?.value ?? null, after?.value ?? null];
  const short = [before, after].some((value) => value !== null && kindOf(value.type) === 'double') ? shortNumbers([from, to]) : (text: Cell) => text;
  const written = (text: Cell): string => withUnit(format === null ? (short(text) ?? NO_VALUE) : formatText(text, format), unit);
  const rounded = change.kind !== 'added' && change.kind !== 'removed' && written(from) === written(to) && from !== to;
  const cells = rounded ? { label, before: short(from) ?? NO_VALUE, after: short(to) ?? NO_VALUE } : { label, before: vanishing(from, to, format, unit) ?? written(from), after: vanishing(to, from, format, unit) ?? written(to) };
  return { ...cells, difference: change.kind === 'changed' ? differenceWords(change, Number(from), rounded ? null : format) : UNCHANGED[change.kind] };
}

/** Two digits of a number that its format writes as 0, since who reads `4.6 → 0.0` takes it for one; null for others, and for what is left of a sum of doubles. */
function vanishing(text: Cell, other: Cell, format: string | null, unit: string | null): string | null {
  if (text === null || other === null || format === null || /[1-9]/.test(formatText(text, format))) return null;
  const [size, against] = [text, other].map((one) => Math.abs(numberOf(one))) as [number, number];
  return Number.isFinite(size) && size > 1e-9 * against ? withUnit(formatText(text, isPercent(format) ? '.2~p' : `${format.includes('$') ? '$' : ''}.2~g`), unit) : null;
}

const UNCHANGED = { same: 'the same', added: 'new', removed: 'removed', incomparable: 'incomparable' } as const;

/** No per cent from zero or below; shares change in points. */
function differenceWords({ difference, ratio }: Extract<MetricComparison['change'], { kind: 'changed' }>, before: number, format: string | null): string {
  const direction = difference.startsWith('-') ? 'down' : 'up';
  const size = difference.replace(/^-/, '');
  if (format !== null && isPercent(format)) return `${direction} ${points(Number(size) * 100)}`;
  const part = format === null ? null : formatText(size, format).replace(/^\+/, '');
  const amount = part === null || !/[1-9]/.test(part) ? shortened(size) : part;
  if (ratio === null || before <= 0) return `${direction} ${amount}`;
  const share = Math.abs(ratio);
  return `${direction} ${amount} (${share < 0.0005 ? 'less than 0.1%' : formatNumber(share, share < 1 ? '.1%' : ',.0%')})`;
}

/** Twelve significant digits are more than anybody asked for; none before the point is made up. */
function shortened(size: string): string {
  return size.length <= 12 ? size : shortNumbers([size])(size)!;
}

function points(size: number): string {
  const text = size >= 0.05 ? formatNumber(size, '.1f') : String(Number(size.toPrecision(1)));
  return `${text} point${text === '1.0' ? '' : 's'}`;
}

const CHECKS = { added: 'new', removed: 'removed', fails: 'fails now', passes: 'passes now', bound: 'other bound' } as const;

function checkLines({ checks }: ConclusiveComparison): string[] {
  return checks.map(({ kind, before, after }) => {
    const check = (after ?? before)!;
    const bound = kind === 'bound' ? `: ${before!.expected} (${before!.level}) → ${after!.expected} (${after!.level})` : kind === 'removed' ? '' : `: expected ${check.expected}, found ${check.actual}`;
    return `${check.name}: ${CHECKS[kind]}${bound}`;
  });
}

function sampleSection<T extends WholeRow | ModifiedRow>(title: string, sample: Sample<T>, words: (row: T, columns: readonly string[]) => string): { title: string; lines: string[] } {
  const more = sample.total - sample.rows.reduce((told, row) => told + ('count' in row ? row.count : 1), 0);
  return { title: `${title} (${count(sample.total)})`, lines: [...sample.rows.map((row) => words(row, sample.columns)), ...(more > 0 ? [`… and ${count(more)} more`] : [])] };
}

/** `2001-06-03 SEA  flights: 512 → 518` */
export function modifiedWords({ key, changes }: ModifiedRow): string {
  return `${key.map(cellWords).join(' ')}  ${changes.map(({ column, before, after }) => `${column}: ${cellChange(before, after)}`).join(', ')}`;
}

/** `region: west, orders: 12 (2 times)`: a row that one side alone has, and how often. */
export function wholeWords({ cells, count: often }: WholeRow, columns: readonly string[]): string {
  return `${cells.map((cell, index) => `${columns[index]!}: ${cellWords(cell)}`).join(', ')}${often > 1 ? ` (${count(often)} times)` : ''}`;
}
