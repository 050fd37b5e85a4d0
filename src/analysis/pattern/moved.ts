import { kindOf } from '../../snapshot/types.ts';
import { nearSql } from '../comparison/cell-equality.ts';
import type { Tables } from '../comparison/tables.ts';
import { asNumber, CHANGED, FIRST_CHANGED, type ChangedColumn } from './changed.ts';
import type { CellPattern } from './pattern.ts';

/*
 * What changed values have in common where no one number or value says it: two columns that have changed places,
 * times that have moved, numbers that are rounded, and last, those that have all grown or all shrunk.
 */

/** Fewer values all grow or all shrink by chance. */
const FEWEST_ONE_WAY = 8;
/** Digits after the point to which somebody may round. */
const MOST_PLACES = 4;
/** Pairs of columns that are looked at. */
const MOST_PAIRS = 64;
const MOMENTS = /^(DATE|TIMESTAMP|TIMESTAMP_S|TIMESTAMP_MS|TIMESTAMP WITH TIME ZONE)$/;

/** The smallest and the largest of after − before. */
export interface Extremes {
  least: number;
  most: number;
}

/** A column of which nothing else is told. */
type Open = ChangedColumn & { extremes: Extremes | null };

/** One sentence at most about a column; two columns that have changed places share one. */
export async function movedPatterns(tables: Tables, open: readonly Open[]): Promise<CellPattern[]> {
  const pairs = await likely(tables, exchangeable(tables, open));
  const roundings = await likely(tables, open.flatMap((one) => roundingsOf(tables, one)));
  const times = open.filter(({ pair }) => [tables.base.columns[pair.base]!.type, tables.head.columns[pair.head]!.type].every((type) => MOMENTS.test(type)));
  const sql = [...pairs.map(({ counter }) => counter), ...roundings.map(({ counter }) => counter), ...times.flatMap(shiftSql)];
  const [row = []] = sql.length === 0 ? [] : await tables.query(`SELECT ${sql.join(', ')} FROM ${CHANGED}`);
  const told = new Map<Open, CellPattern>();
  const exchanged = pairs.flatMap(({ sides }, index): CellPattern[] => {
    if (row[index] !== '0' || sides.some((one) => told.has(one))) return [];
    const pattern: CellPattern = { kind: 'exchanged', columns: sides.map(({ column }) => column.name), cells: 2 * sides[0].column.changed! };
    for (const one of sides) told.set(one, pattern);
    return [pattern];
  });
  for (const [index, { one, places, way }] of roundings.entries()) {
    if (row[pairs.length + index] === '0' && !told.has(one)) told.set(one, { kind: 'rounded', ...toldOf(one), places, way });
  }
  for (const [index, one] of times.entries()) {
    const [some, least = null, most = null] = row.slice(pairs.length + roundings.length + 3 * index);
    if (Number(some) !== one.column.changed || least === null || most === null || least.startsWith('-') !== most.startsWith('-') || [least, most].includes('0')) continue;
    if (!told.has(one) && (least === most || one.column.changed >= FEWEST_ONE_WAY)) told.set(one, { kind: 'shifted', ...toldOf(one), least, most });
  }
  for (const one of open) {
    const { extremes, column } = one;
    if (told.has(one) || extremes === null || column.changed! < FEWEST_ONE_WAY) continue;
    const to = extremes.least > 0 ? 'more' : extremes.most < 0 ? 'less' : null;
    if (to !== null) told.set(one, { kind: 'one-way', ...toldOf(one), to });
  }
  return [...exchanged, ...[...told.values()].filter(({ kind }) => kind !== 'exchanged')];
}

/** Those that the first rows do not speak against. */
async function likely<T extends { counter: string }>({ query }: Tables, candidates: readonly T[]): Promise<T[]> {
  if (candidates.length === 0) return [];
  const [row = []] = await query(`SELECT ${candidates.map(({ counter }) => counter).join(', ')} FROM ${FIRST_CHANGED}`);
  return candidates.filter((_, index) => row[index] === '0');
}

function toldOf({ column }: Open): { columns: string[]; cells: number } {
  return { columns: [column.name], cells: column.changed! };
}

/** Columns of one type of which equally many values have changed, and the SQL of how many did not come from the other. */
function exchangeable({ base, head }: Tables, open: readonly Open[]): { sides: [Open, Open]; counter: string }[] {
  const typesOf = ({ pair }: Open): string[] => [base.columns[pair.base]!.type, head.columns[pair.head]!.type];
  const pairs = open.flatMap((one, index) => open.slice(index + 1).map((other): [Open, Open] => [one, other]));
  const alike = pairs.filter(([one, other]) => one.column.changed === other.column.changed && new Set([...typesOf(one), ...typesOf(other)]).size === 1);
  return alike.slice(0, MOST_PAIRS).map((sides) => {
    const [one, other] = sides;
    const unlike = (a: Open, b: Open): string => {
      const [before, after] = [`base.c${b.pair.base}`, `head.c${a.pair.head}`];
      return `${before} IS DISTINCT FROM ${after}${a.number?.kind === 'double' ? ` AND NOT ${nearSql(before, after)}` : ''}`;
    };
    return { sides, counter: `count(*) FILTER ((${one.changed} AND ${unlike(one, other)}) OR (${other.changed} AND ${unlike(other, one)}))` };
  });
}

/** Of each number of digits after the point, the fewest first: how many values are not the one before, rounded or cut to it. */
function roundingsOf({ base }: Tables, one: Open): { one: Open; places: number; way: 'rounded' | 'cut'; counter: string }[] {
  const { pair, number, extremes, changed } = one;
  if (number === null || extremes === null || kindOf(base.columns[pair.base]!.type) === 'integer') return [];
  const places = number.kind === 'exact' ? Math.min(MOST_PLACES, number.scale - 1) : MOST_PLACES;
  const [b, h] = [asNumber(`base.c${pair.base}`, number), asNumber(`head.c${pair.head}`, number)];
  const moved = Math.max(Math.abs(extremes.least), Math.abs(extremes.most));
  return Array.from({ length: places + 1 }, (_, digits) => digits).flatMap((digits) => {
    const [step, half] = [digits === 0 ? '1' : `0.${'1'.padStart(digits, '0')}`, `0.${'5'.padStart(digits + 1, '0')}`];
    // What a double may be off by, where it stands in the middle of two.
    const spare = number.kind === 'double' ? ` + 1e-9 * greatest(1, abs(${b}))` : '';
    const whole = number.kind === 'double' ? `(isfinite(${h}) AND ${nearSql(h, `round(${h}, ${digits})`)})` : `${h} = round(${h}, ${digits})`;
    if (moved > Number(step) * 1.000001) return [];
    const counter = (holds: string): string => `count(*) FILTER (${changed} AND NOT (${whole} AND ${holds}))`;
    return [
      { one, places: digits, way: 'rounded' as const, counter: counter(`abs(${h} - ${b}) <= ${half}${spare}`) },
      { one, places: digits, way: 'cut' as const, counter: counter(`abs(${h} - ${b}) < ${step}${spare} AND abs(${h}) <= abs(${b})`) },
    ];
  });
}

/** How many values are moments on both sides; the smallest and the largest difference, in microseconds. */
function shiftSql({ pair, changed }: Open): string[] {
  const [b, h] = [`base.c${pair.base}`, `head.c${pair.head}`].map((cell) => `TRY_CAST(${cell} AS TIMESTAMP)`);
  const filter = `FILTER (${changed} AND isfinite(${b}) AND isfinite(${h}))`;
  const difference = `CAST(epoch_us(${h}) AS HUGEINT) - CAST(epoch_us(${b}) AS HUGEINT)`;
  return [`count(*) ${filter}`, `min(${difference}) ${filter}`, `max(${difference}) ${filter}`];
}
