import { truncate, visible, withoutCommands } from '../../error.ts';
import type { Review } from '../../analysis/review/review.ts';
import { plural } from '../../snapshot/count.ts';
import { reportLine } from './report-line.ts';
import type { ReviewBlock } from './section.ts';
import { gateLines, reportSections } from './sections.ts';
import { changeWords, problemWords, VERDICT, verdictLine } from './words.ts';
import { tableLines, wrapLine } from '../terminal.ts';
import { plain, type Words } from '../words.ts';

/** Reports whose details are shown. */
const DETAILED = 3;
const LISTED = 50;
const LONGEST = 200;
const NARROWEST = 40;
const LINES = 40;
/** Of the details of a report. */
const INDENT = 4;

/**
 * A review for a terminal: what to do, all reports, details of the worst.
 * @param columns of the terminal, which tables and sentences are fitted to; what is to be copied is not: remedies, SQL, paths.
 * Without one, lines stay whole
 */
export function reviewText(review: Review, columns = LONGEST): string {
  const width = Math.max(NARROWEST, columns);
  const wrapped = (text: string): string[] => (width < LONGEST ? wrapLine(text, width, '  ') : [text]);
  const worth = review.reports.filter(({ verdict, inputs: { drift } }) => verdict !== 'pass' || drift?.comparison?.kind === 'different');
  const detailed = worth.slice(0, DETAILED);
  const parts = [
    [...wrapped(cut(verdictLine(review))), cut(`${review.base.label} → ${review.head.label}`)],
    gateLines(review.gates, null).flatMap((line) => wrapped(cut(plain(line)))),
    [...review.problems.slice(0, LINES).flatMap((problem) => [...wrapped(cut(plain(problemWords(problem)))), ...(problem.remedy === '' ? [] : [cut(`  → ${problem.remedy}`)])]), ...more(review.problems.length - LINES, 'problem')],
    [...table(['', 'Report', 'What', 'Rows', 'Difference', 'Columns', 'Metrics over their threshold'], review.reports.slice(0, LISTED).map((report) => {
      const { verdict, what, rows, difference, columns: moved, metrics } = reportLine(report);
      return [VERDICT[verdict], report.report, what, rows, difference, plain(moved), plain(metrics)];
    }), width), ...more(review.reports.length + (review.unlisted ?? 0) - LISTED, 'report')],
    ...detailed.map((report) => [`${cut(report.report)}: ${VERDICT[report.verdict].toLowerCase()}, ${changeWords(report)}`, ...reportSections(report).flatMap(({ title, blocks }) => [`  ${title}`, ...blocks.flatMap((block) => blockLines(block, width - INDENT)).map((line) => ' '.repeat(INDENT) + line)])]),
    worth.length > DETAILED ? wrapped(`Details of ${plural(worth.length - DETAILED, 'more report')}: name the report after the range, or write all of them with --out FOLDER.`) : [],
    [`${plural(review.unaffected, 'report')} not affected.`, ...review.omitted.flatMap((sentence) => wrapped(cut(sentence)))],
  ];
  return withoutCommands(visible(parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n')).replaceAll('\t', ' '));
}

function blockLines(block: ReviewBlock, width: number): string[] {
  const wrapped = (text: string): string[] => (width < LONGEST - INDENT ? wrapLine(text, width, '  ') : [text]);
  switch (block.kind) {
    case 'lines': return [...block.lines.slice(0, LINES).flatMap((line) => wrapped(cut(plain(line)))), ...more(block.lines.length - LINES, 'line')];
    case 'tasks': return block.lines.flatMap((line) => wrapped(`[ ] ${plain(line)}`));
    case 'difference': return [...block.lines.slice(0, LINES).map((line) => cut(line)), ...more(block.lines.length - LINES, 'line')];
    case 'table': {
      const head = block.head.map((title: string | Words) => (typeof title === 'string' ? title : plain(title)));
      return [...table(head, block.rows.slice(0, LINES).map((row) => row.map(plain)), width), ...more(block.rows.length - LINES, 'row'), ...(block.more === null ? [] : wrapped(block.more))];
    }
  }
}

/** Columns that are empty are left out. */
function table(head: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  if (rows.length === 0) return [];
  const used = head.map((_, index) => index).filter((index) => rows.some((row) => row[index]));
  return tableLines([head, ...rows].map((row) => used.map((index) => cut(row[index] ?? ''))), width);
}

function more(left: number, noun: string): string[] {
  return left > 0 ? [`… and ${plural(left, `more ${noun}`)}`] : [];
}

/** On one line. */
function cut(text: string, most = LONGEST): string {
  return truncate(text.replace(/[\r\n\t\u2028\u2029]+/g, ' '), most);
}
