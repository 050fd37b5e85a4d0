import { MONEY } from '../../run/text-shapes.ts';
import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { cellsOf, type Ask, type ColumnProfile, type Profile } from './profile.ts';
import { wordsOf } from './words.ts';

const LARGEST = 4;
const CANDIDATES = 8;
const SETS = 24;
const ID = /^(id|ids|key|code|uuid|guid|nr|no|number|ref|reference|sku|symbol|iso)$/;
const COUNTED = /^(nr|no|number)$/;
/** Whole numbers that rows are grouped by. */
const GROUP = /^(age|sex|gender|class|cluster|group|category|type|level|grade|band|version|shift|line|rank)$/;
const CALENDAR = /^(year|month|quarter|week|day|date|hour)$/;

/** A number with a sign of money or of percent, or with decimals; an id may have none of these. */
const AMOUNT = new RegExp(`^[(+−-]?(?:${MONEY} ?)?[+−-]?\\d+(?:[., ’']\\d{3})*(?:[.,]\\d+)? ?(?:%|${MONEY})?\\)?$`);
const BARE = /^\d+$/;

/** "Number of visits" counts, and names nothing. */
export const looksLikeId = (name: string): boolean => wordsOf(name).some((word, at, words) => ID.test(word) && !(COUNTED.test(word) && words[at + 1] === 'of'));
export const looksLikeCalendar = (name: string): boolean => wordsOf(name).some((word) => CALENDAR.test(word));

/** Columns that may identify a row, the likeliest first: no measurement does, even where it happens to be unique. */
export function keyColumns({ rows, columns }: Profile, time: string | null): ColumnProfile[] {
  const rank = ({ name, kind, distinct, min, max }: ColumnProfile): number => {
    if (name === time) return 0;
    if (kind === 'text' && isAmount(min) && isAmount(max)) return Infinity;
    if (kind === 'text') return looksLikeId(name) ? 1 : 2;
    if (kind === 'integer' && (looksLikeId(name) || looksLikeCalendar(name))) return looksLikeId(name) && distinct === rows ? 1 : 3;
    if (kind === 'integer' && distinct * 3 <= rows && wordsOf(name).some((word) => GROUP.test(word))) return 6;
    return kind === 'date' || kind === 'timestamp' ? 4 : kind === 'boolean' ? 5 : Infinity;
  };
  return columns
    .filter((column) => column.filled === rows && Number.isFinite(rank(column)) && isNameable(column.name))
    .toSorted((a, b) => rank(a) - rank(b) || (rank(a) === 2 ? b.distinct - a.distinct : 0))
    .slice(0, CANDIDATES);
}

function isAmount(text: string | null): boolean {
  return text !== null && AMOUNT.test(text) && !BARE.test(text);
}

/** Names that YAML gives back as they are. */
export function isNameable(name: string): boolean {
  return name !== '' && name === name.trim() && name.length <= 200 && name !== '__proto__';
}

/** Sets of one size that have enough different values, in the order of the columns. */
export function keySets(columns: readonly ColumnProfile[], rows: number, size: number): ColumnProfile[][] {
  const choose = (from: number, left: number): ColumnProfile[][] => {
    if (left === 0) return [[]];
    return columns.slice(from).flatMap((column, index) => choose(from + index + 1, left - 1).map((rest) => [column, ...rest]));
  };
  return choose(0, size).filter((set) => combinations(set) >= rows).slice(0, SETS);
}

function combinations(set: readonly ColumnProfile[]): number {
  return set.reduce((product, { distinct }) => product * distinct, 1);
}

/** The smallest set of at most four columns that identifies each row, or null. */
export async function findKey(ask: Ask, base: string, profile: Profile, time: string | null): Promise<string[] | null> {
  const columns = keyColumns(profile, time);
  const single = columns.find(({ distinct }) => distinct === profile.rows);
  if (single) return [single.name];
  for (let size = 2; size <= Math.min(LARGEST, columns.length); size++) {
    const sets = keySets(columns, profile.rows, size);
    if (sets.length === 0) continue;
    const cells = sets.map((set, index) => `count(DISTINCT (${set.map(({ name }) => `base_rows.${quoteIdentifier(name)}`).join(', ')})) AS s${index}`);
    const cell = cellsOf(await ask(`WITH base_rows AS (\n${base}\n)\nSELECT ${cells.join(', ')} FROM base_rows`));
    const unique = sets.filter((_, index) => Number(cell(`s${index}`)) === profile.rows);
    // Where each combination is there once, it is no accident.
    const found = unique.find((set) => combinations(set) === profile.rows) ?? unique[0];
    if (found) return found.map(({ name }) => name);
  }
  return null;
}
