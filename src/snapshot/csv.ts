import { DaybookError } from '../error.ts';

/** A row of text cells in the order of the columns; null is NULL. */
export type Row = readonly (string | null)[];

interface Table {
  names: string[];
  rows: (string | null)[][];
}

/** What DuckDB's read_csv must be told of the canonical form. Left to itself it takes `""` for NULL. */
export const READ_CSV_FORM =
  `header = true, nullstr = '', allow_quoted_nulls = false, delim = ',', quote = '"', escape = '"', comment = '', new_line = '\\n', skip = 0`;

/** The same to read it back cell by cell: the rest it would guess from the data. */
export const READ_CSV_OPTIONS = `all_varchar = true, ${READ_CSV_FORM}`;

/** A comma, quote or line break; a byte order mark in front, which readers would drop. */
const NEEDS_QUOTES = /[",\n\r]|^\uFEFF/;
const LINES_AT_ONCE = 8192;

/**
 * Canonical CSV: one header line, UTF-8, LF, fields quoted only where RFC 4180 asks for it. NULL is an
 * empty field and the empty string is `""`. So a NULL in a table of one column is an empty line:
 * read_csv and decodeCsv read it as a row, as RFC 4180 has it; readers that skip empty lines miss it.
 */
export function encodeCsv(names: readonly string[], rows: readonly Row[]): Buffer {
  return Buffer.concat([Buffer.from(lineOf(names)), encodeRows(rows)]);
}

/** The same without a header: rows that follow others. */
export function encodeRows(rows: readonly Row[]): Buffer {
  const chunks: Buffer[] = [];
  for (let from = 0; from < rows.length; from += LINES_AT_ONCE) {
    let text = '';
    for (const row of rows.slice(from, from + LINES_AT_ONCE)) text += lineOf(row);
    chunks.push(Buffer.from(text));
  }
  return Buffer.concat(chunks);
}

function lineOf(row: Row): string {
  let line = '';
  for (let i = 0; i < row.length; i++) {
    if (i > 0) line += ',';
    const cell = row[i];
    if (cell === null || cell === undefined) continue;
    line += cell === '' || NEEDS_QUOTES.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }
  return `${line}\n`;
}

/**
 * Rows in canonical order: by the key's columns, then by all; field by field by UTF-8 bytes, NULL
 * first. Rows that are in order already are returned as they are, others as a new array.
 */
export function orderRows<T extends Row>(rows: readonly T[], keyIndexes: readonly number[]): readonly T[] {
  const width = rows[0]?.length ?? 0;
  const all = Array.from({ length: width }, (_, index) => index);
  const order = [...keyIndexes, ...all.filter((index) => !keyIndexes.includes(index))];
  const text = hasSurrogate(rows) ? compareCodePoints : compareUnits;
  const compare = (a: T, b: T): number => {
    for (const index of order) {
      const x = a[index]!;
      const y = b[index]!;
      if (x === y) continue;
      if (x === null) return -1;
      return y === null ? 1 : text(x, y);
    }
    return 0;
  };
  if (rows.every((row, i) => i === 0 || compare(rows[i - 1]!, row) <= 0)) return rows;
  return rows.toSorted(compare);
}

/** UTF-16 units order as UTF-8 bytes do, except that surrogates (beyond U+FFFF) sort before U+E000 to U+FFFF. */
const SURROGATE = /[\uD800-\uDFFF]/;

function hasSurrogate(rows: readonly Row[]): boolean {
  for (const row of rows) {
    for (const cell of row) if (cell !== null && SURROGATE.test(cell)) return true;
  }
  return false;
}

function compareUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * Reads what encodeCsv writes, and nothing else: the same table has one form.
 * @throws `snapshot-broken` with the line (of the file, from 1) where it is not that form.
 */
export function decodeCsv(bytes: Uint8Array, file?: string): Table {
  const text = decodeText(bytes, file);
  const lines = new LineReader(text, file);
  const names = lines.next();
  if (names === null || names.includes(null)) throw broken('the header is missing or has an empty name', file, 1);
  const rows: Table['rows'] = [];
  for (let row = lines.next(); row !== null; row = lines.next()) {
    if (row.length !== names.length) throw broken(`${row.length} fields where the header has ${names.length}`, file, lines.line);
    rows.push(row);
  }
  return { names: names as string[], rows };
}

function decodeText(bytes: Uint8Array, file: string | undefined): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw broken('not UTF-8', file);
  }
}

class LineReader {
  /** The line that the row read last starts on. */
  line = 0;
  readonly #text: string;
  readonly #file: string | undefined;
  #at = 0;
  #nextLine = 1;
  /** Offset of the next character that makes a line more than cells and commas; the length where there is none. */
  #special: number;

  constructor(text: string, file: string | undefined) {
    this.#text = text;
    this.#file = file;
    this.#special = this.#findSpecial();
  }

  next(): (string | null)[] | null {
    if (this.#at >= this.#text.length) return null;
    this.line = this.#nextLine;
    const end = this.#text.indexOf('\n', this.#at);
    if (this.#special < this.#at) this.#special = this.#findSpecial();
    if (this.#special < end || end < 0) return this.#quotedRow();
    const cells: (string | null)[] = this.#text.slice(this.#at, end).split(',');
    for (let i = 0; i < cells.length; i++) if (cells[i] === '') cells[i] = null;
    this.#at = end + 1;
    this.#nextLine += 1;
    return cells;
  }

  #findSpecial(): number {
    const special = /["\r\uFEFF]/g;
    special.lastIndex = this.#at;
    return special.exec(this.#text)?.index ?? this.#text.length;
  }

  #quotedRow(): (string | null)[] {
    const cells: (string | null)[] = [];
    for (;;) {
      cells.push(this.#text[this.#at] === '"' ? this.#quoted() : this.#plain());
      const separator = this.#text[this.#at++];
      if (separator === ',') continue;
      if (separator !== '\n') throw this.#broken(separator === undefined ? 'the last line does not end' : 'text after a closing quote');
      this.#nextLine += 1;
      return cells;
    }
  }

  #plain(): string | null {
    const match = /[^",\n\r]*/y;
    match.lastIndex = this.#at;
    const cell = match.exec(this.#text)![0];
    this.#at += cell.length;
    const stop = this.#text[this.#at];
    if (stop === '"' || stop === '\r' || cell.startsWith('\uFEFF')) throw this.#broken('a field that needs quotes has none');
    return cell === '' ? null : cell;
  }

  #quoted(): string {
    const start = this.#at + 1;
    let end = this.#text.indexOf('"', start);
    while (end >= 0 && this.#text[end + 1] === '"') end = this.#text.indexOf('"', end + 2);
    if (end < 0) throw this.#broken('a quote is not closed');
    const raw = this.#text.slice(start, end);
    const cell = raw.replaceAll('""', '"');
    if (cell !== '' && !NEEDS_QUOTES.test(cell)) throw this.#broken('a field that needs no quotes has them');
    this.#at = end + 1;
    this.#nextLine += raw.split('\n').length - 1;
    return cell;
  }

  #broken(what: string): DaybookError {
    return broken(what, this.#file, this.#nextLine);
  }
}

function broken(what: string, file: string | undefined, line?: number): DaybookError {
  return new DaybookError('snapshot-broken', `not canonical CSV: ${what}`, { file, line });
}
