import { shift } from '../../snapshot/period.ts';
import type { HeadlineChange, MetricFacts, Point } from './facts.ts';

const DAY = 86_400_000;
type SeriesStep = MetricFacts['step'];
type Better = MetricFacts['better'];

/**
 * How a headline moved: against the period before, 7 days and 30 days earlier, or as many whole weeks
 * as fit in (1 and 4), or the month before for 30 days. A pure function of
 * history; a period that is not there is said to be missing and never replaced by a neighbour.
 * `series`: points in time order, one a period. `at`: the headline's index.
 */
export function changesOf(series: Point[], at: number, step: SeriesStep, better: Better): MetricFacts['changes'] {
  const headline = series[at];
  if (!headline || headline.value === null) {
    const none: HeadlineChange = { kind: 'incomparable', reason: 'no-value' };
    return { previous: none, days7: none, days30: none };
  }
  const earlier = series.slice(0, at);
  const compare = (from: Point | Missing): HeadlineChange => ('reason' in from ? { kind: 'incomparable', reason: from.reason } : changeOf(from, headline, better));
  return {
    previous: compare(previousOf(earlier, headline, step)),
    days7: compare(daysBefore(earlier, headline, step, 7)),
    days30: compare(daysBefore(earlier, headline, step, 30)),
  };
}

/** The difference of two periods. From zero there is no ratio: before and after are given. */
export function changeOf(from: Point, to: Point, better: Better): HeadlineChange {
  if (from.value === null || to.value === null || !Number.isFinite(from.value) || !Number.isFinite(to.value)) {
    return { kind: 'incomparable', reason: from.value === null ? 'missing' : 'no-value' };
  }
  const difference = to.value - from.value;
  if (difference === 0) return { kind: 'same', from };
  const kind = difference > 0 ? 'up' : 'down';
  const meaning = better === null ? null : (kind === 'up') === (better === 'higher') ? 'better' : 'worse';
  return { kind, from, difference, ratio: from.value === 0 ? null : difference / Math.abs(from.value), meaning };
}

interface Missing {
  reason: 'no-earlier' | 'missing' | 'too-coarse';
}

function previousOf(earlier: Point[], headline: Point, step: SeriesStep): Point | Missing {
  const last = earlier.at(-1);
  if (!last) return { reason: 'no-earlier' };
  if (step === 'snapshot') return last;
  return exactly(earlier, shift(headline.period, step, -1));
}

/** Days in a step, where every step has as many. */
const LENGTH: Partial<Record<SeriesStep, number>> = { hour: 1 / 24, day: 1, week: 7 };

function daysBefore(earlier: Point[], headline: Point, step: SeriesStep, days: 7 | 30): Point | Missing {
  if (earlier.length === 0) return { reason: 'no-earlier' };
  if (step === 'snapshot') return nearBefore(earlier, headline, days);
  if (step === 'month' && days === 30) return previousOf(earlier, headline, step);
  const length = LENGTH[step];
  if (length === undefined || length > days) return { reason: 'too-coarse' };
  return exactly(earlier, shift(headline.period, step, -Math.round(days / length)));
}

function exactly(earlier: Point[], period: string): Point | Missing {
  const found = earlier.findLast((point) => point.period === period);
  if (found && found.value !== null) return found;
  return { reason: period < earlier[0]!.period ? 'no-earlier' : 'missing' };
}

/** Snapshots have no grid: one up to a tenth of the span (at least a day) earlier than asked will do. */
function nearBefore(earlier: Point[], headline: Point, days: number): Point | Missing {
  const target = Date.parse(headline.period) - days * DAY;
  const slack = Math.max(1, days / 10) * DAY;
  const found = earlier.findLast((point) => Date.parse(point.period) <= target);
  if (!found) return { reason: Date.parse(earlier[0]!.period) > target ? 'no-earlier' : 'missing' };
  if (Date.parse(found.period) >= target - slack) return found.value === null ? { reason: 'missing' } : found;
  const spacing = Date.parse(headline.period) - Date.parse(earlier.at(-1)!.period);
  return { reason: spacing > days * DAY ? 'too-coarse' : 'missing' };
}
