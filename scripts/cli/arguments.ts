import { InvalidArgumentError } from 'commander';
import { isAsOf } from '../../src/snapshot/as-of.ts';
import type { World } from '../world/world.ts';

/** Runs a command in the world as it is, and takes its exit code. */
export type Finish = (command: (world: World) => Promise<number>) => Promise<void>;

/** @throws InvalidArgumentError, which Commander tells with the option’s name; so do those below */
export function parseAsOf(text: string): string {
  if (!isAsOf(text)) throw new InvalidArgumentError('write a date such as 2001-06-30, or 2001-06-30T14:00Z');
  return text;
}

export function parseDay(text: string): string {
  if (text.length !== 10 || !isAsOf(text)) throw new InvalidArgumentError('write a day such as 2001-06-30');
  return text;
}

/** 1 to 9,999,999. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1');
  return Number(text);
}

/** As `parseCount`, or all of them. */
export function parseCountOrAll(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a whole number from 1, or all');
  return Number(text);
}

/** For an option that may be given more than once. */
export function collect(text: string, before: string[]): string[] {
  return [...before, text];
}
