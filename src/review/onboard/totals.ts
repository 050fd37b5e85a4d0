import { quoteText } from '../../run/engine.ts';
import { count } from '../../snapshot/count.ts';
import { quoteIdentifier } from '../../snapshot/metric-sql.ts';
import { cellsOf, type Ask, type ColumnProfile, type Profile } from './profile.ts';
import { oneLineOf } from './words.ts';

/** Rows that add the others up. */
export interface Totals {
  /** SQL of the rows that are none. */
  where: string;
  note: string;
}

/** What such a row is called, in some languages of offices. */
const CALLED = "(?i)\\s*((grand|sub|overall)?[ -]?totals?:?( .*)?|.* total|sums?|all|overall|summe|gesamt|gesamt(summe|ergebnis)|insgesamt|zwischensumme|total[ei]|tot\\.?|totaal|totalt|ensemble|razem|suma|итого|всего|合计|合計|总计|總計|합계)\\s*";
/** More columns than people look at are not searched: one pass over them takes long. */
const MOST_COLUMNS = 60;
const MOST_VALUES = 20;
/** Totals are of the values before they were rounded. */
const NEAR = 0.005;
/** Subtotals and their total are twice what they add up. */
const MOST_TIMES = 3;

/** Rows whose text says that they are a total, or that have nothing but numbers, and whose numbers are the sum of the others. */
export async function totalsOf(ask: Ask, base: string, source: string, { rows, columns }: Profile): Promise<Totals | null> {
  const numbers = columns.filter(({ kind, filled, finite }) => (kind === 'integer' || kind === 'decimal' || kind === 'double') && finite && filled > 0);
  const texts = columns.filter(({ kind, filled, distinct }) => kind === 'text' && filled > 0 && distinct > 1);
  const labels = columns.filter((column) => !numbers.includes(column) && column.filled > 0);
  if (numbers.length === 0 || texts.length === 0 || columns.length > MOST_COLUMNS || rows < 3) return null;
  const value = ({ name }: ColumnProfile): string => `base_rows.${quoteIdentifier(name)}`;
  const said = texts.map((column) => `regexp_full_match(${value(column)}, ${quoteText(CALLED)})`);
  const bare = labels.every(({ filled }) => filled < rows) ? labels.map((column) => `${value(column)} IS NULL`).join(' AND ') : 'false';
  const found = cellsOf(await ask(`WITH base_rows AS (\n${base}\n)\nSELECT count(*) FILTER (${bare}) AS bare, ${said.map((condition, index) => `count(*) FILTER (${condition}) AS t${index}`).join(', ')} FROM base_rows`));
  const index = texts.findIndex((_, at) => Number(found(`t${at}`)) > 0);
  const isSaid = index >= 0;
  if (!isSaid && Number(found('bare')) !== 1) return null;
  const condition = isSaid ? `coalesce(${said[index]!}, false)` : `(${bare})`;
  const sums = numbers.map((column, at) => `sum(${value(column)}) FILTER (${condition}) AS a${at}, sum(${value(column)}) FILTER (NOT ${condition}) AS b${at}`);
  const label = texts[index];
  const cell = cellsOf(await ask(`WITH base_rows AS (\n${base}\n)\nSELECT count(*) FILTER (${condition}) AS n, ${label ? `CAST(to_json(list_slice(list_sort(list(DISTINCT ${value(label)}) FILTER (${condition})), 1, ${MOST_VALUES + 1})) AS VARCHAR)` : "'[]'"} AS called, ${sums.join(', ')} FROM base_rows`));
  const isSum = numbers.some((_, at) => {
    const [total, others] = [Number(cell(`a${at}`)), Number(cell(`b${at}`))];
    const times = Math.round(total / others);
    return others !== 0 && times >= 1 && times <= MOST_TIMES && Math.abs(total - times * others) <= NEAR * Math.abs(others);
  });
  const called = JSON.parse(cell('called') ?? '[]') as string[];
  const totals = Number(cell('n'));
  if (!isSum || totals * 2 >= rows || called.length > MOST_VALUES) return null;
  const many = totals === 1 ? 'the row' : `${count(totals)} rows`;
  const ending = `${totals === 1 ? 'adds' : 'add'} up the others, and the query leaves ${totals === 1 ? 'it' : 'them'} out`;
  const name = (column: ColumnProfile): string => quoteIdentifier(column.name);
  if (label === undefined) return { where: `NOT (${labels.map((column) => `${name(column)} IS NULL`).join(' AND ')})`, note: `${many} with nothing but numbers ${ending}` };
  const where = called.length === 1 ? `${name(label)} IS DISTINCT FROM ${quoteText(called[0]!)}` : `coalesce(${name(label)} NOT IN (${called.map(quoteText).join(', ')}), true)`;
  return { where, note: `${many} with ${called.slice(0, 4).map((one) => `“${oneLineOf(one, 40)}”`).join(', ')}${called.length > 4 ? ', …' : ''} in ${oneLineOf(label.name, 60)} of ${oneLineOf(source)} ${ending}` };
}
