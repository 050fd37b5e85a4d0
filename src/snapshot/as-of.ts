/**
 * An as-of is text: `2001-06-30`, or `2001-06-30T14:00Z` for reports that run more than once a day.
 * Both sort as text in the order of time, and neither depends on a zone.
 */
export type AsOf = string;

const AS_OF = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}Z)?$/;

/** Whether it is an as-of, and a day of the calendar: `2001-02-30` is none. */
export function isAsOf(text: string): boolean {
  return AS_OF.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text.slice(0, 10));
}

/** Of a report that runs more than once a day. */
export function hasTime(asOf: AsOf): boolean {
  return asOf.length > 10;
}

/** The last instant that the as-of covers, in epoch milliseconds, exclusive: a date covers its whole day. */
export function endOf(asOf: AsOf): number {
  return hasTime(asOf) ? Date.parse(asOf) : Date.parse(asOf) + 86_400_000;
}

/** `2001/06/30` or `2001/06/30/t1400`: the folder of an as-of below snapshots/. */
export function folderOf(asOf: AsOf): string {
  const day = asOf.slice(0, 10).replaceAll('-', '/');
  return hasTime(asOf) ? `${day}/t${asOf.slice(11, 13)}${asOf.slice(14, 16)}` : day;
}

/** `2001-06` */
export function monthOf(asOf: AsOf): string {
  return asOf.slice(0, 7);
}
