import type { ColumnDistribution, SideDistribution } from '../analysis/distribution.ts';
import type { GateResult } from '../analysis/gates.ts';
import type { ReportReview } from '../analysis/review.ts';
import { cellWords } from './comparison.ts';
import { formatNumber, NO_VALUE } from './number.ts';
import { reportSections } from './review-sections.ts';
import { failing, notRun, plain } from './review-words.ts';

/** The worst first. */
export function sortedGates(gates: readonly GateResult[]): GateResult[] {
  return [...failing(gates).filter(({ level, waiver }) => level === 'block' && !waiver), ...notRun(gates), ...failing(gates).filter(({ level, waiver }) => level !== 'block' || waiver), ...gates.filter(({ status }) => status === 'pass')];
}

/** `passes`, `blocks`, `waived by Ann until 2026-12-31: seen` */
export function gateStatus({ status, level, waiver }: GateResult): string {
  if (status === 'pass') return 'passes';
  if (status === 'not-run') return 'not run';
  if (waiver) return `waived by ${waiver.by}${waiver.until ? ` until ${waiver.until}` : ''}: ${waiver.reason}`;
  return level === 'block' ? 'blocks' : 'warns';
}

/** The lines of one part of what terminal and Markdown say of a report; none where it is not among them. */
export function sectionLines(review: ReportReview, title: string): string[] {
  const blocks = reportSections(review).find((section) => section.title === title)?.blocks ?? [];
  return blocks.flatMap((block): string[] => (block.kind === 'lines' ? block.lines.map(plain) : block.kind === 'tasks' ? [...block.lines] : []));
}

export interface ProfileRow {
  what: string;
  base: string;
  head: string;
}

const ABSENT = 'not there';

const PROFILE: [what: string, of: (side: SideDistribution) => string][] = [
  ['Rows', ({ rows }) => formatNumber(rows, ',d')],
  ['Without value', ({ nulls }) => formatNumber(nulls, ',d')],
  ['Different values', ({ distinct }) => formatNumber(distinct, ',d')],
  ['Smallest', ({ min }) => cellWords(min)],
  ['5% are at most', ({ quantiles }) => cellWords(quantiles?.p05 ?? null)],
  ['25% are at most', ({ quantiles }) => cellWords(quantiles?.p25 ?? null)],
  ['Median', ({ quantiles }) => cellWords(quantiles?.p50 ?? null)],
  ['75% are at most', ({ quantiles }) => cellWords(quantiles?.p75 ?? null)],
  ['95% are at most', ({ quantiles }) => cellWords(quantiles?.p95 ?? null)],
  ['Largest', ({ max }) => cellWords(max)],
  ['Mean', ({ mean }) => (mean === null ? NO_VALUE : formatNumber(mean, ',.6~g'))],
  ['Sum', ({ sum }) => cellWords(sum)],
];

/** A column's profile line by line, without lines that say nothing on both sides. */
export function profileRows({ base, head }: Pick<ColumnDistribution, 'base' | 'head'>): ProfileRow[] {
  const rows = PROFILE.map(([what, of]) => ({ what, base: base ? of(base) : ABSENT, head: head ? of(head) : ABSENT }));
  return rows.filter((row) => [row.base, row.head].some((text) => text !== NO_VALUE && text !== ABSENT));
}
