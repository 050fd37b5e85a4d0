/**
 * The first day on which rows may be erased.
 * @param time when they were kept, ISO 8601 UTC
 * @param span `90 days`, `6 months`, `6 years`, as the report's `retain` has it
 * @returns `2007-06-30`; a month without that day ends earlier
 */
export function retainUntil(time: string, span: string): string {
  const [, count = '0', unit = 'days'] = /^(\d+) ?(day|month|year)s?$/.exec(span) ?? [];
  const [year, month, day] = time.slice(0, 10).split('-').map(Number) as [number, number, number];
  const steps = Number(count);
  if (unit === 'day') return dayOf(year, month - 1, day + steps);
  const later = unit === 'month' ? month - 1 + steps : month - 1 + 12 * steps;
  const last = new Date(Date.UTC(year, later + 1, 0)).getUTCDate();
  return dayOf(year, later, Math.min(day, last));
}

function dayOf(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}
