import type { Source } from '../../report/report.ts';
import type { TextColumn, TextForm } from '../../run/form.ts';
import { DATE_SHAPES, numberPattern, type DateShape, type NumberShape, type Shape } from '../../run/text-shapes.ts';
import { isNameable } from './key.ts';
import { oneLineOf } from './words.ts';

/** How a CSV file is to be read, as its source says it. */
export interface CsvForm {
  csv: Source['csv'];
  /** Types that the engine would not find. */
  columns: { [name: string]: string };
  /** Why, for people: what was found for `csv`, and what a person should know of single columns. */
  reason: string;
  notes: string[];
  /** Why its first line is no header, with what to do; null where it may be one. */
  flaw: { what: string; remedy: string } | null;
}

const DATES = Object.keys(DATE_SHAPES) as DateShape[];
/** Those that the engine does not find by itself, or takes for others. Of a pair, the first is taken where both fit: with a clock of twelve hours, people write the month first. */
const TOLD: readonly DateShape[] = DATES.filter((format) => format !== '%Y-%m-%d' && !format.startsWith('%d.%m.%Y %H'));
/** 01-02-24 is any of three days, and the engine takes its year for the first number. */
const DASHED: readonly DateShape[] = ['%d-%m-%y', '%m-%d-%y', '%y-%m-%d'];

/** The same with day and month exchanged. */
const exchanged = (format: DateShape): DateShape => format.replace(/%[dm]/g, (part) => (part === '%d' ? '%m' : '%d')) as DateShape;

const count = ({ shapes }: TextColumn, shape: Shape): number => shapes[shape]?.count ?? 0;
const always = (column: TextColumn, shape: Shape): boolean => column.filled > 0 && count(column, shape) === column.filled;
const example = ({ shapes }: TextColumn, shape: Shape): string => oneLineOf(shapes[shape]?.example ?? '', 40);

const quoted = (text: string): string => JSON.stringify(oneLineOf(text, 40));

/** Names are texts, so a date at the head of a column of dates, or decimals at that of numbers, are its first value; years are headers of periods. */
function isValue(column: TextColumn): boolean {
  const isOf = (pattern: string): boolean => new RegExp(`^(${pattern})$`).test(column.name);
  return DATES.some((format) => always(column, format) && isOf(DATE_SHAPES[format])) || (always(column, 'digits') && /\d[.,]\d/.test(column.name) && (isOf(numberPattern('.', ',')) || isOf(numberPattern(',', '.'))));
}

function flawOf({ title, columns }: TextForm): CsvForm['flaw'] {
  if (title) return { what: `the first line names ${title.named} of ${title.of} columns: ${quoted(title.text)}`, remedy: 'The header has to be the first line: take off titles and dates that stand above it.' };
  const first = columns.find(isValue);
  return first ? { what: `the first line has values, such as ${quoted(first.name)}, where names of columns are expected`, remedy: 'Put a line with the names of the columns above it.' } : null;
}

/** What a source has to say of a file, from the shapes of its values. */
export function csvFormOf(form: TextForm): CsvForm {
  const { delimiter, usual, encoding, columns } = form;
  const flaw = flawOf(form);
  const csv: Source['csv'] = {};
  const [declared, reasons, notes]: [{ [name: string]: string }, string[], string[]] = [{}, [], []];
  if (flaw) notes.push(`${flaw.what}. ${flaw.remedy}`);
  const asText = (column: TextColumn, why: string): void => {
    if (isNameable(column.name)) declared[column.name] = 'VARCHAR';
    notes.push(`${oneLineOf(column.name, 60)} is read as text: ${why}`);
  };
  if (delimiter !== usual) {
    csv.delimiter = delimiter;
    reasons.push(`values are divided by ${delimiter === '\t' ? 'tabs' : `"${delimiter}"`}`);
  }
  if (encoding !== 'utf-8') {
    csv.encoding = encoding;
    reasons.push('it is not UTF-8');
  }

  const isNumeric = (column: TextColumn): boolean => always(column, 'digits') || DATES.some((format) => always(column, format));
  const emptied = columns.filter((column) => column.words.length > 0 && isNumeric(column));
  const words = [...new Set(emptied.flatMap((column) => column.words))].sort();
  const isText = columns.some(({ hasWords }) => hasWords);
  if (words.length > 0 && !isText) {
    csv.null = ['', ...words];
    reasons.push(`${words.map(quoted).join(', ')} ${words.length === 1 ? 'stands' : 'stand'} for no value among numbers or dates`);
  }
  if (isText) for (const column of emptied) asText(column, `beside ${column.among} it has ${column.words.map(quoted).join(', ')}, which other columns have as a text; where it means no value in all of them, write \`csv: { "null": [${['', ...words].map(quoted).join(', ')}] }\`, and take its type away`);
  for (const column of columns) {
    if (column.strays.length > 0) asText(column, column.strays.length === 1 && column.strays[0] === column.name ? `beside ${column.among} it has its own name: the header stands in the file more than once; take off the lines that repeat it` : `beside ${column.among} it has ${column.strays.map(quoted).join(', ')}`);
    if (always(column, 'amount')) asText(column, amountText(column));
  }

  const plain = isText ? columns.filter((column) => !emptied.includes(column)) : columns;
  const unclear = plain.filter((column) => DASHED.filter((format) => always(column, format)).length > 1);
  for (const column of unclear) asText(column, `dates such as ${example(column, DASHED.find((format) => always(column, format))!)} may be of several forms; say the right one, such as \`csv: { dates: "%m-%d-%y" }\`, and take its type away`);
  const dated = plain.filter((column) => !unclear.includes(column) && DATES.some((format) => always(column, format)));
  const mixed = plain.filter((column) => !dated.includes(column) && !unclear.includes(column) && column.filled > 0 && kindsOf(column).reduce((sum, format) => sum + count(column, format), 0) === column.filled);
  const told = dated.flatMap((column) => TOLD.filter((format) => always(column, format)).slice(0, 1).map((format) => ({ column, format })));
  const isEither = ({ column, format }: (typeof told)[number]): boolean => format.includes('%m') && exchanged(format) !== format && always(column, exchanged(format));
  const first = told.find((one) => !isEither(one)) ?? told[0];
  if (first) {
    csv.dates = first.format;
    reasons.push(`dates are written ${example(first.column, first.format)}`);
    // A guess about each date has to be seen by whoever makes the report, and not only in the source.
    if (isEither(first)) notes.push(`dates such as ${example(first.column, first.format)} are read with the ${first.format.startsWith('%d') ? 'day first, and could have the month there' : 'month first, and could have the day there'}: if they have, write \`csv: { dates: "${exchanged(first.format)}" }\``);
    for (const { column, format } of told) if (format !== first.format && !always(column, first.format)) asText(column, `its dates are written ${example(column, format)}; the query casts them`);
  }
  for (const column of mixed) asText(column, mixedText(column));

  const numbers = plain.filter((column) => !dated.includes(column) && !mixed.includes(column) && !unclear.includes(column));
  const comma = numbers.find((column) => always(column, 'comma') && count(column, 'commaUsed') > 0 && !always(column, 'point'));
  const point = numbers.find((column) => always(column, 'point') && count(column, 'pointGrouped') > 0 && !always(column, 'comma'));
  const [decimal, thousands, whole, used, grouped]: [string, '.' | ',', NumberShape, NumberShape, NumberShape] = comma ? [',', '.', 'comma', 'commaUsed', 'commaGrouped'] : ['.', ',', 'point', 'pointUsed', 'pointGrouped'];
  const hasSign = (column: TextColumn): boolean => count(column, comma ? 'dotted' : 'commas') > 0;
  const shown = comma ?? point;
  if (comma) csv.decimal = ',';
  if (shown) {
    const withGroups = numbers.find((column) => always(column, whole) && count(column, grouped) > 0);
    if (withGroups) csv.thousands = thousands;
    reasons.push(`numbers are written ${example(withGroups ?? shown, withGroups ? grouped : used)}`);
  }
  for (const column of numbers) {
    // The engine finds fewer numbers than it can read: 0.100,5 is a text to it.
    if (shown && always(column, whole) && count(column, used) > 0 && isNameable(column.name)) declared[column.name] = 'DOUBLE';
    if (csv.thousands !== undefined && hasSign(column) && always(column, 'digits') && !always(column, whole)) asText(column, `it has values that are no numbers with "${decimal}" before decimals and "${thousands}" between thousands`);
    if (!shown && always(column, 'comma') && always(column, 'point') && count(column, 'commaUsed') > 0) asText(column, `${example(column, 'commaUsed')} may have decimals or thousands; say \`csv: { decimal: "," }\` or \`csv: { thousands: "," }\``);
  }
  return { csv, columns: declared, reason: reasons.join('; '), notes, flaw };
}

/** Formats of a column's dates, where a day and month that could be either count once. */
function kindsOf(column: TextColumn): DateShape[] {
  return DATES.filter((format) => count(column, format) > 0 && !(format.startsWith('%m') && count(column, exchanged(format)) > 0));
}

/** A point or a comma before the last one or two digits stands before decimals. */
function amountText(column: TextColumn): string {
  const shown = example(column, 'amount');
  const digits = /,\d{1,2}\D*$/.test(shown) ? `replace(regexp_replace(${inSql(column)}, '[^0-9,-]', '', 'g'), ',', '.')` : `regexp_replace(${inSql(column)}, '[^0-9.-]', '', 'g')`;
  return `its values are written ${shown}; in the query, CAST(${digits} AS DOUBLE) makes numbers of them`;
}

/** A name that needs quotes is anybody’s text. */
function inSql({ name }: TextColumn): string {
  return /^[a-z]\w*$/i.test(name) ? name : 'the column';
}

function mixedText(column: TextColumn): string {
  const kinds = kindsOf(column);
  const said = kinds.map((format) => `${count(column, format)} are written ${example(column, format)}`).join(', ');
  return `its dates have several forms (${said}); in the query, coalesce(${kinds.map((format) => `try_strptime(${inSql(column)}, '${format}')`).join(', ')}) casts them`;
}
