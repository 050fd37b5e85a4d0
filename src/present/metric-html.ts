import type { MetricFacts } from '../analysis/facts/facts.ts';
import { changeLines, type ChangeLine } from './change.ts';
import { sparkline } from './chart/sparkline.ts';
import { headlineOf, trendLabel } from './headline.ts';
import { escapeHtml } from './html.ts';

/*
 * What a card says of a metric, as HTML: pages are built with it, and a page’s script draws it anew over a part of the rows.
 */

/** A metric’s newest number, its unit set apart. */
export function valueHtml(metric: MetricFacts): string {
  const { value, unit, missing, length } = headlineOf(metric);
  return `<span class="value ${length}${missing ? ' missing' : ''}">${escapeHtml(value)}${unit ? `<span class="unit">\u00a0${escapeHtml(unit)}</span>` : ''}</span>`;
}

const SHAPES = { up: 'M5 1 9.5 9h-9z', down: 'M5 9 .5 1h9z', flat: 'M0 4h10v2H0z' };

/** One change of it, by arrow, words and colour. */
export function changeHtml({ label, arrow, amount, since, tone }: ChangeLine): string {
  const parts = [
    label ? `<span class="span">${escapeHtml(label)}</span>` : '',
    arrow ? `<svg class="arrow" viewBox="0 0 10 10" aria-hidden="true"><path d="${SHAPES[arrow]}"></path></svg>` : '',
    `<span class="amount">${escapeHtml(amount)}</span>`,
    !label && since ? `<span class="since"> ${escapeHtml(since)}</span>` : '',
    // Readers without colour hear what it says.
    tone === 'better' || tone === 'worse' ? `<span class="hidden"> (${tone})</span>` : '',
  ];
  return `<span class="change ${tone}"${label ? ` title="${escapeHtml(`${amount} ${since}`)}"` : ''}>${parts.join('')}</span>`;
}

/** All that are to be said. */
export function changesHtml(metric: MetricFacts): string {
  return `<p class="changes">${changeLines(metric).map(changeHtml).join('')}</p>`;
}

/** Points of the series that a card’s small line shows. */
const SPARK = 60;

/** The newest part of its series as a small line; empty text where there is none to draw. */
export function trendHtml(metric: MetricFacts): string {
  const recent = { ...metric, series: metric.series.slice(-SPARK) };
  return sparkline(recent.series, trendLabel(recent));
}
