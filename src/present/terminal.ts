import stringWidth from 'string-width';
import { visible } from '../error.ts';

/*
 * Text in the cells of a terminal: East Asian characters and emoji take two, marks that stand on others none.
 */

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const GAP = 2;
/** A cell that is narrower cannot be read; one that needs more lines is too much for a table. */
const NARROWEST = 6;
const MOST_LINES = 6;
/** A number, a date or a time up to this is never broken: a part of it is another one. */
const LONGEST_NUMBER = 30;
/** Words up to so many cells stay whole, the more of them the better. */
const WHOLE = [24, 20, 16, 14, 12, 10, 8, 6];

/** How many cells of a terminal a line takes, once what could steer it is made visible. */
export function cellsOf(text: string): number {
  return stringWidth(visible(text));
}

/** A line in lines of at most `width` cells, broken at spaces, and in words that are longer. Lines after the first begin with `indent`. */
export function wrapLine(text: string, width: number, indent = ''): string[] {
  if (cellsOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = /^ */.exec(text)![0];
  let empty = true;
  const begin = (): void => {
    lines.push(line);
    line = indent;
    empty = true;
  };
  for (const word of text.trim().split(/ +/)) {
    if (!empty && cellsOf(line) + 1 + cellsOf(word) > width) begin();
    const parts = isNumber(word) ? [word] : partsOf(word, Math.max(1, width - cellsOf(line)), Math.max(1, width - cellsOf(indent)));
    for (const [index, part] of parts.entries()) {
      if (index > 0) begin();
      line += empty ? part : ` ${part}`;
      empty = false;
    }
  }
  return [...lines, line];
}

/**
 * Columns side by side, in lines of at most `width` cells: what is wider is broken within its column. Wider than that are only tables of
 * more columns, or longer numbers, than there is room for.
 */
export function tableLines(rows: readonly (readonly string[])[], width: number): string[] {
  const columns = rows[0]?.map((_, index) => rows.map((row) => row[index] ?? '')) ?? [];
  const widths = fitted(columns, width);
  return rows.flatMap((row) => {
    const cells = row.map((cell, index) => shortened(wrapLine(cell, widths[index]!)));
    return Array.from({ length: Math.max(...cells.map((lines) => lines.length)) }, (_, line) => cells.map((lines, index) => padded(lines[line] ?? '', widths[index]!)).join(' '.repeat(GAP)).trimEnd());
  });
}

/** Widths of columns: those that are wider than the others give way first, none below what its numbers need, nor its words while there is room. */
function fitted(columns: readonly (readonly string[])[], width: number): number[] {
  const natural = columns.map((cells) => Math.max(...cells.map(cellsOf)));
  const room = width - GAP * (columns.length - 1);
  // Of numbers, and of words up to so many cells.
  const words = columns.map((cells) => cells.flatMap((cell) => cell.split(' ').map((word) => ({ cells: cellsOf(word), isWhole: isNumber(word) }))));
  const least = WHOLE.map((most) => words.map((own, index) => Math.max(Math.min(natural[index]!, NARROWEST), ...own.map(({ cells, isWhole }) => (isWhole || cells <= most ? cells : 0)))));
  const whole = least.find((widths) => total(widths) <= room) ?? least.at(-1)!;
  const at = (most: number): number[] => natural.map((one, index) => Math.max(whole[index]!, Math.min(one, most)));
  let most = Math.max(...natural);
  while (most > NARROWEST && total(at(most)) > room) most -= 1;
  return at(most);
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, 0);
}

function isNumber(word: string): boolean {
  return word.length <= LONGEST_NUMBER && /^[^\p{L}]*\d[^\p{L}]*(?:[TZ%]\S*)?$/u.test(word);
}

/** Pieces of a word, the first of at most `first` cells and the others of at most `others`, with their slash or line where they have one. */
function partsOf(word: string, first: number, others: number): string[] {
  const signs = Array.from(GRAPHEMES.segment(word), ({ segment }) => ({ segment, cells: cellsOf(segment) }));
  const parts: string[] = [];
  const textOf = (from: number, to?: number): string => signs.slice(from, to).map(({ segment }) => segment).join('');
  let left = total(signs.map(({ cells }) => cells));
  let from = 0;
  for (let room = first; left > room; room = others) {
    let fit = 0;
    for (let taken = 0; taken + signs[from + fit]!.cells <= room; fit += 1) taken += signs[from + fit]!.cells;
    const slash = signs.slice(from, from + fit).findLastIndex(({ segment }) => /^[/_-]$/.test(segment)) + 1;
    const to = from + Math.max(1, slash > fit / 2 ? slash : fit);
    parts.push(textOf(from, to));
    left -= total(signs.slice(from, to).map(({ cells }) => cells));
    from = to;
  }
  return [...parts, textOf(from)];
}

function shortened(lines: string[]): string[] {
  return lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES - 1), '…'];
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cellsOf(text)));
}
