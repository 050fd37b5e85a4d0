import { InvalidArgumentError } from 'commander';
import { isAsOf } from '../../src/snapshot/as-of.ts';
import type { World } from '../world/world.ts';

/** Runs a command in the world as it is, and takes its exit code. */
export type Finish = (command: (world: World) => Promise<number>) => Promise<void>;

export function asOf(text: string): string {
  if (!isAsOf(text)) throw new InvalidArgumentError('write a date such as 2001-06-30, or 2001-06-30T14:00Z');
  return text;
}

export function day(text: string): string {
  if (text.length !== 10 || !isAsOf(text)) throw new InvalidArgumentError('write a day such as 2001-06-30');
  return text;
}

export function count(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1');
  return Number(text);
}

export function countOrAll(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1, or all');
  return Number(text);
}

export function gather(text: string, before: string[]): string[] {
  return [...before, text];
}
