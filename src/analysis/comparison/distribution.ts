import { kindOf, scaleOf } from '../../snapshot/types.ts';
import type { Cell, ColumnComparison, Profile } from './comparison.ts';
import { scaledSql, scaleFor, stepCountsSql, stepsBetween, type Scale } from './histogram.ts';
import { FEW_ROWS, valueOf } from './profile.ts';
import { normalOf, type HeldPair, type SideName } from './sql.ts';
import type { ComparedTables, LoadedSide } from './tables.ts';

/** How a column's values are distributed on both sides. */
export interface ColumnDistribution {
  /** On the head's side, where it is there. */
  name: string;
  type: string;
  base: SideDistribution | null;
  head: SideDistribution | null;
  /** Largest difference of two numbers of matched rows; text as in the rows. Null where no two differ, where none is matched, or for what is no number. */
  largestDifference: Cell;
  /** The ten most frequent values of either side, with how often each side has them; the most frequent first. NULL is none of them. */
  top: { value: Cell; base: number; head: number }[];
  /**
   * Equal steps from the smallest to the largest value of both sides, with one edge more than there are steps; null for what is no number
   * or time. Infinities and NaN are in no step.
   */
  histogram: { edges: string[]; base: number[]; head: number[] } | null;
}

export interface SideDistribution extends Profile {
  rows: number;
  /** Text as in the rows, each a value that is there; null for what is no number or time, and without values. */
  quantiles: { p05: Cell; p25: Cell; p50: Cell; p75: Cell; p95: Cell } | null;
}

/** Most columns of which distributions are told: those that changed most. */
const MOST_COLUMNS = 40;
const MOST_TOP = 10;
const PARTS = [0.05, 0.25, 0.5, 0.75, 0.95];
const QUANTIFIED = new Set(['integer', 'decimal', 'double', 'date', 'timestamp']);

/** A column with its places. */
interface PlacedColumn {
  column: ColumnComparison;
  pair: HeldPair | null;
  base: number | null;
  head: number | null;
  scale: Scale | null;
}

interface Spread {
  quantiles: SideDistribution['quantiles'];
  /** On the scale. */
  min: Cell;
  max: Cell;
}

/**
 * Distributions of the columns whose cells changed, that one side alone has, and, where rows came or went, of all; of a result
 * that stands alone, of all.
 * @returns those that changed most first, and the names of the columns that are left out since they are more than `most`
 */
export async function distributionsOf(tables: ComparedTables, most: number = MOST_COLUMNS): Promise<{ columns: ColumnDistribution[]; omitted: string[] }> {
  const shown = tables.columns.map((column) => placed(tables, column)).filter((asked) => isShown(tables, asked));
  const weight = ({ column, base, head }: PlacedColumn): number => (base === null || head === null ? Infinity : column.changed ?? 0);
  const sorted = shown.map((asked) => ({ asked, weight: weight(asked) })).sort((a, b) => (a.weight === b.weight ? 0 : b.weight - a.weight)).map(({ asked }) => asked);
  const wanted = sorted.slice(0, most);
  const spreads = { base: await spreadsOf(tables, 'base', wanted), head: await spreadsOf(tables, 'head', wanted) };
  const histograms = await histogramsOf(tables, wanted, spreads);
  const differences = await largestDifferences(tables, wanted);
  const columns: ColumnDistribution[] = [];
  for (const [index, asked] of wanted.entries()) {
    columns.push({
      name: asked.column.name, type: asked.head === null ? tables.base!.columns[asked.base!]!.type : tables.head.columns[asked.head]!.type,
      base: sideOf(asked.column.base, tables.base, spreads.base[index]!), head: sideOf(asked.column.head, tables.head, spreads.head[index]!),
      largestDifference: differences[index]!, top: await topOf(tables, asked), histogram: histograms[index]!,
    });
  }
  return { columns, omitted: sorted.slice(most).map(({ column }) => column.name) };
}

function placed({ base, head, pairs }: ComparedTables, column: ColumnComparison): PlacedColumn {
  const pair = column.comparing === null ? null : (pairs.find(({ name }) => name === column.name) ?? null);
  const indexIn = (side: LoadedSide | null, profile: Profile | null): number | null => (side === null || profile === null ? null : side.columns.findIndex(({ name }) => name === column.name));
  const places = pair === null ? { base: indexIn(base, column.base), head: indexIn(head, column.head) } : { base: pair.base, head: pair.head };
  const types = [...(places.base === null ? [] : [base!.columns[places.base]!.type]), ...(places.head === null ? [] : [head.columns[places.head]!.type])];
  return { column, pair, ...places, scale: scaleFor(types) };
}

function isShown({ counts, base }: ComparedTables, { column, pair }: PlacedColumn): boolean {
  return base === null || pair === null || (column.changed ?? 0) > 0 || counts.added + counts.removed > 0;
}

function sideOf(profile: Profile | null, side: LoadedSide | null, { quantiles }: Spread): SideDistribution | null {
  return profile === null || side === null ? null : { ...profile, rows: side.rows, quantiles };
}

const NO_SPREAD: Spread = { quantiles: null, min: null, max: null };

/** One statement; where quantiles of many rows have to be held, one a column. */
async function spreadsOf(tables: ComparedTables, name: SideName, wanted: readonly PlacedColumn[]): Promise<Spread[]> {
  const side = tables[name];
  const asked = side === null ? [] : wanted.flatMap((one, index) => (one[name] === null ? [] : [{ index, sql: spreadSql(side, one[name], one.scale) }]));
  const spreads = wanted.map(() => NO_SPREAD);
  const groups = asked.length > 0 && side!.rows <= FEW_ROWS ? [asked] : asked.map((one) => [one]);
  for (const group of groups) {
    const [row] = await tables.query(`SELECT ${group.map((_, at) => `q${at}[1], q${at}[2], q${at}[3], q${at}[4], q${at}[5], min${at}, max${at}`).join(', ')} FROM (SELECT count(*), ${group.map(({ sql }, at) => sql(at)).join(', ')} FROM ${name})`);
    for (const [at, { index }] of group.entries()) {
      const [p05 = null, p25 = null, p50 = null, p75 = null, p95 = null, min = null, max = null] = row!.slice(7 * at, 7 * at + 7);
      spreads[index] = { quantiles: p50 === null ? null : { p05, p25, p50, p75, p95 }, min, max };
    }
  }
  return spreads;
}

function spreadSql(side: LoadedSide, index: number, scale: Scale | null): (at: number) => string {
  const column = side.columns[index]!;
  const isQuantified = QUANTIFIED.has(kindOf(column.type)) && column.type !== 'BIGNUM';
  const quantiles = isQuantified ? `quantile_disc(${valueOf(column, `c${index}`, side.types[index]!)}, [${PARTS.join(', ')}])` : 'CAST(NULL AS VARCHAR[])';
  const [min, max] = scale === null ? ['NULL', 'NULL'] : ['min', 'max'].map((end) => `${end}(${scaledSql(scale, side, index)})`);
  return (at) => `${quantiles} AS q${at}, ${min} AS min${at}, ${max} AS max${at}`;
}

/** One statement a side. */
async function histogramsOf(tables: ComparedTables, wanted: readonly PlacedColumn[], spreads: { [side in SideName]: Spread[] }): Promise<ColumnDistribution['histogram'][]> {
  const steps = wanted.map(({ scale }, index) => {
    if (scale === null) return null;
    const found = stepsBetween(scale, [spreads.base[index]!, spreads.head[index]!].flatMap(({ min, max }) => (min === null || max === null ? [] : [min, max])));
    return found && { scale, found };
  });
  const counted = async (name: SideName): Promise<number[][]> => {
    const side = tables[name];
    const counts = wanted.map((one, index) => (side === null || one[name] === null || !steps[index] ? null : stepCountsSql(steps[index].scale, scaledSql(steps[index].scale, side, one[name]), steps[index].found)));
    const row = counts.every((sql) => sql === null) ? [] : (await tables.query(`SELECT ${counts.map((sql) => sql ?? 'NULL').join(', ')} FROM ${name}`))[0]!;
    return steps.map((step, index) => {
      const told = JSON.parse(row[index] ?? '[]') as number[];
      return (step?.found.bounds ?? []).map((_, at) => told[at] ?? 0);
    });
  };
  const [base, head] = [await counted('base'), await counted('head')];
  return steps.map((step, index) => step && { edges: step.found.edges, base: base[index]!, head: head[index]! });
}

/** The differing rows alone can have a difference: one statement over them. */
async function largestDifferences({ query, base, head, key }: ComparedTables, wanted: readonly PlacedColumn[]): Promise<Cell[]> {
  const asked = wanted.map(({ pair }) => (base === null || key === null || pair === null || key.includes(pair) ? null : differenceSql(base.columns[pair.base]!.type, head.columns[pair.head]!.type, pair)));
  if (asked.every((sql) => sql === null)) return asked;
  const [row] = await query(`SELECT ${asked.map((sql) => (sql === null ? 'NULL' : `max(nullif(${sql}, 0))`)).join(', ')} FROM diff JOIN base ON base.rowid = diff.b JOIN head ON head.rowid = diff.h`);
  return [...row!];
}

/** The absolute difference of two numbers, which cannot overflow; exact where 38 digits hold it. */
function differenceSql(from: string, to: string, pair: HeldPair): string | null {
  const kinds = [kindOf(from), kindOf(to)];
  if (!kinds.every((kind) => kind === 'integer' || kind === 'decimal' || kind === 'double')) return null;
  const [b, h] = [`base.c${pair.base}`, `head.c${pair.head}`];
  const places = Math.max(scaleOf(from), scaleOf(to));
  const digits = Math.max(wholeDigits(from), wholeDigits(to)) + places + 1;
  if (!kinds.includes('double') && digits <= 38) return `abs(CAST(${b} AS DECIMAL(38,${places})) - CAST(${h} AS DECIMAL(38,${places})))`;
  const [x, y] = [`CAST(${b} AS DOUBLE)`, `CAST(${h} AS DOUBLE)`];
  return `CASE WHEN isfinite(${x}) AND isfinite(${y}) THEN abs(${x} - ${y}) END`;
}

const DIGITS: Record<string, number> = { TINYINT: 3, UTINYINT: 3, SMALLINT: 5, USMALLINT: 5, INTEGER: 10, UINTEGER: 10, BIGINT: 19, UBIGINT: 20 };

function wholeDigits(type: string): number {
  const width = /^DECIMAL\((\d+),/.exec(type)?.[1];
  return width === undefined ? (DIGITS[type] ?? Infinity) : Number(width) - scaleOf(type);
}

/** Values of two types are those that the comparison takes for the same. */
async function topOf({ query }: ComparedTables, { pair, base, head }: PlacedColumn): Promise<ColumnDistribution['top']> {
  const values = (side: SideName, index: number | null): string[] => {
    if (index === null) return [];
    const value = pair === null ? `${side}.c${index}` : normalOf(side, pair);
    return [`SELECT ${value} AS v, ${side === 'base' ? '1 AS b, 0 AS h' : '0 AS b, 1 AS h'} FROM ${side}`];
  };
  const counted = `SELECT v, sum(b) AS b, sum(h) AS h FROM (${[...values('base', base), ...values('head', head)].join(' UNION ALL ')}) WHERE v IS NOT NULL GROUP BY v`;
  const most = (side: 'b' | 'h'): string => `(SELECT v, b, h FROM counted WHERE ${side} > 0 ORDER BY ${side} DESC, v LIMIT ${MOST_TOP})`;
  const rows = await query(`WITH counted AS MATERIALIZED (${counted}) SELECT v, b, h FROM (${most('b')} UNION ${most('h')}) ORDER BY greatest(b, h) DESC, v`);
  return rows.map(([value = null, b, h]) => ({ value, base: Number(b), head: Number(h) }));
}
