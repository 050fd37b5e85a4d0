/**
 * `-1,234.50`: a number as a snapshot's file spells it, with all its digits and commas for thousands;
 * text that is no plain number (a date, `1e+21`, `Infinity`) as it is.
 */
export function grouped(text: string): string {
  return /^-?\d{4,}(\.\d+)?$/.test(text) ? text.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ',')) : text;
}
