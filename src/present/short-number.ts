import type { Cell } from '../analysis/comparison/comparison.ts';

/** Digits that a reader is shown of a double: so many, and two after the point of a larger one. */
const DIGITS = 6;
const AFTER_POINT = 2;
/** As many as tell any two doubles apart. */
const ALL_DIGITS = 17;
const FRACTION = /^-?(?:(\d+)\.\d+(?:e[+-]?\d+)?|\d+(?:\.\d+)?e-\d+)$/i;

/**
 * How doubles that stand together are written for reading: shortened, and no two of them alike. Each has so many digits as it takes
 * to be told apart from the others. What is no fraction stays as it is: a text is not to be given to this.
 */
export function shortNumbers(cells: Iterable<Cell>): (cell: Cell) => Cell {
  const texts = [...new Set(cells)].filter((cell) => cell !== null);
  const shown = new Map<string, string>();
  for (let open = texts, more = 0; open.length > 0 && more <= ALL_DIGITS; more += 1) {
    for (const text of open) shown.set(text, shortened(text, more));
    const alike = Map.groupBy(texts, (text) => shown.get(text)!);
    open = [...alike.values()].filter((group) => group.length > 1).flat();
  }
  return (cell) => (cell === null ? null : (shown.get(cell) ?? cell));
}

/** @param more digits than the fewest */
function shortened(text: string, more: number): string {
  const found = FRACTION.exec(text);
  if (!found) return text;
  const whole = found[1] === undefined || found[1] === '0' ? 0 : found[1].length;
  const digits = Math.max(DIGITS, whole + AFTER_POINT) + more;
  return digits >= ALL_DIGITS ? text : String(Number(Number(text).toPrecision(digits)));
}
