import { kindOf, type Kind } from '../../snapshot/types.ts';
import { TOLERANCE, type Cell, type Comparing } from './comparison.ts';

/*
 * When two cells are the same value: one definition in two forms, side by side. SQL compares results of any size;
 * script compares the few rows of a report when it is kept.
 */

const NUMBERS: ReadonlySet<Kind> = new Set(['integer', 'decimal', 'double']);

/** How cells of two types are compared. */
export function comparingOf(base: string, head: string): Comparing {
  const [a, b] = [kindOf(base), kindOf(head)];
  if (NUMBERS.has(a) && NUMBERS.has(b)) {
    if (a === 'double' || b === 'double') return 'double';
    return base === head || (a === 'integer' && b === 'integer') ? 'exact' : 'number';
  }
  if (a === b) return 'exact';
  if ((a === 'boolean' && NUMBERS.has(b)) || (NUMBERS.has(a) && b === 'boolean')) return 'number';
  const times = [a, b].sort().join();
  return times === 'date,timestamp' ? 'instant' : 'text';
}

/** NULL is equal to NULL and to nothing else, NaN to NaN; the empty text is no NULL. */
export function equalCells(comparing: Comparing, a: Cell, b: Cell): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return comparing === 'double' ? equalDoubles(Number(a), Number(b)) : normal(comparing, a) === normal(comparing, b);
}

function equalDoubles(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return false;
  return Math.abs(a - b) <= Math.max(TOLERANCE.absolute, TOLERANCE.relative * Math.max(Math.abs(a), Math.abs(b)));
}

/** The one text of a value; that of a key's doubles is exact. */
export function normal(comparing: Comparing, cell: string): string {
  switch (comparing) {
    case 'exact': case 'text': return cell;
    case 'number': return BOOLEANS[cell] ?? (cell.includes('.') ? cell.replace(/\.?0+$/, '') : cell);
    case 'double': return String(Number(cell));
    case 'instant': return DATE.test(cell) ? `${cell}${MIDNIGHT}` : cell;
  }
}

/** What a boolean is as a number. */
const BOOLEANS: { readonly [cell: string]: string } = { true: '1', false: '0' };
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MIDNIGHT = 'T00:00:00Z';
/** Doubles in a multiset have to be sorted into classes: two numbers of the same ten digits are within the tolerance. */
const DIGITS_AFTER_FIRST = 9;

/**
 * The class of a value in a multiset. Never looser than `equalCells`; where two doubles within the tolerance fall on
 * either side of a tenth digit, they are one removed and one added.
 */
export function classOf(comparing: Comparing, cell: string): string {
  if (comparing !== 'double') return normal(comparing, cell);
  const value = Number(cell);
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) < TOLERANCE.absolute / 2 ? '0' : rounded(value);
}

const TIE = new RegExp(`^-?\\d\\.\\d{${DIGITS_AFTER_FIRST}}50*e`);
const EVEN = new RegExp(`^-?\\d\\.\\d{${DIGITS_AFTER_FIRST - 1}}[02468]`);

/** To ten digits; a value in the middle of two goes to the even one, as in SQL's format(). */
function rounded(value: number): string {
  const nearest = value.toExponential(DIGITS_AFTER_FIRST);
  // The shortest text tells cheaply what may be a tie; the longest, whether it is one.
  const shortest = value.toExponential();
  // oxlint-disable-next-line oxc/number-arg-out-of-range -- 100 digits are allowed since ES2018
  const even = TIE.test(shortest) && TIE.test(value.toExponential(100)) ? EVEN.exec(shortest) : null;
  return even ? even[0] + nearest.slice(nearest.indexOf('e')) : nearest;
}

const KEPT = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,\s*\d+\)|BOOLEAN|DATE|DOUBLE)$/;

/** The type that a column has in a table of SQL, where it is compared with another or with none. VARCHAR holds the text of the rows. */
export function heldType(type: string, comparing: Comparing | null, other: string | null): string {
  if (type === 'FLOAT') return comparing === 'text' || comparing === 'number' ? 'VARCHAR' : 'DOUBLE'; // its text is the shortest for 32 bits, and means that number
  const asItself = comparing === null || comparing === 'double' || (comparing === 'exact' && type === other);
  return asItself && KEPT.test(type) ? type : 'VARCHAR';
}

/** An expression whose values are equal (IS NOT DISTINCT FROM) exactly where `normal` is. `held`: what heldType gave. */
export function normalSql(comparing: Comparing, column: string, held: string): string {
  switch (comparing) {
    case 'exact': case 'text': return column;
    case 'number': return `CASE ${Object.entries(BOOLEANS).map(([text, number]) => `WHEN ${column} = '${text}' THEN '${number}'`).join(' ')} WHEN contains(${column}, '.') THEN rtrim(rtrim(${column}, '0'), '.') ELSE ${column} END`;
    // By way of text, which is rounded correctly.
    case 'double': return held === 'DOUBLE' ? column : `CAST(CAST(${column} AS VARCHAR) AS DOUBLE)`;
    case 'instant': return `CASE WHEN regexp_full_match(${column}, '\\d{4}-\\d{2}-\\d{2}') THEN ${column} || '${MIDNIGHT}' ELSE ${column} END`;
  }
}

/** The same for `classOf`. */
export function classSql(comparing: Comparing, column: string, held: string): string {
  const value = normalSql(comparing, column, held);
  if (comparing !== 'double') return value;
  return `CASE WHEN NOT isfinite(${value}) THEN CAST(${value} AS VARCHAR) WHEN abs(${value}) < ${TOLERANCE.absolute / 2} THEN '0' ELSE format('{:.${DIGITS_AFTER_FIRST}e}', ${value}) END`;
}

/** True where two normal values differ, and false where they are equal; never NULL. For doubles it does not know the tolerance. */
export function unlikeSql(a: string, b: string): string {
  return `${a} IS DISTINCT FROM ${b}`;
}

/** True where two unlike doubles are within the tolerance; never NULL. */
export function nearSql(a: string, b: string): string {
  return `coalesce(isfinite(${a}) AND isfinite(${b}) AND abs(${a} - ${b}) <= greatest(${TOLERANCE.absolute}, ${TOLERANCE.relative} * greatest(abs(${a}), abs(${b}))), false)`;
}
