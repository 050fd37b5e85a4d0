import type { Source } from '../report/report.ts';
import { spanOf } from '../report/span.ts';
import { endOf, hasTime } from '../snapshot/as-of.ts';

const UNITS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Whether the newest row of a source is older than its `freshness` allows: a sentence, or null.
 * A date stands for its whole day. Data that has ended is judged against the day on which it ended.
 * @param newest largest value of the freshness column as a kept cell writes it, null where there is none
 * @param slot time that the schedule named
 */
export function lateness({ freshness, archive }: Pick<Source, 'freshness' | 'archive'>, newest: string | null, slot: Date): string | null {
  if (!freshness) return null;
  const against = archive ?? `${slot.toISOString().slice(0, 16)}Z`;
  if (newest === null) return `no row has a value in "${freshness.column}"`;
  const age = endOf(against) - instantOf(newest);
  if (age <= spanOf(freshness.within)) return null;
  return `newest row is ${newest}, ${words(age)} before ${archive ?? shown(slot)}; allowed: ${freshness.within}`;
}

function instantOf(cell: string): number {
  return hasTime(cell) ? Date.parse(cell) : endOf(cell);
}

function shown(slot: Date): string {
  return `${slot.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function words(milliseconds: number): string {
  const unit = milliseconds >= 2 * UNITS.day ? 'day' : milliseconds >= 2 * UNITS.hour ? 'hour' : 'minute';
  const count = Math.floor(milliseconds / UNITS[unit]);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
