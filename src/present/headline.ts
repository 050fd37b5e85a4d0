import type { MetricFacts, Point } from '../analysis/facts/facts.ts';
import { formatPeriod } from './date.ts';
import { formatNumber, formatText, NO_VALUE, unitBeside, withUnit } from './number.ts';

/** A metric's headline in words, its unit apart so that it can be set smaller. */
interface Headline {
  value: string;
  unit: string | null;
  missing: boolean;
  /** `long` numbers are set smaller so that they fit a card. */
  length: 'short' | 'medium' | 'long';
}

/** A metric’s newest number as a card sets it. */
export function headlineOf(metric: MetricFacts): Headline {
  const value = formatText(metric.headline?.text ?? null, metric.format);
  const missing = value === NO_VALUE || metric.headline === null;
  const { length } = value;
  return { value, unit: missing || metric.unit === null ? null : unitBeside(value, metric.unit), missing, length: length <= 9 ? 'short' : length <= 13 ? 'medium' : 'long' };
}

/** `on 30 June 2001`, `at 14:00 UTC, 30 June 2001`, `in June 2001`, `in the week of 25 June 2001`; empty where there is no period. */
export function headlinePeriod({ headline, step }: MetricFacts): string {
  if (!headline?.period) return '';
  const period = formatPeriod(headline.period, step);
  if (step === 'week') return `in the ${period}`;
  if (step === 'hour') return `from ${period}`;
  if (step === 'snapshot' && headline.period.length > 10) return `at ${period}`;
  return `${step === 'day' || step === 'snapshot' ? 'on' : 'in'} ${period}`;
}

/** `target 80.0%` (`aim`), and with it whether it is met (`words`); null without a target. Met needs a direction that is good. */
export function targetWords({ target, format, unit, headline, better }: MetricFacts): { aim: string; words: string; met: boolean | null } | null {
  if (target === null) return null;
  const aim = `target ${withUnit(formatNumber(target, format), unit)}`;
  const value = headline?.value ?? null;
  if (value === null || better === null || !Number.isFinite(value)) return { aim, words: aim, met: null };
  const met = better === 'higher' ? value >= target : value <= target;
  return { aim, words: `${aim}, ${met ? 'met' : 'missed'}`, met };
}

/** Text alternative of a metric's sparkline: `Flights from 1 May 2001 to 30 June 2001`. */
export function trendLabel({ label, series, step }: MetricFacts): string {
  const first: Point | undefined = series[0];
  const last = series.at(-1);
  if (!first || !last) return `${label}: no values yet`;
  return `Trend of ${label} from ${formatPeriod(first.period, step)} to ${formatPeriod(last.period, step)}`;
}
