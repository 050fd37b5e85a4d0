import type { Row } from '../../snapshot/csv.ts';
import type { Column } from '../../snapshot/manifest.ts';
import { isNumeric, kindOf, type Kind } from '../../snapshot/types.ts';
import type { Cell, Profile } from './comparison.ts';
import type { SideName } from './sql.ts';

export type Query = (sql: string, inOrder?: boolean) => Promise<Row[]>;

const ORDERED: ReadonlySet<Kind> = new Set(['integer', 'decimal', 'double', 'boolean', 'date', 'timestamp', 'text']);
/** Cells of the statistics that each column has in the one row of statsSql. */
const STATS = 4;
/** Up to so many, all columns are asked for at once: what a statement holds of them is small. */
export const FEW_ROWS = 100_000;

/**
 * Profiles of some columns of a table.
 * @param held the types that the columns have in the table
 * @param wanted indexes of columns
 * @param unique index of a column that is known to have no value twice; null: none is
 */
export async function profileColumns(query: Query, side: SideName, columns: readonly Column[], held: readonly string[], wanted: readonly number[], unique: number | null): Promise<Profile[]> {
  if (wanted.length === 0) return [];
  const asked = wanted.map((index) => ({ type: columns[index]!.type, value: valueOf(columns[index]!, `c${index}`, held[index]!) }));
  const [stats] = await query(`SELECT count(*)${asked.map(statsSql).join('')} FROM ${side}`, true);
  const total = Number(stats![0]);
  // Each of its values is distinct: to count them again would take longest of all.
  const open = asked.filter((_, at) => wanted[at] !== unique);
  const counts = await countDistinct(query, side, open, total);
  const distinct = new Map(open.map((one, at) => [one, counts[at]!]));
  const profiles: Profile[] = [];
  for (const [at, one] of asked.entries()) {
    const { type, value } = one;
    const [counted, min = null, max = null, quick = null] = stats!.slice(1 + STATS * at, 1 + STATS * (at + 1));
    const count = Number(counted);
    const careful = carefulSum({ type, value, count, min, max, quick });
    const sum = careful === null ? quick : (await query(`SELECT ${careful} FROM ${side}`, true))[0]![0]!;
    profiles.push({ nulls: total - count, distinct: distinct.get(one) ?? count, min, max, sum, mean: sum === null ? null : finiteOrNull(Number(sum) / count) });
  }
  return profiles;
}

/** Counting needs memory for all the values that were seen: columns of many rows take turns. */
async function countDistinct(query: Query, side: SideName, asked: readonly ColumnValue[], rows: number): Promise<number[]> {
  if (asked.length === 0) return [];
  const counts = asked.map(({ value }) => `count(DISTINCT ${value})`);
  const counted: Row[] = [];
  for (const some of rows <= FEW_ROWS ? [counts.join(', ')] : counts) counted.push(...(await query(`SELECT ${some} FROM ${side}`)));
  return counted.flat().map(Number);
}

/** A type's name goes into the SQL. */
const PLAIN = /^([A-Z_ ]+|DECIMAL\(\d+, ?\d+\))$/;

/** The column as its own type, where the table holds its text and that type has another order. */
export function valueOf({ type }: Column, column: string, held: string): string {
  const isCast = isNumeric(type) || kindOf(type) === 'date' || kindOf(type) === 'timestamp';
  if (held !== 'VARCHAR' || !isCast || type === 'BIGNUM' || !PLAIN.test(type)) return column;
  return `CAST(${column} AS ${type === 'FLOAT' ? 'DOUBLE' : type})`;
}

interface ColumnValue {
  type: string;
  value: string;
}

function statsSql({ type, value }: ColumnValue): string {
  const range = ORDERED.has(kindOf(type)) && type !== 'BIGNUM' ? `min(${value}), max(${value})` : 'NULL, NULL';
  return `, count(${value}), ${range}, ${quickSum(type, value)}`;
}

/** A sum that cannot fail. Doubles are summed with compensation. */
function quickSum(type: string, value: string): string {
  if (kindOf(type) === 'double') return `fsum(${value})`;
  return isNumeric(type) && !isWide(type) ? `sum(${value})` : 'NULL';
}

/** Types of which a thousand million values may have a sum of more than the engine's 38 digits. */
function isWide(type: string): boolean {
  const width = /^DECIMAL\((\d+),/.exec(type)?.[1];
  return width === undefined ? /^(U?HUGEINT|BIGNUM)$/.test(type) : Number(width) > 29;
}

interface ColumnStats extends ColumnValue {
  count: number;
  min: Cell;
  max: Cell;
  quick: Cell;
}

/** What has to be asked in place of the quick sum: compensation makes infinities NaN, and a wide type may not hold its sum. */
function carefulSum({ type, value, count, min, max, quick }: ColumnStats): string | null {
  if (kindOf(type) === 'double') return quick === null || Number.isFinite(Number(quick)) ? null : `sum(${value})`;
  if (!isWide(type) || min === null || max === null) return null;
  const largest = [min, max].map((text) => BigInt(text.replace(/[-.]/g, ''))).reduce((a, b) => (a > b ? a : b));
  return largest * BigInt(count) < 10n ** 38n ? `sum(${value})` : `fsum(CAST(${value} AS DOUBLE))`;
}

/** The mean of infinities is no number that JSON can hold. */
function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
