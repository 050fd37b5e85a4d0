import fc from 'fast-check';
import type { Renames } from '../../src/analysis/comparison/column-pairs.ts';
import { columnsOf, type Cell, type Table } from './compare-fixture.ts';

/* Random pairs of tables, and a reference that compares them naively. */

/** Cells that are close to each other, so that keys and values meet; the same value has one text in each type. */
export const CELLS: { [type: string]: string[] } = {
  INTEGER: ['0', '1', '-1', '10', '2147483647'],
  BIGINT: ['0', '1', '10', '9007199254740992', '9007199254740993'],
  HUGEINT: ['0', '1', '170141183460469231731687303715884105727'],
  'DECIMAL(9,2)': ['0.00', '1.00', '10.00', '-1.50', '19.99'],
  'DECIMAL(12,4)': ['0.0000', '1.0000', '1.0004', '19.9900', '-1.5000'],
  DOUBLE: ['0', '1', '1.0000000005', '1.000000002', '-1.5', '0.1', '0.30000000000000004', '0.3', '1e-13', 'NaN', 'Infinity', '-Infinity', '1.7e+308', '19.99'],
  FLOAT: ['0', '1', '0.1', '19.99', 'NaN'],
  VARCHAR: ['', 'a', 'a-b', 'b', '-', '1', '1.00', 'true', '2001-06-30', '[1]', 'NULL', '"', "'", ',', '\n', '\uFEFF', '😀', '\uE000', 'é'],
  DATE: ['2001-06-30', '2001-07-01', '0044-03-15 (BC)', 'infinity'],
  TIMESTAMP: ['2001-06-30T00:00:00Z', '2001-06-30T00:00:00.500000Z', '2001-07-01T00:00:00Z'],
  'TIMESTAMP WITH TIME ZONE': ['2001-06-30T00:00:00Z', '2001-07-01T06:00:00Z'],
  TIMESTAMP_NS: ['2001-06-30T00:00:00Z', '2001-06-30T00:00:00.000000001Z'],
  BOOLEAN: ['true', 'false'],
  'INTEGER[]': ['[1]', '[1,2]', '[]'],
  'STRUCT(a VARCHAR)': ['{"a":"x"}', '{"a":null}', '{"a":","}'],
};
export const TYPES = Object.keys(CELLS);
const NAMES = ['a', 'b', 'c', 'd'];

export interface Drawing {
  base: Table;
  head: Table;
  renames: Renames;
}

interface Drawn {
  name: string;
  type: string;
}

const drawColumn = fc.record({ name: fc.constantFrom(...NAMES), type: fc.constantFrom(...TYPES) });
const drawCells = (columns: Drawn[], most: number): fc.Arbitrary<Cell[][]> =>
  fc.array(fc.tuple(...columns.map(({ type }) => fc.option(fc.constantFrom(...CELLS[type]!), { freq: 6 }))), { maxLength: most });

/** The head has the base's columns, some of other types or places, some gone, some new; and some of its rows. */
export const drawPair: fc.Arbitrary<Drawing> = fc.record({
  columns: fc.uniqueArray(drawColumn, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
  changed: fc.uniqueArray(drawColumn, { selector: ({ name }) => name, maxLength: 1 }),
  gone: fc.constantFrom(-1, -1, -1, 0),
  turned: fc.boolean(),
  renamed: fc.constantFrom(null, null, ...NAMES),
  key: fc.subarray([...NAMES, 'renamed'], { maxLength: 2 }),
}).chain(({ columns, changed, gone, turned, renamed, key }) => {
  const retyped = columns.map((column) => changed.find(({ name }) => name === column.name) ?? column).filter((_, index) => index !== gone);
  const named = retyped.map(({ name, type }) => ({ name: name === renamed ? 'renamed' : name, type }));
  const head = [...named, ...changed.filter(({ name }) => !columns.some((column) => column.name === name))];
  if (turned) head.reverse();
  const base = columns;
  const headColumns = head.length === 0 ? columns : head;
  return fc.record({ base: fc.constant(base), head: fc.constant(headColumns), key: fc.constant(key.filter((name) => headColumns.some((column) => column.name === name))), baseRows: drawCells(base, 7), headRows: drawCells(headColumns, 7), shared: fc.boolean(), renames: fc.constant<Renames>(renamed !== null && columns.some(({ name }) => name === renamed) && headColumns.some(({ name }) => name === 'renamed') ? { [renamed]: 'renamed' } : {}) });
}).map(({ base, head, key, baseRows, headRows, shared, renames }): Drawing => {
  const same = shared && JSON.stringify(base.map(({ type }) => type)) === JSON.stringify(head.map(({ type }) => type));
  const table = (columns: Drawn[], rows: Cell[][]): Table => ({ columns: columns.map(({ name, type }) => `${name} ${type}`), rows, key });
  return { base: table(base, baseRows), head: table(head, same ? [...baseRows.slice(1), ...headRows.slice(0, 3)] : headRows), renames };
});

/** Tables with keys that are there once: two columns of the key and two others, each of a type on either side; some rows on one side alone. */
export const drawKeyed: fc.Arbitrary<Drawing> = fc.record({
  key: fc.tuple(fc.constantFrom('VARCHAR', 'DATE', 'INTEGER', 'DOUBLE'), fc.constantFrom('VARCHAR', 'TIMESTAMP', 'BIGINT')),
  from: fc.tuple(fc.constantFrom(...TYPES), fc.constantFrom(...TYPES)),
  to: fc.tuple(fc.constantFrom(null, ...TYPES), fc.constant(null)),
  renames: fc.constantFrom<Renames[]>({}, {}, { c: 'renamed' }, { b: 'renamed' }),
}).chain(({ key, from, to, renames }) => {
  const cell = (type: string): fc.Arbitrary<Cell> => fc.option(fc.constantFrom(...CELLS[type]!), { freq: 6 });
  const types = from.map((type, index) => to[index] ?? type);
  const values = (columns: readonly string[]): fc.Arbitrary<Cell[]> => fc.tuple(...columns.map(cell));
  const row = fc.record({ key: fc.tuple(cell(key[0]), cell(key[1])), base: fc.option(values(from), { freq: 5 }), head: fc.option(values(types), { freq: 5 }), same: fc.boolean() });
  const table = (columns: readonly string[], rows: Cell[][], names: readonly string[]): Table => ({ columns: [...key, ...columns].map((type, index) => `${names[index]} ${type}`), rows, key: names.slice(0, 2) });
  const now = NAMES.map((name) => renames[name] ?? name);
  return fc.uniqueArray(row, { selector: (one) => JSON.stringify(one.key), maxLength: 12 }).map((rows): Drawing => ({
    renames,
    base: table(from, rows.flatMap((one) => (one.base ? [[...one.key, ...one.base]] : [])), NAMES),
    head: table(types, rows.flatMap((one) => (one.head ? [[...one.key, ...(one.same && one.base && types.join() === from.join() ? one.base : one.head)]] : [])), now),
  }));
});

const isNumber = (type: string): boolean => /^U?(TINY|SMALL|BIG|HUGE)?INT|^(DECIMAL|DOUBLE|FLOAT)/.test(type) && !type.endsWith(']');
const ZERO_ONE: { [text: string]: string } = { true: '1', false: '0' };

/** Equality written once more, without the code's helpers: numbers as fractions of BigInt, or doubles. */
export function naiveEqual(a: Cell, b: Cell, from: string, to: string): boolean {
  if (a === null || b === null) return a === b;
  if (isNumber(from) && isNumber(to)) {
    if (/DOUBLE|FLOAT/.test(from + to)) {
      const [x, y] = [Number(a), Number(b)];
      return Object.is(x, y) || x === y || (Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= Math.max(1e-12, 1e-9 * Math.max(Math.abs(x), Math.abs(y))));
    }
    const scaled = (text: string): bigint => BigInt((text.includes('.') ? text : `${text}.`).replace(/\.(\d*)$/, (_, digits: string) => digits.padEnd(4, '0')));
    return scaled(a) === scaled(b);
  }
  if ([from, to].includes('BOOLEAN') && (isNumber(from) || isNumber(to))) return Number(ZERO_ONE[a] ?? a) === Number(ZERO_ONE[b] ?? b);
  const midnight = (text: string): string => (/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (/^DATE,TIMESTAMP|^TIMESTAMP.*,DATE$/.test([from, to].join())) return midnight(a) === midnight(b);
  return a === b;
}

export interface Counts {
  mode: string;
  added: number;
  removed: number;
  modified: number;
}

interface Shared {
  /** On the head's side. */
  name: string;
  from: number;
  to: number;
  types: readonly [string, string];
}

export function sharedOf(base: Table, head: Table, renames: Renames): Shared[] {
  const [a, b] = [columnsOf(base), columnsOf(head)];
  return b.flatMap(({ name, type }, to) => a.flatMap((column, from) => (column.name === name || renames[column.name] === name ? [{ name, from, to, types: [column.type, type] as const }] : [])));
}

/** Every row against every row. Null where a multiset has doubles, whose classes are not the tolerance. `changed`: cells by column. */
export function naive(base: Table, head: Table, renames: Renames): Counts & { changed: { [name: string]: number } | null } | null {
  const shared = sharedOf(base, head, renames);
  const key = (head.key ?? []).map((name) => shared.find((one) => one.name === name));
  const same = (row: Cell[], other: Cell[], columns: readonly Shared[]): boolean => columns.every(({ from, to, types }) => naiveEqual(row[from]!, other[to]!, ...types));
  const exact = (cell: Cell, types: readonly string[]): Cell => {
    if (cell === null || !types.every((type) => isNumber(type) || type === 'BOOLEAN') || !types.some(isNumber)) return cell;
    if (types.includes('BOOLEAN')) return String(Number(ZERO_ONE[cell] ?? cell));
    return /DOUBLE|FLOAT/.test(types.join()) ? String(Number(cell)) : cell.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  };
  const unique = (rows: Cell[][], side: 'from' | 'to'): boolean => new Set(rows.map((row) => JSON.stringify(key.map((one) => exact(row[one![side]]!, one!.types))))).size === rows.length;
  const single = base.rows.length === 1 && head.rows.length === 1;
  if ((key.length > 0 || single) && key.every((one) => one !== undefined) && unique(base.rows, 'from') && unique(head.rows, 'to')) {
    const keys = key;
    const twin = (row: Cell[], rows: Cell[][], flipped: boolean): Cell[] | undefined => rows.find((other) => keys.every(({ from, to, types }) => {
      const [x, y] = flipped ? [other[from]!, row[to]!] : [row[from]!, other[to]!];
      return exact(x, types) === exact(y, types) || (/DATE/.test(types.join()) && /TIMESTAMP/.test(types.join()) && naiveEqual(x, y, ...types));
    }));
    const pairs = base.rows.flatMap((row) => { const other = twin(row, head.rows, false); return other ? [[row, other] as const] : []; });
    const changed = Object.fromEntries(shared.filter((one) => !keys.includes(one)).map((one) => [one.name, pairs.filter(([row, other]) => !same(row, other, [one])).length]));
    return { changed, mode: 'keyed', added: head.rows.length - pairs.length, removed: base.rows.length - pairs.length, modified: pairs.filter(([row, other]) => !same(row, other, shared)).length };
  }
  if (shared.some(({ types }) => /DOUBLE|FLOAT/.test(types.join()))) return null;
  const left = [...base.rows];
  const added = head.rows.filter((other) => {
    const at = left.findIndex((row) => same(row, other, shared));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { changed: null, mode: 'multiset', added: added.length, removed: left.length, modified: 0 };
}
