import type { Cell } from '../analysis/comparison.ts';
import { NO_VALUE } from './number.ts';

const LONGEST_CELL = 80;

/** Texts that differ behind the cut are told from there. */
export function cellChange(before: Cell, after: Cell): string {
  if (cellWords(before) !== cellWords(after) || before === null || after === null) return `${cellWords(before)} → ${cellWords(after)}`;
  const from = [...before].findIndex((_, index) => before[index] !== after[index]);
  const start = Math.max(0, (from < 0 ? before.length : from) - LONGEST_CELL / 2);
  return `…${before.slice(start, start + LONGEST_CELL)} → …${after.slice(start, start + LONGEST_CELL)}`;
}

/** On one line, and not longer than a line. */
export function cellWords(cell: Cell): string {
  if (cell === null) return NO_VALUE;
  if (cell === '') return 'empty text';
  const line = cell.replace(/[\r\n\t\u2028\u2029]+/g, ' ');
  return line.length <= LONGEST_CELL ? line : `${line.slice(0, LONGEST_CELL - 1)}…`;
}
