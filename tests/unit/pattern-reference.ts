import type { Condition, Pattern } from '../../src/analysis/pattern/pattern.ts';
import { naiveEqual, sharedOf, type Drawing } from './compare-drawn.ts';
import type { Cell } from './compare-fixture.ts';

/* Whether a pattern is true of two tables: written once more, row against row, without the code's helpers. */

interface Rows {
  added: Cell[][];
  removed: Cell[][];
  changed: (readonly [Cell[], Cell[]])[];
}

const isNumber = (type: string): boolean => /^U?(TINY|SMALL|BIG|HUGE)?INT|DECIMAL|DOUBLE|FLOAT/.test(type) && !type.endsWith(']');
const exact = (cell: Cell, types: readonly string[]): Cell => (cell !== null && types.every(isNumber) ? (/DOUBLE|FLOAT/.test(types.join()) ? String(Number(cell)) : cell.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')) : cell !== null && /^DATE,TIMESTAMP|^TIMESTAMP.*,DATE$/.test(types.join()) && cell.length === 10 ? `${cell}T00:00:00Z` : cell);

/** Every row of one side against every row of the other. */
function matched({ base, head, renames }: Drawing, mode: string): Rows {
  const shared = sharedOf(base, head, renames);
  const key = (head.key ?? []).flatMap((name) => shared.filter((one) => one.name === name));
  const same = (row: Cell[], other: Cell[], columns: typeof shared): boolean => columns.every(({ from, to, types }) => naiveEqual(row[from]!, other[to]!, ...types));
  if (mode === 'keyed') {
    const id = (row: Cell[], side: 'from' | 'to'): string => JSON.stringify(key.map((one) => exact(row[one[side]]!, one.types)));
    const pairs = base.rows.flatMap((row) => head.rows.filter((other) => id(row, 'from') === id(other, 'to')).map((other) => [row, other] as const));
    return { added: head.rows.filter((row) => !pairs.some(([, other]) => other === row)), removed: base.rows.filter((row) => !pairs.some(([one]) => one === row)), changed: pairs.filter(([row, other]) => !same(row, other, shared)) };
  }
  const left = [...base.rows];
  const added = head.rows.filter((other) => {
    const at = left.findIndex((row) => same(row, other, shared));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { added, removed: left, changed: [] };
}

/** Order of two cells of a type: numbers as numbers, days and times by their text, BC before all. */
function compare(a: string, b: string, type: string): number {
  if (/DOUBLE|FLOAT/.test(type)) return Object.is(Number(a), Number(b)) ? 0 : Number(a) - Number(b);
  if (isNumber(type)) return Number(fraction(a).units * 10n ** BigInt(fraction(b).places) - fraction(b).units * 10n ** BigInt(fraction(a).places));
  const moment = (text: string): string => (text.endsWith('(BC)') ? ` ${text}` : text.replace('infinity', 'z').replace(/Z$/, '').replace(/(\.\d*)$/, (digits) => digits.padEnd(10, '0')).replace(/(:\d\d)$/, '$1.000000000'));
  return moment(a) < moment(b) ? -1 : moment(a) > moment(b) ? 1 : 0;
}

function fraction(text: string): { units: bigint; places: number } {
  return { units: BigInt(text.replace('.', '')), places: text.split('.')[1]?.length ?? 0 };
}

const isClose = (a: number, b: number): boolean => a === b || Math.abs(a - b) <= Math.max(1e-12, 1e-9 * Math.max(Math.abs(a), Math.abs(b)));

/** Null where the reference cannot tell. */
export function holds(pattern: Pattern, drawing: Drawing, mode: string): boolean | null {
  const { base, head, renames } = drawing;
  const shared = sharedOf(base, head, renames);
  if (mode !== 'keyed' && shared.some(({ types }) => /DOUBLE|FLOAT/.test(types.join()))) return null;
  const rows = matched(drawing, mode);
  switch (pattern.kind) {
    case 'repeated': {
      const columns = pattern.what === 'rows' ? shared : shared.filter(({ name }) => head.key!.includes(name));
      const count = (side: 'base' | 'head', id: string): number => drawing[side].rows.filter((row) => idOf(side, row) === id).length;
      const idOf = (side: 'base' | 'head', row: Cell[]): string => JSON.stringify(columns.map(({ from, to, types }) => exact(row[side === 'base' ? from : to]!, types)));
      const ids = new Set([...base.rows.map((row) => idOf('base', row)), ...head.rows.map((row) => idOf('head', row))]);
      const other = pattern.side === 'base' ? 'head' : 'base';
      return pattern.times > 1 && [...ids].every((id) => count(other, id) > 0 && count(pattern.side, id) === pattern.times * count(other, id) && (pattern.what === 'rows' || count(other, id) === 1));
    }
    case 'copies': {
      const [own, others] = pattern.rows === 'added' ? [rows.added, base.rows] : [rows.removed, head.rows];
      const same = (row: Cell[], other: Cell[]): boolean => shared.every(({ from, to, types }) => (pattern.rows === 'added' ? naiveEqual(other[from]!, row[to]!, ...types) : naiveEqual(row[from]!, other[to]!, ...types)));
      return own.length === pattern.count && own.every((row) => others.some((other) => same(row, other)));
    }
    case 'value': case 'range': case 'both': {
      const onBase = pattern.rows !== 'added';
      const told = (pattern.kind === 'both' ? pattern.conditions : [pattern]).map((one) => ({ one, ...shared.find(({ name }) => name === one.column)! }));
      const meets = (condition: Condition, cell: Cell, type: string): boolean => {
        if (condition.kind === 'value') return condition.values.some((value) => (cell === null || value === null ? cell === value : isNumber(type) ? compare(cell, value, type) === 0 : cell === value));
        return cell !== null && !Number.isNaN(isNumber(type) ? Number(cell) : 0) && (condition.from === null || compare(cell, condition.from, type) >= 0) && (condition.to === null || compare(cell, condition.to, type) <= 0);
      };
      const isOf = (side: 'base' | 'head') => (row: Cell[]): boolean => told.every(({ one, from, to, types }) => meets(one, row[side === 'base' ? from : to]!, types[onBase ? 0 : 1]));
      const [side, other] = onBase ? ['base', 'head'] as const : ['head', 'base'] as const;
      const own = pattern.rows === 'changed' ? rows.changed.map(([row]) => row) : rows[pattern.rows];
      if (own.length !== pattern.count || !own.every(isOf(side))) return false;
      if (pattern.rows === 'changed' && told.some(({ from, to, types }) => rows.changed.some(([row, after]) => !naiveEqual(row[from]!, after[to]!, ...types)))) return false;
      const others = pattern.rows === 'changed' ? base.rows.filter(isOf('base')) : drawing[other].rows.filter(isOf(other));
      // Saying it must say something.
      return !drawing[side].rows.every(isOf(side)) && (!(pattern.kind === 'both' || pattern.only) || others.length === (pattern.rows === 'changed' ? pattern.count : 0));
    }
    case 'exchanged': {
      const sides = pattern.columns.map((column) => shared.find(({ name }) => name === column)!);
      const cells = sides.flatMap(({ from, to, types }, side) => rows.changed.flatMap(([row, other]) => (naiveEqual(row[from]!, other[to]!, ...types) ? [] : [{ before: row[sides[1 - side]!.from]!, after: other[to]!, types }])));
      return sides.length === 2 && cells.length === pattern.cells && cells.every(({ before, after, types }) => naiveEqual(before, after, ...types));
    }
    default: {
      const cells = pattern.columns.flatMap((column) => {
        const { from, to, types } = shared.find(({ name }) => name === column)!;
        return rows.changed.flatMap(([row, other]) => (naiveEqual(row[from]!, other[to]!, ...types) ? [] : [{ before: row[from]!, after: other[to]!, types }]));
      });
      return cells.length === pattern.cells && cells.every(({ before, after, types }) => {
        const equal = (a: Cell, b: Cell): boolean => (a !== null && b !== null && types.every(isNumber) ? compare(a, b, types.join()) === 0 : a === b);
        if (pattern.kind === 'becomes') return (pattern.before === undefined || equal(before, pattern.before)) && (pattern.after === undefined || equal(after, pattern.after));
        if (before === null || after === null) return false;
        const isDouble = /DOUBLE|FLOAT/.test(types.join());
        if (pattern.kind === 'shifted') {
          // Years before Christ are left to the engine.
          if (/BC/.test(before + after)) return true;
          const moved = 1000 * (Date.parse(after) - Date.parse(before));
          return moved !== 0 && moved >= Number(pattern.least) && moved <= Number(pattern.most) && Math.sign(Number(pattern.least)) === Math.sign(Number(pattern.most));
        }
        if (pattern.kind === 'one-way') return pattern.to === 'more' ? Number(after) > Number(before) : Number(after) < Number(before);
        if (pattern.kind === 'rounded') {
          const step = 10 ** -pattern.places;
          const [x, y] = [Number(before), Number(after)];
          return isClose(y, Number(y.toFixed(pattern.places))) && (pattern.way === 'rounded' ? Math.abs(y - x) <= step / 2 + 1e-9 * Math.max(1, Math.abs(x)) : Math.abs(y - x) < step + 1e-9 * Math.max(1, Math.abs(x)) && Math.abs(y) <= Math.abs(x));
        }
        if (pattern.kind === 'difference') return isDouble ? isClose(Number(after) - Number(before), Number(pattern.difference)) : sum(before, pattern.difference) === sum(after, '0');
        const [times, over = '1'] = pattern.ratio.split('/');
        return isDouble ? isClose(Number(before) * Number(times) / Number(over), Number(after)) : product(before, times!) === product(after, over);
      });
    }
  }
}

/** In units of ten decimal places. */
function scaled(text: string): bigint {
  const { units, places } = fraction(text);
  return units * 10n ** BigInt(10 - places);
}

const sum = (a: string, b: string): bigint => scaled(a) + scaled(b);
const product = (a: string, b: string): bigint => scaled(a) * scaled(b);

