import type { ReportCard } from '../analysis/facts/facts.ts';
import { changeWords } from './change.ts';
import { linePath } from './chart/sparkline.ts';
import { formatAsOf } from './date.ts';
import { headlineOf } from './headline.ts';
import type { Lettering } from './lettering.ts';

/** What services that show link previews ask for. */
export const PREVIEW = { width: 1200, height: 630 };

/** The light scheme of src/site/styles/tokens.css: a picture has no scheme. */
const COLOUR = { surface: '#ffffff', ink: '#1a1f27', soft: '#555e6a', line: '#dedfdc', series: '#1f5fb4', better: '#0b665f', worse: '#a33c0a' };

const MARGIN = 72;
const WIDTH = PREVIEW.width - 2 * MARGIN;
const CHART = { y: 396, width: WIDTH, height: 140, inset: 6 };
const ARROW = { up: 'M0 20 12 0 24 20z', down: 'M0 0 12 20 24 0z', flat: 'M0 8h24v5H0z' };

/**
 * The picture of a report's link preview as SVG: title, headline number, its change, the headline's
 * own line and the as-of. Text is outlines; no font, style or other file is needed to draw it.
 */
export function previewSvg(card: ReportCard, site: { title: string }, letters: Lettering): string {
  const [metric] = card.metrics;
  const above = { size: 26, weight: 'regular', fill: COLOUR.soft } as const;
  const parts = [letters.line(letters.wrap(site.title, WIDTH, 1, above)[0]!, MARGIN, 84, above)];
  const title = { size: 50, weight: 'bold', fill: COLOUR.ink } as const;
  const lines = letters.wrap(card.title, WIDTH, 2, title);
  lines.forEach((line, index) => parts.push(letters.line(line, MARGIN, 148 + index * 58, title)));
  if (metric) parts.push(...headline(metric, 156 + lines.length * 58, letters), line(metric));
  const asOf = card.asOf ? `As of ${formatAsOf(card.asOf)}` : 'No result yet';
  parts.push(`<path d="M${MARGIN} 562h${WIDTH}" stroke="${COLOUR.line}" stroke-width="2"/>`);
  parts.push(letters.line(asOf, MARGIN, 602, { size: 26, weight: 'regular', fill: COLOUR.soft }));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PREVIEW.width} ${PREVIEW.height}"><rect width="100%" height="100%" fill="${COLOUR.surface}"/>${parts.join('')}</svg>`;
}

type Metric = ReportCard['metrics'][number];

function headline(metric: Metric, top: number, letters: Lettering): string[] {
  const { value: whole, unit: written, missing, length } = headlineOf(metric);
  const change = changeWords(metric, 'previous');
  const big = { size: missing || length === 'long' ? 64 : 92, weight: 'bold', fill: missing ? COLOUR.soft : COLOUR.ink } as const;
  const small = { size: 32, weight: 'regular', fill: COLOUR.soft } as const;
  const words = { size: 30, weight: 'bold', fill: change.tone === 'better' ? COLOUR.better : change.tone === 'worse' ? COLOUR.worse : COLOUR.soft } as const;
  const label = letters.wrap(metric.label, WIDTH, 1, small)[0]!;
  // Cut like all text of others: a picture of 100,000 signs takes hours to draw, and all pages wait for it.
  const value = letters.wrap(whole, WIDTH, 1, big)[0]!;
  const unit = written && letters.wrap(written, WIDTH / 3, 1, small)[0]!;
  const baseline = top + 116;
  const end = MARGIN + letters.width(value, big);
  const after = end + (unit ? 16 + letters.width(unit, small) : 0) + 36;
  const said = letters.wrap(`${change.amount} ${change.since}`.trim(), PREVIEW.width - MARGIN - after - 40, 1, words)[0]!;
  return [
    letters.line(label, MARGIN, top + 24, small),
    letters.line(value, MARGIN, baseline, big),
    ...(unit ? [letters.line(unit, end + 16, baseline, small)] : []),
    ...(change.arrow ? [`<path transform="translate(${after} ${baseline - 22})" d="${ARROW[change.arrow]}" fill="${words.fill}"/>`] : []),
    letters.line(said, after + (change.arrow ? 40 : 0), baseline, words),
  ];
}

function line({ series }: Metric): string {
  const path = linePath(series.map(({ value }) => value), CHART);
  if (!path) return '';
  const [x, y] = path.end;
  return `<g transform="translate(${MARGIN} ${CHART.y})" fill="none" stroke="${COLOUR.series}" stroke-width="4" stroke-linejoin="round" stroke-linecap="round">`
    + `<path d="${path.line}"/><circle cx="${x}" cy="${y}" r="8" fill="${COLOUR.series}" stroke="none"/></g>`;
}
