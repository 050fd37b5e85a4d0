/** How a number is written here: a d3-format, and a unit where the sign is no `$` or `%`. */
export interface NumberFormat {
  format: string;
  unit?: string;
  /** What differs from the old page. */
  note?: string;
}

const CURRENCIES = /^(usd|aud|brl|cad|cny|eur|gbp|jpy|inr|krw|ngn|rub|sek|chf)([0-2]?)([kmb]?)$/;
const SIGNS: { [sign: string]: string } = { '€': 'EUR', '£': 'GBP', '¥': 'JPY', '₹': 'INR', '₩': 'KRW', '₦': 'NGN', '₽': 'RUB' };
const SHORT = 'thousands and millions are shortened by size, not to one fixed unit';

/** A format code of an Evidence page (`usd0`, `pct1`, `num0k`, or an Excel code) as a d3-format; null for dates and unknown codes. */
export function formatFrom(code: string): NumberFormat | null {
  const tag = code.trim().toLowerCase();
  const currency = CURRENCIES.exec(tag);
  if (currency) {
    const [, name = '', places, size] = currency;
    return { ...number(Number(places || '0'), size !== '', name === 'usd' ? '$' : ''), ...(name === 'usd' ? {} : { unit: name.toUpperCase() }) };
  }
  const plain = /^num([0-4]?)([kmb]?)$/.exec(tag);
  if (plain) return number(Number(plain[1] || '0'), plain[2] !== '');
  const percent = /^pct([0-3]?)$/.exec(tag);
  if (percent) return { format: `.${percent[1] || '1'}%` };
  const times = /^mult([0-2]?)$/.exec(tag);
  if (times) return { format: `,.${times[1] || '1'}f`, unit: '×' };
  if (tag === 'id') return { format: 'd' };
  if (tag === 'sci') return { format: '.2e' };
  return excel(code.trim());
}

function number(places: number, short: boolean, sign = ''): NumberFormat {
  return short ? { format: `${sign},.${places + 2}~s`, note: SHORT } : { format: `${sign},.${places}f` };
}

/** An Excel code of one section, e.g. `$#,##0.0,,"M"` or `0.00" days"`. */
function excel(code: string): NumberFormat | null {
  const match = /^([$€£¥₹₩₦₽]?)([#?]*,?[#?]*,?[#0?]*0)(\.[0#?]{1,6})?(,{0,3})(%?)(?:\s*"([^"]{0,20})"|([kKmMbBx]?))$/.exec(code.split(';')[0]!.replace(/^"([$€£])"/, '$1'));
  if (!match) return null;
  const [, sign = '', whole = '', fraction = '', thousands = '', percent = '', quoted = '', letter = ''] = match;
  const places = Math.max(0, fraction.length - 1);
  if (percent) return { format: `.${places}%` };
  const comma = whole.includes(',') ? ',' : '';
  if (thousands !== '') return { ...number(places, true, sign === '$' ? '$' : ''), ...unitOf(sign, '') };
  return { format: `${sign === '$' ? '$' : ''}${comma}.${places}f`, ...unitOf(sign, quoted || letter) };
}

function unitOf(sign: string, text: string): { unit?: string } {
  const unit = SIGNS[sign] ?? text.trim();
  return unit === '' ? {} : { unit };
}

/** The format that a column's name ends with, as in `sales_usd0k` or `growth_pct1`. */
export function formatOfName(name: string): NumberFormat | null {
  const end = /_([a-z]+\d?[kmb]?)$/i.exec(name)?.[1];
  return end !== undefined && /^(usd|eur|gbp|num|pct|aud|cad)/i.test(end) ? formatFrom(end) : null;
}

/** What a column is called without the format at its end. */
export function nameWithoutFormat(name: string): string {
  return formatOfName(name) === null ? name : name.replace(/_[a-z]+\d?[kmb]?$/i, '');
}
