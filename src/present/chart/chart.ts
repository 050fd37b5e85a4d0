import { plot } from '@observablehq/plot';
import { escapeHtml } from '../html.ts';
import { categoryChart } from './category.ts';
import { FRAMES, type Drawing, type Frame } from './frame.ts';
import { timeChart, type DrawnChart } from './time.ts';

const DRAWINGS: { [kind in DrawnChart['x']['kind']]: (chart: DrawnChart, frame: Frame) => Drawing } = { time: timeChart, category: categoryChart };

/**
 * A chart as SVG text, without style elements and style attributes (a page's content security policy
 * refuses them; styles/chart.css has what Plot would have set). Empty text where there is nothing to draw.
 * @param labelledBy Ids of the elements that say in words what the chart shows.
 * @param document Makes the elements: a browser's, or one that a build has
 */
export function chartSvg(chart: DrawnChart, frame: Frame, labelledBy: string, document: Document): string {
  const drawn = chart.series.some(({ points }) => points.some(({ y }) => Number.isFinite(y)));
  if (!drawn) return '';
  const { options, marks } = DRAWINGS[chart.x.kind](chart, frame);
  const svg = plot({ document, width: frame.width, height: frame.height, ...options, marks }) as SVGSVGElement;
  svg.querySelector('style')?.remove();
  for (const name of ['width', 'height', 'font-family', 'font-size']) svg.removeAttribute(name);
  // A label may have digits, and words, that look like a mark’s: within a tag there are none of the data.
  const text = svg.outerHTML.replace(/<[^>]+>/g, shortened);
  const size = frame.narrow ? 'narrow' : 'wide';
  return text.replace('<svg ', `<svg class="chart-svg ${size}" role="img" aria-labelledby="${escapeHtml(labelledBy)}" `);
}

/** A tag without what Plot says of it, and with places to a tenth of a pixel. */
function shortened(tag: string): string {
  return tag.replace(/ class="plot-[^"]*"| aria-(?:label|hidden|description)="[^"]*"/g, '').replace(/(\d\.\d)\d{3,}/g, '$1');
}

/** Both drawings of a chart, of which a page shows the one that fits; words where there is nothing to draw. */
export function chartFrame(chart: DrawnChart, labelledBy: string, document: Document): string {
  const wide = chartSvg(chart, FRAMES.wide, labelledBy, document);
  return wide ? `<div class="frame">${wide}${chartSvg(chart, FRAMES.narrow, labelledBy, document)}</div>` : '<p class="frame nothing">There is no value to draw.</p>';
}
