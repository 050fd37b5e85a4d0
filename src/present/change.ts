import type { HeadlineChange, MetricFacts } from '../analysis/facts/facts.ts';
import { formatEarlier, type SeriesStep } from './date.ts';
import { formatNumber, isPercent, withUnit } from './number.ts';

/** A change told three ways at once: arrow, words and (by `tone`) colour; the words suffice alone. */
interface ChangeWords {
  arrow: 'up' | 'down' | 'flat' | null;
  /** `up 3.1%`, `no change`, `from 0 to 5`, `no earlier value` */
  amount: string;
  /** `since 29 June`; empty where there is nothing to compare with. */
  since: string;
  tone: 'better' | 'worse' | 'neutral' | 'none';
}

/** What a change is measured against. */
type Span = keyof MetricFacts['changes'];

/** What 7 and 30 days come to in steps that do not divide them: a label names what was compared. */
const WHOLE_STEPS: { [step in SeriesStep]?: { [span in Span]?: string } } = { week: { days7: '1 week', days30: '4 weeks' }, month: { days30: '1 month' } };

const OFTEN: Record<SeriesStep, string> = {
  hour: 'hourly', day: 'daily', week: 'weekly', month: 'monthly', quarter: 'quarterly', year: 'yearly', snapshot: 'seldom measured',
};

/**
 * Words of a change against an earlier period. Shares change in points, other numbers in per cent of
 * the earlier value; from zero or below, where a per cent says nothing, before and after are given.
 */
export function changeWords(metric: MetricFacts, span: Span): ChangeWords {
  const change = metric.changes[span];
  if (change.kind === 'incomparable') return { arrow: null, amount: whyNot(change.reason, span, metric), since: '', tone: 'none' };
  const earlier = formatEarlier(change.from.period, metric.step, metric.headline?.period ?? null);
  // "On" would read as the day it happened.
  const since = `since ${earlier}`;
  if (change.kind === 'same') return { arrow: 'flat', amount: 'no change', since, tone: 'neutral' };
  return { arrow: change.kind, amount: amountOf(change, metric), since, tone: change.meaning ?? 'neutral' };
}

/** A change with what stands before it, `7 days`, `4 weeks`; null where the words name the span themselves. */
export interface ChangeLine extends ChangeWords {
  label: string | null;
}

/**
 * The changes of a headline as lines to show: against the period before, 7 and 30 days earlier. What
 * would say the same twice is said once: no value, nothing earlier, steps longer than both spans.
 */
export function changeLines(metric: MetricFacts): ChangeLine[] {
  const { previous, days7, days30 } = metric.changes;
  const line = (span: Span): ChangeLine => {
    const words = changeWords(metric, span);
    return { ...words, label: words.tone === 'none' || span === 'previous' ? null : spanWords(metric, span) };
  };
  if (previous.kind === 'incomparable' && (previous.reason === 'no-value' || previous.reason === 'no-earlier')) return [line('previous')];
  if (isTooCoarse(days7) && isTooCoarse(days30)) {
    return [line('previous'), { ...line('days7'), amount: `no 7-day or 30-day change: ${OFTEN[metric.step]}` }];
  }
  return [line('previous'), line('days7'), line('days30')];
}

/** How far apart the two numbers are. Snapshots have no grid: between them the days are counted. */
function spanWords({ changes, step, headline }: MetricFacts, span: 'days7' | 'days30'): string {
  const change = changes[span];
  const asked = span === 'days7' ? 7 : 30;
  if (step !== 'snapshot' || change.kind === 'incomparable' || !headline?.period) return WHOLE_STEPS[step]?.[span] ?? `${asked} days`;
  return `${Math.round((Date.parse(headline.period) - Date.parse(change.from.period)) / 86_400_000)} days`;
}

function isTooCoarse(change: HeadlineChange): boolean {
  return change.kind === 'incomparable' && change.reason === 'too-coarse';
}

/** One sentence for places without colour or arrow: `up 3.1% since 29 June, which is better`. */
export function changeSentence(metric: MetricFacts, span: Span): string {
  const { amount, since, tone } = changeWords(metric, span);
  const judged = tone === 'better' || tone === 'worse' ? `, which is ${tone}` : '';
  return [amount, since].filter(Boolean).join(' ') + judged;
}

function amountOf(change: Extract<HeadlineChange, { kind: 'up' | 'down' }>, metric: MetricFacts): string {
  const { kind, difference, ratio, from } = change;
  if (isPercent(metric.format)) return `${kind} ${points(Math.abs(difference) * 100)}`;
  const before = from.value ?? 0;
  // A per cent says nothing from zero, from below it, or across it.
  if (ratio === null || before <= 0 || before + difference < 0) return `${kind} ${fromTo(metric, from.value)}`;
  const share = Math.abs(ratio);
  if (share < 0.0005) return `${kind} less than 0.1%`;
  return `${kind} ${formatNumber(share, share < 1 ? '.1%' : ',.0%')}`;
}

function points(size: number): string {
  if (size < 0.05) return 'less than 0.1 points';
  const shown = formatNumber(size, '.1f');
  return `${shown} point${shown === '1.0' ? '' : 's'}`;
}

function fromTo(metric: MetricFacts, before: number | null): string {
  const after = metric.headline?.value ?? null;
  return `from ${formatNumber(before, metric.format)} to ${withUnit(formatNumber(after, metric.format), metric.unit)}`;
}

function whyNot(reason: Extract<HeadlineChange, { kind: 'incomparable' }>['reason'], span: Span, metric: MetricFacts): string {
  switch (reason) {
    case 'no-value':
      return 'no value to compare';
    case 'no-earlier':
      return noEarlier(metric, span);
    case 'missing':
      return span === 'previous' && metric.step !== 'snapshot' ? `no value in the ${metric.step} before` : noEarlier(metric, span);
    case 'too-coarse':
      return `no ${span === 'days7' ? '7' : '30'}-day change: ${OFTEN[metric.step]}`;
  }
}

function noEarlier(metric: MetricFacts, span: Span): string {
  return span === 'previous' ? 'no earlier value' : `no value ${spanWords(metric, span)} earlier`;
}
