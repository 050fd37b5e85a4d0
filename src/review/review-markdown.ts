import type { ReportReview, Review } from '../analysis/review/review.ts';
import { truncate, visible } from '../error.ts';
import { IN_COMMON } from '../present/comparison/comparison.ts';
import { patternLines } from '../present/comparison/pattern-words.ts';
import { escapeHtml } from '../present/html.ts';
import { reportLine } from '../present/review/report-line.ts';
import type { ReviewBlock, ReviewSection } from '../present/review/section.ts';
import { gateLines, reportSections } from '../present/review/sections.ts';
import { changeWords, problemWords, reportReason, sameFiles, VERDICT, verdictWords } from '../present/review/words.ts';
import { plain, type Words } from '../present/words.ts';
import { count, plural } from '../snapshot/count.ts';
import { code, codeBlock, codeCell } from './markdown.ts';

/** Where more is to be seen: addresses of the web, by whoever posts the text and never from the review itself. */
export interface ReviewLinks {
  /** The page of the review in a preview; a report's page is `<id>/` below it. */
  review?: string | undefined;
  /** The run whose artifacts have the document, all changed rows and the preview. */
  run?: string | undefined;
}

/** Hosts cut, or refuse, what is longer than 65,536 characters. */
const LONGEST = 60_000;
/** For the end, and for saying what is left out. */
const RESERVE = 1_500;
/** The table of reports may have so much of it. */
const TABLE = 14_000;
/** So may each list of what is wrong with the change as a whole. */
const LISTS = 6_000;
const LISTED = 50;
const LINES = 20;
const LONGEST_LINE = 400;
const LONGEST_CELL = 120;
const WIDEST = 12;
const ROWS = 15;
const SQL_LINES = 120;
const LONGEST_SQL_LINE = 160;

/**
 * A review for a job's summary and for a comment: at most 60,000 characters. The first line says what to do and why; then all reports,
 * the worst first; then each of them, folded. What does not fit is left out from the least worrying report on, and that is said.
 */
export function reviewMarkdown(review: Review, { links = {} }: { links?: ReviewLinks } = {}): string {
  const listed = within(review.reports.slice(0, LISTED).map((report) => reportRow(report, links)), TABLE);
  const all = review.reports.length + (review.unlisted ?? 0);
  const parts = [
    headOf(review),
    ...commonOf(review),
    ...(listed.length > 0 ? [[REPORTS, ...listed].join('\n')] : []),
    ...(all > listed.length ? [`${plural(all - listed.length, 'more report')}, none of them worse.`] : []),
  ];
  const end = endOf(review, links);
  let left = LONGEST - RESERVE - end.length - parts.join('\n\n').length;
  let folded = 0;
  for (const [index, report] of review.reports.entries()) {
    // The worst report has half of what is there, the next one half of the rest; the last one all of it.
    const budget = index === review.reports.length - 1 ? left : left / 2;
    const text = detailsOf(report, budget, links);
    if (text === null) break;
    parts.push(text);
    left -= text.length + 2;
    folded += 1;
  }
  if (folded < review.reports.length) parts.push(`The details of ${plural(review.reports.length - folded, 'more report')} have no room here.`);
  return `${[...parts, end].join('\n\n')}\n`;
}

function headOf(review: Review): string {
  const [verdict = '', ...reason] = verdictWords(review);
  const word = VERDICT[review.verdict];
  const first = `**${word}**${inline([plain([verdict]).slice(word.length), ...reason])}`;
  const gates = listOf(gateLines(review.gates, null), LISTS, 'gate');
  const problems = listOf(review.problems.map((problem): Words => [...problemWords(problem), ...(problem.remedy === '' ? [] : [': ', { data: truncate(problem.remedy, LONGEST_LINE) }])]), LISTS, 'problem');
  return [
    first,
    `${code(truncate(review.base.label, 60))} → ${code(truncate(review.head.label, 60))}${review.head.commit === null ? '' : ` at ${code(review.head.commit)}`}; ${plural(review.unaffected, 'report')} not affected.`,
    ...(gates !== '' ? ['**The change as a whole**', gates] : []),
    ...(problems !== '' ? ['**Problems**', problems] : []),
  ].join('\n\n');
}

/** In the open, since it is what a reviewer would look for in the rows. Where there is no room for all, each report’s first sentence goes before another’s second. */
function commonOf({ reports }: Review): string[] {
  const told = reports.flatMap((report) => patternLines(report.comparison).map((words, place) => ({ place, line: [{ data: report.report }, ': ', ...words] as Words })));
  const first = new Set(told.toSorted((a, b) => a.place - b.place).slice(0, LINES));
  const lines = [...told.filter((one) => first.has(one)), ...told.filter((one) => !first.has(one))].map(({ line }) => line);
  return lines.length === 0 ? [] : [`**${IN_COMMON}**`, listOf(lines, LISTS, 'sentence')];
}

/** A phone shows the first three columns. */
const REPORTS = '| Report | Verdict | Metrics over their threshold | What | Rows | Added, removed, changed | Columns |\n| --- | --- | --- | --- | ---: | --- | --- |';

function reportRow(report: ReportReview, { review }: ReviewLinks): string {
  const { what, rows, difference, columns, metrics } = reportLine(report);
  const page = addressOf(review);
  const name = codeCell(truncate(report.report, LONGEST_CELL));
  const linked = page !== null && isId(report.report) ? `[${name}](${page}${report.report}/)` : name;
  return row([linked, VERDICT[report.verdict], cellOf(metrics), what, rows, difference, cellOf(columns)]);
}

/** A report, folded; null where not even its gates fit. */
function detailsOf(report: ReportReview, budget: number, { review, run }: ReviewLinks): string | null {
  const page = addressOf(review);
  const files = addressOf(run);
  const isPictured = report.change === 'added' && report.head?.status === 'ok';
  const summary = `<details>\n<summary><b>${VERDICT[report.verdict]}</b> <code>${html(report.report)}</code> (${changeWords(report)}): <code>${html(plain(reportReason(report)))}</code></summary>`;
  const more = page !== null && isId(report.report) ? `[All of it, with charts${isPictured ? ' and pictures of its page' : ''}](${page}${report.report}/)` : isPictured && files !== null ? `[Pictures of its page are in the preview, among the files of the run](${files})` : null;
  const about = `${code(truncate(report.title, LONGEST_LINE))}${report.owner === '' ? '' : `; owner ${code(truncate(report.owner, LONGEST_LINE))}`}`;
  const around = [summary, about, ...(more === null ? [] : [more])].join('\n\n').length + '</details>'.length + 200;
  const sections = reportSections(report).map((section) => ({ ...section, text: sectionText(section) }));
  const [first] = sections;
  if (first && around + first.text.length > budget) return null;
  let left = budget - around;
  const shown = sections.filter(({ text }) => {
    const fits = text.length + 2 <= left;
    if (fits) left -= text.length + 2;
    return fits;
  });
  const without = sections.filter((section) => !shown.includes(section)).map(({ title }) => title.toLowerCase());
  const told = without.length > 0 ? [`Without room here: ${without.join(', ')}.`] : [];
  return [summary, about, ...shown.map(({ text }) => text), ...told, ...(more === null ? [] : [more]), '</details>'].join('\n\n');
}

function sectionText({ title, blocks }: ReviewSection): string {
  return [`**${title}**`, ...blocks.map(blockText)].join('\n\n');
}

function blockText(block: ReviewBlock): string {
  switch (block.kind) {
    case 'lines': return listOf(block.lines, LONGEST, 'line');
    case 'tasks': return block.lines.map((line) => `- [ ] ${inline(line)}`).join('\n');
    case 'difference': {
      const lines = block.lines.slice(0, SQL_LINES).map((line) => truncate(line, LONGEST_SQL_LINE));
      const left = block.lines.length - SQL_LINES;
      return codeBlock([...lines, ...(left > 0 ? [`… and ${count(left)} more lines`] : [])], 'diff');
    }
    case 'table': return tableText(block);
  }
}

/** Columns without anything in them are left out, and those beyond what a page is wide for. */
function tableText({ head, rows, more }: Extract<ReviewBlock, { kind: 'table' }>): string {
  const used = [...head.keys()].filter((index) => rows.some((cells) => (cells[index]?.length ?? 0) > 0 && plain(cells[index]!) !== ''));
  const shown = used.slice(0, WIDEST);
  const titles = shown.map((index) => {
    const title = head[index]!;
    return typeof title === 'string' ? title : cellOf(title);
  });
  const lines = rows.slice(0, ROWS).map((cells) => row(shown.map((index) => cellOf(cells[index] ?? []))));
  const left = [...(used.length > WIDEST ? [`${plural(used.length - WIDEST, 'more column')}.`] : []), ...(rows.length > ROWS ? [`${plural(rows.length - ROWS, 'more line')}.`] : []), ...(more === null ? [] : [more])];
  return [[row(titles), row(shown.map(() => '---')), ...lines].join('\n'), ...(left.length > 0 ? [left.join(' ')] : [])].join('\n\n');
}

function endOf({ reports, omitted, time, engine }: Review, links: ReviewLinks): string {
  const run = addressOf(links.run);
  const page = addressOf(links.review);
  const rows = reports.some(({ changes }) => changes !== null) ? 'all changed rows, ' : '';
  const where = [...(page === null ? [] : [`[The pages of this review](${page})`]), ...(run === null ? [] : [`[the document, ${rows}and the preview as files](${run})`])].join('; ');
  const left = listOf(omitted.map((sentence) => [{ data: sentence }]), LISTS, 'sentence');
  return [
    ...(left === '' ? [] : [`**Left out of the document**\n\n${left}`]),
    ...(where === '' ? [] : [`${where}.`]),
    `${sidesWords(reports)} by ${code(`${truncate(engine.name, 40)} ${truncate(engine.version, 40)}`)}, at ${code(truncate(time, 40))}.`,
  ].join('\n\n');
}

/** What is not so of each report is not said of all. */
function sidesWords(reports: readonly ReportReview[]): string {
  const both = reports.filter(({ base, head }) => base?.result && head?.result);
  return both.length > 0 && both.every(({ inputs }) => sameFiles(inputs)) ? 'Both sides were run on the same files' : 'Reviewed';
}

function inline(words: Words): string {
  return words.map((piece) => (typeof piece === 'string' ? piece : code(truncate(piece.data, LONGEST_LINE)))).join('');
}

/** Nothing where there is nothing: an empty code would be a box. */
function cellOf(words: Words): string {
  return words.map((piece) => (typeof piece === 'string' ? piece : piece.data === '' ? '' : codeCell(truncate(piece.data, LONGEST_CELL)))).join('');
}

/** As many as there is room for, and how many more. */
function listOf(lines: readonly Words[], budget: number, noun: string): string {
  const shown = within(lines.slice(0, LINES).map((line) => `- ${inline(line)}`), budget);
  const more = lines.length - shown.length;
  return [...shown, ...(more > 0 ? [`- … and ${plural(more, `more ${noun}`)}`] : [])].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The first that fit. */
function within(lines: readonly string[], budget: number): string[] {
  let left = budget;
  const end = lines.findIndex((line) => (left -= line.length + 1) < 0);
  return lines.slice(0, end < 0 ? lines.length : end);
}

/** Within a summary, which is HTML: on one line, since an empty one would end it. */
function html(text: string): string {
  return escapeHtml(truncate(visible(text).replace(/\s+/g, ' '), LONGEST_LINE / 2));
}

function isId(report: string): boolean {
  return /^[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(report);
}

/** With a slash at its end where a page may be below it; null where it is no address that can stand in a link. */
function addressOf(address: string | undefined): string | null {
  return address !== undefined && /^https?:\/\/[^\s()<>[\]`\\|]+$/.test(address) ? address : null;
}
