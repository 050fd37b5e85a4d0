import type { Cell } from '../../analysis/comparison/comparison.ts';
import type { ColumnDistribution, SideDistribution } from '../../analysis/comparison/distribution.ts';
import type { GateResult } from '../../analysis/gate/gates.ts';
import type { ReportReview, Revision } from '../../analysis/review/review.ts';
import { plural } from '../../snapshot/count.ts';
import { grouped } from '../../snapshot/digits.ts';
import { kindOf } from '../../snapshot/types.ts';
import { cellWords } from '../cell.ts';
import { meanWords } from '../comparison/comparison.ts';
import { formatAsOf } from '../date.ts';
import { formatNumber, NO_VALUE } from '../number.ts';
import { reportSections } from './sections.ts';
import { comparedOf, failing, notRun } from './words.ts';
import { shortNumbers } from '../short-number.ts';
import { plain } from '../words.ts';

/** The worst first. */
export function sortedGates(gates: readonly GateResult[]): GateResult[] {
  return [...failing(gates).filter(({ level, waiver }) => level === 'block' && !waiver), ...notRun(gates), ...failing(gates).filter(({ level, waiver }) => level !== 'block' || waiver), ...gates.filter(({ status }) => status === 'pass')];
}

/** `what commit 2331827540 of my-branch makes of 2 files, as of 28 February 2010`: whose numbers the page of a report shows in a preview. */
export function proposalWords({ commit, label }: Revision, { head, inputs }: ReportReview): string {
  const whose = commit === null ? 'the work tree, which nobody has committed,' : `commit ${commit.slice(0, 10)}${commit.startsWith(label) ? '' : ` of ${label}`}`;
  const files = inputs.files.filter(({ readBy }) => readBy !== 'base').length;
  return `what ${whose} makes of ${plural(files, 'file')}${head?.asOf ? `, as of ${formatAsOf(head.asOf)}` : ''}`;
}

/** `passes`, `blocks`, `waived` */
export function gateStatus({ status, level, waiver }: GateResult): string {
  if (status === 'pass') return 'passes';
  if (waiver) return 'waived';
  if (status === 'not-run') return 'not run';
  return level === 'block' ? 'blocks' : 'warns';
}

/** `Waived by Ann until 2026-12-31: seen`; null where nobody has. */
export function waiverWords({ waiver }: GateResult): string | null {
  return waiver && `Waived by ${waiver.by}${waiver.until ? ` until ${waiver.until}` : ''}: ${waiver.reason}`;
}

/** Whose metrics, charts and checks are shown, where one of two sides has none; null where that needs no saying. */
export function onlySideWords({ base, head }: Pick<ReportReview, 'base' | 'head'>): string | null {
  if (base === null || (base.result === null) === ((head?.result ?? null) === null)) return null;
  return base.result === null ? 'There was no result before the change: metrics, charts and checks are those after it.' : `There is no result after the change: metrics, charts and checks are those ${head === null ? 'of the report that it removes' : 'before it'}.`;
}

/** The lines of one part of what terminal and Markdown say of a report; none where it is not among them. */
export function sectionLines(review: ReportReview, title: string): string[] {
  const blocks = reportSections(review).find((section) => section.title === title)?.blocks ?? [];
  return blocks.flatMap((block): string[] => (block.kind === 'lines' || block.kind === 'tasks' ? block.lines.map(plain) : []));
}

export interface ProfileRow {
  what: string;
  base: string;
  head: string;
}

const ABSENT = 'not there';

type Write = (cell: Cell) => Cell;

const PROFILE: [what: string, of: (side: SideDistribution, write: Write) => string][] = [
  ['Rows', ({ rows }) => formatNumber(rows, ',d')],
  ['Without value', ({ nulls }) => formatNumber(nulls, ',d')],
  ['Different values', ({ distinct }) => formatNumber(distinct, ',d')],
  ['Smallest', ({ min }, write) => cellWords(write(min))],
  ['5% are at most', ({ quantiles }, write) => cellWords(write(quantiles?.p05 ?? null))],
  ['25% are at most', ({ quantiles }, write) => cellWords(write(quantiles?.p25 ?? null))],
  ['Median', ({ quantiles }, write) => cellWords(write(quantiles?.p50 ?? null))],
  ['75% are at most', ({ quantiles }, write) => cellWords(write(quantiles?.p75 ?? null))],
  ['95% are at most', ({ quantiles }, write) => cellWords(write(quantiles?.p95 ?? null))],
  ['Largest', ({ max }, write) => cellWords(write(max))],
  ['Sum', ({ sum }, write) => grouped(cellWords(write(sum)))],
];

/** Different numbers of a column up to which each is told. */
const FEW = 20;
/** Part of a side's rows, where a histogram tells of the rest. */
const FREQUENT = 0.05;

/**
 * The most frequent values of a column; none where each is there once on both sides, and there are more of them: ten of a thousand
 * keys say nothing. Of many numbers, which have a histogram, those alone that stand out.
 */
export function toldValues({ base, head, top, histogram }: ColumnDistribution): ColumnDistribution['top'] {
  const most = Math.max(base?.distinct ?? 0, head?.distinct ?? 0);
  if (top.length < most && top.every(({ base: before, head: after }) => before <= 1 && after <= 1 && (base === null || head === null || before === after))) return [];
  if (histogram === null || most <= FEW) return top;
  const isFrequent = (times: number, rows = Infinity): boolean => times > 1 && times >= FREQUENT * rows;
  return top.filter((value) => isFrequent(value.base, base?.rows) || isFrequent(value.head, head?.rows));
}

/** How values of a column are written for reading, so that those that differ do not look alike: doubles shortened, others as they are. */
export function columnWriter({ type, base, head, largestDifference, top, histogram }: ColumnDistribution): Write {
  if (kindOf(type) !== 'double') return (cell) => cell;
  const ofSides = [base, head].flatMap((side) => (side === null ? [] : [side.min, side.max, side.sum, ...Object.values(side.quantiles ?? {})]));
  return shortNumbers([...ofSides, largestDifference, ...top.map(({ value }) => value), ...(histogram?.edges ?? [])]);
}

/** A column's profile line by line, without lines that say nothing on both sides. */
export function profileRows({ base, head }: Pick<ColumnDistribution, 'base' | 'head'>, write: Write): ProfileRow[] {
  const rows = PROFILE.map(([what, of]) => ({ what, base: base ? of(base, write) : ABSENT, head: head ? of(head, write) : ABSENT }));
  const [before, after] = meanWords(base, head);
  rows.splice(-1, 0, { what: 'Mean', base: base ? before : ABSENT, head: head ? after : ABSENT });
  return rows.filter((row) => [row.base, row.head].some((text) => text !== NO_VALUE && text !== ABSENT));
}

/** A column with what is said of it beside its name; `differs` is false where its rows alone are others, and all of it is distributed as before. */
export interface ToldColumn {
  column: ColumnDistribution;
  words: string;
  differs: boolean;
}

/** Those that differ first. What identifies rows differs wherever rows do: it comes after the others that do. */
export function toldColumns({ distributions, base, comparison }: Pick<ReportReview, 'distributions' | 'base' | 'comparison'>): ToldColumn[] {
  const compared = comparedOf(comparison);
  const both = compared ? compared.rows.base - compared.rows.removed : 0;
  const told = distributions.map((column): ToldColumn => {
    const changed = compared?.columns.find(({ name }) => name === column.name)?.changed ?? null;
    const differs = base === null || (changed ?? 0) > 0 || !isDistributedAlike(column);
    if (changed !== null && both > 0) return { column, differs, words: changed > 0 ? `${formatNumber(changed, ',d')} of ${formatNumber(both, ',d')} differ` : `as before in the ${formatNumber(both, ',d')} rows that both have` };
    return { column, differs, words: differs ? '' : 'distributed as before' };
  });
  const place = ({ column, differs }: ToldColumn): number => (differs ? Number(base !== null && (compared?.key.columns.includes(column.name) ?? false)) : 2);
  return told.toSorted((a, b) => place(a) - place(b));
}

function isDistributedAlike({ base, head, top, histogram }: ColumnDistribution): boolean {
  return JSON.stringify([base, histogram?.base]) === JSON.stringify([head, histogram?.head]) && top.every((value) => value.base === value.head);
}
