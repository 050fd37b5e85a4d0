import type { Cell } from '../analysis/comparison/comparison.ts';
import { truncate } from '../error.ts';
import { NO_VALUE } from './number.ts';

const LONGEST_CELL = 80;

/** Texts that differ behind the cut are told from there. */
export function cellChange(before: Cell, after: Cell): string {
  if (cellWords(before) !== cellWords(after) || before === null || after === null) return `${cellWords(before)} → ${cellWords(after)}`;
  const start = Math.max(0, firstDifference(before, after) - LONGEST_CELL / 2);
  return `…${before.slice(start, start + LONGEST_CELL)} → …${after.slice(start, start + LONGEST_CELL)}`;
}

/** In UTF-16 units; the length of the shorter text where the other goes on. */
export function firstDifference(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return at;
  return length;
}

/** On one line, and not longer than a line. */
export function cellWords(cell: Cell): string {
  if (cell === null) return NO_VALUE;
  if (cell === '') return 'empty text';
  return truncate(cell.replace(/[\r\n\t\u2028\u2029]+/g, ' '), LONGEST_CELL);
}
