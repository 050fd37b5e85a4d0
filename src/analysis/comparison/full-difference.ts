import { encodeCsv, encodeRows, type Row } from '../../snapshot/csv.ts';
import type { Cell } from './comparison.ts';
import { excessRowsSql, isModified, type HeldPair } from './sql.ts';
import type { ComparedTables } from './tables.ts';

/** Every changed row, as CSV in the form of kept rows. */
export interface FullDifference {
  /**
   * `change`, then the head's columns, then those that are gone. `removed` and `added` rows, and changed ones as a line
   * `before` and a line `after`; in the order of the key, else of all columns that both sides have. Rows of a multiset are repeated.
   */
  bytes: Buffer;
  /** Rows that were removed, added or changed. */
  rows: number;
  /** The first so many of them are in `bytes`. Fewer than `rows`: it was cut where it would have become too large. */
  written: number;
}

const LARGEST_DIFFERENCE = 50_000_000;
/** Rows that are read at once. */
const PAGE = 10_000;
/** Rows whose cells are looked up at once. */
const PART = 20 * PAGE;

/** @param most bytes */
export async function fullDifference(tables: ComparedTables, most: number = LARGEST_DIFFERENCE): Promise<FullDifference> {
  const { query, base, head, pairs, counts } = tables;
  const gone = base === null ? [] : [...base.columns.keys()].filter((index) => !pairs.some((pair) => pair.base === index));
  const names = ['change', ...head.columns.map(({ name }) => name), ...gone.map((index) => base!.columns[index]!.name)];
  const chunks = [encodeCsv(names, [])];
  const rows = counts.added + counts.removed + counts.modified;
  let [size, written] = [chunks[0]!.length, 0];
  if (base !== null && rows > 0) {
    await order(tables);
    // The engine reads a page while the one before is written down.
    let [from, next] = [0, pageOf(tables, 0)];
    let isFull = false;
    while (!isFull && written < rows) {
      const page = await next;
      from += PAGE;
      next = from < rows ? pageOf(tables, from) : Promise.resolve([]);
      next.catch(() => undefined);
      const chunk = encodeChanges(page.map((row) => linesOf(row, tables, gone)), most - size);
      chunks.push(chunk.bytes);
      size += chunk.bytes.length;
      written += chunk.written;
      isFull = chunk.written < PAGE;
    }
    await next;
    await query('DROP TABLE changes');
    await query('DROP TABLE part');
  }
  return { bytes: Buffer.concat(chunks), rows, written };
}

/** The rows that differ, in order and numbered: without their cells, since most of the work is to sort them. */
async function order({ query, pairs, key }: ComparedTables): Promise<void> {
  const others = pairs.filter((pair) => !key?.includes(pair));
  const differing = key !== null
    ? `SELECT b, h FROM diff WHERE b IS NULL OR h IS NULL OR ${isModified([...others.keys()])}`
    : `${excessRowsSql('base', pairs)} UNION ALL ${excessRowsSql('head', pairs)}`;
  const by = [...(key ?? pairs).map(keyText), 'b', 'h'].map((one) => `${one} NULLS FIRST`).join(', ');
  await query('DROP TABLE IF EXISTS changes');
  await query(`CREATE TEMP TABLE changes AS SELECT row_number() OVER (ORDER BY ${by}) - 1 AS n, b, h FROM (${differing}) LEFT JOIN base ON base.rowid = b LEFT JOIN head ON head.rowid = h ORDER BY n`);
}

/** Whether it is on each side, and both sides’ cells. Both tables are read through to look cells up, so that is done for many pages at once. */
async function pageOf({ query, base, head }: ComparedTables, from: number): Promise<Row[]> {
  if (from % PART === 0) {
    const cells = (side: 'base' | 'head', letter: string, width: number): string => Array.from({ length: width }, (_, index) => `, ${side}.c${index} AS ${letter}${index}`).join('');
    const columns = `n, b IS NOT NULL AS is_base, h IS NOT NULL AS is_head${cells('base', 'b', base!.columns.length)}${cells('head', 'h', head.columns.length)}`;
    await query(`CREATE OR REPLACE TEMP TABLE part AS SELECT ${columns} FROM (SELECT * FROM changes WHERE n >= ${from} AND n < ${from + PART}) LEFT JOIN base ON base.rowid = b LEFT JOIN head ON head.rowid = h ORDER BY n`);
  }
  return query(`SELECT * EXCLUDE n FROM part WHERE n >= ${from} AND n < ${from + PAGE} ORDER BY n`);
}

/** Kept rows are in the order of their key’s text. */
function keyText({ base, head }: HeldPair): string {
  return `coalesce(CAST(base.c${base} AS VARCHAR), CAST(head.c${head} AS VARCHAR))`;
}

/** One line, or two. */
function linesOf([isBase, isHead, ...cells]: Row, { base, head, pairs }: ComparedTables, gone: readonly number[]): Row[] {
  const [before, after] = [cells.slice(0, base!.columns.length), cells.slice(base!.columns.length)];
  const partner = new Map(pairs.map((pair) => [pair.head, pair.base]));
  const old = (what: string): Cell[] => [what, ...head.columns.map((_, index) => (partner.has(index) ? before[partner.get(index)!]! : null)), ...gone.map((index) => before[index]!)];
  const now = (what: string): Cell[] => [what, ...after, ...gone.map(() => null)];
  if (isBase === 'true' && isHead === 'true') return [old('before'), now('after')];
  return [isBase === 'true' ? old('removed') : now('added')];
}

/** As many whole changes as there is room for. */
function encodeChanges(changes: readonly Row[][], room: number): { bytes: Buffer; written: number } {
  const all = encodeRows(changes.flat());
  if (all.length <= room) return { bytes: all, written: changes.length };
  let [size, written] = [0, 0];
  for (const lines of changes) {
    const { length } = encodeRows(lines);
    if (size + length > room) break;
    size += length;
    written += 1;
  }
  return { bytes: all.subarray(0, size), written };
}
