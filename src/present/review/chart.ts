import type { ColumnDistribution } from '../../analysis/comparison/distribution.ts';
import type { Overlay } from '../../analysis/review/charts.ts';
import type { DrawnChart } from '../chart/time.ts';
import { chartSentences } from '../chart/words.ts';
import { formatNumber } from '../number.ts';

const STROKES = { base: 'dashed', published: 'dotted' } as const;
const HUES = { head: 0, base: 1, published: 2 } as const;

/** An overlay as it is drawn: what was is dashed, what readers have is dotted; a line alone has a colour for each side. */
export function drawnOverlay({ series, ...chart }: Overlay): DrawnChart {
  const isOne = new Set(series.map(({ hue }) => hue)).size === 1;
  const isBoth = new Set(series.map(({ side }) => side)).size > 1;
  return { ...chart, series: series.map(({ name, points, side, hue }) => ({ name, points, hue: isOne && isBoth ? HUES[side] : hue, ...(isBoth && side !== 'head' ? { stroke: STROKES[side] } : {}) })) };
}

/** What a reviewer takes from it who does not see it. */
export function overlaySentences(overlay: Overlay): string {
  const { points: { all, differing }, series, x } = overlay;
  const sides = new Set(series.map(({ side }) => side));
  const what = x.kind === 'time' ? 'point' : 'bar';
  const compared = sides.size > 1 ? `${formatNumber(differing, ',d')} of ${formatNumber(all, ',d')} ${what}s differ. ` : differing === 0 ? `No ${what} differs: drawn once. ` : '';
  const legend = sides.size > 1 && x.kind === 'time' ? `${sides.has('published') ? 'Before is dashed, published dotted' : 'Before is dashed'}. ` : '';
  return compared + legend + chartSentences(overlay);
}

type Histogram = NonNullable<ColumnDistribution['histogram']>;

/** Drawn once at this size and stretched by CSS. */
const [WIDTH, HEIGHT] = [240, 60];

/** Both sides over the same steps, before above the line and after below it; one that stands alone, above it. @param label the text alternative's id */
export function histogramSvg({ edges, base, head }: Histogram, labelledBy: string, alone = false): string {
  const steps = Math.max(base.length, head.length, edges.length - 1);
  const most = Math.max(1, ...base, ...head);
  const [step, half] = [WIDTH / Math.max(1, steps), alone ? HEIGHT - 1 : HEIGHT / 2];
  const bar = (side: 'base' | 'head') => (count: number, index: number): string => {
    const height = count === 0 ? 0 : Math.max(1, (count / most) * (half - 1));
    return height === 0 ? '' : `<rect class="${side}" x="${round(index * step + 0.5)}" y="${round(side === 'base' || alone ? half - height : half)}" width="${round(step - 1)}" height="${round(height)}"/>`;
  };
  return `<svg class="histogram" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${labelledBy}">${base.map(bar('base')).join('')}${head.map(bar('head')).join('')}<path class="line" d="M0 ${half}H${WIDTH}"/></svg>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
