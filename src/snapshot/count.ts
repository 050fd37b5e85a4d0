import { format } from 'd3-format';

/** `1,234` */
export const count: (value: number) => string = format(',d');

/** `1 row`, `1,234 rows`, `3 entries` */
export function plural(value: number, one: string, many = manyOf(one)): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function manyOf(one: string): string {
  return /[^aeiou]y$/.test(one) ? `${one.slice(0, -1)}ies` : `${one}s`;
}
