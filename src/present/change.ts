import type { Change, MetricFacts } from '../analysis/facts.ts';
import { formatEarlier } from './date.ts';
import { formatNumber, isPercent, withUnit } from './number.ts';

/** A change told three ways at once: arrow, words and (by `tone`) colour; the words suffice alone. */
export interface ChangeWords {
  arrow: 'up' | 'down' | 'flat' | null;
  /** `up 3.1%`, `no change`, `from 0 to 5`, `no earlier value` */
  amount: string;
  /** `on 29 June`; empty where there is nothing to compare with. */
  since: string;
  tone: 'better' | 'worse' | 'neutral' | 'none';
}

/** What a change is measured against. */
export type Span = keyof MetricFacts['changes'];

const EARLIER: Record<Span, string> = { previous: 'before', days7: '7 days earlier', days30: '30 days earlier' };

const OFTEN: Record<MetricFacts['step'], string> = {
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
  const since = `${/^\d\d:/.test(earlier) ? 'since' : 'on'} ${earlier}`;
  if (change.kind === 'same') return { arrow: 'flat', amount: 'no change', since, tone: 'neutral' };
  return { arrow: change.kind, amount: amountOf(change, metric), since, tone: change.meaning ?? 'neutral' };
}

/** One sentence for places without colour or arrow: `up 3.1% on 29 June, which is better`. */
export function changeSentence(metric: MetricFacts, span: Span): string {
  const { amount, since, tone } = changeWords(metric, span);
  const judged = tone === 'better' || tone === 'worse' ? `, which is ${tone}` : '';
  return [amount, since].filter(Boolean).join(' ') + judged;
}

function amountOf(change: Extract<Change, { kind: 'up' | 'down' }>, metric: MetricFacts): string {
  const { kind, difference, ratio, from } = change;
  if (isPercent(metric.format)) return `${kind} ${points(Math.abs(difference) * 100)}`;
  if (ratio === null || (from.value ?? 0) <= 0) return `${kind} ${fromTo(metric, from.value)}`;
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

function whyNot(reason: Extract<Change, { kind: 'incomparable' }>['reason'], span: Span, metric: MetricFacts): string {
  switch (reason) {
    case 'no-value':
      return 'no value to compare';
    case 'no-earlier':
      return `no value ${EARLIER[span]}`;
    case 'missing':
      return span === 'previous' && metric.step !== 'snapshot' ? `no value in the ${metric.step} before` : `no value ${EARLIER[span]}`;
    case 'too-coarse':
      return `no ${span === 'days7' ? '7' : '30'}-day change: ${OFTEN[metric.step]}`;
  }
}
