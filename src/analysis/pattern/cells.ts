import { nearSql } from '../comparison/cell-equality.ts';
import type { Cell } from '../comparison/comparison.ts';
import type { HeldPair } from '../comparison/sql.ts';
import { pairsOfKey, type RowDifferences, type Tables } from '../comparison/tables.ts';
import { asNumber, CHANGED, numbersOf, type ChangedColumn, type Arithmetic } from './changed.ts';
import { movedPatterns, type Extremes } from './moved.ts';
import type { CellPattern } from './pattern.ts';
import { ratioOf, ratioOfDoubles, type Ratio } from './ratio.ts';

/** Columns that are looked at: those of which most cells have changed. */
const MOST_COLUMNS = 32;
/** Fewer values have a ratio or a difference in common by chance. */
const FEWEST = 3;
const LONGEST = 200;

/** Of the values that changed in rows matched by key: the most first. What is true of several columns is told once. */
export async function cellPatterns(tables: Tables, { key, columns }: RowDifferences): Promise<CellPattern[]> {
  if (key.mode !== 'keyed') return [];
  const keyed = pairsOfKey(tables.pairs, tables.key);
  const others = tables.pairs.filter((pair) => !keyed.includes(pair));
  const asked = others.flatMap((pair, index): ChangedColumn[] => {
    const column = columns.find(({ name, comparing }) => name === pair.name && comparing !== null)!;
    return (column.changed ?? 0) < FEWEST ? [] : [{ column, pair, changed: `changed${index}`, number: numbersOf(tables, pair, column) }];
  }).sort((a, b) => b.column.changed! - a.column.changed!).slice(0, MOST_COLUMNS);
  if (asked.length === 0) return [];
  const [row] = await tables.query(`SELECT ${asked.flatMap(factsSql).join(', ')} FROM ${CHANGED}`);
  const width = row!.length / asked.length;
  const told = asked.map((one, index) => patternOf(one, row!.slice(width * index, width * (index + 1))));
  const proven = await proofs(tables, asked, told);
  const open = asked.flatMap((one, index) => (told[index] !== null && proven[index] ? [] : [{ ...one, extremes: extremesOf(row!.slice(width * index, width * (index + 1)), one) }]));
  return merged([...told.flatMap((one, index) => (one !== null && proven[index] ? [one.pattern] : [])), ...await movedPatterns(tables, open)]);
}

/** Null where a number is missing on one side. */
function extremesOf([had, , , has, , , least = null, most = null]: readonly Cell[], { column }: ChangedColumn): Extremes | null {
  return [had, has].every((some) => Number(some) === column.changed) && least !== null && most !== null ? { least: Number(least), most: Number(most) } : null;
}

/** How many values there are before and after, one of each and whether all are that one; smallest and largest difference, and the pair of numbers that is largest before. */
function factsSql({ pair, changed, number }: ChangedColumn): string[] {
  const [b, h] = [`base.c${pair.base}`, `head.c${pair.head}`];
  const of = (aggregate: string): string => `${aggregate} FILTER (${changed})`;
  const single = (cell: string): string[] => [of(`count(${cell})`), of(`min(${cell})`), `${of(`min(${cell})`)} = ${of(`max(${cell})`)}`];
  if (number === null) return [...single(b), ...single(h), 'NULL', 'NULL', 'NULL', 'NULL'];
  const [x, y] = [asNumber(b, number), asNumber(h, number)];
  return [...single(b), ...single(h), of(`min(${y} - ${x})`), of(`max(${y} - ${x})`), of(`max_by(${x}, abs(${x}))`), of(`max_by(${y}, abs(${x}))`)];
}

/** What is likely, and the SQL of whether a changed cell is otherwise; null where that is known. */
interface Likely {
  pattern: CellPattern;
  counter: string | null;
}

function patternOf({ column, pair, number }: ChangedColumn, facts: readonly Cell[]): Likely | null {
  const [hadText, had = null, isOneBefore, hasText, has = null, isOneAfter, least = null, most = null, x = null, y = null] = facts;
  const cells = column.changed!;
  const one = (count: Cell | undefined, value: Cell, isOne: Cell | undefined): { value: Cell } | null =>
    count === '0' ? { value: null } : Number(count) === cells && isOne === 'true' && (value?.length ?? 0) <= LONGEST ? { value } : null;
  const [before, after] = [one(hadText, had, isOneBefore), one(hasText, has, isOneAfter)];
  const told = { columns: [column.name], cells };
  const becomes: Likely = { pattern: { kind: 'becomes', ...told, ...(before && { before: before.value }), ...(after && { after: after.value }) }, counter: null };
  if (after !== null) return becomes;
  const isWhole = Number(hadText) === cells && Number(hasText) === cells;
  return (isWhole && before === null && number !== null && x !== null && y !== null ? arithmetic(told, pair, number, { least, most, x, y }) : null) ?? (before === null ? null : becomes);
}

function arithmetic(told: { columns: string[]; cells: number }, pair: HeldPair, number: Arithmetic, { least, most, x, y }: { least: Cell; most: Cell; x: string; y: string }): Likely | null {
  const [b, h] = [asNumber(`base.c${pair.base}`, number), asNumber(`head.c${pair.head}`, number)];
  if (number.kind === 'exact') {
    const ratio = ratioOf(x, y);
    if (least === most) return { pattern: { kind: 'difference', ...told, difference: shortest(least!) }, counter: null };
    const six = (part: number): string => `CAST(${part} AS DECIMAL(6,0))`;
    return ratio && { pattern: { kind: 'ratio', ...told, ratio: ratio.text }, counter: `${h} * ${six(ratio.over)} <> ${b} * ${six(ratio.times)}` };
  }
  const ratio = ratioOfDoubles(Number(x), Number(y));
  const near = (ratio: Ratio): string => `(${b} * ${ratio.times} / ${ratio.over} = ${h} OR ${nearSql(`${b} * ${ratio.times} / ${ratio.over}`, h)})`;
  if (ratio) return { pattern: { kind: 'ratio', ...told, ratio: ratio.text }, counter: `NOT ${near(ratio)}` };
  return isConstant(Number(least), Number(most)) ? { pattern: { kind: 'difference', ...told, difference: String(Number(Number(least).toPrecision(9))) }, counter: null } : null;
}

/** Differences of doubles, whose own size says what they may be off by. */
function isConstant(least: number, most: number): boolean {
  return Number.isFinite(least) && Number.isFinite(most) && Math.sign(least) === Math.sign(most) && Math.abs(most - least) <= 1e-9 * Math.abs(least);
}

function shortest(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** One statement for all that is likely and not yet known. */
async function proofs({ query }: Tables, asked: readonly ChangedColumn[], told: readonly (Likely | null)[]): Promise<boolean[]> {
  const counters = asked.map(({ changed }, index) => (told[index]?.counter == null ? '0' : `count(*) FILTER (${changed} AND ${told[index].counter})`));
  const [row] = counters.every((sql) => sql === '0') ? [counters] : await query(`SELECT ${counters.join(', ')} FROM ${CHANGED}`);
  return row!.map((count) => count === '0');
}

function merged(patterns: readonly CellPattern[]): CellPattern[] {
  const same = Map.groupBy(patterns, ({ columns, cells: _cells, ...rest }) => JSON.stringify(rest.kind === 'exchanged' ? columns : rest));
  return [...same.values()].map((group) => ({ ...group[0]!, columns: group.flatMap(({ columns }) => columns), cells: group.reduce((sum, { cells }) => sum + cells, 0) }));
}
