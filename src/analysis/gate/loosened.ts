import { format } from 'd3-format';
import type { Report, Source } from '../../report/report.ts';
import { rhythmOf } from '../../report/rhythm.ts';
import { spanOf } from '../../report/span.ts';

/*
 * What is promised about lateness, and is promised less after a change: words of what it was and is, by key. No result shows any of it
 * on the day of the change.
 */

const CATCH_UP: readonly Report['schedule']['catch_up'][] = ['none', 'last', 'all'];

const perYear = (value: number): string => format(value < 100 ? ',.3~r' : ',.0f')(value);

/** A report that comes more seldom, or that leaves out what was missed. */
export function loosenedSchedule(before: Report['schedule'], after: Report['schedule']): string[] {
  const said: string[] = [];
  if (before.cron !== after.cron) {
    const [old, now] = [rhythmOf(before.cron), rhythmOf(after.cron)];
    const seldom = now.days < old.days ? `on ${perYear(old.days)} → ${perYear(now.days)} days a year` : now.days * now.times < old.days * old.times ? `${perYear(old.days * old.times)} → ${perYear(now.days * now.times)} times a year` : null;
    if (seldom !== null) said.push(`schedule.cron: ${before.cron} → ${after.cron} (${seldom})`);
  }
  // Days begin and end at another moment, so that the same as-of is another one's data.
  if (before.timezone !== after.timezone) said.push(`schedule.timezone: ${before.timezone} → ${after.timezone}`);
  if (CATCH_UP.indexOf(after.catch_up) < CATCH_UP.indexOf(before.catch_up)) said.push(`schedule.catch_up: ${before.catch_up} → ${after.catch_up}`);
  return said;
}

const KEPT = ['daily', 'monthly', 'yearly'] as const;

/** Snapshots that would leave the site: of any span fewer than before. */
export function loosenedKeep(before: Report['keep'], after: Report['keep']): string[] {
  const countOf = (keep: Report['keep'], span: (typeof KEPT)[number]): number => {
    const said = keep === undefined ? 'all' : keep.daily === 'all' ? 'all' : (keep[span] ?? 0);
    return said === 'all' ? Infinity : said;
  };
  const wordsOf = (keep: Report['keep']): string => (countOf(keep, 'daily') === Infinity ? 'all' : KEPT.flatMap((span) => (keep![span] === undefined ? [] : [`${span} ${keep![span]}`])).join(', '));
  return KEPT.some((span) => countOf(after, span) < countOf(before, span)) ? [`keep: ${wordsOf(before)} → ${wordsOf(after)}`] : [];
}

type Promised = Pick<Source, 'freshness' | 'archive'>;

/** Data that may be older, that is judged by another column, or that is said to have ended. */
export function loosenedSource(before: Promised, after: Promised): string[] {
  return [
    ...(isAsFresh(before.freshness, after.freshness) ? [] : [`freshness: ${freshnessWords(before.freshness)} → ${freshnessWords(after.freshness, before.freshness)}`]),
    ...(after.archive === undefined || after.archive === before.archive ? [] : [`archive: ${before.archive ?? 'none'} → ${after.archive}`]),
  ];
}

/** A report that reads other sources than it did, of which none has to be as fresh as one that is gone. */
export function loosenedSources(before: readonly (Promised & { name: string })[], after: readonly (Promised & { name: string })[]): string[] {
  const kept = new Set(after.map(({ name }) => name));
  const lost = before.filter((one) => !kept.has(one.name) && one.freshness && one.archive === undefined && !after.some((other) => other.archive === undefined && isAsFresh({ ...one.freshness!, column: other.freshness?.column ?? '' }, other.freshness)));
  return lost.map(({ name, freshness }) => `sources: ${name} (freshness: ${freshnessWords(freshness)}) → ${after.filter((one) => !before.some((other) => other.name === one.name)).map((one) => `${one.name} (freshness: ${freshnessWords(one.freshness)})`).join(', ') || 'none'}`);
}

/** Another column may hold any time. */
function isAsFresh(before: Source['freshness'], after: Source['freshness']): boolean {
  if (!before) return true;
  return after !== undefined && after.column === before.column && spanOf(after.within) <= spanOf(before.within) && (after.level === 'error' || before.level === 'warn');
}

function freshnessWords(freshness: Source['freshness'], other?: Source['freshness']): string {
  if (!freshness) return 'none';
  const { column, within, level } = freshness;
  return `${within}, ${level}${other && other.column !== column ? `, by ${column}` : ''}`;
}
