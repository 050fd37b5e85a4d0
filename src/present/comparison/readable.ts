import type { ChangedRows } from '../../analysis/comparison/changed-rows.ts';
import type { Cell, ConclusiveComparison, Sample, WholeRow } from '../../analysis/comparison/comparison.ts';
import { kindOf } from '../../snapshot/types.ts';
import { shortNumbers } from '../short-number.ts';

type Write = (cell: Cell) => Cell;

/** The same comparison, with the doubles of its samples as they are written for reading: those of a column together. The files have them whole. */
export function readable(comparison: ConclusiveComparison): ConclusiveComparison {
  const { added, removed, modified, ...rest } = comparison.samples;
  const nameOf = namesNow(comparison);
  const doubles = doublesOf(comparison);
  const cells = new Map<string, Cell[]>([...doubles].map((name) => [name, []]));
  const collect = (name: string, ...some: Cell[]): void => void cells.get(nameOf(name))?.push(...some);
  for (const { columns, rows } of [added, removed]) for (const row of rows) row.cells.forEach((cell, index) => collect(columns[index]!, cell));
  for (const { key, changes } of modified.rows) {
    key.forEach((cell, index) => collect(modified.columns[index]!, cell));
    for (const { column, before, after } of changes) collect(column, before, after);
  }
  const writers = new Map([...cells].map(([name, some]) => [name, shortNumbers(some)]));
  const write = (name: string, cell: Cell): Cell => writers.get(nameOf(name))?.(cell) ?? cell;
  const whole = ({ columns, rows, ...sample }: Sample<WholeRow>): Sample<WholeRow> => ({ ...sample, columns, rows: rows.map((row) => ({ ...row, cells: row.cells.map((cell, index) => write(columns[index]!, cell)) })) });
  const changed = modified.rows.map(({ key, changes }) => ({
    key: key.map((cell, index) => write(modified.columns[index]!, cell)),
    changes: changes.map(({ column, before, after }) => ({ column, before: write(column, before), after: write(column, after) })),
  }));
  return { ...comparison, samples: { ...rest, added: whole(added), removed: whole(removed), modified: { ...modified, rows: changed } } };
}

/** The same of changed rows. @param comparison null where none of them may be a double */
export function readableRows({ columns, rows, ...rest }: ChangedRows, comparison: ConclusiveComparison | null): ChangedRows {
  const doubles = comparison ? doublesOf(comparison) : new Set<string>();
  const nameOf = comparison ? namesNow(comparison) : (name: string) => name;
  const writers = columns.map((name, index): Write | null => (doubles.has(nameOf(name)) ? shortNumbers(rows.flatMap(({ cells }) => cells[index]!)) : null));
  const written = (cell: Cell | [Cell, Cell], write: Write | null | undefined): Cell | [Cell, Cell] => (!write ? cell : Array.isArray(cell) ? [write(cell[0]), write(cell[1])] : write(cell));
  return { ...rest, columns, rows: rows.map(({ kind, cells }) => ({ kind, cells: cells.map((cell, index) => written(cell, writers[index])) })) };
}

/** Names on the head’s side, where it has the column. */
function doublesOf({ columns, schema }: ConclusiveComparison): Set<string> {
  const alone = [...schema.added, ...schema.removed].filter(({ type }) => kindOf(type) === 'double');
  return new Set([...columns.filter(({ comparing }) => comparing === 'double'), ...alone].map(({ name }) => name));
}

function namesNow({ schema: { renamed } }: ConclusiveComparison): (name: string) => string {
  const now = new Map(renamed.map(({ from, to }) => [from, to]));
  return (name) => now.get(name) ?? name;
}
