import { formatNumber } from './number.ts';

/** `1,234` */
export function count(value: number): string {
  return formatNumber(value, ',d');
}

/** `1 row`, `1,234 rows` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
