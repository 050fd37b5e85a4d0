import { truncate, visible, withoutCommands } from '../../error.ts';
import type { Review } from '../../analysis/review/review.ts';
import { count, plural } from '../count.ts';
import type { ReviewBlock } from './section.ts';
import { gateLines, reportSections } from './sections.ts';
import { changeWords, problemWords, reportLine, VERDICT, verdictLine } from './words.ts';
import { plain, type Words } from '../words.ts';

/** Reports whose details are shown. */
const DETAILED = 3;
const LISTED = 50;
const WIDEST = 40;
const LONGEST = 200;
const LINES = 40;

/** A review for a terminal: what to do, all reports, details of the worst. */
export function reviewText(review: Review): string {
  const worth = review.reports.filter(({ verdict, inputs: { drift } }) => verdict !== 'pass' || drift?.comparison?.kind === 'different');
  const detailed = worth.slice(0, DETAILED);
  const parts = [
    [cut(verdictLine(review)), cut(`${review.base.label} → ${review.head.label}`)],
    gateLines(review.gates, null).map((line) => cut(plain(line))),
    [...review.problems.slice(0, LINES).flatMap((problem) => [cut(plain(problemWords(problem))), ...(problem.remedy === '' ? [] : [cut(`  → ${problem.remedy}`)])]), ...more(review.problems.length - LINES, 'problem')],
    [...table(['', 'Report', 'What', 'Rows', 'Difference', 'Columns', 'Metrics over their threshold'], review.reports.slice(0, LISTED).map((report) => {
      const { verdict, what, rows, difference, columns, metrics } = reportLine(report);
      return [VERDICT[verdict], report.report, what, rows, difference, plain(columns), plain(metrics)];
    })), ...more(review.reports.length + (review.unlisted ?? 0) - LISTED, 'report')],
    ...detailed.map((report) => [`${cut(report.report)}: ${VERDICT[report.verdict].toLowerCase()}, ${changeWords(report)}`, ...reportSections(report).flatMap(({ title, blocks }) => [`  ${title}`, ...blocks.flatMap(blockLines).map((line) => `    ${line}`)])]),
    worth.length > DETAILED ? [`Details of ${plural(worth.length - DETAILED, 'more report')}: name the report after the range, or write all of them with --out FOLDER.`] : [],
    [`${plural(review.unaffected, 'report')} not affected.`, ...review.omitted.map((sentence) => cut(sentence))],
  ];
  return withoutCommands(visible(parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')).replaceAll('\t', ' '));
}

function blockLines(block: ReviewBlock): string[] {
  switch (block.kind) {
    case 'lines': return [...block.lines.slice(0, LINES).map((line) => cut(plain(line))), ...more(block.lines.length - LINES, 'line')];
    case 'tasks': return block.lines.map((line) => `[ ] ${plain(line)}`);
    case 'difference': return [...block.lines.slice(0, LINES).map((line) => cut(line)), ...more(block.lines.length - LINES, 'line')];
    case 'table': {
      const head = block.head.map((title: string | Words) => (typeof title === 'string' ? title : plain(title)));
      return [...table(head, block.rows.slice(0, LINES).map((row) => row.map(plain))), ...more(block.rows.length - LINES, 'row'), ...(block.more === null ? [] : [block.more])];
    }
  }
}

/** Columns side by side; those that are empty are left out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const used = head.map((_, index) => index).filter((index) => rows.some((row) => row[index]));
  // Nothing stands behind the last one: a number after the change is worth a longer line.
  const cells = [head, ...rows].map((row) => used.map((index, at) => cut(row[index] ?? '', at === used.length - 1 ? LONGEST : WIDEST)));
  const widths = used.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
  return cells.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ').trimEnd());
}

function more(left: number, noun: string): string[] {
  return left > 0 ? [`… and ${count(left)} more ${noun}${left === 1 ? '' : 's'}`] : [];
}

/** On one line. */
function cut(text: string, most = LONGEST): string {
  return truncate(text.replace(/[\r\n\t\u2028\u2029]+/g, ' '), most);
}
