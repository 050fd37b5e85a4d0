import { encodeCsv, encodeRows, type Row } from '../snapshot/csv.ts';
import { excessRowsSql, isModified, type HeldPair } from './compare-sql.ts';
import type { ComparedTables } from './compare-tables.ts';
import type { Cell } from './comparison.ts';

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

export const LARGEST_DIFFERENCE = 50_000_000;
/** Rows that are read at once. */
const PAGE = 10_000;

/** @param most bytes */
export async function fullDifference(tables: ComparedTables, most: number = LARGEST_DIFFERENCE): Promise<FullDifference> {
  const { query, base, head, pairs, counts } = tables;
  const gone = base === null ? [] : [...base.columns.keys()].filter((index) => !pairs.some((pair) => pair.base === index));
  const names = ['change', ...head.columns.map(({ name }) => name), ...gone.map((index) => base!.columns[index]!.name)];
  const chunks = [encodeCsv(names, [])];
  const rows = counts.added + counts.removed + counts.modified;
  let [size, written] = [chunks[0]!.length, 0];
  if (base !== null && rows > 0) {
    // A row takes a byte for each column, and the word of what happened to it.
    await collect(tables, Math.ceil(most / (names.length + 5)));
    for (let from = 0; written < rows; from += PAGE) {
      const page = await query(`SELECT * FROM changes WHERE n >= ${from} AND n < ${from + PAGE} ORDER BY n`);
      const chunk = encodeChanges(page.map((row) => linesOf(row, tables, gone)), most - size);
      chunks.push(chunk.bytes);
      size += chunk.bytes.length;
      written += chunk.written;
      if (chunk.written < PAGE) break;
    }
    await query('DROP TABLE changes');
  }
  return { bytes: Buffer.concat(chunks), rows, written };
}

/** Both sides’ cells of the rows that differ, in order and numbered, so that a page of them is read without the others. */
async function collect({ query, base, head, pairs, key }: ComparedTables, most: number): Promise<void> {
  const others = pairs.filter((pair) => !key.includes(pair));
  const differing = key.length > 0
    ? `SELECT b, h FROM diff WHERE b IS NULL OR h IS NULL OR ${isModified([...others.keys()])}`
    : `${excessRowsSql('base', pairs)} UNION ALL ${excessRowsSql('head', pairs)}`;
  const cells = (side: 'base' | 'head', letter: string, width: number): string => Array.from({ length: width }, (_, index) => `, ${side}.c${index} AS ${letter}${index}`).join('');
  const order = [...(key.length > 0 ? key : pairs).map(keyText), 'b', 'h'].map((one) => `${one} NULLS FIRST`).join(', ');
  const columns = `b IS NOT NULL AS is_base, h IS NOT NULL AS is_head${cells('base', 'b', base!.columns.length)}${cells('head', 'h', head.columns.length)}`;
  await query('DROP TABLE IF EXISTS changes');
  await query(`CREATE TEMP TABLE changes AS SELECT row_number() OVER (ORDER BY ${order}) - 1 AS n, ${columns} FROM (${differing}) LEFT JOIN base ON base.rowid = b LEFT JOIN head ON head.rowid = h ORDER BY n LIMIT ${most}`);
}

/** Kept rows are in the order of their key’s text. */
function keyText({ base, head }: HeldPair): string {
  return `coalesce(CAST(base.c${base} AS VARCHAR), CAST(head.c${head} AS VARCHAR))`;
}

/** One line, or two. */
function linesOf([, isBase, isHead, ...cells]: Row, { base, head, pairs }: ComparedTables, gone: readonly number[]): Row[] {
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
