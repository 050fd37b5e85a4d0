import { quoteText } from './engine.ts';

/** A number as people write it, as a pattern: every sign of it counts, where the engine's reader skips over the sign between thousands wherever it stands. */
export function numberPattern(decimal: '.' | ',', thousands: '.' | ',' | undefined): string {
  const grouped = thousands === undefined ? '' : `\\d{1,3}([${thousands}]\\d{3})+|`;
  return `[+-]?(${grouped}\\d+)([${decimal}]\\d+)?`;
}

/** Formats that dates in texts are looked for in, with the signs that each needs: the engine alone takes `31.12.25` for the year 25. */
export const DATE_SHAPES = {
  '%d.%m.%Y': '\\d{1,2}[.]\\d{1,2}[.]\\d{4}',
  '%d.%m.%y': '\\d{1,2}[.]\\d{1,2}[.]\\d{2}',
  '%Y-%m-%d': '\\d{4}-\\d{2}-\\d{2}',
  '%d/%m/%Y': '\\d{1,2}/\\d{1,2}/\\d{4}',
  '%m/%d/%Y': '\\d{1,2}/\\d{1,2}/\\d{4}',
  '%d/%m/%y': '\\d{1,2}/\\d{1,2}/\\d{2}',
  '%m/%d/%y': '\\d{1,2}/\\d{1,2}/\\d{2}',
  '%d-%m-%Y': '\\d{1,2}-\\d{1,2}-\\d{4}',
  '%m-%d-%Y': '\\d{1,2}-\\d{1,2}-\\d{4}',
  '%d-%m-%y': '\\d{1,2}-\\d{1,2}-\\d{2}',
  '%m-%d-%y': '\\d{1,2}-\\d{1,2}-\\d{2}',
  '%y-%m-%d': '\\d{2}-\\d{1,2}-\\d{1,2}',
  '%d.%m.%Y %H:%M': '\\d{1,2}[.]\\d{1,2}[.]\\d{4} \\d{2}:\\d{2}',
  '%d.%m.%Y %H:%M:%S': '\\d{1,2}[.]\\d{1,2}[.]\\d{4} \\d{2}:\\d{2}:\\d{2}',
  '%d/%m/%Y %H:%M': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2}',
  '%m/%d/%Y %H:%M': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2}',
  '%d/%m/%Y %H:%M:%S': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2}:\\d{2}',
  '%m/%d/%Y %H:%M:%S': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2}:\\d{2}',
  '%m/%d/%Y %I:%M %p': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2} [AaPp][Mm]',
  '%d/%m/%Y %I:%M %p': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2} [AaPp][Mm]',
  '%m/%d/%Y %I:%M:%S %p': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2}:\\d{2} [AaPp][Mm]',
  '%d/%m/%Y %I:%M:%S %p': '\\d{1,2}/\\d{1,2}/\\d{4} \\d{1,2}:\\d{2}:\\d{2} [AaPp][Mm]',
} as const;

/** SQL condition that holds of every text that has one of these formats. */
export function mayBeDate(value: string): string {
  return `regexp_full_match(${value}, ${quoteText('\\d{1,4}[./-]\\d{1,2}[./-]\\d{1,4}.*')})`;
}

/** Signs of money before or behind a number, as a pattern. */
export const MONEY = '((?:R|A|C|CA|US|NZ|S|HK)?\\$|[€£¥₹₽₺₩₪₴]|EUR|USD|GBP|CHF|JPY|INR|BRL|CAD|AUD|SEK|NOK|DKK|PLN|CZK|kr|zł|Kč|Ft)';

export type DateShape = keyof typeof DATE_SHAPES;

/**
 * `comma`: 9.532,07; `point`: 9,532.07. Of these, `commaUsed` and `pointUsed` have the sign of decimals, `commaGrouped` and
 * `pointGrouped` that of thousands. `digits`: nothing but digits, points and commas; `dotted` has a point, `commas` a comma.
 */
export type NumberShape = 'comma' | 'commaUsed' | 'commaGrouped' | 'point' | 'pointUsed' | 'pointGrouped' | 'digits' | 'dotted' | 'commas';
/** `amount`: a number with a sign of money or of percent, or with spaces or apostrophes between thousands. */
export type Shape = NumberShape | DateShape | 'amount';

/** SQL conditions over a text: those of numbers, of which `digits` is the first, and those of dates. */
export function shapeConditions(value: string): { numbers: [NumberShape, string][]; dates: [DateShape, string][]; amount: string } {
  const full = (pattern: string): string => `regexp_full_match(${value}, ${quoteText(pattern)})`;
  // Spreadsheets write large numbers as 1.00E+05.
  const [comma, point] = [full(numberPattern(',', '.')), full(`${numberPattern('.', ',')}([eE][+-]?\\d{1,3})?`)];
  const has = (sign: string): string => `contains(${value}, ${quoteText(sign)})`;
  return {
    numbers: [
      ['digits', full('[+-]?[.,]*\\d[\\d.,]*([eE][+-]?\\d{1,3})?')], ['dotted', has('.')], ['commas', has(',')],
      ['comma', comma], ['commaUsed', `${comma} AND ${has(',')}`], ['commaGrouped', `${comma} AND ${has('.')}`],
      ['point', point], ['pointUsed', `${point} AND ${has('.')}`], ['pointGrouped', `${point} AND ${has(',')}`],
    ],
    dates: Object.entries(DATE_SHAPES).map(([format, pattern]) => [format as DateShape, `${full(pattern)} AND try_strptime(${value}, ${quoteText(format)}) IS NOT NULL`]),
    // 1 234,56 and 1’234.56 need a person too: the engine has no such sign between thousands.
    amount: `${full(`[(]?[+-]?(${MONEY} ?)?[+-]?\\d[\\d.,]* ?(%|${MONEY})?[)]?`)} OR ${full(`[+-]?\\d{1,3}([ \u00a0\u202f’']\\d{3})+([.,]\\d+)? ?(%|${MONEY})?`)}`,
  };
}
